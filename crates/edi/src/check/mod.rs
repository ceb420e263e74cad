//! The messages' own rules.

use crate::{Finding, Interchange, Limits, finding::Findings};

/// Checks each set against its message's table, its hierarchy and totals. Adds nothing to what
/// `read` has found of the envelope.
pub fn check(interchange: &Interchange<'_>, limits: &Limits) -> Vec<Finding> {
    let findings = Findings::new(limits.findings);
    findings.finish(interchange.bytes())
}

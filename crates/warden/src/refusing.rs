//! From this machine's failures to what the warden says of them.

use crate::api::Refusal;

/// What the disk says, for whoever asked: the operation and the kind of failure, never a file's content.
///
/// A function, because neither type is of this crate: `.map_err(disk)?`.
pub(crate) fn disk(error: durable::Error) -> Refusal {
    let kind = error.kind().map_or_else(String::new, |kind| format!(": {kind}"));
    Refusal::Disk { reason: format!("{error}{kind}") }
}

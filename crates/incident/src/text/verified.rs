//! What a verifier says that has checked a bundle.

use super::{number, printable, wrapped};
use crate::bundle::{Verdict, Verified};

impl Verified {
    /// What was checked, what it is worth, and on which keys it rests.
    pub fn to_text(&self) -> String {
        let (seen, verdict) = (&self.assessment.checkpoint, self.verdict.as_str());
        let (entries, headers) = (number(seen.size), number(self.headers as u64));
        let cosigners: Vec<_> =
            self.keys.cosigners.iter().map(|(key, of, _)| format!("{} ({of})", key.name())).collect();
        let by = if cosigners.is_empty() { "nobody".to_owned() } else { cosigners.join(", ") };
        let mut lines = vec![match &self.pins {
            Some(digest) => format!("{verdict}: cosigned by {by}; pins sha256:{digest}"),
            None => format!("{verdict}: cosigned by {by}; without pins"),
        }];
        lines.push(format!("  {entries} ledger entries have the root that the warden signed; {headers} batch headers"));
        lines.push(match self.assessment.voids.len() as u64 {
            0 => "  every intake entry, opening and shred follows the ledger's rules".to_owned(),
            voids => format!("  {} entries break the ledger's rules: they lower nothing and are listed", number(voids)),
        });
        lines.push(match self.assessment.without_header.len() as u64 {
            0 => "  every header is the one anchored, none is missing, none is too many".to_owned(),
            missing => format!(
                "  every header is the one anchored; {} batches without one count with all that their keys open",
                number(missing)
            ),
        });
        lines.push("  every number of the assessment was computed again and is the same".to_owned());
        if self.notes > 0 && self.verdict != Verdict::SplitView {
            lines.push(format!("  {} notes from elsewhere are of this ledger's own past", number(self.notes as u64)));
        }
        lines.extend(warning(self.verdict).map(|warning| {
            let mut paragraph = String::new();
            wrapped(&mut paragraph, "", &format!("{verdict}: {warning}")).expect("a string takes every line");
            paragraph.trim_end().to_owned()
        }));
        lines.push(format!("Level shown by the pins: {} ({})", self.level, self.level.meaning()));
        lines.push(format!("Keys:\n  warden   {}", self.keys.warden));
        let cosigner = |(key, organisation, pinned): &(tlog::Verifier, String, bool)| {
            let whose = if *pinned { "pinned" } else { "not pinned; the ledger says" };
            format!("  witness  {key} ({whose}: {organisation})")
        };
        lines.extend(self.keys.cosigners.iter().map(cosigner));
        printable(&(lines.join("\n") + "\n"))
    }
}

/// What a person must know who sees this verdict.
fn warning(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Verified => None,
        Verdict::Consistent => Some(
            "every number follows from this file, whose keys are its own. Whoever made it may have made the whole ledger. \
             Get the pins from those who cosign, not from the sender of this file, and give them with --pins.",
        ),
        Verdict::Damaged => Some(
            "an entry that only the warden can have made breaks the ledger's rules and may stand before the incident \
             begins. The figures are upper bounds only if the warden was honest until then: state an earlier beginning, or \
             a hypothesis for the warden.",
        ),
        Verdict::SplitView => Some(
            "the warden has signed two histories of this ledger. Somebody was shown another one, and no figure from \
             either is a bound.",
        ),
    }
}

//! `bulla verify`: the same check as `bulla-verify`, for those who have this binary at hand.

use super::{Access, Ending, pins};
use crate::named;
use anyhow::{Context, Result};
use clap::Args;
use incident::bundle::{self, Refusal};
use std::{io::Write, path::PathBuf};
use tlog::note::NOTE_OCTETS_MAX;

/// Check an assessment's bundle from its first octet to its last, offline
///
/// Nothing is asked of any server. `bulla-verify` is the same without the rest of Bulla. Without --pins a bundle can only
/// be consistent with itself (exit 3). Exit 0 is verified, 1 refused, 2 could not; 4 is damaged: the warden broke the
/// ledger's rules before the incident is said to begin; 5 is a split view: it signed two histories.
/// Example: bulla verify assessment/bundle.bulla --pins bulla-data/demo/pins.toml
#[derive(Args)]
pub struct Verify {
    /// A file made by `bulla assess`
    bundle: PathBuf,
    /// What you have from elsewhere: the ledger's first entry, whose cosignatures count. Never from who sent the bundle
    #[arg(long)]
    pins: Option<PathBuf>,
    /// A checkpoint of this ledger that you have from elsewhere: it must be of the same history
    #[arg(long)]
    note: Vec<PathBuf>,
    /// Print verdict and assessment as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Verify {
    pub fn run(&self) -> Result<Ending> {
        let path = &self.bundle;
        let unread = || format!("cannot read {}", path.display());
        let file = bundle::octets::at(path, bundle::OCTETS_MAX).with_context(unread)?;
        let read = |path: &PathBuf| named::octets(path, NOTE_OCTETS_MAX as u64);
        let known = self.pins.as_deref().map(pins::read).transpose()?;
        let notes = self.note.iter().map(read).collect::<Result<Vec<_>>>()?;
        let notes: Vec<&[u8]> = notes.iter().map(Vec::as_slice).collect();
        match bundle::verify(&*file, known.as_ref(), &notes) {
            Ok(verified) => {
                let text = || format!("{}\n{}", verified.assessment.to_text(), verified.to_text()).into_bytes();
                std::io::stdout().write_all(&if self.json { verified.to_json() } else { text() })?;
                self.hint(known.is_none());
                Ok(Ending::Verdict(verified.verdict))
            }
            Err(refusal @ Refusal::File { .. }) => Err(refusal).with_context(unread),
            Err(refusal) => {
                eprintln!("REFUSED: {:#}\nreason: {}", anyhow::anyhow!(refusal.clone()), refusal.name());
                if self.json {
                    std::io::stdout().write_all(&refusal.to_json())?;
                }
                if let Some(hint) = refusal.hint() {
                    eprintln!("\nhint: {hint}");
                }
                Ok(Ending::Refused)
            }
        }
    }

    /// The demo's pins are told of and not taken: they lie beside what they would vouch for.
    fn hint(&self, without: bool) {
        let demo = self.access.demo("pins.toml");
        if without && demo.exists() {
            eprintln!("hint: the demo's pins are in {}: name them with --pins", demo.display());
        }
    }
}

//! What is asked of a ledger, and the bundle that answers it: made on a file, since that of a large ledger is gigabytes.

use super::evidence::Evidence;
use anyhow::{Context, Result, anyhow};
use incident::{
    Pins,
    bundle::{Lines, Proven, Prover, Refusal},
};
use std::fs::File;

/// A question, and what it is answered from.
pub struct Question<'a> {
    pub evidence: &'a Evidence,
    pub beside: &'a Lines<'a, File>,
    pub hypothesis: &'a str,
    pub pins: Option<&'a Pins>,
}

impl Question<'_> {
    /// Makes the bundle on this file.
    pub fn answer_on(&self, file: File) -> Result<Proven<File>> {
        let refused = |refusal: Refusal| match refusal.hint() {
            Some(hint) => anyhow!("{:#}\n\nhint: {hint}", anyhow::Error::new(refusal)),
            None => refusal.into(),
        };
        let Self { evidence, beside, hypothesis, pins } = self;
        let prover = Prover::read(&evidence.leaves, &evidence.note, *pins).map_err(refused)?;
        let proven = prover.prove_on(file, hypothesis, *beside).map_err(refused)?;
        beside.all_read().map_err(refused)?;
        Ok(proven)
    }

    /// Makes it where nobody sees it, in the system's temporary directory.
    pub fn answer(&self) -> Result<Proven<File>> {
        let dir = std::env::temp_dir();
        let unwritten = || format!("cannot write in {}", dir.display());
        self.answer_on(tempfile::tempfile_in(&dir).with_context(unwritten)?)
    }
}

//! `bulla verify`: the same check as `bulla-verify`, for those who have this binary at hand.

use super::{Access, Ending};
use anyhow::{Context, Result, bail};
use clap::Args;
use incident::{Pins, bundle};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Check an assessment's bundle from its first octet to its last, offline
///
/// Nothing is asked of any server. `bulla-verify` is the same without the rest of Bulla. Exit 0 is verified, 1 refused,
/// 2 could not; 4 is damaged: every number follows, but the warden broke the ledger's rules before the incident is
/// said to begin.
#[derive(Args)]
pub struct Verify {
    /// A file made by `bulla assess`
    bundle: PathBuf,
    /// Keys that you have from elsewhere; the demo's are found in --data
    #[arg(long)]
    pins: Option<PathBuf>,
    /// Print the assessment as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Verify {
    /// Reads, checks, prints.
    pub fn run(&self) -> Result<Ending> {
        let path = &self.bundle;
        let octets = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
        if octets > bundle::OCTETS_MAX {
            bail!("{} is larger than any bundle: {octets} octets", path.display());
        }
        let octets = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let pins = pins(&self.access, self.pins.as_deref())?;
        match bundle::verify(&octets, pins.as_ref()) {
            Ok(verified) => {
                let json = verified.assessment.to_bytes();
                let text = format!("{}\n{}", verified.assessment.to_text(), verified.to_text());
                std::io::stdout().write_all(if self.json { &json } else { text.as_bytes() })?;
                Ok(if verified.damaged() { Ending::Damaged } else { Ending::Done })
            }
            Err(refusal) => {
                eprintln!("REFUSED: {:#}", anyhow::anyhow!(refusal.clone()));
                if let Some(hint) = refusal.hint() {
                    eprintln!("\nhint: {hint}");
                }
                Ok(Ending::Refused)
            }
        }
    }
}

/// The pins of a file, or the demo's if there are any.
pub fn pins(access: &Access, given: Option<&Path>) -> Result<Option<Pins>> {
    let demo = access.demo("pins.toml");
    let path = match given {
        Some(path) => path,
        None if demo.exists() => &demo,
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(Pins::parse(&text).with_context(|| format!("{} is not a file of pins", path.display()))?))
}

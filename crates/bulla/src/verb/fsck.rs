//! `bulla fsck`: whether everything on a gateway's disk is there and whole.

use super::{Ending, check::Progress};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{fmt::Display, path::PathBuf};
use vault::Vault;

/// Damaged ones that are named, of each kind.
const NAMED: usize = 20;

/// Check a stopped gateway's disk: every sealed batch, every delivery copy, and that each parcel is found
///
/// Nothing is opened: what is compared are digests, and the headers that the control database has too. Damage by chance is
/// found, an attacker's change is not: that `bulla verify` and the ledger tell. Exit code 1 if something is missing or damaged.
#[derive(Args)]
pub struct Fsck {
    /// Where `bulla serve` keeps everything
    #[arg(long, default_value = "./bulla-data")]
    data: PathBuf,
    /// First make the index anew by which parcels are found; it is derived from the sealed batches
    #[arg(long)]
    rebuild_index: bool,
}

impl Fsck {
    pub fn run(&self) -> Result<Ending> {
        let dir = self.data.join("gateway");
        if !dir.join("control.db").exists() {
            bail!("{} is no gateway's directory: it has no control.db", dir.display());
        }
        let mut vault = Vault::open(&dir).context("stop the gateway first, if it runs")?;
        if self.rebuild_index {
            let _progress = Progress::of("making the index anew", None);
            vault.rebuild_index()?;
        }
        let checked = {
            let _progress = Progress::of("reading every batch and copy", None);
            vault.check()?
        };
        println!("{} batches, {} octets, {} delivery copies", checked.batches, checked.octets, checked.copies);
        name("batches are damaged or missing; restore their segments from a backup", &checked.damaged);
        name("batches are not found by all their numbers: run this with --rebuild-index", &checked.not_found);
        name("delivery copies are damaged or missing; ask their shippers to send again", &checked.copies_damaged);
        if checked.is_whole() {
            println!("all of it is whole, and found");
            return Ok(Ending::Done);
        }
        Ok(Ending::Refused)
    }
}

fn name<T: Display>(what: &str, ids: &[T]) {
    if ids.is_empty() {
        return;
    }
    println!("{} {what}:", ids.len());
    ids.iter().take(NAMED).for_each(|id| println!("  {id}"));
    if ids.len() > NAMED {
        println!("  and {} more", ids.len() - NAMED);
    }
}

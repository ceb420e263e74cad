//! `bulla fsck`: whether everything on a gateway's disk is there and whole.

use super::{Ending, check::Progress};
use crate::config;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use std::{fmt::Display, fs, os::unix::fs::MetadataExt, path::PathBuf};
use vault::Vault;

/// Damaged ones that are named, of each kind.
const NAMED: usize = 20;

/// Check a stopped gateway's disk: every sealed batch, every delivery copy, and that each parcel is found
///
/// Nothing is opened: what is compared are digests, and what the control database has of each batch too. Damage by chance is
/// found, an attacker's change is not: that `bulla verify` and the ledger tell; nor is what the control database does not know any more. As at a
/// start, objects that it does not name are set aside in lost/. Exit code 1 if something is missing, damaged or set aside.
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
        let (control, told) = (dir.join("control.db"), dir.join("gateway.toml"));
        if !control.exists() && !told.exists() {
            bail!("{} is no gateway's directory: it has no control.db and no gateway.toml", dir.display());
        }
        let owner = fs::metadata(&dir)?.uid();
        if owner != rustix::process::geteuid().as_raw() {
            bail!("run this as the user that the gateway runs as (user id {owner}), to whom its files belong");
        }
        let config = told.exists().then(|| config::read::<config::Gateway>(&told)).transpose()?;
        let (database, bucket) = config.map_or((None, None), |config| (config.gateway.control, config.gateway.objects));
        if database.is_none() && !control.exists() {
            bail!("{} has no control.db, and gateway.toml says of no other control database", dir.display());
        }
        let mut vault = Vault::open_in(&dir, database.as_ref(), bucket.as_ref()).map_err(|error| match error {
            vault::Error::InUse { .. } => anyhow!("{error}\n\nhint: stop the gateway first"),
            other => other.into(),
        })?;
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
        if checked.control_damaged {
            println!("the control database is damaged: restore it from a backup");
        }
        if checked.unnamed > 0 {
            println!(
                "{} objects have no row in the control database, and are now in lost/: is it an older copy?",
                checked.unnamed
            );
        }
        if checked.is_whole() {
            println!("all that the control database names is whole, and found");
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

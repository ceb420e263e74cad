//! What a person knows of the ledger from elsewhere, and what that vouches for.

use super::{
    Access,
    log::{fetch, leaves},
};
use anyhow::{Context, Result, bail};
use api::warden;
use incident::{Pins, pins};
use ledger::Hash;
use std::path::Path;

/// A file of pins.
pub fn read(path: &Path) -> Result<Pins> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Pins::parse(&text).with_context(|| format!("{} is not a file of pins", path.display()))
}

/// The pins of the file given, or of the asker's own data directory.
pub fn own(access: &Access, given: Option<&Path>) -> Result<Pins> {
    let demo = access.demo("pins.toml");
    match given {
        Some(path) => read(path),
        None if demo.exists() => read(&demo),
        None => bail!(
            "{} is missing\n\nhint: name a file of pins with --pins; `bulla ledger pins` shows what the ledger says of itself",
            demo.display()
        ),
    }
}

/// Whose signatures an answer needs: the warden that the pinned first entry names, or that officers have put in its place
/// since, and the pinned cosigners.
pub fn signers(access: &Access, known: &Pins) -> Result<warden::Pins> {
    let first = first_leaf(access)?;
    if Hash(tlog::leaf_hash(&first)) != known.first_leaf {
        bail!("the gateway shows another ledger than the pinned one: its first entry is not the pinned first_leaf");
    }
    let named = pins::first_entry(&first).context("the ledger's first entry is not of this version")?;
    let witnesses: Vec<_> = known.cosigners.iter().map(|cosigner| cosigner.key.clone()).collect();
    let quorum = usize::try_from(known.terms.organisations)?;
    let first = warden::Pins { warden: named.warden.key.parse()?, witnesses: witnesses.clone(), quorum };
    let decided: warden::PeriodList = serde_json::from_slice(&fetch(access, "/v1/ledger/policies")?)
        .context("the policies are not of this version")?;
    let mut standing = decided.standing(&first, &named.authority).context("these are not the ledger's policies")?;
    (standing.pins.witnesses, standing.pins.quorum) = (witnesses, quorum);
    decided.verify(&standing).context("the policies are not proven to stand in the ledger")?;
    Ok(standing.pins)
}

/// Entry 0, as the gateway passes it on.
pub fn first_leaf(access: &Access) -> Result<Vec<u8>> {
    leaves(access, 0, 1)?.pop().context("the ledger is empty")
}

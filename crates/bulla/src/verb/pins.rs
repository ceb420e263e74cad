//! What a person knows of the ledger from elsewhere, and what that vouches for.

use super::{
    Access,
    log::{fetch, leaves},
};
use crate::named;
use anyhow::{Context, Result, bail};
use api::warden;
use incident::{Pins, pins};
use ledger::{Entry, Hash, entry::Genesis};
use std::path::Path;

const NOT_PROVEN: &str = "the policies are not proven to stand in the ledger";

/// A file of pins.
pub fn read(path: &Path) -> Result<Pins> {
    let text = named::text(path, pins::OCTETS_MAX as u64)?;
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
    let (decided, mut standing) = decided(access, &first, &named)?;
    (standing.pins.witnesses, standing.pins.quorum) = (witnesses, quorum);
    decided.verify(&standing).context(NOT_PROVEN)?;
    Ok(standing.pins)
}

/// The ledger's signers of now, as it says of itself, in the form of c2sp.org/tlog-policy. That they follow from entry 0 by
/// what officers have signed is checked; entry 0 itself is for whoever compares the keys.
pub fn policy(access: &Access) -> Result<String> {
    let signers = proven(access)?.2.pins;
    let text = tlog::policy::to_text(&signers.warden, &signers.witnesses, signers.quorum)?;
    Ok(format!("# What the ledger says of itself. Compare each key with what its organisation publishes.\n{text}"))
}

/// Pins as the ledger would have them, with its cosigners of now.
pub fn of_now(access: &Access) -> Result<String> {
    let leaf = first_leaf(access)?;
    let list: warden::PeriodList = serde_json::from_slice(&fetch(access, "/v1/ledger/policies")?)
        .context("the policies are not of this version")?;
    let witnesses = list.policies.iter().rev().find_map(|included| match &included.logged.entry {
        Entry::Policy(policy) => policy.record.witnesses.as_ref(),
        _ => None,
    });
    pins::as_the_ledger_says(&leaf, witnesses).context("the ledger is not of this version")
}

/// Entry 0, the policies, and what stands by them: proven to follow from entry 0, which is the ledger's own word.
pub fn proven(access: &Access) -> Result<(Genesis, warden::PeriodList, warden::Standing)> {
    let named = pins::first_entry(&first_leaf(access)?).context("the ledger's first entry is not of this version")?;
    let keys: Vec<_> = named.witnesses.iter().map(|witness| witness.key.clone()).collect();
    let first = warden::Pins::new(&named.warden.key, &keys, named.quorum)?;
    let (list, standing) = decided(access, &first, &named)?;
    list.verify(&standing).context(NOT_PROVEN)?;
    Ok((named, list, standing))
}

/// What officers have decided, and what stands by it, beginning with these signers.
fn decided(access: &Access, first: &warden::Pins, named: &Genesis) -> Result<(warden::PeriodList, warden::Standing)> {
    let decided: warden::PeriodList = serde_json::from_slice(&fetch(access, "/v1/ledger/policies")?)
        .context("the policies are not of this version")?;
    let standing = decided.standing(first, &named.authority).context("these are not the ledger's policies")?;
    Ok((decided, standing))
}

/// Entry 0, as the gateway passes it on.
pub fn first_leaf(access: &Access) -> Result<Vec<u8>> {
    leaves(access, 0, 1)?.pop().context("the ledger is empty")
}

//! The warden's log, as the gateway passes it on. Nothing of it is believed here.

use super::{Access, access::problem};
use anyhow::{Result, bail};
use tlog::Checkpoint;

/// The newest cosigned checkpoint, as the warden wrote it.
pub fn checkpoint(access: &Access) -> Result<String> {
    Ok(String::from_utf8(fetch(access, "/v1/ledger/checkpoint")?)?)
}

/// The entries from this one on, below that one.
pub fn leaves(access: &Access, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    each_leaf(access, from, to, |leaf| leaves.push(leaf.to_vec()))?;
    Ok(leaves)
}

/// Shows them, one after the other.
pub fn each_leaf(access: &Access, from: u64, to: u64, mut show: impl FnMut(&[u8])) -> Result<()> {
    let mut next = from;
    while next < to {
        let lines = fetch(access, &format!("/v1/ledger/entries?from={next}&to={to}"))?;
        let before = next;
        for leaf in lines.split(|octet| *octet == b'\n').filter(|leaf| !leaf.is_empty()) {
            show(leaf);
            next += 1;
        }
        if next == before {
            bail!("the ledger ends at {next}, before {to}");
        }
    }
    Ok(())
}

/// What the gateway passes on under this path.
pub fn fetch(access: &Access, path: &str) -> Result<Vec<u8>> {
    let answer = access.get(path)?;
    if answer.status != 200 {
        bail!("{}", problem(&answer));
    }
    Ok(answer.body.to_vec())
}

/// The size that a checkpoint's note states.
pub fn size_of(note: &str) -> Result<u64> {
    let text = note.split("\n\n").next().unwrap_or_default();
    Ok(Checkpoint::parse(&format!("{text}\n"))?.size())
}

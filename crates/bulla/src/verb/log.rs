//! The warden's log, as the gateway passes it on. Nothing of it is believed here.

use super::{Access, access::problem};
use anyhow::{Result, bail};
use tlog::Checkpoint;

/// The newest cosigned checkpoint, as the warden wrote it.
pub fn checkpoint(access: &Access) -> Result<String> {
    Ok(String::from_utf8(fetch(access, "/v1/ledger/checkpoint")?)?)
}

/// All leaves from an index up to before another.
pub fn leaves(access: &Access, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    while from + (leaves.len() as u64) < to {
        let start = from + leaves.len() as u64;
        let lines = fetch(access, &format!("/v1/ledger/entries?from={start}&to={to}"))?;
        let before = leaves.len();
        leaves.extend(lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec));
        if leaves.len() == before {
            bail!("the ledger ends at {start}, before {to}");
        }
    }
    Ok(leaves)
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

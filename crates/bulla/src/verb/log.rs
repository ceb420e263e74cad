//! The warden's log, as the gateway passes it on. Nothing of it is believed here.

use super::{Access, access::problem};
use anyhow::{Result, bail};
use api::{client::Answer, gateway::NEXT};
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

/// Shows the lines of each page of this path.
pub fn each_line(access: &Access, path: &str, mut show: impl FnMut(&[u8])) -> Result<()> {
    let mut after = String::new();
    loop {
        let asked = if after.is_empty() { path.to_owned() } else { format!("{path}?after={after}") };
        let page = ask(access, &asked)?;
        page.body.split(|octet| *octet == b'\n').filter(|line| !line.is_empty()).for_each(&mut show);
        let Some(next) = page.headers.get(NEXT) else { return Ok(()) };
        let next = next.to_str().ok().filter(|next| next.bytes().all(|octet| octet.is_ascii_hexdigit()));
        match next {
            Some(next) if *next > *after => next.clone_into(&mut after),
            _ => bail!("the gateway's pages of {path} do not go on behind {after:?}"),
        }
    }
}

/// What the gateway passes on under this path.
pub fn fetch(access: &Access, path: &str) -> Result<Vec<u8>> {
    Ok(ask(access, path)?.body.to_vec())
}

fn ask(access: &Access, path: &str) -> Result<Answer> {
    let answer = access.get(path)?;
    if answer.status != 200 {
        bail!("{}", problem(&answer));
    }
    Ok(answer)
}

/// The size that a checkpoint's note states.
pub fn size_of(note: &str) -> Result<u64> {
    let text = note.split("\n\n").next().unwrap_or_default();
    Ok(Checkpoint::parse(&format!("{text}\n"))?.size())
}

//! What an assessment is made from: the ledger and what stands beside it, from a gateway or from the ledger's own files.

use crate::verb::{Access, access, log};
use anyhow::{Context, Result, bail};
use api::warden::Head;
use incident::exposure::Files;
use ledger::{Confirmation, Disclosed};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Leaves up to the checkpoint, and what stands beside them.
pub struct Evidence {
    pub note: Vec<u8>,
    pub leaves: Vec<Vec<u8>>,
    pub beside: Files,
}

/// As the gateway gives and passes it on.
pub fn fetch(access: &Access) -> Result<Evidence> {
    settle(access)?;
    wait_for_cosignature(access)?;
    let note = log::checkpoint(access)?;
    let leaves = log::leaves(access, 0, log::size_of(&note)?)?;
    let (headers, confirmations) = (log::fetch(access, "/v1/batches")?, log::fetch(access, "/v1/confirmations")?);
    let confirmations = readable::<Confirmation>("carriers' confirmations", lines(&confirmations)).collect();
    let headers = readable("batches' headers", lines(&headers)).map(by_batch).collect();
    Ok(Evidence { note: note.into_bytes(), leaves, beside: Files { headers, confirmations, ..Files::default() } })
}

/// From a warden's `DIR/ledger`.
pub fn read(ledger: &Path) -> Result<Evidence> {
    let not_one = || {
        format!(
            "{} is not a warden's ledger\n\nhint: the directory DIR/ledger of a warden, with its files checkpoint, log and headers",
            ledger.display()
        )
    };
    let mut kept = warden::kept::read(ledger).with_context(not_one)?;
    let size = log::size_of(std::str::from_utf8(&kept.note).with_context(not_one)?)?;
    kept.leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    if let Some(why) = &kept.without {
        eprintln!("batches whose headers are missing count with all that they can hold: {why}");
    }
    let headers = readable("batches' headers", kept.headers.iter().map(Vec::as_slice)).map(by_batch).collect();
    Ok(Evidence { note: kept.note, leaves: kept.leaves, beside: Files { headers, ..Files::default() } })
}

fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    octets.split(|octet| *octet == b'\n').filter(|line| !line.is_empty())
}

/// What can be read of them. Whoever gives them may be whom the assessment is about: what they leave out, or spoil, costs
/// precision and never the answer.
fn readable<'l, T: DeserializeOwned>(what: &str, lines: impl Iterator<Item = &'l [u8]>) -> impl Iterator<Item = T> {
    let read: Vec<_> = lines.map(serde_json::from_slice::<T>).collect();
    let wrong = read.iter().filter(|one| one.is_err()).count();
    if wrong > 0 {
        eprintln!("{wrong} of the {what} cannot be read and are left out");
    }
    read.into_iter().flatten()
}

fn by_batch(disclosed: Disclosed) -> (ledger::BatchId, Disclosed) {
    (disclosed.header.batch, disclosed)
}

/// A gateway that answers has everything entered, and stores nothing meanwhile: what it could have stored counts otherwise.
fn settle(gateway: &Access) -> Result<()> {
    let answer = gateway.post("/v1/settle", "application/json", Vec::new())?;
    match answer.status {
        200..300 => Ok(()),
        401 | 403 => bail!("{}", access::problem(&answer)),
        _ => {
            eprintln!("the gateway cannot say now that all it has is in the ledger: what it may have beyond counts");
            Ok(())
        }
    }
}

/// Gives the witness a moment to cosign what was written last; without it the assessment is as of an older checkpoint.
fn wait_for_cosignature(access: &Access) -> Result<()> {
    let mut wanted = None;
    for _ in 0..30 {
        let head: Head = access.get_json("/v1/ledger/head")?;
        let wanted = *wanted.get_or_insert(head.size);
        if head.cosigned_size >= wanted {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    eprintln!("the newest entries are not cosigned: the witness does not answer; this is as of an older checkpoint");
    Ok(())
}

/// The ledger knows pseudonyms only; whoever reads on this screen may know the names.
pub fn with_names(text: String, access: &Access) -> Result<String> {
    let all: gateway::partner::File = access.get_json("/v1/partners")?;
    let named = |text: String, partner: &gateway::partner::Partner| {
        let pseudonym = partner.pseudonym.as_str();
        text.replace(pseudonym, &format!("{pseudonym} ({})", partner.id))
    };
    Ok(all.partner.iter().fold(text, named))
}

//! A gateway whose binary a thief has changed, to test what is said of its host afterwards: it keeps each body, hides some from the
//! ledger, and tells it less than is so of others. `BULLA_TAKEN` says of which, by a text that stands in them: `hide=M-3 few=M-4
//! back=M-5`. Whom somebody looks for and opens it keeps, too, and lies about as [`opening`] says. Compiled only with the feature
//! `leaky`, and never in a release.

pub mod opening;

use api::warden::Anchoring;
use ed25519_dalek::SigningKey;
use ledger::{
    Time,
    entry::{Intake, IntakeRecord, Verdict},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Milliseconds.
const A_MONTH: i64 = 30 * 86_400_000;

/// What the thief does with a document, beside keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing.
    Keep,
    /// Answers it, and that is all: no ticket, no entry, no batch.
    Hide,
    /// Enters it as one parcel that was refused, and names none of its batches.
    Undercount,
    /// Enters it as one that came a month ago.
    DateBack,
}

/// What is done with this document; none where there is no thief.
pub fn deed(body: &[u8]) -> Option<Deed> {
    let planned = planned(body)?;
    let deed = planned.iter().find_map(|deed| match &**deed {
        "hide" => Some(Deed::Hide),
        "few" => Some(Deed::Undercount),
        "back" => Some(Deed::DateBack),
        _ => None,
    });
    Some(deed.unwrap_or(Deed::Keep))
}

/// The plan's words for a body; none where there is no thief.
fn planned(body: &[u8]) -> Option<Vec<String>> {
    let plan = std::env::var("BULLA_TAKEN").ok()?;
    let stands = |text: &str| !text.is_empty() && body.windows(text.len()).any(|part| part == text.as_bytes());
    let all = plan.split(' ').filter_map(|planned| planned.split_once('='));
    Some(all.filter(|(_, text)| stands(text)).map(|(deed, _)| deed.to_owned()).collect())
}

/// Keeps a body where the thief finds it; the same one once.
///
/// # Errors
/// The disk's.
pub fn keep(dir: &Path, body: &[u8]) -> io::Result<()> {
    let kept = dir.join("kept");
    fs::create_dir_all(&kept)?;
    fs::write(kept.join(hex::encode(Sha256::digest(body))), body)
}

/// What is to be told of the bodies of this process, by ticket.
static MET: Mutex<BTreeMap<u64, Deed>> = Mutex::new(BTreeMap::new());

/// Decides what the ledger will be told of a body.
pub(crate) fn meet(ticket: u64, body: &[u8]) {
    if let Some(deed) = deed(body) {
        MET.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, deed);
    }
}

/// What the ledger is told instead of what is so, signed with the gateway's own key.
pub(crate) fn told(mut entries: Vec<(i64, Anchoring)>, key: &SigningKey) -> Vec<(i64, Anchoring)> {
    let met = MET.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, Anchoring { intake, .. }) in &mut entries {
        if let Some(deed) = met.get(&intake.record.ticket) {
            *intake = Intake::new(lie(*deed, intake.record.clone()), key);
        }
    }
    entries
}

fn lie(deed: Deed, record: IntakeRecord) -> IntakeRecord {
    match deed {
        Deed::Undercount => {
            IntakeRecord { rows: 1, parties: 1, verdict: Verdict::Refused, batches: Vec::new(), ..record }
        }
        Deed::DateBack => {
            let received = Time::from_milliseconds(record.received.milliseconds() - A_MONTH);
            IntakeRecord { received, ..record }
        }
        Deed::Keep | Deed::Hide => record,
    }
}

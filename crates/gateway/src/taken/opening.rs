//! What such a gateway does with what a person asks of the warden through it: `other=CASE-2 mine=CASE-3 again=CASE-4 old=CASE-5
//! mute=CASE-6`, and `next=` with a number that is looked for.

use crate::Gateway;
use api::warden::{Answer, Asked};
use seal::PeriodSecretKey;
use std::sync::{Mutex, PoisonError};

/// What the thief does with a search or an opening, beside keeping it and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing.
    Keep,
    /// Says of each parcel that is found that it is the next row.
    NameNext,
    /// Asks the warden for the next rows, under the person's signature.
    AskOther,
    /// Asks it to seal the answer to a key of his own.
    AskForMyself,
    /// Asks twice, and passes on what came the second time.
    AskAgain,
    /// Passes on what was the first opening's answer.
    AnswerOld,
    /// Asks, and says that nothing came of it.
    Mute,
}

/// What is done with what is asked so; none where there is no thief.
pub fn deed(asked: &[u8]) -> Option<Deed> {
    let planned = super::planned(asked)?;
    let deed = planned.iter().find_map(|deed| match &**deed {
        "next" => Some(Deed::NameNext),
        "other" => Some(Deed::AskOther),
        "mine" => Some(Deed::AskForMyself),
        "again" => Some(Deed::AskAgain),
        "old" => Some(Deed::AnswerOld),
        "mute" => Some(Deed::Mute),
        _ => None,
    });
    Some(deed.unwrap_or(Deed::Keep))
}

/// What is asked instead.
///
/// # Errors
/// It is no request to open.
pub fn asked(gateway: &Gateway, deed: Deed, octets: Vec<u8>) -> serde_json::Result<Vec<u8>> {
    if !matches!(deed, Deed::AskOther | Deed::AskForMyself) {
        return Ok(octets);
    }
    let mut asked: Asked = serde_json::from_slice(&octets)?;
    if deed == Deed::AskOther {
        let rows = &mut asked.request.scope.rows;
        *rows = rows.iter().map(|row| row + 1).collect();
    } else {
        // The only secret of 32 octets that a gateway has on its disk.
        let own = PeriodSecretKey::from_bytes(&gateway.worker_key.to_bytes());
        asked.result_key = own.public().to_bytes().into();
    }
    serde_json::to_vec(&asked)
}

/// The first opening's answer of this process.
static FIRST: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// What the person is answered instead.
///
/// # Errors
/// It is no answer to a search.
pub fn answered(deed: Deed, octets: Vec<u8>) -> serde_json::Result<Vec<u8>> {
    match deed {
        Deed::NameNext => {
            let mut found: serde_json::Value = serde_json::from_slice(&octets)?;
            for parcel in found["parcels"].as_array_mut().into_iter().flatten() {
                parcel["row"] = (parcel["row"].as_u64().unwrap_or_default() + 1).into();
            }
            serde_json::to_vec(&found)
        }
        Deed::AnswerOld => {
            let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(first.clone().unwrap_or(octets))
        }
        _ => Ok(octets),
    }
}

/// Remembers an opening's answer, if it is the first one.
pub fn remember(answer: &[u8]) {
    if serde_json::from_slice::<Answer>(answer).is_ok() {
        FIRST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| answer.to_vec());
    }
}

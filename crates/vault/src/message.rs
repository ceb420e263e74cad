//! AS2 messages that were answered, so that the same one is answered once: keyed tokens and sealed answers.

mod once;

pub(crate) use once::Answering;

use crate::{
    Error, Vault,
    control::{Row, column, params},
};
use ledger::{DeliveryId, Month, Time};
use seal::Token;

/// Attempts to send a receipt by itself, at most: with the pauses between them, about a day.
const ATTEMPTS_MAX: u32 = 300;
/// Doubled with every failure: 1, 2, 4 … seconds, up to five minutes.
const BACK_OFF_SECONDS_MAX: i64 = 300;

/// The answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The message's token under the month's index key.
    pub token: Token,
    /// In which it came.
    pub month: Month,
    /// Sealed under the same key (`seal::IndexKey::keep`).
    pub answer: Vec<u8>,
    /// Where it is sent by itself; none where it is the answer to the request.
    pub url: Option<String>,
}

const SELECT: &str = "SELECT token, month, answer, url, attempts FROM message";
/// Scheme, host and port of `http://…` or `https://…`.
const PLACE: &str = "substr(url, 1, instr(substr(url, 9) || '/', '/') + 7)";

impl Vault {
    /// The answer to a message of one of these tokens: the same message's under several months' keys.
    pub fn answered(&self, tokens: &[Token]) -> Result<Option<Answered>, Error> {
        self.control.read(|c| {
            let sql = format!("{SELECT} WHERE token = ?1");
            for token in tokens {
                if let Some((found, _)) = c.first(&sql, params![token.0], read)? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
    }

    /// Where receipts are to be sent now: schemes, hosts and ports.
    pub fn places_due(&self, now: Time) -> Result<Vec<String>, Error> {
        let sql = format!("SELECT DISTINCT {PLACE} FROM message WHERE next_attempt <= ?1");
        self.control.read(|c| c.all(&sql, params![now.milliseconds()], |row| row.get(0)))
    }

    /// Receipts that are to be sent to a place now, the longest due first, each with how often that was tried.
    pub fn receipts_due(&self, place: &str, now: Time, limit: u32) -> Result<Vec<(Answered, u32)>, Error> {
        let sql = format!("{SELECT} WHERE next_attempt <= ?1 AND {PLACE} = ?2 ORDER BY next_attempt LIMIT ?3");
        self.control.read(|c| {
            let rows = params![now.milliseconds(), place, limit];
            c.all(&sql, rows, read)
        })
    }

    /// Its message came again: so does the receipt. That counts as one more attempt, by which an attempt that is under way is
    /// known not to be the last.
    pub fn send_again(&self, token: &Token, now: Time) -> Result<(), Error> {
        let sql = "UPDATE message SET next_attempt = ?2, attempts = attempts + 1 WHERE token = ?1 AND url IS NOT NULL";
        self.control.write(|transaction| {
            transaction.execute(sql, params![token.0, now.milliseconds()])?;
            Ok(())
        })
    }

    /// Notes whether the other side took a receipt that had been tried so often before; if not, when it is tried next. Nothing,
    /// where its message came again meanwhile.
    pub fn receipt_tried(&self, token: &Token, taken: bool, attempts: u32, now: Time) -> Result<(), Error> {
        let wait = 1i64.checked_shl(attempts.min(16)).unwrap_or(BACK_OFF_SECONDS_MAX).min(BACK_OFF_SECONDS_MAX);
        let again = !taken && attempts + 1 < ATTEMPTS_MAX;
        let next = again.then(|| now.milliseconds().saturating_add(wait * 1000));
        let sql = "UPDATE message SET next_attempt = ?2, attempts = attempts + 1 WHERE token = ?1 AND attempts = ?3";
        self.control.write(|transaction| {
            transaction.execute(sql, params![token.0, next, attempts])?;
            Ok(())
        })
    }

    /// Removes the answers of all months but these: their keys are gone.
    pub fn forget_answers(&self, held: &[Month]) -> Result<(), Error> {
        let months: Vec<String> = self.control.read(|c| {
            let sql = "SELECT DISTINCT month FROM message";
            c.all(sql, params![], |row| row.get(0))
        })?;
        let held: Vec<String> = held.iter().map(Month::to_string).collect();
        self.control.write(|transaction| {
            for month in months.iter().filter(|month| !held.contains(month)) {
                transaction.execute("DELETE FROM message WHERE month = ?1", params![month])?;
            }
            Ok(())
        })
    }

    /// Stops every delivery whose MIC is sealed under the key of another month than these: no receipt can end it any more, and
    /// its partner would get it for ever. Tells which.
    pub fn hold_unconfirmable(&self, held: &[Month]) -> Result<Vec<DeliveryId>, Error> {
        let held: Vec<String> = held.iter().map(Month::to_string).collect();
        self.control.write(|transaction| {
            let sql = "SELECT id, mic_month FROM delivery WHERE next_attempt IS NOT NULL AND mic_month IS NOT NULL";
            let pair = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), row.get(1)?));
            let all: Vec<(DeliveryId, String)> = transaction.all(sql, params![], pair)?;
            let lost = all.into_iter().filter(|(_, month)| !held.contains(month)).map(|(id, _)| id);
            let lost: Vec<DeliveryId> = lost.collect();
            let sql = "UPDATE delivery SET state = 'held', next_attempt = NULL WHERE id = ?1";
            lost.iter().try_for_each(|id| transaction.execute(sql, params![id.0]).map(drop))?;
            Ok(lost)
        })
    }
}

fn read(row: &Row<'_>) -> Result<(Answered, u32), Error> {
    let (token, url) = (Token(row.get(0)?), row.get(3)?);
    Ok((Answered { token, month: column::parsed(row, 1)?, answer: row.get(2)?, url }, row.get(4)?))
}

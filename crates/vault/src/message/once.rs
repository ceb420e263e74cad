//! That a message's first answer is kept, in one transaction with whatever else comes.

use super::{Answered, SELECT, read};
use crate::{
    Error, Vault,
    commit::{Change, Written},
    control::{Sql, params},
};
use ledger::Time;

/// An answer that is to be kept.
pub(crate) struct Answering {
    answered: Answered,
    now: Time,
}

impl Answering {
    /// What the message is answered with.
    pub(crate) fn write(&self, transaction: &Sql<'_>) -> Result<Answered, Error> {
        let Answered { token, month, answer, url } = &self.answered;
        let due = url.as_ref().map(|_| self.now.milliseconds());
        let sql = "INSERT INTO message (token, month, answer, url, next_attempt) VALUES (?1, ?2, ?3, ?4, ?5) \
            ON CONFLICT (token) DO NOTHING";
        if transaction.execute(sql, params![token.0, month.to_string(), answer, url, due])? == 1 {
            return Ok(self.answered.clone());
        }
        let sql = format!("{SELECT} WHERE token = ?1");
        Ok(transaction.one(&sql, params![token.0], read)?.0)
    }
}

impl Vault {
    /// Keeps an answer, durably, unless the message has one: what stands then is what it is answered with.
    pub fn answer_once(&self, answered: Answered, now: Time) -> Result<Answered, Error> {
        match self.commit(Change::Answer(Box::new(Answering { answered, now })))? {
            Written::Answer(standing) => Ok(*standing),
            Written::Intake(_) | Written::Delivery(_) => unreachable!("each is told what became of its own"),
        }
    }
}

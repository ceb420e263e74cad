//! What became of a delivery: that it was tried, and that its carrier has it. In one transaction with whatever else comes.

use super::{Attempt, SELECT, read};
use crate::{
    Error, Vault,
    commit::{Change, Written},
    confirmation,
    control::{Sql, column, params},
};
use ledger::{
    Confirmation, DeliveryId, Time, canonical,
    word::{DeliveryState, Outcome},
};

/// A try, the carrier's acknowledgement, or both.
pub(crate) struct Told {
    id: DeliveryId,
    /// And when the next one is due.
    tried: Option<(Attempt, Time)>,
    /// Since when the carrier has it, and its signed word for that.
    taken: Option<(Time, Option<Confirmation>)>,
}

impl Vault {
    /// Notes a try, and when the next one is due unless an acknowledgement comes before. What was held or
    /// acknowledged meanwhile stays so.
    pub fn record_attempt(&self, id: &DeliveryId, attempt: &Attempt, next: Time) -> Result<(), Error> {
        self.tell(Told { id: *id, tried: Some((*attempt, next)), taken: None }).map(drop)
    }

    /// Notes that the carrier has it, and keeps its signed confirmation. False where that was known already.
    /// The caller has verified the signature.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] where the confirmation is of another delivery, carrier or digest, or has a
    /// [`Vault::confirmation_fault`].
    pub fn acknowledge(&self, id: &DeliveryId, now: Time, said: Option<&Confirmation>) -> Result<bool, Error> {
        self.tell(Told { id: *id, tried: None, taken: Some((now, said.cloned())) })
    }

    /// Notes a try by which the carrier took it, and that in one: as [`Vault::record_attempt`] and [`Vault::acknowledge`].
    ///
    /// # Errors
    /// As these; then neither is noted.
    pub fn record_taken(&self, id: &DeliveryId, by: &Attempt, said: Option<Confirmation>) -> Result<bool, Error> {
        // There is no next one.
        self.tell(Told { id: *id, tried: Some((*by, by.time)), taken: Some((by.time, said)) })
    }

    fn tell(&self, told: Told) -> Result<bool, Error> {
        Ok(matches!(self.commit(Change::Delivery(Box::new(told)))?, Written::Delivery(true)))
    }
}

impl Told {
    /// Whether it is news that the carrier has it.
    pub(crate) fn write(&self, transaction: &Sql<'_>) -> Result<bool, Error> {
        if let Some((attempt, next)) = &self.tried {
            self.write_attempt(transaction, attempt, *next)?;
        }
        match &self.taken {
            Some((since, said)) => self.write_taken(transaction, *since, said.as_ref()),
            None => Ok(false),
        }
    }

    fn write_attempt(&self, transaction: &Sql<'_>, attempt: &Attempt, next: Time) -> Result<(), Error> {
        let state = match attempt.outcome {
            Outcome::Sent => DeliveryState::Sent,
            Outcome::Failed => DeliveryState::Waiting,
        };
        let (id, answer) = (self.id.0, attempt.answer.to_string());
        // What was held or acknowledged stays so; a failed retry of what the carrier took before does not make it untaken.
        let sql = "UPDATE delivery SET attempts = attempts + 1, last_answer = ?2, \
             next_attempt = CASE WHEN state IN ('waiting', 'sent') THEN ?3 ELSE next_attempt END, state = CASE WHEN state = 'waiting' THEN ?4 ELSE state END \
             WHERE id = ?1 RETURNING attempts";
        let values = params![id, answer, next.milliseconds(), column::word(&state)];
        let number: Option<u32> = transaction.first(sql, values, |row| row.get(0))?;
        let number = number.ok_or(Error::Missing { what: "delivery" })?;
        let sql = "INSERT INTO attempt (delivery, number, time, outcome, answer) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![id, number, attempt.time.milliseconds(), column::word(&attempt.outcome), answer];
        transaction.execute(sql, values)?;
        Ok(())
    }

    fn write_taken(&self, transaction: &Sql<'_>, since: Time, said: Option<&Confirmation>) -> Result<bool, Error> {
        let sql = format!("{SELECT} WHERE id = ?1");
        let found = transaction.first(&sql, params![self.id.0], read)?;
        let delivery = found.ok_or(Error::Missing { what: "delivery" })?;
        if let Some(Confirmation { record, .. }) = said
            && (record.delivery, &record.carrier, record.digest) != (self.id, &delivery.carrier, delivery.digest)
        {
            return Err(Error::Inconsistent { rule: "a confirmation is of this delivery, carrier and digest" });
        }
        if matches!(delivery.state, DeliveryState::Acknowledged | DeliveryState::Expired) {
            return Ok(false);
        }
        if let Some(said) = said
            && let Some(rule) = confirmation::fault(transaction, said)?
        {
            return Err(Error::Inconsistent { rule });
        }
        let sql = "UPDATE delivery SET state = 'acknowledged', next_attempt = NULL, acknowledged = ?2, \
            confirmation = coalesce(?3, confirmation) WHERE id = ?1";
        let said = said.map(canonical::bytes);
        transaction.execute(sql, params![self.id.0, since.milliseconds(), said])?;
        Ok(true)
    }
}

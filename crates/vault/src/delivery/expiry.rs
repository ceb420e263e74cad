//! When a delivery's octets are removed: the carrier has them, or had thirty days to take them.

use crate::{
    Error, Name, Vault,
    control::{Row, column, params},
    objects::Pending,
};
use ledger::{DeliveryId, Time};
use std::collections::BTreeSet;

/// Days between the carrier's acknowledgement and the removal of the octets.
pub const KEPT_DAYS: u32 = 14;
/// Days after which they are removed in any case.
pub const KEPT_DAYS_MAX: u32 = 30;

/// Its octets are removed.
const RIPE: &str = "((state = 'acknowledged' AND acknowledged <= ?1) OR (object IS NOT NULL AND created <= ?2))";

impl Vault {
    /// Removes the octets of what was acknowledged [`KEPT_DAYS`] ago or before, and of what was made [`KEPT_DAYS_MAX`] ago or
    /// before by the time that witnesses have reached, too: our clock alone takes nothing from a carrier that does not have it. Tells each, and whether its carrier ever acknowledged it.
    pub fn expire(&self, now: Time, witnessed: Option<Time>) -> Result<Vec<(DeliveryId, bool)>, Error> {
        let days_ago = |of: Time, days: u32| of.milliseconds().saturating_sub(i64::from(days) * 86_400_000);
        let certainly = witnessed.map_or(i64::MIN, |witnessed| days_ago(witnessed.min(now), KEPT_DAYS_MAX));
        let ripe = format!("SELECT object FROM delivery WHERE {RIPE} LIMIT 1000");
        let before = [days_ago(now, KEPT_DAYS), certainly];
        let mut expired = Vec::new();
        loop {
            let name = |row: &Row<'_>| column::parsed(row, 0);
            let found = self.control.read(|c| c.all(&ripe, params![before[0], before[1]], name))?;
            let found: BTreeSet<Name> = found.into_iter().collect();
            if found.is_empty() {
                return Ok(expired);
            }
            for object in &found {
                self.part(object, before)?;
                expired.extend(self.delete_copies(object, before)?);
            }
        }
    }

    /// Removes an object of the outbox with all copies in it. None, where one of them was sent again since it was ripe: as long as
    /// this takes, nobody sends another.
    fn delete_copies(&self, object: &Name, before: [i64; 2]) -> Result<Vec<(DeliveryId, bool)>, Error> {
        let values = params![before[0], before[1], object.as_str()];
        let wanted = format!("SELECT 1 FROM delivery WHERE object = ?3 AND {RIPE} IS NOT TRUE");
        let sql = format!(
            "UPDATE delivery SET state = 'expired', object = NULL, next_attempt = NULL WHERE object = ?3 AND {RIPE} \
             RETURNING id, acknowledged IS NOT NULL"
        );
        self.control.write(|transaction| {
            if transaction.exists(&wanted, values)? {
                return Ok(Vec::new());
            }
            // The octets first: `expired` is never said of what is still there.
            self.outbox.delete(object)?;
            let pair = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), row.get(1)?));
            transaction.all(&sql, values, pair)
        })
    }

    /// Gives what is not ripe of an object of the outbox an object of its own.
    fn part(&self, object: &Name, before: [i64; 2]) -> Result<(), Error> {
        let sql = format!("SELECT id, start, octets FROM delivery WHERE object = ?3 AND {RIPE} IS NOT TRUE");
        let place = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), column::count(row, 1)?, column::count(row, 2)?));
        let mut others: Vec<_> = self.control.read(|c| {
            let values = params![before[0], before[1], object.as_str()];
            c.all(&sql, values, place)
        })?;
        // What lies alone stays where it is.
        others.retain(|(id, ..)| Name::of(&id.0) != *object);
        if others.is_empty() {
            return Ok(());
        }
        let moved = others.iter().map(|(id, start, length)| {
            let own = Name::of(&id.0);
            match self.outbox.read_range(object, *start, usize::try_from(*length).unwrap_or(usize::MAX)) {
                Ok(octets) => Ok((id, Some(Pending::put(&self.outbox, own.clone(), &[&octets])?), own)),
                // It is lost, as whoever wants to send it finds. Nothing else waits for it.
                Err(Error::Missing { .. } | Error::Damaged { .. }) => Ok((id, None, own)),
                Err(error) => Err(error),
            }
        });
        let moved: Vec<_> = moved.collect::<Result<_, Error>>()?;
        let named = self.control.write(|transaction| {
            let sql = "UPDATE delivery SET object = ?2, start = 0 WHERE id = ?1";
            for (id, _, own) in &moved {
                transaction.execute(sql, params![id.0, own.as_str()])?;
            }
            Ok(())
        });
        if matches!(named, Ok(()) | Err(Error::Uncertain)) {
            moved.iter().filter_map(|(_, put, _)| put.as_ref()).for_each(|put| put.keep());
        }
        named
    }
}

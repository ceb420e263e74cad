//! When a delivery's octets are removed: the carrier has them, or had thirty days to take them.

use crate::{Error, Name, Vault, control::column, objects::Pending};
use ledger::{DeliveryId, Time};
use rusqlite::{OptionalExtension, Row, params};
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
        let ripe = format!("SELECT id, object FROM delivery WHERE {RIPE} LIMIT 1000");
        let pair = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), column::parsed(row, 1)?));
        let before = [days_ago(now, KEPT_DAYS), certainly];
        let mut expired = Vec::new();
        loop {
            let found: Vec<(DeliveryId, Name)> = self
                .control
                .read(|c| Ok(c.prepare_cached(&ripe)?.query_map(before, pair)?.collect::<Result<_, _>>()?))?;
            if found.is_empty() {
                return Ok(expired);
            }
            // The octets first: `expired` is never said of what is still there.
            let objects: BTreeSet<&Name> = found.iter().map(|(_, object)| object).collect();
            objects.into_iter().try_for_each(|object| self.delete_copies(object, before))?;
            self.control.write(|transaction| {
                let sql = format!(
                    "UPDATE delivery SET state = 'expired', object = NULL, next_attempt = NULL WHERE {RIPE} AND id = ?3 \
                     RETURNING acknowledged IS NOT NULL"
                );
                for (id, _) in &found {
                    let values = params![before[0], before[1], id.0];
                    let taken = transaction.prepare_cached(&sql)?.query_row(values, |row| row.get(0)).optional()?;
                    expired.extend(taken.map(|taken| (*id, taken)));
                }
                Ok(())
            })?;
        }
    }

    /// Removes an object of the outbox. What in it is not ripe gets an object of its own before.
    fn delete_copies(&self, object: &Name, before: [i64; 2]) -> Result<(), Error> {
        let sql = format!("SELECT id, start, octets FROM delivery WHERE object = ?3 AND {RIPE} IS NOT TRUE");
        let place = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), column::count(row, 1)?, column::count(row, 2)?));
        let others: Vec<_> = self.control.read(|c| {
            let values = params![before[0], before[1], object.as_str()];
            Ok(c.prepare_cached(&sql)?.query_map(values, place)?.collect::<Result<_, _>>()?)
        })?;
        let moved = others.iter().map(|(id, start, length)| {
            let octets = self.outbox.read_range(object, *start, usize::try_from(*length).unwrap_or(usize::MAX))?;
            Ok((id, Pending::put(&self.outbox, Name::of(&id.0), &[&octets])?))
        });
        let moved: Vec<_> = moved.collect::<Result<_, Error>>()?;
        let named = self.control.write(|transaction| {
            let sql = "UPDATE delivery SET object = ?2, start = 0 WHERE id = ?1";
            for (id, own) in &moved {
                transaction.prepare_cached(sql)?.execute(params![id.0, own.name.as_str()])?;
            }
            Ok(())
        });
        if matches!(named, Ok(()) | Err(Error::Uncertain)) {
            moved.iter().for_each(|(_, own)| own.keep());
        }
        named?;
        self.outbox.delete(object)
    }
}

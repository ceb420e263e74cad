//! When a delivery's octets are removed: the carrier has them, or had thirty days to take them.

use crate::{Error, Name, Vault, control::column};
use ledger::{DeliveryId, Time};
use rusqlite::{OptionalExtension, Row, params};

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
            found.iter().try_for_each(|(_, object)| self.outbox.delete(object))?;
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
}

//! What carriers' own acknowledgements say of the documents that were delivered to them.

use crate::{
    Error, Vault,
    control::{Row, column, params},
};
use ledger::{AgreementId, DeliveryId, Pseudonym, Time, word::Verdict};

impl Vault {
    /// Notes a carrier's words on the newest documents with these control numbers; which those were. Of those that it never
    /// got there is none.
    pub fn judge_deliveries(
        &self,
        carrier: &Pseudonym,
        said: &[(u32, Verdict)],
        now: Time,
    ) -> Result<Vec<(DeliveryId, Verdict)>, Error> {
        self.control.write(|transaction| {
            let mut known = Vec::new();
            let sql = "UPDATE delivery SET judged = ?3, judged_at = ?4 WHERE id = (SELECT id FROM delivery \
                WHERE carrier = ?1 AND control = ?2 ORDER BY created DESC LIMIT 1) RETURNING id";
            for (control, verdict) in said {
                let values = params![carrier.as_str(), control, column::word(verdict), now.milliseconds()];
                let id = |row: &Row<'_>| row.get(0).map(DeliveryId);
                let found = transaction.first(sql, values, id)?;
                known.extend(found.map(|id| (id, *verdict)));
            }
            Ok(known)
        })
    }

    /// How many documents of an agreement were delivered before that moment and have no word of their carrier.
    pub fn unjudged(&self, agreement: &AgreementId, before: Time) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM delivery WHERE agreement = ?1 AND control IS NOT NULL AND judged IS NULL \
            AND acknowledged < ?2";
        self.control.read(|c| {
            let values = params![agreement.as_str(), before.milliseconds()];
            c.one(sql, values, |row| column::count(row, 0))
        })
    }

    /// How many documents carriers have refused.
    pub fn refused_by_carriers(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM delivery WHERE judged = 'refused'";
        self.control.read(|c| c.one(sql, params![], |row| column::count(row, 0)))
    }
}

//! What a desk asks: the counts of a day, and pages of what was received. Each question is answered from an index of
//! `control/indexes.sql`: how much there is besides must not be felt.

use crate::{
    Delivery, Error, InterchangeId, Stored, Vault,
    control::{Param, column, params},
    delivery,
    interchange::{SELECT, read},
};
use ledger::{AgreementId, Time, entry::Channel, word::MessageKind};

/// Where one page of a list ends and the next begins: nothing that comes later moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the page's last one was received.
    pub received: Time,
    /// Which of those of that moment it is.
    pub position: i64,
}

/// Where interchanges stand that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Some of its manifests were refused.
    InPart,
    /// Nothing of it was taken.
    Refused,
    /// A delivery is under way.
    Waiting,
    /// A delivery was stopped by hand.
    Held,
    /// A carrier has refused what it was delivered.
    Rejected,
    /// A carrier has not said what it thinks of what it had before that moment.
    Unanswered(Vec<(AgreementId, Time)>),
}

/// Which interchanges are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose credential brought them; none: everybody's.
    pub partner: Option<String>,
    /// By which protocol they came.
    pub channel: Option<Channel>,
    /// What at least one of their messages is.
    pub kind: Option<MessageKind>,
    /// Where they stand.
    pub standing: Option<Standing>,
    /// Their control number, as it stands in them.
    pub control: Option<String>,
    /// Received then or later.
    pub since: Time,
    /// Where the page before ended.
    pub after: Option<Place>,
}

const REFUSED: &str = "verdict IN ('refused', 'duplicate', 'not-edi', 'broken')";
const HOUR: i64 = 3_600_000;

impl Vault {
    /// A page of interchanges, newest first, and where the next one begins if there is one.
    pub fn page(&self, wanted: &Wanted, length: usize) -> Result<(Vec<Stored>, Option<Place>), Error> {
        let (sql, values) = asked(wanted, length);
        let mut rows: Vec<(Stored, i64)> = self.control.read(|c| {
            let values: Vec<&dyn Param> = values.iter().map(|value| &**value).collect();
            c.all(&sql, &values, |row| Ok((read(row)?, row.get(19)?)))
        })?;
        let more = rows.len() > length;
        rows.truncate(length);
        let last = rows.last().filter(|_| more);
        let next = last.map(|(stored, position)| Place { received: stored.interchange.received, position: *position });
        Ok((rows.into_iter().map(|(stored, _)| stored).collect(), next))
    }

    /// How many were received from then until before then.
    pub fn received(&self, partner: Option<&str>, from: Time, to: Time) -> Result<u64, Error> {
        self.count("TRUE", partner, from, to)
    }

    /// How many of those were not taken.
    pub fn refused(&self, partner: Option<&str>, from: Time, to: Time) -> Result<u64, Error> {
        self.count(REFUSED, partner, from, to)
    }

    fn count(&self, which: &str, partner: Option<&str>, from: Time, to: Time) -> Result<u64, Error> {
        let by = if partner.is_some() { "partner = ?3" } else { "CAST(?3 AS TEXT) IS NULL" };
        let sql =
            format!("SELECT count(*) FROM interchange WHERE {which} AND received >= ?1 AND received < ?2 AND {by}");
        self.control.read(|c| {
            let values = params![from.milliseconds(), to.milliseconds(), partner];
            c.one(&sql, values, |row| column::count(row, 0))
        })
    }

    /// How many were received in each hour of the day that begins then.
    pub fn hours(&self, partner: Option<&str>, day: Time) -> Result<[u64; 24], Error> {
        let by = if partner.is_some() { "partner = ?3" } else { "CAST(?3 AS TEXT) IS NULL" };
        let sql = format!(
            "SELECT (received - ?1) / {HOUR}, count(*) FROM interchange \
             WHERE received >= ?1 AND received < ?2 AND {by} GROUP BY 1"
        );
        let mut hours = [0; 24];
        let counted = self.control.read(|c| {
            let values = params![day.milliseconds(), day.milliseconds() + 24 * HOUR, partner];
            c.all(&sql, values, |row| Ok((column::count(row, 0)?, column::count(row, 1)?)))
        })?;
        for (hour, count) in counted {
            if let Some(hour) = hours.get_mut(usize::try_from(hour).unwrap_or(usize::MAX)) {
                *hour = count;
            }
        }
        Ok(hours)
    }

    /// When the first one was received that is still known.
    pub fn first_received(&self, partner: Option<&str>) -> Result<Option<Time>, Error> {
        let by = if partner.is_some() { "partner = ?1" } else { "CAST(?1 AS TEXT) IS NULL" };
        let sql = format!("SELECT min(received) FROM interchange WHERE {by}");
        self.control.read(|c| c.one(&sql, params![partner], |row| column::optional_time(row, 0)))
    }

    /// How many deliveries of an agreement are under way.
    pub fn under_way(&self, agreement: &AgreementId) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM delivery WHERE agreement = ?1 AND next_attempt IS NOT NULL";
        self.control.read(|c| c.one(sql, params![agreement.as_str()], |row| column::count(row, 0)))
    }

    /// What of one interchange went to carriers, in the order in which it was made.
    pub fn deliveries_of(&self, id: &InterchangeId) -> Result<Vec<Delivery>, Error> {
        self.control.read(|c| delivery::of_interchange(c, id))
    }
}

/// The statement for a page, and one more than its length, with its values.
fn asked(wanted: &Wanted, length: usize) -> (String, Vec<Box<dyn Param>>) {
    let mut values: Vec<Box<dyn Param>> = vec![Box::new(wanted.since.milliseconds())];
    let mut sql = format!("{SELECT} WHERE i.received >= ?1");
    let mut and = |sql: &mut String, column: &str, value: Box<dyn Param>| {
        values.push(value);
        *sql += &format!(" AND {column} ?{}", values.len());
    };
    if let Some(partner) = &wanted.partner {
        and(&mut sql, "i.partner =", Box::new(partner.clone()));
    }
    if let Some(channel) = &wanted.channel {
        and(&mut sql, "i.channel =", Box::new(column::word(channel)));
    }
    if let Some(control) = &wanted.control {
        and(&mut sql, "i.control =", Box::new(control.clone()));
    }
    if let Some(Place { received, position }) = wanted.after {
        and(&mut sql, "i.received <=", Box::new(received.milliseconds()));
        and(&mut sql, "(i.received, i.anchor) < (", Box::new(received.milliseconds()));
        values.push(Box::new(position));
        sql += &format!(", ?{})", values.len());
    }
    if let Some(kind) = wanted.kind {
        // Word for word as the index of that kind says it: a value in its place would find none.
        sql += &format!(" AND i.kinds LIKE '%{kind}%'");
    }
    if let Some(standing) = &wanted.standing {
        sql += &format!(" AND {}", stands(standing, &mut values));
    }
    values.push(Box::new(i64::try_from(length).unwrap_or(i64::MAX - 1).saturating_add(1)));
    sql += &format!(" ORDER BY i.received DESC, i.anchor DESC LIMIT ?{}", values.len());
    (sql, values)
}

fn stands(standing: &Standing, values: &mut Vec<Box<dyn Param>>) -> String {
    let any = |which: &str| format!("i.id IN (SELECT interchange FROM delivery WHERE {which})");
    match standing {
        Standing::InPart => "i.verdict = 'accepted-in-part'".to_owned(),
        Standing::Refused => format!("i.{REFUSED}"),
        Standing::Waiting => any("next_attempt IS NOT NULL"),
        Standing::Held => any("state = 'held'"),
        Standing::Rejected => any("judged = 'refused'"),
        Standing::Unanswered(agreements) => {
            let mut each = vec!["SELECT interchange FROM delivery WHERE FALSE".to_owned()];
            for (agreement, before) in agreements {
                values.push(Box::new(agreement.as_str().to_owned()));
                values.push(Box::new(before.milliseconds()));
                each.push(format!(
                    "SELECT interchange FROM delivery WHERE control IS NOT NULL AND judged IS NULL \
                     AND agreement = ?{} AND acknowledged < ?{}",
                    values.len() - 1,
                    values.len()
                ));
            }
            format!("i.id IN ({})", each.join(" UNION ALL "))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    fn plan(vault: &Vault, sql: &str, values: &[Box<dyn Param>]) -> Vec<String> {
        let explained = format!("EXPLAIN QUERY PLAN {sql}");
        let values: Vec<&dyn Param> = values.iter().map(|value| &**value).collect();
        vault.control.read(|c| c.all(&explained, &values, |row| row.get(3))).unwrap()
    }

    #[test]
    fn no_page_walks_through_a_table() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let agreement: AgreementId = "A-1".parse().unwrap();
        let now = Time::from_milliseconds(1_795_392_000_000);
        let standings = [
            None,
            Some(Standing::InPart),
            Some(Standing::Refused),
            Some(Standing::Waiting),
            Some(Standing::Held),
            Some(Standing::Rejected),
            Some(Standing::Unanswered(vec![(agreement.clone(), now), (agreement, now)])),
        ];
        for standing in standings {
            for bits in 0..32_u8 {
                let wanted = Wanted {
                    partner: (bits & 1 > 0).then(|| "northshop".to_owned()),
                    channel: (bits & 2 > 0).then_some(Channel::As2),
                    control: (bits & 4 > 0).then(|| "000000001".to_owned()),
                    after: (bits & 8 > 0).then_some(Place { received: now, position: 1 }),
                    kind: (bits & 16 > 0).then_some(MessageKind::Iftmin),
                    standing: standing.clone(),
                    since: now,
                };
                let (sql, values) = asked(&wanted, 50);
                for step in plan(&vault, &sql, &values) {
                    let whole = step.starts_with("SCAN") && !step.contains("INDEX") && !step.contains("CONSTANT");
                    assert!(!whole, "{wanted:?}: {step}");
                }
                assert!(vault.page(&wanted, 50).unwrap().0.is_empty());
            }
        }
    }

    #[test]
    fn each_kind_has_an_index_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        for kind in MessageKind::ALL {
            let since = Time::from_milliseconds(i64::MIN);
            let (partner, channel, standing, control, after) = (None, None, None, None, None);
            let wanted = Wanted { partner, channel, kind: Some(kind), standing, control, since, after };
            let (sql, values) = asked(&wanted, 50);
            let steps = plan(&vault, &sql, &values);
            let index = format!("interchange_kind_{}", kind.as_str().to_lowercase());
            assert!(steps.iter().any(|step| step.contains(&index)), "{kind}: {steps:?}");
        }
    }
}

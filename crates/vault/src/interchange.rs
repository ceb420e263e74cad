//! Interchanges: what came, what was answered, and whether it came before.

use crate::{
    Error, InterchangeId, Vault,
    control::{Row, Sql, column, params},
};
use ledger::{
    InstanceId, Month, Time, WorkerId,
    entry::{Channel, Verdict},
    word::MessageKind,
};
use std::collections::BTreeSet;

/// One received document and the answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchange {
    /// Its random name, which its sender is told.
    pub id: InterchangeId,
    /// The partner whose credential brought it.
    pub partner: Option<String>,
    /// What makes a second one a duplicate. None where the ids in it are unknown ones: those could hold anything.
    pub key: Option<Key>,
    /// The protocol that brought it.
    pub channel: Channel,
    /// What became of it.
    pub verdict: Verdict,
    /// What its messages are.
    pub kinds: BTreeSet<MessageKind>,
    /// When its last octet was here.
    pub received: Time,
    /// When the answer was made; its deliveries are due from then on.
    pub answered: Time,
    /// Octets of the body.
    pub octets: u64,
    /// Parcels in it at most, as its intake entries say.
    pub rows: u64,
    /// A keyed digest of the body: a plain one would confirm a guess.
    pub digest: [u8; 32],
    /// The month whose index key made the digest.
    pub digest_month: Month,
    /// The answer, octet for octet: an acknowledgement that echoes no data.
    pub answer: Vec<u8>,
}

/// What is found wrong with an interchange takes at most so many octets as its JSON.
pub const FINDINGS_OCTETS_MAX: usize = 16 << 10;

/// The numbers by which a sender knows an interchange, with the connection that brought it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partner whose connection it is.
    pub partner: String,
    /// Qualifier and id of the sender, a known one (ISA05/06).
    pub sender: String,
    /// Qualifier and id of the receiver, a known one (ISA07/08).
    pub receiver: String,
    /// The interchange control number, digits (ISA13).
    pub control: String,
    /// Whether it is a test (ISA15).
    pub test: bool,
}

/// An interchange with the intake entry that tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// As it was committed.
    pub interchange: Interchange,
    /// The worker that received it.
    pub worker: WorkerId,
    /// In which start of that worker's process.
    pub instance: InstanceId,
    /// Its body's number in that start.
    pub ticket: u64,
    /// The entry's index in the ledger, once anchored.
    pub leaf: Option<u64>,
}

/// Whether a document with this verdict was taken: a second one with its key is then a duplicate.
pub fn is_accepted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Accepted | Verdict::AcceptedWithErrors | Verdict::AcceptedInPart)
}

pub(crate) const SELECT: &str = "SELECT i.id, i.partner, i.sender, i.receiver, i.control, i.test, i.channel, i.verdict, i.received, \
    i.answered, i.octets, i.rows, i.digest, i.digest_month, i.answer, i.worker, a.instance, a.ticket, a.leaf, i.anchor, \
    i.kinds \
    FROM interchange i JOIN anchor a ON a.position = i.anchor";

impl Vault {
    /// The interchange that came under this key before: the accepted one, else the latest refused one. What is decided
    /// by it is checked again by [`crate::Turn::commit`].
    pub fn interchange_by_key(&self, key: &Key) -> Result<Option<Stored>, Error> {
        let accepted = "i.verdict IN ('accepted', 'accepted-with-errors', 'accepted-in-part')";
        let sql = format!(
            "{SELECT} WHERE i.partner = ?1 AND i.sender = ?2 AND i.receiver = ?3 AND i.control = ?4 AND i.test = ?5 \
             ORDER BY {accepted} DESC, i.received DESC, i.anchor DESC LIMIT 1"
        );
        let values = params![key.partner, key.sender, key.receiver, key.control, key.test];
        self.control.read(|c| c.first(&sql, values, read))
    }

    /// One interchange; none if there never was one of that id.
    pub fn interchange(&self, id: &InterchangeId) -> Result<Option<Stored>, Error> {
        let sql = format!("{SELECT} WHERE i.id = ?1");
        self.control.read(|c| c.first(&sql, params![id.0], read))
    }

    /// What was found wrong with one, as it was committed; none if nothing was.
    pub fn findings(&self, id: &InterchangeId) -> Result<Option<String>, Error> {
        let sql = "SELECT document FROM findings WHERE interchange = ?1";
        self.control.read(|c| c.first(sql, params![id.0], |row| row.get(0)))
    }

    /// The latest interchanges, newest first.
    pub fn interchanges(&self, limit: u32) -> Result<Vec<Stored>, Error> {
        let sql = format!("{SELECT} ORDER BY i.received DESC, i.anchor DESC LIMIT ?1");
        self.control.read(|c| c.all(&sql, params![limit], read))
    }
}

pub(crate) fn insert(transaction: &Sql<'_>, this: &Interchange, worker: &WorkerId, anchor: i64) -> Result<(), Error> {
    let key = this.key.as_ref();
    if let Some(key) = key {
        if this.partner.as_ref() != Some(&key.partner) {
            return Err(Error::Inconsistent { rule: "an interchange's key names its partner" });
        }
        if is_accepted(this.verdict) && is_taken(transaction, key)? {
            return Err(Error::Exists { what: "interchange" });
        }
    }
    transaction.execute(
        "INSERT INTO interchange (id, worker, anchor, partner, sender, receiver, control, test, channel, verdict, \
             received, answered, octets, rows, digest, digest_month, answer, kinds) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            this.id.0,
            worker.as_str(),
            anchor,
            this.partner,
            key.map(|key| &key.sender),
            key.map(|key| &key.receiver),
            key.map(|key| &key.control),
            key.map(|key| key.test),
            column::word(&this.channel),
            column::word(&this.verdict),
            this.received.milliseconds(),
            this.answered.milliseconds(),
            column::number(this.octets),
            column::number(this.rows),
            this.digest,
            this.digest_month.to_string(),
            this.answer,
            written(&this.kinds),
        ],
    )?;
    Ok(())
}

/// Of an interchange that was inserted.
pub(crate) fn insert_findings(transaction: &Sql<'_>, id: &InterchangeId, document: &str) -> Result<(), Error> {
    if document.len() > FINDINGS_OCTETS_MAX {
        return Err(Error::Inconsistent { rule: "an interchange's findings are bounded" });
    }
    transaction.execute("INSERT INTO findings (interchange, document) VALUES (?1, ?2)", params![id.0, document])?;
    Ok(())
}

/// Sorted, with commas between.
fn written(kinds: &BTreeSet<MessageKind>) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",")
}

fn is_taken(transaction: &Sql<'_>, key: &Key) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM interchange WHERE partner = ?1 AND sender = ?2 AND receiver = ?3 AND control = ?4 AND \
         test = ?5 AND verdict IN ('accepted', 'accepted-with-errors', 'accepted-in-part')";
    let values = params![key.partner, key.sender, key.receiver, key.control, key.test];
    transaction.exists(sql, values)
}

/// The inverse of [`written`].
fn kinds(written: &str) -> BTreeSet<MessageKind> {
    written.split(',').filter(|word| !word.is_empty()).map(|word| MessageKind::of(word.as_bytes())).collect()
}

pub(crate) fn read(row: &Row<'_>) -> Result<Stored, Error> {
    let key = match (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?) {
        (Some(partner), Some(sender), Some(receiver), Some(control), Some(test)) => {
            Some(Key { partner, sender, receiver, control, test })
        }
        _ => None,
    };
    let interchange = Interchange {
        id: InterchangeId(row.get(0)?),
        partner: row.get(1)?,
        key,
        channel: column::from_word(row, 6)?,
        verdict: column::from_word(row, 7)?,
        kinds: kinds(&row.get::<String>(20)?),
        received: column::time(row, 8)?,
        answered: column::time(row, 9)?,
        octets: column::count(row, 10)?,
        rows: column::count(row, 11)?,
        digest: row.get(12)?,
        digest_month: column::parsed(row, 13)?,
        answer: row.get(14)?,
    };
    let leaf = row.get::<Option<i64>>(18)?.and_then(|leaf| u64::try_from(leaf).ok());
    Ok(Stored {
        interchange,
        worker: column::parsed(row, 15)?,
        instance: InstanceId(row.get(16)?),
        ticket: column::count(row, 17)?,
        leaf,
    })
}

//! Deliveries: the queue of encrypted documents on their way to carriers. Every attempt sends the same octets under
//! the same id, until the carrier acknowledges; 14 days later the octets are removed, and 30 days after they were made whatever
//! the carrier says.

mod expiry;
mod told;

pub(crate) use told::Told;

pub use expiry::{KEPT_DAYS, KEPT_DAYS_MAX};

use crate::{
    DeliveryCopy, Error, Form, InterchangeId, Mic, Name, Vault,
    control::{Row, Sql, column, params},
    stage::CopyPlace,
};
use ledger::{
    AgreementId, BatchId, DeliveryId, Hash, Pseudonym, Time,
    word::{DeliveryState, Outcome, Verdict},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// One document on its way, or arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same for every attempt.
    pub id: DeliveryId,
    /// The document from which it was made.
    pub interchange: InterchangeId,
    /// The carrier whose certificate it is encrypted to.
    pub carrier: Pseudonym,
    /// The agreement that its manifest came under.
    pub agreement: AgreementId,
    /// Where it stands now.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; none unless waiting or sent.
    pub next_attempt: Option<Time>,
    /// What the last attempt brought.
    pub last_answer: Option<Answer>,
    /// SHA-256 of the encrypted octets.
    pub digest: Hash,
    /// Octets of the encrypted copy.
    pub octets: u64,
    /// When it was made.
    pub created: Time,
    /// How it is sent.
    pub form: Form,
    /// What the carrier's own acknowledgement (997, 999, TA1) says of the document in it, and when that came.
    pub judged: Option<(Verdict, Time)>,
    /// When the carrier acknowledged it, last.
    pub acknowledged: Option<Time>,
    /// The batches that hold the same parcels, sealed.
    pub batches: Vec<BatchId>,
}

/// One try to hand a delivery to its carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When it was made.
    pub time: Time,
    /// Whether the carrier took it.
    pub outcome: Outcome,
    /// What the carrier's side said, as a code.
    pub answer: Answer,
}

/// What the other side said: a closed list, because its own words could quote the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP status. Written `HTTP_503`.
    Status(u16),
    /// Nobody listens there, or the name does not resolve.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The connection broke before a whole answer came.
    Broken,
    /// An answer that is not of the protocol.
    Malformed,
    /// An acknowledgement whose signature does not verify.
    BadSignature,
    /// A 2xx, and none of the AS2 receipt that was asked for.
    NoReceipt,
    /// A receipt that is not signed by the partner.
    ReceiptNotSigned,
    /// A receipt that the partner signed with a certificate outside of its dates.
    ReceiptSignerNotValid,
    /// A receipt for another message.
    ReceiptOfOtherMessage,
    /// A receipt for other octets.
    ReceiptOfOtherOctets,
    /// A receipt that does not say what became of the message.
    ReceiptWithoutDisposition,
    /// A receipt that says that the partner did not take it.
    ReceiptRefused,
    /// This gateway could not read its copy: no answer of the carrier's.
    Local,
}

impl Answer {
    /// Whether it says that the same octets will not be taken later either, as long as nobody does something about it
    /// (draft-ietf-ediint-rfc4130bis, 5.5; RFC 9110, 15.5).
    pub fn is_refusal(self) -> bool {
        match self {
            Self::Status(status) => (400..500).contains(&status) && ![408, 425, 429].contains(&status),
            answer => answer == Self::ReceiptRefused,
        }
    }

    const WORDS: [(Self, &'static str); 13] = [
        (Self::Unreachable, "UNREACHABLE"),
        (Self::TimedOut, "TIMED_OUT"),
        (Self::Broken, "BROKEN"),
        (Self::Malformed, "MALFORMED"),
        (Self::BadSignature, "BAD_SIGNATURE"),
        (Self::NoReceipt, "NO_RECEIPT"),
        (Self::ReceiptNotSigned, "RECEIPT_NOT_SIGNED_BY_PARTNER"),
        (Self::ReceiptSignerNotValid, "RECEIPT_SIGNER_NOT_VALID"),
        (Self::ReceiptOfOtherMessage, "RECEIPT_OF_OTHER_MESSAGE"),
        (Self::ReceiptOfOtherOctets, "RECEIPT_OF_OTHER_OCTETS"),
        (Self::ReceiptWithoutDisposition, "RECEIPT_WITHOUT_DISPOSITION"),
        (Self::ReceiptRefused, "RECEIPT_REFUSED"),
        (Self::Local, "LOCAL_FAULT"),
    ];
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::WORDS.iter().find(|(answer, _)| answer == self) {
            Some((_, word)) => f.write_str(word),
            None if let Self::Status(status) = self => write!(f, "HTTP_{status}"),
            None => unreachable!("every other answer has a word"),
        }
    }
}

impl FromStr for Answer {
    type Err = ledger::Malformed;
    fn from_str(s: &str) -> Result<Self, ledger::Malformed> {
        let status = || s.strip_prefix("HTTP_")?.parse().ok().map(Self::Status);
        let word = Self::WORDS.iter().find(|(_, word)| *word == s).map(|(answer, _)| *answer);
        word.or_else(status).ok_or(ledger::Malformed { wanted: "delivery answer" })
    }
}

const SELECT: &str = "SELECT id, interchange, carrier, agreement, state, attempts, next_attempt, last_answer, digest, \
    octets, created, acknowledged, mic_month, mic, judged, judged_at FROM delivery";

/// A correction never overtakes what it corrects: while the delivery of the superseded manifest is on its way, that
/// of its successor waits.
const DUE: &str = "next_attempt <= ?1 AND NOT EXISTS (SELECT 1 FROM manifest m \
    JOIN manifest earlier ON earlier.id = m.supersedes JOIN delivery d ON d.id = earlier.delivery \
    WHERE m.delivery = delivery.id AND d.id <> delivery.id AND d.state IN ('waiting', 'sent'))";

/// No correction of it has been tried.
const NOT_CORRECTED: &str = "NOT EXISTS (SELECT 1 FROM manifest m JOIN manifest later ON later.id = m.superseded_by \
    JOIN delivery d ON d.id = later.delivery \
    WHERE m.delivery = delivery.id AND d.id <> delivery.id AND d.attempts > 0)";

impl Vault {
    /// The carriers to which something is to be sent now.
    pub fn carriers_due(&self, now: Time) -> Result<Vec<Pseudonym>, Error> {
        // From one carrier to the next by the index, and no further into what waits for it than the first that is due: of a
        // carrier that is away there may be ever so much.
        let sql = format!(
            "WITH RECURSIVE waiting (carrier) AS (SELECT min(carrier) FROM delivery WHERE next_attempt IS NOT NULL \
             UNION ALL SELECT (SELECT min(d.carrier) FROM delivery d WHERE d.next_attempt IS NOT NULL \
             AND d.carrier > waiting.carrier) FROM waiting WHERE carrier IS NOT NULL) \
             SELECT carrier FROM waiting WHERE carrier IS NOT NULL AND EXISTS \
             (SELECT 1 FROM delivery WHERE delivery.carrier = waiting.carrier AND {DUE})"
        );
        self.control.read(|c| {
            let carrier = |row: &Row<'_>| column::parsed(row, 0);
            c.all(&sql, params![now.milliseconds()], carrier)
        })
    }

    /// What is to be sent to a carrier now and is not under way, the longest due first.
    pub fn due(
        &self,
        carrier: &Pseudonym,
        now: Time,
        limit: usize,
        under_way: &BTreeSet<DeliveryId>,
    ) -> Result<Vec<Delivery>, Error> {
        let sql = format!("{SELECT} WHERE {DUE} AND carrier = ?2 ORDER BY next_attempt, created, id LIMIT ?3");
        // What is under way is due still, until its outcome is noted.
        let rows_max = u32::try_from(limit.saturating_add(under_way.len())).unwrap_or(u32::MAX);
        self.control.read(|c| {
            let rows = c.all(&sql, params![now.milliseconds(), carrier.as_str(), rows_max], read)?;
            let others = rows.into_iter().filter(|row| !under_way.contains(&row.id)).take(limit);
            others.map(|row| complete(c, row)).collect()
        })
    }

    /// One delivery; none if there never was one of that id.
    pub fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, Error> {
        let sql = format!("{SELECT} WHERE id = ?1");
        self.control.read(|c| {
            let found = c.first(&sql, params![id.0], read)?;
            found.map(|row| complete(c, row)).transpose()
        })
    }

    /// The latest deliveries, newest first.
    pub fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Error> {
        let sql = format!("{SELECT} ORDER BY created DESC, id LIMIT ?1");
        self.control.read(|c| {
            let rows = c.all(&sql, params![limit], read)?;
            rows.into_iter().map(|row| complete(c, row)).collect()
        })
    }

    /// Every try of a delivery, in order.
    pub fn attempts(&self, id: &DeliveryId) -> Result<Vec<Attempt>, Error> {
        let sql = "SELECT time, outcome, answer FROM attempt WHERE delivery = ?1 ORDER BY number";
        let attempt = |row: &Row<'_>| {
            let answer = column::parsed(row, 2)?;
            Ok(Attempt { time: column::time(row, 0)?, outcome: column::from_word(row, 1)?, answer })
        };
        self.control.read(|c| c.all(sql, params![id.0], attempt))
    }

    /// The encrypted octets, checked against the digest. Expired ones are [`Error::State`].
    pub fn delivery_octets(&self, id: &DeliveryId) -> Result<Vec<u8>, Error> {
        // Whoever looks may find that it lies elsewhere by now, once: it has an object of its own then.
        let octets = match self.look_at_copy(id) {
            Err(Error::Missing { what: "object" }) => self.look_at_copy(id),
            looked => looked,
        }?;
        octets.ok_or(Error::Damaged { what: "a delivery copy" })
    }

    /// None of what does not fit its digest.
    fn look_at_copy(&self, id: &DeliveryId) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT object, start, octets, digest FROM delivery WHERE id = ?1";
        let look = |row: &Row<'_>| {
            let digest: [u8; 32] = row.get(3)?;
            Ok((column::optional_parsed(row, 0)?, column::count(row, 1)?, column::count(row, 2)?, digest))
        };
        let found = self.control.read(|c| c.first(sql, params![id.0], look))?;
        let (object, start, length, digest) = found.ok_or(Error::Missing { what: "delivery" })?;
        let object: Name = object.ok_or(Error::State { what: "the delivery" })?;
        let octets = self.outbox.read_range(&object, start, usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(Some(octets).filter(|octets| Sha256::digest(octets)[..] == digest))
    }

    /// Stops a delivery that is not acknowledged yet.
    pub fn hold(&self, id: &DeliveryId) -> Result<(), Error> {
        let sql =
            "UPDATE delivery SET state = 'held', next_attempt = NULL WHERE id = ?1 AND state IN ('waiting', 'sent')";
        self.control.write(|transaction| changed(transaction, id, transaction.execute(sql, params![id.0])?))
    }

    /// Lets a held delivery go on, now. One whose correction was tried already is [`Error::State`].
    pub fn release(&self, id: &DeliveryId, now: Time) -> Result<(), Error> {
        self.send_now(id, now, "state = 'held'")
    }

    /// Sends the same octets again, now, acknowledged or not. Expired ones are [`Error::State`]: making those again
    /// is an opening. So are those whose correction was tried already: they would undo it.
    pub fn resend(&self, id: &DeliveryId, now: Time) -> Result<(), Error> {
        self.send_now(id, now, "state <> 'expired'")
    }

    fn send_now(&self, id: &DeliveryId, now: Time, from: &'static str) -> Result<(), Error> {
        let sql = format!(
            "UPDATE delivery SET state = 'waiting', next_attempt = ?2 WHERE id = ?1 AND {from} AND {NOT_CORRECTED}"
        );
        self.control.write(|transaction| {
            changed(transaction, id, transaction.execute(&sql, params![id.0, now.milliseconds()])?)
        })
    }
}

/// One row or the reason why not.
fn changed(transaction: &Sql<'_>, id: &DeliveryId, rows: u64) -> Result<(), Error> {
    match rows {
        1 => Ok(()),
        _ if transaction.exists("SELECT 1 FROM delivery WHERE id = ?1", params![id.0])? => {
            Err(Error::State { what: "the delivery" })
        }
        _ => Err(Error::Missing { what: "delivery" }),
    }
}

pub(crate) fn insert(
    transaction: &Sql<'_>,
    copy: &DeliveryCopy,
    place: &CopyPlace,
    interchange: &InterchangeId,
    now: Time,
) -> Result<(), Error> {
    let mic = match &copy.form {
        Form::As2(mic) => Some(mic),
        Form::Cms => None,
    };
    transaction.execute("INSERT INTO delivery (id, interchange, carrier, agreement, state, next_attempt, digest, octets, object, start, created, \
             mic_month, mic, control) VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?6, ?7, ?8, ?9, ?5, ?10, ?11, ?12)", params![
            copy.id.0,
            interchange.0,
            copy.carrier.as_str(),
            copy.agreement.as_str(),
            now.milliseconds(),
            place.digest,
            column::number(place.length),
            place.object.as_str(),
            column::number(place.start),
            mic.map(|mic| mic.month.to_string()),
            mic.map(|mic| &mic.sealed),
            copy.control,
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: DeliveryId(row.get(0)?),
        interchange: InterchangeId(row.get(1)?),
        carrier: column::parsed(row, 2)?,
        agreement: column::parsed(row, 3)?,
        state: column::from_word(row, 4)?,
        attempts: row.get(5)?,
        next_attempt: column::optional_time(row, 6)?,
        last_answer: column::optional_parsed(row, 7)?,
        digest: Hash(row.get(8)?),
        octets: column::count(row, 9)?,
        created: column::time(row, 10)?,
        acknowledged: column::optional_time(row, 11)?,
        form: match column::optional_parsed(row, 12)? {
            Some(month) => Form::As2(Mic { month, sealed: row.get(13)? }),
            None => Form::Cms,
        },
        judged: judged(row)?,
        batches: Vec::new(),
    })
}

fn judged(row: &Row<'_>) -> Result<Option<(Verdict, Time)>, Error> {
    let Some(time) = column::optional_time(row, 15)? else { return Ok(None) };
    Ok(Some((column::from_word(row, 14)?, time)))
}

/// What of one interchange went to carriers, in the order in which it was made.
pub(crate) fn of_interchange(connection: &Sql<'_>, id: &InterchangeId) -> Result<Vec<Delivery>, Error> {
    let sql = format!("{SELECT} WHERE interchange = ?1 ORDER BY created, id");
    let rows = connection.all(&sql, params![id.0], read)?;
    rows.into_iter().map(|row| complete(connection, row)).collect()
}

fn complete(connection: &Sql<'_>, mut row: Delivery) -> Result<Delivery, Error> {
    let sql = "SELECT b.id FROM batch b JOIN manifest m ON m.id = b.manifest WHERE m.delivery = ?1 \
         ORDER BY m.ordinal, b.ordinal";
    let ids = |row: &Row<'_>| row.get(0).map(BatchId);
    row.batches = connection.all(sql, params![row.id.0], ids)?;
    Ok(row)
}

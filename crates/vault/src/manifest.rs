//! Manifests: which number was announced under which agreement, what took its place, and its history.

use crate::{
    Error, InterchangeId, ManifestId, Vault,
    control::{Row, Sql, column, params},
};
use ledger::{
    AgreementId, BatchId, DeliveryId, Month, Time,
    word::{ManifestPurpose as Purpose, ManifestState as State},
};
use seal::{Sealed, Token};

/// One message that announces parcels or takes them back, with what was sealed from it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its random name, 16 octets.
    pub id: ManifestId,
    /// Which transaction set of the interchange it is, from 0.
    pub ordinal: u32,
    /// The agreement under which it came.
    pub agreement: AgreementId,
    /// The keyed token of its number.
    pub token: Token,
    /// The month whose index key made the token.
    pub month: Month,
    /// What it does to the one that it supersedes.
    pub purpose: Purpose,
    /// The manifest whose place it takes, which must be current.
    pub supersedes: Option<ManifestId>,
    /// Parcels in all of its batches.
    pub rows: u32,
    /// The delivery that carries it.
    pub delivery: Option<DeliveryId>,
    /// What was sealed from it; none for a cancel without parcels.
    pub batches: Vec<Sealed>,
}

/// A manifest as the control plane knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestRow {
    /// Its random name, 16 octets.
    pub id: ManifestId,
    /// The document that brought it.
    pub interchange: InterchangeId,
    /// Which transaction set of that, from 0.
    pub ordinal: u32,
    /// The agreement under which it came.
    pub agreement: AgreementId,
    /// The month whose index key made its token.
    pub month: Month,
    /// What it did to the one that it supersedes.
    pub purpose: Purpose,
    /// What has become of it.
    pub state: State,
    /// Parcels in all of its batches.
    pub rows: u32,
    /// When its document had arrived.
    pub received: Time,
    /// The delivery that carries it.
    pub delivery: Option<DeliveryId>,
    /// The manifest whose place it took.
    pub supersedes: Option<ManifestId>,
    /// The manifest that took its place, and when.
    pub superseded: Option<(ManifestId, Time)>,
    /// What was sealed from it, in order.
    pub batches: Vec<BatchId>,
}

/// When things happened to a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Its document had arrived.
    pub received: Time,
    /// The acknowledgement was made.
    pub answered: Time,
    /// Its intake entry's index in the ledger, once anchored.
    pub leaf: Option<u64>,
    /// The first attempt to deliver that the carrier took.
    pub sent: Option<Time>,
    /// The carrier acknowledged the delivery.
    pub delivered: Option<Time>,
    /// Another took its place.
    pub superseded: Option<Time>,
}

const SELECT: &str = "SELECT id, interchange, ordinal, agreement, month, purpose, state, rows, received, delivery, \
    supersedes, superseded_by, superseded FROM manifest";

impl Vault {
    /// The manifest of this number under an agreement: the current one (it may be a cancel), else the latest. Tokens
    /// of the same number under the keys of several months may be given at once.
    pub fn manifest_by_token(&self, agreement: &AgreementId, tokens: &[Token]) -> Result<Option<ManifestRow>, Error> {
        let found = self.manifests_by_token(tokens)?.into_iter().filter(|m| m.agreement == *agreement);
        Ok(found.max_by_key(|m| (m.state == State::Current, m.received)))
    }

    /// Every manifest with one of these tokens, newest first: superseded ones too, of all agreements.
    pub fn manifests_by_token(&self, tokens: &[Token]) -> Result<Vec<ManifestRow>, Error> {
        let sql = format!("{SELECT} WHERE token = ?1");
        self.control.read(|c| {
            let mut found: Vec<ManifestRow> = Vec::new();
            for token in tokens {
                let rows = c.all(&sql, params![token.0], read)?;
                found.extend(rows.into_iter().filter(|row| !found.iter().any(|f| f.id == row.id)).collect::<Vec<_>>());
            }
            found.sort_by_key(|row| std::cmp::Reverse(row.received));
            found.iter_mut().try_for_each(|row| complete(c, row))?;
            Ok(found)
        })
    }

    /// One manifest; none if there never was one of that id.
    pub fn manifest(&self, id: &ManifestId) -> Result<Option<ManifestRow>, Error> {
        let sql = format!("{SELECT} WHERE id = ?1");
        self.control.read(|c| {
            let mut found = c.first(&sql, params![id.0], read)?;
            found.iter_mut().try_for_each(|row| complete(c, row))?;
            Ok(found)
        })
    }

    /// The manifests that an interchange brought, in its order.
    pub fn manifests_of(&self, interchange: &InterchangeId) -> Result<Vec<ManifestRow>, Error> {
        let sql = format!("{SELECT} WHERE interchange = ?1 ORDER BY ordinal");
        self.control.read(|c| {
            let mut rows = c.all(&sql, params![interchange.0], read)?;
            rows.iter_mut().try_for_each(|row| complete(c, row))?;
            Ok(rows)
        })
    }

    /// The manifest that a batch was sealed from.
    pub fn manifest_of(&self, batch: &BatchId) -> Result<Option<ManifestRow>, Error> {
        let sql = format!("{SELECT} WHERE id = (SELECT manifest FROM batch WHERE id = ?1)");
        self.control.read(|c| {
            let mut found = c.first(&sql, params![batch.0], read)?;
            found.iter_mut().try_for_each(|row| complete(c, row))?;
            Ok(found)
        })
    }

    /// When things happened to a manifest.
    pub fn history(&self, id: &ManifestId) -> Result<Option<History>, Error> {
        let sql = "SELECT i.received, i.answered, a.leaf, \
             (SELECT min(t.time) FROM attempt t WHERE t.delivery = m.delivery AND t.outcome = 'sent'), \
             d.acknowledged, m.superseded \
             FROM manifest m JOIN interchange i ON i.id = m.interchange \
             JOIN anchor a ON a.position = i.anchor \
             LEFT JOIN delivery d ON d.id = m.delivery WHERE m.id = ?1";
        let history = |row: &Row<'_>| {
            Ok(History {
                received: column::time(row, 0)?,
                answered: column::time(row, 1)?,
                leaf: row.get::<Option<i64>>(2)?.and_then(|leaf| u64::try_from(leaf).ok()),
                sent: column::optional_time(row, 3)?,
                delivered: column::optional_time(row, 4)?,
                superseded: column::optional_time(row, 5)?,
            })
        };
        self.control.read(|c| c.first(sql, params![id.0], history))
    }
}

pub(crate) fn insert(
    transaction: &Sql<'_>,
    this: &Manifest,
    interchange: &InterchangeId,
    received: Time,
) -> Result<(), Error> {
    if let Some(earlier) = &this.supersedes {
        let state = if this.purpose == Purpose::Cancel { State::Cancelled } else { State::Replaced };
        supersede(transaction, earlier, this, state, received)?;
    }
    let sql = "SELECT 1 FROM manifest WHERE agreement = ?1 AND token = ?2 AND state = 'current'";
    if transaction.exists(sql, params![this.agreement.as_str(), this.token.0])? {
        return Err(Error::Exists { what: "manifest" });
    }
    transaction.execute(
        "INSERT INTO manifest (id, interchange, ordinal, agreement, token, month, purpose, state, rows, received, \
             delivery, supersedes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'current', ?8, ?9, ?10, ?11)",
        params![
            this.id.0,
            interchange.0,
            this.ordinal,
            this.agreement.as_str(),
            this.token.0,
            this.month.to_string(),
            column::word(&this.purpose),
            this.rows,
            received.milliseconds(),
            this.delivery.map(|id| id.0),
            this.supersedes.map(|id| id.0),
        ],
    )?;
    Ok(())
}

fn supersede(
    transaction: &Sql<'_>,
    earlier: &ManifestId,
    by: &Manifest,
    state: State,
    received: Time,
) -> Result<(), Error> {
    let changed = transaction.execute(
        "UPDATE manifest SET state = ?1, superseded_by = ?2, superseded = ?3 \
             WHERE id = ?4 AND agreement = ?5 AND state = 'current'",
        params![column::word(&state), by.id.0, received.milliseconds(), earlier.0, by.agreement.as_str()],
    )?;
    if changed == 1 { Ok(()) } else { Err(Error::State { what: "the manifest to be superseded" }) }
}

fn read(row: &Row<'_>) -> Result<ManifestRow, Error> {
    let superseded_by = row.get::<Option<[u8; 16]>>(11)?.map(ManifestId);
    Ok(ManifestRow {
        id: ManifestId(row.get(0)?),
        interchange: InterchangeId(row.get(1)?),
        ordinal: row.get(2)?,
        agreement: column::parsed(row, 3)?,
        month: column::parsed(row, 4)?,
        purpose: column::from_word(row, 5)?,
        state: column::from_word(row, 6)?,
        rows: row.get(7)?,
        received: column::time(row, 8)?,
        delivery: row.get::<Option<_>>(9)?.map(DeliveryId),
        supersedes: row.get::<Option<_>>(10)?.map(ManifestId),
        superseded: superseded_by.zip(column::optional_time(row, 12)?),
        batches: Vec::new(),
    })
}

fn complete(connection: &Sql<'_>, row: &mut ManifestRow) -> Result<(), Error> {
    let sql = "SELECT id FROM batch WHERE manifest = ?1 ORDER BY ordinal";
    let ids = |row: &Row<'_>| row.get(0).map(BatchId);
    row.batches = connection.all(sql, params![row.id.0], ids)?;
    Ok(())
}

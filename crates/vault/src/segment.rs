//! Segments: the objects that hold sealed batches, one after the other, each as the segment record of `seal`. All
//! batches of a piece of an interchange share one segment, with those of others that came at the same time; a small interchange is one piece. SQL knows where in it each batch, its clear column and its tokens begin, so
//! that one row or one token is read without the rest.

use crate::{
    Error, ManifestId, Name, Objects, Vault,
    control::{Row, Sql, column, params},
    runs::NUMBER_MAX,
};
use ledger::{BatchId, Hash, Header, entry::Anchor};
use seal::{
    Mark, Sealed, Stored, Token,
    clear::{FRONT_OCTETS, Front},
    record::{ENTRY_OCTETS, entry},
};

/// The digest between a segment record's clear part and its body.
const DIGEST_OCTETS: usize = 32;
/// Tokens read at once.
const WINDOW: u64 = 128;
/// Headers read at once.
const PAGE: usize = 256;

/// A batch's clear header as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHeader {
    /// The batch that the header describes.
    pub batch: BatchId,
    /// Canonical JSON of [`ledger::Header`].
    pub header: Vec<u8>,
    /// The salt of its hash in the ledger.
    pub salt: Hash,
}

/// What is left of a sealed batch once its octets lie in a segment: what SQL, the index and the ledger hear of it.
pub(crate) struct Filed {
    pub(crate) header: Header,
    /// Of the header's hash in the ledger.
    pub(crate) salt: Hash,
    /// As [`Sealed::octets`].
    octets: u64,
    /// In the order of its tokens, one several times where it stands for several rows.
    pub(crate) marks: Vec<Mark>,
    pub(crate) place: Place,
}

impl Filed {
    /// As the ledger names it, with the policy that gave its carrier the certificate of the delivery copy.
    pub(crate) fn anchor(&self, carrier: u64) -> Anchor {
        Anchor::of(&self.header, &self.salt, self.octets, carrier)
    }
}

/// Where a batch lies.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) segment: Name,
    start: u64,
    length: usize,
    operational: u64,
    tokens: u64,
    token_count: u64,
}

impl Place {
    /// Octets of the segment record.
    pub(crate) fn length(&self) -> u64 {
        self.length as u64
    }

    /// Where in the segment the record begins.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Others lie before it, so many octets, in a segment of this name.
    pub(crate) fn lie_behind(&mut self, octets: u64, segment: &Name) {
        self.segment = segment.clone();
        for start in [&mut self.start, &mut self.operational, &mut self.tokens] {
            *start += octets;
        }
    }

    /// The segment record.
    pub(crate) fn read(&self, objects: &dyn Objects) -> Result<Vec<u8>, Error> {
        objects.read_range(&self.segment, self.start, self.length)
    }
}

impl Vault {
    /// Parcels that were sealed on the busiest day so far, UTC.
    pub fn busiest_day(&self) -> Result<u64, Error> {
        let sql = "SELECT CAST(coalesce(max(rows), 0) AS BIGINT) FROM (SELECT sum(rows) AS rows FROM batch GROUP BY received / 86400000) AS day";
        self.control.read(|c| c.one(sql, params![], |row| column::count(row, 0)))
    }

    /// A batch's segment record; [`seal::Stored`] reads it.
    pub fn batch(&self, id: &BatchId) -> Result<Option<Vec<u8>>, Error> {
        let place = self.control.read(|c| find_place(c, id))?;
        place.map(|place| place.read(&*self.segments)).transpose()
    }

    /// The clear octets of one record of a batch: `manifest::Operational`. None if there is no such record.
    pub fn operational(&self, batch: &BatchId, row: u32) -> Result<Option<[u8; 32]>, Error> {
        let Some(place) = self.control.read(|c| find_place(c, batch))? else { return Ok(None) };
        let read = |start, octets| self.segments.read_range(&place.segment, start, octets);
        let front = read(place.operational, FRONT_OCTETS)?;
        let front = front.first_chunk().and_then(|octets| Front::from_bytes(octets).ok());
        let front = front.ok_or(Error::Damaged { what: "a segment" })?;
        let Some(parcel) = row.checked_sub(1) else { return Ok(Some(front.head())) };
        let (own, rows) = (front.own_octets(), self.control.read(|c| rows(c, batch))?);
        if row > rows {
            return Ok(None);
        }
        let start = place.operational + FRONT_OCTETS as u64 + u64::from(parcel) * own as u64;
        let octets = if own == 0 { Vec::new() } else { read(start, own)? };
        Ok(front.parcel(&octets))
    }

    /// The clear header of one batch.
    pub fn header(&self, batch: &BatchId) -> Result<Option<StoredHeader>, Error> {
        let sql = "SELECT batch, header, salt FROM header WHERE batch = ?1";
        self.control.read(|c| c.first(sql, params![batch.0], stored_header))
    }

    /// Every batch's clear header, by batch id. Read in pages: what is committed meanwhile may be among them or not.
    pub fn headers(&self) -> Headers<'_> {
        self.headers_after(None)
    }

    /// Those behind this batch.
    pub fn headers_after(&self, last: Option<BatchId>) -> Headers<'_> {
        Headers { vault: self, page: Vec::new().into_iter(), last, ended: false }
    }

    fn header_page(&self, last: Option<BatchId>) -> Result<Vec<StoredHeader>, Error> {
        let sql = "SELECT batch, header, salt FROM header WHERE batch > ?1 ORDER BY batch LIMIT ?2";
        let after = last.map_or(Vec::new(), |batch| batch.0.to_vec());
        self.control.read(|c| {
            let rows = params![after, column::number(PAGE as u64)];
            c.all(sql, rows, stored_header)
        })
    }
}

/// See [`Vault::headers`]. Ends after the first error.
pub struct Headers<'a> {
    vault: &'a Vault,
    page: std::vec::IntoIter<StoredHeader>,
    last: Option<BatchId>,
    ended: bool,
}

impl Iterator for Headers<'_> {
    type Item = Result<StoredHeader, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match self.vault.header_page(self.last) {
                Ok(page) => {
                    self.ended = page.len() < PAGE;
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        let header = self.page.next()?;
        self.last = Some(header.batch);
        Some(Ok(header))
    }
}

/// The octets of the segment that holds these batches, and what is left of each, by manifest as they came. It is named after the first.
pub(crate) fn lay_out(batches: Vec<Vec<Sealed>>) -> Result<(Vec<u8>, Vec<Vec<Filed>>), Error> {
    let (mut octets, mut segment) = (Vec::new(), None);
    let mut file = |batch: Sealed| {
        let start = octets.len();
        let record = batch.to_bytes();
        let (operational, tokens) = columns(&batch, &record)
            .ok_or(Error::Inconsistent { rule: "a segment record is laid out as docs/format.md says" })?;
        let place = Place {
            segment: segment.get_or_insert_with(|| Name::of(&batch.header.batch.0)).clone(),
            start: start as u64,
            length: record.len(),
            operational: (start + operational) as u64,
            tokens: (start + tokens) as u64,
            token_count: batch.tokens.len() as u64,
        };
        if octets.is_empty() {
            octets = record
        } else {
            octets.extend_from_slice(&record)
        }
        let marks = batch.tokens.iter().map(|(mark, _)| *mark).collect();
        Ok(Filed { octets: batch.octets(), header: batch.header, salt: batch.salt, marks, place })
    };
    let filed = batches.into_iter().map(|of| of.into_iter().map(&mut file).collect()).collect::<Result<_, Error>>()?;
    Ok((octets, filed))
}

/// Where a segment record's clear column and tokens begin: they stand before the digest and the body. Checked
/// against the record, so that a changed layout stops intake and not a look-up years later.
fn columns(batch: &Sealed, record: &[u8]) -> Option<(usize, usize)> {
    let stored = Stored::parse(record).ok()?;
    let end = record.len().checked_sub(batch.body.len())?.checked_sub(DIGEST_OCTETS)?;
    let tokens = end.checked_sub(batch.tokens.len().checked_mul(ENTRY_OCTETS)?)?;
    let operational = tokens.checked_sub(stored.column_octets())?;
    let front = Front::from_bytes(record.get(operational..tokens)?.first_chunk()?).ok()?;
    let (entries, _) = record[tokens..end].as_chunks::<ENTRY_OCTETS>();
    let fits = front == stored.front() && entries.iter().map(entry).eq(batch.tokens.iter().copied());
    fits.then_some((operational, tokens))
}

/// Names a batch in SQL, and tells its number there.
pub(crate) fn insert(transaction: &Sql<'_>, manifest: &ManifestId, ordinal: u32, batch: &Filed) -> Result<u64, Error> {
    let Filed { header, place, .. } = batch;
    let sql = "INSERT INTO batch (id, manifest, ordinal, month, received, rows, segment, start, length, operational, \
         tokens, token_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING number";
    let (month, received) = (header.month.to_string(), header.received.milliseconds());
    let values = params![
        header.batch.0,
        manifest.0,
        ordinal,
        month,
        received,
        header.rows,
        place.segment.as_str(),
        column::number(place.start),
        column::number(place.length as u64),
        column::number(place.operational),
        column::number(place.tokens),
        column::number(place.token_count),
    ];
    let number = transaction.one(sql, values, |row| column::count(row, 0))?;
    if number > NUMBER_MAX {
        return Err(Error::Inconsistent { rule: "there are fewer than 2^40 batches" });
    }
    let sql = "INSERT INTO header (batch, salt, header) VALUES (?1, ?2, ?3)";
    transaction.execute(sql, params![header.batch.0, batch.salt.0, header.to_bytes()])?;
    Ok(number)
}

/// The records that a token stands for in one batch: by a window where such a token is to be expected, which in most batches
/// has it, else by halves.
pub(crate) fn search(objects: &dyn Objects, place: &Place, token: &Token) -> Result<Vec<u32>, Error> {
    let token = token.mark();
    let read = |from: u64, count: u64| {
        let length = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(ENTRY_OCTETS);
        let octets = objects.read_range(&place.segment, place.tokens + from * ENTRY_OCTETS as u64, length)?;
        Ok::<Vec<(Mark, u32)>, Error>(octets.as_chunks().0.iter().map(entry).collect())
    };
    // The first entry that is not before the token is within these, or the one after them.
    let (mut low, mut high) = (0, place.token_count);
    let mut middle = expected(&token, place.token_count);
    let (mut next, mut rest) = loop {
        let start = middle.saturating_sub(WINDOW / 2).min(high.saturating_sub(WINDOW)).max(low);
        let mut window = read(start, WINDOW.min(high - start))?;
        let end = start + window.len() as u64;
        let before = window.partition_point(|(found, _)| *found < token);
        if before == 0 && start > low {
            high = start;
        } else if before == window.len() && end < high {
            low = end;
        } else {
            break (end, window.split_off(before));
        }
        middle = low + (high - low) / 2;
    };
    let mut rows = Vec::new();
    loop {
        for (found, row) in rest {
            if found != token {
                return Ok(rows);
            }
            rows.push(row);
        }
        if next >= place.token_count {
            return Ok(rows);
        }
        rest = read(next, WINDOW.min(place.token_count - next))?;
        next += rest.len() as u64;
    }
}

/// Where a token stands among so many, if they are spread as keyed hashes are.
fn expected(mark: &Mark, count: u64) -> u64 {
    u64::try_from((u128::from(u64::from_be_bytes(mark.0)) * u128::from(count)) >> 64).unwrap_or(0)
}

/// The tokens of a batch by their marks, in order, each once.
pub(crate) fn tokens_of(objects: &dyn Objects, place: &Place) -> Result<Vec<Mark>, Error> {
    let length = usize::try_from(place.token_count).unwrap_or(usize::MAX).saturating_mul(ENTRY_OCTETS);
    let octets = objects.read_range(&place.segment, place.tokens, length)?;
    let mut tokens: Vec<Mark> = octets.as_chunks().0.iter().map(|octets| entry(octets).0).collect();
    tokens.dedup();
    Ok(tokens)
}

fn find_place(connection: &Sql<'_>, id: &BatchId) -> Result<Option<Place>, Error> {
    let sql = "SELECT segment, start, length, operational, tokens, token_count FROM batch WHERE id = ?1";
    connection.first(sql, params![id.0], |row| place(row, 0))
}

fn rows(connection: &Sql<'_>, id: &BatchId) -> Result<u32, Error> {
    let found = connection.first("SELECT rows FROM batch WHERE id = ?1", params![id.0], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

pub(crate) fn place(row: &Row<'_>, first: usize) -> Result<Place, Error> {
    Ok(Place {
        segment: column::parsed(row, first)?,
        start: column::count(row, first + 1)?,
        length: usize::try_from(column::count(row, first + 2)?).unwrap_or(usize::MAX),
        operational: column::count(row, first + 3)?,
        tokens: column::count(row, first + 4)?,
        token_count: column::count(row, first + 5)?,
    })
}

pub(crate) fn stored_header(row: &Row<'_>) -> Result<StoredHeader, Error> {
    Ok(StoredHeader { batch: BatchId(row.get(0)?), header: row.get(1)?, salt: Hash(row.get(2)?) })
}

//! The body: everything sealed, in columns, so that one class of one record is found by position.

use crate::{Error, row::cell_octets};
use ledger::FieldClass;

/// The longest body: 256 MiB.
pub const BODY_OCTETS_MAX: usize = 256 << 20;
/// Records of a batch: the manifest's own and 65,536 parcels.
pub(crate) const RECORDS_MAX: u32 = 65_537;

const MAGIC: &[u8; 8] = b"BULLABDY";
const HEAD_OCTETS: usize = 13;

/// One class while it is written: a code a record, and the cells.
#[derive(Default)]
pub(crate) struct Column {
    pub(crate) codes: Vec<u8>,
    pub(crate) cells: Vec<u8>,
}

/// The body of `columns`, by class, each with a code for every record; a class without a cell is left out.
pub(crate) fn write(records: u32, columns: &[(FieldClass, Column)]) -> Vec<u8> {
    let held = || columns.iter().filter(|(_, column)| !column.cells.is_empty());
    let octets: usize = held().map(|(_, column)| 1 + column.codes.len() + column.cells.len()).sum();
    let mut body = Vec::with_capacity(HEAD_OCTETS + octets);
    body.extend_from_slice(MAGIC);
    body.extend_from_slice(&records.to_be_bytes());
    body.push(u8::try_from(held().count()).expect("there are five sealed classes"));
    body.extend(held().map(|(class, _)| class.number()));
    held().for_each(|(_, column)| body.extend_from_slice(&column.codes));
    held().for_each(|(_, column)| body.extend_from_slice(&column.cells));
    body
}

/// A body whose layout was checked; its cells are opened by [`crate::OpenGroup`].
pub struct Body<'a> {
    octets: &'a [u8],
    records: u32,
    columns: Vec<Index<'a>>,
}

struct Index<'a> {
    class: FieldClass,
    codes: &'a [u8],
    /// Where each record's cell begins in the body, and where the last ends.
    starts: Vec<u32>,
}

impl<'a> Body<'a> {
    /// Checks the layout: every length is known before anything is allocated.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let ensure = |holds, rule| if holds { Ok(()) } else { Err(Error::Body { rule }) };
        ensure(octets.len() <= BODY_OCTETS_MAX, "at most 256 MiB")?;
        let (head, rest) = octets.split_at_checked(HEAD_OCTETS).ok_or(Error::Body { rule: "it ends in its head" })?;
        ensure(&head[..8] == MAGIC, "it begins with BULLABDY")?;
        let records = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        ensure((2..=RECORDS_MAX).contains(&records), "2 to 65,537 records")?;
        let count = usize::from(head[12]);
        ensure(count <= FieldClass::SEALED.len(), "at most five columns")?;
        let (numbers, rest) = rest.split_at_checked(count).ok_or(Error::Body { rule: "it ends in its columns" })?;
        ensure(
            numbers.iter().all(|n| (1..=5).contains(n)) && numbers.windows(2).all(|w| w[0] < w[1]),
            "columns are sealed classes, sorted",
        )?;
        let codes_octets = records as usize * count;
        let (codes, _) =
            rest.split_at_checked(codes_octets).ok_or(Error::Body { rule: "it ends in its length codes" })?;

        let mut columns = Vec::with_capacity(count);
        let mut at = HEAD_OCTETS + count + codes_octets;
        for (number, codes) in numbers.iter().zip(codes.chunks_exact(records as usize)) {
            let start = at;
            let mut starts = Vec::with_capacity(codes.len() + 1);
            for code in codes {
                starts.push(at as u32);
                at += cell_octets(*code).ok_or(Error::Body { rule: "length codes are 0 to 33" })?;
                ensure(at <= octets.len(), "it ends in its cells")?;
            }
            ensure(at > start, "a column has at least one cell")?;
            starts.push(at as u32);
            columns.push(Index { class: FieldClass::SEALED[usize::from(*number) - 1], codes, starts });
        }
        ensure(at == octets.len(), "nothing follows its cells")?;
        Ok(Self { octets, records, columns })
    }

    /// Records: the manifest's own and the parcels.
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The cell of a record, still sealed; none if the record does not hold the class, or is not there.
    pub fn cell(&self, row: u32, class: FieldClass) -> Option<&'a [u8]> {
        let column = self.columns.iter().find(|column| column.class == class)?;
        let row = row as usize;
        let cell = self.octets.get(*column.starts.get(row)? as usize..*column.starts.get(row + 1)? as usize)?;
        if cell.is_empty() { None } else { Some(cell) }
    }

    /// The classes that a record holds, as a set of bits by [`FieldClass::number`].
    pub(crate) fn held(&self, row: u32) -> u8 {
        let bit =
            |column: &Index| u8::from(column.codes.get(row as usize).is_some_and(|c| *c != 0)) << column.class.number();
        self.columns.iter().map(bit).fold(0, |set, bit| set | bit)
    }
}

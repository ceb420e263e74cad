//! A segment's places once more, packed for a first look at its values: a few octets each, one behind the other.

use super::place::{Codes, Kind, Place};
use crate::word;
use std::sync::Arc;

/// The places of a segment.
pub(crate) struct Rows {
    /// By place, how long an element without separators may be; of a composite, its first component.
    lengths: Vec<Lengths>,
    /// The places that take letters and digits, as many as a word has at most: bit n-1 is element n.
    pub codes: u64,
    /// The others that are asked for more than their length, and no blank in front.
    pub closely: u64,
    /// By place, what that is.
    wholes: Vec<Row>,
    /// The places as they are, and behind them the components of all composites.
    rows: Vec<Row>,
    lists: Vec<Arc<Codes>>,
}

/// From the shortest to the longest.
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    shortest: u16,
    /// How much longer the longest one is.
    more: u16,
}

/// What a place takes.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub kind: RowKind,
    pub mandatory: bool,
    /// In characters, or digits; of a composite, how many components there are.
    pub lengths: Lengths,
    /// Of a listed one the number of its list, of a composite that of its first component's row.
    at: u16,
}

/// What a place may hold, as [`Kind`] has it, where a list of values is all that counts.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RowKind {
    Text,
    Code,
    Listed,
    Integer,
    Decimal,
    Date,
    Time,
    /// Nothing is asked of it.
    Any,
    /// Text without digits, and what is more than one value.
    Doubtful,
    Composite,
}

impl Lengths {
    const ANY: Self = Self { shortest: 0, more: u16::MAX };

    #[inline(always)]
    pub fn contain(self, length: usize) -> bool {
        length.wrapping_sub(self.shortest.into()) <= self.more.into()
    }

    fn longest(self) -> usize {
        usize::from(self.shortest) + usize::from(self.more)
    }
}

impl Rows {
    pub fn of(places: &[Place]) -> Self {
        let (mut rows, mut lists) = (Vec::new(), Vec::new());
        rows.extend(places.iter().map(|place| row(place, &mut lists)));
        let mut wholes = rows.clone();
        for (at, place) in places.iter().enumerate().filter(|(_, place)| place.kind == Kind::Composite) {
            rows[at].at = small(rows.len());
            rows.extend(place.components.iter().map(|component| row(component, &mut lists)));
            let first = rows[usize::from(rows[at].at)];
            let kind = if place.least <= 1 { first.kind } else { RowKind::Doubtful };
            wholes[at] = Row { kind, ..first };
        }
        let is_seen_closely = |row: &Row| !matches!(row.kind, RowKind::Text | RowKind::Any);
        let closely = wholes.iter().rev().fold(0, |mask, row| mask << 1 | u64::from(is_seen_closely(row)));
        let is_short_code = |row: &Row| row.kind == RowKind::Code && row.lengths.longest() <= word::OCTETS;
        let codes = wholes.iter().rev().fold(0, |mask, row| mask << 1 | u64::from(is_short_code(row)));
        // Of all others it is not the octets that are counted.
        let counts = |kind| matches!(kind, RowKind::Text | RowKind::Code | RowKind::Date | RowKind::Time);
        let lengths = wholes.iter().map(|row| if counts(row.kind) { row.lengths } else { Lengths::ANY }).collect();
        Self { lengths, codes, closely: closely & !codes, wholes, rows, lists }
    }

    /// How long elements without separators may be.
    #[inline(always)]
    pub fn lengths(&self) -> &[Lengths] {
        &self.lengths
    }

    /// What an element without separators is asked for, by its place from 0.
    #[inline(always)]
    pub fn whole(&self, place: usize) -> Row {
        self.wholes[place]
    }

    /// The rows of the places.
    #[inline(always)]
    pub fn places(&self) -> &[Row] {
        &self.rows[..self.wholes.len()]
    }

    /// Those of a composite's components.
    #[inline(always)]
    pub fn components(&self, composite: Row) -> &[Row] {
        let (first, Lengths { shortest, more }) = (usize::from(composite.at), composite.lengths);
        let count = usize::from(shortest.wrapping_add(more));
        self.rows.get(first..first.wrapping_add(count)).unwrap_or_default()
    }

    /// The values of a listed place.
    #[inline(always)]
    pub fn list(&self, listed: Row) -> &Codes {
        &self.lists[usize::from(listed.at)]
    }
}

fn row(place: &Place, lists: &mut Vec<Arc<Codes>>) -> Row {
    let kind = match (&place.codes, place.kind) {
        (Some(_), _) => RowKind::Listed,
        (None, Kind::Code) => RowKind::Code,
        (None, Kind::Text) => RowKind::Text,
        (None, Kind::Alpha) => RowKind::Doubtful,
        (None, Kind::Integer) => RowKind::Integer,
        (None, Kind::Decimal) => RowKind::Decimal,
        (None, Kind::Date) => RowKind::Date,
        (None, Kind::Time) => RowKind::Time,
        (None, Kind::Binary | Kind::Open) => RowKind::Any,
        (None, Kind::Composite) => RowKind::Composite,
    };
    let (shortest, longest) = match kind {
        RowKind::Composite => (place.least, small(place.components.len())),
        _ => (place.shortest, place.longest),
    };
    let at = small(lists.len());
    lists.extend(place.codes.clone());
    Row { kind, mandatory: place.mandatory, lengths: Lengths { shortest, more: longest - shortest }, at }
}

/// A segment has few places, and its composites few components.
fn small(number: usize) -> u16 {
    u16::try_from(number).expect("fewer than 65,536 places")
}

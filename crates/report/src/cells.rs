//! What is exposed, sealed and shredded: months as columns, shippers as rows.

use incident::{Assessment, assessment::Absent};
use ledger::{Month, Pseudonym, Time};
use std::{collections::BTreeMap, fmt::Write};

/// What a shipper's month is under a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// It could have been read.
    Exposed,
    /// It was taken, or could have been, and cannot be read.
    Sealed,
    /// Its key does not exist any more.
    Shredded,
}

impl Cell {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 3] = [Self::Exposed, Self::Sealed, Self::Shredded];

    /// The name of its [pattern](patterns).
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Exposed => "exposed",
            Self::Sealed => "sealed",
            Self::Shredded => "shredded",
        }
    }
}

/// A cell's width and height in a drawing's units.
pub const SIZE: (f64, f64) = (6.6, 4.7);

/// A shipper, or whoever is not known, and a month.
pub type Place = (Option<Pseudonym>, Month);

/// Every cell that the assessment knows anything of. What an assessment does not reach, and no period of it either, is in no cell.
pub fn of(assessment: &Assessment) -> BTreeMap<Place, Cell> {
    let mut cells = BTreeMap::new();
    for missing in &assessment.not_included {
        let cell = match missing.why {
            Absent::Shredded { .. } => Cell::Shredded,
            Absent::MadeAfter { .. } => Cell::Sealed,
        };
        // Several retention groups of a month: as long as one of them is sealed, so is it.
        let place = (missing.shipper.clone(), missing.period.month);
        cells.entry(place).and_modify(|known: &mut Cell| *known = cell.min(*known)).or_insert(cell);
    }
    for share in &assessment.by_shipper_month {
        let place = (share.shipper.clone(), share.month);
        if share.rows > 0 {
            cells.insert(place, Cell::Exposed);
        } else if share.operational > 0 {
            cells.entry(place).or_insert(Cell::Sealed);
        }
    }
    cells
}

/// The patterns of all cells, told apart without colour; a drawing has them once, a page too.
pub fn patterns() -> String {
    let (width, height) = SIZE;
    format!(
        "<defs><pattern id=\"exposed\" width=\"{width}\" height=\"{height}\" patternUnits=\"userSpaceOnUse\"><rect x=\".35\" y=\".35\" \
         width=\"5.9\" height=\"4\" fill=\"#a82003\"/></pattern><pattern id=\"sealed\" width=\"{width}\" height=\"{height}\" \
         patternUnits=\"userSpaceOnUse\"><circle cx=\"3.3\" cy=\"2.35\" r=\"1.45\" fill=\"none\" stroke=\"#874a24\" stroke-width=\".95\"/>\
         </pattern><pattern id=\"shredded\" width=\"{width}\" height=\"{height}\" patternUnits=\"userSpaceOnUse\"><path d=\"M1.9 3.8L4.7 .9\" \
         stroke=\"#5d5850\" stroke-width=\".75\" fill=\"none\"/></pattern></defs>"
    )
}

/// Rows of a drawing: shippers from the largest down, as `rows` counts them.
pub fn order<'a>(shippers: impl Iterator<Item = (&'a Option<Pseudonym>, u64)>) -> BTreeMap<Option<Pseudonym>, usize> {
    let mut shippers: Vec<_> = shippers.collect();
    shippers.sort_by_key(|(shipper, rows)| (std::cmp::Reverse(*rows), *shipper));
    shippers.into_iter().map(|(shipper, _)| shipper.clone()).zip(0..).collect()
}

/// Cells of one kind as one path: months that follow each other are one rectangle. Empty if there is none.
pub fn path(
    cells: &BTreeMap<Place, Cell>,
    kind: Cell,
    order: &BTreeMap<Option<Pseudonym>, usize>,
    first: Month,
) -> String {
    let mut runs: Vec<(usize, i64, i64)> = Vec::new();
    for ((shipper, month), _) in cells.iter().filter(|(_, cell)| **cell == kind) {
        let (Some(row), column) = (order.get(shipper), columns(first, *month)) else { continue };
        match runs.last_mut() {
            Some((last, _, end)) if last == row && *end == column => *end += 1,
            _ => runs.push((*row, column, column + 1)),
        }
    }
    let (width, height) = SIZE;
    let mut drawn = String::new();
    for (row, from, to) in &runs {
        let (left, right, top) = (width * *from as f64, width * *to as f64, height * *row as f64);
        let _ = write!(drawn, "M{left:.1} {top:.1}H{right:.1}v{height}H{left:.1}z");
    }
    if runs.is_empty() { drawn } else { format!("<path fill=\"url(#{})\" d=\"{drawn}\"/>\n", kind.pattern()) }
}

/// Columns from one month to another.
pub fn columns(first: Month, month: Month) -> i64 {
    let number = |month: Month| i64::from(month.year) * 12 + i64::from(month.month);
    number(month) - number(first)
}

/// How far across a moment is, the day in its month too.
pub fn across(first: Month, time: Time) -> f64 {
    let at = time.civil();
    SIZE.0 * (columns(first, Month::of(time)) as f64 + (f64::from(at.day) - 1.0) / 31.0)
}

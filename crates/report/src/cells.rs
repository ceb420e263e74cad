//! What is exposed, sealed and shredded: months as columns, shippers as rows.

use incident::{Assessment, assessment::Absent};
use ledger::{Month, Pseudonym, Time};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

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
/// Shippers that have a row of their own; the rest is in tables.
const ROWS_MAX: usize = 60;

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

/// An assessment's cells as a drawing of their own, with the time of each hypothesis over them; none if it has no cell.
pub fn svg(assessment: &Assessment) -> Option<String> {
    let cells = of(assessment);
    let months: BTreeSet<Month> = cells.keys().map(|(_, month)| *month).collect();
    let (first, last) = (*months.first()?, *months.last()?);
    let rows = |shipper: &Option<Pseudonym>| {
        let own = assessment.by_shipper.iter().find(|share| share.shipper == *shipper);
        own.map_or(0, |share| share.rows.saturating_add(share.operational))
    };
    let shippers: BTreeSet<_> = cells.keys().map(|(shipper, _)| shipper).collect();
    let mut order = order(shippers.into_iter().map(|shipper| (shipper, rows(shipper))));
    order.retain(|_, row| *row < ROWS_MAX);
    let (width, height) = (SIZE.0 * (columns(first, last) + 1) as f64, SIZE.1 * order.len() as f64);
    // At twice its size: a month or two are not drawn as large as a page.
    let (wide, high) = (width + 16.0, height + 38.0);
    let mut drawn = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-8 -18 {wide:.1} {high:.1}\" width=\"{:.0}\" role=\"img\" \
         aria-hidden=\"true\">{}<rect width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"#cfc7ba\" stroke-width=\".7\"/>",
        2.0 * wide.max(60.0),
        patterns()
    );
    for kind in Cell::ALL {
        drawn += &path(&cells, kind, &order, first);
    }
    drawn += &years(first, last, height);
    for hypothesis in &assessment.hypothesis {
        let end = width + 4.0;
        let left = hypothesis.from.map_or(-4.0, |from| across(first, from)).clamp(-4.0, end);
        let right = hypothesis.to.map_or(end, |to| across(first, to)).clamp(left + 2.0, end + 2.0);
        let _ = write!(
            drawn,
            "<rect x=\"{left:.1}\" y=\"-5\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#201b15\" fill-opacity=\".08\" stroke=\"#201b15\" \
             stroke-width=\"1.2\"/><path d=\"M{:.1} -15h10l-5 8z\" fill=\"#201b15\"/>",
            right - left,
            height + 10.0,
            left - 5.0
        );
    }
    Some(drawn + "</svg>")
}

/// A line at each year's beginning, and its number.
fn years(first: Month, last: Month, height: f64) -> String {
    let mut drawn = String::new();
    let mut write = |x: f64, year: i16| {
        let _ = write!(
            drawn,
            "<path d=\"M{x:.1} 0V{height:.1}\" stroke=\"#cfc7ba\" stroke-width=\".7\"/><text x=\"{:.1}\" y=\"{:.1}\" font-family=\"system-ui, \
             sans-serif\" font-size=\"9\" fill=\"#4d453b\">{year}</text>",
            x + 1.5,
            height + 13.0
        );
    };
    write(0.0, first.year);
    for year in first.year + 1..=last.year {
        let january = Month { year, month: 1 };
        if columns(first, january) > 3 {
            write(SIZE.0 * columns(first, january) as f64, year);
        }
    }
    drawn
}

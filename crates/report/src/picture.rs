//! An assessment's cells as a drawing of their own: months as columns, shippers as rows, and over them the time that each hypothesis
//! assumes. The fewer there are, the larger and the better named.

use crate::{
    Language,
    cells::{self, Cell, Place},
    drawing::{Anchor, Drawing, INK, LETTERS, RULE, step, wide},
    words::{fill, say},
};
use incident::{Assessment, Hypothesis};
use ledger::{Month, Pseudonym};
use std::collections::{BTreeMap, BTreeSet};

/// Shippers that have a row of their own; the rest is in tables.
const ROWS_MAX: usize = 60;
/// How much larger than in a drill's picture a cell is at most, and how large all of them together.
const LARGER_MAX: f64 = 6.0;
const WIDTH_MAX: f64 = 700.0;
const HEIGHT_MAX: f64 = 410.0;
/// How far a frame reaches over the cells.
const OVER: f64 = 6.0;
/// From one line of words to the next.
const LINE: f64 = 16.0;

struct Picture {
    drawing: Drawing,
    first: Month,
    /// How much larger a cell is.
    larger: f64,
    months: i64,
    width: f64,
    height: f64,
    language: Language,
}

/// The drawing; none if there is no cell.
pub fn svg(assessment: &Assessment, language: Language) -> Option<String> {
    let cells = cells::of(assessment);
    let months: BTreeSet<Month> = cells.keys().map(|(_, month)| *month).collect();
    let (first, last) = (*months.first()?, last(assessment, *months.last()?));
    let mut order = order(assessment, &cells);
    let shippers = order.len();
    order.retain(|_, row| *row < ROWS_MAX);
    let months = cells::columns(first, last) + 1;
    let (width, height) = (cells::SIZE.0 * months as f64, cells::SIZE.1 * order.len() as f64);
    let larger = LARGER_MAX.min(WIDTH_MAX / width).min(HEIGHT_MAX / height);
    let (width, height) = (width * larger, height * larger);
    let mut picture = Picture { drawing: Drawing::default(), first, larger, months, width, height, language };
    picture.cells(&cells, &order);
    picture.names(&order);
    let mut below = picture.calendar();
    for hypothesis in &assessment.hypothesis {
        picture.frame(hypothesis);
    }
    below = picture.explanation(&cells, below);
    if let Some(more) = shippers.checked_sub(order.len()).filter(|more| *more > 0) {
        let more = fill(language, "more", &[("rows", language.number(more as u64))]);
        picture.drawing.text((0.0, below), Anchor::Start, &more);
    }
    let count = |kind| language.number(cells.values().filter(|cell| **cell == kind).count() as u64);
    let shows = fill(
        language,
        "picture_shows",
        &[
            ("shippers", language.number(shippers as u64)),
            ("first", language.month(first)),
            ("last", language.month(last)),
            ("exposed", count(Cell::Exposed)),
            ("sealed", count(Cell::Sealed)),
            ("shredded", count(Cell::Shredded)),
        ],
    );
    Some(picture.drawing.svg("picture", &say(language, "picture"), &shows))
}

/// The last column: what is assumed to have come after everything stands where it was, as far as the ledger goes.
fn last(assessment: &Assessment, last: Month) -> Month {
    let end = assessment.checkpoint.time;
    let assumed = assessment.hypothesis.iter().flat_map(|own| [own.from, own.to]).flatten();
    assumed.map(|time| Month::of(time.min(end))).fold(last, Month::max)
}

fn order(assessment: &Assessment, cells: &BTreeMap<Place, Cell>) -> BTreeMap<Option<Pseudonym>, usize> {
    let rows = |share: &incident::assessment::ShipperShare| share.rows.saturating_add(share.operational);
    let known: BTreeMap<_, _> = assessment.by_shipper.iter().map(|share| (&share.shipper, rows(share))).collect();
    let shippers: BTreeSet<_> = cells.keys().map(|(shipper, _)| shipper).collect();
    cells::order(shippers.into_iter().map(|shipper| (shipper, known.get(shipper).copied().unwrap_or_default())))
}

impl Picture {
    fn cells(&mut self, cells: &BTreeMap<Place, Cell>, order: &BTreeMap<Option<Pseudonym>, usize>) {
        let (width, height) = (self.width, self.height);
        let paths: String = Cell::ALL.map(|kind| cells::path(cells, kind, order, self.first)).concat();
        let drawn = format!(
            "{}<rect width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"{RULE}\" stroke-width=\".7\"/>\n\
             <g transform=\"scale({})\">{paths}</g>",
            cells::patterns(),
            self.larger
        );
        self.drawing.shape([0.0, 0.0, width, height], &drawn);
    }

    /// Who each row is, where a row is as high as a line.
    fn names(&mut self, order: &BTreeMap<Option<Pseudonym>, usize>) {
        let high = cells::SIZE.1 * self.larger;
        if high < LETTERS + 2.0 {
            return;
        }
        for (shipper, row) in order {
            let unknown = || say(self.language, "not_known");
            let name = shipper.as_ref().map_or_else(unknown, ToString::to_string);
            let middle = high * (*row as f64 + 0.5) + LETTERS * 0.35;
            self.drawing.text((-2.0 * OVER, middle), Anchor::End, &name);
        }
    }

    /// Months' names below as many columns as there is room for, and the years; returns where the next line is.
    fn calendar(&mut self) -> f64 {
        let wide_month = cells::SIZE.0 * self.larger;
        let month = |column: i64| month_at(number(self.first) + column);
        let mut line = self.height + OVER + LINE;
        let names = step(wide_month, wide("sept."));
        if names < 12 {
            for column in (0..self.months).filter(|own| (number(self.first) + own) % names == 0) {
                let middle = (wide_month * (column as f64 + 0.5), line);
                self.drawing.text(middle, Anchor::Middle, self.language.short_month(month(column)));
            }
            line += LINE;
        }
        let years = step(wide_month, wide("2026") + 8.0).max(12);
        let begins = |column: &i64| (number(self.first) + column) % years == 0;
        let januaries: Vec<i64> = (0..self.months).filter(begins).collect();
        // The year in which it begins has its number where the next one leaves room for it.
        let room = januaries.first().is_none_or(|next| *next as f64 * wide_month >= wide("2026") + 8.0);
        for column in januaries.iter().copied().chain(room.then_some(0)) {
            let x = wide_month * column as f64;
            if column > 0 {
                self.drawing.rule((x, 0.0), (x, line));
            }
            self.drawing.text((x + 4.0, line), Anchor::Start, &month(column).year.to_string());
        }
        line + LINE
    }

    /// The time that is assumed, open at a side that is not stated.
    fn frame(&mut self, hypothesis: &Hypothesis) {
        let (start, end) = (-OVER, self.width + OVER);
        let across = |time| (cells::across(self.first, time) * self.larger).clamp(start, end - 4.0);
        let left = hypothesis.from.map_or(start, across);
        let right = hypothesis.to.map_or(end, across).max(left + 4.0);
        let (top, bottom, middle) = (-OVER, self.height + OVER, (left + right) / 2.0);
        // A side that is not stated is moved along, not drawn.
        let down = if hypothesis.to.is_some() { "L" } else { "M" };
        let up = if hypothesis.from.is_some() { "V" } else { "M0 " };
        let drawn = format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{INK}\" fill-opacity=\".08\"/>\
             <path d=\"M{left:.1} {top:.1}H{right:.1}{down}{right:.1} {bottom:.1}H{left:.1}{up}{top:.1}\" fill=\"none\" \
             stroke=\"{INK}\" stroke-width=\"1.4\"/>\
             <path d=\"M{:.1} {:.1}h10l-5 8z\" fill=\"{INK}\"/>",
            right - left,
            bottom - top,
            middle - 5.0,
            top - 11.0,
        );
        self.drawing
            .shape([left.min(middle - 5.0) - 1.0, top - 11.0, right.max(middle + 5.0) + 1.0, bottom + 1.0], &drawn);
    }

    /// What each pattern that is drawn means; returns where the next line is.
    fn explanation(&mut self, cells: &BTreeMap<Place, Cell>, mut line: f64) -> f64 {
        for kind in Cell::ALL.into_iter().filter(|kind| cells.values().any(|cell| cell == kind)) {
            let words = say(self.language, &format!("cell_{}", kind.pattern()));
            // On the pattern's own grid, and two cells of it.
            let (wide, high) = (3.0 * cells::SIZE.0, cells::SIZE.1);
            let drawn = format!(
                "<g transform=\"translate(0 {:.1}) scale(2)\"><rect width=\"{wide:.1}\" height=\"{high}\" fill=\"url(#{})\"/></g>",
                line - 8.0,
                kind.pattern()
            );
            self.drawing.shape([0.0, line - 8.0, 2.0 * wide, line - 8.0 + 2.0 * high], &drawn);
            self.drawing.text((2.0 * wide + 8.0, line), Anchor::Start, &words);
            line += LINE;
        }
        line
    }
}

/// Months since one that never was: January of a year is a multiple of 12.
fn number(month: Month) -> i64 {
    i64::from(month.year) * 12 + i64::from(month.month) - 1
}

fn month_at(number: i64) -> Month {
    let year = i16::try_from(number.div_euclid(12)).unwrap_or(i16::MAX);
    Month { year, month: i8::try_from(number.rem_euclid(12) + 1).unwrap_or(1) }
}

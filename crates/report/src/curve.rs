//! The answer by the day on which it began: steps, never smoothed, since nothing happens between them.

use crate::{
    Language,
    drawing::{Anchor, Bounds, Drawing, EXPOSED, INK, LETTERS, around, step, wide},
    words::{fill, say},
};
use incident::{Assessment, assessment::CurvePoint};
use ledger::{Month, Time};
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
/// From one line of words to the next.
const LINE: f64 = 16.0;
/// Steps that are named at most; the table has them all.
const NAMED_MAX: usize = 8;
/// A shorter time has the clock beside its days.
const SHORT: f64 = 3.0 * 86_400_000.0;

struct Curve {
    drawing: Drawing,
    first: Time,
    end: Time,
    most: u64,
    /// What its rows are called.
    rows: &'static str,
    language: Language,
    /// Where words stand already.
    taken: Vec<Bounds>,
}

/// The curve as a drawing; none where the beginning is stated, or nothing depends on it.
pub fn svg(assessment: &Assessment, language: Language) -> Option<String> {
    let points = &assessment.curve;
    let (first, last) = (points.first()?, points.last()?);
    let most = points.iter().map(|point| point.rows).max()?;
    if points.iter().all(|point| point.rows == most) {
        return None;
    }
    let (first, end) = (first.from, assessment.checkpoint.time.max(last.from));
    let rows = if assessment.at_most.unbounded { "all_rows" } else { "rows" };
    let mut curve = Curve { drawing: Drawing::default(), first, end, most, rows, language, taken: Vec::new() };
    curve.axes();
    let changes: Vec<_> = points.windows(2).filter(|pair| pair[0].rows != pair[1].rows).map(|pair| pair[1]).collect();
    if changes.len() <= NAMED_MAX {
        changes.iter().for_each(|point| curve.name(point));
    }
    curve.steps(points);
    let shows = fill(
        language,
        "curve_shows",
        &[
            ("rows", language.number(most)),
            ("first", language.time(first)),
            ("steps", language.number(changes.len() as u64)),
            ("last_rows", language.number(last.rows)),
            ("last", language.time(last.from)),
        ],
    );
    Some(curve.drawing.svg("curve", &say(language, "curve"), &shows))
}

impl Curve {
    fn span(&self) -> f64 {
        (self.end.milliseconds() - self.first.milliseconds()).max(1) as f64
    }

    fn short(&self) -> bool {
        self.span() < SHORT
    }

    fn x(&self, time: Time) -> f64 {
        WIDTH * (time.milliseconds() - self.first.milliseconds()) as f64 / self.span()
    }

    fn y(&self, rows: u64) -> f64 {
        HEIGHT * (1.0 - rows as f64 / self.most.max(1) as f64)
    }

    fn steps(&mut self, points: &[CurvePoint]) {
        let mut line = format!("M0 {:.1}", self.y(points[0].rows));
        let (mut drawn, mut level) = (0.0, points[0].rows);
        for point in &points[1..] {
            let x = self.x(point.from);
            // Of steps that no eye tells apart the lowest is drawn.
            if x - drawn >= 0.1 {
                let _ = write!(line, "V{:.1}H{x:.1}", self.y(level));
                drawn = x;
            }
            level = point.rows;
        }
        let _ = write!(line, "V{:.1}H{WIDTH}", self.y(level));
        let drawn = format!(
            "<path d=\"{line}V{HEIGHT}H0z\" fill=\"{EXPOSED}\" fill-opacity=\".14\"/><path d=\"{line}\" fill=\"none\" stroke=\"{EXPOSED}\" \
             stroke-width=\"2\"/>"
        );
        self.drawing.shape([-1.0, -1.0, WIDTH + 1.0, HEIGHT + 1.0], &drawn);
    }

    /// How many at its left, when at its foot.
    fn axes(&mut self) {
        let language = self.language;
        self.drawing.rule((0.0, 0.0), (WIDTH, 0.0));
        let axes = format!("<path d=\"M0 0V{HEIGHT}H{WIDTH}\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"1\"/>");
        self.drawing.shape([-0.5, 0.0, WIDTH, HEIGHT + 0.5], &axes);
        self.drawing.text((0.0, -10.0), Anchor::Start, &say(language, self.rows));
        for rows in [0, self.most] {
            let middle = self.y(rows) + LETTERS * 0.35;
            self.drawing.text((-8.0, middle), Anchor::End, &language.number(rows));
        }
        let line = HEIGHT + LINE + if self.calendar(HEIGHT + LINE) { LINE } else { 0.0 };
        let of = |time| if self.short() { language.time(time) } else { language.date(time) };
        let (left, right, began) = (of(self.first), of(self.end), say(language, "began"));
        self.drawing.text((0.0, line), Anchor::Start, &left);
        self.drawing.text((WIDTH, line), Anchor::End, &right);
        self.drawing.text((WIDTH / 2.0, line), Anchor::Middle, &began);
    }

    /// A mark at as many months' beginnings as there is room for; January is its year. False: there is none.
    fn calendar(&mut self, line: f64) -> bool {
        let mut named = false;
        let month = WIDTH * 30.0 * 86_400_000.0 / self.span();
        let months = step(month, wide("sept.") + 8.0);
        let mut next = Month::of(self.first).next();
        while next.year <= 9_999 && next.start() < self.end {
            let number = i64::from(next.year) * 12 + i64::from(next.month) - 1;
            if number % months == 0 {
                let x = self.x(next.start());
                self.drawing.rule((x, HEIGHT), (x, HEIGHT + 5.0));
                let year = next.year.to_string();
                let name = if next.month == 1 { &year } else { self.language.short_month(next) };
                self.drawing.text((x, line), Anchor::Middle, name);
                named = true;
            }
            next = next.next();
        }
        named
    }

    /// How many there are from a step on, and when that is, over the line behind it; higher where something stands there.
    fn name(&mut self, point: &CurvePoint) {
        let language = self.language;
        let (key, when) = match self.short() {
            true => ("curve_step_clock", language.clock(point.from)),
            false => ("curve_step_day", language.short_date(point.from)),
        };
        let name = fill(language, key, &[("rows", language.number(point.rows)), ("when", when)]);
        let (x, foot) = (self.x(point.from), self.y(point.rows));
        let place = |lines: usize| (x + 5.0, foot - 5.0 - LINE / 2.0 * lines as f64);
        let free = |place: &(f64, f64)| {
            let [left, top, right, bottom] = around(*place, Anchor::Start, &name);
            let apart = |[a, b, c, d]: &Bounds| right <= *a || *c <= left || bottom <= *b || *d <= top;
            self.taken.iter().all(apart)
        };
        // Each that stands already is in the way of four places at most.
        let place = (0..=4 * NAMED_MAX).map(place).find(free).unwrap_or(place(0));
        self.drawing.rule((x, foot), (x, place.1 - LETTERS + 2.0));
        self.taken.push(self.drawing.text(place, Anchor::Start, &name));
    }
}

//! The picture: months as columns, shippers as rows, each cell exposed, sealed or shredded, once for each case. SVG 1.1 with
//! presentation attributes alone, so that it may stand in a page with a strict policy, be printed, and be read without colour.

use crate::{Case, Outcome, Panel, Window, plan::SHIPPERS, words};
use ledger::{Month, Pseudonym};
use report::{
    Language,
    cells::{self, Cell},
};
use std::{collections::BTreeMap, fmt::Write};

const WIDTH: f64 = cells::SIZE.0;
const HEIGHT: f64 = cells::SIZE.1;
/// The first column.
const FIRST: Month = Month { year: 2016, month: 7 };
/// From then to November 2020, and the month behind it.
const MONTHS: i64 = 54;
const INK: &str = "#201b15";
const SOFT: &str = "#4d453b";
const RULE: &str = "#cfc7ba";
const EXPOSED: &str = "#a82003";
/// What stands beside something else: it fits where the widest of the usual fonts, DejaVu Sans, is the one that there is.
const SMALL: f64 = 11.2;
const SERIF: &str = "Iowan Old Style, Palatino Linotype, Palatino, P052, Noto Serif, Georgia, serif";
const SANS: &str = "system-ui, Segoe UI, Roboto, Inter, Noto Sans, Liberation Sans, sans-serif";
/// Where panels stand, and behind the last of them the explanation.
const PLACES: [(u32, u32); 6] = [(30, 146), (425, 146), (820, 146), (30, 506), (425, 506), (820, 506)];

/// Draws the outcome of a drill.
pub fn svg(outcome: &Outcome, language: Language) -> String {
    let own = words::words(language);
    let story = words::story(language, SHIPPERS, outcome.recipients);
    let shippers = &outcome.panels[0].answer.assessment.by_shipper;
    let order = cells::order(shippers.iter().map(|share| (&share.shipper, share.rows)));
    let mut svg = Svg(String::new());
    let said: Vec<String> = outcome.panels.iter().map(|panel| said(panel, language)).collect();
    let _ = write!(
        svg.0,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 848\" width=\"1200\" height=\"848\" role=\"img\" lang=\"{}\" \
         aria-labelledby=\"t d\"><title id=\"t\">{}</title><desc id=\"d\">{story} {}</desc>\n{}\n\
         <rect width=\"1200\" height=\"848\" fill=\"#ffffff\"/>\n",
        language.code(),
        own.title,
        said.join(" "),
        cells::patterns()
    );
    svg.text((30.0, 50.0), &Style { family: SERIF, size: 32.0, weight: 600, ..Style::default() }, own.title);
    svg.text((30.0, 76.0), &Style { size: 14.5, ink: SOFT, ..Style::default() }, &story);
    for (panel, place) in outcome.panels.iter().zip(PLACES) {
        svg.panel(panel, place, &order, language);
    }
    svg.explanation(PLACES[outcome.panels.len().min(5)], language);
    let _ = writeln!(svg.0, "<path d=\"M30 806H1170\" stroke=\"{RULE}\" stroke-width=\"1\"/>");
    svg.text((30.0, 828.0), &Style { size: 12.0, ink: SOFT, ..Style::default() }, own.foot);
    svg.0 + "</svg>\n"
}

/// A panel in one sentence, for whoever does not see it.
fn said(panel: &Panel, language: Language) -> String {
    let (of, rows) = (words::of(language, panel.case), panel.answer.assessment.at_most.rows);
    let (number, at_most) = (language.number(rows), words::at_most(language, panel.case, rows));
    format!("({}) {}, {}: {number} {at_most}.", panel.case.letter(), of.name, of.what)
}

/// How a text looks.
struct Style {
    family: &'static str,
    size: f64,
    ink: &'static str,
    anchor: &'static str,
    weight: u32,
    /// On a ground of its own, over cells.
    halo: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { family: SANS, size: 12.0, ink: INK, anchor: "start", weight: 400, halo: false }
    }
}

struct Svg(String);

impl Svg {
    fn text(&mut self, (x, y): (f64, f64), style: &Style, text: &str) {
        let Style { family, size, ink, anchor, weight, halo } = style;
        let halo = if *halo { " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"3\"" } else { "" };
        let _ = writeln!(
            self.0,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"{family}\" font-size=\"{size}\" fill=\"{ink}\" text-anchor=\"{anchor}\" \
             font-weight=\"{weight}\"{halo}>{text}</text>"
        );
    }

    fn panel(
        &mut self,
        panel: &Panel,
        (x, y): (u32, u32),
        order: &BTreeMap<Option<Pseudonym>, usize>,
        language: Language,
    ) {
        let of = words::of(language, panel.case);
        let _ = writeln!(self.0, "<g transform=\"translate({x} {y})\">");
        self.text(
            (0.0, -37.0),
            &Style { size: 15.0, weight: 700, ..Style::default() },
            &panel.case.letter().to_string(),
        );
        self.text((18.0, -37.0), &Style { size: 15.0, weight: 600, ..Style::default() }, of.name);
        self.text((18.0, -21.0), &Style { size: SMALL, ink: SOFT, ..Style::default() }, of.what);
        self.frame();
        for kind in Cell::ALL {
            self.0.push_str(&cells::path(&panel.cells, kind, order, FIRST));
        }
        if let Some(worst) = &panel.worst {
            self.worst(worst.window);
        }
        self.thief(panel);
        for (line, why) in of.why.iter().enumerate() {
            let at = (280.5, 96.0 + 15.0 * line as f64);
            self.text(at, &Style { size: SMALL, anchor: "middle", halo: true, ..Style::default() }, why);
        }
        self.figure(panel, language);
        self.0.push_str("</g>\n");
    }

    /// The frame, with a line at each year.
    fn frame(&mut self) {
        let (width, height) = (WIDTH * MONTHS as f64, HEIGHT * SHIPPERS as f64);
        let _ = writeln!(
            self.0,
            "<rect width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"{RULE}\" stroke-width=\".7\"/>"
        );
        let small = Style { size: 11.0, ink: SOFT, ..Style::default() };
        self.text((0.0, height + 13.0), &small, "2016");
        for year in 2017..=2020_i16 {
            let x = WIDTH * cells::columns(FIRST, Month { year, month: 1 }) as f64;
            let _ = writeln!(self.0, "<path d=\"M{x:.1} 0V{height:.1}\" stroke=\"{RULE}\" stroke-width=\".7\"/>");
            self.text((x + 2.0, height + 13.0), &small, &year.to_string());
        }
    }

    fn worst(&mut self, window: Window) {
        let (left, right) = (cells::across(FIRST, window.from()), cells::across(FIRST, window.to()));
        let height = HEIGHT * SHIPPERS as f64 + 8.0;
        let _ = writeln!(
            self.0,
            "<rect x=\"{left:.1}\" y=\"-4\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"{INK}\" \
             stroke-width=\"1.2\" stroke-dasharray=\"4 2.5\"/>",
            right - left
        );
    }

    fn thief(&mut self, panel: &Panel) {
        let window = panel.answer.window;
        let (left, right) = (cells::across(FIRST, window.from()), cells::across(FIRST, window.to()));
        let (middle, height) = ((left + right) / 2.0, HEIGHT * SHIPPERS as f64 + 12.0);
        let _ = writeln!(
            self.0,
            "<rect x=\"{left:.1}\" y=\"-6\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{INK}\" fill-opacity=\".10\" \
             stroke=\"{INK}\" stroke-width=\"1.6\"/><path d=\"M{:.1} -15h10l-5 8z\" fill=\"{INK}\"/>",
            right - left,
            middle - 5.0
        );
    }

    /// The number, and what is to be said with it.
    fn figure(&mut self, panel: &Panel, language: Language) {
        let said = &panel.answer.assessment;
        let (rows, y) = (said.at_most.rows, HEIGHT * SHIPPERS as f64);
        let number = language.number(rows);
        let ink = if rows > 0 { EXPOSED } else { INK };
        self.text((0.0, y + 58.0), &Style { family: SERIF, size: 44.0, ink, weight: 600, ..Style::default() }, &number);
        // Digits of that size are some 25 to 30 wide, separators half of it.
        let wide = number.chars().map(|digit| if digit.is_ascii_digit() { 30.5 } else { 15.0 }).sum::<f64>();
        let x = wide + 12.0;
        let strong = Style { size: SMALL, weight: 600, ..Style::default() };
        self.text((x, y + 38.0), &strong, words::at_most(language, panel.case, rows));
        let level = Some(words::level(language, panel)).filter(|level| !level.is_empty());
        for (line, text) in lines(panel, language).iter().chain(&level).enumerate() {
            self.text((x, y + 54.0 + 15.0 * line as f64), &Style { size: SMALL, ink: SOFT, ..Style::default() }, text);
        }
    }

    fn explanation(&mut self, (x, y): (u32, u32), language: Language) {
        let own = words::words(language);
        let _ = writeln!(self.0, "<g transform=\"translate({x} {y})\">");
        self.text((0.0, -30.0), &Style { size: 15.0, weight: 600, ..Style::default() }, own.how);
        let patterns = [
            ("url(#exposed)", own.exposed),
            ("url(#sealed)", own.sealed),
            ("url(#shredded)", own.shredded),
            ("none", own.blank),
        ];
        for (line, (fill, text)) in patterns.into_iter().enumerate() {
            // On the patterns' own grid, so that no cell is cut.
            let (row, middle) = (HEIGHT * (7 * line) as f64 - HEIGHT * 3.0, HEIGHT * (7 * line) as f64 - HEIGHT);
            let edge = if fill == "none" { RULE } else { "none" };
            let _ = writeln!(
                self.0,
                "<rect x=\"0\" y=\"{row:.1}\" width=\"39.6\" height=\"18.8\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\".7\"/>"
            );
            self.text((54.0, middle + 4.0), &Style { size: 13.0, ..Style::default() }, text);
        }
        let _ = writeln!(
            self.0,
            "<path d=\"M15 118h10l-5 8z\" fill=\"{INK}\"/><rect x=\"16.7\" y=\"128\" width=\"6.6\" height=\"24\" fill=\"{INK}\" \
             fill-opacity=\".10\" stroke=\"{INK}\" stroke-width=\"1.6\"/><rect x=\"16.7\" y=\"166\" width=\"6.6\" height=\"24\" \
             fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.2\" stroke-dasharray=\"4 2.5\"/>"
        );
        self.text((54.0, 144.0), &Style { size: 13.0, ..Style::default() }, own.thief);
        self.text((54.0, 182.0), &Style { size: 13.0, ..Style::default() }, own.worst);
        self.text((0.0, 216.0), &Style { size: 13.0, ink: SOFT, ..Style::default() }, own.row);
        self.text((0.0, 235.0), &Style { size: 13.0, ink: SOFT, ..Style::default() }, own.column);
        self.0.push_str("</g>\n");
    }
}

/// What stands under a figure.
pub fn lines(panel: &Panel, language: Language) -> Vec<String> {
    let said = &panel.answer.assessment;
    match panel.case {
        Case::AsItWas => {
            let contact = |own: &&incident::assessment::ClassesShare| own.classes.contains(ledger::FieldClass::Contact);
            let reachable = said.by_classes.iter().filter(contact).map(|own| own.rows).sum();
            words::of_shippers(language, said.at_most.shippers, said.at_most.rows, reachable).to_vec()
        }
        Case::Storage => vec![words::operational(language, said.by_month.iter().map(|own| own.operational).sum())],
        Case::Host | Case::Warden | Case::CoHolder => {
            let worst = panel.worst.iter().map(|worst| words::had_it_been(language, worst.assessment.at_most.rows));
            let unsigned = panel.unbounded.iter().map(|_| words::unbounded(language, panel.case).to_owned());
            worst.chain(unsigned).collect()
        }
    }
}

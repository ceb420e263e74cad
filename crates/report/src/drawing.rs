//! A drawing that grows with what is put into it: its frame is computed last, so that nothing is cut, however short a ledger is.

use std::fmt::Write;

/// What is written and what stands for itself.
pub const INK: &str = "#201b15";
/// What explains it.
pub const SOFT: &str = "#4d453b";
/// Lines that help the eye.
pub const RULE: &str = "#cfc7ba";
/// What could have been read.
pub const EXPOSED: &str = "#a82003";
/// How large words are.
pub const LETTERS: f64 = 11.0;
/// Around everything.
const MARGIN: f64 = 3.0;

/// On which side of its place a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Left, top, right and bottom of what is drawn.
pub type Bounds = [f64; 4];

/// How wide a text is at most: no usual font is wider on the average than DejaVu Sans, in which a digit takes .636 of its size.
pub fn wide(text: &str) -> f64 {
    text.chars().count() as f64 * LETTERS * 0.68
}

/// Elements, and how far they reach.
#[derive(Default)]
pub struct Drawing {
    drawn: String,
    bounds: Option<Bounds>,
}

impl Drawing {
    /// An element, with what it covers.
    pub fn shape(&mut self, [left, top, right, bottom]: Bounds, element: &str) {
        let [a, b, c, d] = self.bounds.unwrap_or([left, top, right, bottom]);
        self.bounds = Some([a.min(left), b.min(top), c.max(right), d.max(bottom)]);
        self.drawn += element;
        self.drawn.push('\n');
    }

    /// A line of words; where it stands is returned.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str) -> Bounds {
        let bounds = around((x, y), anchor, text);
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let element = format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"system-ui, Noto Sans, Liberation Sans, sans-serif\" font-size=\"{LETTERS}\" \
             fill=\"{SOFT}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        );
        self.shape(bounds, &element);
        bounds
    }

    /// A thin line that helps the eye.
    pub fn rule(&mut self, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
        let element = format!("<path d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\" stroke=\"{RULE}\" stroke-width=\".7\"/>");
        self.shape([x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)], &element);
    }

    /// The whole of it, as large as it is drawn, with its name and what it shows in words. `id` is its own in a page.
    pub fn svg(self, id: &str, name: &str, shows: &str) -> String {
        let [left, top, right, bottom] = self.bounds.unwrap_or_default();
        let (left, top) = ((left - MARGIN).floor(), (top - MARGIN).floor());
        let (width, height) = ((right + MARGIN).ceil() - left, (bottom + MARGIN).ceil() - top);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{left} {top} {width} {height}\" width=\"{width}\" role=\"img\" \
             aria-labelledby=\"{id}-name {id}-shows\"><title id=\"{id}-name\">{}</title><desc id=\"{id}-shows\">{}</desc>\n",
            escaped(name),
            escaped(shows)
        );
        let _ = write!(svg, "{}</svg>", self.drawn);
        svg
    }
}

/// What a line of words covers at most.
pub fn around((x, y): (f64, f64), anchor: Anchor, text: &str) -> Bounds {
    let wide = wide(text);
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - wide / 2.0,
        Anchor::End => x - wide,
    };
    [left, y - LETTERS, left + wide, y + LETTERS * 0.3]
}

/// So many months lie from one label to the next, where a month and its name are so wide.
pub fn step(month: f64, name: f64) -> i64 {
    let fits = |months: &i64| *months as f64 * month >= name;
    [1, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 2_400].into_iter().find(fits).unwrap_or(6_000)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

//! The answer by the day on which it began: steps, never smoothed, since nothing happens between them.

use incident::Assessment;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;

/// The curve as a drawing; none where the beginning is stated, or nothing hangs on it.
pub fn svg(assessment: &Assessment) -> Option<String> {
    let curve = &assessment.curve;
    let (first, last) = (curve.first()?, curve.last()?);
    let end = assessment.checkpoint.time.max(last.from).milliseconds();
    let span = (end - first.from.milliseconds()).max(1) as f64;
    let most = curve.iter().map(|point| point.rows).max().unwrap_or(0).max(1) as f64;
    let x = |milliseconds: i64| WIDTH * (milliseconds - first.from.milliseconds()) as f64 / span;
    let y = |rows: u64| HEIGHT * (1.0 - rows as f64 / most);
    let mut line = format!("M0 {:.1}", y(first.rows));
    for point in &curve[1..] {
        let _ = write!(line, "H{:.1}V{:.1}", x(point.from.milliseconds()), y(point.rows));
    }
    let _ = write!(line, "H{WIDTH}");
    let drawn = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-2 -6 {:.0} {:.0}\" width=\"900\" role=\"img\" aria-hidden=\"true\">\
         <path d=\"{line}V{HEIGHT}H0z\" fill=\"#a82003\" fill-opacity=\".14\"/><path d=\"{line}\" fill=\"none\" stroke=\"#a82003\" \
         stroke-width=\"2\"/><path d=\"M0 {HEIGHT}H{WIDTH}\" stroke=\"#201b15\" stroke-width=\"1\"/></svg>",
        WIDTH + 4.0,
        HEIGHT + 10.0
    );
    Some(drawn)
}

//! The day's hours as a drawing: bars for today, a grey band for what is usual, a line for now. Classes only, no colours: those are
//! the style sheet's. The same numbers stand in a table below, so that nobody needs the drawing.

use api::gateway::desk::Figures;
use std::fmt::Write as _;

const HOURS: f64 = 24.0;
const TOP: f64 = 26.0;
const LEFT: f64 = 40.0;

/// An SVG of this width, with a label at each `every`th hour.
pub(crate) fn hours(figures: &Figures, class: &str, width: f64, height: f64, every: usize, now: &str) -> String {
    let (bottom, right) = (height - 20.0, width - 6.0);
    let usual = figures.usual.as_ref().map_or(0, |usual| usual.hours.iter().map(|(_, high)| *high).max().unwrap_or(0));
    let step = step(figures.hours.iter().copied().max().unwrap_or(0).max(usual));
    let top = step * 4;
    let x = |hour: f64| LEFT + (right - LEFT) * hour / HOURS;
    let y = |count: u64| bottom - (bottom - TOP) * (count as f64) / (top as f64);
    let mut svg = format!("<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">");
    if let Some(usual) = &figures.usual {
        for (hour, (low, high)) in usual.hours.iter().enumerate() {
            let (from, to) = (x(hour as f64), x(hour as f64 + 1.0));
            let _ = write!(
                svg,
                "<path class=\"m-band\" d=\"M{from:.1} {:.1}H{to:.1}V{:.1}H{from:.1}Z\"/>",
                y(*high),
                y(*low)
            );
        }
    }
    for line in [step * 2, step * 4] {
        let at = y(line);
        let _ = write!(svg, "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{line}</text>", LEFT - 6.0, at + 4.0);
        let _ = write!(svg, "<path class=\"m-hair\" d=\"M{LEFT} {at:.1}H{right}\"/>");
    }
    let day = 86_400_000;
    let at = figures.now.milliseconds().rem_euclid(day) as f64 / 3_600_000.0;
    for (hour, count) in figures.hours.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (from, to) = (x(hour as f64) + 1.5, x((hour as f64 + 1.0).min(at.max(hour as f64 + 0.1))) - 1.5);
        let class = if hour == at as usize { "m-now" } else { "m-bar" };
        let (high, wide) = (y(*count), (to - from).max(1.5));
        let tall = bottom - high;
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{high:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\"/>"
        );
    }
    let _ = write!(svg, "<path class=\"m-axis\" d=\"M{LEFT} {:.1}H{right}\"/>", bottom + 0.5);
    for hour in (0..=24).step_by(every) {
        let anchor = if hour == 0 {
            "start"
        } else if hour == 24 {
            "end"
        } else {
            "middle"
        };
        let (at, below) = (x(hour as f64), height - 4.0);
        let _ = write!(svg, "<text x=\"{at:.1}\" y=\"{below:.0}\" text-anchor=\"{anchor}\">{hour}</text>");
    }
    let (line, anchor, beside) = (x(at), if at > 12.0 { "end" } else { "start" }, if at > 12.0 { -5.0 } else { 5.0 });
    let _ = write!(svg, "<path class=\"m-pick\" d=\"M{line:.1} 6V{bottom}\"/>");
    let _ = write!(
        svg,
        "<text class=\"strong\" x=\"{:.1}\" y=\"16\" text-anchor=\"{anchor}\">{now}</text></svg>",
        line + beside
    );
    svg
}

/// A quarter of the axis: 1, 2 or 5 times a power of ten.
pub(crate) fn step(highest: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [unit, 2 * unit, 5 * unit] {
            if step * 4 >= highest || unit > 1_000_000_000_000 {
                return step;
            }
        }
        unit *= 10;
    }
}

/// Where a number stands in what is usual, for the foot of a figure.
pub(crate) fn range(low: u64, high: u64, value: u64) -> String {
    let top = (high.max(value).max(1) as f64) * 1.25;
    let x = |count: u64| 144.0 * (count as f64) / top;
    let class = if (low..=high).contains(&value) { "m-now" } else { "m-late" };
    format!(
        "<svg class=\"range\" viewBox=\"0 0 144 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"m-axis\" \
         d=\"M0 7.500H144\"/><rect class=\"m-bar\" fill-opacity=\".28\" x=\"{:.0}\" y=\"3\" width=\"{:.0}\" height=\"9\"/><rect \
         class=\"{class}\" x=\"{:.0}\" y=\"0\" width=\"6\" height=\"14\"/></svg>",
        x(low),
        (x(high) - x(low)).max(3.0),
        x(value).min(138.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_or_above_its_highest_bar() {
        for highest in [0, 1, 4, 5, 99, 100, 101, 39_999, u64::from(u32::MAX)] {
            assert!(step(highest) * 4 >= highest);
        }
        assert!(step(u64::MAX) > 0);
    }
}

//! At most so many rows, by the day on which it began: steps, never smoothed, since nothing happens between them. A step leads to the
//! answer for its day. Classes only, no colours; the same numbers and links stand in a table below.

use crate::{Language, when};
use ledger::Time;
use std::fmt::Write as _;

const TOP: f64 = 24.0;

/// An SVG of this width; `picked`: the beginning that was stated; `link`: where the answer for a beginning is.
pub(crate) fn svg(
    language: Language,
    steps: &[(Time, u64)],
    end: Time,
    picked: Option<Time>,
    link: impl Fn(Time) -> String,
    (class, width): (&str, f64),
) -> String {
    let (Some((first, rows)), Some((last, _))) = (steps.first(), steps.last()) else { return String::new() };
    let begin = first.milliseconds();
    let span = end.max(*last).milliseconds().saturating_sub(begin).max(1) as f64;
    let most = steps.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
    let (left, right, bottom) = (58.0, width - 4.0, 180.0);
    let part = |time: Time| (time.milliseconds().saturating_sub(begin) as f64 / span).clamp(0.0, 1.0);
    let x = |time: Time| left + (right - left) * part(time);
    let y = |rows: u64| bottom - (bottom - TOP) * rows as f64 / most.max(1) as f64;
    let mut line = format!("M{left} {:.1}", y(*rows));
    for (from, rows) in &steps[1..] {
        let _ = write!(line, "H{:.1}V{:.1}", x(*from), y(*rows));
    }
    let _ = write!(line, "H{right}");
    let mut svg = format!("<svg class=\"{class}\" viewBox=\"0 0 {width} 204\" aria-hidden=\"true\">");
    for (rows, at) in [(most, y(most)), (0, bottom)] {
        let (number, beside) = (language.number(rows), at + 4.0);
        let _ = write!(svg, "<text x=\"52\" y=\"{beside:.1}\" text-anchor=\"end\">{number}</text>");
        let _ = write!(svg, "<path class=\"m-hair\" d=\"M{left} {at:.1}H{right}\"/>");
    }
    let _ =
        write!(svg, "<path class=\"m-area\" d=\"{line}V{bottom}H{left}Z\"/><path class=\"m-expline\" d=\"{line}\"/>");
    let _ = write!(svg, "<path class=\"m-axis\" d=\"M{left} {bottom}H{right}\"/>");
    for (time, anchor) in [(*first, "start"), (end.max(*last), "end")] {
        let (at, day) = (x(time), when::day(time));
        let _ = write!(svg, "<text x=\"{at:.1}\" y=\"198\" text-anchor=\"{anchor}\">{day}</text>");
    }
    // The keyboard goes by the table.
    let ends = steps[1..].iter().map(|(from, _)| x(*from)).chain([right]);
    for ((from, _), end) in steps.iter().zip(ends) {
        let (at, day, link) = (x(*from), when::day(*from), link(*from));
        let wide = (end - at).max(0.0);
        let _ = write!(svg, "<a href=\"{link}\" tabindex=\"-1\"><title>{day}</title>");
        let _ = write!(
            svg,
            "<rect class=\"m-step\" x=\"{at:.1}\" y=\"{TOP}\" width=\"{wide:.1}\" height=\"{:.1}\"/></a>",
            bottom - TOP
        );
    }
    if let Some(picked) = picked {
        let (at, day) = (x(picked), when::day(picked));
        let (anchor, beside) = if part(picked) > 0.5 { ("end", at - 5.0) } else { ("start", at + 5.0) };
        let _ = write!(svg, "<path class=\"m-pick\" d=\"M{at:.1} 6V{bottom}\"/>");
        let _ = write!(svg, "<text class=\"strong\" x=\"{beside:.1}\" y=\"14\" text-anchor=\"{anchor}\">{day}</text>");
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_steps_can_be_drawn() {
        let at = Time::from_milliseconds;
        for steps in [vec![], vec![(at(0), 0)], vec![(at(i64::MIN), 5), (at(3), u64::MAX), (at(i64::MAX), 0)]] {
            let svg = svg(Language::English, &steps, at(9), Some(at(-1)), |_| "x".to_owned(), ("wide", 720.0));
            assert!(svg.is_empty() == steps.is_empty() && !svg.contains("NaN"), "{svg}");
            assert_eq!(svg.matches("<a href=\"x\"").count(), steps.len());
        }
    }
}

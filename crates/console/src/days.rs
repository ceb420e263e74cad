//! Openings by day as bars. Classes only, no colours; the same numbers stand in a table below.

use crate::{plot, when};
use ledger::Time;
use std::fmt::Write as _;

const DAY: i64 = 86_400_000;
/// The last days of what is shown, so that a bar is wide enough to be seen.
pub(crate) const DAYS_MAX: usize = 31;
const TOP: f64 = 14.0;
const LEFT: f64 = 40.0;

/// How many there were on each of the last days up to this moment, oldest first: a day's number from 1970 on, and the count.
pub(crate) fn counts(openings: &[Time], (begin, end): (Time, Time)) -> Vec<(i64, u64)> {
    let day = |time: Time| time.milliseconds().div_euclid(DAY);
    let last = day(end);
    let first = day(begin).max(last - DAYS_MAX as i64 + 1).min(last);
    let mut counts: Vec<(i64, u64)> = (first..=last).map(|day| (day, 0)).collect();
    for opening in openings {
        // Another day's is in the list below, and in no bar.
        let place = usize::try_from(day(*opening) - first).ok();
        if let Some((_, count)) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    counts
}

/// `2026-11-25`.
pub(crate) fn name(day: i64) -> String {
    when::day(Time::from_milliseconds(day.saturating_mul(DAY)))
}

/// An SVG of this width.
pub(crate) fn svg(counts: &[(i64, u64)], class: &str, width: f64) -> String {
    let (Some((first, _)), Some((last, _))) = (counts.first(), counts.last()) else { return String::new() };
    let (right, bottom) = (width - 6.0, 92.0);
    let step = plot::step(counts.iter().map(|(_, count)| *count).max().unwrap_or(0));
    let y = |count: u64| bottom - (bottom - TOP) * count as f64 / (step * 4) as f64;
    let wide = (right - LEFT) / counts.len() as f64;
    let mut svg = format!("<svg class=\"{class}\" viewBox=\"0 0 {width} 112\" aria-hidden=\"true\">");
    for line in [step * 2, step * 4] {
        let at = y(line);
        let _ = write!(svg, "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{line}</text>", LEFT - 6.0, at + 4.0);
        let _ = write!(svg, "<path class=\"m-hair\" d=\"M{LEFT} {at:.1}H{right}\"/>");
    }
    for (place, (_, count)) in counts.iter().enumerate().filter(|(_, (_, count))| *count > 0) {
        // A day alone is a bar, not a wall.
        let (bar, high) = ((wide - 3.0).min(40.0), y(*count));
        let (from, tall) = (LEFT + wide * place as f64 + (wide - bar) / 2.0, bottom - high);
        let _ = write!(
            svg,
            "<rect class=\"m-sealed\" x=\"{from:.1}\" y=\"{high:.1}\" width=\"{bar:.1}\" height=\"{tall:.1}\"/>"
        );
    }
    let _ = write!(svg, "<path class=\"m-axis\" d=\"M{LEFT} {:.1}H{right}\"/>", bottom + 0.5);
    let ends = if first == last {
        vec![(*first, "middle", (LEFT + right) / 2.0)]
    } else {
        vec![(*first, "start", LEFT), (*last, "end", right)]
    };
    for (day, anchor, at) in ends {
        let _ = write!(svg, "<text x=\"{at:.1}\" y=\"108\" text-anchor=\"{anchor}\">{}</text>", name(day));
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Time {
        Time::from_milliseconds(hours * 3_600_000)
    }

    #[test]
    fn each_of_the_last_days_has_its_count() {
        let openings = [at(49), at(48), at(23), at(-1), at(72)];
        assert_eq!(counts(&openings, (at(2), at(71))), [(0, 1), (1, 0), (2, 2)]);
        let long = counts(&openings, (at(0), at(24 * 40)));
        assert_eq!((long.len(), long[0], long[30]), (DAYS_MAX, (10, 0), (40, 0)));
    }

    #[test]
    fn any_times_can_be_drawn() {
        let far = [i64::MIN, i64::MAX].map(Time::from_milliseconds);
        for (begin, end) in [(at(0), at(0)), (at(9), at(-99)), (far[0], far[1]), (far[1], far[0])] {
            let counts = counts(&far, (begin, end));
            let svg = svg(&counts, "wide", 1100.0);
            assert!((1..=DAYS_MAX).contains(&counts.len()) && svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        }
    }
}

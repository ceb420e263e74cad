//! Heartbeats as a line: a stroke for each, a box for each silence. Classes only, no colours; the same silences stand in a table below.

use crate::{Words, when};
use ledger::Time;
use std::fmt::Write as _;

/// The warden writes one each hour at the latest; later than this is silence.
const SILENCE: i64 = 70 * 60_000;
const HOUR: i64 = 3_600_000;
const TOP: f64 = 14.0;
const TALL: f64 = 34.0;

/// From when to when nobody was heard.
pub(crate) struct Silence {
    pub from: Time,
    pub to: Time,
}

/// The silences of a stretch of the ledger that begins and ends then, oldest first.
pub(crate) fn silences(beats: &[Time], begin: Time, end: Time) -> Vec<Silence> {
    let moments: Vec<Time> = [begin].into_iter().chain(beats.iter().copied()).chain([end]).collect();
    let pairs = moments.windows(2).map(|pair| Silence { from: pair[0], to: pair[1] });
    pairs.filter(|gap| gap.to.milliseconds().saturating_sub(gap.from.milliseconds()) > SILENCE).collect()
}

/// An SVG of this width.
pub(crate) fn svg(words: &Words, beats: &[Time], (begin, end): (Time, Time), class: &str, width: f64) -> String {
    // A ledger that has just begun is a line's end, not a single stroke over all of it.
    let first = begin.milliseconds().min(end.milliseconds().saturating_sub(HOUR));
    let span = end.milliseconds().saturating_sub(first).max(1) as f64;
    let (left, right) = (2.0, width - 2.0);
    let x = |time: Time| left + (right - left) * (time.milliseconds().saturating_sub(first) as f64) / span;
    let (middle, bottom, below) = (TOP + TALL / 2.0, TOP + TALL, TOP + TALL + 18.0);
    let mut svg = format!("<svg class=\"{class}\" viewBox=\"0 0 {width} {}\" aria-hidden=\"true\">", below + 4.0);
    let _ = write!(svg, "<path class=\"m-axis\" d=\"M{left} {:.1}H{right}\"/>", bottom + 0.5);
    for gap in silences(beats, begin, end) {
        let (from, to) = (x(gap.from), x(gap.to));
        let wide = (to - from).max(3.0);
        let _ =
            write!(svg, "<rect class=\"m-gap\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{wide:.1}\" height=\"{TALL}\"/>");
        if wide > 48.0 {
            let (at, said) = (from + wide / 2.0, when::after(words, gap.from, gap.to));
            let _ = write!(svg, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{said}</text>", middle + 4.0);
        }
    }
    let mut strokes = String::new();
    for beat in beats {
        let _ = write!(strokes, "M{:.1} {TOP}v{TALL}", x(*beat));
    }
    let _ = write!(svg, "<path class=\"m-beat\" d=\"{strokes}\"/>");
    let ticks = if width > 600.0 { 6 } else { 2 };
    for tick in 0..=ticks {
        let at = Time::from_milliseconds(first + (span * f64::from(tick) / f64::from(ticks)) as i64);
        let anchor = match tick {
            0 => "start",
            tick if tick == ticks => "end",
            _ => "middle",
        };
        let (x, said) = (x(at), when::short(words, at, end));
        let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{below:.0}\" text-anchor=\"{anchor}\">{said}</text>");
    }
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    fn at(minutes: i64) -> Time {
        Time::from_milliseconds(minutes * 60_000)
    }

    #[test]
    fn a_silence_is_longer_than_an_hour_and_some_before_between_or_behind() {
        let beats = [at(100), at(160), at(400)];
        let found: Vec<_> = silences(&beats, at(0), at(480)).iter().map(|gap| (gap.from, gap.to)).collect();
        assert_eq!(found, [(at(0), at(100)), (at(160), at(400)), (at(400), at(480))]);
        assert!(silences(&[at(60), at(130)], at(0), at(200)).is_empty());
    }

    #[test]
    fn any_times_can_be_drawn() {
        let far = [Time::from_milliseconds(i64::MIN), Time::from_milliseconds(i64::MAX)];
        for (begin, end) in [(at(0), at(0)), (at(9), at(3)), (far[0], far[1])] {
            let svg = svg(Language::French.words(), &far, (begin, end), "wide", 1100.0);
            assert!(svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        }
    }
}

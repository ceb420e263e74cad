//! Times and dates as a language writes them. All are UTC, and each page says so once.

use crate::Words;
use ledger::{Civil, Time};

const DAY: i64 = 86_400_000;

/// `14:02`, `14 h 02`.
pub(crate) fn minute(words: &Words, time: Time) -> String {
    let Civil { hour, minute, .. } = time.civil();
    words.with("when.minute", &[("hour", &format!("{hour:02}")), ("minute", &format!("{minute:02}"))])
}

/// With its day, unless that is today.
pub(crate) fn short(words: &Words, time: Time, now: Time) -> String {
    let day = |time: Time| time.milliseconds().div_euclid(DAY);
    if day(time) == day(now) { minute(words, time) } else { dated(words, time) }
}

/// `2026-11-25 14:02`: both languages of Canada write days so.
pub(crate) fn dated(words: &Words, time: Time) -> String {
    words.with("when.dated", &[("day", &day(time)), ("time", &minute(words, time))])
}

/// `2026-11-25`.
pub(crate) fn day(time: Time) -> String {
    let Civil { year, month, day, .. } = time.civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// To the millisecond, as machines write it.
pub(crate) fn exact(time: Time) -> String {
    time.to_string().get(11..23).unwrap_or_default().to_owned()
}

/// `Wednesday 25 November, 14:20`.
pub(crate) fn long(words: &Words, time: Time) -> String {
    let Civil { month, day, .. } = time.civil();
    // 1970-01-01 was a Thursday; Monday is 1.
    let weekday = (time.milliseconds().div_euclid(DAY) + 3).rem_euclid(7) + 1;
    let (weekday, month) = (format!("when.weekday_{weekday}"), format!("when.month_{month}"));
    let places: [(&str, &dyn std::fmt::Display); 4] = [
        ("weekday", &words.say(&weekday)),
        ("day", &day),
        ("month", &words.say(&month)),
        ("time", &minute(words, time)),
    ];
    words.with("when.long", &places)
}

/// How long after: `38 ms`, `1.6 s`, `30 min`, `4 h`, `2 d`.
pub(crate) fn after(words: &Words, from: Time, to: Time) -> String {
    let milliseconds = to.milliseconds().saturating_sub(from.milliseconds()).max(0);
    let (key, whole, tenth) = match milliseconds {
        0..1000 => ("when.milliseconds", milliseconds, None),
        1000..60_000 => ("when.seconds", milliseconds / 1000, Some(milliseconds % 1000 / 100)),
        60_000..7_200_000 => ("when.minutes", milliseconds / 60_000, None),
        7_200_000..172_800_000 => ("when.hours", milliseconds / 3_600_000, None),
        _ => ("when.days", milliseconds / DAY, None),
    };
    let number = match tenth {
        Some(tenth) => words.with("when.decimal", &[("whole", &whole), ("tenth", &tenth)]),
        None => whole.to_string(),
    };
    words.with(key, &[("n", &number)])
}

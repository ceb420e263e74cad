//! Months and moments, in UTC.

use super::{Malformed, written};
use crate::canonical::form::{Form, InForm};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, ops::Range, str::FromStr};

/// A calendar month in UTC, written `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// 1 to 9999, in the Gregorian calendar.
    pub year: i16,
    /// 1 to 12, January first.
    pub month: i8,
}

impl Month {
    /// The month that holds `time`.
    pub fn of(time: Time) -> Self {
        let date = jiff::tz::Offset::UTC.to_datetime(time.stamp());
        Self { year: date.year(), month: date.month() }
    }

    /// The month after this one.
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    /// Midnight UTC of its first day.
    pub fn start(self) -> Time {
        let midnight = jiff::civil::date(self.year, self.month, 1).at(0, 0, 0, 0);
        let stamp = jiff::tz::Offset::UTC.to_timestamp(midnight).expect("years 1 to 9999 are in range");
        Time::from_milliseconds(stamp.as_millisecond())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed { wanted: "month (YYYY-MM)" };
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let (year, month) = s.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(wrong());
        }
        let this = Self { year: year.parse().map_err(|_| wrong())?, month: month.parse().map_err(|_| wrong())? };
        if this.year < 1 || !(1..=12).contains(&this.month) { Err(wrong()) } else { Ok(this) }
    }
}
written!(Month);

impl InForm for Month {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.parsed()
    }
}

/// A moment in UTC to the millisecond, written `2026-11-23T22:41:00.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A [`Time`] to the minute, taken apart: what an envelope of a document says. Months and days count from 1, hours to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are what a calendar calls them
pub struct Civil {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
}

impl Time {
    /// Octets of the written form: it has as many for each time.
    pub(crate) const WRITTEN: usize = 24;

    /// From milliseconds since 1970-01-01T00:00Z, clamped to the years 0001 to 9999.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.clamp(-62_135_596_800_000, 253_402_207_200_000))
    }

    /// Milliseconds since 1970-01-01T00:00Z; negative before.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// `days` times 24 hours later.
    pub fn plus_days(self, days: u32) -> Self {
        Self::from_milliseconds(self.0 + i64::from(days) * 86_400_000)
    }

    /// So many hours later.
    pub fn plus_hours(self, hours: u32) -> Self {
        Self::from_milliseconds(self.0 + i64::from(hours) * 3_600_000)
    }

    /// Year, month and so on in UTC, as documents write them.
    pub fn civil(self) -> Civil {
        let at = jiff::tz::Offset::UTC.to_datetime(self.stamp());
        let small = |number: i8| u8::try_from(number).expect("calendar fields are not negative");
        Civil {
            year: u16::try_from(at.year()).expect("clamped to the years 1 to 9999"),
            month: small(at.month()),
            day: small(at.day()),
            hour: small(at.hour()),
            minute: small(at.minute()),
        }
    }

    /// The written form alone: RFC 3339 allows others.
    fn read(written: &[u8]) -> Option<Self> {
        const FORM: &[u8; Time::WRITTEN] = b"0000-00-00T00:00:00.000Z";
        let fits = |(octet, form): (&u8, &u8)| if *form == b'0' { octet.is_ascii_digit() } else { octet == form };
        if written.len() != FORM.len() || !written.iter().zip(FORM).all(fits) {
            return None;
        }
        let number =
            |digits: Range<usize>| written[digits].iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0'));
        let two = |at: usize| number(at..at + 2) as i8;
        let nanoseconds = i32::from(number(20..23)) * 1_000_000;
        let at =
            jiff::civil::DateTime::new(number(0..4), two(5), two(8), two(11), two(14), two(17), nanoseconds).ok()?;
        let stamp = jiff::tz::Offset::UTC.to_timestamp(at).ok()?.as_millisecond();
        Some(Self::from_milliseconds(stamp)).filter(|time| time.0 == stamp)
    }

    fn stamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("clamped to years that jiff knows")
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.stamp())
    }
}

impl FromStr for Time {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        Self::read(s.as_bytes()).ok_or(Malformed { wanted: "time (RFC 3339 in UTC, with milliseconds)" })
    }
}
written!(Time);

impl InForm for Time {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        Self::read(form.quoted(Self::WRITTEN)?)
    }
}

//! How a language writes numbers and dates.

use ledger::{Month, Time};

/// A language of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

const SHORT_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SHORT_FR: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];

/// Which one of a year's names.
fn at(month: Month) -> usize {
    usize::try_from(month.month - 1).unwrap_or_default().min(11)
}

impl Language {
    /// As HTML names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// 950,000 or 950 000, with a narrow blank that no line breaks at.
    pub fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let separator = match self {
            Self::En => ",",
            Self::Fr => "\u{202f}",
        };
        let first = digits.len() % 3;
        let mut groups = vec![&digits[..first]];
        groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
        groups.retain(|group| !group.is_empty());
        groups.join(separator)
    }

    /// Whether what there are so many of, as [written](Self::number), is named as one is: in French none is, too.
    pub(crate) fn is_one(self, number: &str) -> bool {
        number == "1" || (self == Self::Fr && number == "0")
    }

    /// November 2018, novembre 2018.
    pub fn month(self, month: Month) -> String {
        let names = match self {
            Self::En => MONTHS_EN,
            Self::Fr => MONTHS_FR,
        };
        format!("{} {}", names[at(month)], month.year)
    }

    /// Nov, nov.: where there is little room, and the year stands elsewhere.
    pub fn short_month(self, month: Month) -> &'static str {
        match self {
            Self::En => SHORT_EN[at(month)],
            Self::Fr => SHORT_FR[at(month)],
        }
    }

    /// 14 September 2026; UTC, because the ledger speaks it.
    pub fn date(self, time: Time) -> String {
        format!("{} {}", self.day(time), self.month(Month::of(time)))
    }

    /// 14 Sep 2026, 14 sept. 2026.
    pub fn short_date(self, time: Time) -> String {
        let month = Month::of(time);
        format!("{} {} {}", self.day(time), self.short_month(month), month.year)
    }

    /// 14:05, 14 h 05 in French; UTC.
    pub fn clock(self, time: Time) -> String {
        let at = time.civil();
        match self {
            Self::En => format!("{:02}:{:02}", at.hour, at.minute),
            Self::Fr => format!("{:02} h {:02}", at.hour, at.minute),
        }
    }

    /// 14 September 2026, 02:05 UTC.
    pub fn time(self, time: Time) -> String {
        format!("{}, {} UTC", self.date(time), self.clock(time))
    }

    fn day(self, time: Time) -> String {
        match (self, time.civil().day) {
            (Self::Fr, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let en = |number| Language::En.number(number);
        assert_eq!([en(0), en(999), en(1_000), en(950_000)], ["0", "999", "1,000", "950,000"]);
        assert_eq!(Language::Fr.number(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn times_too() {
        let time = "2026-09-01T02:05:00.000Z".parse().unwrap();
        assert_eq!(Language::En.time(time), "1 September 2026, 02:05 UTC");
        assert_eq!(Language::Fr.time(time), "1er septembre 2026, 02 h 05 UTC");
        let short = [Language::En, Language::Fr].map(|own| own.short_date(time));
        assert_eq!(short, ["1 Sep 2026", "1er sept. 2026"]);
    }
}

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

    /// November 2018, novembre 2018.
    pub fn month(self, month: Month) -> String {
        let names = match self {
            Self::En => MONTHS_EN,
            Self::Fr => MONTHS_FR,
        };
        let at = usize::try_from(month.month - 1).unwrap_or_default().min(11);
        format!("{} {}", names[at], month.year)
    }

    /// 14 September 2026, 2 h 05 later in French; UTC, because the ledger speaks it.
    pub fn time(self, time: Time) -> String {
        let at = time.civil();
        let (day, month) = (at.day, self.month(Month::of(time)));
        match self {
            Self::En => format!("{day} {month}, {:02}:{:02} UTC", at.hour, at.minute),
            Self::Fr if at.day == 1 => format!("1er {month}, {:02} h {:02} UTC", at.hour, at.minute),
            Self::Fr => format!("{day} {month}, {:02} h {:02} UTC", at.hour, at.minute),
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
    }
}

//! The truth, counted from the documents' octets by code that shares nothing with the reader, the ledger or the assessment: a text
//! search, days of the calendar, sums.

use std::collections::{BTreeMap, BTreeSet};

/// Days that a month's manifests are kept behind its end, where anything is forgotten.
const KEPT: i64 = 90;
/// Days that copies of the warden's files are kept.
const COPIES: i64 = 7;
/// Six weeks.
const WINDOW: i64 = 42;

/// What one document has in it.
struct Seen {
    shipper: String,
    year: i64,
    month: i64,
    /// Since the first of January 1970.
    day: i64,
    recipients: u64,
    reachable: u64,
}

/// All documents.
#[derive(Default)]
pub struct Truth(Vec<Seen>);

/// What could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readable {
    /// Recipients.
    pub recipients: u64,
    /// Of them, with an e-mail address or a telephone number.
    pub reachable: u64,
    /// Whose.
    pub shippers: BTreeSet<String>,
    /// By shipper, year and month.
    pub cells: BTreeMap<(String, i64, i64), u64>,
}

impl Truth {
    /// Hears a document.
    pub fn hear(&mut self, octets: &[u8]) {
        let text = String::from_utf8_lossy(octets);
        let group: Vec<&str> = text.lines().nth(1).unwrap_or_default().split('*').collect();
        let (shipper, date) = (group.get(2).copied().unwrap_or_default(), group.get(4).copied().unwrap_or_default());
        let number = |range: std::ops::Range<usize>| date.get(range).and_then(|it| it.parse().ok()).unwrap_or(0);
        let (year, month) = (number(0..4), number(4..6));
        self.0.push(Seen {
            shipper: shipper.to_owned(),
            year,
            month,
            day: days(year, month, number(6..8)),
            recipients: text.matches("*P~").count() as u64,
            reachable: text.matches("\nPER*").count() as u64,
        });
    }

    /// Everything that ever came.
    pub fn all(&self) -> Readable {
        self.of(|_| true)
    }

    /// What came in the six weeks from this day on.
    pub fn came_within(&self, monday: i64) -> Readable {
        self.of(|seen| (monday..monday + WINDOW).contains(&seen.day))
    }

    /// What is kept, or lies in copies, on this day, and what comes within six weeks.
    pub fn kept_or_came_within(&self, monday: i64) -> Readable {
        let kept = |seen: &Seen| first_of_next(seen) + KEPT + COPIES > monday;
        self.of(|seen| kept(seen) && seen.day < monday + WINDOW)
    }

    /// The most recipients of one of these figures, over all Mondays of the story.
    pub fn worst(&self, figure: impl Fn(&Self, i64) -> u64) -> u64 {
        let days = || self.0.iter().map(|seen| seen.day);
        let (first, last) = (days().min().unwrap_or(0), days().max().unwrap_or(0));
        (first - WINDOW..=last).filter(|day| (day + 3) % 7 == 0).map(|monday| figure(self, monday)).max().unwrap_or(0)
    }

    /// [`came_within`](Self::came_within), the number alone.
    pub fn count_within(&self, monday: i64) -> u64 {
        self.0.iter().filter(|seen| (monday..monday + WINDOW).contains(&seen.day)).map(|seen| seen.recipients).sum()
    }

    /// [`kept_or_came_within`](Self::kept_or_came_within), the number alone.
    pub fn count_kept(&self, monday: i64) -> u64 {
        let kept = |seen: &&Seen| first_of_next(seen) + KEPT + COPIES > monday && seen.day < monday + WINDOW;
        self.0.iter().filter(kept).map(|seen| seen.recipients).sum()
    }

    fn of(&self, readable: impl Fn(&Seen) -> bool) -> Readable {
        let mut found = Readable::default();
        for seen in self.0.iter().filter(|seen| readable(seen)) {
            found.recipients += seen.recipients;
            found.reachable += seen.reachable;
            found.shippers.insert(seen.shipper.clone());
            *found.cells.entry((seen.shipper.clone(), seen.year, seen.month)).or_default() += seen.recipients;
        }
        found
    }
}

/// The day on which the month after a document's begins.
fn first_of_next(seen: &Seen) -> i64 {
    if seen.month == 12 { days(seen.year + 1, 1, 1) } else { days(seen.year, seen.month + 1, 1) }
}

/// Days since the first of January 1970, in the Gregorian calendar.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = (1..month).map(|month| lengths[((month - 1) % 12) as usize]).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!((days(1970, 1, 1), days(2020, 11, 2), days(2016, 3, 1)), (0, 18_568, 16_861));
    }

    #[test]
    fn a_document_is_counted_by_its_text() {
        let mut truth = Truth::default();
        truth.hear(b"ISA~\nGS*SH*ME*YOU*20181203*0800*1*X*004010~\nHL*1**S~\nHL*2*1*P~\nPER*DC*A~\nHL*3*1*P~\n");
        let found = truth.all();
        assert_eq!((found.recipients, found.reachable), (2, 1));
        let monday = days(2018, 12, 3);
        assert_eq!(found.cells, BTreeMap::from([(("ME".to_owned(), 2018, 12), 2)]));
        assert_eq!(
            (truth.count_within(monday), truth.count_within(monday + 7), truth.count_within(monday - 42)),
            (2, 0, 0)
        );
        // Kept until the first of April 2019 and a week in copies: 97 days behind the first of January.
        let ends = days(2019, 1, 1) + 97;
        assert_eq!((truth.count_kept(ends - 1), truth.count_kept(ends)), (2, 0));
        assert_eq!(truth.kept_or_came_within(ends - 1), found);
    }
}

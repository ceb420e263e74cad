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
    amount: Amount,
    /// By the classes of what a parcel says, in the assessment's words.
    classes: BTreeMap<String, u64>,
    provinces: BTreeMap<String, u64>,
}

/// All documents.
#[derive(Default)]
pub struct Truth(Vec<Seen>);

/// How much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Recipients.
    pub recipients: u64,
    /// Parties that the documents name, senders too.
    pub parties: u64,
}

/// What could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readable {
    /// By shipper, year and month.
    pub cells: BTreeMap<(String, i64, i64), Amount>,
    /// Recipients by the classes of what could be read of them.
    pub classes: BTreeMap<String, u64>,
    /// Recipients by province.
    pub provinces: BTreeMap<String, u64>,
}

impl Readable {
    /// All of it.
    pub fn whole(&self) -> Amount {
        self.cells.values().fold(Amount::default(), |sum, own| sum + *own)
    }

    /// Whose it is.
    pub fn shippers(&self) -> BTreeSet<&str> {
        self.cells.keys().map(|(shipper, ..)| shipper.as_str()).collect()
    }

    /// The same, where only how much is known and since when: it could be anything from anywhere.
    pub fn of_anything(self, year: i64, month: i64) -> Self {
        let recipients = self.whole().recipients;
        let mut all = Self::default();
        for ((shipper, ..), amount) in self.cells {
            let own = all.cells.entry((shipper, year, month)).or_default();
            *own = *own + amount;
        }
        if recipients > 0 {
            all.classes.insert("linkable address contact remarks financial".to_owned(), recipients);
            all.provinces.insert("UNKNOWN".to_owned(), recipients);
        }
        all
    }
}

impl std::ops::Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { recipients: self.recipients + other.recipients, parties: self.parties + other.parties }
    }
}

impl Truth {
    /// Hears a document.
    pub fn hear(&mut self, octets: &[u8]) {
        let text = String::from_utf8_lossy(octets);
        let group: Vec<&str> = text.lines().nth(1).unwrap_or_default().split('*').collect();
        let (shipper, date) = (group.get(2).copied().unwrap_or_default(), group.get(4).copied().unwrap_or_default());
        let number = |range: std::ops::Range<usize>| date.get(range).and_then(|it| it.parse().ok()).unwrap_or(0);
        let (year, month) = (number(0..4), number(4..6));
        let (mut classes, mut provinces) = (BTreeMap::new(), BTreeMap::new());
        for pack in text.split("\nHL*").filter(|part| part.lines().next().is_some_and(|head| head.ends_with("*P~"))) {
            let (own, province) = of_pack(pack);
            *classes.entry(own).or_default() += 1;
            *provinces.entry(province).or_default() += 1;
        }
        let recipients = text.matches("*P~").count() as u64;
        let amount = Amount { recipients, parties: text.matches("\nN1*").count() as u64 };
        self.0.push(Seen {
            shipper: shipper.to_owned(),
            year,
            month,
            day: days(year, month, number(6..8)),
            amount,
            classes,
            provinces,
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

    /// What came before this day.
    pub fn came_before(&self, monday: i64) -> Readable {
        self.of(|seen| seen.day < monday)
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
        self.0
            .iter()
            .filter(|seen| (monday..monday + WINDOW).contains(&seen.day))
            .map(|seen| seen.amount.recipients)
            .sum()
    }

    /// [`kept_or_came_within`](Self::kept_or_came_within), the number alone.
    pub fn count_kept(&self, monday: i64) -> u64 {
        let kept = |seen: &&Seen| first_of_next(seen) + KEPT + COPIES > monday && seen.day < monday + WINDOW;
        self.0.iter().filter(kept).map(|seen| seen.amount.recipients).sum()
    }

    fn of(&self, readable: impl Fn(&Seen) -> bool) -> Readable {
        let mut found = Readable::default();
        for seen in self.0.iter().filter(|seen| readable(seen)) {
            let cell = found.cells.entry((seen.shipper.clone(), seen.year, seen.month)).or_default();
            *cell = *cell + seen.amount;
            for (sums, own) in [(&mut found.classes, &seen.classes), (&mut found.provinces, &seen.provinces)] {
                own.iter().for_each(|(key, recipients)| *sums.entry(key.clone()).or_default() += recipients);
            }
        }
        found
    }
}

/// The classes of what a parcel's lines say, and its province.
fn of_pack(pack: &str) -> (String, String) {
    let said = |name: &str| pack.contains(&format!("\n{name}*"));
    let classes = [("linkable", said("MAN")), ("address", said("N1")), ("contact", said("PER"))];
    let classes: Vec<&str> = classes.into_iter().filter_map(|(class, said)| said.then_some(class)).collect();
    let town = pack.lines().find(|line| line.starts_with("N4*")).unwrap_or_default();
    let town: Vec<&str> = town.trim_end_matches('~').split('*').collect();
    let province = match (town.get(2), town.get(4)) {
        (Some(province), Some(&"CA")) => *province,
        (_, Some(_)) => "ABROAD",
        _ => "UNKNOWN",
    };
    (classes.join(" "), province.to_owned())
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
        truth.hear(b"ISA~\nGS*SH*ME*YOU*20181203*0800*1*X*004010~\nHL*1**S~\nN1*SF*M~\nHL*2*1*P~\nMAN*CP*1~\nN1*ST*A~\nN4*X*QC*H1H1H1*CA~\nPER*DC*A~\nHL*3*1*P~\nMAN*CP*2~\nN1*ST*B~\nN4*Y*NY*1*US~\n");
        let found = truth.all();
        let two = Amount { recipients: 2, parties: 3 };
        let each = |keys: [&str; 2]| BTreeMap::from(keys.map(|key| (key.to_owned(), 1)));
        assert_eq!((found.whole(), &found.classes), (two, &each(["linkable address", "linkable address contact"])));
        assert_eq!(found.provinces, each(["QC", "ABROAD"]));
        let anything = found.clone().of_anything(2018, 11);
        assert_eq!(anything.cells, BTreeMap::from([(("ME".to_owned(), 2018, 11), two)]));
        assert_eq!(anything.provinces, BTreeMap::from([("UNKNOWN".to_owned(), 2)]));
        let monday = days(2018, 12, 3);
        assert_eq!(found.cells, BTreeMap::from([(("ME".to_owned(), 2018, 12), two)]));
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

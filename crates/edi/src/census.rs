//! How much a body holds at most, whether it was understood or not: the bound that an intake record
//! states of a refused document, too.

use crate::{Interchange, KnownTag, segment::Segment};

/// Upper bounds of what a body announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Parcels, at most: there may be fewer.
    pub rows: u64,
    /// Persons or companies, each naming counted, at most.
    pub parties: u64,
}

impl Census {
    /// What the size of a body allows, whatever is in it: a parcel takes at least a segment such as
    /// `CD3~`, a party one such as `N1~`.
    pub fn of_octets(octets: u64) -> Self {
        Self { rows: octets.div_ceil(4), parties: octets.div_ceil(3) }
    }
}

/// Counts in everything that was read, also outside of valid sets. Where the body was not read to its
/// end ([`Interchange::is_complete`]), or is no EDI, its size is the bound.
pub fn census(interchange: &Interchange<'_>) -> Census {
    if interchange.header.is_none() || !interchange.is_complete() {
        return Census::of_octets(interchange.bytes().len() as u64);
    }
    let mut tally = Tally::default();
    let mut walk = interchange.walk_all();
    while let Some(segment) = walk.next_segment() {
        tally.take(segment);
    }
    tally.census()
}

/// How often what could be a parcel, or a party, occurs.
#[derive(Default)]
struct Tally {
    sets: u64,
    packs: u64,
    tares: u64,
    marks: u64,
    packages: u64,
    recipients: u64,
    names: u64,
    streets: u64,
    cities: u64,
    contacts: u64,
    unknown: u64,
    /// Where an EDIFACT message stands.
    message: Message,
}

/// Where in a message the walk stands, as far as parcels and parties are counted by it.
#[derive(Default)]
struct Message {
    /// It has no goods item yet.
    whole: bool,
    /// A goods item has no mark of its own yet: its first one is the same parcel.
    unmarked: bool,
    /// The next number is that of the parcel that PCI marked.
    marked: bool,
    /// In or behind the goods items, where a party ends with the segments that tell of it.
    goods: bool,
    /// What reaches somebody here belongs to a name that was counted.
    named: bool,
    /// The segment before told of somebody who has no name.
    nameless: bool,
}

impl Message {
    /// Whether somebody is told of who was not named.
    fn meets_somebody(&mut self, tag: &[u8]) -> bool {
        self.named &= !self.goods || matches!(tag, b"NAD" | b"CTA" | b"COM" | b"LOC" | b"DTM");
        let nameless = matches!(tag, b"CTA" | b"COM") && !self.named;
        nameless & !std::mem::replace(&mut self.nameless, nameless)
    }
}

impl Tally {
    fn take(&mut self, segment: Segment<'_, '_>) {
        self.names += u64::from(self.message.meets_somebody(segment.tag()));
        match segment.tag() {
            b"ST" => self.sets += 1,
            b"UNH" => {
                self.sets += 1;
                // Without goods items it announces one parcel.
                self.packages += 1;
                self.message = Message { whole: true, unmarked: true, ..Message::default() };
            }
            b"HL" => match segment.element(3) {
                b"S" | b"O" | b"I" => {}
                b"T" => self.tares += 1,
                // A level that is not known may have been meant as a pack.
                _ => self.packs += 1,
            },
            b"MAN" => self.marks += 1,
            b"PCI" => {
                self.mark(1);
                self.message.marked = true;
            }
            b"GIN" => self.numbers(segment),
            b"CD3" => self.packages += 1,
            b"GID" => {
                self.packages += u64::from(!self.message.whole);
                self.message = Message { unmarked: true, goods: true, ..Message::default() };
            }
            b"EQD" => self.message = Message { goods: true, ..Message::default() },
            b"N1" => {
                self.names += 1;
                self.recipients += u64::from(segment.element(1) == b"ST");
            }
            b"NAD" => {
                self.names += 1;
                (self.message.named, self.message.marked) = (true, false);
                self.recipients += u64::from(matches!(segment.component(1, 1), b"CN" | b"DP"));
            }
            b"NM1" => self.names += 1,
            b"N3" => self.streets += 1,
            b"N4" => self.cities += 1,
            b"PER" | b"G61" | b"CTA" => self.contacts += 1,
            tag if !segment.is_blank() => self.unknown += u64::from(!KnownTag::new(tag).is_known()),
            _ => {}
        }
    }

    /// Marks or numbers of a goods item, each a parcel, but that the item itself is the first of them.
    fn mark(&mut self, marks: usize) {
        let first = marks > 0 && std::mem::take(&mut self.message.unmarked);
        self.packages += marks as u64 - u64::from(first);
    }

    fn numbers(&mut self, segment: Segment<'_, '_>) {
        let said = |n| segment.components(n).filter(|number| !number.is_empty()).count();
        let numbers: usize = (2..=segment.len()).map(said).sum();
        let marked = numbers > 0 && std::mem::take(&mut self.message.marked);
        self.mark(numbers - usize::from(marked));
    }

    fn census(&self) -> Census {
        // A damaged id may have been anything.
        let most = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0).saturating_add(self.unknown);
        // A name without a street, a street whose N1 is damaged: whichever there is more of is the bound.
        Census {
            rows: most(&[self.packs, self.tares, self.marks, self.packages, self.recipients, self.sets]),
            parties: most(&[self.names, self.streets, self.cities, self.contacts]),
        }
    }
}

//! How much a body holds at most, whether it was understood or not: the bound that an intake record
//! states of a refused document, too.

mod levels;

use crate::{Interchange, KnownTag, segment::Segment};
use levels::Levels;

/// Upper bounds of what a body announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Parcels, at most: there may be fewer.
    pub rows: u64,
    /// Persons or companies, each naming counted once, at most.
    pub parties: u64,
}

impl Census {
    /// What the size of a body allows, whatever is in it: a parcel takes at least a number and what delimits it, such
    /// as `1:` in a list of numbers, a party a segment such as `N1~`.
    pub fn of_octets(octets: u64) -> Self {
        Self { rows: octets.div_ceil(2), parties: octets.div_ceil(3) }
    }
}

/// Counts in everything that was read, also outside of valid sets: message by message, what each can hold at most,
/// however it tells its parcels apart. Where the body was not read to its
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
    tally.end_message();
    tally.census
}

/// How often what could be a parcel, or a party, occurs in a message, and how much there was in those before.
#[derive(Default)]
struct Tally<'i> {
    census: Census,
    levels: Levels<'i>,
    counts: Counts,
    /// Where an EDIFACT message stands.
    message: Message,
    /// Where the parties of an X12 set stand.
    contacts: Contacts,
}

/// Of one message, or of what stands outside of any.
#[derive(Default)]
struct Counts {
    sets: u64,
    marks: u64,
    packages: u64,
    recipients: u64,
    names: u64,
    streets: u64,
    cities: u64,
    contacts: u64,
    unknown: u64,
    /// A shipment of a pick-up manifest has no package yet: its first one is the same parcel.
    unpacked: bool,
}

/// Whether a contact of an X12 set belongs to a name before it.
#[derive(Default)]
struct Contacts {
    named: bool,
    placed: bool,
    /// The segment before told of somebody who has no name.
    nameless: bool,
}

impl Contacts {
    /// Whether somebody is told of who was not named.
    fn meets_somebody(&mut self, tag: &[u8]) -> bool {
        let again = tag == b"N4" && self.placed;
        self.named = match tag {
            b"N1" => true,
            b"N2" | b"N3" | b"N4" | b"REF" | b"L11" | b"PER" | b"G61" => self.named && !again,
            _ => false,
        };
        self.placed = tag == b"N4" || (self.placed && tag != b"N1");
        let nameless = matches!(tag, b"PER" | b"G61") && !self.named;
        nameless & !std::mem::replace(&mut self.nameless, nameless)
    }
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
    /// In the equipment, where it ends even sooner.
    equipment: bool,
    /// What reaches somebody here belongs to a name that was counted.
    named: bool,
    /// The segment before told of somebody who has no name.
    nameless: bool,
}

impl Message {
    /// Whether somebody is told of who was not named.
    fn meets_somebody(&mut self, tag: &[u8]) -> bool {
        self.named &= match tag {
            b"NAD" | b"CTA" | b"COM" => true,
            b"LOC" | b"DTM" => !self.equipment,
            _ => !self.goods,
        };
        let nameless = matches!(tag, b"CTA" | b"COM") && !self.named;
        nameless & !std::mem::replace(&mut self.nameless, nameless)
    }
}

impl<'i> Tally<'i> {
    fn take(&mut self, segment: Segment<'i, '_>) {
        if matches!(segment.tag(), b"ST" | b"SE" | b"GS" | b"GE" | b"UNH" | b"UNT" | b"UNG" | b"UNE" | b"UNZ") {
            self.end_message();
        }
        let somebody = self.message.meets_somebody(segment.tag()) | self.contacts.meets_somebody(segment.tag());
        let counts = &mut self.counts;
        counts.names += u64::from(somebody);
        match segment.tag() {
            b"ST" => counts.sets += 1,
            b"UNH" => {
                counts.sets += 1;
                // Without goods items it announces one parcel.
                counts.packages += 1;
                self.message = Message { whole: true, unmarked: true, ..Message::default() };
            }
            b"HL" => self.levels.begin(segment),
            b"MAN" => counts.marks += u64::from(!self.levels.mark()),
            b"PCI" => {
                self.mark(1);
                self.message.marked = true;
            }
            b"GIN" => self.numbers(segment),
            b"SMD" => {
                counts.packages += 1;
                counts.unpacked = true;
            }
            b"CD3" => counts.packages += u64::from(!std::mem::take(&mut counts.unpacked)),
            b"GID" => {
                counts.packages += u64::from(!self.message.whole);
                self.message = Message { unmarked: true, goods: true, ..Message::default() };
            }
            b"EQD" => self.message = Message { goods: true, equipment: true, ..Message::default() },
            b"N1" => {
                counts.names += 1;
                counts.recipients += u64::from(segment.element(1) == b"ST");
            }
            b"NAD" => {
                counts.names += 1;
                (self.message.named, self.message.marked) = (true, false);
                counts.recipients += u64::from(matches!(segment.component(1, 1), b"CN" | b"DP"));
            }
            b"NM1" => counts.names += 1,
            b"N3" => counts.streets += 1,
            b"N4" => counts.cities += 1,
            b"PER" | b"G61" | b"CTA" => counts.contacts += 1,
            tag if !segment.is_blank() => counts.unknown += u64::from(!KnownTag::new(tag).is_known()),
            _ => {}
        }
    }

    /// Marks or numbers of a goods item, each a parcel, but that the item itself is the first of them.
    fn mark(&mut self, marks: usize) {
        let first = marks > 0 && std::mem::take(&mut self.message.unmarked);
        self.counts.packages += marks as u64 - u64::from(first);
    }

    fn numbers(&mut self, segment: Segment<'_, '_>) {
        let said = |n| segment.components(n).filter(|number| !number.is_empty()).count();
        let numbers: usize = (2..=segment.len()).map(said).sum();
        let marked = numbers > 0 && std::mem::take(&mut self.message.marked);
        self.mark(numbers - usize::from(marked));
    }

    /// What follows belongs to another message, or to none.
    fn end_message(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        (self.message, self.contacts) = (Message::default(), Contacts::default());
        // A damaged id may have been anything.
        let most = |of: &[u64]| of.iter().copied().max().unwrap_or(0).saturating_add(counts.unknown);
        // A name without a street, a street whose N1 is damaged: whichever there is more of is the bound.
        let parties = most(&[counts.names, counts.streets, counts.cities, counts.contacts]);
        let levels = self.levels.take();
        let rows = most(&[levels, counts.marks, counts.packages, counts.recipients, counts.sets]);
        self.census.rows = self.census.rows.saturating_add(rows);
        self.census.parties = self.census.parties.saturating_add(parties);
    }
}

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
}

impl Tally {
    fn take(&mut self, segment: Segment<'_, '_>) {
        match segment.tag() {
            b"ST" | b"UNH" => self.sets += 1,
            b"HL" => match segment.element(3) {
                b"S" | b"O" | b"I" => {}
                b"T" => self.tares += 1,
                // A level that is not known may have been meant as a pack.
                _ => self.packs += 1,
            },
            b"MAN" | b"PCI" => self.marks += 1,
            b"GIN" => self.marks += segment.len() as u64,
            b"CD3" | b"GID" => self.packages += 1,
            b"N1" => {
                self.names += 1;
                self.recipients += u64::from(segment.element(1) == b"ST");
            }
            b"NAD" => {
                self.names += 1;
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

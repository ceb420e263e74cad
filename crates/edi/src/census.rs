//! How much a body holds at most, whether it was understood or not: the bound that an intake record
//! states of a refused document, too.

use crate::Interchange;

/// Upper bounds of what a body announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Parcels, at most.
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
/// end ([`Interchange::is_complete`]), or is no X12, its size is the bound.
pub fn census(interchange: &Interchange<'_>) -> Census {
    if interchange.isa.is_none() || !interchange.is_complete() {
        return Census::of_octets(interchange.bytes().len() as u64);
    }
    let (mut sets, mut packs, mut tares, mut marks, mut packages, mut recipients) = (0, 0, 0, 0, 0, 0);
    let (mut names, mut streets, mut cities, mut contacts, mut unknown) = (0, 0, 0, 0, 0);
    for segment in interchange.segments() {
        match segment.tag() {
            b"ST" => sets += 1,
            b"HL" => match segment.element(3) {
                b"S" | b"O" | b"I" => {}
                b"T" => tares += 1,
                // A level that is not known may have been meant as a pack.
                _ => packs += 1,
            },
            b"MAN" => marks += 1,
            b"CD3" => packages += 1,
            b"N1" => {
                names += 1;
                recipients += u64::from(segment.element(1) == b"ST");
            }
            b"NM1" => names += 1,
            b"N3" => streets += 1,
            b"N4" => cities += 1,
            b"PER" | b"G61" => contacts += 1,
            _ => {}
        }
        // A damaged id may have been anything.
        unknown += u64::from(!segment.known_tag().is_known());
    }
    let most = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0).saturating_add(unknown);
    // A name without a street, a street whose N1 is damaged: whichever there is more of is the bound.
    Census {
        rows: most(&[packs, tares, marks, packages, recipients, sets]),
        parties: most(&[names, streets, cities, contacts]),
    }
}

//! What the tables say, in the form in which documents are checked.

use super::{
    order::{Item, Loop, NONE, Order},
    place::Place,
    rows::Rows,
};
use crate::check::Concerns;

/// One message in one version.
pub(crate) struct Message {
    /// The version that the table is of, such as `004010` or `D.96A`.
    pub version: &'static str,
    /// GS01; none in EDIFACT.
    pub functional_id: Option<[u8; 2]>,
    /// Whether HL and CTT rules apply.
    pub hierarchical: bool,
    /// By local segment id.
    pub segments: Vec<SegmentTable>,
    /// 0 is the body.
    pub loops: Vec<Loop>,
    pub items: Vec<Item>,
    pub order: Order,
    pub tags: Tags,
}

impl Message {
    /// The local id of a segment; none if the message does not have it.
    #[inline]
    pub fn segment_id(&self, tag: &[u8]) -> Option<u16> {
        self.tags.find(tag)
    }
}

/// What a segment's elements may be, in their order.
pub(crate) struct SegmentTable {
    pub tag: &'static str,
    pub places: Vec<Place>,
    /// The same, packed.
    pub rows: Rows,
    /// Bit n-1: element n.
    pub mandatory: u64,
    pub conditions: Vec<Condition>,
    /// What else such segments are checked for.
    pub concerns: Concerns,
}

/// How elements depend on each other. Masks: bit n-1 is element n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// All of them are there or none is.
    Paired(u64),
    AtLeastOne(u64),
    /// At most one of them is there.
    NotTogether(u64),
    /// With the first, all the others.
    IfFirst {
        first: u64,
        all: u64,
    },
    /// With the first, at least one of the others.
    IfFirstAny {
        first: u64,
        any: u64,
    },
}

impl Condition {
    /// Whether the elements that are there fulfil it.
    #[inline]
    pub fn holds(&self, present: u64) -> bool {
        match *self {
            Self::Paired(all) => present & all == 0 || present & all == all,
            Self::AtLeastOne(any) => present & any != 0,
            Self::NotTogether(any) => (present & any).count_ones() <= 1,
            Self::IfFirst { first, all } => present & first == 0 || present & all == all,
            Self::IfFirstAny { first, any } => present & first == 0 || present & any != 0,
        }
    }
}

/// From a tag to its local id, in one probe.
pub(crate) struct Tags {
    multiplier: u32,
    shift: u32,
    /// Packed tag and id.
    slots: Vec<(u32, u16)>,
}

impl Tags {
    /// Ids are places in `tags`, which are different ones.
    pub fn new(tags: &[&str]) -> Self {
        let bits = (tags.len().max(4) * 4).next_power_of_two().trailing_zeros();
        (bits..32).find_map(|bits| Self::of_size(tags, bits)).expect("different tags fit apart in 2^31 slots")
    }

    fn of_size(tags: &[&str], bits: u32) -> Option<Self> {
        // Odd multipliers, spread over the range: the first ones that separate all tags.
        let mut multipliers = (0..2000u32).map(|n| n.wrapping_mul(0x9E37_79B9) | 1);
        multipliers.find_map(|multiplier| {
            let mut tried = Self { multiplier, shift: 32 - bits, slots: vec![(0, NONE); 1 << bits] };
            for (id, tag) in tags.iter().enumerate() {
                let packed = Self::packed(tag.as_bytes())?;
                let slot = tried.slot(packed);
                if tried.slots[slot].1 != NONE {
                    return None;
                }
                tried.slots[slot] = (packed, id as u16);
            }
            Some(tried)
        })
    }

    #[inline]
    fn find(&self, tag: &[u8]) -> Option<u16> {
        let packed = Self::packed(tag)?;
        let (held, id) = self.slots[self.slot(packed)];
        (held == packed && id != NONE).then_some(id)
    }

    #[inline]
    fn slot(&self, packed: u32) -> usize {
        (packed.wrapping_mul(self.multiplier) >> self.shift) as usize
    }

    #[inline]
    fn packed(tag: &[u8]) -> Option<u32> {
        match *tag {
            [a, b, c] => Some(u32::from_le_bytes([a, b, c, 3])),
            [a, b] => Some(u32::from_le_bytes([a, b, 0, 2])),
            _ => None,
        }
    }
}

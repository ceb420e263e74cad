//! What the tables say, in the form in which documents are checked.

use super::{
    order::{Item, Loop, NONE, Order},
    rows::Rows,
};
use crate::{check::Concerns, word::Word};
use std::sync::Arc;

/// One message in one version.
pub(crate) struct Message {
    /// What ST01 or S009 0065 names it.
    pub kind: &'static str,
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

/// An element's or a component's place.
#[derive(Clone)]
pub(crate) struct Place {
    /// X12's data element, EDIFACT's tag of it; composites by the number behind their letter.
    pub number: u16,
    pub mandatory: bool,
    /// How often it may be repeated; 1 where it may not.
    pub repeats: u16,
    pub kind: Kind,
    /// In characters; of numbers, in digits.
    pub shortest: u16,
    pub longest: u16,
    /// The values in use, where a foreign one is a mistake.
    pub codes: Option<Arc<Codes>>,
    /// Of a composite: its own elements; empty for any other.
    pub components: Vec<Place>,
    /// How many of them there are at least: the number of the last mandatory one.
    pub least: u16,
}

/// What an element may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters and digits only, of a list if one is short.
    Code,
    Text,
    /// Text without digits, which only EDIFACT has.
    Alpha,
    /// With an implied decimal point or without.
    Integer,
    /// With a decimal mark, if any.
    Decimal,
    /// A date that exists, YYYYMMDD or YYMMDD.
    Date,
    /// A time that exists, HHMM to HHMMSSDD.
    Time,
    Binary,
    /// Not described here, so nothing of it is measured.
    Open,
    Composite,
}

/// A list of values, packed, spread over twice as many slots: one look at most lists, whether the value is in it or not.
pub(crate) struct Codes {
    shift: u32,
    /// Each value in its slot or in the next that was free; 0, which is no code, in those that still are.
    slots: Vec<u64>,
}

impl Codes {
    /// In octets: with its length, a code fits eight.
    pub const LONGEST: usize = 7;

    /// Values of at most [`Self::LONGEST`] octets; longer ones are not taken.
    pub fn new<'v>(values: impl Iterator<Item = &'v str>) -> Self {
        let packed: Vec<u64> = values.filter_map(|value| Self::packed(value.as_bytes())).collect();
        let bits = (packed.len() * 2 + 2).next_power_of_two().trailing_zeros();
        let mut codes = Self { shift: u64::BITS - bits, slots: vec![0; 1 << bits] };
        for code in packed {
            let free = codes.slot(code);
            codes.slots[free] = code;
        }
        codes
    }

    #[inline]
    pub fn contains(&self, value: &[u8]) -> bool {
        Self::packed(value).is_some_and(|value| self.slots[self.slot(value)] == value)
    }

    /// The same of a value, not empty, whose first octets are at hand.
    #[inline(always)]
    pub fn contains_word(&self, word: Word, length: usize) -> bool {
        let value = word.with_length(length);
        length <= Self::LONGEST && self.slots[self.slot(value)] == value
    }

    /// Where the value is, or would be.
    #[inline(always)]
    fn slot(&self, value: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = value.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_shr(self.shift) as usize;
        while self.slots[slot & last] != value && self.slots[slot & last] != 0 {
            slot += 1;
        }
        slot & last
    }

    #[inline]
    fn packed(value: &[u8]) -> Option<u64> {
        let mut octets = [0; 8];
        octets.get_mut(..Self::LONGEST)?.get_mut(..value.len()).filter(|_| !value.is_empty())?.copy_from_slice(value);
        octets[Self::LONGEST] = value.len() as u8;
        Some(u64::from_le_bytes(octets))
    }
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

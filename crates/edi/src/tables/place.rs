//! What an element or a component may be.

use crate::word::Word;
use std::sync::Arc;

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

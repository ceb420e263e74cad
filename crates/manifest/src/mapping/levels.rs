//! HL01: which level has which number.

use std::collections::BTreeMap;

/// Levels by their numbers; of a number that is there twice, the last one.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    /// The levels of the numbers 1, 2, …, as far as they came in this order.
    counted: Vec<usize>,
    /// Those of all other numbers.
    others: BTreeMap<&'a [u8], usize>,
}

impl<'a> Numbers<'a> {
    pub fn find(&self, number: &[u8]) -> Option<usize> {
        let counted = place(number).and_then(|place| self.counted.get(place));
        counted.or_else(|| self.others.get(number)).copied()
    }

    pub fn note(&mut self, number: &'a [u8], level: usize) {
        match place(number) {
            Some(place) if place < self.counted.len() => self.counted[place] = level,
            Some(place) if place == self.counted.len() => self.counted.push(level),
            _ => _ = self.others.insert(number, level),
        }
    }
}

/// The place of a number of one to nine digits, which has one written form: without leading zeros.
fn place(number: &[u8]) -> Option<usize> {
    if !matches!(number, [b'1'..=b'9', ..]) || number.len() > 9 {
        return None;
    }
    let mut value = 0usize;
    for octet in number {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(digit.into());
    }
    value.checked_sub(1)
}

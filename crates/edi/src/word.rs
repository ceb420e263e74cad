//! Short values as numbers: compared and classified at once, and not octet by octet.

/// The first eight octets of a value, the first lowest; zeros where it is shorter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

/// As many octets as a word has.
pub(crate) const OCTETS: usize = 8;

const HIGH: u64 = 0x8080_8080_8080_8080;

impl Word {
    /// Of the value that stands there among octets. Where eight more follow they are read at once: a loop over a few
    /// octets takes longer to be guessed right than to be run.
    #[inline(always)]
    pub fn of(octets: &[u8], from: u32, to: u32) -> Self {
        let length = (to.wrapping_sub(from) as usize).min(OCTETS);
        let from = from as usize;
        match octets.get(from..from.wrapping_add(OCTETS)).and_then(<[u8]>::first_chunk) {
            Some(eight) => Self(u64::from_le_bytes(*eight) & KEPT[length]),
            None => Self::of_few(octets.get(from..from.wrapping_add(length)).unwrap_or_default()),
        }
    }

    /// Of the last octets there are.
    #[cold]
    fn of_few(value: &[u8]) -> Self {
        let mut eight = [0; OCTETS];
        for (place, octet) in eight.iter_mut().zip(value) {
            *place = *octet;
        }
        Self(u64::from_le_bytes(eight))
    }

    /// Of eight octets.
    #[inline(always)]
    pub fn of_eight(octets: [u8; OCTETS]) -> Self {
        Self(u64::from_le_bytes(octets))
    }

    /// How many of the octets are digits.
    #[inline(always)]
    pub fn digits(self) -> usize {
        let ones = between(self.0, b'0', b'9') >> 7;
        (ones.wrapping_mul(0x0101_0101_0101_0101) >> 56) as usize
    }

    /// With the value's length in the highest octet, for values of at most seven octets.
    #[inline]
    pub fn with_length(self, length: usize) -> u64 {
        self.0 | (length as u64) << 56
    }

    /// Whether the first `length` octets, which print, are letters and digits.
    #[inline(always)]
    pub fn is_alphanumeric(self, length: usize) -> bool {
        // Digits are what they were.
        let lower = self.0 | 0x2020_2020_2020_2020;
        self.all(length, between_of_ascii(lower, b'0', b'9') | between_of_ascii(lower, b'a', b'z'))
    }

    /// Whether the first `length` octets, which print, are digits.
    #[inline(always)]
    pub fn is_digits(self, length: usize) -> bool {
        self.all(length, between_of_ascii(self.0, b'0', b'9'))
    }

    /// How many digits the first `length` octets, which are ASCII, have: if they are all of it, but for one point
    /// between them.
    #[inline(always)]
    pub fn decimal_digits(self, length: usize) -> Option<usize> {
        let digits = between(self.0, b'0', b'9');
        let point = between(self.0, b'.', b'.');
        let ends = digits & 0x80 != 0 && length <= OCTETS && digits >> (8 * length.max(1) - 1) & 1 == 1;
        let one_point = point & point.wrapping_sub(1) == 0;
        (ends && one_point && self.all(length, digits | point)).then(|| length - usize::from(point != 0))
    }

    /// Whether its eight octets, which are ASCII, are a date from the first to the 28th of a month: the others need the
    /// calendar.
    #[inline]
    pub fn is_common_date(self) -> bool {
        let pair = |at: u32| (self.0 >> (8 * at) & 0xF) * 10 + (self.0 >> (8 * at + 8) & 0xF);
        self.is_digits(OCTETS) && (1..=12).contains(&pair(4)) && (1..=28).contains(&pair(6))
    }

    #[inline(always)]
    fn all(self, length: usize, holds: u64) -> bool {
        !holds & HIGH & KEPT[length.min(OCTETS)] == 0
    }
}

/// The masks of no octet to eight octets.
const KEPT: [u64; OCTETS + 1] = {
    let mut masks = [u64::MAX; OCTETS + 1];
    let mut octets = 0;
    while octets < OCTETS {
        masks[octets] = (1 << (8 * octets)) - 1;
        octets += 1;
    }
    masks
};

/// The high bits of the ASCII octets that are between these two.
#[inline(always)]
fn between(word: u64, first: u8, last: u8) -> u64 {
    let spread = |octet: u8| u64::from(octet) * 0x0101_0101_0101_0101;
    let ascii = word & !HIGH;
    ascii.wrapping_add(spread(0x80 - first)) & !ascii.wrapping_add(spread(0x7F - last)) & HIGH & !word
}

/// The same where all octets are ASCII; of the other bits this says nothing.
#[inline(always)]
fn between_of_ascii(word: u64, first: u8, last: u8) -> u64 {
    let spread = |octet: u8| u64::from(octet) * 0x0101_0101_0101_0101;
    word.wrapping_add(spread(0x80 - first)) & !word.wrapping_add(spread(0x7F - last))
}

#[cfg(test)]
mod tests {
    use super::Word;

    fn word(value: &[u8]) -> Word {
        let mut octets = value.to_vec();
        octets.extend_from_slice(b"*BEHIND~");
        let word = Word::of(&octets, 0, value.len() as u32);
        assert!(word == Word::of(value, 0, value.len() as u32), "whatever follows");
        word
    }

    #[test]
    fn every_octet_at_every_place() {
        for octet in b' '..=b'~' {
            for place in 0..8 {
                let mut value = *b"a0Z9m5A7";
                value[place] = octet;
                assert_eq!(word(&value).is_alphanumeric(8), octet.is_ascii_alphanumeric(), "{octet} at {place}");
                let mut value = *b"01234567";
                value[place] = octet;
                assert_eq!(word(&value).is_digits(8), octet.is_ascii_digit(), "{octet} at {place}");
            }
        }
    }

    #[test]
    fn decimals() {
        for (text, digits) in [
            ("1", Some(1)),
            ("1.5", Some(2)),
            ("12345678", Some(8)),
            ("1234567.", None),
            ("123.5678", Some(7)),
            (".5", None),
            ("1.2.3", None),
            ("-1", None),
            ("1,5", None),
            ("123456789", None),
            ("", None),
        ] {
            assert_eq!(word(text.as_bytes()).decimal_digits(text.len()), digits, "{text}");
        }
    }

    #[test]
    fn every_length() {
        for length in 0..=8 {
            assert!(word(&b"12345678"[..length]).is_digits(length));
            assert_eq!(word(&b"-------"[..length.min(7)]).is_digits(length.min(7)), length == 0);
        }
        assert_eq!(word(b"ST").with_length(2), u64::from_le_bytes(*b"ST\0\0\0\0\0\x02"));
    }
}

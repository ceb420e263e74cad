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
        let length = to.wrapping_sub(from).min(8);
        let here = octets.get(from as usize..).unwrap_or_default();
        match here.first_chunk::<OCTETS>() {
            Some(eight) => Self(u64::from_le_bytes(*eight) & kept(length)),
            None => Self::of_few(&here[..here.len().min(length as usize)]),
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

    /// With the value's length in the highest octet, for values of at most seven octets.
    #[inline]
    pub fn with_length(self, length: usize) -> u64 {
        self.0 | (length as u64) << 56
    }

    #[inline]
    pub fn begins_with(self, octet: u8) -> bool {
        self.0 as u8 == octet
    }

    /// Whether the first `length` octets, which are ASCII, are letters and digits.
    #[inline]
    pub fn is_alphanumeric(self, length: usize) -> bool {
        let lower = self.0 | 0x2020_2020_2020_2020;
        self.all(length, between(self.0, b'0', b'9') | between(lower, b'a', b'z'))
    }

    /// Whether the first `length` octets, which are ASCII, are digits.
    #[inline]
    pub fn is_digits(self, length: usize) -> bool {
        self.all(length, between(self.0, b'0', b'9'))
    }

    /// How many digits the first `length` octets, which are ASCII, have: if they are all of it, but for one point
    /// between them.
    #[inline]
    pub fn decimal_digits(self, length: usize) -> Option<usize> {
        let digits = between(self.0, b'0', b'9');
        let point = between(self.0, b'.', b'.');
        let ends = digits & 0x80 != 0 && length <= OCTETS && digits >> (8 * length.max(1) - 1) & 1 == 1;
        let points = point.count_ones() as usize;
        (ends && points <= 1 && self.all(length, digits | point)).then(|| length - points)
    }

    #[inline]
    fn all(self, length: usize, holds: u64) -> bool {
        !holds & HIGH & kept(length.min(OCTETS) as u32) == 0
    }
}

/// The mask of so many octets, at most eight.
#[inline(always)]
fn kept(octets: u32) -> u64 {
    // Shifting by all 64 bits would be a fault.
    if octets == 0 { 0 } else { u64::MAX >> (64 - 8 * octets) }
}

/// The high bits of the ASCII octets that are between these two.
#[inline(always)]
fn between(word: u64, first: u8, last: u8) -> u64 {
    let spread = |octet: u8| u64::from(octet) * 0x0101_0101_0101_0101;
    let ascii = word & !HIGH;
    ascii.wrapping_add(spread(0x80 - first)) & !ascii.wrapping_add(spread(0x7F - last)) & HIGH & !word
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
        for octet in 0..=255u8 {
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

//! Prefix codes, one for each place of a field: as short as an octet is frequent there. The lengths of the codes are a file
//! (`bits.txt`); the codes themselves follow from these, shorter ones first and octets rising, as in RFC 1951, 3.2.2.

/// Where an octet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Tag,
    Head,
    Party,
    Qualifier,
    Length,
    /// The first of a text, or one behind what is none of the following.
    Other,
    /// Behind a digit.
    Digit,
    /// Behind A to Z.
    Upper,
    /// Behind a to z, or behind a part of a letter that is not ASCII.
    Lower,
}

const PLACES: usize = 9;
const BITS_MAX: usize = 15;

impl Place {
    /// Of the octet that follows this one in a text.
    pub(super) const fn after(octet: u8) -> Self {
        match octet {
            b'0'..=b'9' => Self::Digit,
            b'A'..=b'Z' => Self::Upper,
            b'a'..=b'z' | 0x80.. => Self::Lower,
            _ => Self::Other,
        }
    }
}

/// Bits of each octet's code, 0 where it has none.
const BITS: [[u8; 256]; PLACES] = parse(include_bytes!("bits.txt"));
/// Each octet's code, with its bits in the lowest four.
static CODES: [[u32; 256]; PLACES] = {
    let mut codes = [[0; 256]; PLACES];
    let mut place = 0;
    while place < PLACES {
        codes[place] = assign(&BITS[place]);
        place += 1;
    }
    codes
};

/// Reads lines of a place's name, each with lines behind it of a number of bits and octets: `5  03 06-09`.
const fn parse(text: &[u8]) -> [[u8; 256]; PLACES] {
    let mut bits = [[0; 256]; PLACES];
    let (mut at, mut places) = (0, 0);
    while at < text.len() {
        match text[at] {
            b'a'..=b'z' => places += 1,
            b' ' => at = parse_line(text, at, &mut bits[places - 1]),
            _ => {}
        }
        while text[at] != b'\n' {
            at += 1;
        }
        at += 1;
    }
    assert!(places == PLACES, "a table for each place");
    bits
}

/// Where the line ends.
const fn parse_line(text: &[u8], mut at: usize, bits: &mut [u8; 256]) -> usize {
    let mut own = 0;
    while !(text[at] == b' ' && own > 0) {
        if text[at] != b' ' {
            own = own * 10 + digit(text[at]);
        }
        at += 1;
    }
    assert!(own <= BITS_MAX);
    while text[at] != b'\n' {
        if text[at] == b' ' {
            at += 1;
            continue;
        }
        let first = digit(text[at]) * 16 + digit(text[at + 1]);
        at += 2;
        let mut last = first;
        if text[at] == b'-' {
            last = digit(text[at + 1]) * 16 + digit(text[at + 2]);
            at += 3;
        }
        let mut octet = first;
        while octet <= last {
            assert!(bits[octet] == 0, "an octet has one code");
            bits[octet] = own as u8;
            octet += 1;
        }
    }
    at
}

const fn digit(octet: u8) -> usize {
    match octet {
        b'0'..=b'9' => (octet - b'0') as usize,
        b'a'..=b'f' => (octet - b'a') as usize + 10,
        _ => panic!("a digit"),
    }
}

const fn assign(bits: &[u8; 256]) -> [u32; 256] {
    let mut codes = [0; 256];
    let (mut code, mut length) = (0_u32, 1);
    while length <= BITS_MAX {
        code <<= 1;
        let mut octet = 0;
        while octet < 256 {
            if bits[octet] as usize == length {
                codes[octet] = code << 4 | length as u32;
                code += 1;
            }
            octet += 1;
        }
        assert!(code <= 1 << length, "there are not more codes than bits allow");
        length += 1;
    }
    codes
}

/// Writes codes one after the other, the highest bit of each first.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    most: usize,
    held: u64,
    bits: u32,
}

impl<'a> Writer<'a> {
    /// At most so many octets, and a few more until this is noticed.
    pub(super) fn new(out: &'a mut Vec<u8>, most: usize) -> Self {
        Self { out, most, held: 0, bits: 0 }
    }

    /// None if the octet has no code there, or there is no room.
    #[inline]
    pub(super) fn put(&mut self, place: Place, octet: u8) -> Option<()> {
        let code = CODES[place as usize][usize::from(octet)];
        let bits = code & 15;
        self.held = self.held << bits | u64::from(code >> 4);
        self.bits += bits;
        if self.bits >= 32 {
            self.bits -= 32;
            self.out.extend_from_slice(&((self.held >> self.bits) as u32).to_be_bytes());
        }
        (bits != 0 && self.out.len() <= self.most).then_some(())
    }

    /// Fills the last octet with ones; whether all is within what was allowed.
    pub(super) fn finish(mut self) -> bool {
        let missing = self.bits.next_multiple_of(8) - self.bits;
        self.held = self.held << missing | ((1 << missing) - 1);
        self.bits += missing;
        while self.bits > 0 {
            self.bits -= 8;
            self.out.push((self.held >> self.bits) as u8);
        }
        self.out.len() <= self.most
    }
}

/// Of each place: how many codes there are of each length, and their octets in the codes' order.
static OCTETS: [Decoding; PLACES] = {
    let mut all = [Decoding { counts: [0; BITS_MAX + 1], octets: [0; 256] }; PLACES];
    let mut place = 0;
    while place < PLACES {
        all[place] = Decoding::of(&BITS[place]);
        place += 1;
    }
    all
};

#[derive(Clone, Copy)]
struct Decoding {
    counts: [u16; BITS_MAX + 1],
    octets: [u8; 256],
}

impl Decoding {
    const fn of(bits: &[u8; 256]) -> Self {
        let mut own = Self { counts: [0; BITS_MAX + 1], octets: [0; 256] };
        let (mut at, mut length) = (0, 1);
        while length <= BITS_MAX {
            let mut octet = 0;
            while octet < 256 {
                if bits[octet] as usize == length {
                    own.counts[length] += 1;
                    own.octets[at] = octet as u8;
                    at += 1;
                }
                octet += 1;
            }
            length += 1;
        }
        own
    }
}

/// Reads what a [`Writer`] has written.
pub(super) struct Reader<'a> {
    octets: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    /// The octet whose code comes next; none if there is none whole.
    pub(super) fn octet(&mut self, place: Place) -> Option<u8> {
        let own = &OCTETS[place as usize];
        let (mut code, mut first, mut before) = (0_u32, 0_u32, 0_u32);
        for count in &own.counts[1..] {
            code |= self.bit()?;
            let count = u32::from(*count);
            if code - first < count {
                return own.octets.get((before + code - first) as usize).copied();
            }
            before += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// Whether only ones are left that fill an octet.
    pub(super) fn is_at_end(&self) -> bool {
        let left = self.octets.len() * 8 - self.at;
        let ones = (1_u16 << left.min(8)) - 1;
        left < 8 && self.octets.last().is_none_or(|last| u16::from(*last) & ones == ones)
    }

    fn bit(&mut self) -> Option<u32> {
        let octet = *self.octets.get(self.at / 8)?;
        let bit = octet >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }
}

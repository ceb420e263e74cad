//! What the documents are made of: a dice, words, persons, and a text that counts its segments.

use super::{Counted, Document};
use std::fmt::{self, Write as _};
use std::io::Write as _;

/// Xorshift (Marsaglia 2003, 64 bits: 13, 7, 17): small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// `seed` is not 0.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The high bits are the better ones.
        ((self.0 >> 16) % sides as u64) as usize
    }

    /// One of a list.
    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }
}

/// A document as it grows.
pub struct Text {
    bytes: Vec<u8>,
    separator: u8,
    release: Option<u8>,
    end: &'static str,
    segments: u64,
    elements: u64,
    /// Of the elements.
    octets: u64,
    /// Segments since `begin`.
    set: u64,
}

impl Text {
    /// X12 with `*` and `~`; `octets` are set aside, so that a big document is never copied.
    pub fn x12(newlines: bool, octets: u64) -> Self {
        Self::new(b'*', None, if newlines { "~\n" } else { "~" }, octets)
    }

    /// EDIFACT with `+`, `'` and `?`.
    pub fn edifact(newlines: bool, octets: u64) -> Self {
        Self::new(b'+', Some(b'?'), if newlines { "'\n" } else { "'" }, octets)
    }

    fn new(separator: u8, release: Option<u8>, end: &'static str, octets: u64) -> Self {
        let bytes = Vec::with_capacity(usize::try_from(octets).expect("it fits into memory"));
        Self { bytes, separator, release, end, segments: 0, elements: 0, octets: 0, set: 0 }
    }

    /// What is no segment: a UNA.
    pub fn advice(&mut self, advice: &str) {
        self.bytes.extend_from_slice(advice.as_bytes());
        if self.end.len() > 1 {
            self.bytes.push(b'\n');
        }
    }

    /// One segment, without its terminator.
    pub fn put(&mut self, segment: fmt::Arguments<'_>) {
        let start = self.bytes.len();
        self.bytes.write_fmt(segment).expect("memory takes all");
        let (mut released, mut separators, mut tag) = (false, 0, 0);
        let segment_octets = (self.bytes.len() - start) as u64;
        for &octet in &self.bytes[start..] {
            separators += u64::from(octet == self.separator && !released);
            tag += u64::from(separators == 0);
            released = Some(octet) == self.release && !released;
        }
        self.elements += separators;
        self.octets += segment_octets - separators - tag;
        self.bytes.extend_from_slice(self.end.as_bytes());
        self.segments += 1;
        self.set += 1;
    }

    /// Counts a set's segments from here on.
    pub fn begin(&mut self) {
        self.set = 0;
    }

    /// Segments since `begin`, and the trailer that is to say so.
    pub fn with_trailer(&self) -> u64 {
        self.set + 1
    }

    /// All of it.
    pub fn finish(self, parcels: u64) -> Document {
        let [segments, elements, octets] = [self.segments, self.elements, self.octets].map(Some);
        let counted = Counted { segments, elements, octets, parcels };
        Document { bytes: self.bytes, counted }
    }
}

const FIRST: [&str; 16] = [
    "AVELIN",
    "BRASKA",
    "CORVINE",
    "DESMERA",
    "ELOWIN",
    "FENRICK",
    "GALENDRA",
    "HALVEK",
    "ISOLDRA",
    "JORVANE",
    "KESTRELLE",
    "LUMIRA",
    "MARISKO",
    "NEVARRE",
    "ODALINE",
    "PERRIVAL",
];
const LAST: [&str; 16] = [
    "THISTLEMERE",
    "QUILLFEATHER",
    "BRAMBLEWICK",
    "DUNMARROW",
    "FAIRLOCH",
    "GREYLARK",
    "HOLLOWAND",
    "IRONPETAL",
    "JUNIVERN",
    "KITTERBY",
    "LARKENDALE",
    "MOSSHAVEN",
    "NORTHQUILL",
    "OAKENSHORE",
    "PEBBLETON",
    "RAVENSTEP",
];
const STREET: [&str; 12] = [
    "LANTERNMOSS LANE",
    "RUE DES PETITS GIVRES",
    "COPPERFERN ROAD",
    "OTTERBRIAR AVENUE",
    "CHEMIN DU VIEUX TAMARAC",
    "SNOWLARK CRESCENT",
    "RUE DE LA CLAIRVIGNE",
    "MAPLEHOOK DRIVE",
    "PINEWHISTLE COURT",
    "TIDEGLASS WAY",
    "FOXMALLOW STREET",
    "HERONGATE PLACE",
];
/// Province, first letter of the postal code, city, area code.
const CANADA: [(&str, &str, &str, &str); 8] = [
    ("ON", "M", "TORONTO", "416"),
    ("ON", "K", "OTTAWA", "613"),
    ("QC", "H", "MONTREAL", "514"),
    ("QC", "G", "QUEBEC", "418"),
    ("BC", "V", "VICTORIA", "250"),
    ("AB", "T", "CALGARY", "403"),
    ("MB", "R", "WINNIPEG", "204"),
    ("NS", "B", "HALIFAX", "902"),
];
/// City, postal code.
const NORWAY: [(&str, &str); 6] = [
    ("OSLO", "0150"),
    ("BERGEN", "5003"),
    ("TRONDHEIM", "7011"),
    ("STAVANGER", "4006"),
    ("DRAMMEN", "3015"),
    ("KRISTIANSAND", "4611"),
];

/// A made-up person.
pub struct Person {
    pub first: &'static str,
    pub last: &'static str,
    pub house: usize,
    pub street: &'static str,
    pub apartment: usize,
    /// The last two digits of a phone number, and more numbers to choose by.
    pub number: usize,
}

impl Person {
    pub fn new(dice: &mut Dice) -> Self {
        Self {
            first: dice.of(&FIRST),
            last: dice.of(&LAST),
            house: 1 + dice.roll(9800),
            street: dice.of(&STREET),
            apartment: 100 + dice.roll(900),
            number: dice.roll(10_000),
        }
    }

    /// Province, postal code, city, area code.
    pub fn in_canada(&self) -> (&'static str, String, &'static str, &'static str) {
        let (province, letter, city, area) = CANADA[self.number % CANADA.len()];
        let (a, b) = (self.number / 10 % 10, self.house % 10);
        (province, format!("{letter}{a}A {b}B{}", self.apartment % 10), city, area)
    }

    /// City, postal code.
    pub fn in_norway(&self) -> (&'static str, &'static str) {
        NORWAY[self.number % NORWAY.len()]
    }

    /// E-mail's part before the `@`.
    pub fn mailbox(&self) -> String {
        let mut mailbox = String::with_capacity(32);
        write!(mailbox, "{}.{}", self.first, self.last).expect("a string takes all");
        mailbox.make_ascii_lowercase();
        mailbox
    }
}

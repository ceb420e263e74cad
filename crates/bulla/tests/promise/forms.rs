//! The forms in which a value could lie about: as text in any case and coding, encoded, hashed, as a number.

use base64::{Engine, alphabet::Alphabet, engine::GeneralPurpose, engine::general_purpose::NO_PAD};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fmt;

/// Shorter needles would be found in random octets.
pub const SHORTEST: usize = 6;
/// A value written without its blanks and dashes is sought if so much is left of it.
const SQUEEZED_SHORTEST: usize = 8;

/// How a value was written where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// ASCII, upper, lower or mixed case; with or without blanks and dashes.
    Text,
    Utf16Le,
    Utf16Be,
    Base64,
    Hex,
    /// As in a URL.
    Percent,
    /// A number of digits as octets of an integer.
    Integer,
    Sha256,
    Md5,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Octets to look for.
pub struct Needle {
    pub octets: Vec<u8>,
    pub form: Form,
    /// Lower case; sought in any case.
    pub folded: bool,
}

/// Everything to look for of one value.
pub fn needles(value: &str) -> Vec<Needle> {
    let mut all = Vec::new();
    let squeezed: String = value.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let mut texts = vec![value.to_owned()];
    if squeezed.len() >= SQUEEZED_SHORTEST {
        texts.push(squeezed);
    }
    dedup(&mut texts);
    texts.iter().for_each(|text| readable(text, &mut all));
    let mut cases: Vec<String> = texts.iter().flat_map(|t| [t.clone(), t.to_uppercase(), t.to_lowercase()]).collect();
    dedup(&mut cases);
    for text in &cases {
        all.extend(base64(text.as_bytes()).into_iter().map(|octets| exact(octets, Form::Base64)));
        digest(&Sha256::digest(text.as_bytes()), Form::Sha256, &mut all);
        digest(&Md5::digest(text.as_bytes()), Form::Md5, &mut all);
    }
    texts.iter().for_each(|text| integer(text, &mut all));
    all.retain(|needle| needle.octets.len() >= SHORTEST);
    all
}

fn dedup(texts: &mut Vec<String>) {
    texts.sort();
    texts.dedup();
}

fn exact(octets: Vec<u8>, form: Form) -> Needle {
    Needle { octets, form, folded: false }
}

fn folded(octets: impl Into<Vec<u8>>, form: Form) -> Needle {
    let mut octets = octets.into();
    octets.make_ascii_lowercase();
    Needle { octets, form, folded: true }
}

/// What a person would still read with a viewer of any kind.
fn readable(text: &str, all: &mut Vec<Needle>) {
    all.push(folded(text, Form::Text));
    let units: Vec<u16> = text.to_lowercase().encode_utf16().collect();
    all.push(folded(units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<_>>(), Form::Utf16Le));
    all.push(folded(units.iter().flat_map(|u| u.to_be_bytes()).collect::<Vec<_>>(), Form::Utf16Be));
    // Hexadecimal of either case of the text, in either case of its letters.
    for text in [text.to_owned(), text.to_uppercase(), text.to_lowercase()] {
        all.push(folded(hex::encode(text), Form::Hex));
    }
    let escaped: String = text
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02x}")
            }
        })
        .collect();
    if escaped != text {
        all.push(folded(escaped.replace("%20", "+"), Form::Percent));
        all.push(folded(escaped, Form::Percent));
    }
}

/// The characters of base64 that depend on these octets alone, wherever they begin in what was encoded.
fn base64(octets: &[u8]) -> Vec<Vec<u8>> {
    let engine = |alphabet: &Alphabet| GeneralPurpose::new(alphabet, NO_PAD);
    let engines = [engine(&base64::alphabet::STANDARD), engine(&base64::alphabet::URL_SAFE)];
    let mut found: Vec<Vec<u8>> = Vec::new();
    for before in 0..3 {
        let shifted = [&vec![0; before], octets].concat();
        // Of one octet before hang two characters, of two octets three; the last character hangs of what follows.
        let first = [0, 2, 3][before];
        for engine in &engines {
            let text = engine.encode(&shifted);
            let last = text.len() - usize::from(!shifted.len().is_multiple_of(3));
            found.push(text.as_bytes()[first.min(last)..last].to_vec());
        }
    }
    found.sort();
    found.dedup();
    found
}

fn digest(octets: &[u8], form: Form, all: &mut Vec<Needle>) {
    all.push(exact(octets.to_vec(), form));
    all.push(folded(hex::encode(octets), form));
    all.extend(base64(octets).into_iter().map(|octets| exact(octets, form)));
}

/// As a column of a database would hold it. Small numbers are everywhere: only what needs six octets.
fn integer(text: &str, all: &mut Vec<Needle>) {
    let digits = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = text.parse::<u64>().ok().filter(|n| digits && *n >= 1 << 40) else { return };
    let skip = number.leading_zeros() as usize / 8;
    all.push(exact(number.to_be_bytes()[skip..].to_vec(), Form::Integer));
    all.push(exact(number.to_le_bytes()[..8 - skip].to_vec(), Form::Integer));
}

//! Looks for thousands of values at once, in every form, in files and what is compressed in them.

use crate::forms::{self, Form, SHORTEST};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::Read,
    path::Path,
};

/// A compressed stream in a compressed stream, and so on.
const DEPTH_MAX: u32 = 3;
const INFLATED_MAX: u64 = 64 << 20;
const FILTER_BITS: u32 = 23;
/// A process's memory is mostly zeros: blocks of them are passed over.
static ZEROS: [u8; 4096] = [0; 4096];

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// A file, or what a process wrote.
    pub place: String,
    /// Which value, as numbered when the index was made.
    pub value: usize,
    pub form: Form,
    /// In a compressed stream.
    pub inflated: bool,
}

/// All needles by their first octets.
pub struct Index {
    needles: Vec<(Vec<u8>, usize, Form)>,
    exact: Windows,
    folded: Windows,
}

/// Needles that begin with the same octets, behind a filter that most octets do not pass.
struct Windows {
    filter: Vec<u64>,
    by_start: HashMap<u64, Vec<usize>>,
}

impl Windows {
    fn new() -> Self {
        Self { filter: vec![0; 1 << (FILTER_BITS - 6)], by_start: HashMap::new() }
    }

    fn place(window: u64) -> (usize, u64) {
        let bit = window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
        ((bit >> 6) as usize, 1 << (bit & 63))
    }

    fn insert(&mut self, window: u64, needle: usize) {
        let (word, bit) = Self::place(window);
        self.filter[word] |= bit;
        self.by_start.entry(window).or_default().push(needle);
    }

    fn at(&self, window: u64) -> &[usize] {
        let (word, bit) = Self::place(window);
        if self.filter[word] & bit == 0 { &[] } else { self.by_start.get(&window).map_or(&[], Vec::as_slice) }
    }
}

const WINDOW: u64 = (1 << (8 * SHORTEST)) - 1;

fn slide(window: u64, octet: u8) -> u64 {
    (window << 8 | u64::from(octet)) & WINDOW
}

impl Index {
    /// Of these values; a hit names the value by its place among them.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut index = Self { needles: Vec::new(), exact: Windows::new(), folded: Windows::new() };
        for (value, text) in values.into_iter().enumerate() {
            for needle in forms::needles(text) {
                let start = needle.octets[..SHORTEST].iter().fold(0, |window, octet| slide(window, *octet));
                assert_ne!(start, 0, "what begins with zeros could begin in a block that is passed over");
                let windows = if needle.folded { &mut index.folded } else { &mut index.exact };
                windows.insert(start, index.needles.len());
                index.needles.push((needle.octets, value, needle.form));
            }
        }
        index
    }

    /// All files under a folder.
    pub fn folder(&self, folder: &Path, hits: &mut BTreeSet<Hit>) {
        for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a kind of file");
            if kind.is_dir() {
                self.folder(&path, hits);
            } else if kind.is_file()
                && let Ok(octets) = fs::read(&path)
            {
                // Names of files can tell, too.
                self.octets(&format!("the name {}", path.display()), path.as_os_str().as_encoded_bytes(), hits);
                self.octets(&path.display().to_string(), &octets, hits);
            }
        }
    }

    /// Octets of any kind, and what is compressed in them.
    pub fn octets(&self, place: &str, octets: &[u8], hits: &mut BTreeSet<Hit>) {
        self.within(place, octets, 0, hits);
    }

    fn within(&self, place: &str, octets: &[u8], depth: u32, hits: &mut BTreeSet<Hit>) {
        self.among(place, octets, depth > 0, hits);
        if depth == DEPTH_MAX {
            return;
        }
        for start in 0..octets.len().saturating_sub(4) {
            if let Some(inflated) = inflate(&octets[start..]) {
                self.within(place, &inflated, depth + 1, hits);
            }
        }
    }

    /// Octets as they are, nothing decompressed.
    pub fn plain(&self, place: &str, octets: &[u8], hits: &mut BTreeSet<Hit>) {
        self.among(place, octets, false, hits);
    }

    fn among(&self, place: &str, octets: &[u8], inflated: bool, hits: &mut BTreeSet<Hit>) {
        let mut windows = (0, 0);
        for (number, block) in octets.chunks(ZEROS.len()).enumerate() {
            if block == &ZEROS[..block.len()] {
                windows = (0, 0);
                continue;
            }
            let mut at = number * ZEROS.len();
            // Not an iterator: without optimisation its calls take longer than the search.
            while at < octets.len().min((number + 1) * ZEROS.len()) {
                windows = (slide(windows.0, octets[at]), slide(windows.1, octets[at].to_ascii_lowercase()));
                at += 1;
                if at >= SHORTEST {
                    self.beginning(at - SHORTEST, windows, octets, &mut |value, form| {
                        hits.insert(Hit { place: place.into(), value, form, inflated });
                    });
                }
            }
        }
    }

    /// Values that begin here, where these octets do, as they are and folded.
    fn beginning(&self, start: usize, (exact, folded): (u64, u64), octets: &[u8], hit: &mut dyn FnMut(usize, Form)) {
        for needle in self.exact.at(exact) {
            let (sought, value, form) = &self.needles[*needle];
            if octets[start..].starts_with(sought) {
                hit(*value, *form);
            }
        }
        for needle in self.folded.at(folded) {
            let (sought, value, form) = &self.needles[*needle];
            let there = octets.get(start..start + sought.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(sought)) {
                hit(*value, *form);
            }
        }
    }
}

/// What a compressed stream that begins here holds; as far as it goes, if it is damaged further on.
fn inflate(octets: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    // An error after good octets leaves these, which is all that is asked for.
    let _ = match octets {
        [0x1f, 0x8b, 8, ..] => flate2::read::GzDecoder::new(octets).take(INFLATED_MAX).read_to_end(&mut inflated),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => {
            flate2::read::ZlibDecoder::new(octets).take(INFLATED_MAX).read_to_end(&mut inflated)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(octets).ok()?;
            decoder.take(INFLATED_MAX).read_to_end(&mut inflated)
        }
        [b'P', b'K', 3, 4, ..] => {
            // Two lengths at 26 and 28: of the name and of what comes after it, before the packed octets.
            let length = |at| octets.get(at..at + 2).map(|l| usize::from(l[0]) | usize::from(l[1]) << 8);
            let packed = octets.get(30 + length(26)? + length(28)?..)?;
            flate2::read::DeflateDecoder::new(packed).take(INFLATED_MAX).read_to_end(&mut inflated)
        }
        _ => return None,
    };
    Some(inflated).filter(|i| i.len() >= SHORTEST)
}

/// The scanner finds each form in octets made for it: without this, finding nothing would say nothing.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Chance;
    use base64::{Engine, prelude::*};
    use sha2::Digest;
    use std::io::Write;

    const VALUES: [&str; 4] = ["ZORBELINA QUAXWEMBLEY", "416-555-0199", "9999157075900001", "M4A 3M8"];

    fn found(octets: &[u8]) -> BTreeSet<(usize, Form, bool)> {
        let mut hits = BTreeSet::new();
        Index::new(VALUES).octets("here", octets, &mut hits);
        hits.into_iter().map(|hit| (hit.value, hit.form, hit.inflated)).collect()
    }

    /// Random octets before and after, so that alignment and neighbours vary.
    fn between(octets: &[u8], before: usize) -> Vec<u8> {
        let mut chance = Chance::new(before as u64);
        let mut noise = |count: usize| (0..count).map(|_| chance.roll(256) as u8).collect::<Vec<_>>();
        [noise(before), octets.to_vec(), noise(50)].concat()
    }

    fn is_found(octets: &[u8], value: usize, form: Form) {
        for before in 0..8 {
            assert!(found(&between(octets, before)).contains(&(value, form, false)), "{form} of {}", VALUES[value]);
        }
    }

    #[test]
    fn noise_holds_nothing() {
        assert_eq!(found(&between(&[], 1_000_000)), BTreeSet::new());
    }

    #[test]
    fn text_is_found_in_any_case() {
        for text in ["ZORBELINA QUAXWEMBLEY", "zorbelina quaxwembley", "Zorbelina Quaxwembley", "zorbelinaquaxwembley"]
        {
            is_found(text.as_bytes(), 0, Form::Text);
        }
        is_found(b"4165550199", 1, Form::Text);
        is_found(b"m4a 3m8", 3, Form::Text);
    }

    #[test]
    fn utf_16_is_found_in_any_case() {
        for text in ["ZORBELINA QUAXWEMBLEY", "zorbelina quaxwembley", "Zorbelina Quaxwembley"] {
            let units: Vec<u16> = text.encode_utf16().collect();
            is_found(&units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<_>>(), 0, Form::Utf16Le);
            is_found(&units.iter().flat_map(|u| u.to_be_bytes()).collect::<Vec<_>>(), 0, Form::Utf16Be);
        }
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        for before in 0..3 {
            for after in 0..3 {
                for (value, text) in VALUES.iter().enumerate() {
                    for text in [text.to_string(), text.to_lowercase()] {
                        // 0xfb and 0xff around it: characters that differ between the alphabets.
                        let whole = [&vec![0xfb; before], text.as_bytes(), &vec![0xff; after]].concat();
                        is_found(BASE64_STANDARD.encode(&whole).as_bytes(), value, Form::Base64);
                        is_found(BASE64_URL_SAFE_NO_PAD.encode(&whole).as_bytes(), value, Form::Base64);
                    }
                }
            }
        }
    }

    #[test]
    fn hexadecimal_percent_and_integers_are_found() {
        for text in ["ZORBELINA QUAXWEMBLEY", "zorbelina quaxwembley"] {
            is_found(hex::encode(text).as_bytes(), 0, Form::Hex);
            is_found(hex::encode_upper(text).as_bytes(), 0, Form::Hex);
        }
        is_found(b"?name=Zorbelina%20Quaxwembley&", 0, Form::Percent);
        is_found(b"?name=zorbelina+quaxwembley&", 0, Form::Percent);
        is_found(&9_999_157_075_900_001u64.to_be_bytes(), 2, Form::Integer);
        is_found(&9_999_157_075_900_001u64.to_le_bytes(), 2, Form::Integer);
    }

    #[test]
    fn digests_are_found_in_every_writing() {
        for (value, text) in VALUES.iter().enumerate() {
            for text in [text.to_string(), text.to_lowercase()] {
                let digests = [
                    (Form::Sha256, sha2::Sha256::digest(&text).to_vec()),
                    (Form::Md5, md5::Md5::digest(&text).to_vec()),
                ];
                for (form, octets) in digests {
                    is_found(&octets, value, form);
                    is_found(hex::encode(&octets).as_bytes(), value, form);
                    is_found(hex::encode_upper(&octets).as_bytes(), value, form);
                    is_found(BASE64_STANDARD.encode(&octets).as_bytes(), value, form);
                    is_found(BASE64_URL_SAFE.encode(&octets).as_bytes(), value, form);
                }
            }
        }
        is_found(&sha2::Sha256::digest("4165550199"), 1, Form::Sha256);
    }

    #[test]
    fn compressed_streams_are_looked_into() {
        let text = between("order of Zorbelina Quaxwembley".repeat(20).as_bytes(), 3);
        let best = flate2::Compression::best();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), best);
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), best);
        zlib.write_all(&gzip).unwrap();
        let zlib = zlib.finish().unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), best);
        deflate.write_all(&text).unwrap();
        let zip = [&b"PK\x03\x04"[..], &[0; 22], &[1, 0, 2, 0], b"nxx", &deflate.finish().unwrap()].concat();
        for stream in [gzip, zlib, zstd, zip] {
            for before in 0..3 {
                assert!(
                    found(&between(&stream, before)).contains(&(0, Form::Text, true)),
                    "a stream of {} octets",
                    stream.len()
                );
            }
        }
    }

    #[test]
    fn files_and_their_names_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("within")).unwrap();
        fs::write(folder.path().join("within/a"), "x416-555-0199x").unwrap();
        fs::write(folder.path().join("9999157075900001.edi"), "").unwrap();
        let mut hits = BTreeSet::new();
        Index::new(VALUES).folder(folder.path(), &mut hits);
        assert_eq!(hits.iter().map(|h| h.value).collect::<Vec<_>>(), [1, 2]);
    }
}

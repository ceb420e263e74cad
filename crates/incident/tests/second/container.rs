//! A reader and writer of the container that shares nothing with the crate's: what a forger has.

use ledger::{Disclosed, canonical};
use sha2::{Digest, Sha256};

pub const VERSION: &str = "bulla.bundle/14";
pub const NAMES: [&str; 8] =
    ["hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment"];
pub const HYPOTHESIS: usize = 0;
pub const CHECKPOINT: usize = 1;
pub const ENTRIES: usize = 2;
pub const HEADERS: usize = 3;
pub const CONFIRMATIONS: usize = 4;
pub const TOTALS: usize = 5;
pub const UNWRAPS: usize = 6;
pub const ASSESSMENT: usize = 7;

pub fn unpack(bundle: &[u8]) -> Vec<Vec<u8>> {
    let end = bundle.windows(2).position(|w| w == b"\n\n").unwrap();
    let index = String::from_utf8(bundle[..end].to_vec()).unwrap();
    let mut rest = &bundle[end + 2..];
    let mut sections = Vec::new();
    for line in index.lines().skip(1) {
        let (own, more) = rest.split_at(line.split(' ').nth(1).unwrap().parse().unwrap());
        sections.push(own.to_vec());
        rest = more;
    }
    assert!(rest.is_empty());
    sections
}

/// With every digest of the index built again.
pub fn pack(sections: &[Vec<u8>]) -> Vec<u8> {
    let line =
        |(name, own): (&&str, &Vec<u8>)| format!("{name} {:010} {}\n", own.len(), hex::encode(Sha256::digest(own)));
    let index: String = NAMES.iter().zip(sections).map(line).collect();
    [format!("{VERSION}\n{index}\n").into_bytes(), sections.concat()].concat()
}

pub fn entries(leaves: &[Vec<u8>]) -> Vec<u8> {
    leaves.iter().flat_map(|leaf| [&u16::try_from(leaf.len()).unwrap().to_be_bytes()[..], leaf].concat()).collect()
}

/// The headers of these batches, as the section has them.
pub fn header_lines<'a>(headers: impl Iterator<Item = &'a Disclosed>) -> Vec<u8> {
    headers.flat_map(|disclosed| [canonical::bytes(disclosed), vec![b'\n']].concat()).collect()
}

pub fn lines(section: &[u8]) -> Vec<Vec<u8>> {
    section.split_inclusive(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect()
}

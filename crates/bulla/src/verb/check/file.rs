//! A file's octets, unpacked where it is packed.

use crate::named;
use anyhow::{Context, Result, ensure};
use std::{
    io::{Read, Write},
    path::Path,
};
use zeroize::Zeroizing;

/// No file is larger, and none unpacked: a small one could otherwise ask for all memory.
pub const OCTETS_MAX: u64 = 2 << 30;
const GZIP: &[u8] = &[0x1F, 0x8B, 8];
const ZSTANDARD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// A file, or standard input, in memory that is overwritten when freed.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let octets = if path.as_os_str() == "-" {
        to_end(std::io::stdin(), OCTETS_MAX).context("cannot read standard input")?
    } else {
        Zeroizing::new(named::octets(path, OCTETS_MAX)?)
    };
    unpacked(octets).with_context(|| format!("cannot unpack {}", path.display()))
}

fn unpacked(octets: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
    if octets.starts_with(GZIP) {
        to_end(flate2::read::MultiGzDecoder::new(octets.as_slice()), OCTETS_MAX)
    } else if octets.starts_with(ZSTANDARD) {
        let frame = ruzstd::decoding::StreamingDecoder::new(octets.as_slice())?;
        to_end(frame, OCTETS_MAX)
    } else {
        Ok(octets)
    }
}

/// Grows by hand: what is left behind is overwritten, too.
fn to_end(mut from: impl Read, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let mut whole = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new(vec![0; 1 << 16]);
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok(whole);
        }
        ensure!((whole.len() + count) as u64 <= most, "larger than {most} octets");
        if whole.capacity() - whole.len() < count {
            let mut larger = Zeroizing::new(Vec::with_capacity((whole.len() + count) * 2));
            larger.extend_from_slice(&whole);
            whole = larger;
        }
        whole.write_all(&piece[..count])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(octets).expect("a vector takes all");
        packed.finish().expect("a vector takes all")
    }

    #[test]
    fn packed_files_are_unpacked_and_others_left_alone() {
        let text = b"ISA*made up~".repeat(50_000);
        let zstandard = ruzstd::encoding::compress_to_vec(text.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        for packed in [text.clone(), gzip(&text), zstandard, [gzip(&text[..9]), gzip(&text[9..])].concat()] {
            assert_eq!(*unpacked(Zeroizing::new(packed)).expect("a whole file"), text);
        }
    }

    #[test]
    fn cut_files_and_those_that_grow_too_large_are_refused() {
        let mut packed = gzip(&[b'A'; 100_000]);
        assert!(to_end(flate2::read::MultiGzDecoder::new(packed.as_slice()), 99_999).is_err());
        packed.truncate(packed.len() - 9);
        assert!(unpacked(Zeroizing::new(packed)).is_err());
        assert!(unpacked(Zeroizing::new(ZSTANDARD.to_vec())).is_err());
    }
}

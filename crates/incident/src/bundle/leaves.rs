//! The section `entries`: leaves, each with its length before it, 16 bits, big-endian.

use super::{
    Refusal,
    octets::{Octets, Piece},
};
use std::io::{BufReader, Read, Write};

/// Octets that are read at a time.
const AT_A_TIME: usize = 1 << 18;

/// Reads them, one after the other, up to the first that is cut off.
pub(super) struct Leaves<'b, B: ?Sized> {
    from: BufReader<Piece<'b, B>>,
    left: u64,
    index: u64,
}

impl<'b, B: Octets + ?Sized> Leaves<'b, B> {
    pub fn of(entries: Piece<'b, B>) -> Self {
        let left = entries.octets();
        Self { from: BufReader::with_capacity(AT_A_TIME, entries), left, index: 0 }
    }

    fn leaf(&mut self) -> Result<Vec<u8>, Refusal> {
        let length: [u8; 2] = self.octets(2)?.try_into().expect("as many as were asked for");
        self.octets(u16::from_be_bytes(length).into())
    }

    fn octets(&mut self, many: usize) -> Result<Vec<u8>, Refusal> {
        self.left = self.left.checked_sub(many as u64).ok_or(Refusal::EntryCut { index: self.index })?;
        let mut octets = vec![0; many];
        self.from.read_exact(&mut octets)?;
        Ok(octets)
    }
}

impl<B: Octets + ?Sized> Iterator for Leaves<'_, B> {
    type Item = Result<Vec<u8>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let leaf = self.leaf();
        match leaf {
            Ok(_) => self.index += 1,
            Err(_) => self.left = 0,
        }
        Some(leaf)
    }
}

/// Writes them.
pub(super) fn write<L: AsRef<[u8]>>(to: &mut impl Write, leaves: &[L]) -> Result<(), Refusal> {
    for (leaf, index) in leaves.iter().map(AsRef::as_ref).zip(0..) {
        let octets = u16::try_from(leaf.len()).map_err(|_| Refusal::EntryCut { index })?;
        to.write_all(&octets.to_be_bytes())?;
        to.write_all(leaf)?;
    }
    Ok(())
}

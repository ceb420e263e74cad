//! A ledger's leaves, and how they are written in the section `entries`: each after its length, 16 bits, big-endian.

use super::{
    Refusal,
    octets::{Octets, Piece},
};
use std::{
    borrow::Cow,
    io::{self, BufReader, Read, Write},
};

/// Octets that are read at a time.
const AT_A_TIME: usize = 1 << 18;

/// A ledger's leaves, wherever they are.
pub trait Leaves {
    /// All of them, from the first on, as often as it is asked.
    fn each(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Refusal>>;
}

impl<L: AsRef<[u8]>> Leaves for [L] {
    fn each(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Refusal>> {
        self.iter().map(|leaf| Ok(Cow::Borrowed(leaf.as_ref())))
    }
}

impl<L: AsRef<[u8]>> Leaves for Vec<L> {
    fn each(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Refusal>> {
        self.as_slice().each()
    }
}

/// Leaves on a file, written by [`write_leaf`].
pub struct Entries<B>(pub B);

impl<B: Octets> Leaves for Entries<B> {
    fn each(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Refusal>> {
        let (piece, failed) = match self.0.octets() {
            Ok(octets) => (Piece::new(&self.0, 0..octets), None),
            Err(error) => (Piece::new(&self.0, 0..0), Some(Err(error.into()))),
        };
        failed.into_iter().chain(Reading::of(piece).map(|leaf| leaf.map(Cow::Owned)))
    }
}

/// Reads them, one after the other, up to the first that is cut off.
pub(super) struct Reading<'b, B: ?Sized> {
    from: BufReader<Piece<'b, B>>,
    left: u64,
    index: u64,
}

impl<'b, B: Octets + ?Sized> Reading<'b, B> {
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

impl<B: Octets + ?Sized> Iterator for Reading<'_, B> {
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

/// Writes one.
///
/// # Errors
/// The file's; a leaf is longer than its length can say.
pub fn write_leaf(to: &mut impl Write, leaf: &[u8]) -> io::Result<()> {
    let octets = u16::try_from(leaf.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    to.write_all(&octets.to_be_bytes())?;
    to.write_all(leaf)
}

/// Writes all of them.
pub(super) fn write(to: &mut impl Write, leaves: &(impl Leaves + ?Sized)) -> Result<(), Refusal> {
    for (leaf, index) in leaves.each().zip(0..) {
        let leaf = leaf?;
        if leaf.len() > usize::from(u16::MAX) {
            return Err(Refusal::EntryCut { index });
        }
        write_leaf(to, &leaf)?;
    }
    Ok(())
}

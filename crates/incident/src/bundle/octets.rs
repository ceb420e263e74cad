//! Where a bundle's octets are: in memory, or in a file, of which no more is read at a time than is looked at.

use crate::named::{Named, Unread};
use std::{
    fs::File,
    io::{self, Cursor, Read},
    ops::Range,
    path::Path,
};

/// Octets that can be read from any place, on any core.
pub trait Octets: Sync {
    /// How many there are.
    ///
    /// # Errors
    /// Of a file: the system's.
    fn octets(&self) -> io::Result<u64>;

    /// Those from `offset` on, as many as `to` has room for.
    ///
    /// # Errors
    /// Where there are fewer; of a file also the system's.
    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()>;
}

impl Octets for [u8] {
    fn octets(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let from = start.and_then(|start| self.get(start..start.checked_add(to.len())?));
        to.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Octets for Vec<u8> {
    fn octets(&self) -> io::Result<u64> {
        self.as_slice().octets()
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_at(offset, to)
    }
}

impl Octets for Cursor<Vec<u8>> {
    fn octets(&self) -> io::Result<u64> {
        self.get_ref().octets()
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()> {
        self.get_ref().read_at(offset, to)
    }
}

impl Octets for File {
    fn octets(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, to, offset)
    }
}

/// Those of the file at this path, which stay there. What can only be read from its beginning, a pipe, is read now, up to so many.
///
/// # Errors
/// [`Unread`].
pub fn at(path: &Path, most: u64) -> Result<Box<dyn Octets>, Unread> {
    Ok(match Named::open(path)? {
        Named::File(file) => Box::new(file),
        pipe => Box::new(pipe.to_end(most)?),
    })
}

/// A piece of them; read as a stream, what is left of it.
pub(super) struct Piece<'b, B: ?Sized> {
    from: &'b B,
    at: Range<u64>,
}

impl<B: ?Sized> Clone for Piece<'_, B> {
    fn clone(&self) -> Self {
        Self { from: self.from, at: self.at.clone() }
    }
}

impl<'b, B: Octets + ?Sized> Piece<'b, B> {
    pub fn new(from: &'b B, at: Range<u64>) -> Self {
        Self { from, at }
    }

    pub fn octets(&self) -> u64 {
        self.at.end - self.at.start
    }

    /// So many of it, from this place in it.
    pub fn part(&self, offset: u64, octets: usize) -> io::Result<Vec<u8>> {
        let mut part = vec![0; octets];
        self.from.read_at(self.at.start + offset, &mut part)?;
        Ok(part)
    }

    /// All of it.
    pub fn whole(&self) -> io::Result<Vec<u8>> {
        self.part(0, usize::try_from(self.octets()).map_err(|_| io::ErrorKind::OutOfMemory)?)
    }
}

impl<B: Octets + ?Sized> Read for Piece<'_, B> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let octets = self.octets().min(to.len() as u64);
        // No more than `to` has room for.
        self.from.read_at(self.at.start, &mut to[..octets as usize])?;
        self.at.start += octets;
        Ok(octets as usize)
    }
}

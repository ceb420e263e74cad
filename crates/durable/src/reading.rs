//! One record of a file that others append to, for whoever knows where it is.

use crate::{
    Action, Error,
    append::{Digest, read_record},
    error::refused,
};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// A file of records for whoever knows where they are, whatever is appended to it meanwhile.
#[derive(Debug)]
pub struct Reading {
    path: PathBuf,
    file: File,
    digest: Digest,
}

impl Reading {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn open(path: &Path, digest: Digest) -> Result<Self, Error> {
        let file = File::open(path).map_err(refused(Action::Open, path))?;
        Ok(Self { path: path.to_owned(), file, digest })
    }

    /// The record that begins there; none where no whole one does.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn record(&self, start: u64) -> Result<Option<Vec<u8>>, Error> {
        let mut from = At { file: &self.file, place: start };
        Ok(read_record(&mut from, self.digest).map_err(refused(Action::Read, &self.path))?.map(|(record, _)| record))
    }
}

/// Reads a file from a place on, without moving the one that others read at.
struct At<'f> {
    file: &'f File,
    place: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.place)?;
        self.place += read as u64;
        Ok(read)
    }
}

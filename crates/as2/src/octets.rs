//! Octets that come one buffer after the other, for messages that are not held whole.
use std::io::{self, ErrorKind, Read};

use zeroize::Zeroizing;

use crate::error::Error;

/// Room for what is looked at in one piece: the longest header, and what comes after it.
const BUFFER_OCTETS: usize = 128 * 1024;

/// Why a layer of a message stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The layer around it failed, and knows why.
    Outside,
    /// What it read is wrong.
    Wrong(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Outside
    }
}

/// What a layer tells the one within it, which has nothing to say of it.
pub(crate) fn outside() -> io::Error {
    io::Error::from(ErrorKind::InvalidData)
}

/// What a layer says of itself to whoever writes to it.
pub(crate) fn wrong(error: Error) -> io::Error {
    io::Error::other(error)
}

/// A source with a buffer in front of it, which is overwritten when dropped.
pub(crate) struct Octets<'r> {
    source: &'r mut dyn Read,
    buffer: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
    position: u64,
    ended: bool,
}

impl<'r> Octets<'r> {
    pub(crate) fn new(source: &'r mut dyn Read) -> Self {
        let buffer = Zeroizing::new(vec![0; BUFFER_OCTETS]);
        Self { source, buffer, start: 0, end: 0, position: 0, ended: false }
    }

    /// What comes next: `least` octets or more, fewer only where the source ends.
    pub(crate) fn peek(&mut self, least: usize) -> io::Result<&[u8]> {
        debug_assert!(least <= BUFFER_OCTETS);
        if self.end - self.start < least && !self.ended {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < least && !self.ended {
                let read = read_some(self.source, &mut self.buffer[self.end..])?;
                self.end += read;
                self.ended = read == 0;
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Of what [`Self::peek`] gave.
    pub(crate) fn consume(&mut self, octets: usize) {
        debug_assert!(octets <= self.end - self.start);
        self.start += octets;
        self.position += octets as u64;
    }

    /// Octets consumed so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

impl Read for Octets<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && room.len() >= BUFFER_OCTETS / 2 {
            let read = if self.ended { 0 } else { read_some(self.source, room)? };
            self.ended |= read == 0;
            self.position += read as u64;
            return Ok(read);
        }
        let next = self.peek(1)?;
        let octets = next.len().min(room.len());
        room[..octets].copy_from_slice(&next[..octets]);
        self.consume(octets);
        Ok(octets)
    }
}

/// Reads once, whatever interrupts.
pub(crate) fn read_some(source: &mut dyn Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Reads to the end, for what a layer has to say of its end.
pub(crate) fn drain(source: &mut dyn Read) -> io::Result<()> {
    let mut room = Zeroizing::new(vec![0; BUFFER_OCTETS / 2]);
    while read_some(source, &mut room)? > 0 {}
    Ok(())
}

//! Splitting a multipart that is not held, by the rules of [`Parts`](super::Parts).
use std::io::{self, Read};

use memchr::{memchr, memmem};

use super::multipart::{BOUNDARY_OCTETS_MAX, delimiter};
use super::{PART, PARTS_MAX};
use crate::error::Error;
use crate::octets::{Octets, Stop, drain, outside};

/// Longest line of a boundary with the blanks behind it.
const LINE_OCTETS_MAX: usize = 4096;

/// A multipart, part by part; each is read until it ends.
pub(crate) struct Splitting<'r> {
    octets: Octets<'r>,
    /// A line feed, and `--boundary`.
    needle: Vec<u8>,
    /// Whether a line begins here.
    fresh: bool,
    /// At a boundary: whether it is the last one.
    ended: Option<bool>,
    parts: usize,
    failed: Option<Stop>,
}

impl<'r> Splitting<'r> {
    /// Reads up to the first part.
    pub(crate) fn open(source: &'r mut dyn Read, boundary: Option<&str>) -> Result<Self, Stop> {
        let boundary = boundary.map(str::as_bytes).ok_or(Error::Malformed(PART))?;
        if boundary.is_empty() || boundary.len() > BOUNDARY_OCTETS_MAX {
            return Err(Error::Malformed(PART).into());
        }
        let (octets, needle) = (Octets::new(source), [b"\n--", boundary].concat());
        let mut made = Self { octets, needle, fresh: true, ended: None, parts: 0, failed: None };
        made.skip()?;
        if made.ended == Some(true) {
            return Err(Error::Malformed(PART).into());
        }
        Ok(made)
    }

    /// Skips what is left of a part; whether another one begins.
    pub(crate) fn next(&mut self) -> Result<bool, Stop> {
        self.skip()?;
        if self.ended == Some(true) {
            return Ok(false);
        }
        if self.parts == PARTS_MAX {
            return Err(Error::TooMany { part: PART, limit: PARTS_MAX }.into());
        }
        self.parts += 1;
        (self.ended, self.fresh) = (None, true);
        Ok(true)
    }

    /// Reads what comes after the last part: whether it is blank.
    pub(crate) fn blank_after(mut self) -> Result<bool, Stop> {
        let mut blank = true;
        loop {
            let next = self.octets.peek(1)?;
            if next.is_empty() {
                return Ok(blank);
            }
            blank &= next.trim_ascii().is_empty();
            let octets = next.len();
            self.octets.consume(octets);
        }
    }

    fn skip(&mut self) -> Result<(), Stop> {
        if drain(self).is_err() {
            return Err(self.failed.take().unwrap_or(Stop::Outside));
        }
        Ok(())
    }

    fn piece(&mut self, room: &mut [u8]) -> Result<usize, Stop> {
        if self.ended.is_some() || (std::mem::take(&mut self.fresh) && self.at_delimiter(0)?) {
            return Ok(0);
        }
        let (needle, next) = (self.needle.len(), self.octets.peek(self.needle.len() + 1)?);
        let found = memmem::find(next, &self.needle);
        // Else all but what may become a boundary, with the line end before it.
        let mut octets = found.unwrap_or(next.len().saturating_sub(needle));
        if let Some(at) = found {
            octets -= usize::from(at > 0 && next[at - 1] == b'\r');
            if octets == 0 {
                if self.at_delimiter(at + 1)? {
                    return Ok(0);
                }
                octets = at + 1;
            }
        } else if octets == 0 {
            return Err(Error::Malformed(PART).into());
        }
        let octets = octets.min(room.len());
        let next = self.octets.peek(octets)?;
        room[..octets].copy_from_slice(&next[..octets]);
        self.octets.consume(octets);
        Ok(octets)
    }

    /// Takes the line that begins after so many octets, if it is a boundary.
    fn at_delimiter(&mut self, after: usize) -> Result<bool, Stop> {
        let next = self.octets.peek(after + LINE_OCTETS_MAX)?;
        let line = next.get(after..).unwrap_or_default();
        let whole = line.len() < LINE_OCTETS_MAX;
        let end = memchr(b'\n', line);
        let Some(last) = delimiter(&line[..end.unwrap_or(line.len())], &self.needle[1..]) else { return Ok(false) };
        if end.is_none() && !whole {
            return Err(Error::TooLong { part: PART, octets: line.len(), limit: LINE_OCTETS_MAX }.into());
        }
        let octets = after + end.map_or(line.len(), |end| end + 1);
        self.octets.consume(octets);
        self.ended = Some(last);
        Ok(true)
    }
}

impl Read for Splitting<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Err(outside());
        }
        self.piece(room).map_err(|stop| {
            self.failed = Some(stop);
            outside()
        })
    }
}

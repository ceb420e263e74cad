//! A signed content that is not held: its digests as it came and with CRLF at every line end.
use std::io::{self, Read};

use memchr::memchr_iter;
use zeroize::Zeroizing;

use crate::digest::{Digested, Hashing};
use crate::octets::read_some;

/// Read at once, where line ends are made.
const STEP_OCTETS: usize = 32 * 1024;

/// What becomes of line ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// There are none (`Content-Transfer-Encoding: binary`).
    Binary,
    /// Handed on as they came.
    Came,
    /// Handed on as CRLF.
    Canonical,
}

/// Hands a content on, and hashes it.
pub(crate) struct Lines<'r> {
    source: &'r mut dyn Read,
    came: Hashing,
    /// From the first line end on that is no CRLF.
    canonical: Option<Hashing>,
    form: Form,
    last: u8,
    made: Zeroizing<Vec<u8>>,
    taken: usize,
}

impl<'r> Lines<'r> {
    pub(crate) fn new(source: &'r mut dyn Read, came: Hashing, form: Form) -> Self {
        let made = Zeroizing::new(Vec::with_capacity(2 * STEP_OCTETS));
        Self { source, came, canonical: None, form, last: 0, made, taken: 0 }
    }

    /// Of the content as it came, and as [`canonical`](super::canonical) makes it, if that is another.
    pub(crate) fn finish(self) -> (Digested, Option<Digested>) {
        (self.came.finish(), self.canonical.map(Hashing::finish))
    }

    /// Hashes both forms; `made` gets the second.
    fn take(&mut self, octets: &[u8]) {
        if self.form == Form::Binary {
            return self.came.update(octets);
        }
        let mut start = 0;
        for at in memchr_iter(b'\n', octets) {
            let before = at.checked_sub(1).map_or(self.last, |before| octets[before]);
            if before != b'\r' {
                self.pass(&octets[start..at]);
                let came = &self.came;
                self.canonical.get_or_insert_with(|| came.clone()).update(b"\r");
                if self.form == Form::Canonical {
                    self.made.push(b'\r');
                }
                start = at;
            }
        }
        self.pass(&octets[start..]);
        self.last = octets.last().copied().unwrap_or(self.last);
    }

    fn pass(&mut self, octets: &[u8]) {
        self.came.update(octets);
        if let Some(canonical) = &mut self.canonical {
            canonical.update(octets);
        }
        if self.form == Form::Canonical {
            self.made.extend_from_slice(octets);
        }
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.form != Form::Canonical {
            let octets = read_some(self.source, room)?;
            self.take(&room[..octets]);
            return Ok(octets);
        }
        if self.taken == self.made.len() {
            self.made.clear();
            self.taken = 0;
            let mut step = Zeroizing::new([0; STEP_OCTETS]);
            let octets = read_some(self.source, &mut *step)?;
            self.take(&step[..octets]);
        }
        let octets = room.len().min(self.made.len() - self.taken);
        room[..octets].copy_from_slice(&self.made[self.taken..self.taken + octets]);
        self.taken += octets;
        Ok(octets)
    }
}

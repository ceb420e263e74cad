//! Content-Transfer-Encoding of a body that is not held, by the rules of [`decode`](super::decode).
use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{PART, transfer};
use crate::error::{Error, Feature};
use crate::octets::{Octets, Stop, drain, outside};

/// Decoded at once.
const STEP_OCTETS: usize = 48 * 1024;

enum Encoding {
    Plain,
    Base64,
    QuotedPrintable,
}

/// A body without its transfer encoding. Only [`Decoding::finish`] knows whether it is whole.
pub(crate) struct Decoding<'r> {
    octets: Octets<'r>,
    encoding: Encoding,
    /// Letters of Base64 that wait for others.
    letters: Zeroizing<Vec<u8>>,
    clear: Zeroizing<Vec<u8>>,
    taken: usize,
    ended: bool,
    failed: Option<Stop>,
}

impl<'r> Decoding<'r> {
    pub(crate) fn open(source: &'r mut dyn Read, encoding: Option<&str>) -> Result<Self, Error> {
        let encoding = match encoding.unwrap_or_default().to_ascii_lowercase().as_str() {
            _ if transfer::is_plain(encoding) => Encoding::Plain,
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::QuotedPrintable,
            _ => return Err(Error::Unsupported(Feature::TransferEncoding)),
        };
        Ok(Self {
            octets: Octets::new(source),
            encoding,
            letters: Zeroizing::new(Vec::with_capacity(2 * STEP_OCTETS)),
            clear: Zeroizing::new(Vec::with_capacity(2 * STEP_OCTETS)),
            taken: 0,
            ended: false,
            failed: None,
        })
    }

    /// Reads to the end: whether all of it is in the encoding.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        let _ = drain(&mut self);
        self.failed.map_or(Ok(()), Err)
    }

    fn step(&mut self) -> Result<(), Stop> {
        self.clear.clear();
        self.taken = 0;
        match self.encoding {
            Encoding::Plain => Ok(()),
            Encoding::Base64 => self.base64(),
            Encoding::QuotedPrintable => self.quoted_printable(),
        }
    }

    fn base64(&mut self) -> Result<(), Stop> {
        let next = self.octets.peek(1)?;
        let octets = next.len().min(STEP_OCTETS);
        self.ended = octets == 0;
        self.letters.extend(next[..octets].iter().filter(|octet| !octet.is_ascii_whitespace()));
        self.octets.consume(octets);
        // The last four may be padded, and nothing after them.
        let now = if self.ended { self.letters.len() } else { self.letters.len().saturating_sub(1) / 4 * 4 };
        let (letters, malformed) = (&self.letters[..now], Error::Malformed(PART));
        if !self.ended && letters.contains(&b'=') {
            return Err(malformed.into());
        }
        self.clear.resize(now / 4 * 3 + 3, 0);
        let octets = STANDARD.decode_slice(letters, &mut self.clear).map_err(|_| malformed)?;
        self.clear.truncate(octets);
        self.letters.drain(..now);
        Ok(())
    }

    fn quoted_printable(&mut self) -> Result<(), Stop> {
        let malformed = Error::Malformed(PART);
        while self.clear.len() < STEP_OCTETS && !self.ended {
            let next = self.octets.peek(3)?;
            let used = match *next {
                [] => {
                    self.ended = true;
                    0
                }
                [b'='] => 1,
                [b'=', b'\r', b'\n', ..] => 3,
                [b'=', b'\n', ..] => 2,
                [b'=', high, low, ..] => {
                    let digit = |octet: u8| char::from(octet).to_digit(16).ok_or(malformed);
                    self.clear.push((digit(high)? * 16 + digit(low)?) as u8);
                    3
                }
                [b'=', _] => return Err(malformed.into()),
                [octet, ..] => {
                    self.clear.push(octet);
                    1
                }
            };
            self.octets.consume(used);
        }
        Ok(())
    }
}

impl Read for Decoding<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if matches!(self.encoding, Encoding::Plain) {
            return self.octets.read(room).inspect_err(|_| self.failed = Some(Stop::Outside));
        }
        while self.taken == self.clear.len() && !self.ended && self.failed.is_none() {
            self.failed = self.step().err();
        }
        if self.failed.is_some() {
            return Err(outside());
        }
        let octets = room.len().min(self.clear.len() - self.taken);
        room[..octets].copy_from_slice(&self.clear[self.taken..self.taken + octets]);
        self.taken += octets;
        Ok(octets)
    }
}

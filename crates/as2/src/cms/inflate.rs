//! Decompressing a content that is not held.
use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;
use zeroize::Zeroizing;

use super::Kind;
use super::compressed::{Limits, packed};
use super::shell::Shell;
use crate::error::{Error, Part};
use crate::octets::{Octets, Stop, drain, outside};

/// The content of a compressed message. Only [`Inflating::finish`] knows whether it is whole.
pub(crate) struct Inflating<'r> {
    decoder: ZlibDecoder<Packed<'r>>,
    limits: Limits,
    octets: usize,
    wrong: Option<Error>,
}

impl<'r> Inflating<'r> {
    pub(crate) fn open(octets: Octets<'r>, limits: Limits) -> Result<Self, Stop> {
        let shell = Shell::open(octets, Kind::Compressed)?;
        let buffer = Zeroizing::new(vec![0; 64 * 1024]);
        let packed = Packed { shell, buffer, start: 0, end: 0, octets: 0, failed: None };
        Ok(Self { decoder: ZlibDecoder::new(packed), limits, octets: 0, wrong: None })
    }

    /// Reads to the end: whether all of it is well-formed and within the limits.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        let _ = drain(&mut self);
        let consumed = self.decoder.total_in();
        let mut source = self.decoder.into_inner();
        let _ = drain(&mut source);
        if let Some(failed) = source.failed {
            return Err(failed);
        }
        // Of damage in both, that around the content is told, as of a message that is held.
        packed(&source.shell.finish()?)?;
        if let Some(wrong) = self.wrong {
            return Err(wrong.into());
        }
        let most = self.limits.most(usize::try_from(source.octets).unwrap_or(usize::MAX));
        if self.octets > most {
            return Err(too_long(self.octets, most).into());
        }
        if consumed == source.octets { Ok(()) } else { Err(Error::Decompression.into()) }
    }

    /// The greatest length, as far as it is known before the end: the ratio's only of a content in one piece.
    fn most(&self) -> usize {
        let whole = self.decoder.get_ref().shell.content_octets();
        whole.map_or(self.limits.octets, |octets| self.limits.most(usize::try_from(octets).unwrap_or(usize::MAX)))
    }
}

fn too_long(octets: usize, limit: usize) -> Error {
    Error::TooLong { part: Part::CompressedData, octets, limit }
}

impl Read for Inflating<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.wrong.is_some() {
            return Err(outside());
        }
        let Ok(read) = self.decoder.read(room) else {
            self.wrong = Some(Error::Decompression);
            return Err(outside());
        };
        self.octets = self.octets.saturating_add(read);
        let most = self.most();
        if self.octets > most {
            self.wrong = Some(too_long(self.octets, most));
            return Err(outside());
        }
        Ok(read)
    }
}

/// What is compressed.
struct Packed<'r> {
    shell: Shell<'r>,
    buffer: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
    /// All that was read.
    octets: u64,
    failed: Option<Stop>,
}

impl BufRead for Packed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.failed.is_some() {
            return Err(outside());
        }
        if self.start == self.end {
            match self.shell.read(&mut self.buffer) {
                Ok(octets) => (self.start, self.end) = (0, octets),
                Err(stop) => {
                    self.failed = Some(stop);
                    return Err(outside());
                }
            }
            self.octets += self.end as u64;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, octets: usize) {
        self.start += octets;
    }
}

impl Read for Packed<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let next = self.fill_buf()?;
        let octets = next.len().min(room.len());
        room[..octets].copy_from_slice(&next[..octets]);
        self.consume(octets);
        Ok(octets)
    }
}

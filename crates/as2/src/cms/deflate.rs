//! Compressing a content that is not held.
use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress, Status};
use zeroize::Zeroizing;

use super::compressed::before;
use super::frame::{Frame, PIECE_OCTETS};
use super::{ID_COMPRESSED_DATA, ID_DATA};
use crate::error::Error;
use crate::octets::wrong;

/// Compresses what is written to it. It is a message once [`Deflating::finish`] has returned.
pub(crate) struct Deflating<'w> {
    frame: Frame<'w>,
    zlib: Compress,
    packed: Zeroizing<Vec<u8>>,
}

impl<'w> Deflating<'w> {
    pub(crate) fn begin(sink: &'w mut dyn Write) -> io::Result<Self> {
        let frame = Frame::explicit(sink, ID_COMPRESSED_DATA, &before(), ID_DATA)?;
        let packed = Zeroizing::new(Vec::with_capacity(PIECE_OCTETS));
        Ok(Self { frame, zlib: Compress::new(Compression::default(), true), packed })
    }

    /// Compresses the rest, and ends the message.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        while self.step(&[], FlushCompress::Finish)?.1 != Status::StreamEnd {}
        self.frame.piece(&self.packed)?;
        self.frame.finish(&[])
    }

    /// Octets taken, and whether there is more to come.
    fn step(&mut self, octets: &[u8], flush: FlushCompress) -> io::Result<(usize, Status)> {
        if self.packed.len() == self.packed.capacity() {
            self.frame.piece(&self.packed)?;
            self.packed.clear();
        }
        let before = self.zlib.total_in();
        let status =
            self.zlib.compress_vec(octets, &mut self.packed, flush).map_err(|_| wrong(Error::Decompression))?;
        Ok(((self.zlib.total_in() - before) as usize, status))
    }
}

impl Write for Deflating<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        // What zlib does not take while its room is full it takes once that is empty.
        loop {
            let (taken, _) = self.step(octets, FlushCompress::None)?;
            if taken > 0 || octets.is_empty() {
                return Ok(taken);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

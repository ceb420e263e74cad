//! A CMS structure whose content is not held: BER of indefinite length around an octet string in pieces
//! (X.690, 8.1.3.6 and 8.7.3).
use std::io::{self, Write};

use crate::ber::{CONSTRUCTED, END};
use crate::tlv::{self, OCTET_STRING, SEQUENCE};

/// Longest piece that is written.
pub(super) const PIECE_OCTETS: usize = 64 * 1024;
const INDEFINITE: u8 = 0x80;

/// What is begun and not ended can be no message: the marks at its end are missing.
pub(super) struct Frame<'w> {
    sink: &'w mut dyn Write,
    /// Structures around the content that end with it.
    around_content: usize,
}

impl<'w> Frame<'w> {
    /// Begins a ContentInfo: `before` are the structure's fields up to the SEQUENCE with the content,
    /// `describing` that one's fields up to the content, in whose place `[0]` stands.
    pub(super) fn implicit(
        sink: &'w mut dyn Write,
        content_type: &[u8],
        before: &[u8],
        describing: &[u8],
    ) -> io::Result<Self> {
        begin(sink, content_type, before, describing)?;
        Ok(Self { sink, around_content: 2 })
    }

    /// As [`Frame::implicit`], where `[0]` stands around the content.
    pub(super) fn explicit(
        sink: &'w mut dyn Write,
        content_type: &[u8],
        before: &[u8],
        describing: &[u8],
    ) -> io::Result<Self> {
        begin(sink, content_type, before, describing)?;
        sink.write_all(&[OCTET_STRING | CONSTRUCTED, INDEFINITE])?;
        Ok(Self { sink, around_content: 3 })
    }

    /// The next octets of the content.
    pub(super) fn piece(&mut self, octets: &[u8]) -> io::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        self.sink.write_all(&tlv::header(OCTET_STRING, octets.len()))?;
        self.sink.write_all(octets)
    }

    /// Ends the content, writes the fields after it, and ends the message.
    pub(super) fn finish(self, after: &[u8]) -> io::Result<()> {
        // The structure, its [0], ContentInfo.
        let end = [&END.repeat(self.around_content), after, &END.repeat(3)].concat();
        self.sink.write_all(&end)
    }
}

fn begin(sink: &mut dyn Write, content_type: &[u8], before: &[u8], describing: &[u8]) -> io::Result<()> {
    let (sequence, tagged) = ([SEQUENCE, INDEFINITE], [tlv::context(0), INDEFINITE]);
    let fields = [&sequence[..], content_type, &tagged, &sequence, before, &sequence, describing, &tagged];
    sink.write_all(&fields.concat())
}

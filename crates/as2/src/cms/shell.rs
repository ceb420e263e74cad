//! A CMS structure whose content is not held: what stands around the content is made DER, with nothing in the
//! content's place, and judged by what reads whole messages.
use zeroize::Zeroizing;

use super::{ID_AUTH_ENVELOPED_DATA, Kind};
use crate::ber::{self, CONSTRUCTED, DEPTH_MAX, END};
use crate::error::{Error, Part};
use crate::octets::{Octets, Stop};
use crate::tlv::{self, Node, OCTET_STRING, loose_header};

/// Most octets around a content: recipients, certificates, signatures.
pub const AROUND_OCTETS_MAX: usize = 1024 * 1024;

/// Longest tag and length of BER that is read.
const HEADER_OCTETS_MAX: usize = 10;
const MALFORMED: Stop = Stop::Wrong(Error::Malformed(Part::Ber));

/// One of the structures around the content.
#[derive(Default)]
struct Level {
    tag: u8,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// ContentInfo, its `[0]`, the structure in it, the SEQUENCE with the content, and for what is signed or
/// compressed the content's own `[0]`.
pub(super) struct Shell<'r> {
    octets: Octets<'r>,
    kind: Kind,
    levels: Vec<Level>,
    /// Where each open structure ends, those of a content in pieces included; `None`: at two zero octets.
    ends: Vec<Option<u64>>,
    collected: usize,
    /// Whether a content was found.
    content: bool,
    /// Octets left of the piece that is read.
    left: u64,
    /// Length of a content in one piece.
    length: Option<u64>,
}

impl<'r> Shell<'r> {
    /// Reads up to the content of a message of this kind.
    pub(super) fn open(octets: Octets<'r>, kind: Kind) -> Result<Self, Stop> {
        let mut shell = Self {
            octets,
            kind,
            levels: Vec::new(),
            ends: Vec::new(),
            collected: 0,
            content: false,
            left: 0,
            length: None,
        };
        shell.enter(tlv::SEQUENCE)?;
        shell.collect()?; // the content's type
        shell.enter(tlv::context(0))?;
        shell.enter(tlv::SEQUENCE)?;
        shell.find_content()?;
        Ok(shell)
    }

    /// What is missing is for the judge of the whole: then everything is collected.
    fn find_content(&mut self) -> Result<(), Stop> {
        // CompressedData has an AlgorithmIdentifier before the SEQUENCE that holds the content.
        let mut others = u8::from(self.kind == Kind::Compressed);
        loop {
            match self.next_tag()? {
                None => return Ok(()),
                Some(tlv::SEQUENCE) if others == 0 => break,
                Some(tag) => {
                    others -= u8::from(tag == tlv::SEQUENCE);
                    self.collect()?;
                }
            }
        }
        self.enter(tlv::SEQUENCE)?;
        loop {
            match (self.kind, self.next_tag()?) {
                (_, None) => return Ok(()),
                (Kind::Encrypted, Some(tag)) if tag & !CONSTRUCTED == tlv::context_primitive(0) => {
                    return self.begin(tag);
                }
                (Kind::Signed | Kind::Compressed, Some(tag)) if tag == tlv::context(0) => break,
                _ => self.collect()?,
            }
        }
        self.enter(tlv::context(0))?;
        match self.next_tag()? {
            Some(tag) if tag & !CONSTRUCTED == OCTET_STRING => self.begin(tag),
            _ => Ok(()),
        }
    }

    /// A content in one piece or several.
    fn begin(&mut self, tag: u8) -> Result<(), Stop> {
        self.content = true;
        match (self.header()?.1, tag & CONSTRUCTED == 0) {
            (Some(length), true) => (self.left, self.length) = (length, Some(length)),
            (None, true) => return Err(MALFORMED),
            (length, false) => self.push(length),
        }
        Ok(())
    }

    /// Length of the content, where it is in one piece.
    pub(super) fn content_octets(&self) -> Option<u64> {
        self.length
    }

    /// Octets of the content; zero at its end.
    pub(super) fn read(&mut self, room: &mut [u8]) -> Result<usize, Stop> {
        while self.left == 0 {
            if self.ends.len() == self.levels.len() {
                return Ok(0);
            }
            if !self.more()? {
                self.leave();
                continue;
            }
            match self.header()? {
                (OCTET_STRING, Some(length)) => self.left = length,
                (tag, length) if tag == OCTET_STRING | CONSTRUCTED => {
                    self.check_depth()?;
                    self.push(length);
                }
                _ => return Err(MALFORMED),
            }
        }
        let next = self.octets.peek(1)?;
        if next.is_empty() {
            return Err(MALFORMED);
        }
        let octets = next.len().min(room.len()).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        room[..octets].copy_from_slice(&next[..octets]);
        self.octets.consume(octets);
        self.left -= octets as u64;
        Ok(octets)
    }

    /// What came before the content, as DER of a whole message, with a tag of zeros where one comes later.
    pub(super) fn before(&self) -> Vec<u8> {
        const TAG: [u8; 18] = [OCTET_STRING, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let tagged = self.levels.first().is_some_and(|info| info.before == ID_AUTH_ENVELOPED_DATA);
        self.to_der(if tagged { &TAG } else { &[] })
    }

    /// Skips what is left of the content; then all that stands around it, as DER of a whole message.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Stop> {
        let mut room = Zeroizing::new(vec![0; 64 * 1024]);
        while self.read(&mut room)? > 0 {}
        while !self.ends.is_empty() {
            while self.more()? {
                self.collect()?;
            }
            self.leave();
        }
        if !self.octets.peek(1)?.is_empty() {
            return Err(MALFORMED);
        }
        Ok(self.to_der(&[]))
    }

    fn to_der(&self, fields_after: &[u8]) -> Vec<u8> {
        let content = self.content.then(|| match self.kind {
            Kind::Encrypted => Node::Value(tlv::context_primitive(0), &[]),
            Kind::Signed | Kind::Compressed => Node::Value(OCTET_STRING, &[]),
        });
        let whole = self.levels.iter().enumerate().rev().fold(content, |inner, (at, level)| {
            let mut nodes = vec![Node::Encoded(&level.before)];
            nodes.extend(inner);
            nodes.push(Node::Encoded(&level.after));
            // The third level's fields.
            nodes.push(Node::Encoded(if at == 2 { fields_after } else { &[] }));
            Some(Node::Around(level.tag, nodes))
        });
        whole.map(|node| node.to_der()).unwrap_or_default()
    }

    fn enter(&mut self, tag: u8) -> Result<(), Stop> {
        let (found, length) = self.header()?;
        if found != tag {
            return Err(MALFORMED);
        }
        self.levels.push(Level { tag, ..Level::default() });
        self.push(length);
        Ok(())
    }

    fn push(&mut self, length: Option<u64>) {
        self.ends.push(length.map(|length| self.octets.position() + length));
    }

    fn leave(&mut self) {
        if self.ends.pop() == Some(None) {
            self.octets.consume(END.len());
        }
    }

    fn check_depth(&self) -> Result<(), Error> {
        if self.ends.len() < DEPTH_MAX { Ok(()) } else { Err(Error::TooMany { part: Part::Ber, limit: DEPTH_MAX }) }
    }

    /// Where the innermost structure of known length ends.
    fn bound(&self) -> u64 {
        self.ends.iter().rev().find_map(|end| *end).unwrap_or(u64::MAX)
    }

    /// Whether the innermost structure goes on.
    fn more(&mut self) -> Result<bool, Stop> {
        match self.ends.last() {
            None => Ok(false),
            Some(Some(end)) => Ok(self.octets.position() < *end),
            Some(None) => Ok(!self.at_end_mark()?),
        }
    }

    fn at_end_mark(&mut self) -> Result<bool, Stop> {
        let room = self.bound() - self.octets.position();
        let next = self.octets.peek(END.len())?;
        if next.is_empty() || room == 0 {
            return Err(MALFORMED);
        }
        Ok(room >= END.len() as u64 && next.starts_with(&END))
    }

    fn next_tag(&mut self) -> Result<Option<u8>, Stop> {
        if !self.more()? {
            return Ok(None);
        }
        self.octets.peek(1)?.first().copied().map(Some).ok_or(MALFORMED)
    }

    /// Tag and length, within what is around them.
    fn header(&mut self) -> Result<(u8, Option<u64>), Stop> {
        let (tag, octets, length) = loose_header(self.octets.peek(HEADER_OCTETS_MAX)?, Part::Ber)?;
        let length = length.map(|length| length as u64);
        let end = (self.octets.position() + octets as u64).checked_add(length.unwrap_or(0));
        if end.is_none_or(|end| end > self.bound()) {
            return Err(MALFORMED);
        }
        self.octets.consume(octets);
        Ok((tag, length))
    }

    /// One value, as DER, to the others of its level.
    fn collect(&mut self) -> Result<(), Stop> {
        let (mut raw, depth) = (Vec::new(), self.ends.len());
        self.copy(&mut raw, depth)?;
        self.collected += raw.len();
        let made = ber::definite_within(&raw, depth)?;
        let level = self.ends.len() - 1;
        let inside = self.content || level + 1 < self.levels.len();
        if let Some(level) = self.levels.get_mut(level) {
            let place = if inside { &mut level.after } else { &mut level.before };
            place.extend_from_slice(made.as_deref().map_or(&raw, |made| made));
        }
        Ok(())
    }

    fn copy(&mut self, raw: &mut Vec<u8>, depth: usize) -> Result<(), Stop> {
        if depth >= DEPTH_MAX {
            return Err(Error::TooMany { part: Part::Ber, limit: DEPTH_MAX }.into());
        }
        let (_, octets, _) = loose_header(self.octets.peek(HEADER_OCTETS_MAX)?, Part::Ber)?;
        raw.extend_from_slice(&self.octets.peek(octets)?[..octets]);
        let (tag, length) = self.header()?;
        let Some(length) = length else {
            if tag & CONSTRUCTED == 0 {
                return Err(MALFORMED);
            }
            while !self.at_end_mark()? {
                self.copy(raw, depth + 1)?;
            }
            self.octets.consume(END.len());
            raw.extend_from_slice(&END);
            return self.check_collected(raw.len() as u64);
        };
        self.check_collected(raw.len() as u64 + length)?;
        let mut left = usize::try_from(length).map_err(|_| MALFORMED)?;
        while left > 0 {
            let next = self.octets.peek(1)?;
            let octets = next.len().min(left);
            if octets == 0 {
                return Err(MALFORMED);
            }
            raw.extend_from_slice(&next[..octets]);
            self.octets.consume(octets);
            left -= octets;
        }
        Ok(())
    }

    fn check_collected(&self, more: u64) -> Result<(), Stop> {
        let octets = usize::try_from(more).unwrap_or(usize::MAX).saturating_add(self.collected);
        if octets <= AROUND_OCTETS_MAX {
            return Ok(());
        }
        Err(Error::TooLong { part: Part::Ber, octets, limit: AROUND_OCTETS_MAX }.into())
    }
}

//! DER's tag, length, value: a reader that borrows and a writer that allocates once.
//!
//! Reading is not recursive, so that a message cannot choose our stack's depth. Lengths are definite and
//! shortest (DER); tags have one octet. Nothing is allocated.
use crate::error::{Error, Feature, Part};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// `[n]` around a constructed value, or in place of a constructed tag.
pub(crate) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// `[n]` in place of a primitive tag.
pub(crate) const fn context_primitive(n: u8) -> u8 {
    0x80 | n
}

/// One value as read.
#[derive(Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    /// Tag and length included.
    pub(crate) whole: &'a [u8],
}

/// Reads values one after the other.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    part: Part,
}

impl<'a> Reader<'a> {
    /// `part` is what a refusal will name.
    pub(crate) fn new(bytes: &'a [u8], part: Part) -> Self {
        Self { rest: bytes, part }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Error> {
        let malformed = Error::Malformed(self.part);
        let (tag, length, header) = match *self.rest {
            // Tags above 30 take further octets; no structure read here has one.
            [tag, ..] if tag & 0x1f == 0x1f => return Err(malformed),
            [_, 0x80, ..] => return Err(Error::Unsupported(Feature::IndefiniteLength)),
            [tag, length @ ..=0x7f, ..] => (tag, usize::from(length), 2),
            [tag, 0x81, a, ..] if a >= 0x80 => (tag, usize::from(a), 3),
            [tag, 0x82, a, b, ..] if a > 0 => (tag, usize::from(u16::from_be_bytes([a, b])), 4),
            [tag, 0x83, a, b, c, ..] if a > 0 => (tag, long_length([0, a, b, c], malformed)?, 5),
            [tag, 0x84, a, b, c, d, ..] if a > 0 => (tag, long_length([a, b, c, d], malformed)?, 6),
            _ => return Err(malformed),
        };
        let end = length.checked_add(header).ok_or(malformed)?;
        let (whole, rest) = self.rest.split_at_checked(end).ok_or(malformed)?;
        self.rest = rest;
        Ok(Tlv { tag, contents: &whole[header..], whole })
    }

    /// The next value, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Error> {
        let value = self.any()?;
        if value.tag == tag { Ok(value) } else { Err(Error::Malformed(self.part)) }
    }

    /// The next value if it has this tag; else nothing is consumed.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Error> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// The contents of the next value, to be read for themselves.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Error> {
        Ok(Reader::new(self.expect(tag)?.contents, self.part))
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Malformed(self.part)) }
    }
}

/// Octets of a header, and what it says of the length: `None` is indefinite. BER: lengths need not be shortest.
pub(crate) fn loose_header(bytes: &[u8], part: Part) -> Result<(u8, usize, Option<usize>), Error> {
    let malformed = Error::Malformed(part);
    match *bytes {
        [tag, ..] if tag & 0x1f == 0x1f => Err(malformed),
        [tag, 0x80, ..] => Ok((tag, 2, None)),
        [tag, length @ ..=0x7f, ..] => Ok((tag, 2, Some(usize::from(length)))),
        [tag, long, ref rest @ ..] => {
            let octets = rest.get(..usize::from(long & 0x7f)).filter(|octets| octets.len() <= 8).ok_or(malformed)?;
            let length = octets.iter().fold(0_u64, |length, octet| (length << 8) | u64::from(*octet));
            Ok((tag, 2 + octets.len(), Some(usize::try_from(length).map_err(|_| malformed)?)))
        }
        _ => Err(malformed),
    }
}

fn long_length(octets: [u8; 4], malformed: Error) -> Result<usize, Error> {
    usize::try_from(u32::from_be_bytes(octets)).map_err(|_| malformed)
}

/// One value to write.
pub(crate) enum Node<'a> {
    /// DER that is copied as it is: tag and length stand in it.
    Encoded(&'a [u8]),
    /// A tag and its contents.
    Value(u8, &'a [u8]),
    /// A tag and so many zero octets, to be filled by the caller.
    Blank(u8, usize),
    /// A tag and its contents in pieces, to be joined.
    Joined(u8, Vec<&'a [u8]>),
    /// A tag around other values.
    Around(u8, Vec<Node<'a>>),
}

impl Node<'_> {
    /// The DER, in one allocation that never grows: no copy of the contents stays behind.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.whole_len());
        self.write(&mut out);
        debug_assert_eq!(out.len(), self.whole_len());
        out
    }

    fn contents_len(&self) -> usize {
        match self {
            Self::Encoded(bytes) | Self::Value(_, bytes) => bytes.len(),
            Self::Blank(_, octets) => *octets,
            Self::Joined(_, pieces) => pieces.iter().map(|piece| piece.len()).sum(),
            Self::Around(_, nodes) => nodes.iter().map(Node::whole_len).sum(),
        }
    }

    /// Octets that [`Node::to_der`] will have.
    pub(crate) fn whole_len(&self) -> usize {
        let contents = self.contents_len();
        match self {
            Self::Encoded(_) => contents,
            _ => contents + 1 + length_octets(contents).count(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let contents = self.contents_len();
        match self {
            Self::Encoded(bytes) => out.extend_from_slice(bytes),
            Self::Value(tag, bytes) => {
                write_header(out, *tag, contents);
                out.extend_from_slice(bytes);
            }
            Self::Blank(tag, octets) => {
                write_header(out, *tag, contents);
                out.resize(out.len() + octets, 0);
            }
            Self::Joined(tag, pieces) => {
                write_header(out, *tag, contents);
                pieces.iter().for_each(|piece| out.extend_from_slice(piece));
            }
            Self::Around(tag, nodes) => {
                write_header(out, *tag, contents);
                nodes.iter().for_each(|node| node.write(out));
            }
        }
    }
}

/// Tag and length of a value.
pub(crate) fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut header = Vec::new();
    write_header(&mut header, tag, length);
    header
}

fn write_header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    out.extend(length_octets(length));
}

/// The shortest encoding of a length (X.690, 8.1.3).
fn length_octets(length: usize) -> impl Iterator<Item = u8> {
    let octets = length.to_be_bytes();
    let skipped = octets.iter().take_while(|octet| **octet == 0).count();
    let long = octets.len() - skipped;
    let first = if length < 0x80 { None } else { Some(0x80 | long as u8) };
    // A short length is its own single octet; zero has no octet that is not zero.
    let from = skipped.min(octets.len() - 1);
    first.into_iter().chain(octets.into_iter().skip(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_shortest_and_read_back() {
        for (length, expected) in [
            (0, vec![0x00]),
            (1, vec![0x01]),
            (127, vec![0x7f]),
            (128, vec![0x81, 0x80]),
            (255, vec![0x81, 0xff]),
            (256, vec![0x82, 0x01, 0x00]),
            (65_536, vec![0x83, 0x01, 0x00, 0x00]),
            (16_777_216, vec![0x84, 0x01, 0x00, 0x00, 0x00]),
        ] {
            assert_eq!(length_octets(length).collect::<Vec<_>>(), expected);
            let der = Node::Blank(OCTET_STRING, length).to_der();
            assert_eq!(der[1..=expected.len()], expected);
            let mut reader = Reader::new(&der, Part::Message);
            assert_eq!(reader.expect(OCTET_STRING).map(|value| value.contents.len()), Ok(length));
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn what_is_not_der_is_refused() {
        let malformed = Err(Error::Malformed(Part::Message));
        for (bytes, expected) in [
            (&[][..], malformed),
            (&[0x04], malformed),
            (&[0x04, 0x01], malformed),
            (&[0x1f, 0x81, 0x01, 0x00], malformed),
            (&[0x04, 0x81, 0x7f], malformed),
            (&[0x04, 0x82, 0x00, 0x80], malformed),
            (&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff], malformed),
            (&[0x04, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00], malformed),
            (&[0x30, 0x80, 0x00, 0x00], Err(Error::Unsupported(Feature::IndefiniteLength))),
        ] {
            assert_eq!(Reader::new(bytes, Part::Message).any().map(|value| value.tag), expected, "{bytes:x?}");
        }
    }
}

//! BER as old partners write it, made DER's form: definite shortest lengths, octet strings in one piece.
//!
//! Indefinite lengths and octet strings in pieces come from whoever streams (BouncyCastle, `openssl cms
//! -stream`). Values keep their order and their contents; sets are not sorted.
use zeroize::Zeroizing;

use crate::error::{Error, Part};
use crate::tlv::{Node, OCTET_STRING, loose_header};

/// Deepest nesting read: a certificate in a message has about ten levels.
pub(crate) const DEPTH_MAX: usize = 32;
/// Most values read: 256 MB in pieces of 512 octets.
const VALUES_MAX: usize = 512 * 1024;
pub(crate) const CONSTRUCTED: u8 = 0x20;
pub(crate) const END: [u8; 2] = [0, 0];

/// The message with definite lengths; `None` where it has them already. Octets after it are refused.
///
/// # Errors
/// [`Error::Malformed`]; [`Error::TooMany`] beyond the limits of depth and values.
pub(crate) fn definite(bytes: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    definite_within(bytes, 0)
}

/// As [`definite`], for a value that so many others are around.
///
/// # Errors
/// As [`definite`].
pub(crate) fn definite_within(bytes: &[u8], depth: usize) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let mut walk = Walk { rest: bytes, values: 0, loose: false };
    let node = walk.value(depth)?;
    if !walk.rest.is_empty() {
        return Err(Error::Malformed(Part::Ber));
    }
    Ok(walk.loose.then(|| Zeroizing::new(node.to_der())))
}

struct Walk<'a> {
    rest: &'a [u8],
    values: usize,
    /// Whether anything was not as DER has it.
    loose: bool,
}

impl<'a> Walk<'a> {
    fn value(&mut self, depth: usize) -> Result<Node<'a>, Error> {
        self.values += 1;
        if depth >= DEPTH_MAX || self.values > VALUES_MAX {
            let limit = if depth >= DEPTH_MAX { DEPTH_MAX } else { VALUES_MAX };
            return Err(Error::TooMany { part: Part::Ber, limit });
        }
        let (tag, header, length) = loose_header(self.rest, Part::Ber)?;
        self.rest = &self.rest[header..];
        let Some(length) = length else {
            self.loose = true;
            return self.constructed(tag, depth);
        };
        let (contents, after) = self.rest.split_at_checked(length).ok_or(Error::Malformed(Part::Ber))?;
        self.loose |= header != Node::Value(tag, contents).whole_len() - length;
        self.rest = after;
        if tag & CONSTRUCTED == 0 {
            return Ok(Node::Value(tag, contents));
        }
        let mut inside = Walk { rest: contents, values: self.values, loose: self.loose };
        let node = inside.constructed_within(tag, depth)?;
        (self.values, self.loose) = (inside.values, inside.loose);
        Ok(node)
    }

    /// Values up to the end that two zero octets mark.
    fn constructed(&mut self, tag: u8, depth: usize) -> Result<Node<'a>, Error> {
        if tag & CONSTRUCTED == 0 {
            return Err(Error::Malformed(Part::Ber));
        }
        let mut nodes = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(&END) {
                self.rest = rest;
                return self.join(tag, nodes);
            }
            nodes.push(self.value(depth + 1)?);
        }
    }

    /// Values up to the end of the contents.
    fn constructed_within(&mut self, tag: u8, depth: usize) -> Result<Node<'a>, Error> {
        let mut nodes = Vec::new();
        while !self.rest.is_empty() {
            nodes.push(self.value(depth + 1)?);
        }
        self.join(tag, nodes)
    }

    fn join(&mut self, tag: u8, nodes: Vec<Node<'a>>) -> Result<Node<'a>, Error> {
        if tag != OCTET_STRING | CONSTRUCTED {
            return Ok(Node::Around(tag, nodes));
        }
        self.loose = true;
        let mut pieces = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Value(OCTET_STRING, piece) => pieces.push(piece),
                Node::Joined(OCTET_STRING, inner) => pieces.extend(inner),
                _ => return Err(Error::Malformed(Part::Ber)),
            }
        }
        Ok(Node::Joined(OCTET_STRING, pieces))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        definite(bytes).map(|der| der.map(|der| der.to_vec()))
    }

    #[test]
    fn lengths_become_definite_and_pieces_one() {
        assert_eq!(made(&[0x30, 3, 2, 1, 5]), Ok(None));
        assert_eq!(made(&[0x30, 0x80, 2, 1, 5, 0, 0]), Ok(Some(vec![0x30, 3, 2, 1, 5])));
        assert_eq!(made(&[0x30, 0x81, 3, 2, 1, 5]), Ok(Some(vec![0x30, 3, 2, 1, 5])));
        let pieces = [0x24, 0x80, 4, 1, 7, 0x24, 3, 4, 1, 8, 4, 0, 0, 0];
        assert_eq!(made(&pieces), Ok(Some(vec![4, 2, 7, 8])));
    }

    #[test]
    fn what_is_no_ber_or_too_deep_is_refused() {
        let malformed = Err(Error::Malformed(Part::Ber));
        let cases: [&[u8]; 6] = [
            b"",
            b"\x30\x80\x02\x01\x05",
            b"\x04\x80\0\0",
            b"\x30\x89\0\0\0\0\0\0\0\0\0",
            b"\x24\x03\x02\x01\x01",
            b"\x05\0\0",
        ];
        for bytes in cases {
            assert_eq!(made(bytes), malformed, "{bytes:x?}");
        }
        let deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(made(&deep), Err(Error::TooMany { part: Part::Ber, limit: DEPTH_MAX }));
        let many = [&[0x30, 0x84, 0, 0x20, 0, 0][..], &[5, 0].repeat(1 << 20)].concat();
        assert_eq!(made(&many), Err(Error::TooMany { part: Part::Ber, limit: VALUES_MAX }));
    }
}

//! MIME as far as AS2 needs it (RFC 2045, 2046, 2183), with every octet where it was: a MIC is over octets.
//!
//! Lines end with CRLF; a lone LF is read as one where it ends a header or goes before a boundary.
mod decoding;
mod header;
mod lines;
mod multipart;
mod splitting;
mod transfer;

pub(crate) use decoding::Decoding;
pub use header::{HEADERS_MAX, HEADERS_OCTETS_MAX, Headers, MediaType, PARAMETERS_MAX, file_name};
pub(crate) use lines::{Form, Lines};
pub use multipart::{PARTS_MAX, Parts};
pub(crate) use splitting::Splitting;
pub(crate) use transfer::{base64_lines, is_plain};
pub use transfer::{canonical, decode};

use crate::error::{Error, Part};
use crate::octets::{Octets, Stop};

/// A header and a body: what a part of a multipart is, or what was signed, encrypted or compressed.
#[derive(Clone)]
pub struct Entity<'a> {
    /// The header's fields.
    pub headers: Headers,
    /// What comes after the empty line, as it came.
    pub body: &'a [u8],
    /// All octets: header, empty line and body.
    pub whole: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Splits at the first empty line.
    ///
    /// # Errors
    /// [`Error::Malformed`] without an empty line or with a line that is no field; [`Error::TooLong`],
    /// [`Error::TooMany`] beyond [`HEADERS_OCTETS_MAX`] and [`HEADERS_MAX`].
    pub fn read(whole: &'a [u8]) -> Result<Self, Error> {
        let (head, body) = header::split(whole)?;
        Ok(Self { headers: Headers::read(head)?, body, whole })
    }

    /// Whether the body has no transfer encoding to be taken off.
    pub(crate) fn is_plain(&self) -> bool {
        is_plain(self.headers.get("content-transfer-encoding"))
    }

    /// The body without its Content-Transfer-Encoding.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`].
    pub fn decoded(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
        decode(self.body, self.headers.get("content-transfer-encoding"))
    }
}

/// The header at the beginning of what is not held, and its octets with the empty line: looked at, not taken.
///
/// # Errors
/// As [`Entity::read`].
pub(crate) fn peek_header(octets: &mut Octets<'_>) -> Result<(Headers, Vec<u8>), Stop> {
    let next = octets.peek(HEADERS_OCTETS_MAX + 2)?;
    let (head, body) = header::split(next)?;
    Ok((Headers::read(head)?, next[..next.len() - body.len()].to_vec()))
}

/// What a refusal of MIME names.
const PART: Part = Part::Mime;

//! Splitting a multipart (RFC 2046, 5.1.1) without touching an octet of its parts.
use memchr::{memchr, memmem};

use super::PART;
use crate::error::Error;

/// Most parts of one multipart.
pub const PARTS_MAX: usize = 64;
pub(super) const BOUNDARY_OCTETS_MAX: usize = 200;

/// The parts of a multipart, as they came.
pub struct Parts<'a> {
    /// Header and body of each; the line end before a boundary is the boundary's.
    pub parts: Vec<&'a [u8]>,
    /// What comes after the last boundary and its line end; it belongs to nothing.
    pub epilogue: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Splits `body` at lines of `--boundary`. The last must be `--boundary--`.
    ///
    /// # Errors
    /// [`Error::Malformed`] without a good boundary, a part or the last boundary; [`Error::TooMany`].
    pub fn read(body: &'a [u8], boundary: Option<&str>) -> Result<Self, Error> {
        const MALFORMED: Error = Error::Malformed(PART);
        let boundary = boundary.map(str::as_bytes).ok_or(MALFORMED)?;
        if boundary.is_empty() || boundary.len() > BOUNDARY_OCTETS_MAX {
            return Err(MALFORMED);
        }
        let mut parts = Vec::new();
        let mut start = None; // of the part that is open
        let mark = [b"--", boundary].concat();
        for at in memmem::find_iter(body, &mark) {
            if at > 0 && body[at - 1] != b'\n' {
                continue;
            }
            let end = memchr(b'\n', &body[at..]).map_or(body.len(), |found| at + found);
            let Some(last) = delimiter(&body[at..end], &mark) else { continue };
            if let Some(start) = start {
                if parts.len() == PARTS_MAX {
                    return Err(Error::TooMany { part: PART, limit: PARTS_MAX });
                }
                parts.push(without_line_end(&body[start..at]));
            }
            let next = (end + 1).min(body.len());
            start = Some(next);
            if last {
                return if parts.is_empty() { Err(MALFORMED) } else { Ok(Self { parts, epilogue: &body[next..] }) };
            }
        }
        Err(MALFORMED)
    }
}

/// Whether the line is a boundary, and whether it is the last one. Blanks may follow it.
pub(super) fn delimiter(line: &[u8], mark: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(mark)?;
    let after = rest.strip_prefix(b"--");
    let blank = after.unwrap_or(rest).iter().all(|octet| matches!(octet, b' ' | b'\t' | b'\r'));
    blank.then_some(after.is_some())
}

fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

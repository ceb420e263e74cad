//! Rows and cells (RFC 4180), borrowed where nothing is doubled.
//!
//! Stricter than most readers: a quotation mark is either around a cell or doubled inside of one that is quoted.

use crate::{form::Code, record::Personal};

/// A cell as it was quoted, and where it stands.
pub(super) struct Cell<'a> {
    pub offset: usize,
    pub value: Personal<'a>,
}

/// Why it cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop {
    pub code: Code,
    pub offset: usize,
}

pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    at: usize,
    separator: u8,
    /// Rows that were begun, blank ones too.
    pub row: u32,
}

impl<'a> Cells<'a> {
    /// The separator is the one of comma, semicolon and tab that the first row has most of; the comma, if it has none.
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { bytes, at, separator: separator(&bytes[at..]), row: 0 }
    }

    pub fn offset(&self) -> usize {
        self.at
    }

    /// The next row that is not blank, at most `most` cells and one more of it; `false` at the end.
    pub fn next_row(&mut self, cells: &mut Vec<Cell<'a>>, most: usize) -> Result<bool, Stop> {
        cells.clear();
        loop {
            if self.at == self.bytes.len() {
                return Ok(false);
            }
            self.row = self.row.saturating_add(1);
            if !self.line_ends() {
                break;
            }
        }
        loop {
            let cell = self.cell()?;
            if cells.len() <= most {
                cells.push(cell);
            }
            if self.at == self.bytes.len() || self.line_ends() {
                return Ok(true);
            }
            self.at += 1;
        }
    }

    /// Goes behind an end of line, if one is here.
    fn line_ends(&mut self) -> bool {
        let length = match &self.bytes[self.at..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return false,
        };
        self.at += length;
        true
    }

    /// A cell, up to what ends it.
    fn cell(&mut self) -> Result<Cell<'a>, Stop> {
        let offset = self.at;
        if self.bytes.get(offset) == Some(&b'"') {
            return self.quoted(offset);
        }
        let rest = &self.bytes[offset..];
        let ends = |b: &u8| *b == self.separator || *b == b'\n' || *b == b'"';
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        if rest.get(end) == Some(&b'"') {
            return Err(Stop { code: Code::Quoting, offset: offset + end });
        }
        let value = &rest[..end];
        let value = if rest.get(end) == Some(&b'\n') { value.strip_suffix(b"\r").unwrap_or(value) } else { value };
        self.at = offset + value.len();
        Ok(Cell { offset, value: Personal::borrowed(value) })
    }

    fn quoted(&mut self, offset: usize) -> Result<Cell<'a>, Stop> {
        let wrong = Stop { code: Code::Quoting, offset };
        let inside = &self.bytes[offset + 1..];
        let (mut at, mut doubled) = (0, false);
        loop {
            at += inside[at..].iter().position(|b| *b == b'"').ok_or(wrong)?;
            if inside.get(at + 1) != Some(&b'"') {
                break;
            }
            (at, doubled) = (at + 2, true);
        }
        self.at = offset + at + 2;
        let ends = match &self.bytes[self.at..] {
            [] | [b'\n', ..] | [b'\r', b'\n', ..] => true,
            [next, ..] => *next == self.separator,
        };
        if !ends {
            return Err(Stop { code: Code::Quoting, offset: self.at });
        }
        let raw = &inside[..at];
        let value = if doubled { single(raw) } else { Personal::borrowed(raw) };
        Ok(Cell { offset, value })
    }
}

/// With single quotation marks for doubled ones.
fn single(raw: &[u8]) -> Personal<'static> {
    let mut value = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|b| *b == b'"') {
        value.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    value.extend_from_slice(rest);
    Personal::owned(value)
}

fn separator(bytes: &[u8]) -> u8 {
    let (mut counts, mut quoted) = ([0usize; 3], false);
    const CANDIDATES: [u8; 3] = [b',', b';', b'\t'];
    for octet in bytes {
        match octet {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            octet => {
                if let Some(at) = CANDIDATES.iter().position(|c| c == octet) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.into_iter().max().unwrap_or(0);
    CANDIDATES[counts.iter().position(|c| *c == most).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, Stop> {
        let (mut reader, mut cells, mut rows) = (Cells::new(text.as_bytes()), Vec::new(), Vec::new());
        while reader.next_row(&mut cells, 4)? {
            rows.push(cells.iter().map(|c| String::from_utf8(c.value.expose().to_vec()).unwrap()).collect());
        }
        Ok(rows)
    }

    #[test]
    fn cells() {
        for (text, expected) in [
            ("", vec![]),
            ("a", vec![vec!["a"]]),
            ("a,b\r\n1,2\r\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a;b\n1,5;2", vec![vec!["a", "b"], vec!["1,5", "2"]]),
            ("a\tb\n\t\n", vec![vec!["a", "b"], vec!["", ""]]),
            ("\u{feff}\"a\",b\n\"1,\"\"2\"\"\n\",", vec![vec!["a", "b"], vec!["1,\"2\"\n", ""]]),
            ("a,b\n\n\r\n1,\n", vec![vec!["a", "b"], vec!["1", ""]]),
            ("\"a;b\",c\n\"\",\"\"", vec![vec!["a;b", "c"], vec!["", ""]]),
            ("a,b\n1\r2,3", vec![vec!["a", "b"], vec!["1\r2", "3"]]),
            ("1,2,3,4,5,6,7", vec![vec!["1", "2", "3", "4", "5"]]),
        ] {
            assert_eq!(rows(text).unwrap(), expected, "{text:?}");
        }
        for (text, offset) in [("a\"b", 1), ("\"a", 0), ("\"a\"b", 3), ("a,\"b\"\"", 2), ("\"a\"\r", 3), ("x,\"", 2)] {
            assert_eq!(rows(text), Err(Stop { code: Code::Quoting, offset }), "{text:?}");
        }
    }
}

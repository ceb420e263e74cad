//! Files that were cut into lines of equal length, mostly 80 columns, wherever that falls.

use crate::Separators;

/// Longer lines are no wrapping. It also keeps a file without line ends from being searched to its end for one.
pub const LINE_OCTETS_MAX: usize = 4096;

/// The first of two lines is no longer: what printers and terminals took.
const LONE_LINE_OCTETS_MAX: usize = 132;

/// A copy of a wrapped file without its line ends.
#[derive(Clone)]
pub struct Unwrapped {
    /// The octets without CR and LF.
    pub octets: Vec<u8>,
    /// Where the octets stood.
    pub wrapping: Wrapping,
    breaks: u64,
}

/// Lines of `width` octets, each followed by a line end of `gap` octets; `lead` octets of byte order mark first.
#[derive(Debug, Clone, Copy)]
pub struct Wrapping {
    lead: usize,
    width: usize,
    gap: usize,
    /// Of the original, and of the copy.
    length: usize,
    joined: usize,
}

impl std::fmt::Debug for Unwrapped {
    /// Shows no octets: a log could keep them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unwrapped")
            .field("wrapping", &self.wrapping)
            .field("breaks", &self.breaks)
            .finish_non_exhaustive()
    }
}

impl Unwrapped {
    /// How many line ends were removed; those at the very end count as one.
    pub fn breaks(&self) -> u64 {
        self.breaks
    }
}

impl Wrapping {
    /// How many octets a line has, without its line end.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where the octet at `position` of the copy stands in the original. The original's length if it is past the end.
    pub fn offset(&self, position: u64) -> u64 {
        if position >= self.joined as u64 {
            return self.length as u64;
        }
        position.saturating_add(self.breaks_before(position).saturating_mul(self.gap as u64))
    }

    /// The same as line and column, each from 1; past the end, those behind the last octet.
    pub fn line_and_column(&self, position: u64) -> (u64, u64) {
        let position = position.min(self.joined as u64);
        let lines = self.breaks_before(position);
        // A byte order mark stands in the first line alone.
        let before =
            if lines == 0 { 0 } else { lines.saturating_mul(self.width as u64).saturating_add(self.lead as u64) };
        (lines + 1, position.saturating_sub(before) + 1)
    }

    fn breaks_before(&self, position: u64) -> u64 {
        // At the end of the last line there is no line more.
        let last = (self.joined as u64).saturating_sub(1);
        position.min(last).saturating_sub(self.lead as u64) / self.width as u64
    }
}

/// The octets without line ends, if the file was wrapped: at least two lines, all of the same length but the last,
/// which is not longer; all line ends the same (CR, LF or CRLF); and not every one of them behind a terminator, or
/// behind blanks behind one. The terminator is that of the ISA or UNA in the file, or `'` for a UNB.
///
/// Takes as much memory as the file has octets.
pub fn unwrapped(bytes: &[u8]) -> Option<Unwrapped> {
    let lead = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let text = &bytes[lead..];
    let width = text.iter().take(LINE_OCTETS_MAX + 1).position(is_line_end)?;
    if width == 0 {
        return None;
    }
    let gap = if text[width..].starts_with(b"\r\n") { 2 } else { 1 };
    let line_end = &text[width..width + gap];
    let terminator = terminator(&without_line_ends(text).take(ISA_OCTETS).collect::<Vec<u8>>())?;
    let at_end = text.iter().rev().take_while(|octet| is_line_end(octet)).count();
    let body = &text[..text.len() - at_end];
    let (mut inside, mut breaks) = (false, u64::from(at_end > 0));
    let mut rest = body;
    while rest.len() > width {
        let (line, behind) = rest.split_at(width);
        rest = behind.strip_prefix(line_end)?;
        if line.iter().any(is_line_end) {
            return None;
        }
        inside |= line.trim_ascii_end().last() != Some(&terminator);
        breaks += 1;
    }
    // Of lines alike in length one alone says little: its end may as well have got into a text.
    let lone = body.len() <= width + gap + width && width > LONE_LINE_OCTETS_MAX;
    if !inside || lone || rest.iter().any(is_line_end) {
        return None;
    }
    let mut octets = Vec::with_capacity(bytes.len());
    octets.extend_from_slice(&bytes[..lead]);
    body.chunks(width + gap).for_each(|line| octets.extend_from_slice(&line[..line.len().min(width)]));
    let wrapping = Wrapping { lead, width, gap, length: bytes.len(), joined: octets.len() };
    Some(Unwrapped { octets, wrapping, breaks })
}

/// An ISA of fixed width, with its terminator.
const ISA_OCTETS: usize = 106;

fn is_line_end(octet: &u8) -> bool {
    matches!(octet, b'\r' | b'\n')
}

fn without_line_ends(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().copied().filter(|octet| !is_line_end(octet))
}

/// The terminator of the envelope that begins here; none if nothing does, or if it cannot be one.
fn terminator(beginning: &[u8]) -> Option<u8> {
    let beginning = beginning.trim_ascii_start();
    let terminator = match beginning.get(..3)? {
        b"ISA" => *beginning.get(ISA_OCTETS - 1)?,
        b"UNA" => *beginning.get(8)?,
        b"UNB" => Separators::EDIFACT.terminator,
        _ => return None,
    };
    Separators::usable(terminator).then_some(terminator)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str =
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~";

    fn wrap(text: &str, width: usize, line_end: &str) -> String {
        let lines: Vec<&str> = text.as_bytes().chunks(width).map(|l| std::str::from_utf8(l).expect("ASCII")).collect();
        lines.join(line_end)
    }

    fn positions_are_true(copy: &Unwrapped, original: &[u8]) {
        let lines: Vec<&[u8]> = original.split(|o| *o == b'\n').flat_map(|line| line.split(|o| *o == b'\r')).collect();
        let lines: Vec<&[u8]> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        for (position, octet) in copy.octets.iter().enumerate() {
            assert_eq!(original[copy.wrapping.offset(position as u64) as usize], *octet);
            let (line, column) = copy.wrapping.line_and_column(position as u64);
            assert_eq!(lines[line as usize - 1][column as usize - 1], *octet);
        }
        assert_eq!(copy.wrapping.offset(copy.octets.len() as u64), original.len() as u64);
        assert_eq!(copy.wrapping.offset(u64::MAX), original.len() as u64);
        let last = (lines.len() as u64, lines.last().map_or(0, |line| line.len()) as u64 + 1);
        assert_eq!(copy.wrapping.line_and_column(u64::MAX), last);
    }

    #[test]
    fn wrapped_files_are_joined() {
        let x12 = format!("{ISA}{}IEA*1*000000007~", "REF*CN*MADE-UP-REFERENCE~".repeat(41));
        let una = "UNA:+.? 'UNB+UNOA:1+A+B+260105:0930+7'UNZ+0+7'".to_owned();
        let unb = format!("UNB+UNOA:1+A+B+260105:0930+7'{}UNZ+0+7'", "FTX+AAA+++MADE UP'".repeat(9));
        for text in [x12, una, unb] {
            for width in [1, 2, 7, 40, 79, 80, 81, 132].into_iter().filter(|&width| width < text.len()) {
                for line_end in ["\n", "\r\n", "\r"] {
                    for (lead, tail) in [("", ""), ("\u{FEFF}", ""), ("", line_end), ("\u{FEFF}", "\r\n\r\n")] {
                        let wrapped = format!("{lead}{}{tail}", wrap(&text, width, line_end));
                        let copy = unwrapped(wrapped.as_bytes()).unwrap();
                        assert_eq!(copy.octets, format!("{lead}{text}").as_bytes(), "{width} {line_end:?} {tail:?}");
                        let inner = text.len().div_ceil(width) as u64 - 1;
                        assert_eq!(
                            (copy.breaks(), copy.wrapping.width()),
                            (inner + u64::from(!tail.is_empty()), width)
                        );
                        positions_are_true(&copy, wrapped.as_bytes());
                    }
                }
            }
        }
    }

    #[test]
    fn other_files_are_not_joined() {
        let line = "REF*CN*MADE-UP~";
        let not = [
            String::new(),
            ISA.to_owned(),
            format!("{ISA}\n"),
            format!("{ISA}\nGS*1~\nST*1~"),
            // Every line as long as the next, but all end behind a terminator; so do these, padded with blanks.
            format!("{ISA}\n{}", [line; 9].join("\n")).replace(&format!("{ISA}\n"), ""),
            [format!("{ISA:120}").as_str(), &format!("{line:120}"), &format!("{line:120}")].join("\n"),
            // A LF as the terminator, CRLF behind LF, a longer last line, a line end too many.
            ISA.replace('~', "\n") + "IEA*0*000000007\n",
            wrap(ISA, 40, "\n").replacen('\n', "\r\n", 1),
            format!("{}A", wrap(&ISA[..80], 40, "\n")),
            wrap(ISA, 40, "\n").replacen('\n', "\n\n", 1),
            wrap(&ISA.repeat(99), 5000, "\n"),
            wrap(&ISA.repeat(2), 133, "\n"),
            wrap("no interchange at all", 5, "\n"),
        ];
        for text in not {
            assert!(unwrapped(text.as_bytes()).is_none(), "{text}");
        }
    }
}

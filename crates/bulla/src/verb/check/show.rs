//! Findings for people: what, where, the place itself with a mark under it, the rule, what to do.

use super::{advice, excerpt::excerpt};
use edi::{Finding, Severity};
use gateway::exchange::check::Checked;
use std::{fmt::Write as _, path::Path};

/// So many findings of an interchange are shown; programs get all.
const SHOWN_MAX: usize = 100;

pub struct Style<'s> {
    pub file: &'s Path,
    /// The document's values, too.
    pub values: bool,
    /// Escape sequences of terminals.
    pub colour: bool,
}

/// Appends the findings of one interchange.
pub fn findings(out: &mut Vec<u8>, checked: &Checked<'_>, style: &Style<'_>) {
    let mut text = String::new();
    let all = checked.findings();
    let mut places = Places::new(checked);
    for finding in all.iter().take(SHOWN_MAX) {
        let _ = one(&mut text, checked, finding, places.segment(finding), style);
    }
    if all.len() > SHOWN_MAX {
        let _ = writeln!(text, "and {} more; --json has them all\n", all.len() - SHOWN_MAX);
    }
    out.extend_from_slice(text.as_bytes());
}

fn one(
    text: &mut String,
    checked: &Checked<'_>,
    finding: &Finding,
    segment: Option<(usize, &[u8])>,
    style: &Style<'_>,
) -> std::fmt::Result {
    let (paint, bold, end) = match (style.colour, finding.severity) {
        (false, _) => ("", "", ""),
        (true, Severity::Warning) => ("\x1b[33m", "\x1b[1m", "\x1b[0m"),
        (true, _) => ("\x1b[31m", "\x1b[1m", "\x1b[0m"),
    };
    writeln!(text, "{paint}{}{end}: {bold}{}{end}{}", severity(finding.severity), finding.code, place(finding))?;
    let interchange = checked.interchange();
    let (told, column) = checked.in_body(finding);
    writeln!(text, "  --> {}:{}:{column} (octet {})", style.file.display(), told.line, told.offset)?;
    if let Some((start, octets)) = segment {
        let at = usize::try_from(finding.offset).unwrap_or(usize::MAX).saturating_sub(start);
        let tag = octets.iter().take_while(|octet| octet.is_ascii_alphanumeric()).count();
        let tag = if edi::KnownTag::new(&octets[..tag]).is_known() { tag } else { 0 };
        let seen = excerpt(octets, at, tag, &interchange.separators, interchange.syntax, style.values);
        writeln!(text, "   | {}", seen.text)?;
        writeln!(text, "   | {}{paint}{}{end}", " ".repeat(seen.mark), "^".repeat(seen.length))?;
    }
    writeln!(text, "   rule: {}", finding.rule)?;
    match advice::of(finding.code) {
        "" => writeln!(text),
        todo => writeln!(text, "   do:   {todo}\n"),
    }
}

fn place(finding: &Finding) -> String {
    let mut words = String::new();
    if finding.tag != edi::KnownTag::NONE {
        words += &format!(" at {}", finding.tag);
    }
    for (word, number) in
        [("element", finding.element), ("component", finding.component), ("repetition", finding.repetition)]
    {
        if number > 0 {
            words += &format!(" {word} {number}");
        }
    }
    if finding.ordinal > 0 {
        words += &format!(", segment {}", finding.ordinal);
    }
    if finding.set_position > 0 {
        words += &format!(", {} in its set", finding.set_position);
    }
    words
}

/// Finds the segments of findings, which are in the order of the document, in one walk.
struct Places<'c, 'i> {
    checked: &'c Checked<'i>,
    walk: edi::Walk<'i>,
    /// Ordinal, place and octets of the last one found.
    last: (u32, usize, &'i [u8]),
}

impl<'c, 'i> Places<'c, 'i> {
    fn new(checked: &'c Checked<'i>) -> Self {
        Self { checked, walk: checked.interchange().walk_all(), last: (0, 0, b"") }
    }

    fn segment(&mut self, finding: &Finding) -> Option<(usize, &'i [u8])> {
        let interchange = self.checked.interchange();
        if finding.ordinal <= 1 {
            let range = interchange.range();
            let head = interchange.bytes().get(range.clone()).unwrap_or_default();
            let length = head.iter().take(512).position(|octet| *octet == interchange.separators.terminator);
            let named = finding.ordinal == 1 && interchange.header.is_some();
            return length.filter(|_| named).map(|length| (range.start, &head[..length]));
        }
        while self.last.0 < finding.ordinal {
            let segment = self.walk.next_segment()?;
            if !segment.is_blank() {
                let start = usize::try_from(segment.offset()).unwrap_or(usize::MAX);
                self.last = (segment.ordinal(), start, segment.raw());
            }
        }
        (self.last.0 == finding.ordinal).then_some((self.last.1, self.last.2))
    }
}

/// In one word.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Refusal => "refused",
    }
}

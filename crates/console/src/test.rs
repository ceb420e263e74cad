//! What would be answered to a file, and why. Positions and codes come here; the file does not.

use crate::{
    Frame, Words,
    answer::{self, Said},
    frame::shown,
    status::{self, Status},
};
use askama::Template;
use ledger::entry::Verdict;

/// What an acknowledgement would say of something that is wrong, by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the envelope.
    Envelope(u8),
    /// Of a manifest.
    Set(u8),
    /// Of a segment.
    Segment(u8),
    /// Of an element.
    Element(u8),
    /// Nothing: there is no number for it.
    Untold,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its code, of a closed list.
    pub code: &'static str,
    /// What an acknowledgement would say.
    pub kind: Kind,
    /// Whether something is refused for it.
    pub refuses: bool,
    /// The line in the file, from 1.
    pub line: u32,
    /// The segment's id, if it is a known one.
    pub tag: String,
    /// The element, from 1; 0 for the whole segment.
    pub element: u16,
    /// The rule in English: from the library of messages, which has no other language yet.
    pub rule: &'static str,
}

/// One interchange of a file, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What would become of it.
    pub verdict: Verdict,
    /// The first of what is wrong.
    pub findings: Vec<Finding>,
    /// How much is wrong in all.
    pub count: u64,
    /// What would be answered.
    pub answer: Vec<u8>,
}

struct Line<'a> {
    finding: &'a Finding,
    title: String,
    place: String,
}

struct Part<'a> {
    title: String,
    status: Status,
    counted: String,
    lines: Vec<Line<'a>>,
    said: Said,
}

#[derive(Template)]
#[template(path = "test.html")]
struct Test<'a> {
    frame: &'a Frame,
    parts: Vec<Part<'a>>,
    asked: bool,
}

/// The page; `judged` after a file was given.
pub fn test(frame: &Frame, judged: Option<&[Judged]>) -> String {
    let words = frame.language.words();
    let line = |finding| Line { finding, title: title(words, finding), place: place(frame, finding) };
    let part = |(place, one): (u64, &'_ Judged)| Part {
        title: words.with("test.interchange", &[("number", &frame.language.number(place))]),
        status: status::valid(words, one.verdict),
        counted: words.count("test.found", one.count),
        lines: Vec::new(),
        said: answer::said(words, &one.answer),
    };
    let mut parts: Vec<Part<'_>> = (1..).zip(judged.unwrap_or_default()).map(part).collect();
    for (part, one) in parts.iter_mut().zip(judged.unwrap_or_default()) {
        part.lines = one.findings.iter().map(line).collect();
    }
    shown(&Test { frame, parts, asked: judged.is_some() })
}

/// The same words as for what was sent; where there are none, that something is wrong there.
fn title(words: &Words, finding: &Finding) -> String {
    let key = match finding.kind {
        Kind::Envelope(number) => format!("answer.note_{number:03}"),
        Kind::Set(number) => format!("answer.set_why_{number}"),
        Kind::Segment(number) => format!("answer.segment_{number}"),
        Kind::Element(number) => format!("answer.element_{number}"),
        Kind::Untold => String::new(),
    };
    words.say(if words.has(&key) { &key } else { "test.broken_rule" }).to_owned()
}

fn place(frame: &Frame, finding: &Finding) -> String {
    let words = frame.language.words();
    let key = match (finding.tag.is_empty(), finding.element) {
        (true, _) => "test.at_line",
        (false, 0) => "test.at_segment",
        (false, _) => "test.at_element",
    };
    words.with(
        key,
        &[("line", &frame.language.number(finding.line.into())), ("tag", &finding.tag), ("element", &finding.element)],
    )
}

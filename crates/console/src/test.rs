//! What would be answered to a file, and why. Positions and codes come here; the file does not.

use crate::{
    Frame,
    answer::{self, Said},
    finding,
    frame::shown,
    status::{self, Status},
};
use api::gateway::findings::Severity;
use askama::Template;
use ledger::entry::Verdict;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its code, of a closed list.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
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
    /// Whether it goes its way under the agreement that was chosen: `fits`, `other`, `sender`, `receiver`, `not_in_use`.
    pub fit: Option<&'static str>,
    /// The first of what is wrong.
    pub findings: Vec<Finding>,
    /// How much is wrong in all.
    pub count: u64,
    /// The leniencies of the guide that were used, by name, and how often.
    pub granted: Vec<(String, u64)>,
    /// What would be answered.
    pub answer: Vec<u8>,
}

/// By what a file may be tested, beside the messages' own rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Agreements, each with its guide.
    pub agreements: Vec<Agreement>,
    /// Guides alone.
    pub guides: Vec<Guide>,
}

/// An agreement under which a file may be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The ledger's name for it.
    pub id: String,
    /// Who sends.
    pub shipper: String,
    /// Who is delivered to.
    pub carrier: String,
    /// Whether the file was tested under it.
    pub chosen: bool,
}

/// A guide by which a file may be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// Its name.
    pub name: String,
    /// Whether the file was tested by it.
    pub chosen: bool,
}

struct Line<'a> {
    finding: &'a Finding,
    class: &'static str,
    title: String,
    place: String,
}

struct Part<'a> {
    title: String,
    status: Status,
    counted: String,
    fit: String,
    granted: String,
    lines: Vec<Line<'a>>,
    said: Said,
}

#[derive(Template)]
#[template(path = "test.html")]
struct Test<'a> {
    frame: &'a Frame,
    parts: Vec<Part<'a>>,
    asked: bool,
    choices: &'a Choices,
}

/// The page; `judged` after a file was given. To whom no agreement is offered hears of none.
pub fn test(frame: &Frame, judged: Option<&[Judged]>, choices: &Choices) -> String {
    let words = frame.language.words();
    let part = |(place, one): (u64, &'_ Judged)| Part {
        title: words.with("test.interchange", &[("number", &frame.language.number(place))]),
        status: status::valid(words, one.verdict),
        counted: words.count("test.found", one.count),
        fit: one.fit.map_or_else(String::new, |fit| words.say(&format!("test.fit_{fit}")).to_owned()),
        granted: granted(frame, &one.granted),
        lines: Vec::new(),
        said: answer::said(words, &one.answer),
    };
    let mut parts: Vec<Part<'_>> = (1..).zip(judged.unwrap_or_default()).map(part).collect();
    for (part, one) in parts.iter_mut().zip(judged.unwrap_or_default()) {
        part.lines = one.findings.iter().map(|finding| line(frame, finding)).collect();
    }
    shown(&Test { frame, parts, asked: judged.is_some(), choices })
}

fn line<'a>(frame: &Frame, finding: &'a Finding) -> Line<'a> {
    let title = finding::title(frame.language.words(), finding.code);
    Line { finding, class: finding::class(finding.severity), title, place: place(frame, finding) }
}

/// Nothing is lenient silently.
fn granted(frame: &Frame, granted: &[(String, u64)]) -> String {
    let words = frame.language.words();
    let each = granted.iter().map(|(name, used)| words.with("test.times", &[("name", name), ("n", used)]));
    let names = each.collect::<Vec<_>>().join(", ");
    if names.is_empty() { names } else { words.with("test.granted", &[("names", &names)]) }
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

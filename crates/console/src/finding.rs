//! What is wrong with a document, in words, and the document masked: a mark of the same width for each element, whatever stood in it.

use crate::{Frame, Words};
use api::gateway::findings::{Findings, Severity, Syntax};
use std::fmt::Display;

/// One thing that is wrong, ready to be shown.
pub(crate) struct Told<'a> {
    pub title: String,
    pub code: &'a str,
    /// Where; with a link to its segment where that is shown.
    pub place: String,
    pub segment: u32,
    /// Decides colour and shape.
    pub class: &'static str,
    /// In English: from the library of messages, which has no other language yet.
    pub rule: &'a str,
}

/// A segment, masked.
pub(crate) struct Masked {
    /// What stands between it and the one before; empty: nothing.
    pub rest: String,
    pub segment: u32,
    pub tag: String,
    /// Each element, and whether something is wrong there.
    pub elements: Vec<bool>,
    /// What it is, if that has words.
    pub say: String,
    /// Decides the ground; empty: nothing is wrong here.
    pub class: &'static str,
    pub whys: Vec<String>,
}

/// All of it.
pub(crate) struct Shown<'a> {
    pub told: Vec<Told<'a>>,
    pub more: String,
    pub masked: Vec<Masked>,
    pub separator: char,
    pub terminator: char,
}

/// In place of an id that is not a known one.
const UNKNOWN: &str = "···";

/// What is kept of a document's findings, in words.
pub(crate) fn shown<'a>(frame: &Frame, findings: &'a Findings) -> Shown<'a> {
    let words = frame.language.words();
    let told = findings.list.iter().map(|finding| {
        let tag = finding.tag.as_deref().unwrap_or(UNKNOWN);
        let key = match (finding.segment, finding.element, finding.component) {
            (0, ..) => "finding.in_all",
            (_, 0, _) => "finding.in_segment",
            (_, _, 0) => "finding.in_element",
            _ => "finding.in_component",
        };
        let segment = frame.language.number(finding.segment.into());
        let places: [(&str, &dyn Display); 4] =
            [("segment", &segment), ("tag", &tag), ("element", &finding.element), ("component", &finding.component)];
        Told {
            title: title(words, &finding.code),
            code: &finding.code,
            place: words.with(key, &places),
            segment: finding.segment,
            class: class(finding.severity),
            rule: &finding.rule,
        }
    });
    let (separator, terminator) = match findings.syntax {
        Syntax::X12 => ('*', '~'),
        Syntax::Edifact => ('+', '\''),
    };
    let more = if findings.more == 0 { String::new() } else { words.count("finding.more", findings.more) };
    Shown { told: told.collect(), more, masked: masked(words, findings), separator, terminator }
}

/// What a code says.
pub(crate) fn title(words: &Words, code: &str) -> String {
    words.say(&format!("finding_of.{}", code.to_ascii_lowercase())).to_owned()
}

/// Colour and shape for how bad it is.
pub(crate) fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Refusal => "refused",
        Severity::Error => "late",
        Severity::Warning => "none",
    }
}

fn masked(words: &Words, findings: &Findings) -> Vec<Masked> {
    let mut before = 0;
    let each = findings.structure.iter().map(|line| {
        let here = || findings.list.iter().filter(|finding| finding.segment == line.segment);
        let between = line.segment.saturating_sub(before).saturating_sub(1);
        before = line.segment;
        let marked = |element: u16| here().any(|finding| finding.element == element);
        let key = format!("segment.{}", line.tag.as_deref().unwrap_or_default().to_ascii_lowercase());
        let say = match line.tag {
            None => words.say("finding.not_known"),
            Some(_) if words.has(&key) => words.say(&key),
            Some(_) => "",
        };
        Masked {
            rest: if between == 0 { String::new() } else { words.count("finding.rest", between.into()) },
            segment: line.segment,
            tag: line.tag.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            elements: (1..=line.elements).map(marked).collect(),
            say: say.to_owned(),
            class: match here().map(|finding| finding.severity).min() {
                Some(Severity::Refusal) => "hit",
                Some(Severity::Error | Severity::Warning) => "warn",
                None => "",
            },
            whys: here().map(|finding| title(words, &finding.code)).collect(),
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::gateway::findings::{Finding, Line};

    #[test]
    fn a_segment_is_masked_and_what_is_wrong_is_marked() {
        let finding = |segment, element, severity| Finding {
            code: "HL_PARENT".to_owned(),
            severity,
            segment,
            tag: Some("HL".to_owned()),
            element,
            component: 0,
            rule: String::new(),
        };
        let line = |segment, tag: Option<&str>, elements| Line { segment, tag: tag.map(str::to_owned), elements };
        let findings = Findings {
            list: vec![finding(3, 2, Severity::Error), finding(3, 0, Severity::Refusal)],
            more: 0,
            syntax: Syntax::X12,
            structure: vec![line(2, None, 1), line(3, Some("HL"), 3)],
        };
        let masked = masked(crate::Language::English.words(), &findings);
        let shown: Vec<_> = masked.iter().map(|one| (&*one.tag, &*one.elements, &*one.say, one.class)).collect();
        assert_eq!(
            shown,
            [("···", &[false][..], "not a known segment", ""), ("HL", &[false, true, false][..], "line", "hit")]
        );
        assert_eq!(masked[0].rest, "1 segment without findings");
        assert_eq!((masked[1].whys.len(), &*masked[1].rest), (2, ""));
    }
}

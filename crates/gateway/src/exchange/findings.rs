//! What is kept of what is wrong with a document: codes of a closed list, places, and for the segments there and two around them their tags
//! and how many elements they have. A tag that is not a known one is text of the document, and is not kept; nor is any value, nor
//! how long one is. Bounded, whatever comes: so many findings, those first that refuse something.

use super::read::Read;
use crate::{Error, Gateway};
use api::gateway::findings::{Finding, Findings, Line, Severity, Syntax};
use edi::{Code, KnownTag, Walk};
use ledger::InterchangeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Findings of one document.
const FINDINGS_MAX: usize = 50;
/// Segments before and behind one with findings.
const AROUND: u32 = 2;
/// Two digits, as acknowledgements have: more elements than any segment has.
const COUNT_MAX: u16 = 99;

/// As it stands in the database: short, since it is there for good.
#[derive(Serialize, Deserialize)]
struct Kept {
    syntax: Syntax,
    more: u64,
    /// Code, severity, segment, tag, element, component.
    list: Vec<(String, Severity, u32, String, u16, u16)>,
    /// Segment, tag, elements.
    structure: Vec<(u32, String, u16)>,
}

/// What is kept of these findings of a document; none if there are none.
pub(crate) fn kept(read: &Read<'_>, findings: &[edi::Finding]) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let mut chosen: Vec<&edi::Finding> = findings.iter().collect();
    chosen.sort_by_key(|finding| severity(finding.severity));
    chosen.truncate(FINDINGS_MAX);
    chosen.sort_by_key(|finding| (finding.ordinal, finding.element, finding.component));
    let list = chosen.iter().map(|finding| {
        let (element, component) = (finding.element.min(COUNT_MAX), finding.component.min(COUNT_MAX));
        let code = finding.code.as_str().to_owned();
        (code, severity(finding.severity), finding.ordinal, known(finding.tag), element, component)
    });
    let kept = Kept {
        syntax: match read.interchange.syntax {
            edi::Syntax::X12 => Syntax::X12,
            edi::Syntax::Edifact => Syntax::Edifact,
        },
        more: (findings.len() - chosen.len()) as u64,
        list: list.collect(),
        structure: structure(read, &chosen),
    };
    Some(serde_json::to_string(&kept).expect("words and numbers are JSON"))
}

/// What is wrong with a document, if anything is.
///
/// # Errors
/// [`vault::Error`] in [`Error::Disk`], also where what stands there is not what was kept.
pub(crate) fn of(gateway: &Gateway, id: &InterchangeId) -> Result<Option<Findings>, Error> {
    let Some(document) = gateway.vault.findings(id)? else { return Ok(None) };
    let damaged = || vault::Error::Damaged { what: "the findings of an interchange" };
    let Kept { syntax, more, list, structure } = serde_json::from_str(&document).map_err(|_| damaged())?;
    let finding = |(code, severity, segment, tag, element, component): (String, _, _, String, _, _)| {
        let code = Code::named(&code)?;
        let (rule, code) = (code.rule().to_owned(), code.as_str().to_owned());
        Some(Finding { code, severity, segment, tag: shown(&tag), element, component, rule })
    };
    let line = |(segment, tag, elements): (u32, String, u16)| Line { segment, tag: shown(&tag), elements };
    let list = list.into_iter().map(finding).collect::<Option<_>>().ok_or_else(damaged)?;
    Ok(Some(Findings { list, more, syntax, structure: structure.into_iter().map(line).collect() }))
}

/// The same word, as the interface has it.
pub fn severity(severity: edi::Severity) -> Severity {
    match severity {
        edi::Severity::Warning => Severity::Warning,
        edi::Severity::Error => Severity::Error,
        edi::Severity::Refusal => Severity::Refusal,
    }
}

fn known(tag: KnownTag) -> String {
    if tag.is_known() { tag.to_string() } else { String::new() }
}

fn shown(tag: &str) -> Option<String> {
    Some(KnownTag::new(tag.as_bytes())).filter(KnownTag::is_known).map(|tag| tag.to_string())
}

/// The segments of findings and those around them, in order.
fn structure(read: &Read<'_>, findings: &[&edi::Finding]) -> Vec<(u32, String, u16)> {
    let placed = findings.iter().map(|finding| finding.ordinal).filter(|ordinal| *ordinal > 0);
    let around = |at: u32| at.saturating_sub(AROUND).max(1)..=at.saturating_add(AROUND);
    let wanted: BTreeSet<u32> = placed.flat_map(around).collect();
    let Some(last) = wanted.last() else { return Vec::new() };
    let mut lines = Vec::new();
    if wanted.contains(&1) {
        lines.extend(header(read));
    }
    let mut walk = read.interchange.walk_all();
    while let Some(segment) = walk.next_segment() {
        if segment.ordinal() > *last {
            break;
        }
        if !segment.is_blank() && wanted.contains(&segment.ordinal()) {
            lines.push((segment.ordinal(), known(KnownTag::new(segment.tag())), count(segment.len())));
        }
    }
    lines
}

/// ISA, whose fields stand at fixed places, or UNB, behind what declares the separators.
fn header(read: &Read<'_>) -> Option<(u32, String, u16)> {
    const ISA_ELEMENTS: u16 = 16;
    const UNA_OCTETS: usize = 9;
    let interchange = &read.interchange;
    interchange.header?;
    if interchange.syntax == edi::Syntax::X12 {
        return Some((1, "ISA".to_owned(), ISA_ELEMENTS));
    }
    let own = interchange.bytes().get(interchange.range())?;
    let own = if own.starts_with(b"UNA") { own.get(UNA_OCTETS..)? } else { own }.trim_ascii_start();
    let mut walk = Walk::new(own, 0..own.len(), interchange.separators, 1);
    walk.next_segment().map(|segment| (1, known(KnownTag::new(segment.tag())), count(segment.len())))
}

fn count(elements: usize) -> u16 {
    u16::try_from(elements).unwrap_or(COUNT_MAX).min(COUNT_MAX)
}

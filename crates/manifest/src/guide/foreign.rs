//! What a guide does not name.

use super::{Form, Guide};
use edi::{Code, Finding, Interchange, KnownTag, Set, Syntax};
use std::collections::HashSet;

/// GS08, and X12's number of it.
const VERSION: (u16, u16) = (8, 480);
/// UNH S009.
const IDENTIFIER: u16 = 2;

pub(super) fn foreign(guide: &Guide, interchange: &Interchange<'_>, findings: &[Finding]) -> Vec<Finding> {
    let unsupported = [Code::GroupVersion, Code::GroupUnsupported, Code::SetUnsupported, Code::MessageUnsupported];
    let told = findings.iter().filter(|finding| unsupported.contains(&finding.code));
    let told: HashSet<_> = told.map(|finding| (finding.group, finding.set)).collect();
    let mut foreign = Vec::new();
    for (place, group) in interchange.groups.iter().enumerate() {
        let in_group = told.contains(&(Some(place), None));
        let announces = group.sets.iter().any(|set| !is_acknowledgement(set));
        if interchange.syntax == Syntax::X12 && !in_group && announces && !guide.has_version(group.version.get(..6)) {
            let offset = group.octets.start as u64;
            let (line, tag) = (interchange.line(offset), KnownTag::new(b"GS"));
            let whole = Finding::of_interchange(Code::GroupVersion).element(VERSION.0, VERSION.1);
            foreign.push(Finding { group: Some(place), offset, line, ordinal: group.first, tag, ..whole });
        }
        for (number, set) in group.sets.iter().enumerate() {
            let is_told = in_group || told.contains(&(Some(place), Some(number)));
            if !is_told && !is_acknowledgement(set) && !guide.takes(interchange, set) {
                let (code, element) = match interchange.syntax {
                    Syntax::X12 => (Code::SetUnsupported, 1),
                    Syntax::Edifact => (Code::MessageUnsupported, IDENTIFIER),
                };
                foreign.push(Finding::in_set(interchange, place, number, 1, code).element(element, 0));
            }
        }
    }
    foreign
}

fn is_acknowledgement(set: &Set<'_>) -> bool {
    matches!(set.kind, b"997" | b"999" | b"CONTRL")
}

impl Guide {
    fn has_version(&self, version: Option<&[u8]>) -> bool {
        let named = |known: &String| version == Some(known.as_bytes());
        self.form != Form::X12 || self.versions.is_empty() || self.versions.iter().any(named)
    }

    fn takes(&self, interchange: &Interchange<'_>, set: &Set<'_>) -> bool {
        let message = self.messages.iter().any(|message| message.as_bytes() == set.kind);
        match (interchange.syntax, self.form) {
            (Syntax::X12, Form::X12) => message,
            (Syntax::Edifact, Form::Edifact) => {
                message && (self.versions.is_empty() || self.has_directory(interchange, set))
            }
            _ => false,
        }
    }

    /// `D.96A` is `D` and `96A` in UNH S009.
    fn has_directory(&self, interchange: &Interchange<'_>, set: &Set<'_>) -> bool {
        let mut walk = interchange.walk(set);
        let Some(unh) = walk.next_segment() else { return false };
        let own = [unh.component(2, 2), unh.component(2, 3)];
        self.versions.iter().any(|known| known.as_bytes().split(|octet| *octet == b'.').eq(own))
    }
}

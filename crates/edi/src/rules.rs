//! What one partner is granted or held to beyond the standard: each by name, each counted when used.

use crate::{Code, Finding, KnownTag, Severity, characters::Characters};

/// A partner's deviations. The default has none.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    moved: Vec<Moved>,
    pub(crate) required: Vec<Required>,
    characters: Option<Characters>,
}

/// One rule that is moved up or down.
#[derive(Debug, Clone)]
struct Moved {
    name: String,
    code: Code,
    tag: Option<KnownTag>,
    element: Option<u16>,
    severity: Severity,
}

/// A segment that a partner must send in each set of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Required {
    pub kind: Vec<u8>,
    pub tag: Vec<u8>,
    /// The first element, or its first component, if it matters.
    pub qualifier: Option<Vec<u8>>,
}

impl Rules {
    /// Grants a leniency: such findings become warnings. `tag` and `element` narrow it. False, and nothing is
    /// granted, for what is always refused ([`Code::is_fixed`]).
    pub fn allow(&mut self, name: &str, code: Code, tag: Option<KnownTag>, element: Option<u16>) -> bool {
        if !code.is_fixed() {
            self.move_to(name, code, tag, element, Severity::Warning);
        }
        !code.is_fixed()
    }

    /// Holds the partner to a rule: such findings refuse the set.
    pub fn refuse(&mut self, name: &str, code: Code, tag: Option<KnownTag>, element: Option<u16>) {
        self.move_to(name, code, tag, element, Severity::Refusal);
    }

    fn move_to(&mut self, name: &str, code: Code, tag: Option<KnownTag>, element: Option<u16>, severity: Severity) {
        self.moved.push(Moved { name: name.into(), code, tag, element, severity });
    }

    /// In each set of this kind there must be this segment, with this first element if one is given:
    /// [`Code::RequiredByPartner`] otherwise.
    pub fn require(&mut self, kind: &[u8], tag: &[u8], qualifier: Option<&[u8]>) {
        let qualifier = qualifier.map(<[u8]>::to_vec);
        self.required.push(Required { kind: kind.to_vec(), tag: tag.to_vec(), qualifier });
    }

    /// The characters that texts may hold, whatever the interchange declares.
    pub fn characters(&mut self, characters: Characters) {
        self.characters = Some(characters);
    }

    pub(crate) fn declared_characters(&self, otherwise: Characters) -> Characters {
        self.characters.unwrap_or(otherwise)
    }

    pub(crate) fn len(&self) -> usize {
        self.moved.len()
    }

    /// The name of each moved rule, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.moved.iter().map(|moved| moved.name.as_str())
    }

    /// The first rule that speaks of this finding, and what it makes of it.
    pub(crate) fn find(&self, finding: &Finding) -> Option<(usize, Severity)> {
        let fits = |moved: &Moved| {
            moved.code == finding.code
                && moved.tag.is_none_or(|tag| tag == finding.tag)
                && moved.element.is_none_or(|element| element == finding.element)
        };
        self.moved.iter().position(fits).map(|at| (at, self.moved[at].severity))
    }
}

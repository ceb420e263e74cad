//! What is wrong, and where; never the value that is wrong.

use crate::{Code, Interchange, KnownTag, Rules, Severity, segment::Segment};
use std::{collections::HashSet, fmt};

/// One thing found in an interchange. It holds positions and a closed code, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found, as a closed code.
    pub code: Code,
    /// How bad; the code's own, unless a partner's rules moved it.
    pub severity: Severity,
    /// Of the first octet of the value, else of the segment, else of the interchange; from 0.
    pub offset: u64,
    /// The line of `offset`, from 1; a line ends with a line feed, or else a carriage return.
    pub line: u32,
    /// The segment's place in the interchange, ISA or UNB being 1; 0 if it belongs to none.
    pub ordinal: u32,
    /// The segment's place in its set, ST or UNH being 1; 0 outside of sets.
    pub set_position: u32,
    /// The segment's id; masked where it is not a known one. For a missing segment: the missing one's.
    pub tag: KnownTag,
    /// The element's place in the segment, from 1; 0 for the whole segment.
    pub element: u16,
    /// The component's place in the element, from 1; 0 for the whole element.
    pub component: u16,
    /// Which repetition of the element, from 1; 0 where it does not repeat.
    pub repetition: u16,
    /// X12's number of the data element (AK402), EDIFACT's tag of it; 0 if none.
    pub data_element: u16,
    /// The group that it is in, as an index into [`Interchange::groups`]; none: the envelope.
    pub group: Option<usize>,
    /// Index into the group's `sets`.
    pub set: Option<usize>,
    /// The rule that was broken, in words.
    pub rule: &'static str,
}

impl Finding {
    /// A finding of the whole interchange.
    pub fn of_interchange(code: Code) -> Self {
        Self {
            code,
            severity: code.severity(),
            offset: 0,
            line: 1,
            ordinal: 0,
            set_position: 0,
            tag: KnownTag::NONE,
            element: 0,
            component: 0,
            repetition: 0,
            data_element: 0,
            group: None,
            set: None,
            rule: code.rule(),
        }
    }

    /// A finding at the segment with this position in a set (ST or UNH is 1; the last one if the set is shorter).
    /// For rules that this crate does not know, such as a manifest sent twice.
    pub fn in_set(interchange: &Interchange<'_>, group: usize, set: usize, position: u32, code: Code) -> Self {
        let mut finding = Self { group: Some(group), set: Some(set), ..Self::of_interchange(code) };
        if let Some(of) = interchange.groups.get(group).and_then(|g| g.sets.get(set)) {
            let mut walk = interchange.walk(of);
            let mut at = 0;
            while let Some(segment) = walk.next_segment() {
                if segment.is_blank() {
                    continue;
                }
                at += 1;
                (finding.offset, finding.ordinal) = (segment.offset(), segment.ordinal());
                (finding.tag, finding.set_position) = (KnownTag::new(segment.tag()), at);
                if at >= position {
                    break;
                }
            }
        }
        finding.line = interchange.line(finding.offset);
        finding
    }

    /// The same, of one element of the segment. `data_element` is its number, 0 if unknown.
    #[must_use]
    pub fn element(mut self, element: u16, data_element: u16) -> Self {
        self.element = element;
        self.data_element = data_element;
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}, line {}", self.code, self.offset, self.line)?;
        if self.ordinal > 0 {
            write!(f, ", segment {}", self.ordinal)?;
        }
        if self.tag != KnownTag::NONE {
            write!(f, " {}", self.tag)?;
        }
        for (word, number) in
            [("element", self.element), ("component", self.component), ("repetition", self.repetition)]
        {
            if number > 0 {
                write!(f, ", {word} {number}")?;
            }
        }
        write!(f, ": {}", self.rule)
    }
}

/// Collects findings up to a limit, by a partner's rules. Past the limit, the first finding of each severity in
/// each set is still kept, so that verdicts stay exact however many there are.
pub(crate) struct Findings<'r> {
    list: Vec<Finding>,
    limit: usize,
    dropped: bool,
    kept: HashSet<(Option<usize>, Option<usize>, Severity)>,
    /// The set that was spoken of last, and how many errors it has.
    errors: ((Option<usize>, Option<usize>), usize),
    rules: &'r Rules,
    /// How often each of the rules was used.
    used: Vec<u64>,
}

/// A set with more findings of severity [`Severity::Error`] is refused: nobody could go through them, and what it would
/// be accepted with, no acknowledgement could tell.
pub const ERRORS_IN_SET_MAX: usize = 10_000;

impl<'r> Findings<'r> {
    pub fn new(limit: usize, rules: &'r Rules) -> Self {
        let used = vec![0; rules.len()];
        Self { list: Vec::new(), limit, dropped: false, kept: HashSet::new(), errors: ((None, None), 0), rules, used }
    }

    /// How many were kept so far.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    #[cold]
    pub fn push(&mut self, mut finding: Finding) {
        if let Some((rule, severity)) = self.rules.find(&finding) {
            self.used[rule] = self.used[rule].saturating_add(1);
            finding.severity = severity;
        }
        if self.is_one_too_many(&finding) {
            let code = Code::TooManyErrors;
            self.keep(Finding { code, severity: code.severity(), rule: code.rule(), ..finding.clone() });
        }
        self.keep(finding);
    }

    /// Whether a set has just got more errors than it may. Findings of a set come one after the other.
    fn is_one_too_many(&mut self, finding: &Finding) -> bool {
        let of = (finding.group, finding.set);
        if finding.set.is_none() || finding.severity != Severity::Error {
            return false;
        }
        let before = if self.errors.0 == of { self.errors.1 } else { 0 };
        self.errors = (of, before.saturating_add(1));
        self.errors.1 == ERRORS_IN_SET_MAX + 1
    }

    fn keep(&mut self, finding: Finding) {
        if self.list.len() >= self.limit {
            if self.kept.is_empty() {
                self.kept = self.list.iter().map(|f| (f.group, f.set, f.severity)).collect();
            }
            if !self.kept.insert((finding.group, finding.set, finding.severity)) {
                self.dropped = true;
                return;
            }
        }
        self.list.push(finding);
    }

    /// In the order of their places, with lines numbered; and how often each rule was used.
    pub fn finish(mut self, interchange: &Interchange<'_>) -> (Vec<Finding>, Vec<u64>) {
        if self.dropped {
            self.list.push(Finding::of_interchange(Code::FindingsLimit));
        }
        self.list.sort_by_key(|f| (f.offset, f.element, f.component));
        for finding in &mut self.list {
            finding.line = interchange.line(finding.offset);
        }
        (self.list, self.used)
    }
}

/// Puts findings into their group and set.
pub(crate) struct Reporter<'f, 'r> {
    pub findings: &'f mut Findings<'r>,
    pub group: Option<usize>,
    pub set: Option<usize>,
    /// The ordinal of ST or UNH.
    pub first: u32,
}

impl Reporter<'_, '_> {
    pub fn segment(&mut self, code: Code, segment: Segment<'_, '_>) {
        self.element(code, segment, 0, 0);
    }

    /// A segment that should stand where this one does.
    pub fn missing(&mut self, tag: &str, segment: Segment<'_, '_>) {
        self.required(Code::SegmentMissing, tag.as_bytes(), segment);
    }

    /// The same, by another rule.
    pub fn required(&mut self, code: Code, tag: &[u8], segment: Segment<'_, '_>) {
        let finding = self.placed(code, segment);
        self.findings.push(Finding { tag: KnownTag::new(tag), ..finding });
    }

    pub fn element(&mut self, code: Code, segment: Segment<'_, '_>, element: usize, data_element: u16) {
        let offset = if element == 0 { segment.offset() } else { segment.element_offset(element) };
        let finding = self.placed(code, segment);
        self.findings.push(Finding { offset, element: small(element), data_element: told(data_element), ..finding });
    }

    /// A value that is part of the segment; `part` says which: element, repetition, component.
    pub fn value(
        &mut self,
        code: Code,
        segment: Segment<'_, '_>,
        part: (usize, usize, usize),
        number: u16,
        value: &[u8],
    ) {
        // Both lie in the same bytes: the distance is the value's place in the segment.
        let within = (value.as_ptr() as usize).saturating_sub(segment.raw().as_ptr() as usize);
        let offset = segment.offset().saturating_add(within.min(segment.raw().len()) as u64);
        let (element, repetition, component) = (small(part.0), small(part.1), small(part.2));
        let finding = self.placed(code, segment);
        let data_element = told(number);
        self.findings.push(Finding { offset, element, repetition, component, data_element, ..finding });
    }

    fn placed(&self, code: Code, segment: Segment<'_, '_>) -> Finding {
        let position = segment.ordinal().saturating_sub(self.first).saturating_add(1);
        let set_position = if self.set.is_some() { position } else { 0 };
        Finding {
            group: self.group,
            set: self.set,
            set_position,
            offset: segment.offset(),
            ordinal: segment.ordinal(),
            tag: KnownTag::new(segment.tag()),
            ..Finding::of_interchange(code)
        }
    }
}

fn small(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Numbers from 60,000 are our own and mean nothing to a partner.
fn told(data_element: u16) -> u16 {
    if data_element < 60_000 { data_element } else { 0 }
}

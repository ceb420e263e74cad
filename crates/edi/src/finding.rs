//! What is wrong, and where; never the value that is wrong.

use crate::{Code, Interchange, KnownTag, Severity};
use std::{collections::HashSet, fmt};

/// One thing found in an interchange. It holds positions and a closed code, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How bad; the code's own, unless a partner's guide moved the rule.
    pub severity: Severity,
    /// Of the segment's (or, where nothing else is known, the body's) first octet, from 0.
    pub offset: u64,
    /// The line of `offset`, from 1; a line ends with a line feed, or else a carriage return.
    pub line: u32,
    /// The segment's place in the interchange, ISA being 1; 0 if it belongs to none.
    pub ordinal: u32,
    /// The segment's place in its set, ST being 1; 0 outside of sets.
    pub set_position: u32,
    /// The segment's id; masked where it is not a known one. For a missing segment: the missing one's.
    pub tag: KnownTag,
    /// The element's place in the segment, from 1; 0 for the whole segment.
    pub element: u16,
    /// The component's place in the element, from 1; 0 for the whole element.
    pub component: u16,
    /// X12's number of the data element (AK402); 0 if none.
    pub data_element: u16,
    /// Index into [`Interchange::groups`].
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
            data_element: 0,
            group: None,
            set: None,
            rule: code.rule(),
        }
    }

    /// A finding at the segment with this index (from 0) of an interchange, in the group and set that
    /// hold it. For rules that this crate does not know, such as a manifest sent twice.
    pub fn at_segment(interchange: &Interchange<'_>, index: usize, code: Code) -> Self {
        let mut finding = Self::of_interchange(code);
        if let Some(segment) = interchange.segment(index) {
            finding.place(interchange, index, segment.offset(), segment.known_tag());
        }
        finding.line = interchange.line(finding.offset);
        finding
    }

    /// The same, of one element of the segment. `data_element` is X12's number of it, 0 if unknown.
    #[must_use]
    pub fn element(mut self, element: u16, data_element: u16) -> Self {
        self.element = element;
        self.data_element = data_element;
        self
    }

    fn place(&mut self, interchange: &Interchange<'_>, index: usize, offset: u64, tag: KnownTag) {
        self.offset = offset;
        self.ordinal = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        self.tag = tag;
        let (group, set) = interchange.position(index);
        self.group = group;
        self.set = set;
        if let (Some(group), Some(set)) = (group, set) {
            let start = interchange.groups[group].sets[set].segments.start;
            self.set_position = u32::try_from(index - start).unwrap_or(u32::MAX).saturating_add(1);
        }
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
        if self.element > 0 {
            write!(f, ", element {}", self.element)?;
        }
        if self.component > 0 {
            write!(f, ", component {}", self.component)?;
        }
        write!(f, ": {}", self.rule)
    }
}

/// Collects findings up to a limit. Past it, the first finding of each severity in each set is still
/// kept, so that verdicts stay exact however many there are.
pub(crate) struct Findings {
    list: Vec<Finding>,
    limit: usize,
    dropped: bool,
    kept: HashSet<(Option<usize>, Option<usize>, Severity)>,
}

impl Findings {
    pub fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit, dropped: false, kept: HashSet::new() }
    }

    pub fn push(&mut self, finding: Finding) {
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

    /// In the order of their places, with lines numbered.
    pub fn finish(mut self, interchange: &Interchange<'_>) -> Vec<Finding> {
        if self.dropped {
            self.list.push(Finding::of_interchange(Code::FindingsLimit));
        }
        self.list.sort_by_key(|f| (f.offset, f.element, f.component));
        for finding in &mut self.list {
            finding.line = interchange.line(finding.offset);
        }
        self.list
    }
}

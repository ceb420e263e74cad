//! The messages' own rules: order and use of segments, elements, hierarchy, totals, card numbers.

mod card;
mod element;
mod hierarchy;
mod structure;

use crate::{Code, Finding, Interchange, Limits, Segment, Set, finding::Findings, syntax, table};

/// The first and last version whose tables these are; 004060 and 005010 are tolerated.
const VERSIONS: std::ops::RangeInclusive<u32> = table::FIRST_VERSION..=5010;

/// Checks each set against its message's table, its hierarchy and totals. Adds nothing to what
/// `read` has found of the envelope.
pub fn check(interchange: &Interchange<'_>, limits: &Limits) -> Vec<Finding> {
    let mut findings = Findings::new(limits.findings);
    check_ta1_segments(interchange, &mut findings);
    for (number, group) in interchange.groups.iter().enumerate() {
        let Some(gs) = interchange.segment(group.segments.start) else { continue };
        let of_group = |code, element| Finding { element, group: Some(number), ..at(code, gs) };
        if !table::functional_ids().contains(&group.functional_id) {
            findings.push(of_group(Code::GroupUnsupported, 1));
        }
        let version = version(group.version);
        if version.is_none() {
            findings.push(of_group(Code::GroupVersion, 8));
        }
        for (place, set) in group.sets.iter().enumerate() {
            let mut reporter =
                Reporter { findings: &mut findings, group: Some(number), set: Some(place), first: set.segments.start };
            check_set(interchange, group.functional_id, version.unwrap_or(*VERSIONS.start()), set, &mut reporter);
        }
    }
    findings.finish(interchange)
}

/// GS08's six digits, if this is a version that is taken. What follows names an industry's guide.
fn version(text: &[u8]) -> Option<u32> {
    syntax::number(text.get(..6)?).filter(|v| VERSIONS.contains(v))
}

fn check_ta1_segments(interchange: &Interchange<'_>, findings: &mut Findings) {
    if interchange.ta1_segments == 0 {
        return;
    }
    let before_groups = interchange.groups.first().map_or(interchange.segment_count(), |g| g.segments.start);
    let mut reporter = Reporter { findings, group: None, set: None, first: 0 };
    for segment in interchange.segments_in(1..before_groups).filter(|s| s.tag() == b"TA1") {
        element::check(segment, *VERSIONS.start(), interchange, &mut reporter);
    }
}

fn check_set(
    interchange: &Interchange<'_>,
    functional_id: &[u8],
    version: u32,
    set: &Set<'_>,
    reporter: &mut Reporter<'_>,
) {
    let Some(st) = interchange.segment(set.segments.start) else { return };
    let message = match table::message(set.kind, version) {
        Some(message) if message.functional_id == functional_id => Some(message),
        other => {
            let code = if other.is_some() { Code::SetNotInGroup } else { Code::SetUnsupported };
            reporter.element(code, st, 1, 143);
            None
        }
    };
    let last = if set.closed { set.segments.end - 1 } else { set.segments.end };
    let body = interchange.segments_in(set.segments.start + 1..last);
    let Some(message) = message else {
        // Refused already, but a card number is refused wherever it stands.
        return body.for_each(|segment| card::check(segment, reporter));
    };
    let mut structure = structure::Structure::new(&message.body);
    let mut hierarchy = message.hierarchical.then(hierarchy::Hierarchy::default);
    for segment in body {
        structure.place(segment, reporter);
        element::check(segment, version, interchange, reporter);
        card::check(segment, reporter);
        if let Some(hierarchy) = &mut hierarchy {
            hierarchy.place(segment, reporter);
        }
    }
    // Where SE stands, or should: what is missing is missing there.
    let end = interchange.segment(last).or_else(|| interchange.segment(last - 1)).unwrap_or(st);
    structure.end(end, reporter);
    if let Some(hierarchy) = hierarchy {
        hierarchy.end(interchange, reporter);
    }
}

fn at(code: Code, segment: Segment<'_>) -> Finding {
    Finding {
        offset: segment.offset(),
        ordinal: segment.ordinal(),
        tag: segment.known_tag(),
        ..Finding::of_interchange(code)
    }
}

/// Puts findings into their set.
struct Reporter<'f> {
    findings: &'f mut Findings,
    group: Option<usize>,
    set: Option<usize>,
    /// Index of ST.
    first: usize,
}

impl Reporter<'_> {
    fn segment(&mut self, code: Code, segment: Segment<'_>) {
        self.element(code, segment, 0, 0);
    }

    /// A segment that should stand where this one does.
    fn missing(&mut self, tag: &[u8], segment: Segment<'_>) {
        let finding = self.placed(Code::SegmentMissing, segment);
        self.findings.push(Finding { tag: crate::KnownTag::new(tag), ..finding });
    }

    fn element(&mut self, code: Code, segment: Segment<'_>, element: usize, data_element: u16) {
        self.component(code, segment, (element, 0), data_element);
    }

    fn component(&mut self, code: Code, segment: Segment<'_>, place: (usize, usize), data_element: u16) {
        let finding = self.placed(code, segment);
        // Numbers from 60,000 are our own and mean nothing to a partner.
        let data_element = if data_element < 60_000 { data_element } else { 0 };
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.findings.push(Finding { element: small(place.0), component: small(place.1), data_element, ..finding });
    }

    fn placed(&self, code: Code, segment: Segment<'_>) -> Finding {
        let position = segment.index().saturating_sub(self.first).saturating_add(1);
        let set_position = if self.set.is_some() { u32::try_from(position).unwrap_or(u32::MAX) } else { 0 };
        Finding { group: self.group, set: self.set, set_position, ..at(code, segment) }
    }
}

//! ISA to IEA, GS to GE, ST to SE: the nesting, the counts, the control numbers.

use crate::{Code, Finding, Group, Interchange, Segment, Set, finding::Findings, syntax};
use std::collections::HashSet;

/// Finds groups and sets in the indexed segments, the first of which is the ISA.
pub(crate) fn walk(interchange: &mut Interchange<'_>, findings: &mut Findings) {
    let mut walk = Walk {
        groups: Vec::new(),
        group_open: false,
        set_open: false,
        set_controls: HashSet::new(),
        group_controls: HashSet::new(),
        ta1_segments: 0,
        findings,
    };
    let mut complete = interchange.complete;
    let mut last = None;
    for segment in interchange.segments() {
        last = Some(segment);
        match segment.tag() {
            _ if segment.index() == 0 => walk.isa(segment),
            b"ISA" => {
                walk.close_group(segment);
                walk.report(Code::IeaMissing, segment, 0);
                walk.report(Code::SecondInterchange, segment, 0);
                complete = false;
                break;
            }
            b"IEA" => {
                walk.iea(interchange, segment);
                complete &= walk.after_iea(interchange, segment.index() + 1);
                last = None;
                break;
            }
            b"GS" => walk.gs(segment),
            b"GE" => walk.ge(segment),
            b"ST" => walk.st(segment),
            b"SE" => walk.se(segment),
            _ => walk.other(segment),
        }
    }
    // `last` is left where neither an IEA nor a second ISA ended the walk.
    if let Some(segment) = last.filter(|s| s.tag() != b"ISA" || s.index() == 0) {
        walk.close_at_end(segment);
    }
    let Walk { groups, ta1_segments, .. } = walk;
    interchange.groups = groups;
    interchange.ta1_segments = ta1_segments;
    interchange.complete = complete;
}

struct Walk<'w, 'a> {
    groups: Vec<Group<'a>>,
    group_open: bool,
    set_open: bool,
    /// ST02 of the open group.
    set_controls: HashSet<&'a [u8]>,
    group_controls: HashSet<&'a [u8]>,
    ta1_segments: usize,
    findings: &'w mut Findings,
}

impl<'a> Walk<'_, 'a> {
    /// A finding of the interchange.
    fn report(&mut self, code: Code, segment: Segment<'a>, element: u16) {
        self.push(code, segment, element, false, false);
    }

    /// A finding of the last group.
    fn report_group(&mut self, code: Code, segment: Segment<'a>, element: u16) {
        self.push(code, segment, element, true, false);
    }

    /// A finding of the last set of the last group.
    fn report_set(&mut self, code: Code, segment: Segment<'a>, element: u16) {
        self.push(code, segment, element, true, true);
    }

    fn push(&mut self, code: Code, segment: Segment<'a>, element: u16, of_group: bool, of_set: bool) {
        let mut finding = Finding {
            offset: segment.offset(),
            ordinal: segment.ordinal(),
            tag: segment.known_tag(),
            element,
            ..Finding::of_interchange(code)
        };
        if of_group && let Some(group) = self.groups.last() {
            finding.group = Some(self.groups.len() - 1);
            if of_set && let Some(set) = group.sets.last() {
                finding.set = Some(group.sets.len() - 1);
                let position = (segment.index() - set.segments.start).saturating_add(1);
                finding.set_position = u32::try_from(position).unwrap_or(u32::MAX);
            }
        }
        self.findings.push(finding);
    }

    fn isa(&mut self, isa: Segment<'a>) {
        let at = |number: usize| isa.element(number).trim_ascii();
        let two = |text: &[u8]| text.len() == 2 && text.iter().all(u8::is_ascii_alphanumeric);
        let mut check = |holds: bool, code, element| {
            if !holds {
                self.report(code, isa, element);
            }
        };
        check(two(at(1)), Code::AuthorizationQualifier, 1);
        check(two(at(3)), Code::SecurityQualifier, 3);
        check(two(at(5)), Code::SenderQualifier, 5);
        check(!at(6).is_empty(), Code::SenderMissing, 6);
        check(two(at(7)), Code::ReceiverQualifier, 7);
        check(!at(8).is_empty(), Code::ReceiverMissing, 8);
        check(at(9).len() == 6 && syntax::is_date(at(9)), Code::IsaDate, 9);
        check(at(10).len() == 4 && syntax::is_time(at(10)), Code::IsaTime, 10);
        let version = syntax::number(at(12)).filter(|_| at(12).len() == 5);
        let repetition = |octet: u8| !octet.is_ascii_alphanumeric() && version.is_none_or(|v| v >= 402);
        check(
            matches!(isa.element(11), [b'U']) || matches!(isa.element(11), [o] if repetition(*o)),
            Code::IsaStandard,
            11,
        );
        check(version.is_some(), Code::IsaVersion, 12);
        check(at(13).len() == 9 && syntax::number(at(13)).is_some(), Code::IsaControl, 13);
        check(matches!(at(14), b"0" | b"1"), Code::AcknowledgementRequest, 14);
        check(matches!(at(15), b"P" | b"T" | b"I"), Code::UsageIndicator, 15);
    }

    fn gs(&mut self, gs: Segment<'a>) {
        self.close_group(gs);
        self.groups.push(Group {
            functional_id: gs.element(1),
            sender: gs.element(2).trim_ascii(),
            receiver: gs.element(3).trim_ascii(),
            control: gs.element(6),
            version: gs.element(8),
            declared_sets: None,
            segments: gs.index()..gs.index() + 1,
            sets: Vec::new(),
        });
        self.group_open = true;
        self.set_controls.clear();
        let kind = gs.element(1);
        if kind.len() != 2 || !kind.iter().all(u8::is_ascii_alphanumeric) {
            self.report(Code::GroupTypeInvalid, gs, 1);
        }
        for (number, element) in [(2, gs.element(2)), (3, gs.element(3))] {
            if element.trim_ascii().is_empty() {
                self.report_group(Code::GroupAddress, gs, number);
            }
        }
        if !syntax::is_date(gs.element(4)) {
            self.report_group(Code::GroupDate, gs, 4);
        }
        if !syntax::is_time(gs.element(5)) {
            self.report_group(Code::GroupTime, gs, 5);
        }
        if syntax::number(gs.element(6)).is_none() {
            self.report_group(Code::GroupControlInvalid, gs, 6);
        } else if !self.group_controls.insert(without_zeros(gs.element(6))) {
            self.report_group(Code::DuplicateGroupControl, gs, 6);
        }
        if !matches!(gs.element(7), b"X" | b"T") {
            self.report_group(Code::GroupAgency, gs, 7);
        }
    }

    fn ge(&mut self, ge: Segment<'a>) {
        if !self.group_open {
            return self.report(Code::OutsideGroup, ge, 0);
        }
        self.close_set(ge);
        let group = self.groups.last_mut().expect("a group is open");
        group.segments.end = ge.index() + 1;
        group.declared_sets = syntax::count(ge.element(1));
        let (sets, declared, control) = (group.sets.len(), group.declared_sets, group.control);
        self.group_open = false;
        if declared.is_none_or(|n| n as usize != sets) {
            self.report_group(Code::SetCount, ge, 1);
        }
        if !same_number(ge.element(2), control) {
            self.report_group(Code::GeControl, ge, 2);
        }
        if sets == 0 {
            self.report_group(Code::GroupEmpty, ge, 0);
        }
    }

    fn st(&mut self, st: Segment<'a>) {
        if !self.group_open {
            return self.report(Code::OutsideGroup, st, 0);
        }
        self.close_set(st);
        let (kind, control) = (st.element(1), st.element(2));
        let segments = st.index()..st.index() + 1;
        let group = self.groups.last_mut().expect("a group is open");
        group.sets.push(Set { kind, control, segments, closed: false });
        self.set_open = true;
        if kind.len() != 3 || !kind.iter().all(u8::is_ascii_alphanumeric) {
            self.report_set(Code::SetIdInvalid, st, 1);
        }
        if !(1..=9).contains(&control.len()) || !control.iter().all(u8::is_ascii_alphanumeric) {
            self.report_set(Code::SetControlInvalid, st, 2);
        } else if !self.set_controls.insert(control) {
            self.report_set(Code::DuplicateSetControl, st, 2);
        } else if control.len() < 4 {
            self.report_set(Code::SetControlShort, st, 2);
        }
    }

    fn se(&mut self, se: Segment<'a>) {
        if !self.set_open {
            return self.other(se);
        }
        let set = self.groups.last_mut().and_then(|g| g.sets.last_mut()).expect("a set is open");
        set.segments.end = se.index() + 1;
        set.closed = true;
        let (segments, control) = (set.segments.len(), set.control);
        self.set_open = false;
        if syntax::count(se.element(1)).is_none_or(|n| n as usize != segments) {
            self.report_set(Code::SegmentCount, se, 1);
        }
        if se.element(2) != control {
            self.report_set(Code::SeControl, se, 2);
        }
    }

    fn other(&mut self, segment: Segment<'a>) {
        if self.set_open {
            return;
        }
        if self.group_open {
            self.report_group(Code::OutsideSet, segment, 0);
        } else if segment.tag() == b"TA1" {
            self.ta1_segments += 1;
        } else {
            self.report(Code::OutsideGroup, segment, 0);
        }
    }

    fn iea(&mut self, interchange: &Interchange<'a>, iea: Segment<'a>) {
        self.close_group(iea);
        let groups = self.groups.len();
        let declared = syntax::count(iea.element(1));
        match declared {
            Some(1) if groups == 0 && self.ta1_segments > 0 => self.report(Code::GroupCountOfTa1, iea, 1),
            Some(n) if n as usize == groups => {}
            _ => self.report(Code::GroupCount, iea, 1),
        }
        let isa = interchange.segment(0).expect("the walk begins at the ISA");
        if !same_number(iea.element(2), isa.element(13).trim_ascii()) {
            self.report(Code::IeaControl, iea, 2);
        }
        if groups == 0 && self.ta1_segments == 0 {
            self.report(Code::NoContent, iea, 0);
        }
    }

    /// Whether all that follows was understood.
    fn after_iea(&mut self, interchange: &Interchange<'a>, next: usize) -> bool {
        let Some(segment) = interchange.segment(next) else { return true };
        let harmless = |s: Segment<'_>| s.raw().iter().all(|&b| b.is_ascii_control() || b == b' ');
        if interchange.segments_in(next..interchange.segment_count()).all(harmless) {
            self.report(Code::TrailingOctets, segment, 0);
            return true;
        }
        let code = if segment.tag() == b"ISA" { Code::SecondInterchange } else { Code::TrailingSegments };
        self.report(code, segment, 0);
        false
    }

    /// The set ends here without an SE.
    fn close_set(&mut self, next: Segment<'a>) {
        if !self.set_open {
            return;
        }
        let set = self.groups.last_mut().and_then(|g| g.sets.last_mut()).expect("a set is open");
        set.segments.end = next.index();
        self.set_open = false;
        self.report_set(Code::SeMissing, next, 0);
    }

    /// The group ends here without a GE.
    fn close_group(&mut self, next: Segment<'a>) {
        self.close_set(next);
        if !self.group_open {
            return;
        }
        let group = self.groups.last_mut().expect("a group is open");
        group.segments.end = next.index();
        self.group_open = false;
        self.report_group(Code::GeMissing, next, 0);
    }

    /// The segments end without an IEA; `last` belongs to what was open.
    fn close_at_end(&mut self, last: Segment<'a>) {
        let end = last.index() + 1;
        if self.set_open {
            self.report_set(Code::SeMissing, last, 0);
        }
        if self.group_open {
            self.report_group(Code::GeMissing, last, 0);
            let group = self.groups.last_mut().expect("a group is open");
            group.segments.end = end;
            if let Some(set) = group.sets.last_mut().filter(|_| self.set_open) {
                set.segments.end = end;
            }
        }
        self.report(Code::IeaMissing, last, 0);
    }
}

/// Control numbers of groups and interchanges are numbers: leading zeros do not count.
fn same_number(a: &[u8], b: &[u8]) -> bool {
    a == b || syntax::count(a).is_some_and(|n| syntax::count(b) == Some(n))
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    &digits[zeros..]
}

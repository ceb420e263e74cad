//! Everything that can be asked of a document, and what must hold of the answers whatever came in.

use edi::{
    Code, Interchange, Limits, Severity, Verdict, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, groups, note, ta1, x997, x999},
};

const NUMBERS: Numbers = Numbers { interchange: 999_999_999, group: u32::MAX };
const AT: Moment = Moment { year: 2026, month: 12, day: 31, hour: 23, minute: 59 };

/// Everything that can be asked of a document.
pub fn everything(octets: &[u8], limits: &Limits) -> Verdict {
    let (interchange, findings) = edi::read(octets, limits);
    positions_are_true(&interchange, octets, &findings);
    edi::census(&interchange);
    let verdicts = Verdicts::new(&interchange, &findings);
    let refusals = findings.iter().any(|f| f.severity == Severity::Refusal);
    let verdict = verdicts.interchange();
    assert_eq!(refusals, matches!(verdict, Verdict::Refused | Verdict::InPart | Verdict::NotEdi));
    assert_eq!(interchange.header.is_none(), verdict == Verdict::NotEdi);
    let envelope = ta1(&interchange, note(&findings), &Echo::ALL, NUMBERS, AT);
    let each = groups(&interchange, &findings, &Echo::ALL, NUMBERS, AT);
    let plain = x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT);
    let guided = x999(&interchange, &findings, &Echo::ALL, NUMBERS, AT);
    [envelope, each, plain].iter().flatten().for_each(|answer| answer_is_read(answer));
    guided.iter().for_each(|answer| x999_is_right(answer));
    verdict
}

fn positions_are_true(interchange: &Interchange<'_>, octets: &[u8], findings: &[edi::Finding]) {
    for finding in findings {
        assert!(finding.offset <= octets.len() as u64);
        assert!(finding.line >= 1);
        if let Some(group) = finding.group {
            assert!(finding.set.is_none_or(|set| set < interchange.groups[group].sets.len()));
        }
    }
    segments_are_where_findings_say(interchange, findings);
    for group in &interchange.groups {
        assert!(group.octets.end <= octets.len());
        let mut last = group.octets.start;
        for set in &group.sets {
            assert!(set.octets.start >= last && set.octets.end <= group.octets.end && !set.octets.is_empty());
            assert!(set.segments > 0 && set.first + set.segments - 1 <= interchange.segment_count());
            last = set.octets.end;
        }
    }
}

/// A finding lies within its segment, which is found again by its ordinal.
fn segments_are_where_findings_say(interchange: &Interchange<'_>, findings: &[edi::Finding]) {
    let mut walk = interchange.walk_all();
    let mut left = findings.iter().filter(|f| f.ordinal > 1).peekable();
    while let Some(segment) = walk.next_segment() {
        if segment.is_blank() {
            continue;
        }
        let end = segment.offset() + segment.raw().len() as u64;
        while left.next_if(|f| f.ordinal < segment.ordinal()).is_some() {}
        while let Some(finding) = left.next_if(|f| f.ordinal == segment.ordinal()) {
            assert!((segment.offset()..=end).contains(&finding.offset), "{finding}");
        }
    }
}

/// Our own acknowledgement passes our own check. What was odd in the document's ids and control numbers may be odd in it, in the
/// envelope; nothing is wrong inside a set.
pub fn answer_is_read(answer: &[u8]) {
    let limits = Limits { octets: usize::MAX, sets: usize::MAX, findings: 100 };
    let (interchange, findings) = edi::read(answer, &limits);
    assert!(interchange.header.is_some());
    let refusal = findings.iter().find(|f| f.severity == Severity::Refusal && f.code != Code::GroupVersion);
    assert_eq!(refusal, None, "{}", answer.escape_ascii());
    let wrong: Vec<_> = findings.iter().filter(|f| f.severity > Severity::Warning && f.set.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:?} {}", answer.escape_ascii());
}

/// A 999 repeats no version, so that nothing in it can be wrong but an id or a delimiter that the ISA repeats.
fn x999_is_right(answer: &[u8]) {
    let limits = Limits { octets: usize::MAX, sets: usize::MAX, findings: 100 };
    let (interchange, findings) = edi::read(answer, &limits);
    let wrong: Vec<_> = findings.iter().filter(|f| f.severity > Severity::Warning && f.group.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:?} {}", answer.escape_ascii());
    assert!(interchange.groups.iter().flat_map(|group| &group.sets).all(|set| set.kind == b"999"));
    answer_is_read(answer);
}

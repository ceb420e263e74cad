//! Whatever comes in: no panic, true positions, readable answers.

mod sample;

use edi::{
    Code, Interchange, Limits, Severity, Verdict, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, groups, note, ta1, x997, x999},
};
use proptest::prelude::*;
use sample::*;

const NUMBERS: Numbers = Numbers { interchange: 999_999_999, group: u32::MAX };
const AT: Moment = Moment { year: 2026, month: 12, day: 31, hour: 23, minute: 59 };

/// Everything that can be asked of a document.
fn exercise(octets: &[u8], limits: &Limits) -> Verdict {
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

/// Our own acknowledgement passes our own reader: what was odd in the document's ids may be odd in it.
fn answer_is_read(answer: &[u8]) {
    let limits = Limits { octets: usize::MAX, sets: usize::MAX, findings: 100 };
    let (interchange, findings) = edi::read(answer, &limits);
    assert!(interchange.header.is_some());
    let refusal = findings.iter().find(|f| f.severity == Severity::Refusal && f.code != Code::GroupVersion);
    assert_eq!(refusal, None, "{}", answer.escape_ascii());
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

#[derive(Debug, Clone)]
enum Change {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"*~>\r\n \0ISAGSTHLE0123456789".to_vec())];
    let place = any::<prop::sample::Index>;
    prop_oneof![
        4 => (place(), octet.clone()).prop_map(|(at, by)| Change::Replace(at, by)),
        2 => (place(), prop::collection::vec(octet, 0..12)).prop_map(|(at, what)| Change::Insert(at, what)),
        2 => (place(), 0..80usize).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (place(), 0..80usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => place().prop_map(Change::Cut),
    ]
}

fn changed(mut octets: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes.iter().filter(|_| !octets.is_empty()).cloned().collect::<Vec<_>>() {
        if octets.is_empty() {
            break;
        }
        let length = octets.len();
        match change {
            Change::Replace(at, by) => octets[at.index(length)] = by,
            Change::Insert(at, what) => drop(octets.splice(at.index(length)..at.index(length), what)),
            Change::Remove(at, count) => drop(octets.drain(at.index(length)..length.min(at.index(length) + count))),
            Change::Repeat(at, count) => {
                let piece = octets[at.index(length)..length.min(at.index(length) + count)].to_vec();
                octets.splice(at.index(length)..at.index(length), piece);
            }
            Change::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

fn good() -> Vec<u8> {
    interchange(&[
        group("SH", "7", "004010", &[set("856", "0001", SHIP_NOTICE), set("856", "0002", SHIP_NOTICE)]),
        group("UP", "8", "004010", &[set("215", "0001", PICKUP)]),
        group(
            "FA",
            "9",
            "004010",
            &[set("997", "0001", "AK1*SH*7~AK2*856*0001~AK3*HL*2**8~AK4*1*628*7~AK5*R*5~AK9*R*1*1*0~")],
        ),
    ])
    .into_bytes()
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        3 => Just(Limits::default()),
        1 => (0..4000usize, 0..5usize, 0..10usize).prop_map(|(octets, sets, findings)| Limits { octets, sets, findings }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..600), limits in limits()) {
        exercise(&octets, &limits);
    }

    #[test]
    fn any_octets_after_an_isa(octets in prop::collection::vec(any::<u8>(), 0..600), limits in limits()) {
        exercise(&[ISA.as_bytes(), &octets].concat(), &limits);
    }

    #[test]
    fn changed_documents(changes in prop::collection::vec(change(), 1..8), limits in limits()) {
        exercise(&changed(good(), &changes), &limits);
    }

    #[test]
    fn any_segments(tags in prop::collection::vec(prop::sample::select(vec![
        "ISA*", "GS*SH*A*B*20260105*0930*1*X*004010", "ST*856*0001", "BSN*00*M-1*20260105*0930", "HL*1**S", "HL*2*1*P", "N1*ST*X",
        "N3*X", "REF*CN*1", "LM*1", "MAN*GM*1", "CTT*2", "SE*5*0001", "GE*1*1", "IEA*1*000000007", "TA1", "", "ZZZZ", "BIN*5*",
    ]), 0..60)) {
        let body: String = tags.iter().map(|tag| format!("{tag}~")).collect();
        exercise(format!("{ISA}{body}").as_bytes(), &Limits::default());
    }

    #[test]
    fn unchanged_meaning(terminator in prop::sample::select(vec!["~\n", "~\r\n", "\n", "\r\n", "'", "\u{1c}"]),
                         element in prop::sample::select(vec!["*", "|", "+", "\u{1d}"])) {
        let text = String::from_utf8(good()).expect("text").replace('*', element).replace('~', terminator);
        assert_eq!(exercise(text.as_bytes(), &Limits::default()), Verdict::Accepted);
    }
}

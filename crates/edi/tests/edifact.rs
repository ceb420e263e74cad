//! EDIFACT's envelope, several interchanges in a file, and that neither is answered as X12.

mod sample;

use edi::{
    Limits, Rules, Syntax, Verdict,
    acknowledgement::{Echo, Moment, Note, Numbers, ta1, x997},
};
use sample::*;

const CONTROL: &str =
    "UNB+UNOC:3+SHIPPER+CARRIER+260105:0930+7'UNH+1+CONTRL:D:3:UN'UCI+5+CARRIER+SHIPPER+8'UNT+3+1'UNZ+1+7'";

#[test]
fn an_envelope() {
    check(CONTROL, &[]);
    let (interchange, findings) = all(CONTROL.as_bytes());
    assert_eq!((interchange.syntax, interchange.segment_count()), (Syntax::Edifact, 5));
    assert_eq!(edi::verdict(&interchange, &findings), Verdict::Accepted);
    for (piece, by, expected) in [
        ("UNT+3+1", "UNT+4+1", "UNT_COUNT_MISMATCH 4 UNT 1"),
        ("UNT+3+1", "UNT+3+2", "UNT_CONTROL_MISMATCH 4 UNT 2"),
        ("UNZ+1+7", "UNZ+2+7", "UNZ_COUNT_MISMATCH 5 UNZ 1"),
        ("UNZ+1+7", "UNZ+1+8", "UNZ_CONTROL_MISMATCH 5 UNZ 2"),
    ] {
        check_changed(CONTROL, piece, by, &[expected]);
    }
}

#[test]
fn is_not_answered_as_x12() {
    let (interchange, findings) = all(CONTROL.as_bytes());
    let numbers = Numbers { interchange: 1, group: 1 };
    let at = Moment { year: 2026, month: 1, day: 6, hour: 7, minute: 5 };
    assert_eq!(ta1(&interchange, Note::ACCEPTED, &Echo::ALL, numbers, at), None);
    assert_eq!(x997(&interchange, &findings, &Echo::ALL, numbers, at), None);
}

#[test]
fn several_interchanges_in_a_file() {
    let (limits, rules) = (Limits::default(), Rules::default());
    let file = format!("{}\n{CONTROL}\n{}", ship_notice(SHIP_NOTICE), pickup(&PICKUP.replace("CD3*L*7~", "CD3*L~")));
    let read: Vec<_> = edi::interchanges(file.as_bytes(), &limits, &rules)
        .map(|(interchange, findings, _)| (interchange.syntax, findings.iter().map(line).collect::<Vec<_>>()))
        .collect();
    let expected = [
        (Syntax::X12, vec![]),
        (Syntax::Edifact, vec![]),
        (Syntax::X12, vec!["CONDITION_MISSING 27 CD3 2".to_owned()]),
    ];
    assert_eq!(read, expected);
}

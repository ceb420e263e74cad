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

/// In tests a glance and the closer look are both taken, and must agree.
#[test]
fn each_set_has_its_own_octets_and_no_others() {
    for (set, others) in [("UNOA", "@#[]{}~abz"), ("UNOB", "@#[]{}~"), ("UNOC", "")] {
        for octet in (b' '..=b'~').filter(|octet| !b"+:?' ".contains(octet)) {
            let name = char::from(octet);
            let document = CONTROL.replace("UNOC", set).replace("UCI+5+CARRIER", &format!("UCI+5+CAR{name}IER"));
            let (_, findings) = all(document.as_bytes());
            let allowed = findings.is_empty();
            assert!(!others.contains(name) || !allowed, "{set} has no {name}");
            assert!(
                set != "UNOC" && !(name.is_ascii_uppercase() || name.is_ascii_digit()) || allowed,
                "{set} has {name}"
            );
        }
    }
}

/// What one word of eight octets does not show: the same verdict from a glance as from the closer look.
#[test]
fn long_numbers_commas_and_signs() {
    let body = |amount: &str| {
        format!(
            "UNB+UNOA:3+SHIPPER+CARRIER+260105:0930+1'UNH+1+IFTMIN:D:01B:UN'BGM+610+M1+9'MOA+44:{amount}:CAD'\
             NAD+CN+++ADA EXAMPLE+1 ELM ST+LAVAL+QC+H7A 0A1+CA'GID+1+1:CT'UNT+6+1'UNZ+1+1'"
        )
    };
    let too_long = "1".repeat(36);
    for amount in ["2.5", "2,5", "-2,5", "123456789012", "1234567890,25", "-1234567890.25"] {
        check(&body(amount), &[]);
    }
    for amount in ["2,5,1", "2.", ",5", &too_long, "1E3", "--1", "123456789O12"] {
        let (_, findings) = all(body(amount).as_bytes());
        assert_eq!(findings.len(), 1, "{amount}");
    }
}

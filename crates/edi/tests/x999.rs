//! 999, octet by octet, and who gets one.

mod sample;

use edi::{
    Rules,
    acknowledgement::{Echo, Moment, Numbers, groups, x999},
};
use sample::*;

const NUMBERS: Numbers = Numbers { interchange: 42, group: 9 };
const AT: Moment = Moment { year: 2026, month: 1, day: 6, hour: 7, minute: 5 };
const HEAD: &str =
    "ISA*00*          *00*          *01*CARRIER        *ZZ*SHIPPER        *260106*0705*U*00401*000000042*0*P*>~";

fn guided(body: &str) -> String {
    ship_notice(body).replace("*X*004010~", "*X*005010X999A1~")
}

/// What the 999 of a document says between ST and SE. The envelope around it is the expected one.
#[track_caller]
fn said(document: &str) -> String {
    let (interchange, findings) = all(document.as_bytes());
    let answer = x999(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    let answer = String::from_utf8(answer).expect("text");
    let head = format!("{HEAD}GS*FA*CARRIER*SHIPPER*20260106*0705*9*X*005010X231A1~ST*999*0001*005010X231A1~");
    let body = answer.strip_prefix(&head).unwrap_or_else(|| panic!("{answer}"));
    let segments = body.split("SE*").next().expect("split yields one").matches('~').count() + 2;
    let tail = format!("SE*{segments}*0001~GE*1*9~IEA*1*000000042~");
    check(&answer, &[]);
    body.strip_suffix(&tail).unwrap_or_else(|| panic!("{answer}")).to_string()
}

#[test]
fn accepted() {
    assert_eq!(said(&ship_notice(SHIP_NOTICE)), "AK1*SH*7*004010~AK2*856*0001~IK5*A~AK9*A*1*1*1~");
    assert_eq!(said(&guided(SHIP_NOTICE)), "AK1*SH*7*005010X999A1~AK2*856*0001~IK5*A~AK9*A*1*1*1~");
}

#[test]
fn the_set_s_own_guide_is_named() {
    let document = guided(SHIP_NOTICE).replace("ST*856*0001~", "ST*856*0001*005010X999A1~");
    assert_eq!(said(&document), "AK1*SH*7*005010X999A1~AK2*856*0001*005010X999A1~IK5*A~AK9*A*1*1*1~");
    // What has not the form of one may be anything.
    let document = document.replace("*0001*005010X999A1~", "*0001*EVA EXAMPLE~");
    assert!(said(&document).starts_with("AK1*SH*7*005010X999A1~AK2*856*0001~"));
}

#[test]
fn its_own_codes() {
    for (piece, by, expected) in [
        ("*M-1*20260105*", "*M-1*20260229*", "IK3*BSN*2**8~IK4*3*373*8~IK5*E*5~AK9*E*1*1*1~"),
        ("HL*2*1*O~", "HL*2*1*O*1*5~", "IK3*HL*13**8~IK4*5**3~IK5*E*5~AK9*E*1*1*1~"),
        ("PRF*ORDER-1~", "PRF*ORDER-1~REF*CN*1**CN>1>CN>1>CN>1>CN~", "IK3*REF*15**8~IK4*4>7**13~IK5*E*5~AK9*E*1*1*1~"),
        ("HL*2*1*O~", "QQQ*SECRET~HL*2*1*O~", "IK3*ZZZ*13**1~IK5*R*5~AK9*R*1*1*0~"),
        ("HL*2*1*O~", "NTE*ADD*X~HL*2*1*O~", "IK3*NTE*13**6~IK5*E*5~AK9*E*1*1*1~"),
    ] {
        assert_eq!(SHIP_NOTICE.matches(piece).count(), 1, "{piece} is there once");
        let document = ship_notice(&SHIP_NOTICE.replace(piece, by));
        assert_eq!(said(&document), format!("AK1*SH*7*004010~AK2*856*0001~{expected}"), "{by}");
    }
    let document = ship_notice(SHIP_NOTICE);
    let twice = document.replace("N2*SECOND FLOOR~", "N2*A^B~").replace("*U*00401*", "*^*00501*");
    let (interchange, findings) = all(twice.as_bytes());
    let answer = x999(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.contains("~IK3*N2*9**8~IK4*1*93*12~IK5*E*5~"), "{answer}");
}

#[test]
fn what_a_partner_has_to_send_is_of_its_guide() {
    let mut rules = Rules::default();
    rules.require(b"856", b"PKG", None);
    let document = ship_notice(SHIP_NOTICE);
    let (interchange, findings, _) = edi::read_by(document.as_bytes(), &edi::Limits::default(), &rules);
    let answer = x999(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.contains("**I8~IK5*E*I5~AK9*E*1*1*1~"), "{answer}");
    check(&answer, &[]);
}

#[test]
fn a_guide_of_005010_gets_a_999_and_others_a_997() {
    let sets = [set("856", "0001", SHIP_NOTICE)];
    let versions = ["004010", "005010", "005010X999", "005010X999A1", "004060X999"];
    let of_version = |(n, version): (usize, &&str)| group("SH", &(n + 7).to_string(), version, &sets);
    let document = interchange(&versions.iter().enumerate().map(of_version).collect::<Vec<_>>());
    let (interchange, findings) = all(document.as_bytes());
    let answer = groups(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there are groups");
    check(std::str::from_utf8(&answer).expect("text"), &[]);
    let (answer, _) = all(&answer);
    let kinds: Vec<_> = answer.groups.iter().flat_map(|g| g.sets.iter().map(|s| (g.version, s.kind))).collect();
    let guide = &b"005010X231A1"[..];
    let expected: [(&[u8], &[u8]); 5] =
        [(b"004010", b"997"), (b"005010", b"997"), (guide, b"999"), (guide, b"999"), (b"004060X999", b"997")];
    assert_eq!(kinds, expected);
}

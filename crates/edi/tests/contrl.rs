//! CONTRL: its exact octets, and that it passes our own check whatever it answers.

mod sample;

use edi::{
    Finding, Limits,
    acknowledgement::{Echo, Moment, Note, Numbers, contrl, ta1, x997},
};
use proptest::prelude::*;

const NUMBERS: Numbers = Numbers { interchange: 12, group: 9 };
const AT: Moment = Moment { year: 2026, month: 1, day: 5, hour: 9, minute: 31 };

const MESSAGE: &str = "UNH+M1+IFTMIN:D:96A:UN'BGM+340+SHIP-1+9'NAD+CZ+++MADE UP GOODS'GID+1'UNT+5+M1'";

fn document(version: &str, messages: &[&str]) -> String {
    let date = if version.ends_with('4') { "20260105" } else { "260105" };
    format!(
        "UNB+{version}+SHIPPER:ZZ+CARRIER:14+{date}:0930+UNB1234'{}UNZ+{}+UNB1234'",
        messages.concat(),
        messages.len()
    )
}

fn answer(document: &[u8]) -> Option<String> {
    let (interchange, findings) = edi::read(document, &Limits::default());
    let octets = contrl(&interchange, &findings, &Echo::ALL, NUMBERS, AT)?;
    Some(String::from_utf8(octets).expect("only ASCII is repeated"))
}

#[track_caller]
fn passes(answer: &[u8]) {
    let (interchange, findings) = edi::read(answer, &Limits::default());
    assert_eq!(findings, Vec::<Finding>::new(), "{}", answer.escape_ascii());
    assert_eq!(contrl(&interchange, &findings, &Echo::ALL, NUMBERS, AT), None, "a CONTRL is never answered");
}

#[track_caller]
fn says(document: &str, expected: &str) {
    let answer = answer(document.as_bytes()).expect("an answer");
    passes(answer.as_bytes());
    assert_eq!(answer, expected);
}

const HEAD: &str = "UNB+UNOA:3+CARRIER:14+SHIPPER:ZZ+260105:0931+12'UNH+1+CONTRL:D:3:UN'";
const UCI: &str = "UCI+UNB1234+SHIPPER:ZZ+CARRIER:14+";

#[test]
fn what_is_good_is_taken() {
    says(&document("UNOA:3", &[MESSAGE]), &format!("{HEAD}{UCI}7'UCM+M1+IFTMIN:D:96A:UN+7'UNT+4+1'UNZ+1+12'"));
    says(
        &document("UNOC:4", &[MESSAGE]),
        "UNB+UNOC:4+CARRIER:14+SHIPPER:ZZ+20260105:0931+12'UNH+1+CONTRL:4:1:UN'UCI+UNB1234+SHIPPER:ZZ+CARRIER:14+7'\
         UCM+M1+IFTMIN:D:96A:UN+7'UNT+4+1'UNZ+1+12'",
    );
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let second = MESSAGE.replace("M1", "M2").replace("UNT+5", "UNT+6");
    let foreign = "UNH+M3+ORDERS:D:96A:UN'UNT+2+M3'";
    let missing = MESSAGE.replace("M1", "M4").replace("BGM+340+SHIP-1+9'", "").replace("UNT+5", "UNT+4");
    says(
        &document("UNOA:3", &[MESSAGE, &second, foreign, &missing]),
        &format!(
            "{HEAD}{UCI}7'UCM+M1+IFTMIN:D:96A:UN+7'UCM+M2+IFTMIN:D:96A:UN+4+29'UCM+M3+ORDERS:D:96A:UN+4+14'\
             UCM+M4+IFTMIN:D:96A:UN+4'UCS+1+13'UNT+8+1'UNZ+1+12'"
        ),
    );
    let cut = document("UNOA:3", &[MESSAGE]).replace("UNZ+1+UNB1234'", "UNZ+1+UNB1235'");
    says(&cut, &format!("{HEAD}{UCI}4+28'UNT+3+1'UNZ+1+12'"));
}

#[test]
fn nothing_is_repeated_that_could_be_a_name() {
    let hostile = document("UNOA:3", &[MESSAGE])
        .replace("UNB1234", "QUASTERBY")
        .replace("SHIPPER", "OLVERIN?'S")
        .replace("M1", "FENWILLOW");
    let answer = answer(hostile.as_bytes()).expect("an answer");
    passes(answer.as_bytes());
    for name in ["QUASTERBY", "OLVERIN", "FENWILLOW"] {
        assert!(!answer.contains(name), "{answer}");
    }
}

#[test]
fn x12_gets_no_contrl_and_edifact_nothing_else() {
    assert_eq!(answer(sample::ship_notice(sample::SHIP_NOTICE).as_bytes()), None);
    let document = document("UNOA:3", &[MESSAGE]);
    let (interchange, findings) = edi::read(document.as_bytes(), &Limits::default());
    assert_eq!(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT), None);
    assert_eq!(ta1(&interchange, Note::ACCEPTED, &Echo::ALL, NUMBERS, AT), None);
}

proptest! {
    #[test]
    fn whatever_comes_the_answer_passes(
        groups in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..60, any::<bool>()), 0..5),
    ) {
        let mut octets = document("UNOC:3", &[MESSAGE, &MESSAGE.replace("M1", "M2")]).into_bytes();
        if groups {
            let text = String::from_utf8(octets).expect("ASCII");
            let text = text.replacen("UNH+M1", "UNG+IFTMIN+A+B+260105:0930+G1+UN+D:96A'UNH+M1", 1);
            octets = text.replace("UNZ+2", "UNE+2+G1'UNZ+1").into_bytes();
        }
        for (at, octet, count, insert) in changes {
            let at = at.index(octets.len().max(1)).min(octets.len());
            let end = if insert { at } else { (at + count % 8).min(octets.len()) };
            let by = vec![octet; if insert { count } else { usize::from(octet % 2) }];
            octets.splice(at..end, by);
        }
        if let Some(answer) = answer(&octets) {
            passes(answer.as_bytes());
        }
    }
}

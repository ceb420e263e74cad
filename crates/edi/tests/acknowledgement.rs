//! TA1 and 997, octet by octet.

mod sample;

use edi::{
    Code, Finding, Severity, Verdicts,
    acknowledgement::{Echo, Moment, Note, Numbers, note, ta1, x997},
};
use sample::*;

const NUMBERS: Numbers = Numbers { interchange: 42, group: 9 };
const AT: Moment = Moment { year: 2026, month: 1, day: 6, hour: 7, minute: 5 };
const HEAD: &str =
    "ISA*00*          *00*          *01*CARRIER        *ZZ*SHIPPER        *260106*0705*U*00401*000000042*0*P*>~";

/// What the 997 of a document says between ST and SE. The envelope around it is the expected one.
#[track_caller]
fn said(document: &str) -> String {
    let (interchange, findings) = all(document.as_bytes());
    let answer = x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    let answer = String::from_utf8(answer).expect("text");
    let head = format!("{HEAD}GS*FA*CARRIER*SHIPPER*20260106*0705*9*X*004010~ST*997*0001~");
    let body = answer.strip_prefix(&head).unwrap_or_else(|| panic!("{answer}"));
    let segments = body.split("SE*").next().expect("split yields one").matches('~').count() + 2;
    let tail = format!("SE*{segments}*0001~GE*1*9~IEA*1*000000042~");
    body.strip_suffix(&tail).unwrap_or_else(|| panic!("{answer}")).to_string()
}

#[track_caller]
fn check_set(body: &str, expected: &str) {
    assert_eq!(said(&ship_notice(body)), format!("AK1*SH*7~AK2*856*0001~{expected}"), "{body}");
}

#[track_caller]
fn check_changed_set(piece: &str, by: &str, expected: &str) {
    assert_eq!(SHIP_NOTICE.matches(piece).count(), 1, "{piece} is there once");
    check_set(&SHIP_NOTICE.replace(piece, by), expected);
}

#[test]
fn accepted() {
    check_set(SHIP_NOTICE, "AK5*A~AK9*A*1*1*1~");
    // Warnings are not told.
    check_changed_set("*G1A1A1*CA~", "*G1A1A1*CA*~", "AK5*A~AK9*A*1*1*1~");
}

#[test]
fn accepted_with_errors() {
    check_changed_set("*M-1*20260105*", "*M-1*20260229*", "AK3*BSN*2**8~AK4*3*373*8~AK5*E*5~AK9*E*1*1*1~");
}

#[test]
fn every_element_code() {
    for (piece, by, expected) in [
        ("*M-1*", "**", "AK3*BSN*2**8~AK4*2*396*1~AK5*R*5~AK9*R*1*1*0~"),
        ("*G*2.5*KG~", "*G*2.5~", "AK3*TD1*4**8~AK4*8*355*2~AK5*E*5~AK9*E*1*1*1~"),
        ("HL*2*1*O~", "HL*2*1*O*1*5~", "AK3*HL*13**8~AK4*5**3~AK5*E*5~AK9*E*1*1*1~"),
        ("*M-1*", "*M*", "AK3*BSN*2**8~AK4*2*396*4~AK5*E*5~AK9*E*1*1*1~"),
        ("PRF*ORDER-1~", "PRF*ORDER-12345678901234567~", "AK3*PRF*14**8~AK4*1*324*5~AK5*E*5~AK9*E*1*1*1~"),
        ("SN1**10*EA~", "SN1**TEN*EA~", "AK3*SN1*19**8~AK4*2*382*6~AK3*CTT*20**8~AK4*2*347*7~AK5*E*5~AK9*E*1*1*1~"),
        ("BSN*00*", "BSN*99*", "AK3*BSN*2**8~AK4*1*353*7~AK5*E*5~AK9*E*1*1*1~"),
        ("*20260105*0930~HL", "*20260105*2460~HL", "AK3*BSN*2**8~AK4*4*337*9~AK5*E*5~AK9*E*1*1*1~"),
        ("TD1*CTN25", "MEA*PD*G*1*KG****06~TD1*CTN25", "AK3*MEA*4**8~AK4*3*739*10~AK5*E*5~AK9*E*1*1*1~"),
        ("PRF*ORDER-1~", "PRF*ORDER-1~REF*CN*1**>1~", "AK3*REF*15**8~AK4*4>1*128*1~AK5*R*5~AK9*R*1*1*0~"),
        ("N2*SECOND FLOOR", "N2*4111111111111111", "AK3*N2*9**8~AK4*1**6~AK5*R*5~AK9*R*1*1*0~"),
        ("HL*2*1*O~", "HL*2**O~", "AK3*HL*13**8~AK4*2*734*7~AK5*R*5~AK9*R*1*1*0~"),
        ("CTT*4*10~", "CTT*5*10~", "AK3*CTT*20**8~AK4*1*354*7~AK5*R*5~AK9*R*1*1*0~"),
    ] {
        check_changed_set(piece, by, expected);
    }
}

/// AK401 has two digits, AK302 six: what lies beyond is in the segment's note, or in the verdict, alone.
#[test]
fn places_that_have_no_digits() {
    let hl = |elements| format!("HL*2*1*O*1{}5~", "*".repeat(elements));
    check_changed_set("HL*2*1*O~", &hl(95), "AK3*HL*13**8~AK4*99**3~AK5*E*5~AK9*E*1*1*1~");
    check_changed_set("HL*2*1*O~", &hl(96), "AK3*HL*13**8~AK5*E*5~AK9*E*1*1*1~");
    let document = ship_notice(SHIP_NOTICE).replace("HL*2*1*O~", &hl(1));
    let (interchange, mut findings) = all(document.as_bytes());
    for (position, note) in [(999_999, "AK3*HL*999999**8~AK4*5**3~"), (1_000_000, "")] {
        findings[0].set_position = position;
        let answer = x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
        assert!(answer.escape_ascii().to_string().contains(&format!("AK2*856*0001~{note}AK5*E*5~")), "{note}");
    }
}

#[test]
fn every_segment_code() {
    for (piece, by, expected) in [
        ("HL*2*1*O~", "QQQ*SECRET~HL*2*1*O~", "AK3*ZZZ*13**1~AK5*R*5~AK9*R*1*1*0~"),
        ("HL*1**S~", "N1*SF*X~HL*1**S~", "AK3*N1*3**2~AK5*E*5~AK9*E*1*1*1~"),
        ("BSN*00*M-1*20260105*0930~", "", "AK3*BSN*2**3~AK5*R*5~AK9*R*1*1*0~"),
        ("N2*SECOND FLOOR~", "N2*A~N2*B~N2*C~", "AK3*N2*11**5~AK5*E*5~AK9*E*1*1*1~"),
        ("HL*2*1*O~", "NTE*ADD*X~HL*2*1*O~", "AK3*NTE*13**6~AK5*E*5~AK9*E*1*1*1~"),
        (
            "N3*12 SAMPLE ST~N4*QUEBEC*QC*G1A1A1*CA~",
            "N4*QUEBEC*QC*G1A1A1*CA~N3*12 SAMPLE ST~",
            "AK3*N3*11**7~AK5*E*5~AK9*E*1*1*1~",
        ),
    ] {
        check_changed_set(piece, by, expected);
    }
    let parties = "N1*SF*NO ONE~".repeat(200);
    check_changed_set("N1*SF*MADE UP GOODS~", &parties, "AK3*N1*207**4~AK5*E*5~AK9*E*1*1*1~");
}

#[test]
fn several_elements_stand_under_one_segment() {
    check_changed_set(
        "BSN*00*M-1*20260105*0930~",
        "BSN*99*M*20260229*2460~",
        "AK3*BSN*2**8~AK4*1*353*7~AK4*2*396*4~AK4*3*373*8~AK4*4*337*9~AK5*E*5~AK9*E*1*1*1~",
    );
}

#[test]
fn every_set_code() {
    let whole =
        |document: &str, expected: &str| assert_eq!(said(document), format!("AK1*SH*7~{expected}"), "{document}");
    let good = ship_notice(SHIP_NOTICE);
    whole(&good.replace("ST*856*", "ST*850*"), "AK2*850*0001~AK5*R*1~AK9*R*1*1*0~");
    whole(&good.replace("SE*21*0001~", ""), "AK2*856*0001~AK5*R*2~AK9*R*1*1*0~");
    whole(&good.replace("SE*21*0001~", "SE*21*0002~"), "AK2*856*0001~AK5*R*3~AK9*R*1*1*0~");
    whole(&good.replace("SE*21*0001~", "SE*20*0001~"), "AK2*856*0001~AK5*R*4~AK9*R*1*1*0~");
    whole(&good.replace("SE*21*0001~", "SE*20*0002~"), "AK2*856*0001~AK5*R*3*4~AK9*R*1*1*0~");
    whole(&good.replace("ST*856*", "ST*8*"), "AK2*000*0001~AK5*R*6~AK9*R*1*1*0~");
    whole(&good.replace("ST*856*", "ST*997*"), "AK2*997*0001~AK5*R*6~AK9*R*1*1*0~");
    whole(&good.replace("*0001~", "*SECRET-1~"), "AK2*856*0000~AK5*R*7~AK9*R*1*1*0~");
    whole(&good.replace("*0001~", "*1~"), "AK2*856*1~AK5*E*7~AK9*E*1*1*1~");
    let twice = set("856", "0001", SHIP_NOTICE);
    whole(
        &interchange(&[group("SH", "7", "004010", &[twice.clone(), twice])]),
        "AK2*856*0001~AK5*A~AK2*856*0001~AK5*R*23~AK9*P*2*2*1~",
    );
}

#[test]
fn every_group_code() {
    let good = ship_notice(SHIP_NOTICE);
    for (piece, by, expected) in [
        ("GE*1*7~", "", "AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*1*1*0*3~"),
        ("GE*1*7~", "GE*1*8~", "AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*1*1*0*4~"),
        ("GE*1*7~", "GE*2*7~", "AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*2*1*0*5~"),
        ("GE*1*7~", "GE*2*8~", "AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*2*1*0*4*5~"),
        ("GS*SH*", "GS*PO*", "AK1*PO*7~AK2*856*0001~AK5*R*6~AK9*R*1*1*0*1~"),
        ("*0930*7*X", "*0930*7A*X", "AK1*SH*0~AK2*856*0001~AK5*R~AK9*R*1*1*0*4*6~"),
        ("*20260105*0930*7*X", "*20261305*0930*7*X", "AK1*SH*7~AK2*856*0001~AK5*A~AK9*E*1*1*1~"),
        ("GE*1*7~", "N1*ST*X~GE*1*7~", "AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*1*1*0~"),
    ] {
        assert_eq!(good.matches(piece).count(), 1);
        assert_eq!(said(&good.replace(piece, by)), expected, "{by}");
    }
}

#[test]
fn an_unsupported_version_is_mirrored() {
    let document = ship_notice(SHIP_NOTICE).replace("*X*004010", "*X*003020");
    let (interchange, findings) = all(document.as_bytes());
    let answer = x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.contains("*9*X*003020~ST*997*0001~AK1*SH*7~AK2*856*0001~AK5*R~AK9*R*1*1*0*2~"), "{answer}");
}

#[test]
fn good_sets_are_kept() {
    let sets = ["0001", "0002", "0003"]
        .map(|n| set("856", n, &SHIP_NOTICE.replace("CTT*4", if n == "0002" { "CTT*5" } else { "CTT*4" })));
    assert_eq!(
        said(&interchange(&[group("SH", "7", "004010", &sets)])),
        "AK1*SH*7~AK2*856*0001~AK5*A~AK2*856*0002~AK3*CTT*20**8~AK4*1*354*7~AK5*R*5~AK2*856*0003~AK5*A~AK9*P*3*3*2~"
    );
}

#[test]
fn one_997_a_group() {
    let one = group("SH", "7", "004010", &[set("856", "0001", SHIP_NOTICE)]);
    let two = group("UP", "8", "004010", &[set("215", "0001", PICKUP)]);
    let three = group("SH", "9", "005010", &[set("856", "0001", SHIP_NOTICE)]);
    let document = interchange(&[one, two, three]);
    let (interchange, findings) = all(document.as_bytes());
    assert_eq!(findings, []);
    let answer = String::from_utf8(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there are groups"))
        .expect("text");
    let expected = format!(
        "{HEAD}GS*FA*CARRIER*SHIPPER*20260106*0705*9*X*004010~\
         ST*997*0001~AK1*SH*7~AK2*856*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~\
         ST*997*0002~AK1*UP*8~AK2*215*0001~AK5*A~AK9*A*1*1*1~SE*6*0002~GE*2*9~\
         GS*FA*CARRIER*SHIPPER*20260106*0705*10*X*005010~\
         ST*997*0001~AK1*SH*9~AK2*856*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*10~IEA*2*000000042~"
    );
    assert_eq!(answer, expected);
}

#[test]
fn separators_are_mirrored() {
    let document = ship_notice(SHIP_NOTICE)
        .replace('*', "|")
        .replace('>', ":")
        .replace('~', "\n")
        .replace("|U|00401|", "|^|00501|");
    let (interchange, findings) = all(document.as_bytes());
    let answer = String::from_utf8(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group"))
        .expect("text");
    assert!(answer.starts_with("ISA|00|          |00|          |01|CARRIER        |ZZ|SHIPPER        |260106|0705|^|00501|000000042|0|P|:\nGS|FA|"), "{answer}");
    assert!(answer.ends_with("\nAK9|A|1|1|1\nSE|6|0001\nGE|1|9\nIEA|1|000000042\n"));
}

#[track_caller]
fn check_ta1(document: &str, expected: &str) {
    let (interchange, findings) = all(document.as_bytes());
    let answer = ta1(&interchange, note(&findings), &Echo::ALL, NUMBERS, AT).expect("there is an ISA");
    let answer = String::from_utf8(answer).expect("text");
    let (head, rest) = answer.split_at(106);
    assert_eq!(&head[..3], "ISA");
    assert_eq!(rest, format!("{expected}~IEA*0*000000042~"), "{document}");
}

#[test]
fn every_ta1_code() {
    let good = ship_notice(SHIP_NOTICE);
    check_ta1(&good, "TA1*000000007*260105*0930*A*000");
    for (piece, by, expected) in [
        ("IEA*1*000000007", "IEA*1*000000008", "TA1*000000007*260105*0930*R*001"),
        ("*>~", "*>Q", "TA1*000000007*260105*0930*R*004"),
        ("*ZZ*SHIPPER        ", "*Z *SHIPPER        ", "TA1*000000007*260105*0930*E*005"),
        ("*ZZ*SHIPPER        ", "*ZZ*               ", "TA1*000000007*260105*0930*R*006"),
        ("*01*CARRIER        ", "*0 *CARRIER        ", "TA1*000000007*260105*0930*E*007"),
        ("*01*CARRIER        ", "*01*               ", "TA1*000000007*260105*0930*R*008"),
        ("ISA*00*", "ISA*  *", "TA1*000000007*260105*0930*E*010"),
        ("*00*          *ZZ", "*  *          *ZZ", "TA1*000000007*260105*0930*E*012"),
        ("*260105*0930*U", "*260199*0930*U", "TA1*000000007*000000*0930*E*014"),
        ("*260105*0930*U", "*260105*2530*U", "TA1*000000007*260105*0000*E*015"),
        ("*0930*U*", "*0930*X*", "TA1*000000007*260105*0930*E*016"),
        ("*00401*", "*A0401*", "TA1*000000007*260105*0930*E*017"),
        ("00401*000000007*", "00401*00000000A*", "TA1*000000000*260105*0930*R*018"),
        ("*000000007*0*P", "*000000007*7*P", "TA1*000000007*260105*0930*E*019"),
        ("*0*P*>", "*0*X*>", "TA1*000000007*260105*0930*R*020"),
        ("IEA*1*", "IEA*3*", "TA1*000000007*260105*0930*R*021"),
        ("*SHIPPER        *", "*SHIPPER*", "TA1*000000007*260105*0930*R*022"),
        ("IEA*1*000000007~", "", "TA1*000000007*260105*0930*R*023"),
        ("IEA*1*000000007~", "IEA*1*000000007~N1*ST*X~", "TA1*000000007*260105*0930*R*022"),
        ("GS*SH*", "GS*SHIP*", "TA1*000000007*260105*0930*R*024"),
        ("GS*SH*", "N1*ST*X~GS*SH*", "TA1*000000007*260105*0930*R*024"),
    ] {
        assert_eq!(good.matches(piece).count(), 1, "{piece}");
        check_ta1(&good.replace(piece, by), expected);
    }
    check_ta1(&good.replacen("*>~", "*A~", 1), "TA1*000000007*260105*0930*R*027");
    // What is wrong in sets and groups is the 997's, not the TA1's.
    check_ta1(&good.replace("CTT*4", "CTT*5").replace("GE*1*7", "GE*2*7"), "TA1*000000007*260105*0930*A*000");
}

#[test]
fn a_ta1_for_reasons_outside_of_the_document() {
    let document = ship_notice(SHIP_NOTICE);
    let (interchange, _) = all(document.as_bytes());
    for (note, end) in [(Note::DUPLICATE, "*R*025~"), (Note::UNKNOWN_RECEIVER, "*R*009~")] {
        let answer = String::from_utf8(ta1(&interchange, note, &Echo::ALL, NUMBERS, AT).expect("there is an ISA"))
            .expect("text");
        assert!(answer.contains(&format!("TA1*000000007*260105*0930{end}")), "{answer}");
    }
}

#[test]
fn an_id_of_which_nothing_can_be_written_is_called_unknown() {
    let good = ship_notice(SHIP_NOTICE);
    let sender = &good[35..50];
    for id in [&"\0".repeat(15), &">".repeat(15), &format!("{:15}", ">\u{1}>"), &" ".repeat(15)] {
        let document = good.replacen(sender, id, 1);
        let (interchange, findings) = all(document.as_bytes());
        let answer = ta1(&interchange, note(&findings), &Echo::ALL, NUMBERS, AT).expect("there is an ISA");
        let answer = String::from_utf8(answer).expect("text");
        assert_eq!(&answer[54..69], "UNKNOWN        ", "{answer}");
    }
}

#[test]
fn acknowledgements_are_not_acknowledged() {
    let document = ship_notice(SHIP_NOTICE);
    let (interchange, findings) = all(document.as_bytes());
    let ta1_octets = ta1(&interchange, Note::ACCEPTED, &Echo::ALL, NUMBERS, AT).expect("there is an ISA");
    let x997_octets = x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group");
    for octets in [ta1_octets, x997_octets] {
        check_octets(&octets, &[]);
        let (interchange, findings) = all(&octets);
        assert_eq!(ta1(&interchange, Note::ACCEPTED, &Echo::ALL, NUMBERS, AT), None);
        assert_eq!(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT), None);
    }
    // A group of 997s beside another group is passed over.
    let mixed = sample::interchange(&[
        group("FA", "3", "004010", &[set("997", "0001", "AK1*SH*7~AK9*A*1*1*1~")]),
        group("SH", "7", "004010", &[set("856", "0001", SHIP_NOTICE)]),
    ]);
    assert_eq!(said(&mixed), "AK1*SH*7~AK2*856*0001~AK5*A~AK9*A*1*1*1~");
}

#[test]
fn nothing_to_answer() {
    for document in ["", "hello", "ISA*00*"] {
        let (interchange, findings) = all(document.as_bytes());
        assert_eq!(ta1(&interchange, Note::ACCEPTED, &Echo::ALL, NUMBERS, AT), None);
        assert_eq!(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT), None);
    }
}

#[test]
fn findings_of_the_caller() {
    let document = ship_notice(SHIP_NOTICE);
    let (interchange, mut findings) = all(document.as_bytes());
    let finding = Finding::in_set(&interchange, 0, 0, 2, Code::DuplicateManifest).element(2, 396);
    assert_eq!(
        (finding.group, finding.set, finding.set_position, finding.severity),
        (Some(0), Some(0), 2, Severity::Refusal)
    );
    findings.push(finding);
    assert!(!Verdicts::new(&interchange, &findings).set(0, 0).takes_any());
    let answer = String::from_utf8(x997(&interchange, &findings, &Echo::ALL, NUMBERS, AT).expect("there is a group"))
        .expect("text");
    assert!(answer.contains("AK2*856*0001~AK3*BSN*2**8~AK4*2*396*7~AK5*R*5~AK9*R*1*1*0~"), "{answer}");
}

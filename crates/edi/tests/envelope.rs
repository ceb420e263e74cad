//! ISA to IEA, one line a case.

mod sample;

use edi::{Code, Limits, Verdict};
use sample::*;

#[track_caller]
fn changed(piece: &str, by: &str, expected: &[&str]) {
    check_changed(&ship_notice(SHIP_NOTICE), piece, by, expected);
}

#[test]
fn no_findings_in_a_good_document() {
    check(&ship_notice(SHIP_NOTICE), &[]);
    check(&pickup(PICKUP), &[]);
}

#[test]
fn not_edi() {
    for (body, code) in [
        ("", "EMPTY"),
        (" \r\n\t", "EMPTY"),
        ("hello", "NOT_EDI"),
        ("isa*00*", "NOT_EDI"),
        ("<xml/>", "NOT_EDI"),
        ("ISA", "ISA_UNREADABLE"),
        ("ISA*00*", "ISA_UNREADABLE"),
        (&ISA[..104], "ISA_UNREADABLE"),
        (&ISA[..105], "ISA_UNREADABLE"),
    ] {
        check(body, &[code]);
        let (interchange, findings) = all(body.as_bytes());
        assert!(interchange.header.is_none());
        assert_eq!(edi::verdict(&interchange, &findings), Verdict::NotEdi, "{body}");
    }
}

#[test]
fn before_and_after() {
    let good = ship_notice(SHIP_NOTICE);
    check_octets(&[b"\xEF\xBB\xBF", good.as_bytes()].concat(), &["LEADING_OCTETS"]);
    check(&format!("\r\n  {good}"), &["LEADING_OCTETS"]);
    check(&format!("{good}\r\n"), &[]);
    check(&format!("{good}\n\n  \n"), &[]);
    check(&format!("{good}\x1a"), &["TRAILING_OCTETS 26 ZZZ"]);
    check(&format!("{good}XX*1~"), &["TRAILING_SEGMENTS 26 ZZZ"]);
    check(&format!("{good}{good}"), &["SECOND_INTERCHANGE 26 ISA"]);
    check(good.trim_end_matches('~'), &["UNTERMINATED"]);
}

#[test]
fn line_ends() {
    let good = ship_notice(SHIP_NOTICE);
    check(&good.replace('~', "~\n"), &[]);
    check(&good.replace('~', "~\r\n"), &[]);
    check(&good.replace('~', "\n"), &[]);
    check(&good.replace('~', "\r\n"), &[]);
    check(&good.replace('~', "\r"), &[]);
    check(&good.replace('~', "\n\n"), &[]);
    check(&good.replacen("~HL*1", "~~HL*1", 1), &["EMPTY_SEGMENT"]);
    // The ISA ends with a line feed, all other lines with a carriage return as well.
    check(&good.replace('~', "\r\n").replacen("\r\n", "\n", 1), &[]);
}

#[test]
fn other_separators() {
    let good = ship_notice(SHIP_NOTICE);
    check(&good.replace('*', "|").replace('>', ":").replace('~', "'"), &[]);
    check(&good.replace("*U*00401*", "*^*00501*").replace("004010", "005010"), &[]);
    check_octets(&good.bytes().map(|b| if b == b'~' { 0x1C } else { b }).collect::<Vec<_>>(), &[]);
}

#[test]
fn lines_are_counted() {
    let document = ship_notice(SHIP_NOTICE).replace("DTM*011*20260105", "DTM*011*20260199").replace('~', "~\r\n");
    let (_, findings) = all(document.as_bytes());
    assert_eq!(findings.iter().map(|f| (f.line, f.ordinal, f.set_position)).collect::<Vec<_>>(), [(8, 8, 6)]);
}

#[test]
fn lines_are_counted_in_long_documents() {
    for end in ["\n", "\r", "\r\n"] {
        let document =
            ship_notice(&SHIP_NOTICE.replace("N2*SECOND FLOOR~", &"N2*SECOND FLOOR, TO THE RIGHT~".repeat(1200)));
        let document = document.replace('~', end);
        let (_, findings) = all(document.as_bytes());
        assert!(findings.len() > 1000);
        for finding in findings {
            let before = &document.as_bytes()[..finding.offset as usize];
            let lines = before.iter().filter(|&&b| b == end.as_bytes()[end.len() - 1]).count() as u32 + 1;
            assert_eq!((finding.line, finding.line), (lines, finding.ordinal));
        }
    }
}

#[test]
fn isa_elements() {
    changed("ISA*00*", "ISA*0 *", &["ISA_AUTHORIZATION_QUALIFIER 1 ISA 1"]);
    changed("          *00*          *ZZ", "          *--*          *ZZ", &["ISA_SECURITY_QUALIFIER 1 ISA 3"]);
    changed("*ZZ*SHIPPER  ", "*Z *SHIPPER  ", &["ISA_SENDER_QUALIFIER 1 ISA 5"]);
    changed("*ZZ*SHIPPER  ", "*ZZ*         ", &["ISA_SENDER_MISSING 1 ISA 6"]);
    changed("*01*CARRIER  ", "*  *CARRIER  ", &["ISA_RECEIVER_QUALIFIER 1 ISA 7"]);
    changed("*01*CARRIER  ", "*01*         ", &["ISA_RECEIVER_MISSING 1 ISA 8"]);
    changed("*260105*0930*U", "*260230*0930*U", &["ISA_DATE 1 ISA 9"]);
    changed("*260105*0930*U", "*260105*2530*U", &["ISA_TIME 1 ISA 10"]);
    changed("*0930*U*", "*0930*X*", &["ISA_STANDARD 1 ISA 11"]);
    changed("*0930*U*", "*0930*^*", &["ISA_STANDARD 1 ISA 11"]);
    changed("*00401*", "*0040X*", &["ISA_VERSION 1 ISA 12"]);
    changed("00401*000000007*0", "00401*00000000A*0", &["ISA_CONTROL 1 ISA 13", "IEA_CONTROL_MISMATCH 25 IEA 2"]);
    changed("*000000007*0*P", "*000000007*2*P", &["ISA_ACKNOWLEDGEMENT_REQUEST 1 ISA 14"]);
    changed("*0*P*>", "*0*X*>", &["ISA_USAGE 1 ISA 15"]);
}

#[test]
fn isa_form() {
    changed("*SHIPPER        *", "*SHIPPER*", &["ISA_WIDTH 1 ISA"]);
    changed("*260105*0930*U", "\n*260105*0930*U", &["ISA_WRAPPED 1 ISA"]);
    check(&ship_notice(SHIP_NOTICE).replacen("*>~", "**~", 1), &["COMPONENT_SEPARATOR_INVALID 1 ISA 16"]);
    check(&ship_notice(SHIP_NOTICE).replacen("*>~", "*A~", 1), &["COMPONENT_SEPARATOR_INVALID 1 ISA 16"]);
    let (interchange, findings) = all(
        b"ISA*00*          *00*          *ZZ*SHIPPER        *01*CARRIER        *260105*0930*U*00401*000000007*0*P*>Q",
    );
    assert!(findings.iter().any(|f| f.code == Code::TerminatorInvalid));
    assert!(!interchange.is_complete());
}

#[test]
fn interchange_trailer() {
    let good = ship_notice(SHIP_NOTICE);
    let cut = |at: &str| &good[..good.find(at).expect("is there")];
    check(cut("IEA*"), &["IEA_MISSING 24 GE"]);
    check(cut("GE*1"), &["GE_MISSING 23 SE", "IEA_MISSING 23 SE"]);
    check(cut("SE*"), &["SE_MISSING 22 CTT", "GE_MISSING 22 CTT", "IEA_MISSING 22 CTT"]);
    changed("IEA*1*", "IEA*2*", &["GROUP_COUNT_MISMATCH 25 IEA 1"]);
    changed("IEA*1*", "IEA*00001*", &["LEADING_ZEROS 25 IEA 1"]);
    changed("IEA*1*", "IEA**", &["GROUP_COUNT_MISMATCH 25 IEA 1"]);
    changed("IEA*1*000000007", "IEA*1*000000008", &["IEA_CONTROL_MISMATCH 25 IEA 2"]);
    changed("IEA*1*000000007", "IEA*1*7", &["IEA_CONTROL_SHORT 25 IEA 2"]);
    check(&format!("{ISA}IEA*0*000000007~"), &["NO_CONTENT 2 IEA"]);
}

#[test]
fn group_envelope() {
    changed("GE*1*7~", "GE*2*7~", &["SET_COUNT_MISMATCH 24 GE 1"]);
    changed("GE*1*7~", "GE*000001*7~", &["LEADING_ZEROS 24 GE 1"]);
    changed("GE*1*7~", "GE*X*7~", &["SET_COUNT_MISMATCH 24 GE 1"]);
    changed("GE*1*7~", "GE*1*8~", &["GE_CONTROL_MISMATCH 24 GE 2"]);
    changed("GE*1*7~", "", &["GE_MISSING 24 IEA"]);
    changed("GS*SH*", "GS*S*", &["GROUP_TYPE_INVALID 2 GS 1"]);
    changed("GS*SH*SHIPPER*", "GS*SH**", &["GROUP_ADDRESS_MISSING 2 GS 2"]);
    changed("*20260105*0930*7*X", "*260105*930*7*X", &["GROUP_DATE 2 GS 4", "GROUP_TIME 2 GS 5"]);
    changed("*20260105*0930*7*X", "*20261305*0930*7*X", &["GROUP_DATE 2 GS 4"]);
    changed("*0930*7*X", "*0930**X", &["GROUP_CONTROL_INVALID 2 GS 6", "GE_CONTROL_MISMATCH 24 GE 2"]);
    changed("*0930*7*X", "*0930*7*Y", &["GROUP_AGENCY 2 GS 7"]);
    changed("*X*004010", "*X*003020", &["GROUP_VERSION_UNSUPPORTED 2 GS 8"]);
    changed("*X*004010", "*X*", &["GROUP_VERSION_UNSUPPORTED 2 GS 8"]);
    changed("*X*004010", "*X*004060VICS", &[]);
    changed("GS*SH", "GS*PO", &["GROUP_UNSUPPORTED 2 GS 1", "SET_NOT_IN_GROUP 3 ST 1"]);
    let empty = group("SH", "7", "004010", &[]);
    check(&interchange(&[empty]), &["GROUP_EMPTY 3 GE"]);
    let twice = group("SH", "7", "004010", &[set("856", "0001", SHIP_NOTICE)]);
    check(&interchange(&[twice.clone(), twice.replace("*7*X", "*0007*X")]), &["DUPLICATE_GROUP_CONTROL 25 GS 6"]);
}

#[test]
fn set_envelope() {
    changed("ST*856*0001", "ST*85*0001", &["SET_ID_INVALID 3 ST 1"]);
    changed("ST*856*", "ST*850*", &["SET_UNSUPPORTED 3 ST 1"]);
    changed("ST*856*", "ST*997*", &["SET_NOT_IN_GROUP 3 ST 1"]);
    changed("SE*21*0001", "SE*20*0001", &["SEGMENT_COUNT_MISMATCH 23 SE 1"]);
    changed("SE*21*0001", "SE*0021*0001", &["LEADING_ZEROS 23 SE 1"]);
    changed("SE*21*0001", "SE*21*0002", &["SE_CONTROL_MISMATCH 23 SE 2"]);
    changed("SE*21*0001~", "", &["SE_MISSING 23 GE"]);
    changed("ST*856*0001", "ST*856*", &["SET_CONTROL_INVALID 3 ST 2", "SE_CONTROL_MISMATCH 23 SE 2"]);
    changed("ST*856*0001", "ST*856*0001000100", &["SET_CONTROL_INVALID 3 ST 2", "SE_CONTROL_MISMATCH 23 SE 2"]);
    changed("ST*856*0001", "ST*856*00 1", &["SET_CONTROL_INVALID 3 ST 2", "SE_CONTROL_MISMATCH 23 SE 2"]);
    check(&ship_notice(SHIP_NOTICE).replace("*0001~", "*1~"), &["SET_CONTROL_SHORT 3 ST 2"]);
    let twice = set("856", "0001", SHIP_NOTICE);
    check(&interchange(&[group("SH", "7", "004010", &[twice.clone(), twice])]), &["DUPLICATE_SET_CONTROL 24 ST 2"]);
    let next_without_end =
        [set("856", "0001", SHIP_NOTICE).replace("SE*21*0001~", ""), set("856", "0002", SHIP_NOTICE)];
    check(&interchange(&[group("SH", "7", "004010", &next_without_end)]), &["SE_MISSING 23 ST"]);
}

#[test]
fn outside() {
    changed("GS*SH", "N1*ST*X~GS*SH", &["SEGMENT_OUTSIDE_GROUP 2 N1"]);
    changed("ST*856", "N1*ST*X~ST*856", &["SEGMENT_OUTSIDE_SET 3 N1"]);
    changed("GE*1*7", "N1*ST*X~GE*1*7", &["SEGMENT_OUTSIDE_SET 24 N1"]);
    changed("IEA*1", "N1*ST*X~IEA*1", &["SEGMENT_OUTSIDE_GROUP 25 N1"]);
    changed("GE*1*7", "SE*21*0001~GE*1*7", &["SEGMENT_OUTSIDE_SET 24 SE"]);
    changed("IEA*1", "GE*1*7~IEA*1", &["SEGMENT_OUTSIDE_GROUP 25 GE"]);
    changed("IEA*1", "ST*856*0002~SE*2*0002~IEA*1", &["SEGMENT_OUTSIDE_GROUP 25 ST"]);
    // One cause is told once, and once more where something else stood between.
    changed("GS*SH", "N1*ST*X~N3*Y~GS*SH", &["SEGMENT_OUTSIDE_GROUP 2 N1"]);
    let twice = ["SEGMENT_OUTSIDE_SET 3 N1", "SEGMENT_OUTSIDE_SET 26 N1"];
    let both =
        ship_notice(SHIP_NOTICE).replace("ST*856", "N1*ST*X~N3*Y~ST*856").replace("GE*1*7", "N1*ST*X~N3*Y~GE*1*7");
    check(&both, &twice);
    changed("SE*21*0001", "JONES*1~SE*22*0001", &["UNKNOWN_SEGMENT 23 ZZZ"]);
    changed("GS*SH", "ISB*1~GS*SH", &["SEGMENT_OUTSIDE_GROUP 2 ISB"]);
}

#[test]
fn ta1_segments() {
    let document = |ta1: &str, groups: u32| format!("{ISA}{ta1}~IEA*{groups}*000000007~");
    check(&document("TA1*000000050*260105*1200*A*000", 0), &[]);
    check(&document("TA1*000000050*260105*1200*A*000", 1), &["GROUP_COUNT_OF_TA1 3 IEA 1"]);
    check(&document("TA1*000000050*260105*1200*A*000", 2), &["GROUP_COUNT_MISMATCH 3 IEA 1"]);
    check(&document("TA1*50*260105*1200*A*000", 0), &["TOO_SHORT 2 TA1 1"]);
    check(
        &document("TA1*000000050*260231*1260*B*00", 0),
        &["INVALID_DATE 2 TA1 2", "INVALID_TIME 2 TA1 3", "INVALID_CODE 2 TA1 4", "TOO_SHORT 2 TA1 5"],
    );
    check(&document("TA1*000000050*260105*1200*A", 0), &["ELEMENT_MISSING 2 TA1 5"]);
    check_changed(&ship_notice(SHIP_NOTICE), "GS*SH", "TA1*000000050*260105*1200*A*000~GS*SH", &[]);
}

#[test]
fn binary_data() {
    let document = |bin: &str| interchange(&[group("SH", "7", "004010", &[format!("ST*850*0001~{bin}~SE*3*0001~")])]);
    for bin in ["BIN*9*a~b*c\nd~e", "BIN*0*", "BDS*ASC*5*~~~~~"] {
        let text = document(bin);
        let (read, findings) = all(text.as_bytes());
        assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), ["SET_UNSUPPORTED 3 ST 1"], "{bin}");
        assert_eq!(segment(&read, 4, |s| s.raw()), bin.as_bytes());
    }
    // A length that leads nowhere is no length.
    for bin in ["BIN*999999999*x", "BIN*-1*x", "BIN*4*x"] {
        check(&document(bin), &["SET_UNSUPPORTED 3 ST 1"]);
    }
}

#[test]
fn limits() {
    let document = ship_notice(SHIP_NOTICE);
    let read = |limits: &Limits| {
        let (interchange, findings) = edi::read(document.as_bytes(), limits);
        (findings.iter().map(line).collect::<Vec<_>>(), interchange.is_complete(), interchange.segment_count())
    };
    let octets = Limits { octets: document.len() - 1, ..Limits::default() };
    assert_eq!(read(&octets), (vec!["INTERCHANGE_TOO_LARGE".into()], false, 0));
    let sets = Limits { sets: 0, ..Limits::default() };
    assert_eq!(
        read(&sets),
        (vec!["TOO_MANY_SETS 3 ST".into(), "GE_MISSING 3 ST".into(), "IEA_MISSING 3 ST".into()], false, 3)
    );
    assert_eq!(read(&Limits { octets: document.len(), sets: 1, findings: 0 }), (vec![], true, 25));
}

#[test]
fn verdicts_stay_exact_past_the_limit_of_findings() {
    // Each set has thirty findings that are no refusal; one of them has a refusal as well, at its end.
    let wrong = SHIP_NOTICE.replace("CTT*4", &format!("{}CTT*4", "DTM*011*20260199~".repeat(30)));
    let sets: Vec<String> = (0..20)
        .map(|n| set("856", &format!("{n:04}"), &if n == 7 { wrong.replace("CTT*4", "CTT*5") } else { wrong.clone() }))
        .collect();
    let document = interchange(&[group("SH", "7", "004010", &sets)]);
    let limits = Limits { findings: 5, ..Limits::default() };
    let (read, findings) = edi::read(document.as_bytes(), &limits);
    assert!(findings.len() < 30, "{}", findings.len());
    assert_eq!(findings.iter().filter(|f| f.code == Code::FindingsLimit).count(), 1);
    let verdicts = edi::Verdicts::new(&read, &findings);
    for n in 0..20 {
        assert_eq!(verdicts.set(0, n), if n == 7 { Verdict::Refused } else { Verdict::AcceptedWithErrors }, "{n}");
    }
    assert_eq!(verdicts.interchange(), Verdict::InPart);
}

/// Issue 14: 80,000 CUR were accepted with as many errors.
#[test]
fn issue_14_a_set_with_too_many_errors_is_refused() {
    let most = edi::ERRORS_IN_SET_MAX;
    // A level has one CUR: each further one is an error.
    let with =
        |errors: usize| SHIP_NOTICE.replace("CTT*4", &format!("CUR*BY*CAD~{}CTT*4", "CUR*BY*CAD~".repeat(errors)));
    let sets = [with(most), with(most + 1), SHIP_NOTICE.to_owned()];
    let sets: Vec<_> = sets.iter().enumerate().map(|(n, body)| set("856", &format!("{n:04}"), body)).collect();
    let document = interchange(&[group("SH", "7", "004010", &sets)]);
    for findings in [0, 5, 10_000, 1 << 20] {
        let (read, found) = edi::read(document.as_bytes(), &Limits { findings, ..Limits::default() });
        let verdicts = edi::Verdicts::new(&read, &found);
        let of_sets: Vec<_> = (0..3).map(|n| verdicts.set(0, n)).collect();
        assert_eq!(of_sets, [Verdict::AcceptedWithErrors, Verdict::Refused, Verdict::Accepted], "{findings}");
        assert_eq!(verdicts.interchange(), Verdict::InPart);
        let told: Vec<_> = found.iter().filter(|f| f.severity == edi::Severity::Refusal).collect();
        let last = read.groups[0].sets[1].segments - 2;
        let places: Vec<_> = told.iter().map(|f| (f.code, f.set, f.set_position)).collect();
        assert_eq!(places, [(Code::TooManyErrors, Some(1), last)], "{findings}");
    }
    // What a partner is granted is no error.
    let mut rules = edi::Rules::default();
    assert!(rules.allow("many CUR", Code::SegmentTooOften, None, None));
    assert!(!rules.allow("any number", Code::TooManyErrors, None, None));
    let (read, found, _) = edi::read_by(document.as_bytes(), &Limits::default(), &rules);
    assert_eq!(edi::verdict(&read, &found), Verdict::Accepted);
}

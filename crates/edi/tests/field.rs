//! What has gone wrong in the field, each kind once, with made-up values.

mod sample;

use edi::{Code, Limits, Rules, Verdict, verdict};
use sample::*;

fn verdict_of(document: &str) -> Verdict {
    let (interchange, findings) = all(document.as_bytes());
    verdict(&interchange, &findings)
}

/// Any finding with this code, and how many others there are.
#[track_caller]
fn only(document: &str, code: Code) {
    let (_, findings) = all(document.as_bytes());
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [code], "{document}");
}

#[test]
fn an_isa_without_its_last_element_or_with_a_blank_before_its_end_is_told_once() {
    let good = ship_notice(SHIP_NOTICE);
    only(&good.replace("*0*P*>~", "*0*P*>"), Code::TerminatorInvalid);
    only(&good.replace("*0*P*>~", "*0*P*> ~"), Code::TerminatorInvalid);
    // Without ISA16 the fifteenth element is cut short, and GS is no delimiter.
    assert_eq!(verdict_of(&good.replace("*0*P*>~", "*0*P~")), Verdict::Refused);
}

#[test]
fn indented_segments_are_refused_once() {
    for indent in [" ", "    ", "\t"] {
        let good = ship_notice(SHIP_NOTICE).replace('~', &format!("~\n{indent}"));
        only(&good, Code::SegmentIndented);
    }
}

#[test]
fn delimiters_differ_from_each_other() {
    let later = ship_notice(SHIP_NOTICE).replace("*U*00401*", "*>*00501*");
    assert!(all(later.as_bytes()).1.iter().any(|f| f.code == Code::ComponentSeparatorInvalid));
}

#[test]
fn the_separators_are_the_senders_choice() {
    let swap = |text: String| text.replace('*', "\x1D").replace('>', "\x1F").replace('~', "\x1E");
    let body = SHIP_NOTICE.replace("PRF*ORDER-1~", "PRF*ORDER-1~REF*CN*1**AB>1~");
    check(&swap(ship_notice(&body)), &[]);
}

#[test]
fn a_delimiter_in_text_is_told() {
    let body = SHIP_NOTICE.replace("N3*12 SAMPLE ST~", "N3*12 SAMPLE>ST~");
    check(&ship_notice(&body), &["TOO_MANY_COMPONENTS 12 N3 1"]);
}

#[test]
fn the_envelopes_segments_are_measured_too() {
    let good = ship_notice(SHIP_NOTICE);
    check_changed(&good, "ST*856*0001~", "ST*856*0001*G~", &["TOO_MANY_ELEMENTS 3 ST 3"]);
    check_changed(&good, "SE*21*0001~", "SE*21*0001*X~", &["TOO_MANY_ELEMENTS 23 SE 3"]);
    check_changed(&good, "GE*1*7~", "GE*1*7*X~", &["TOO_MANY_ELEMENTS 24 GE 3"]);
    check_changed(&good, "*X*004010~", "*X*004010*X~", &["TOO_MANY_ELEMENTS 2 GS 9"]);
    check_changed(&good, "GS*SH*SHIPPER*", &format!("GS*SH*{}*", "S".repeat(40)), &["TOO_LONG 2 GS 2"]);
    let later = good.replace("004010", "005010");
    check_changed(&later, "ST*856*0001~", "ST*856*0001*G~", &[]);
    check_changed(&good, "IEA*1*000000007~", "IEA*1*7~", &["IEA_CONTROL_SHORT 25 IEA 2"]);
    assert_eq!(verdict_of(&good.replace("IEA*1*000000007~", "IEA*1*7~")), Verdict::Accepted);
}

#[test]
fn a_ta1_stands_before_the_groups() {
    let ta1 = "TA1*000000001*260105*0930*A*000~";
    let good = ship_notice(SHIP_NOTICE);
    check_changed(&good, "GS*", &format!("{ta1}GS*"), &[]);
    check_changed(&good, "IEA*", &format!("{ta1}IEA*"), &["TA1_MISPLACED 25 TA1"]);
}

#[test]
fn a_foreign_version_is_refused_once_and_not_measured() {
    let body = SHIP_NOTICE.replace("20260105", "260105");
    let old = interchange(&[group("SH", "7", "003040", &[set("856", "0001", &body)])]);
    check(&old, &["GROUP_VERSION_UNSUPPORTED 2 GS 8"]);
    assert_eq!(verdict_of(&old), Verdict::Refused);
}

#[test]
fn a_real_segment_in_the_wrong_message_is_not_unknown() {
    let body = SHIP_NOTICE.replace("HL*2*1*O~", "TAX*12-345~HL*2*1*O~");
    check(&ship_notice(&body), &["SEGMENT_NOT_IN_SET 15 TAX"]);
}

#[test]
fn blanks_are_no_value() {
    let body = SHIP_NOTICE.replace("*M-1*", "*   *");
    check(&ship_notice(&body), &["ELEMENT_MISSING 4 BSN 2"]);
}

#[test]
fn several_interchanges_have_separators_of_their_own() {
    let first = ship_notice(SHIP_NOTICE);
    let second = first.replace('*', "|").replace('~', "\n").replace("000000007", "000000008");
    let file = format!("{first}\r\n{second}");
    let (limits, rules) = (Limits::default(), Rules::default());
    let read: Vec<_> = edi::interchanges(file.as_bytes(), &limits, &rules).collect();
    assert_eq!(read.len(), 2);
    for (interchange, findings, _) in &read {
        assert_eq!((findings.len(), verdict(interchange, findings)), (0, Verdict::Accepted));
    }
    assert_eq!(read[1].0.header.expect("a header").control(), b"000000008");
}

#[test]
fn a_weight_without_a_unit_that_is_read_or_below_zero_is_told() {
    let weight = |td1: &str| ship_notice(&SHIP_NOTICE.replace("TD1*CTN25*1****G*2.5*KG~", td1));
    check(&weight("TD1*CTN25*1****G*2.5*QQ~"), &["INVALID_CODE 6 TD1 8"]);
    check(&weight("TD1*CTN25*1****G*-2.5*KG~"), &["NEGATIVE_WEIGHT 6 TD1 7"]);
    check(&weight("TD1*CTN25*1****G*2.5*LB~"), &[]);
    let package = |cd3: &str| pickup(&PICKUP.replace("CD3*L*7~", cd3));
    check(&package("CD3*L*-4~"), &["NEGATIVE_WEIGHT 27 CD3 2"]);
    check(&package("CD3*L*.5~"), &[]);
}

#[test]
fn a_damaged_id_is_told_once() {
    let between = SHIP_NOTICE.replace("N1*SF*MADE UP GOODS~", "N1*SF*MADE UP GOODS~n1*ST*NO ONE~");
    check(&ship_notice(&between), &["UNKNOWN_SEGMENT 10 ZZZ"]);
    let body = SHIP_NOTICE.replace("HL*3*2*P~", "HL*3*2*P~n1*ST*A~N3*B~N4*LAVAL~").replace("N1*ST*NO ONE AT ALL~", "");
    let body = body.replace("N2*SECOND FLOOR~N3*12 SAMPLE ST~N4*QUEBEC*QC*G1A1A1*CA~PER*IC*NO ONE*TE*4185550100~", "");
    check(&ship_notice(&body), &["UNKNOWN_SEGMENT 13 ZZZ"]);
    // What is misplaced by itself, further on, is told again.
    let again = body.replace("HL*4*3*I~", "HL*4*3*I~N3*D~");
    check(&ship_notice(&again), &["UNKNOWN_SEGMENT 13 ZZZ", "UNEXPECTED_SEGMENT 18 N3"]);
}

#[test]
fn an_sscc_with_a_wrong_check_digit_is_warned_about() {
    let mark = |number: &str| ship_notice(&SHIP_NOTICE.replace("MAN*GM*00000000000000000017~", number));
    check(&mark("MAN*GM*399991570759000128~"), &[]);
    check(&mark("MAN*GM*00399991570759000128~"), &[]);
    check(&mark("MAN*GM*399991570759000120~"), &["SSCC_CHECK_DIGIT 18 MAN 2"]);
    assert_eq!(verdict_of(&mark("MAN*GM*399991570759000120~")), Verdict::Accepted);
}

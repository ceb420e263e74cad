//! 856: order, elements, hierarchy, totals, card numbers; one line a case.

mod sample;

use edi::{Code, Verdict};
use sample::*;

/// A piece of the sample's body replaced, the segment count made right again.
#[track_caller]
fn changed(piece: &str, by: &str, expected: &[&str]) {
    assert_eq!(SHIP_NOTICE.matches(piece).count(), 1, "{piece} is there once");
    check(&ship_notice(&SHIP_NOTICE.replace(piece, by)), expected);
}

#[test]
fn segments_missing() {
    changed("BSN*00*M-1*20260105*0930~", "", &["SEGMENT_MISSING 4 BSN"]);
    check(&ship_notice("BSN*00*M-1*20260105*0930~"), &["SEGMENT_MISSING 5 HL"]);
    check(&ship_notice(""), &["SEGMENT_MISSING 4 BSN", "SEGMENT_MISSING 4 HL"]);
    // CTT may be left out.
    changed("CTT*4*10~", "", &[]);
    // LQ is mandatory after LM.
    changed("HL*4*3*I", "LM*10~HL*4*3*I", &["SEGMENT_MISSING 20 LQ"]);
    changed("HL*4*3*I", "LM*10~LQ*1*X~HL*4*3*I", &[]);
}

#[test]
fn segments_too_often() {
    changed(
        "BSN*00*M-1*20260105*0930~",
        "BSN*00*M-1*20260105*0930~BSN*00*M-1*20260105*0930~",
        &["SEGMENT_TOO_OFTEN 5 BSN"],
    );
    changed("N4*QUEBEC*QC*G1A1A1*CA~", "N4*QUEBEC*QC*G1A1A1*CA~N4*LEVIS*QC~", &["SEGMENT_TOO_OFTEN 14 N4"]);
    changed("N2*SECOND FLOOR~", "N2*A~N2*B~N2*C~", &["SEGMENT_TOO_OFTEN 13 N2"]);
    changed("CTT*4*10~", "CTT*4*10~CTT*4*10~", &["SEGMENT_TOO_OFTEN 23 CTT"]);
    // A second PRF is one too many, but another order's is not.
    changed("PRF*ORDER-1~", "PRF*ORDER-1~PRF*ORDER-2~", &["SEGMENT_TOO_OFTEN 17 PRF"]);
}

#[test]
fn loops_too_often() {
    let parties = "N1*ST*NO ONE~".repeat(201);
    let findings = all(ship_notice(&SHIP_NOTICE.replace("N1*SF*MADE UP GOODS~", &parties)).as_bytes()).1;
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::LoopTooOften; 2]);
}

#[test]
fn segments_misplaced() {
    changed(
        "TD1*CTN25*1****G*2.5*KG~TD5*B*2*ABCD*M~",
        "TD5*B*2*ABCD*M~TD1*CTN25*1****G*2.5*KG~",
        &["SEGMENT_OUT_OF_ORDER 7 TD1"],
    );
    // N4 before N3: N3 is behind us.
    changed(
        "N3*12 SAMPLE ST~N4*QUEBEC*QC*G1A1A1*CA~",
        "N4*QUEBEC*QC*G1A1A1*CA~N3*12 SAMPLE ST~",
        &["SEGMENT_OUT_OF_ORDER 13 N3"],
    );
    // N3 without its N1: the message has it, but not here.
    changed("N1*SF*MADE UP GOODS~", "N3*1 DOCK RD~", &["UNEXPECTED_SEGMENT 9 N3"]);
    changed("HL*1**S~", "N1*SF*X~HL*1**S~", &["UNEXPECTED_SEGMENT 5 N1"]);
    changed("HL*2*1*O~", "NTE*ADD*LEAVE AT DOOR~HL*2*1*O~", &["SEGMENT_NOT_IN_SET 15 NTE"]);
    changed("HL*2*1*O~", "QQQ*X~HL*2*1*O~", &["UNKNOWN_SEGMENT 15 ZZZ"]);
    changed(
        "HL*2*1*O~",
        "hl*2*1*O~",
        &["UNKNOWN_SEGMENT 15 ZZZ", "HL_NUMBER 17 HL 1", "HL_PARENT 17 HL 2", "HL_COUNT_MISMATCH 22 CTT 1"],
    );
    // An SN1 after the pack's loop of parties went by is out of order.
    changed("SN1**10*EA~", "MAN*GM*1~SN1**10*EA~", &["SEGMENT_OUT_OF_ORDER 22 SN1"]);
}

#[test]
fn elements_missing() {
    changed("BSN*00*M-1*", "BSN**M-1*", &["ELEMENT_MISSING 4 BSN 1"]);
    changed(
        "BSN*00*M-1*20260105*0930~",
        "BSN*00~",
        &["ELEMENT_MISSING 4 BSN 2", "ELEMENT_MISSING 4 BSN 3", "ELEMENT_MISSING 4 BSN 4"],
    );
    changed("HL*1**S~", "HL***S~", &["ELEMENT_MISSING 5 HL 1", "HL_PARENT 15 HL 2"]);
    changed("HL*4*3*I~", "HL*4*3~", &["ELEMENT_MISSING 19 HL 3"]);
    changed("MAN*GM*00000000000000000017~", "MAN*GM~", &["ELEMENT_MISSING 18 MAN 2"]);
    changed("N3*12 SAMPLE ST~", "N3~", &["ELEMENT_MISSING 12 N3 1"]);
    changed("N3*12 SAMPLE ST~", "N3*~", &["TRAILING_SEPARATORS 12 N3", "ELEMENT_MISSING 12 N3 1"]);
}

#[test]
fn conditions() {
    changed("N1*SF*MADE UP GOODS~", "N1*SF~", &["CONDITION_MISSING 9 N1 2"]);
    changed("N1*SF*MADE UP GOODS~", "N1*SF**92*X1~", &[]);
    changed("N1*SF*MADE UP GOODS~", "N1*SF*X*92~", &["CONDITION_MISSING 9 N1 4"]);
    changed("*G*2.5*KG~", "*G*2.5~", &["CONDITION_MISSING 6 TD1 8"]);
    changed("*G*2.5*KG~", "*G~", &["CONDITION_MISSING 6 TD1 7"]);
    changed("*NO ONE*TE*4185550100~", "*NO ONE*TE~", &["CONDITION_MISSING 14 PER 4"]);
    changed("DTM*011*20260105~", "DTM*011~", &["CONDITION_MISSING 8 DTM 2"]);
    // MEA08 and MEA03 exclude each other.
    changed("TD1*CTN25", "MEA*PD*G*1*KG****06~TD1*CTN25", &["EXCLUSION 6 MEA 3"]);
    changed("TD1*CTN25", "MEA*PD*G*1*KG~TD1*CTN25", &[]);
}

#[test]
fn lengths_and_characters() {
    changed("PRF*ORDER-1~", "PRF*ORDER-1234567890123456~", &[]);
    changed("PRF*ORDER-1~", "PRF*ORDER-12345678901234567~", &["TOO_LONG 16 PRF 1"]);
    changed("BSN*00*M-1", "BSN*00*M", &["TOO_SHORT 4 BSN 2"]);
    changed("*CTN25*", "*CT*", &["TOO_SHORT 6 TD1 1"]);
    changed("*G*2.5*KG", "*G*2,5*KG", &["INVALID_CHARACTER 6 TD1 7"]);
    changed("*G*2.5*KG", "*G*-1234567890.*KG", &["NEGATIVE_WEIGHT 6 TD1 7"]);
    changed("*G*2.5*KG", "*G*12345678901*KG", &["TOO_LONG 6 TD1 7"]);
    changed("CTN25*1*", "CTN25*1.0*", &["INVALID_CHARACTER 6 TD1 2"]);
    changed("*QC*G1A1A1", "*Q.*G1A1A1", &["INVALID_CHARACTER 13 N4 2"]);
    changed("*G1A1A1*CA~", "*G1A1A1*CA***~", &["TRAILING_SEPARATORS 13 N4"]);
    changed("*G1A1A1*CA~", "*G1A1A1*CA***X~", &["TOO_MANY_ELEMENTS 13 N4 7"]);
    changed("CTT*4*10~", "N1*BY*X~REF*CN*1**AB>1>AB>1>AB>1>X~CTT*4*10~", &["TOO_MANY_COMPONENTS 23 REF 4.7"]);
    changed("PRF*ORDER-1~", "REF*CN*1**ABCD>1~PRF*ORDER-1~", &["TOO_LONG 16 REF 4.1", "SEGMENT_OUT_OF_ORDER 17 PRF"]);
    changed("PRF*ORDER-1~", "PRF*ORDER-1~REF*CN*1**>1~", &["ELEMENT_MISSING 17 REF 4.1"]);
}

#[test]
fn later_versions_have_longer_elements() {
    let body = SHIP_NOTICE.replace("PRF*ORDER-1~", &format!("PRF*ORDER-1~REF*CN*{}~", "X".repeat(31)));
    check(&ship_notice(&body), &["TOO_LONG 17 REF 2"]);
    for version in ["004060", "005010"] {
        check(&interchange(&[group("SH", "7", version, &[set("856", "0001", &body)])]), &[]);
    }
}

#[test]
fn octets() {
    // A French name in UTF-8 and in Windows-1252; sixty characters are sixty, whatever their octets.
    changed("N1*SF*MADE UP GOODS~", "N1*SF*Épicerie à Trois-Rivières~", &[]);
    changed("N1*SF*MADE UP GOODS~", &format!("N1*SF*{}~", "é".repeat(60)), &[]);
    changed("N1*SF*MADE UP GOODS~", &format!("N1*SF*{}~", "é".repeat(61)), &["TOO_LONG 9 N1 2"]);
    let raw = |octet: u8| {
        let document = ship_notice(&SHIP_NOTICE.replace("MADE UP GOODS", "MADE UP G\u{1}ODS"));
        document.bytes().map(|b| if b == 1 { octet } else { b }).collect::<Vec<_>>()
    };
    check_octets(&raw(0xC9), &[]);
    check_octets(&raw(0), &["NUL_OCTET 9 N1 2"]);
    for octet in [1, 7, 9, 0x1B, 0x7F, 0xFF, b'\n', b'\r'] {
        check_octets(&raw(octet), &["CONTROL_OCTET 9 N1 2"]);
    }
}

#[test]
fn codes_dates_times() {
    changed("BSN*00*", "BSN*99*", &["INVALID_CODE 4 BSN 1"]);
    for purpose in ["00", "01", "04", "05"] {
        changed("BSN*00*", &format!("BSN*{purpose}*"), &[]);
    }
    changed("*M-1*20260105*", "*M-1*20260229*", &["INVALID_DATE 4 BSN 3"]);
    changed("*M-1*20260105*", "*M-1*260105*", &["TOO_SHORT 4 BSN 3"]);
    changed("*M-1*20260105*", "*M-1*2026-01-05*", &["INVALID_DATE 4 BSN 3"]);
    changed("*M-1*20260105*", "*M-1*202601050*", &["TOO_LONG 4 BSN 3"]);
    changed("*20260105*0930~HL", "*20260105*2460~HL", &["INVALID_TIME 4 BSN 4"]);
    changed("*20260105*0930~HL", "*20260105*930~HL", &["TOO_SHORT 4 BSN 4"]);
    changed("*20260105*0930~HL", "*20260105*09:30~HL", &["INVALID_TIME 4 BSN 4"]);
    changed("HL*1**S~", "HL*1**S*2~", &["INVALID_CODE 5 HL 4"]);
}

#[test]
fn hierarchy() {
    changed("HL*1**S~", "HL*1**S*1~", &[]);
    changed("HL*1**S~", "HL*1**S*0~", &["HL_CHILD 5 HL 4"]);
    changed("HL*4*3*I~", "HL*4*3*I*1~", &["HL_CHILD 19 HL 4"]);
    changed("HL*2*1*O~", "HL*2**O~", &["HL_PARENT 15 HL 2"]);
    changed("HL*2*1*O~", "HL*2*2*O~", &["HL_PARENT 15 HL 2"]);
    changed("HL*2*1*O~", "HL*2*3*O~", &["HL_PARENT 15 HL 2"]);
    changed("HL*2*1*O~", "HL*2*A*O~", &["HL_PARENT 15 HL 2"]);
    changed("HL*2*1*O~", "HL*2*1*S~", &["HL_LEVEL 15 HL 3"]);
    changed("HL*2*1*O~", "HL*2*1*X~", &["HL_LEVEL 15 HL 3"]);
    changed("HL*3*2*P~", "HL*3*2*O~", &["HL_LEVEL 17 HL 3"]);
    changed("HL*3*2*P~", "HL*3*2*T~", &[]);
    changed("HL*3*2*P~", "HL*3*1*P~", &[]);
    changed("HL*3*2*P~", "HL*4*2*P~", &["HL_NUMBER 17 HL 1", "HL_DUPLICATE 19 HL 1", "HL_PARENT 19 HL 2"]);
    changed("HL*3*2*P~", "HL*2*2*P~", &["HL_DUPLICATE 17 HL 1", "HL_PARENT 19 HL 2"]);
    changed("HL*3*2*P~", "HL*X*2*P~", &["HL_NUMBER 17 HL 1", "HL_PARENT 19 HL 2"]);
    // HL01 and HL02 are text: 03 is another one than 3.
    changed("HL*3*2*P~", "HL*03*2*P~", &["HL_PARENT 19 HL 2"]);
    changed("HL*4*3*I~", "HL*4*03*I~", &["HL_PARENT 19 HL 2"]);
    // Items that hold packs.
    changed("HL*3*2*P~MAN", "HL*3*2*I~MAN", &[]);
    changed("HL*1**S~", "HL*1*1*S~", &["HL_PARENT 5 HL 2"]);
}

#[test]
fn hl01_is_unique_and_need_not_be_counted() {
    for [pack, item] in [["7", "8"], ["900000", "2000000"], ["A1", "B"], ["123456789012", "4"], ["8", "3"]] {
        let body = SHIP_NOTICE.replace("HL*3*2*P~", &format!("HL*{pack}*2*P~"));
        let body = body.replace("HL*4*3*I~", &format!("HL*{item}*{pack}*I~"));
        let document = ship_notice(&body);
        // One gap, or another order, is told once, and does not refuse.
        check(&document, &["HL_NUMBER 17 HL 1"]);
        let (interchange, findings) = all(document.as_bytes());
        assert_eq!(edi::verdict(&interchange, &findings), Verdict::AcceptedWithErrors);
        let twice = document.replace(&format!("HL*{item}*"), &format!("HL*{pack}*"));
        check(&twice, &["HL_NUMBER 17 HL 1", "HL_DUPLICATE 19 HL 1"]);
    }
    let many: String = (0..10_000).map(|n| format!("HL*{}*3*I~SN1**1*EA~", 6 + n * 2)).collect();
    let body = SHIP_NOTICE.replace("CTT*4*10~", &format!("{many}CTT*10004~"));
    check(&ship_notice(&body), &["HL_NUMBER 22 HL 1"]);
}

#[test]
fn every_standard_structure_of_levels() {
    for levels in ["SOPI", "SOIP", "SPOI", "SPI", "SOI", "SP", "SOTPI", "STPOI", "STOI", "STPI", "SOPPI", "STOPI"] {
        let below: String = (1..)
            .zip(levels.chars())
            .map(|(n, level)| match n {
                1 => "HL*1**S~".to_owned(),
                _ => format!("HL*{n}*{}*{level}~", n - 1),
            })
            .collect();
        check(&ship_notice(&format!("BSN*00*M-1*20260105*0930~{below}")), &[]);
    }
    for (levels, at) in [("SS", 6), ("SOO", 7), ("SPT", 7), ("SIO", 7), ("SIT", 7)] {
        let below: String = (1..)
            .zip(levels.chars())
            .map(|(n, level)| match n {
                1 => "HL*1**S~".to_owned(),
                _ => format!("HL*{n}*{}*{level}~", n - 1),
            })
            .collect();
        check(&ship_notice(&format!("BSN*00*M-1*20260105*0930~{below}")), &[&format!("HL_LEVEL {at} HL 3")]);
    }
}

#[test]
fn totals() {
    changed("CTT*4*10~", "CTT*5*10~", &["HL_COUNT_MISMATCH 22 CTT 1"]);
    changed("CTT*4*10~", "CTT*004*10.0~", &[]);
    changed("CTT*4*10~", "CTT*4~", &[]);
    changed("CTT*4*10~", "CTT*4*11~", &["HASH_TOTAL_MISMATCH 22 CTT 2"]);
    changed("CTT*4*10~", "CTT*X*10~", &["INVALID_CHARACTER 22 CTT 1", "HL_COUNT_MISMATCH 22 CTT 1"]);
    // A hash total has no regard to decimal points; a plain sum is taken, too.
    let halves = SHIP_NOTICE.replace("SN1**10*EA~", "SN1**1.5*EA~HL*5*3*I~LIN**UP*2~SN1**2.25*EA~");
    check(&ship_notice(&halves.replace("CTT*4*10~", "CTT*5*240~")), &[]);
    check(&ship_notice(&halves.replace("CTT*4*10~", "CTT*5*3.75~")), &[]);
    check(&ship_notice(&halves.replace("CTT*4*10~", "CTT*5*241~")), &["HASH_TOTAL_MISMATCH 25 CTT 2"]);
    let fractions = SHIP_NOTICE.replace("SN1**10*EA~", "SN1**0.1*EA~HL*5*3*I~LIN**UP*2~SN1**.2*EA~");
    check(&ship_notice(&fractions.replace("CTT*4*10~", "CTT*5*0.3~")), &[]);
}

#[test]
fn card_numbers() {
    const CARD: &str = "4111111111111111";
    for (piece, by, expected) in [
        ("N2*SECOND FLOOR", format!("N2*{CARD}"), "CARD_NUMBER 11 N2 1"),
        ("N2*SECOND FLOOR", "N2*X*PAID 4111 1111 1111 1111".to_string(), "CARD_NUMBER 11 N2 2"),
        ("N1*ST*NO ONE AT ALL", format!("N1*ST*{CARD}"), "CARD_NUMBER 10 N1 2"),
        ("N3*12 SAMPLE ST", format!("N3*12 SAMPLE ST*{CARD}"), "CARD_NUMBER 12 N3 2"),
        ("*NO ONE*TE*4185550100", format!("*NO ONE*TE*{CARD}"), "CARD_NUMBER 14 PER 4"),
    ] {
        changed(piece, &by, &[expected]);
    }
    changed("CTT*4*10", &format!("PID*F****VISA {CARD}~CTT*4*10"), &["CARD_NUMBER 22 PID 5"]);
    // Where long strings of digits are normal, they are no card numbers.
    changed("MAN*GM*00000000000000000017", &format!("MAN*GM*{CARD}"), &[]);
    changed("N1*SF*MADE UP GOODS", &format!("N1*SF*X*92*{CARD}"), &[]);
    changed("PRF*ORDER-1", &format!("PRF*{CARD}"), &[]);
    // In a message that is not taken, too.
    let other = interchange(&[group("SH", "7", "004010", &[set("850", "0001", &format!("NTE*ADD*{CARD}~"))])]);
    check(&other, &["SET_UNSUPPORTED 3 ST 1", "CARD_NUMBER 4 NTE 2"]);
}

#[test]
fn what_refuses_and_what_does_not() {
    for (piece, by, verdict) in [
        ("BSN*00*", "BSN*00*", Verdict::Accepted),
        ("*G1A1A1*CA~", "*G1A1A1*CA*~", Verdict::Accepted),
        ("BSN*00*", "BSN*99*", Verdict::AcceptedWithErrors),
        ("*M-1*20260105*", "*M-1*20260229*", Verdict::AcceptedWithErrors),
        ("N1*SF*MADE UP GOODS~", "N1*SF~", Verdict::AcceptedWithErrors),
        ("HL*2*1*O~", "NTE*ADD*LEAVE AT DOOR~HL*2*1*O~", Verdict::AcceptedWithErrors),
        ("BSN*00*", "BSN**", Verdict::Refused),
        ("BSN*00*M-1*20260105*0930~", "", Verdict::Refused),
        ("HL*2*1*O~", "HL*2**O~", Verdict::Refused),
        ("CTT*4*10~", "CTT*5*10~", Verdict::Refused),
        ("N2*SECOND FLOOR", "N2*4111111111111111", Verdict::Refused),
    ] {
        let document = ship_notice(&SHIP_NOTICE.replacen(piece, by, 1));
        let (interchange, findings) = all(document.as_bytes());
        assert_eq!(edi::verdict(&interchange, &findings), verdict, "{by}");
    }
}

#[test]
fn findings_show_no_values() {
    let secret = "Zyxwvut";
    let document = ship_notice(&SHIP_NOTICE.replace("CTN25", secret).replace("HL*2*1*O", &format!("{secret}*2*1*O")));
    let (interchange, findings) = all(document.as_bytes());
    assert!(!findings.is_empty());
    let segments = segment(&interchange, 4, |s| format!("{s:?} {:?}", s.elements()));
    let shown = format!("{interchange:?} {segments:?} {findings:?} {:?} {:?}", interchange.header, interchange.groups);
    let shown = findings.iter().fold(shown, |shown, f| shown + &f.to_string());
    for value in [secret, "MADE UP", "4185550100", "SHIPPER", "0000000000"] {
        assert!(!shown.contains(value), "{value}");
    }
}

//! 215: order and elements; one line a case.

mod sample;

use sample::*;

#[track_caller]
fn changed(piece: &str, by: &str, expected: &[&str]) {
    assert_eq!(PICKUP.matches(piece).count(), 1, "{piece} is there once");
    check(&pickup(&PICKUP.replace(piece, by)), expected);
}

#[test]
fn header() {
    changed("B2A*00~", "", &["SEGMENT_MISSING 4 B2A"]);
    changed("B2A*00~", "B2A~", &["ELEMENT_MISSING 4 B2A 1"]);
    changed("B2A*00~", "B2A*77~", &["INVALID_CODE 4 B2A 1"]);
    changed("BLR*ABCD~", "", &[]);
    changed("BLR*ABCD~", "BLR*ABCD~C3*CAD~", &[]);
    changed("L11*M-2*MN~", "", &["SEGMENT_MISSING 6 L11"]);
    changed("L11*M-2*MN~", "L11*M-2~", &["CONDITION_MISSING 6 L11 2"]);
    changed("L11*M-2*MN~", "L11**~", &["TRAILING_SEPARATORS 6 L11", "CONDITION_MISSING 6 L11 1"]);
    changed("G62*11*20260105~", "G62*11~", &["CONDITION_MISSING 7 G62 2"]);
    changed(
        "N1*SH*MADE UP GOODS~N3*1 DOCK RD~N4*LAVAL*QC*H7A1A1*CA~PER*SH*NO ONE*TE*5145550100~",
        "",
        &["SEGMENT_MISSING 8 N1"],
    );
}

#[test]
fn later_header() {
    let later = |version: &str, body: &str| interchange(&[group("UP", "7", version, &[set("215", "0001", body)])]);
    let b1 = PICKUP.replace("B2A*00~BLR*ABCD~", "B1*ABCD*M-2*20260105~");
    for version in ["004030", "004040", "004060", "005010"] {
        check(&later(version, &b1), &[]);
        check(
            &later(version, PICKUP),
            &["SEGMENT_NOT_IN_SET 4 B2A", "SEGMENT_NOT_IN_SET 5 BLR", "SEGMENT_MISSING 6 B1"],
        );
    }
    check(&later("004020", PICKUP), &[]);
}

#[test]
fn shipments_and_packages() {
    check(&pickup(&PICKUP[..PICKUP.find("SMD*").unwrap_or(0)]), &["SEGMENT_MISSING 12 SMD"]);
    changed("SMD*ND*PP~L11*ORDER-2*PO~", "SMD*ND~L11*ORDER-2*PO~", &["ELEMENT_MISSING 12 SMD 2"]);
    changed("SMD*ND*PP~L11*ORDER-2*PO~", "SMD*NDX*PP~L11*ORDER-2*PO~", &["TOO_LONG 12 SMD 1"]);
    changed("CD3*L*10~", "CD3*L~", &["CONDITION_MISSING 18 CD3 2"]);
    changed("CD3*L*10~", "CD3*L*X~", &["INVALID_CHARACTER 18 CD3 2"]);
    changed("CD3*L*10~", "CD3*L*10*****AB*1250*CD*300~", &[]);
    changed("CD3*L*10~", "CD3*L*10*****AB*12.50~", &["INVALID_CHARACTER 18 CD3 8"]);
    changed("CD3*L*10~", "CD3*L*10*************X~", &["TOO_MANY_ELEMENTS 18 CD3 15"]);
    changed("MS4*C*10*20*30~", "MS4*C*10*20~", &["ELEMENT_MISSING 20 MS4 4"]);
    changed(
        "MAN*CP*PIN000000001~MS4*C*10*20*30~",
        "MS4*C*10*20*30~MAN*CP*PIN000000001~",
        &["SEGMENT_OUT_OF_ORDER 20 MAN"],
    );
    changed("MAN*CP*PIN000000001~", "", &[]);
    changed("G61*IC*NO ONE*TE*4185550101~", "G61*IC*NO ONE*TE~", &["CONDITION_MISSING 17 G61 4"]);
    changed("G61*IC*NO ONE*TE*4185550101~", "G61*IC~", &["ELEMENT_MISSING 17 G61 2"]);
    // A contact of the party belongs to the party, not to the package.
    changed("CD3*L*4~", "G61*IC*NO ONE*TE*4185550101~CD3*L*4~", &["UNEXPECTED_SEGMENT 21 G61"]);
}

#[test]
fn contents() {
    let contents = "AT6*AB*I~PID*F****SOCKS~SLN*1**I*2*EA~TC2*J*1~";
    changed("MAN*CP*PIN000000003~", &format!("MAN*CP*PIN000000003~{contents}"), &[]);
    changed(
        "MAN*CP*PIN000000003~",
        "MAN*CP*PIN000000003~NTE*ADD*LEAVE AT DOOR~L5*1*SOCKS~",
        &["SEGMENT_OUT_OF_ORDER 30 L5"],
    );
}

#[test]
fn card_numbers() {
    changed("MAN*CP*PIN000000003~", "MAN*CP*PIN000000003~NTE*ADD*CARD 5555 5555 5555 4444~", &["CARD_NUMBER 29 NTE 2"]);
    changed("L11*ORDER-2*PO~", "L11*4111111111111111*PO~", &[]);
    changed("G61*IC*NO ONE*TE*4185550101~", "G61*IC*NO ONE*TE*4111111111111111~", &["CARD_NUMBER 17 G61 4"]);
}

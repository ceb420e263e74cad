//! Documents of made-up data, and findings in one line each.
#![allow(dead_code)]

use edi::{Finding, Interchange, Limits, Segment};

pub const ISA: &str =
    "ISA*00*          *00*          *ZZ*SHIPPER        *01*CARRIER        *260105*0930*U*00401*000000007*0*P*>~";

/// One shipment, one order, one pack.
pub const SHIP_NOTICE: &str = "BSN*00*M-1*20260105*0930~HL*1**S~TD1*CTN25*1****G*2.5*KG~TD5*B*2*ABCD*M~DTM*011*20260105~\
    N1*SF*MADE UP GOODS~N1*ST*NO ONE AT ALL~N2*SECOND FLOOR~N3*12 SAMPLE ST~N4*QUEBEC*QC*G1A1A1*CA~\
    PER*IC*NO ONE*TE*4185550100~HL*2*1*O~PRF*ORDER-1~HL*3*2*P~MAN*GM*00000000000000000017~HL*4*3*I~LIN**UP*123456789~SN1**10*EA~CTT*4*10~";

/// Two shipments, the first with two packages.
pub const PICKUP: &str = "B2A*00~BLR*ABCD~L11*M-2*MN~G62*11*20260105~N1*SH*MADE UP GOODS~N3*1 DOCK RD~N4*LAVAL*QC*H7A1A1*CA~\
    PER*SH*NO ONE*TE*5145550100~SMD*ND*PP~L11*ORDER-2*PO~N1*ST*NO ONE AT ALL~N3*12 SAMPLE ST~N4*QUEBEC*QC*G1A1A1*CA~\
    G61*IC*NO ONE*TE*4185550101~CD3*L*10~MAN*CP*PIN000000001~MS4*C*10*20*30~CD3*L*4~MAN*CP*PIN000000002~\
    SMD*ND*PP~N1*ST*NOBODY ELSE~N3*3 SAMPLE ST~N4*BANFF*AB*T1L1A1*CA~CD3*L*7~MAN*CP*PIN000000003~";

/// A set around a body, with the right count.
pub fn set(kind: &str, control: &str, body: &str) -> String {
    let segments = body.matches('~').count() + 2;
    format!("ST*{kind}*{control}~{body}SE*{segments}*{control}~")
}

/// A group around sets, with the right count.
pub fn group(kind: &str, control: &str, version: &str, sets: &[String]) -> String {
    let (count, sets) = (sets.len(), sets.concat());
    format!("GS*{kind}*SHIPPER*CARRIER*20260105*0930*{control}*X*{version}~{sets}GE*{count}*{control}~")
}

/// An interchange around groups, with the right count.
pub fn interchange(groups: &[String]) -> String {
    format!("{ISA}{}IEA*{}*000000007~", groups.concat(), groups.len())
}

/// One 856 of 004010 with this body.
pub fn ship_notice(body: &str) -> String {
    interchange(&[group("SH", "7", "004010", &[set("856", "0001", body)])])
}

/// One 215 of 004010 with this body.
pub fn pickup(body: &str) -> String {
    interchange(&[group("UP", "7", "004010", &[set("215", "0001", body)])])
}

/// All findings, of the envelope and of the messages.
pub fn all(bytes: &[u8]) -> (Interchange<'_>, Vec<Finding>) {
    edi::read(bytes, &Limits::default())
}

/// What is asked of the segment with this ordinal; it must be there, behind the header segment.
#[track_caller]
pub fn segment<'i, T>(interchange: &Interchange<'i>, ordinal: u32, ask: impl Fn(Segment<'i, '_>) -> T) -> T {
    let mut walk = interchange.walk_all();
    while let Some(segment) = walk.next_segment() {
        if segment.ordinal() == ordinal {
            return ask(segment);
        }
    }
    panic!("there is no segment {ordinal}");
}

/// `CODE ordinal TAG element.component`, of which what is 0 is left out.
pub fn line(finding: &Finding) -> String {
    let mut line = finding.code.to_string();
    if finding.ordinal > 0 {
        line += &format!(" {} {}", finding.ordinal, finding.tag);
    }
    if finding.element > 0 {
        line += &format!(" {}", finding.element);
    }
    if finding.component > 0 {
        line += &format!(".{}", finding.component);
    }
    line
}

/// The document has these findings, and no others.
#[track_caller]
pub fn check(document: &str, expected: &[&str]) {
    check_octets(document.as_bytes(), expected);
}

#[track_caller]
pub fn check_octets(document: &[u8], expected: &[&str]) {
    let (_, findings) = all(document);
    let lines: Vec<String> = findings.iter().map(line).collect();
    assert_eq!(lines, expected, "{}", document.escape_ascii());
}

/// The same, with one piece of the document replaced by another.
#[track_caller]
pub fn check_changed(document: &str, piece: &str, by: &str, expected: &[&str]) {
    assert_eq!(document.matches(piece).count(), 1, "{piece} is there once");
    check(&document.replace(piece, by), expected);
}

//! What is kept with an interchange of what is wrong with it: exact codes and places, the shape around them, and nothing of what stands
//! there, whatever comes.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use api::gateway::findings::{Findings, Severity, Syntax};
use gateway::exchange::list;
use house::{House, document};
use ledger::entry::Verdict;

fn sent(house: &House, body: &[u8]) -> (Verdict, Option<Findings>) {
    let reply = house.send(body).unwrap();
    let (shown, _) = list::find_interchange(&house.gateway, None, &reply.interchange).unwrap().unwrap();
    (reply.verdict, shown.findings)
}

type Told<'a> = (&'a str, Severity, u32, Option<&'a str>, u16, u16);

fn told(findings: &Findings) -> Vec<Told<'_>> {
    let one = findings.list.iter();
    one.map(|f| (&*f.code, f.severity, f.segment, f.tag.as_deref(), f.element, f.component)).collect()
}

fn structure(findings: &Findings) -> Vec<(u32, Option<&str>, u16)> {
    findings.structure.iter().map(|line| (line.segment, line.tag.as_deref(), line.elements)).collect()
}

fn text(control: u32) -> String {
    String::from_utf8(document(control, 1, |set| format!("NS-{control}-{set}"))).unwrap()
}

#[test]
fn a_clean_document_leaves_no_findings() {
    let house = House::open();
    assert_eq!(sent(&house, text(1).as_bytes()), (Verdict::Accepted, None));
}

#[test]
fn an_x12_document_taken_with_an_error_and_one_refused() {
    let house = House::open();
    let date = text(1).replace("DTM*011*20261102~", "DTM*011*20261131~");
    let (verdict, findings) = sent(&house, date.as_bytes());
    let findings = findings.unwrap();
    assert_eq!((verdict, findings.syntax, findings.more), (Verdict::AcceptedWithErrors, Syntax::X12, 0));
    assert_eq!(told(&findings), [("INVALID_DATE", Severity::Error, 6, Some("DTM"), 2, 0)]);
    assert_eq!(findings.list[0].rule, "a date exists");
    let around = [(4, Some("BSN"), 4), (5, Some("HL"), 3), (6, Some("DTM"), 2), (7, Some("N1"), 2), (8, Some("HL"), 3)];
    assert_eq!(structure(&findings), around);

    let orphan = text(2).replace("HL*2*1*P~", "HL*2*7*P~").replace("SE*14*", "SE*15*");
    let (verdict, findings) = sent(&house, orphan.as_bytes());
    let findings = findings.unwrap();
    assert_eq!(verdict, Verdict::Refused);
    let expected = [
        ("HL_PARENT", Severity::Refusal, 8, Some("HL"), 2, 0),
        ("SEGMENT_COUNT_MISMATCH", Severity::Refusal, 16, Some("SE"), 1, 0),
    ];
    assert_eq!(told(&findings), expected);
    let segments: Vec<_> = findings.structure.iter().map(|line| line.segment).collect();
    assert_eq!(segments, [6, 7, 8, 9, 10, 14, 15, 16, 17, 18]);
}

#[test]
fn a_manifest_that_comes_twice_is_told_at_its_number() {
    let house = House::open();
    house.send(text(1).as_bytes()).unwrap();
    let again = text(2).replace("NS-2-1", "NS-1-1");
    let (verdict, findings) = sent(&house, again.as_bytes());
    let findings = findings.unwrap();
    assert_eq!(verdict, Verdict::Refused);
    assert_eq!(told(&findings), [("DUPLICATE_MANIFEST", Severity::Refusal, 4, Some("BSN"), 2, 0)]);
}

#[test]
fn an_edifact_document_with_its_header_behind_a_una() {
    let house = House::open();
    let body = "UNA:+.? '\r\nUNB+UNOC:3+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+261102:0930+R1'UNH+1+IFTSTA:D:96A:UN'BGM+77+1'\
                CNI+1+AB'STS+1+21'UNT+6+1'UNZ+1+R1'";
    let (verdict, findings) = sent(&house, body.as_bytes());
    let findings = findings.unwrap();
    assert_eq!((verdict, findings.syntax), (Verdict::Refused, Syntax::Edifact));
    let expected = [("UNT_COUNT_MISMATCH", Severity::Refusal, 6, Some("UNT"), 1, 0)];
    assert_eq!(told(&findings), expected);
    let around = [(4, Some("CNI"), 2), (5, Some("STS"), 2), (6, Some("UNT"), 2), (7, Some("UNZ"), 2)];
    assert_eq!(structure(&findings), around);
    let header = body.replace("UNT+6+1", "UNT+5+1").replace("261102:0930", "261102:2530");
    let findings = sent(&house, header.as_bytes()).1.unwrap();
    assert_eq!(told(&findings)[0], ("UNB_DATE", Severity::Error, 1, Some("UNB"), 4, 0));
    assert_eq!(structure(&findings)[..2], [(1, Some("UNB"), 5), (2, Some("UNH"), 2)]);
}

#[test]
fn a_tag_that_is_a_name_is_neither_kept_nor_shown() {
    let house = House::open();
    // A terminator too many makes a name a tag, and each of its words a length.
    let split = text(1).replace("N1*ST*OLVERIN QUASTERBY~", "N1*ST*~OLVERIN~QUASTER*BY~");
    let (verdict, findings) = sent(&house, split.as_bytes());
    let findings = findings.unwrap();
    assert_eq!(verdict, Verdict::Refused);
    let unknown: Vec<_> = findings.structure.iter().filter(|line| line.tag.is_none()).collect();
    assert_eq!(unknown.iter().map(|line| line.elements).collect::<Vec<_>>(), [0, 1]);
    let found = serde_json::to_string(&findings).unwrap();
    let database: Vec<u8> = ["control.db", "control.db-wal"]
        .into_iter()
        .flat_map(|name| std::fs::read(house.gateway.config.dir.join(name)).unwrap())
        .collect();
    for name in ["OLVERIN", "QUASTER"] {
        assert!(!found.contains(name), "{found}");
        assert!(!database.windows(name.len()).any(|octets| octets == name.as_bytes()), "{name}");
    }
}

#[test]
fn however_much_is_wrong_so_much_is_kept_and_what_refuses_comes_first() {
    let house = House::open();
    let many = "N4*QUEBEC*QC*G1A 0A2*CA~".to_owned() + &"REF*TOOLONGACODE*X~".repeat(5000);
    let wide = format!("N3{}~", "*1".repeat(5000));
    let body = text(1)
        .replace("N4*QUEBEC*QC*G1A 0A2*CA~", &many)
        .replace("N3*1 FENWILLOW CRESCENT~", &wide)
        .replace("SE*14*", "SE*15*");
    let (verdict, findings) = sent(&house, body.as_bytes());
    let findings = findings.unwrap();
    assert_eq!((verdict, findings.list.len()), (Verdict::Refused, 50));
    assert!(findings.more > 4900, "{}", findings.more);
    let refusals: Vec<_> = findings.list.iter().filter(|finding| finding.severity == Severity::Refusal).collect();
    assert!(refusals.iter().any(|finding| finding.code == "SEGMENT_COUNT_MISMATCH"), "the last segment's");
    assert!(findings.structure.len() <= 250 && findings.structure.iter().all(|line| line.elements <= 99));
    let kept = house.gateway.vault.findings(&list::interchanges(&house.gateway, None).unwrap()[0].id).unwrap().unwrap();
    assert!(kept.len() <= vault::FINDINGS_OCTETS_MAX / 2, "{}", kept.len());
}

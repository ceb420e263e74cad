//! EDIFACT at the gateway: answered by CONTRL in its own syntax version; what announces nothing here is refused, not dropped.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::{
    disclosure::find,
    exchange::{check::check, receive::Reply},
};
use house::{House, document};
use ledger::entry::Verdict;
use seal::Kind;

fn edifact(reference: &str, receiver: &str, messages: &str, count: usize) -> String {
    format!("UNB+UNOC:3+NORTHSHOP:ZZ+{receiver}:ZZ+261102:0930+{reference}'{messages}UNZ+{count}+{reference}'")
}

const STATUS: &str = "UNH+1+IFTSTA:D:96A:UN'BGM+77+1'CNI+1+AB'STS+1+21'UNT+5+1'";

#[test]
fn a_message_without_a_route_is_refused_by_a_contrl_and_the_check_says_the_same() {
    let house = House::open();
    let body = edifact("R1", "DEMOCARRIER", STATUS, 1);
    let reply = house.send(body.as_bytes()).unwrap();
    assert_eq!(reply.verdict, Verdict::Refused);
    let answer = String::from_utf8(reply.answer).unwrap();
    assert!(
        answer.starts_with("UNB+UNOC:3+DEMOCARRIER:ZZ+NORTHSHOP:ZZ+261123:0930+1'UNH+1+CONTRL:D:3:UN'"),
        "{answer}"
    );
    assert!(answer.contains("UCI+R1+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+7'UCM+1+IFTSTA:D:96A:UN+4+14'"), "{answer}");
    let mut said = Vec::new();
    check(body.as_bytes(), body.len(), None, |checked| {
        said.push((checked.verdict(), String::from_utf8(checked.answer(house::now())).unwrap()));
    });
    assert_eq!(said, [(Verdict::Refused, answer)]);
    assert_eq!(house.intakes().len(), 1);
    assert_eq!((house.files("segments"), house.files("outbox")), (0, 0));
}

#[test]
fn a_receiver_that_nobody_knows_and_a_broken_envelope() {
    let house = House::open();
    let unknown = house.send(edifact("R2", "GALENDRA", STATUS, 1).as_bytes()).unwrap();
    let answer = String::from_utf8(unknown.answer).unwrap();
    assert_eq!(unknown.verdict, Verdict::Refused);
    assert!(answer.starts_with("UNB+UNOC:3+BULLA:ZZ+NORTHSHOP:ZZ+") && answer.contains("+4+7'UNT+"), "{answer}");
    let broken = house.send(edifact("R3", "DEMOCARRIER", STATUS, 2).as_bytes()).unwrap();
    assert!(String::from_utf8(broken.answer).unwrap().contains("UCI+R3+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+4+29'"));
}

#[test]
fn a_contrl_is_taken_and_not_answered() {
    let house = House::open();
    let contrl = "UNH+1+CONTRL:D:3:UN'UCI+R9+DEMOCARRIER:ZZ+NORTHSHOP:ZZ+7'UNT+3+1'";
    let reply = house.send(edifact("R4", "DEMOCARRIER", contrl, 1).as_bytes()).unwrap();
    assert_eq!((reply.verdict, reply.answer), (Verdict::Accepted, Vec::new()));
}

#[test]
fn both_syntaxes_in_one_body() {
    let house = House::open();
    let x12 = document(1, 1, |set| format!("NS-{set}"));
    let replies =
        house.send_all(&[&x12[..], b"\n", edifact("R5", "DEMOCARRIER", STATUS, 1).as_bytes()].concat()).unwrap();
    assert_eq!((replies[0].verdict, replies[1].verdict), (Verdict::Accepted, Verdict::Refused));
    assert!(replies[0].answer.starts_with(b"ISA*") && replies[1].answer.starts_with(b"UNB+"));
}

const PARTIES: &str =
    "NAD+CZ+++NORTHSHOP MADE-UP GOODS'NAD+CN+++OLVERIN QUASTERBY+1 FENWILLOW CRESCENT+QUEBEC+QC+G1A0A2+CA'";

fn instruction(reference: &str, number: &str, purpose: &str) -> String {
    let body = format!(
        "BGM+610+{number}+{purpose}'RFF+CU:PO-{reference}'{PARTIES}GID+1+1:CT'MEA+WT+G+KGM:12,5'PCI+18+T-{reference}'\
         GIN+BJ+399991570759000128'"
    );
    let segments = body.matches('\'').count() + 2;
    edifact(reference, "DEMOCARRIER", &format!("UNH+1+IFTMIN:D:96A:UN'{body}UNT+{segments}+1'"), 1)
}

fn contrl(reply: &Reply) -> String {
    let text = String::from_utf8(reply.answer.clone()).unwrap();
    text.split_inclusive('\'').filter(|segment| segment.starts_with("UC")).collect()
}

#[test]
fn an_instruction_is_taken_sealed_delivered_and_found() {
    let house = House::open();
    // What looks like a header is a reference, repeated as it came.
    let reply = house.send(instruction("UNB1234", "NS-1", "9").as_bytes()).unwrap();
    assert_eq!(reply.verdict, Verdict::Accepted);
    assert_eq!(contrl(&reply), "UCI+UNB1234+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+7'UCM+1+IFTMIN:D:96A:UN+7'");
    let record = &house.intakes()[0].record;
    assert_eq!((record.rows, record.parties, record.batches.len()), (1, 2, 1));
    assert_eq!((house.files("segments"), house.files("outbox")), (1, 1));
    for (kind, number) in [
        (Kind::Tracking, "t-unb1234"),
        (Kind::Tracking, "399991570759000128"),
        (Kind::Order, "PO-UNB1234"),
        (Kind::Manifest, "NS-1"),
    ] {
        let found = find::search(&house.gateway, Some(&house.shipper), kind, number.as_bytes()).unwrap();
        let [parcel] = &found.parcels[..] else { panic!("{kind:?}: {} parcels", found.parcels.len()) };
        assert_eq!((parcel.weight_grams, parcel.province.as_str()), (Some(12_500), "QC"), "{kind:?}");
    }
    // The same octets again, and others under the same reference.
    let again = house.send(instruction("UNB1234", "NS-1", "9").as_bytes()).unwrap();
    assert_eq!((again.verdict, again.answer), (Verdict::Duplicate, reply.answer));
    let other = house.send(instruction("UNB1234", "NS-2", "9").as_bytes()).unwrap();
    assert_eq!(other.verdict, Verdict::Refused);
    assert!(contrl(&other).ends_with("+4+26'"), "{}", contrl(&other));
}

#[test]
fn an_instruction_is_replaced_and_cancelled_by_its_number() {
    let house = House::open();
    let steps = [
        ("R1", "1", Verdict::Refused),
        ("R2", "9", Verdict::Accepted),
        ("R3", "9", Verdict::Refused),
        ("R4", "5", Verdict::Accepted),
        ("R5", "1", Verdict::Accepted),
        ("R6", "1", Verdict::Refused),
        ("R7", "9", Verdict::Accepted),
    ];
    for (reference, purpose, verdict) in steps {
        let reply = house.send(instruction(reference, "NS-1", purpose).as_bytes()).unwrap();
        assert_eq!(reply.verdict, verdict, "{reference}: {}", contrl(&reply));
        let refused = contrl(&reply).contains("'UCM+1+IFTMIN:D:96A:UN+4'UCS+2'UCD+12+3'");
        assert_eq!(refused, verdict == Verdict::Refused, "{}", contrl(&reply));
    }
    let found = find::search(&house.gateway, None, Kind::Tracking, b"T-R2").unwrap();
    assert_eq!(found.parcels[0].status, Some(vault::State::Replaced));
    assert_eq!(house.files("outbox"), 4, "corrections reach the carrier");
}

#[test]
fn an_instruction_beside_a_status_is_taken_and_the_status_refused() {
    let house = House::open();
    let taken = instruction("R1", "NS-1", "9");
    let message = &taken[taken.find("UNH").unwrap()..taken.find("UNZ").unwrap()];
    let status = STATUS.replace("UNH+1", "UNH+2").replace("UNT+5+1", "UNT+5+2");
    let reply = house.send(edifact("R1", "DEMOCARRIER", &format!("{message}{status}"), 2).as_bytes()).unwrap();
    assert_eq!(reply.verdict, Verdict::AcceptedInPart);
    assert!(contrl(&reply).ends_with("'UCM+1+IFTMIN:D:96A:UN+7'UCM+2+IFTSTA:D:96A:UN+4+14'"), "{}", contrl(&reply));
}

//! EDIFACT at the gateway: answered by CONTRL in its own syntax version; what announces nothing here is refused, not dropped.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::exchange::check::check;
use house::{House, document};
use ledger::entry::Verdict;

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
    check(body.as_bytes(), body.len(), |checked| {
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

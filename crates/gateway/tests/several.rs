//! Several interchanges in one body: each has its own verdict, answer, entry and key.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::{
    Error,
    exchange::receive::{INTERCHANGES_MAX, Refused},
};
use house::{House, document};
use ledger::entry::Verdict;

fn numbered(control: u32) -> Vec<u8> {
    document(control, 1, |set| format!("NS-{control}-{set}"))
}

/// The same with separators of its own.
fn other_separators(control: u32) -> Vec<u8> {
    let text = String::from_utf8(numbered(control)).unwrap();
    text.replace('*', "|").replace('>', ":").replace('~', "\n").into_bytes()
}

fn broken(control: u32) -> Vec<u8> {
    String::from_utf8(numbered(control)).unwrap().replace("SE*14*", "SE*15*").into_bytes()
}

#[test]
fn each_has_its_own_separators_verdict_answer_and_entry() {
    let house = House::open();
    let body = [numbered(1), b"\r\n".to_vec(), other_separators(2), broken(3)].concat();
    let replies = house.send_all(&body).unwrap();
    let verdicts: Vec<_> = replies.iter().map(|reply| reply.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Accepted, Verdict::Refused]);
    for (reply, says) in replies.iter().zip([&b"*AK9*A*1*1*1~"[1..], b"AK9|A|1|1|1\n", b"AK9*R*1*1*0~"]) {
        assert!(reply.answer.windows(says.len()).any(|window| window == says), "{}", reply.answer.escape_ascii());
    }
    let intakes = house.intakes();
    let tickets: Vec<_> = intakes.iter().map(|intake| intake.record.ticket).collect();
    // The body's own stays open until nothing of it can come any more.
    assert_eq!(tickets, [2, 3, 1]);
    let octets: u64 = intakes.iter().map(|intake| intake.record.octets).sum();
    assert_eq!(octets, body.len() as u64, "each octet is counted once");
    assert_eq!((house.files("segments"), house.files("outbox")), (2, 2));
}

#[test]
fn alone_or_together_the_same_interchange_is_a_duplicate() {
    let house = House::open();
    let together = house.send_all(&[numbered(1), b"\n".to_vec(), numbered(2)].concat()).unwrap();
    let alone = house.send(&numbered(2)).unwrap();
    assert_eq!((alone.verdict, alone.interchange), (Verdict::Duplicate, together[1].interchange));
    assert_eq!(alone.answer, together[1].answer);
    // Twice in one body: the second is told the same as the first.
    let twice = house.send_all(&[numbered(3), numbered(3)].concat()).unwrap();
    assert_eq!((twice[0].verdict, twice[1].verdict), (Verdict::Accepted, Verdict::Duplicate));
    assert_eq!(twice[0].answer, twice[1].answer);
    // Another content under a number that was used.
    let other = house.send_all(&[numbered(4), document(2, 1, |_| "NS-9".to_owned())].concat()).unwrap();
    assert_eq!((other[0].verdict, other[1].verdict), (Verdict::Accepted, Verdict::Refused));
    assert!(other[1].answer.windows(6).any(|window| window == b"*R*025"));
}

#[test]
fn one_without_an_answer_leaves_the_others_theirs() {
    let house = House::open();
    let foreign = String::from_utf8(numbered(2)).unwrap().replace("*NORTHSHOP      *", "*GALENDRA       *");
    let replies = house.send_all(&[foreign.as_bytes(), &numbered(1)].concat()).unwrap();
    assert_eq!((replies[0].verdict, replies[0].answer.len()), (Verdict::Refused, 0));
    assert_eq!(replies[1].verdict, Verdict::Accepted);
    // If nobody can be answered, the reason is told.
    let refused = house.send_all(foreign.repeat(2).as_bytes());
    assert!(matches!(refused, Err(Refused::Sender { .. })), "{refused:?}");
    assert_eq!(house.intakes().len(), 4, "each has its entry all the same");
}

#[test]
fn too_many_are_refused_as_one_body() {
    let house = House::open();
    let body =
        b"ISA*00*          *00*          *ZZ*NORTHSHOP      *ZZ*DEMOCARRIER    *261102*0930*U*00401*000000001*0*P*>~\
                 IEA*0*000000001~"
            .repeat(INTERCHANGES_MAX + 1);
    assert!(matches!(house.send_all(&body), Err(Refused::TooMany)));
    let intakes = house.intakes();
    assert_eq!(intakes.len(), 1);
    assert_eq!((intakes[0].record.octets, intakes[0].record.verdict), (body.len() as u64, Verdict::Refused));
}

#[test]
fn what_fails_midway_tells_what_was_stored_before_and_is_taken_when_sent_again() {
    let house = House::open();
    house.keep_keys_of("A-1");
    let other = String::from_utf8(numbered(3)).unwrap();
    let other = other.replace("*DEMOCARRIER    *", "*SLOWCARRIER    *").replace("*DEMOCARRIER*", "*SLOWCARRIER*");
    let body = [numbered(1), numbered(2), other.clone().into_bytes(), numbered(4)].concat();
    let failed = house.send_all(&body);
    assert!(
        matches!(failed, Err(Refused::Midway { stored: 2, why: Error::NoPeriodKey { .. } })),
        "{:?}",
        failed.map(|replies| replies.len())
    );
    assert_eq!((house.files("segments"), house.intakes().len()), (2, 2), "what came before is kept, the rest is not");
    // Alone, nothing was stored before it.
    assert!(matches!(house.send_all(other.as_bytes()), Err(Refused::Failed(Error::NoPeriodKey { .. }))));
    let again = house.send_all(&[numbered(1), numbered(2), numbered(4)].concat()).unwrap();
    let verdicts: Vec<_> = again.iter().map(|reply| reply.verdict).collect();
    assert_eq!(verdicts, [Verdict::Duplicate, Verdict::Duplicate, Verdict::Accepted]);
}

/// A status message announces nothing, and there is no way back for it yet: its sender is told so.
#[test]
fn a_status_message_is_refused_and_never_dropped() {
    let house = House::open();
    let status = "ISA*00*          *00*          *ZZ*NORTHSHOP      *ZZ*DEMOCARRIER    *261102*0930*U*00401*000000009*0*P*>~\
        GS*QM*NORTHSHOP*DEMOCARRIER*20261102*0930*9*X*004010~ST*214*0001~B10*T1*S1*DEMO~LX*1~\
        AT7*D1*NS***20261102*0930~SE*5*0001~GE*1*9~IEA*1*000000009~";
    let reply = house.send(status.as_bytes()).unwrap();
    let answer = String::from_utf8(reply.answer).unwrap();
    assert_eq!(reply.verdict, Verdict::Refused);
    assert!(answer.contains("~AK1*QM*9~AK2*214*0001~AK5*R*1~AK9*R*1*1*0~"), "{answer}");
    assert_eq!((house.files("segments"), house.files("outbox"), house.intakes().len()), (0, 0, 1));
}

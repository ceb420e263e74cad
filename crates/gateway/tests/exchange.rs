//! What a body leaves, and what becomes of several at once, without a process or a server.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::{
    Error,
    exchange::receive::{Refused, Reply},
};
use house::{DECIDED, House, document};
use ledger::entry::Verdict;
use std::{collections::BTreeSet, thread};

fn numbered(control: u32) -> impl Fn(u32) -> String {
    move |set| format!("NS-{control}-{set}")
}

#[test]
fn one_interchange_with_more_manifests_than_a_ledger_leaf_can_name() {
    let house = House::open();
    let sets = 400;
    let reply = house.send(&document(1, sets, numbered(1))).unwrap();
    assert_eq!(reply.verdict, Verdict::Accepted);
    let intakes = house.intakes();
    assert_eq!(intakes.len(), 3, "about 150 batches of two groups an entry");
    for (part, intake) in (1..).zip(&intakes) {
        let record = &intake.record;
        assert_eq!((record.part, record.parts, record.ticket), (part, 3, 1));
        assert_eq!(record.batches.len() as u64, record.rows, "each batch has one parcel");
        assert!(
            record.batches.iter().all(|anchor| anchor.carrier == DECIDED),
            "by the policy that gave the certificate"
        );
        assert!(record.batches.iter().all(|anchor| anchor.octets > 64), "two records of the clear column, and a body");
        assert!(ledger::canonical::bytes(intake).len() <= vault::INTAKE_OCTETS_MAX);
    }
    let sum =
        |of: fn(&ledger::entry::IntakeRecord) -> u64| intakes.iter().map(|intake| of(&intake.record)).sum::<u64>();
    assert_eq!(sum(|record| record.rows), u64::from(sets));
    assert_eq!(sum(|record| record.octets), document(1, sets, numbered(1)).len() as u64);
    let batches: BTreeSet<_> = intakes.iter().flat_map(|i| &i.record.batches).map(|anchor| anchor.batch).collect();
    assert_eq!(batches.len(), sets as usize);
    assert_eq!((house.files("segments"), house.files("outbox")), (1, 1));
}

/// Three sets of 9,000 parcels: two are sealed and durable before the third is sealed, which is mapped again for it.
fn large() -> Vec<u8> {
    let sets = (1..=3).map(|set| {
        let parcel = |row: u32| {
            format!(
                "HL*{}*1*P~TD1******G*2.5*KG~MAN*CP*9900{set:04}{row:08}~N1*ST*OLVERIN QUASTERBY~N3*{row} FENWILLOW CRESCENT~\
                 N4*QUEBEC*QC*G1A 0A2*CA~",
                row + 1
            )
        };
        let parcels: String = (1..=9_000).map(parcel).collect();
        format!(
            "ST*856*{set:04}~BSN*00*NS-9-{set}*20261102*0930~HL*1**S~DTM*011*20261102~N1*SF*NORTHSHOP MADE-UP GOODS~\
             {parcels}CTT*9001~SE*54007*{set:04}~"
        )
    });
    let sets: String = sets.collect();
    let whole = String::from_utf8(document(9, 0, numbered(9))).unwrap();
    whole.replace("GE*0*9~", &format!("{sets}GE*3*9~")).into_bytes()
}

#[test]
fn a_large_document_is_durable_piece_by_piece_and_taken_as_one_or_not_at_all() {
    let house = House::open();
    // The third piece's credit does not come, and so nothing is kept of the first.
    house.gateway.told(20_000);
    let refused = house.send(&large());
    assert!(matches!(refused, Err(Refused::Failed(Error::NoCredit))), "{refused:?}");
    assert_eq!((house.files("segments"), house.files("outbox"), house.intakes().len()), (0, 0, 0));

    house.gateway.told(1_000_000);
    let reply = house.send(&large()).unwrap();
    assert_eq!(reply.verdict, Verdict::Accepted, "{}", reply.answer.escape_ascii());
    assert_eq!((house.files("segments"), house.files("outbox")), (2, 2));
    let intakes = house.intakes();
    let batches: Vec<_> = intakes.iter().flat_map(|intake| &intake.record.batches).collect();
    assert_eq!(batches.iter().map(|anchor| anchor.rows).collect::<Vec<_>>(), [9_000; 3]);
    assert_eq!((intakes.len(), intakes[0].record.rows), (1, 27_000));
    for anchor in batches {
        assert!(house.gateway.vault.batch(&anchor.batch).unwrap().is_some());
    }
    let delivered = house.gateway.vault.deliveries(10).unwrap();
    let of_one = delivered.iter().map(|delivery| delivery.batches.len()).collect::<Vec<_>>();
    assert_eq!(of_one, [1; 3]);
    assert!(delivered.iter().all(|copy| house.gateway.vault.delivery_octets(&copy.id).is_ok()));
    // What was taken beyond what the entry names was given back.
    assert_eq!(house.send(&large()).unwrap().verdict, Verdict::Duplicate);
}

/// Sends these from as many threads at once.
fn at_once(house: &House, bodies: &[Vec<u8>]) -> Vec<Reply> {
    thread::scope(|scope| {
        let threads: Vec<_> = bodies.iter().map(|body| scope.spawn(|| house.send(body).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn count(replies: &[Reply], verdict: Verdict) -> usize {
    replies.iter().filter(|reply| reply.verdict == verdict).count()
}

#[test]
fn the_same_document_many_times_at_once_is_taken_once() {
    let house = House::open();
    let replies = at_once(&house, &vec![document(1, 3, numbered(1)); 8]);
    assert_eq!((count(&replies, Verdict::Accepted), count(&replies, Verdict::Duplicate)), (1, 7));
    let answers: BTreeSet<_> = replies.iter().map(|reply| (reply.interchange, reply.answer.clone())).collect();
    assert_eq!(answers.len(), 1, "the first answer, octet for octet");
    assert_eq!((house.files("segments"), house.files("outbox")), (1, 1));
    let tickets: BTreeSet<_> = house.intakes().iter().map(|intake| intake.record.ticket).collect();
    assert_eq!(tickets, (1..=8).collect(), "each body has its intake entry");
}

#[test]
fn one_manifest_number_in_many_documents_at_once_stands_once() {
    let house = House::open();
    let bodies: Vec<_> = (1..=8).map(|control| document(control, 1, |_| "NS-7".to_owned())).collect();
    let replies = at_once(&house, &bodies);
    assert_eq!((count(&replies, Verdict::Accepted), count(&replies, Verdict::Refused)), (1, 7));
    assert_eq!((house.files("segments"), house.files("outbox")), (1, 1));
}

#[test]
fn documents_at_once_get_numbers_of_their_own() {
    let house = House::open();
    let bodies: Vec<_> = (1..=8).map(|control| document(control, 2, numbered(control))).collect();
    let replies = at_once(&house, &bodies);
    assert_eq!(count(&replies, Verdict::Accepted), 8);
    let number =
        |reply: &Reply| String::from_utf8(reply.answer.clone()).unwrap().split('*').nth(13).unwrap().to_owned();
    let numbers: BTreeSet<_> = replies.iter().map(number).collect();
    assert_eq!(numbers, (1..=8).map(|number| format!("{number:09}")).collect(), "one for each 997, without a gap");
}

#[test]
fn without_keys_nothing_is_taken_and_nothing_is_left() {
    let house = House::open();
    let closed = house.gateway.gate.close().unwrap();
    assert!(matches!(house.send(&document(1, 1, numbered(1))), Err(Refused::Failed(Error::NoKeys))));
    drop(closed);
    let refused = house.send(&document(1, 1, numbered(1)));
    assert!(matches!(refused, Err(Refused::Failed(Error::NoPeriodKey { .. }))), "{refused:?}");
    assert_eq!((house.files("segments"), house.files("outbox"), house.intakes().len()), (0, 0, 0));
}

#[test]
fn a_month_without_an_index_key_takes_nothing() {
    let house = House::open();
    house.clock.set(house::now().plus_days(31));
    assert!(matches!(house.send(&document(1, 1, numbered(1))), Err(Refused::Failed(Error::NoIndexKey { .. }))));
}

#[test]
fn an_acknowledgement_repeats_no_name_that_is_not_a_partners() {
    let house = House::open();
    let text = String::from_utf8(document(1, 1, numbered(1))).unwrap();
    let hostile = text
        .replace("GS*SH*NORTHSHOP*DEMOCARRIER*", "GS*SH*GALENDRA*IRONPETAL*")
        .replace("*X*004010~", "*X*MAPLEHOOK~")
        .replace("ST*856*0001~", "ST*856*QUASTERBY~")
        .replace("SE*14*0001~", "SE*14*QUASTERBY~");
    let answer = String::from_utf8(house.send(hostile.as_bytes()).unwrap().answer).unwrap();
    for name in ["GALENDRA", "IRONPETAL", "MAPLEHOOK", "QUASTERBY"] {
        assert!(!answer.contains(name), "{answer}");
    }
    assert!(answer.contains("GS*FA*DEMOCARRIER*NORTHSHOP*"), "{answer}");
}

#[test]
fn a_document_that_is_for_nobody_we_know_is_answered_in_our_own_name() {
    let house = House::open();
    let text =
        String::from_utf8(document(1, 1, numbered(1))).unwrap().replace("*DEMOCARRIER    *", "*GALENDRA       *");
    let reply = house.send(text.as_bytes()).unwrap();
    let answer = String::from_utf8(reply.answer).unwrap();
    assert_eq!(reply.verdict, Verdict::Refused);
    assert!(answer.contains("*ZZ*BULLA          *ZZ*NORTHSHOP      *") && answer.contains("*R*009~"), "{answer}");
}

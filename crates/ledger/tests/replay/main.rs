//! The rules of the ledger: one made-up ledger that holds, and one breach of it for each rule.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod co_holders;
mod counts;
mod decided;
mod instances;
mod settled;
mod stopped;

use ed25519_dalek::SigningKey;
use ledger::{entry::*, opening::*, replay::*, *};
use std::collections::BTreeSet;

const ORIGIN: &str = "ledger.example";
const PERIOD: &str = "A-1/2026-11/d90";

fn hash(octet: u8) -> Hash {
    Hash([octet; 32])
}

fn batch(octet: u8) -> BatchId {
    BatchId([octet; 16])
}

fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

fn worker() -> WorkerId {
    "gw-1".parse().unwrap()
}

fn time(seconds: i64) -> Time {
    Time::from_milliseconds(1_790_000_000_000 + seconds * 1000)
}

fn classes() -> Classes {
    Classes::from([FieldClass::Address, FieldClass::Contact])
}

fn genesis() -> Genesis {
    let place = || -> PlaceName { "here".parse().unwrap() };
    let enrolled = |worker: &str, octet| EnrolledWorker {
        worker: worker.parse().unwrap(),
        key: public(octet),
        organisation: place(),
        host: place(),
    };
    let placed = |key: tlog::Verifier| PlacedKey { key: key.to_string(), organisation: place(), host: place() };
    let witness = |name: &str| tlog::Cosigner::new(name, &[7; 32]).unwrap().verifier();
    Genesis {
        origin: ORIGIN.into(),
        authority: Authority { threshold: 1, officers: vec![Officer { organisation: place(), key: public(90) }] },
        warden: placed(tlog::Signer::new(ORIGIN, &[7; 32]).unwrap().verifier()),
        copies_days: 0,
        witnesses: vec![placed(witness("a")), placed(witness("b"))],
        quorum: 1,
        workers: vec![enrolled("gw-1", 1), enrolled("gw-2", 2)],
    }
}

/// A note of this size; who signed it and which root it has is not the ledger's to check.
fn beat(origin: &str, size: u64) -> Entry {
    let text = tlog::Checkpoint::new(origin, size, [7; 32]).unwrap().to_text();
    let note = tlog::note::sign(&text, &tlog::Signer::new("anyone", &[7; 32]).unwrap()).unwrap();
    Entry::Heartbeat(Heartbeat { note })
}

fn principal() -> Principal {
    Principal {
        principal: "support-7".parse().unwrap(),
        key: public(3),
        result_key: hash(9),
        purposes: BTreeSet::from([Purpose::Support]),
        classes: classes(),
        rows: Budget { hour: 10, day: 100, month: 1000 },
        age_days: 36_500,
        alone: 1_000_000,
        approves: false,
        counts: None,
    }
}

fn carrier() -> Carrier {
    let carrier = "C-1".parse().unwrap();
    Carrier { carrier, key: Some(public(4)), certificates: [hash(8)].into(), edi: [hash(80)].into() }
}

fn agreement() -> Agreement {
    Agreement {
        agreement: "A-1".parse().unwrap(),
        shipper: "S-1".parse().unwrap(),
        carrier: "C-1".parse().unwrap(),
        groups: vec![RetentionGroup { group: "d90".parse().unwrap(), classes: classes(), days: 90 }],
    }
}

fn period_key() -> PeriodKey {
    PeriodKey { period: PERIOD.parse().unwrap(), classes: classes(), key: hash(5), ends: time(9_000), co_holder: None }
}

fn anchor(octet: u8) -> Anchor {
    let keys = vec![SealedTo { period: PERIOD.parse().unwrap(), key: hash(5) }];
    Anchor { batch: batch(octet), header: hash(octet), rows: 10, parties: 20, octets: 1_000, carrier: 1, keys }
}

fn record(ticket: u64, batches: Vec<Anchor>) -> IntakeRecord {
    IntakeRecord {
        worker: worker(),
        received: time(5),
        instance: FIRST,
        ticket,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 4_000,
        rows: 10,
        parties: 20,
        verdict: Verdict::Accepted,
        shipper: None,
        batches,
    }
}

const FIRST: InstanceId = InstanceId([7; 16]);
const SECOND: InstanceId = InstanceId([8; 16]);

fn start(instance: InstanceId, closes: Vec<Closed>) -> Entry {
    let record = StartRecord { worker: worker(), instance, boot: BootId([1; 16]), closes };
    Entry::Start(Start::new(record, &secret(1)))
}

fn intake() -> Intake {
    Intake::new(record(1, vec![anchor(1)]), &secret(1))
}

fn scope() -> Scope {
    Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "T-1".parse().unwrap(),
        batch: batch(1),
        header: hash(1),
        rows: BTreeSet::from([3]),
        classes: Classes::from([FieldClass::Address]),
        requested: time(7),
        nonce: hash(7),
    }
}

fn intent_of(scope: Scope) -> Intent {
    let request = OpeningRequest::new(scope, &secret(3));
    Intent { opening: request.id(), request, approval: None }
}

fn receipt() -> Receipt {
    Receipt { opening: intent_of(scope()).opening, outcome: Outcome::Opened, answer: Some(hash(77)) }
}

fn confirmation(rows: u64) -> ConfirmationRecord {
    ConfirmationRecord {
        carrier: "C-1".parse().unwrap(),
        delivery: DeliveryId([1; 16]),
        batches: BTreeSet::from([batch(1)]),
        digest: hash(6),
        rows,
        received: time(8),
    }
}

/// Signed by the one officer; `change` is made before.
fn policy(number: u64, change: impl FnOnce(&mut PolicyRecord)) -> Entry {
    let mut record = PolicyRecord {
        principals: vec![principal()],
        carriers: vec![carrier()],
        agreements: vec![agreement()],
        ..PolicyRecord::new(ORIGIN, number, None)
    };
    change(&mut record);
    let signature = record.sign(&secret(90));
    Entry::Policy(Policy::new(record, vec![signature]))
}

fn shred() -> Shred {
    Shred { period: PERIOD.parse().unwrap(), key: hash(5) }
}

/// The whole story, one entry each.
fn story() -> Vec<Entry> {
    vec![
        Entry::Genesis(genesis()),
        policy(1, |_| {}),
        policy(2, |record| {
            record.principals.clear();
            record.agreements.clear();
        }),
        policy(3, |record| {
            record.principals.clear();
            record.carriers.clear();
        }),
        Entry::PeriodKey(period_key()),
        Entry::IndexKey(IndexKey { month: "2026-11".parse().unwrap(), key: hash(4), worker: worker() }),
        start(FIRST, vec![]),
        Entry::Intake(intake()),
        Entry::IndexKey(IndexKey { month: "2026-12".parse().unwrap(), key: hash(8), worker: worker() }),
        Entry::Intent(intent_of(scope())),
        Entry::Receipt(receipt()),
        start(SECOND, vec![Closed { instance: FIRST, last: 1 }]),
        Entry::ShredIntent(shred()),
        Entry::Shred(shred()),
        beat("ledger.example", 14),
    ]
}

fn timed(entries: Vec<Entry>) -> Vec<Logged> {
    entries.into_iter().zip(0..).map(|(entry, second)| Logged { time: time(second), entry }).collect()
}

fn replay(entries: Vec<Entry>) -> Result<State, Violation> {
    let all = timed(entries);
    let whole = State::replay((0..).zip(all.clone()));
    assert_eq!(whole.as_ref().err(), settled::replayed(&all).1.as_ref().err(), "what is let go changes no verdict");
    whole
}

#[test]
fn a_story_that_holds() {
    let state = replay(story()).unwrap();
    assert_eq!((state.size, state.began, state.time), (15, Some(time(0)), Some(time(14))));
    let period = &state.periods[&PERIOD.parse().unwrap()];
    assert_eq!((period.born, period.ends), (At { entry: 4, time: time(4) }, time(9_000)));
    assert_eq!(period.shred_intent, Some(At { entry: 12, time: time(12) }));
    assert_eq!(period.shredded, Some(At { entry: 13, time: time(13) }));
    assert!(matches!(state.batches[&batch(1)], Batch { entry: 7, intake: 0, rows: 10, parties: 20, carrier: 1, .. }));
    assert_eq!(state.intakes.iter().map(|received| received.ticket).collect::<Vec<_>>(), [1]);
    assert_eq!([FIRST, SECOND].map(|instance| state.instances[&instance].start.entry), [6, 11]);
    assert_eq!(state.instances[&FIRST].closed.map(|closed| closed.entry), Some(11));
    let opening = &state.openings[&receipt().opening];
    assert_eq!((opening.at.entry, opening.receipt.map(|r| (r.0.entry, r.1))), (9, Some((10, Outcome::Opened))));
    assert_eq!(state.index_keys[0].key.month.to_string(), "2026-11");
    assert_eq!(state.heartbeats[0].at, At { entry: 14, time: time(14) });
}

/// The story up to `keep` entries, then `entry`: refused with `rule`, and the state is as before.
fn refused(keep: usize, entry: Entry, rule: Rule) {
    let mut state = replay(story()[..keep].to_vec()).unwrap();
    let before = format!("{state:?}");
    let index = keep as u64;
    let logged = Logged { time: time(100), entry };
    let mut all = timed(story()[..keep].to_vec());
    all.push(logged.clone());
    assert_eq!(settled::replayed(&all).1.unwrap_err().rule, rule, "and where all is let go");
    let found = state.push(index, logged);
    assert_eq!(found, Err(Violation { entry: index, rule }));
    assert_eq!(format!("{state:?}"), before);
}

fn refused_intake(keep: usize, change: impl FnOnce(&mut IntakeRecord), rule: Rule) {
    let mut changed = match keep {
        ..=7 => record(1, vec![anchor(1)]),
        _ => record(2, vec![anchor(2)]),
    };
    change(&mut changed);
    refused(keep, Entry::Intake(Intake::new(changed, &secret(1))), rule);
}

fn refused_scope(change: impl FnOnce(&mut Scope), rule: Rule) {
    let mut changed = scope();
    change(&mut changed);
    refused(9, Entry::Intent(intent_of(changed)), rule);
}

#[test]
fn the_frame() {
    refused(0, beat("ledger.example", 0), Rule::NotGenesis);
    refused(3, beat("ledger.example", 4), Rule::Note);
    refused(3, beat("other.example", 2), Rule::Note);
    refused(3, Entry::Heartbeat(Heartbeat { note: "no note".into() }), Rule::Note);
    refused(3, Entry::Genesis(genesis()), Rule::SecondGenesis);
    let impossible = Genesis { quorum: 3, ..genesis() };
    refused(0, Entry::Genesis(impossible), Rule::Quorum { quorum: 3, witnesses: 2 });
    let mut same = Genesis { quorum: 2, ..genesis() };
    same.witnesses[1].key = same.witnesses[0].key.clone();
    refused(0, Entry::Genesis(same), Rule::Quorum { quorum: 2, witnesses: 2 });
    let mut twice = genesis();
    twice.workers[1].worker = worker();
    refused(0, Entry::Genesis(twice), Rule::WorkerTwice { worker: worker() });

    let mut state = replay(story()).unwrap();
    let later = |second| Logged { time: time(second), entry: beat("ledger.example", 13) };
    let gap = state.push(16, later(20)).unwrap_err();
    assert_eq!(gap, Violation { entry: 16, rule: Rule::Index { expected: 15 } });
    let back = state.push(15, later(13)).unwrap_err();
    assert_eq!(back, Violation { entry: 15, rule: Rule::TimeBack { time: time(13), before: time(14) } });
    assert_eq!(state.push(15, later(14)), Ok(()), "the same time again is not back");
}

#[test]
fn keys() {
    let period = || PERIOD.parse().unwrap();
    refused(1, Entry::PeriodKey(period_key()), Rule::UnknownAgreement { agreement: "A-1".parse().unwrap() });
    let again = PeriodKey { key: hash(6), ..period_key() };
    refused(5, Entry::PeriodKey(again), Rule::PeriodTwice { period: period() });
    let other: PeriodId = "A-1/2026-12/d90".parse().unwrap();
    let reused = PeriodKey { period: other.clone(), ..period_key() };
    refused(5, Entry::PeriodKey(reused), Rule::KeyReused { period: other });
    let clear = PeriodKey { classes: Classes::from([FieldClass::Operational]), ..period_key() };
    refused(4, Entry::PeriodKey(clear), Rule::Classes);
    refused(12, Entry::Shred(shred()), Rule::ShredWithoutIntent { period: period() });
    refused(14, Entry::Shred(shred()), Rule::ShredTwice { period: period() });
    refused(14, Entry::ShredIntent(shred()), Rule::ShredTwice { period: period() });
    let other_key = Shred { key: hash(6), ..shred() };
    refused(13, Entry::Shred(other_key.clone()), Rule::ShredUnknown { period: period() });
    refused(4, Entry::ShredIntent(other_key), Rule::ShredUnknown { period: period() });
    let mut repeated = story();
    repeated.insert(13, Entry::ShredIntent(shred()));
    assert!(replay(repeated).is_ok(), "a warden that fell between intent and shred announces it again");
}

#[test]
fn anchors() {
    let period: PeriodId = PERIOD.parse().unwrap();
    let one = batch(1);
    refused_intake(8, |record| record.batches = vec![anchor(1)], Rule::BatchTwice { batch: one });
    let doubled = |record: &mut IntakeRecord| (record.rows, record.batches) = (20, vec![anchor(1), anchor(1)]);
    refused_intake(7, doubled, Rule::BatchTwice { batch: one });
    let key_twice = |record: &mut IntakeRecord| record.batches[0].keys = [anchor(1).keys, anchor(1).keys].concat();
    refused_intake(7, key_twice, Rule::AnchorUnsorted { batch: one });
    for entry in [0, 3, 4, 7, u64::MAX] {
        refused_intake(7, |record| record.batches[0].carrier = entry, Rule::AnchorCarrier { batch: one, entry });
    }
    let few = Rule::AnchorOctets { batch: one, rows: 10, octets: 9 };
    refused_intake(7, |record| record.batches[0].octets = 9, few);
    refused_intake(7, |record| record.batches[0].octets = LARGEST + 1, Rule::NumberTooLarge);
    let unknown = Rule::UnknownKey { batch: one, period };
    refused_intake(7, |record| record.batches[0].keys[0].key = hash(6), unknown);
    for shredded in [13, 14] {
        let mut late = story();
        late.insert(shredded, Entry::Intake(Intake::new(record(2, vec![anchor(2)]), &secret(1))));
        assert!(
            replay(late).is_ok(),
            "what waited while its key was destroyed is entered: nothing behind it waits for ever"
        );
    }
}

#[test]
fn openings() {
    let who = || principal().principal;
    refused_scope(
        |s| s.principal = "nobody".parse().unwrap(),
        Rule::UnknownPrincipal { principal: "nobody".parse().unwrap() },
    );
    refused_scope(|s| s.purpose = Purpose::Label, Rule::PurposeNotAllowed { principal: who() });
    let not_allowed = |class| Rule::ClassNotAllowed { principal: who(), class };
    refused_scope(|s| s.classes = Classes::from([FieldClass::Remarks]), not_allowed(FieldClass::Remarks));
    refused_scope(|s| s.classes = Classes::NONE, Rule::EmptyRequest);
    refused_scope(|s| s.rows.clear(), Rule::EmptyRequest);
    refused_scope(|s| s.batch = batch(2), Rule::UnknownBatch { batch: batch(2) });
    refused_scope(|s| s.header = hash(2), Rule::OtherHeader { batch: batch(1) });
    let beyond = Rule::NoSuchRow { batch: batch(1), rows: 10, row: 11 };
    refused_scope(|s| s.rows = BTreeSet::from([0, 11]), beyond);
    refused(9, Entry::Intent(Intent { opening: hash(1), ..intent_of(scope()) }), Rule::OpeningName);
    refused(10, Entry::Intent(intent_of(scope())), Rule::IntentTwice);
    let request = OpeningRequest::new(scope(), &secret(4));
    let forged = Intent { opening: request.id(), request, approval: None };
    refused(9, Entry::Intent(forged), Rule::RequestSignature { principal: who() });
    refused(9, Entry::Receipt(receipt()), Rule::ReceiptWithoutIntent);
    refused(11, Entry::Receipt(receipt()), Rule::ReceiptTwice);
    refused(10, Entry::Receipt(Receipt { answer: None, ..receipt() }), Rule::ReceiptAnswer);
    refused(10, Entry::Receipt(Receipt { outcome: Outcome::Failed, ..receipt() }), Rule::ReceiptAnswer);
}

#[test]
fn nothing_opens_after_its_shred() {
    let late = Scope { nonce: hash(1), ..scope() };
    let opening = intent_of(late.clone()).opening;
    let ends = |outcome| {
        let mut entries = story();
        entries.push(Entry::Intent(intent_of(late.clone())));
        let answer = (outcome == Outcome::Opened).then(|| hash(77));
        entries.push(Entry::Receipt(Receipt { opening, outcome, answer }));
        replay(entries).map(|_| ())
    };
    assert_eq!(ends(Outcome::Failed), Ok(()));
    assert_eq!(ends(Outcome::Opened), Err(Violation { entry: 16, rule: Rule::OpenedAfterShred { batch: batch(1) } }));
}

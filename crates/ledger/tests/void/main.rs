//! What a void entry raises, kind by kind, and that it lowers nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod ticks;

use ed25519_dalek::SigningKey;
use ledger::{entry::*, opening::*, replay::*, *};
use std::collections::BTreeSet;

const PERIOD: &str = "A-1/2026-11/d90";

fn hash(octet: u8) -> Hash {
    Hash([octet; 32])
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

fn address() -> Classes {
    Classes::from([FieldClass::Address])
}

fn made(period: &str, key: u8, classes: &[FieldClass]) -> Entry {
    let classes = classes.iter().copied().collect();
    Entry::PeriodKey(PeriodKey {
        period: period.parse().unwrap(),
        classes,
        key: hash(key),
        ends: time(9_000),
        co_holder: None,
    })
}

fn to(key: u8) -> SealedTo {
    SealedTo { period: PERIOD.parse().unwrap(), key: hash(key) }
}

fn intake(ticket: u64, batch: u8, key: u8) -> Intake {
    let anchor = Anchor {
        batch: BatchId([batch; 16]),
        header: hash(batch),
        rows: 10,
        parties: 20,
        octets: 1_000,
        carrier: 2,
        keys: vec![to(key)],
    };
    let record = IntakeRecord {
        worker: worker(),
        received: time(5),
        instance: InstanceId([7; 16]),
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
        batches: vec![anchor],
    };
    Intake::new(record, &secret(1))
}

fn start(octet: u8, closes: Vec<Closed>, key: u8) -> Entry {
    let record = StartRecord { worker: worker(), instance: InstanceId([octet; 16]), boot: BootId([1; 16]), closes };
    Entry::Start(Start::new(record, &secret(key)))
}

fn tick(number: u64, next: u64, rows: u64) -> Entry {
    let (instance, credit) = (InstanceId([7; 16]), Credit { rows, parties: rows });
    let record = TickRecord { worker: worker(), instance, number, next, open: vec![], credit, seen: None };
    Entry::Tick(Tick::new(record, &secret(1)))
}

fn first() -> Intake {
    intake(1, 1, 5)
}

fn intent(octet: u8, batch: u8) -> Intent {
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "T-1".parse().unwrap(),
        batch: BatchId([batch; 16]),
        header: hash(batch),
        rows: BTreeSet::from([3]),
        classes: address(),
        requested: time(7),
        nonce: hash(octet),
    };
    let request = OpeningRequest::new(scope, &secret(3));
    Intent { opening: request.id(), request, approval: None }
}

fn shred(key: u8) -> Shred {
    Shred { period: PERIOD.parse().unwrap(), key: hash(key) }
}

/// Something that may always follow: a policy of this number.
fn alive_at(number: u64) -> Entry {
    let principal = Principal {
        principal: "audit-1".parse().unwrap(),
        key: public(9),
        result_key: hash(9),
        purposes: BTreeSet::new(),
        classes: Classes::NONE,
        rows: Budget::NONE,
        age_days: 0,
        alone: 0,
        approves: false,
        counts: None,
    };
    decided(number, vec![principal], vec![], vec![])
}

fn alive() -> Entry {
    alive_at(4)
}

fn decided(number: u64, principals: Vec<Principal>, carriers: Vec<Carrier>, agreements: Vec<Agreement>) -> Entry {
    let record = PolicyRecord { principals, carriers, agreements, ..PolicyRecord::new("ledger.example", number, None) };
    let signature = record.sign(&secret(90));
    Entry::Policy(Policy::new(record, vec![signature]))
}

fn support() -> Principal {
    Principal {
        principal: "support-7".parse().unwrap(),
        key: public(3),
        result_key: hash(9),
        purposes: BTreeSet::from([Purpose::Support]),
        classes: address(),
        rows: Budget { hour: 10, day: 100, month: 1000 },
        age_days: 36_500,
        alone: 1_000_000,
        approves: false,
        counts: None,
    }
}

fn carrier(certificate: u8) -> Carrier {
    let certificates = [hash(certificate)].into();
    Carrier { carrier: "C-1".parse().unwrap(), key: None, certificates, edi: BTreeSet::new() }
}

fn agreement(shipper: &str) -> Agreement {
    Agreement {
        agreement: "A-1".parse().unwrap(),
        shipper: shipper.parse().unwrap(),
        carrier: "C-1".parse().unwrap(),
        groups: vec![RetentionGroup { group: "d90".parse().unwrap(), classes: address(), days: 90 }],
    }
}

/// Ten honest entries: a batch of ten rows, anchored and confirmed by nobody.
fn story() -> Vec<Entry> {
    let place = || -> PlaceName { "here".parse().unwrap() };
    let enrolled = EnrolledWorker { worker: worker(), key: public(1), organisation: place(), host: place() };
    let placed = |key: tlog::Verifier| PlacedKey { key: key.to_string(), organisation: place(), host: place() };
    vec![
        Entry::Genesis(Genesis {
            origin: "ledger.example".into(),
            authority: Authority { threshold: 1, officers: vec![Officer { organisation: place(), key: public(90) }] },
            warden: placed(tlog::Signer::new("ledger.example", &[7; 32]).unwrap().verifier()),
            copies_days: 0,
            witnesses: vec![placed(tlog::Cosigner::new("a", &[7; 32]).unwrap().verifier())],
            quorum: 1,
            workers: vec![enrolled],
        }),
        decided(1, vec![support()], vec![], vec![]),
        decided(2, vec![], vec![carrier(8)], vec![]),
        decided(3, vec![], vec![], vec![agreement("S-1")]),
        made(PERIOD, 5, &[FieldClass::Address]),
        start(7, vec![], 1),
        Entry::Intake(first()),
    ]
}

/// The story and what follows, each a second later; all that was void.
fn taken(more: Vec<Entry>) -> State {
    let mut state = State::default();
    for (entry, second) in story().into_iter().chain(more).zip(0..) {
        state.take_logged(second as u64, Logged { time: time(second), entry });
    }
    state
}

fn ended() -> Vec<Entry> {
    vec![Entry::ShredIntent(shred(5)), Entry::Shred(shred(5))]
}

/// `(entry, kind, signer)` of each void entry.
fn voids(state: &State) -> Vec<(u64, &'static str, Signer)> {
    state.voids.list.iter().map(|void| (void.entry, void.kind, void.signer)).collect()
}

fn life(state: &State) -> Life {
    state.life(state.batches.iter().next().unwrap().entry, &to(5))
}

/// At which entry the honest batch's key is believed to have been destroyed.
fn destroyed(more: Vec<Entry>) -> Option<u64> {
    life(&taken(more)).shredded.map(|at| at.entry)
}

#[test]
fn an_honest_ledger_has_no_voids_and_says_what_push_says() {
    let state = taken(ended());
    assert_eq!((state.size, state.voids.list.len()), (9, 0));
    assert_eq!((life(&state).born.unwrap().entry, life(&state).shredded.unwrap().entry), (4, 8));
    let mut pushed = State::default();
    for (entry, second) in story().into_iter().chain(ended()).zip(0..) {
        pushed.push(second as u64, Logged { time: time(second), entry }).unwrap();
    }
    assert_eq!(format!("{pushed:?}"), format!("{state:?}"));
}

#[test]
fn leaves_that_nobody_can_read() {
    let mut state = taken(Vec::new());
    for (leaf, index) in [&b""[..], b"{}", b"\xff\xfe", &[b'['; 60_000]].into_iter().zip(7..) {
        assert_eq!(state.take(index, leaf), Taken::Void(Rule::Leaf));
    }
    let beat = Logged { time: time(7), entry: alive() };
    assert_eq!(state.take(11, &beat.to_bytes()), Taken::Applied, "the replay goes on");
    assert_eq!(voids(&state)[3], (10, "unreadable", Signer::Warden));
    // Another form of a valid entry counts as what it says.
    let spaced = [&Logged { time: time(8), entry: Entry::Intake(first()) }.to_bytes()[..], b" "].concat();
    assert_eq!(state.take(12, &spaced), Taken::Void(Rule::Leaf));
    assert_eq!(voids(&state)[4], (12, "intake", Signer::Warden));
    assert_eq!(state.voids.batches.len(), 1);
}

#[test]
fn place_and_time() {
    let beat = |second| Logged { time: time(second), entry: alive() };
    let mut state = taken(Vec::new());
    assert_eq!(state.take_logged(9, beat(7)), Taken::Void(Rule::Index { expected: 7 }), "a gap");
    assert_eq!(state.take_logged(2, beat(7)), Taken::Void(Rule::Index { expected: 10 }), "and back");
    assert_eq!(state.take_logged(10, beat(7)), Taken::Applied);
    let back = Rule::TimeBack { time: time(3), before: time(7) };
    assert_eq!(state.take_logged(11, beat(3)), Taken::Void(back));
    assert_eq!(state.take_logged(u64::MAX, beat(8)), Taken::Void(Rule::Index { expected: 12 }));
    assert!(state.voids.list.iter().all(|void| void.signer == Signer::Warden));
}

#[test]
fn without_genesis_everything_is_void() {
    let mut state = State::default();
    for (entry, second) in story().into_iter().skip(1).zip(0..) {
        assert_eq!(
            state.take_logged(second as u64, Logged { time: time(second), entry }),
            Taken::Void(Rule::NotGenesis)
        );
    }
    assert_eq!((state.voids.list.len(), state.voids.batches.len(), state.batches.len()), (6, 1, 0));
    assert_eq!(state.life(state.voids.batches[0].entry, &to(5)), Life::default());
}

#[test]
fn keys_that_nobody_made_stay_so_however_often_they_are_named() {
    let named = |ticket, batch, key| Entry::Intake(intake(ticket, batch, key));
    let state = taken(vec![named(2, 2, 6), named(2, 3, 6), named(2, 4, 5), named(3, 5, 6), named(3, 6, 5)]);
    assert_eq!(voids(&state), [7, 8, 10].map(|entry| (entry, "intake", Signer::Worker)));
    let keys = |batches: &[Batch]| batches.iter().map(|batch| batch.keys.to_vec()).collect::<Vec<_>>();
    assert_eq!(keys(&state.voids.batches), [6, 6, 6].map(|key| vec![to(key)]));
    assert_eq!(keys(&state.batches.iter().cloned().collect::<Vec<_>>()), [5, 5, 5].map(|key| vec![to(key)]));
}

#[test]
fn a_batch_anchored_again_counts_again() {
    let again = taken(vec![Entry::Intake(first()), Entry::Intake(intake(2, 1, 5))]);
    assert_eq!(voids(&again), [(7, "intake", Signer::Worker), (8, "intake", Signer::Worker)]);
    assert_eq!((again.batches.len(), again.voids.batches.len(), again.voids.intakes.len()), (1, 2, 2));
    let mut forged = intake(2, 2, 5);
    forged.signature = Signature([0; 64]);
    assert_eq!(voids(&taken(vec![Entry::Intake(forged)])), [(7, "intake", Signer::Warden)]);
}

#[test]
fn an_intake_of_lies_counts_at_least_what_its_batches_hold() {
    let mut record = intake(2, 2, 5).record;
    (record.rows, record.parties) = (3, u64::MAX);
    (record.batches[0].parties, record.batches[0].octets) = (u64::MAX, u64::MAX);
    let state = taken(vec![Entry::Intake(Intake::new(record, &secret(1)))]);
    assert_eq!((state.voids.intakes[0].rows, state.voids.intakes[0].parties), (10, LARGEST));
    assert_eq!(state.voids.batches[0].parties, LARGEST);
}

#[test]
fn shreds_that_break_a_rule_destroy_nothing() {
    assert_eq!(destroyed(ended()), Some(8));
    assert_eq!(destroyed(vec![Entry::Shred(shred(5))]), None, "not announced");
    assert_eq!(destroyed(vec![Entry::ShredIntent(shred(6)), Entry::Shred(shred(5))]), None, "another key announced");
    assert_eq!(destroyed(vec![Entry::ShredIntent(shred(5)), Entry::Shred(shred(6))]), None, "another key destroyed");
    let late = [ended(), vec![Entry::ShredIntent(shred(5)), Entry::Shred(shred(5))]].concat();
    assert_eq!(destroyed(late), Some(8), "a second one takes nothing from the first");
}

#[test]
fn a_key_that_comes_again_was_not_destroyed_before() {
    let again = || made(PERIOD, 5, &[FieldClass::Address]);
    assert_eq!(destroyed([vec![again()], ended()].concat()), Some(9));
    assert_eq!(destroyed([ended(), vec![again()]].concat()), None);
    let shared = made("A-1/2026-12/d90", 5, &[FieldClass::Contact]);
    assert_eq!(destroyed([vec![shared.clone()], ended()].concat()), None, "one shred does not end two periods");
    let state = taken(vec![shared]);
    assert_eq!(state.classes(&to(5)), Classes::from([FieldClass::Address, FieldClass::Contact]));
    assert_eq!(life(&state).born, None);
}

#[test]
fn a_second_key_of_a_period_outlives_the_first() {
    let second = made(PERIOD, 6, &[FieldClass::Contact]);
    let sealed = Entry::Intake(intake(2, 2, 6));
    let state = taken([vec![second, sealed], ended()].concat());
    assert_eq!(voids(&state), [(7, "period_key", Signer::Warden), (8, "intake", Signer::Worker)]);
    assert_eq!(state.life(state.voids.batches[0].entry, &to(6)), Life::default());
    assert_eq!(state.classes(&to(6)), Classes::from([FieldClass::Contact]));
    assert_eq!(life(&state).shredded.unwrap().entry, 10, "the first key's batches end with it");
    assert_eq!(state.classes(&to(77)), FieldClass::SEALED.into(), "what nobody made may open anything");
}

#[test]
fn sealed_after_the_shred_the_shred_does_not_count() {
    let state = taken([ended(), vec![Entry::Intake(intake(2, 2, 5))]].concat());
    assert!(state.voids.list.is_empty());
    let late = state.batches.iter().find(|batch| batch.entry > 8).unwrap();
    assert_eq!(state.life(late.entry, &to(5)).shredded, None);
    assert_eq!(life(&state).shredded.unwrap().entry, 8, "for those before it does");
}

#[test]
fn a_copy_that_was_found_undoes_the_shred() {
    assert_eq!(destroyed(ended()), Some(8));
    assert_eq!(destroyed([ended(), vec![Entry::Resurfaced(shred(5))]].concat()), None);
    // Void as well: said before the shred, where no copy could be.
    let early = [vec![Entry::Resurfaced(shred(5))], ended()].concat();
    assert_eq!(destroyed(early), None);
}

#[test]
fn opened_after_the_shred_the_shred_was_none() {
    let late = intent(1, 1);
    let opened = |outcome| {
        let answer = (outcome == Outcome::Opened).then(|| hash(77));
        Entry::Receipt(Receipt { opening: late.opening, outcome, answer })
    };
    let with = |outcome| [ended(), vec![Entry::Intent(late.clone()), opened(outcome)]].concat();
    assert_eq!(destroyed(with(Outcome::Failed)), Some(8));
    assert_eq!(destroyed(with(Outcome::Opened)), None);
    // The intent void as well: replayed under another name.
    let renamed = Intent { opening: hash(66), ..late.clone() };
    let receipt = Receipt { opening: hash(66), outcome: Outcome::Opened, answer: Some(hash(77)) };
    assert_eq!(destroyed([ended(), vec![Entry::Intent(renamed), Entry::Receipt(receipt)]].concat()), None);
}

#[test]
fn a_void_intent_counts_and_a_void_start_cleans_nothing() {
    let forged = OpeningRequest::new(intent(1, 1).request.scope, &secret(9));
    let state = taken(vec![
        Entry::Intent(intent(1, 9)),
        Entry::Intent(Intent { opening: forged.id(), request: forged, approval: None }),
        start(7, vec![], 1),
        start(8, vec![], 2),
    ]);
    let expected = [
        (7, "intent", Signer::Principal),
        (8, "intent", Signer::Warden),
        (9, "start", Signer::Worker),
        (10, "start", Signer::Warden),
    ];
    assert_eq!(voids(&state), expected);
    assert_eq!((state.voids.openings.len(), state.openings.len()), (2, 0));
    assert_eq!(state.instances.len(), 1);
}

use super::*;
use crate::{
    custody::{self, Custody},
    headers::Headers,
    past::KeptHeaders,
};
use ed25519_dalek::SigningKey;
use ledger::{BootId, Entry, InstanceId, Logged, Time, entry::*};
use std::path::Path;

const ORIGIN: &str = "warden.example/settling";
const INSTANCE: InstanceId = InstanceId([7; 16]);
fn now() -> Time {
    Time::from_milliseconds(1_795_435_200_000)
}

fn secret() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn genesis(dir: &Path) -> Entry {
    let placed =
        |key: String, name: &str| PlacedKey { key, organisation: name.parse().unwrap(), host: name.parse().unwrap() };
    let key = ledger::PublicKey(secret().verifying_key().to_bytes());
    let worker = EnrolledWorker {
        worker: "gw-1".parse().unwrap(),
        key,
        organisation: "C".parse().unwrap(),
        host: "C".parse().unwrap(),
    };
    Entry::Genesis(Genesis {
        origin: ORIGIN.to_owned(),
        authority: Authority { threshold: 1, officers: vec![Officer { organisation: "A".parse().unwrap(), key }] },
        warden: placed(custody::create(dir, ORIGIN).unwrap(), "A"),
        copies_days: 0,
        witnesses: vec![placed(witness::create(&dir.with_extension("w"), "witness.example/w").unwrap(), "B")],
        quorum: 1,
        workers: vec![worker],
    })
}

fn intake(ticket: u64) -> Entry {
    let record = IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: now(),
        instance: INSTANCE,
        ticket,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: false,
        decryption: None,
        octets: 1000,
        rows: 1,
        parties: 1,
        verdict: Verdict::Refused,
        shipper: None,
        batches: Vec::new(),
    };
    Entry::Intake(Intake::new(record, &secret()))
}

fn tick(next: u64) -> Entry {
    let (worker, credit) = ("gw-1".parse().unwrap(), Credit::default());
    Entry::Tick(Tick::new(
        TickRecord { worker, instance: INSTANCE, number: next, next, open: Vec::new(), credit, seen: None },
        &secret(),
    ))
}

fn open(dir: &Path) -> (Book, Saved, KeptHeaders) {
    Book::open(dir, ORIGIN, Custody::open(dir).unwrap().1).unwrap()
}

fn as_of(book: &Book) -> serde_json::Value {
    serde_json::to_value(AsOf { state: &book.state, notes: &book.notes }).unwrap()
}

/// Three tickets settled, and one more.
fn settled(dir: &Path) -> (Book, Saved, Step) {
    let genesis = genesis(dir);
    let (mut book, saved, _) = open(dir);
    let boot = BootId([1; 16]);
    let start = StartRecord { worker: "gw-1".parse().unwrap(), instance: INSTANCE, boot, closes: Vec::new() };
    let start = Entry::Start(Start::new(start, &secret()));
    book.append(now(), vec![genesis, start, intake(1), intake(2), intake(3), tick(4)]).unwrap();
    let step = book.settle(&saved).unwrap();
    book.append(now(), vec![intake(4)]).unwrap();
    (book, saved, step)
}

#[test]
fn what_the_disk_did_not_take_is_forgotten_and_what_is_settled_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (mut book, ..) = settled(&dir.path().join("warden"));
    let before = as_of(&book);
    book.enter(book.size(), Logged { time: now(), entry: intake(5) }, 0).unwrap();
    assert_ne!(as_of(&book), before);
    book.forget_unwritten().unwrap();
    assert_eq!(as_of(&book), before);
    assert_eq!([1, 4, 5].map(|ticket| book.state().part(&INSTANCE, ticket, 1)), [Some(2), Some(6), None]);
}

#[test]
fn a_start_goes_on_from_what_is_saved_and_judges_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("warden");
    let (book, mut saved, mut step) = settled(&dir);
    let past = book.dir().join(super::super::PAST);
    saved.save(&past, ORIGIN, &mut step, &mut KeptHeaders::default(), |text| book.sign_statement(text)).unwrap();
    let (size, root, before) = (book.size(), book.tree().root(), as_of(&book));
    drop(book);
    let (mut book, saved, _) = open(&dir);
    assert_eq!((book.size(), book.tree().root(), book.settled(), saved.size()), (size, root, 6, 6));
    assert_eq!(as_of(&book), before);
    for known in [1, 4] {
        let again = book.append(now(), vec![intake(known)]).unwrap_err().to_string();
        assert!(again.contains("ticket"), "{again}");
    }
    book.append(now(), vec![intake(5)]).unwrap();
    // And once more, with a page behind the first.
    let (mut saved, mut step) = (saved.clone(), book.settle(&saved).unwrap());
    saved.save(&past, ORIGIN, &mut step, &mut KeptHeaders::default(), |text| book.sign_statement(text)).unwrap();
    drop(book);
    let (book, ..) = open(&dir);
    assert_eq!((book.settled(), book.logged(7).unwrap().entry), (8, intake(5)));
    assert_eq!(book.state().part(&INSTANCE, 2, 1), Some(3));
}

#[test]
fn what_did_not_fit_once_is_not_believed_when_the_files_have_grown() {
    let old = tempfile::tempdir().unwrap();
    let saved_in = |name: &str| {
        let dir = old.path().join(name);
        let (book, mut saved, mut step) = settled(&dir);
        let past = book.dir().join(super::super::PAST);
        let headers = Headers::open(book.dir(), KeptHeaders::default()).unwrap();
        let mut headers = headers.settle();
        headers.before = durable::Before { records: 2, octets: 100 };
        saved.save(&past, ORIGIN, &mut step, &mut headers, |text| book.sign_statement(text)).unwrap();
        (dir, past.join("current"), book.dir().to_owned())
    };
    let (dir, current, _) = saved_in("headers");
    let (book, _, headers) = open(&dir);
    assert_eq!((book.settled(), current.exists()), (6, true));
    Headers::open(book.dir(), headers).unwrap();
    assert!(!current.exists(), "the headers' file is shorter than what was saved of it");
    drop(book);
    assert_eq!(open(&dir).0.settled(), 0);

    let (dir, current, ledger) = saved_in("log");
    let log = std::fs::read(ledger.join("log")).unwrap();
    std::fs::write(ledger.join("log"), &log[..log.len() / 2]).unwrap();
    let (book, ..) = open(&dir);
    assert_eq!((book.settled(), current.exists()), (0, false));
}

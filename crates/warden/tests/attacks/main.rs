//! Attacks on a running warden, each named after what the attacker does.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

#[path = "../warden/house.rs"]
#[allow(dead_code, reason = "the warden's tests use the rest")]
mod house;
#[path = "../warden/witness.rs"]
mod witness;

use api::warden::*;
use durable::random::OsRandom;
use house::*;
use ledger::{Entry, FieldClass, Hash};
use seal::PeriodSecretKey;
use std::{collections::BTreeSet, path::Path, time::Duration};
use warden::Error;

const ADDRESS: &[FieldClass] = &[FieldClass::Address];

fn names(dir: &Path) -> BTreeSet<String> {
    std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target)
        } else {
            // A thread of the warden that was aborted may just have given a file its name.
            let copied = std::fs::copy(entry.path(), target).map(drop);
            copied.or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) }).unwrap();
        }
    }
}

/// Waits for the first heartbeat that covers this many entries.
async fn dated(house: &House, size: u64) -> Vec<ledger::Logged> {
    for _ in 0..200 {
        let entries = house.entries().await;
        let covers = |note: &str| {
            let (text, _) = tlog::note::split(note.as_bytes()).unwrap();
            tlog::Checkpoint::parse(text).unwrap().size() >= size
        };
        if entries.iter().any(|logged| matches!(&logged.entry, Entry::Heartbeat(beat) if covers(&beat.note))) {
            return entries;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no heartbeat covers {size} entries");
}

/// The natural repair after ransomware: yesterday's ledger from the backup beside today's keys. It cost 8 of 24 keys.
#[tokio::test]
async fn an_older_ledger_is_restored_beside_todays_keys() {
    let mut house = House::new().await;
    house.stop().await;
    let [older, newer] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    copy_dir(&house.path("ledger"), older.path());
    house.start().await.unwrap();
    let sealed = house.batch(1).await;
    house.stop().await;
    copy_dir(&house.path("ledger"), newer.path());
    let keys = names(&house.path("keys"));
    assert_eq!(keys.len(), 16, "before: eight pairs");

    let restore = |house: &House, from: &Path| {
        std::fs::remove_dir_all(house.path("ledger")).unwrap();
        copy_dir(from, &house.path("ledger"));
    };
    restore(&house, older.path());
    let error = house.start().await.unwrap_err();
    assert!(matches!(error, Error::Witness { .. }), "{error}");
    assert_eq!(names(&house.path("keys")), keys, "after: the witness was asked first");
    // With the witness away it starts, and takes them out of the way without destroying one.
    house.witness.stop().await;
    house.start().await.unwrap();
    assert_eq!(names(&house.path("keys")).len(), 0);
    assert_eq!(names(&house.path("aside")), keys);
    house.stop().await;
    // The right ledger comes back, and with it all of them.
    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    restore(&house, newer.path());
    house.start().await.unwrap();
    assert_eq!(names(&house.path("keys")), keys);
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
}

/// With `ledger/` gone, a start made a new one and destroyed every key.
#[tokio::test]
async fn the_ledger_is_deleted_and_the_keys_are_left() {
    let mut house = House::new().await;
    house.batch(1).await;
    house.stop().await;
    let keys = names(&house.path("keys"));
    std::fs::remove_dir_all(house.path("ledger")).unwrap();
    assert!(matches!(house.start().await.unwrap_err(), Error::Witness { .. }));
    assert_eq!(names(&house.path("keys")), keys);
}

/// A backup brings a key back that was destroyed: that is said in the ledger, and the copy is destroyed.
#[tokio::test]
async fn a_backup_brings_back_a_shredded_key() {
    let mut house = House::demo().await;
    let sealed = house.batch(1).await;
    let backup = tempfile::tempdir().unwrap();
    copy_dir(&house.path("keys"), backup.path());
    let done = house.retention(Some("2027-03-01T00:00:00.000Z")).await.unwrap();
    let gone = &done.shredded[1];
    house.stop().await;
    let name = gone.key.to_string();
    std::fs::copy(backup.path().join(&name), house.path("keys").join(&name)).unwrap();
    house.start().await.unwrap();
    for _ in 0..200 {
        if !house.path("keys").join(&name).exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!house.path("keys").join(&name).exists());
    let entries = house.entries().await;
    let told =
        |entry: &Entry| matches!(entry, Entry::Resurfaced(copy) if copy.key == gone.key && copy.period == gone.period);
    assert!(entries.iter().any(|logged| told(&logged.entry)));
    assert!(matches!(
        house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await,
        Err(Refusal::Shredded { .. })
    ));
}

/// Whoever stands between may let the opening happen and answer something else: there was a perfect proof of the intent.
#[tokio::test]
async fn the_gateway_gives_another_answer_than_the_warden() {
    let mut house = House::new().await;
    let sealed = house.batch(2).await;
    let ask = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    let answer = house.open(&ask).await.unwrap();
    answer.verify(&ask.request, &house.pins).unwrap();
    let entries = house.entries().await;
    let receipt = &entries[answer.receipt as usize].entry;
    assert!(matches!(receipt, Entry::Receipt(receipt) if receipt.answer == Some(answer.digest())));

    // Sealed to the same person by somebody else: it opens, and is refused before that.
    let fields = Fields {
        fields: vec![Field { row: 1, class: FieldClass::Address, value: Some(Octets(b"1 ATTACKER LANE".to_vec())) }],
    };
    let info = Answer::info(&ask.request.id());
    let forged = seal::period::seal_to(
        &house.result_key.public(),
        info.as_bytes(),
        b"support-7",
        &fields.to_bytes(),
        &mut durable::random::OsRandom,
    );
    let swapped = Answer { sealed: Octets(forged.unwrap()), ..answer.clone() };
    assert!(swapped.open(&ask.request, &house.result_key).is_ok());
    assert_eq!(swapped.verify(&ask.request, &house.pins), Err(Unproven::Answer));
    // Nor does the answer to another question stand for it.
    let other = house.ask(&sealed, house.scope(&sealed, &[2], ADDRESS));
    let other_answer = house.open(&other).await.unwrap();
    let moved = Answer { sealed: other_answer.sealed.clone(), signed: other_answer.signed.clone(), ..answer.clone() };
    assert_eq!(moved.verify(&ask.request, &house.pins), Err(Unproven::Answer));
    let own = tlog::note::sign(
        &Answer::statement(&ask.request.id(), &swapped.digest()),
        &tlog::Signer::new(ORIGIN, &[9; 32]).unwrap(),
    );
    assert_eq!(Answer { signed: own.unwrap(), ..swapped }.verify(&ask.request, &house.pins), Err(Unproven::Answer));
}

/// An index key that was handed out and is in no cosigned tree is with somebody whom nobody knows.
#[tokio::test]
async fn index_keys_are_asked_for_while_nobody_watches() {
    let mut house = House::new().await;
    house.witness.stop().await;
    let key = PeriodSecretKey::generate(&mut durable::random::OsRandom);
    let request = house.signed(house.start_request(&key.public(), INSTANCE, vec![]));
    let refused = house.post::<Started>("/v1/workers/start", &request).await.unwrap_err();
    assert!(matches!(refused, Refusal::Quorum { .. }), "{refused}");
    let asked = IndexKeys {
        worker: "gw-1".parse().unwrap(),
        held: BTreeSet::new(),
        key: Octets(key.public().to_bytes()),
        requested: house.now(),
        nonce: nonce(),
    };
    let refused = house.post::<HandedIndexKeys>("/v1/workers/index-keys", &house.signed(asked)).await.unwrap_err();
    assert!(matches!(refused, Refusal::Quorum { .. }), "{refused}");
    // Nor is anything taken as anchored.
    let intake = house.intake(&[]);
    let refused = house.anchor(vec![intake.clone()]).await.unwrap_err();
    assert!(matches!(refused, Refusal::Quorum { .. }), "{refused}");
    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    let anchored = house.anchor(vec![intake.clone()]).await.unwrap();
    let checkpoint = house.pins.checkpoint(&anchored.checkpoint).unwrap();
    anchored.verify(vec![intake], None, &checkpoint).unwrap();
}

/// Whoever holds an operator's token, or the gateway with its worker's key, signs what only officers may decide.
#[tokio::test]
async fn the_operator_signs_a_policy() {
    let house = House::new().await;
    let mut record = house.first_policy();
    (record.number, record.principals, record.agreements) = (2, vec![], vec![]);
    record.carriers[0].certificates = [Hash([66; 32])].into();
    let before = house.kinds().await;
    let by = |key: u8| record.sign(&key_of(key));
    // The worker's key, nobody's, the officer's over another record.
    let other = house.first_policy().sign(&key_of(4));
    for signatures in [vec![by(1)], vec![], vec![other], vec![by(4), by(1)]] {
        let forged = ledger::entry::Policy::new(record.clone(), signatures);
        let refused = house.post::<Decided>("/v1/policy", &forged).await.unwrap_err();
        assert!(refused.to_string().contains("not signed by as many officers"), "{refused}");
    }
    // The policy that stands, once more.
    let again = house.decide(house.first_policy()).await.unwrap_err();
    assert!(again.to_string().contains("number 1, but 2 is next"), "{again}");
    assert_eq!(house.kinds().await, before);
    let decided = house.decide(record.clone()).await.unwrap();
    let policy = ledger::entry::Policy::new(record.clone(), vec![by(4)]);
    let checkpoint = house.pins.checkpoint(&decided.checkpoint).unwrap();
    decided.place.verify(Entry::Policy(policy), &checkpoint).unwrap();
    // A taken warden leaves one out, or shows one that nobody signed: the gateway follows only what officers did.
    let list = house.periods().await.unwrap();
    let authority = &house.config.authority;
    let standing = list.standing(&house.pins, authority).unwrap();
    let current = standing.carriers.values().next().unwrap();
    assert_eq!((standing.number, &current.carrier.certificates), (2, &[Hash([66; 32])].into()));
    assert_eq!(current.entry, decided.place.index, "an intake entry names the policy that gave the certificate");
    let mut shorter = list.clone();
    shorter.policies.remove(0);
    assert!(matches!(shorter.standing(&house.pins, authority), Err(Unproven::Policy { .. })));
    let mut forged = list.clone();
    let Entry::Policy(changed) = &mut forged.policies[1].logged.entry else { panic!("a policy") };
    changed.record.carriers[0].certificates = [Hash([67; 32])].into();
    assert!(matches!(forged.standing(&house.pins, authority), Err(Unproven::Policy { .. })));
    assert!(matches!(forged.verify(&standing), Err(Unproven::Inclusion { .. })));
    let other = tlog::Signer::new("other.example", &[7; 32]).unwrap().verifier().to_string();
    let other = Pins::new(&other, &[], 0).unwrap();
    assert!(matches!(list.standing(&other, authority), Err(Unproven::Policy { .. })));
}

/// A taken warden writes the past anew where nobody has dated it: a shred and a start are dated at once, the rest soon.
#[tokio::test]
async fn the_warden_waits_with_its_heartbeats() {
    let mut house = House::demo().await;
    house.batch(1).await;
    let beats = |entries: &[ledger::Logged]| entries.iter().filter(|l| matches!(l.entry, Entry::Heartbeat(_))).count();
    let quiet = beats(&dated(&house, 1).await);
    let done = house.retention(Some("2027-03-01T00:00:00.000Z")).await.unwrap();
    let entries = dated(&house, done.shredded.last().unwrap().shred + 1).await;
    assert_eq!(beats(&entries), quiet + 1, "at once, and once for all of them");
    // Its time is the witness's, whatever the warden's clock says.
    let Entry::Heartbeat(beat) = &entries.last().unwrap().entry else { panic!("the newest entry is the heartbeat") };
    let opened = tlog::note::open(beat.note.as_bytes(), &house.pins.witnesses).unwrap();
    assert_eq!(opened.signatures[0].time, Some(NOW as u64 / 1000));

    // An intake entry waits for ten minutes, by the warden's clock; that only makes its slack larger.
    let intake = house.intake(&[]);
    house.anchor(vec![intake]).await.unwrap();
    assert_eq!(beats(&house.entries().await), quiet + 1);
    house.wait(10 * 60 * 1000);
    let intake = house.intake(&[]);
    let size = house.anchor(vec![intake]).await.unwrap().entries[0].index;
    dated(&house, size).await;
}

/// Another warden goes on from the ledger of this one, with its keys or without.
async fn renew(house: &mut House, with_keys: bool) -> warden::renewal::Renewed {
    house.stop().await;
    house.witness.stop().await;
    let old = house.config.dir.clone();
    house.config.dir = old.with_file_name("warden-2");
    house.config.host = place("vault-2");
    house.log_key = warden::custody::create(&house.config.dir, ORIGIN).unwrap().parse().unwrap();
    let record = warden::renewal::draft(&house.config, &old.join("ledger")).unwrap();
    let signatures = vec![record.sign(&key_of(4))];
    let now = house.now();
    let clock: warden::Clock = std::sync::Arc::new(move || now);
    let policy = ledger::entry::Policy::new(record, signatures);
    let keys = with_keys.then_some(old.as_path());
    let renewed = warden::renewal::renew(&house.config, &old.join("ledger"), keys, policy, &clock).unwrap();
    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    house.start().await.unwrap();
    renewed
}

/// The old keys stayed where they were, on a host that somebody keeps: the new warden said of each that it had destroyed it.
#[tokio::test]
async fn a_warden_without_the_old_keys_says_that_it_destroyed_them() {
    let mut house = House::demo().await;
    let _ = house.batch(1).await;
    let _ = renew(&mut house, false).await;
    let done = house.retention(Some("2031-01-01T00:00:00.000Z")).await.unwrap();
    assert_eq!(done.shredded, [], "before: eight, of whose keys none was here");
    assert!(
        !house.entries().await.iter().any(|logged| matches!(logged.entry, Entry::Shred(_) | Entry::ShredIntent(_)))
    );
    // Its own keys end as ever.
    let _ = house.periods().await.unwrap();
    let done = house.retention(Some("2031-01-01T00:00:00.000Z")).await.unwrap();
    assert_eq!(done.shredded.len(), 8);
    assert!(done.shredded.iter().all(|shredded| shredded.period.generation == 2));
}

/// The thief set the warden's clock fifty years ahead and asked with a stolen key: for ever after, the ledger's time stood
/// there, so that the hour of that budget never ended, no gateway could start, and no heartbeat was due.
#[tokio::test]
async fn the_thief_sets_the_clock_fifty_years_ahead() {
    const YEARS: i64 = 50 * 365 * 86_400_000;
    let mut house = House::new().await;
    let sealed = house.batch(6).await;
    house.wait(YEARS);
    let scope = house.scope(&sealed, &[1, 2, 3, 4, 5], ADDRESS);
    let _ = house.open(&house.ask(&sealed, scope)).await.unwrap();
    let key = PeriodSecretKey::generate(&mut OsRandom).public();
    let start = async |house: &House| {
        house
            .post::<Started>("/v1/workers/start", &house.signed(house.start_request(&key, INSTANCE, vec![])))
            .await
            .map(drop)
    };
    start(&house).await.unwrap();
    assert!(house.entries().await.last().unwrap().time.milliseconds() >= NOW + YEARS);
    // Officers see that, and another warden goes on.
    house.wait(-YEARS);
    let renewed = renew(&mut house, true).await;
    let entries = house.entries().await;
    assert_eq!(entries[usize::try_from(renewed.entry).unwrap()].time, house.now(), "before: in fifty years");
    house.wait(1);
    start(&house).await.unwrap(); // before: replayed, for fifty years
    let again = |house: &House| house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    let refused = house.open(&again(&house)).await.unwrap_err();
    assert!(
        matches!(refused, Refusal::Budget { hours: 1, .. }),
        "what was asked for counts as asked for now: {refused}"
    );
    house.wait(3_600_000);
    let _ = house.open(&again(&house)).await.unwrap();
    let _ = dated(&house, renewed.entry + 1).await;
}

//! Group commit: many senders at once. What one of them does wrong, or meets, is its own; nothing acknowledged is lost.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use made_up::*;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use vault::{Answer, Attempt, Content, DeliveryState, Error, Outcome, Vault};

const LANES: u32 = 8;
const EACH: u32 = 12;

/// What each lane's documents came to: lane 0 has 1, 9, 17 …, and so on.
fn all_lanes(vault: &Vault) -> Vec<(u32, Result<(), Error>)> {
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for lane in 1..=LANES {
            let done = &done;
            scope.spawn(move || {
                for number in (0..EACH).map(|n| n * LANES + lane) {
                    let accepted = accept(vault, number);
                    done.lock().unwrap().push((number, accepted));
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// Its sealed batch and its copy are what they were.
fn is_kept(vault: &Vault, number: u32) {
    let sealed = batch(number, number, vec![(token(number), 1), (token(number + 1), 2)]);
    assert_eq!(vault.batch(&sealed.header.batch).unwrap().unwrap(), sealed.to_bytes());
    assert_eq!(vault.operational(&sealed.header.batch, 1).unwrap(), Some(sealed.operational[1]));
    assert_eq!(vault.delivery_octets(&copy(number).id).unwrap(), copy(number).octets);
}

/// These are there, once and whole, and the octets of no other.
fn holds(dir: &Path, vault: Vault, numbers: &BTreeSet<u32>) {
    drop(vault);
    let vault = vault_in(dir).unwrap();
    let ids: BTreeSet<_> = vault.interchanges(10_000).unwrap().into_iter().map(|s| s.interchange.id).collect();
    assert_eq!(ids, numbers.iter().map(|number| interchange(*number).id).collect());
    assert_eq!(vault.unanchored_count().unwrap(), numbers.len() as u64);
    for number in numbers {
        is_kept(&vault, *number);
        let found = hits(&vault, &[(month(), token(*number))], 10).unwrap();
        assert!(found.iter().any(|hit| hit.batch == batch(*number, *number, vec![]).header.batch), "it is found");
    }
    let checked = vault.check().unwrap();
    assert_eq!((checked.unnamed, checked.copies_damaged), (0, vec![]));
    assert_eq!((checked.batches, checked.copies), (numbers.len() as u64, numbers.len() as u64));
}

fn everything() -> BTreeSet<u32> {
    (1..=LANES * EACH).collect()
}

/// A vault whose database has this trigger.
fn with_fault(dir: &Path, sql: &str) -> Vault {
    drop(vault_in(dir).unwrap());
    control::alter(dir, sql);
    vault_in(dir).unwrap()
}

#[test]
fn who_comes_at_the_same_time_shares_objects() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    assert!(all_lanes(&vault).iter().all(|(_, accepted)| accepted.is_ok()));
    let objects = files(dir.path(), "segments").len();
    assert!(objects < everything().len(), "{objects} segments: nobody shared any");
    assert_eq!(files(dir.path(), "outbox").len(), objects);
    holds(dir.path(), vault, &everything());
}

/// A refusal that leaves the transaction, and one that takes it back, with all that others had in it.
#[test]
fn one_that_sql_refuses_fails_alone() {
    for how in ["ABORT", "FAIL", "ROLLBACK"] {
        let dir = tempfile::tempdir().unwrap();
        let refused: BTreeSet<u32> = everything().into_iter().filter(|number| number % 7 == 0).collect();
        let ids: Vec<_> = refused.iter().map(|n| format!("x'{}'", batch(*n, *n, vec![]).header.batch)).collect();
        let trigger = format!(
            "CREATE TRIGGER fault BEFORE INSERT ON header WHEN NEW.batch IN ({}) \
             BEGIN SELECT RAISE({how}, 'told to'); END",
            ids.join(", ")
        );
        let vault = with_fault(dir.path(), &trigger);
        for (number, accepted) in all_lanes(&vault) {
            match accepted {
                Ok(()) => assert!(!refused.contains(&number), "{how}: {number} was refused"),
                Err(Error::Sql(_) | Error::Postgres { .. }) => {
                    assert!(refused.contains(&number), "{how}: {number} was not")
                }
                Err(other) => panic!("{how}: {number}: {other:?}"),
            }
        }
        let (store, segments) = (store(dir.path(), "segments"), files(dir.path(), "segments"));
        let on_disk: Vec<u8> = segments.iter().flat_map(|name| store.read(&name.parse().unwrap()).unwrap()).collect();
        for number in &refused {
            let sealed = content(*number).manifests[0].batches[0].to_bytes();
            assert!(!on_disk.windows(sealed.len()).any(|own| own == sealed), "{how}: {number} is on the disk");
        }
        holds(dir.path(), vault, &everything().difference(&refused).copied().collect());
    }
}

#[test]
fn of_two_with_one_number_one_is_kept_and_no_other_suffers() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let (next, kept, refused) = (AtomicU32::new(0), Mutex::new(BTreeSet::new()), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    // Every two have the number of one document, and are two.
                    let number = next.fetch_add(1, Ordering::SeqCst) + 1;
                    if number > LANES * EACH {
                        return;
                    }
                    let mut content = content(number);
                    content.interchange.as_mut().unwrap().key = Some(key(number / 2));
                    match commit(&vault, number, content) {
                        Ok(()) => assert!(kept.lock().unwrap().insert(number)),
                        Err(Error::Exists { what: "interchange" }) => drop(refused.fetch_add(1, Ordering::SeqCst)),
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let kept = kept.into_inner().unwrap();
    let keys: BTreeSet<u32> = kept.iter().map(|number| number / 2).collect();
    assert_eq!((keys.len(), keys.len()), (kept.len(), (LANES * EACH / 2 + 1) as usize));
    assert_eq!(refused.into_inner() as usize + kept.len(), everything().len());
    holds(dir.path(), vault, &kept);
}

/// What becomes of deliveries is in the same transactions as documents that come; SQL refuses some, and keeps nothing of those.
#[test]
fn deliveries_are_noted_beside_documents_and_each_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let is_refused = |number: u32| number.is_multiple_of(7);
    let ids: Vec<_> = everything().into_iter().filter(|n| is_refused(*n)).map(|n| copy(n).id).collect();
    let ids: Vec<_> = ids.iter().map(|id| format!("x'{id}'")).collect();
    let trigger = format!(
        "CREATE TRIGGER fault BEFORE UPDATE OF confirmation ON delivery WHEN NEW.id IN ({}) \
         BEGIN SELECT RAISE(ABORT, 'told to'); END",
        ids.join(", ")
    );
    let vault = with_fault(dir.path(), &trigger);
    let deliver = |number: u32| {
        let by = Attempt { time: time(i64::from(number)), outcome: Outcome::Sent, answer: Answer::Status(200) };
        accept(&vault, number).unwrap();
        match vault.record_taken(&copy(number).id, &by, None) {
            Ok(news) => assert!(news && !is_refused(number)),
            Err(Error::Sql(_) | Error::Postgres { .. }) => assert!(is_refused(number)),
            Err(other) => panic!("{number}: {other:?}"),
        }
        let nobody = vault.record_taken(&copy(10_000 + number).id, &by, None);
        assert!(matches!(nobody, Err(Error::Missing { what: "delivery" })));
    };
    std::thread::scope(|scope| {
        for lane in 1..=LANES {
            scope.spawn(move || (0..EACH).map(|n| n * LANES + lane).for_each(deliver));
        }
    });
    for number in everything() {
        let delivery = vault.delivery(&copy(number).id).unwrap().unwrap();
        let expected = if is_refused(number) { (DeliveryState::Waiting, 0) } else { (DeliveryState::Acknowledged, 1) };
        assert_eq!((delivery.state, delivery.attempts), expected, "{number}");
        assert_eq!(vault.attempts(&copy(number).id).unwrap().len(), expected.1 as usize);
    }
    holds(dir.path(), vault, &everything());
}

#[test]
fn a_put_that_fails_fails_nobody_who_fits_alone() {
    for persists in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let faults = Arc::new(Faults::default());
        let vault = vault_with(dir.path(), || Faulty::stores(dir.path(), &faults)).unwrap();
        faults.persists.store(persists, Ordering::SeqCst);
        faults.put.store(9, Ordering::SeqCst);
        let done = all_lanes(&vault);
        let failed: BTreeSet<u32> = done.iter().filter(|(_, done)| done.is_err()).map(|(number, _)| *number).collect();
        assert!(failed.len() <= 1, "it was alone or nobody: {failed:?}");
        holds(dir.path(), vault, &everything().difference(&failed).copied().collect());
    }
}

#[test]
fn nothing_is_acknowledged_where_the_outcome_is_unknown() {
    if control::is_postgres() {
        // It knows: see `outage`.
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // A deferred constraint is checked at COMMIT: the one statement that an fsync could fail in.
    let bad = batch(40, 40, vec![]).header.batch;
    let fault = format!(
        "CREATE TABLE fault (partner TEXT REFERENCES partner (id) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER fault AFTER INSERT ON header WHEN NEW.batch = x'{bad}' \
         BEGIN INSERT INTO fault VALUES ('nobody'); END"
    );
    let vault = with_fault(dir.path(), &fault);
    let done = all_lanes(&vault);
    let (kept, unknown): (Vec<_>, Vec<_>) = done.into_iter().partition(|(_, done)| done.is_ok());
    assert!(unknown.iter().all(|(_, done)| matches!(done, Err(Error::Uncertain))));
    assert!(unknown.iter().any(|(number, _)| *number == 40));
    drop(vault);
    let kept: BTreeSet<u32> = kept.into_iter().map(|(number, _)| number).collect();
    // What was staged of the others is set aside: an opening that finds nothing any more counts nothing.
    holds(dir.path(), vault_in(dir.path()).unwrap(), &kept);
}

#[test]
fn a_copy_that_is_ripe_goes_and_those_beside_it_stay() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let content = Content { deliveries: (1..=3).map(copy).collect(), ..content(1) };
    commit(&vault, 1, content).unwrap();
    assert_eq!(files(dir.path(), "outbox"), [format!("{}-3", copy(1).id)]);
    vault.acknowledge(&copy(2).id, time(0), None).unwrap();
    let ripe = time(0).plus_days(14);
    assert_eq!(vault.expire(ripe, Some(ripe)).unwrap(), [(copy(2).id, true)]);
    assert_eq!(files(dir.path(), "outbox"), [copy(1).id.to_string(), copy(3).id.to_string()]);
    for number in [1, 3] {
        assert_eq!(vault.delivery_octets(&copy(number).id).unwrap(), copy(number).octets);
    }
    assert!(matches!(vault.delivery_octets(&copy(2).id), Err(Error::State { .. })));
    drop(vault);
    let checked = vault_in(dir.path()).unwrap().check().unwrap();
    assert_eq!((checked.unnamed, checked.copies, checked.copies_damaged), (0, 2, vec![]));
}

/// One object that was lost, or cut off, is the loss of what was in it, and of nothing else.
#[test]
fn copies_that_are_lost_keep_no_other_from_expiring() {
    for (cut, readable) in [(None, &[][..]), (Some(15), &[1])] {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault_in(dir.path()).unwrap();
        commit(&vault, 1, Content { deliveries: (1..=3).map(copy).collect(), ..content(1) }).unwrap();
        accept(&vault, 4).unwrap();
        for number in [2, 4] {
            vault.acknowledge(&copy(number).id, time(0), None).unwrap();
        }
        let object = format!("{}-3", copy(1).id);
        let whole = store(dir.path(), "outbox").read(&object.parse().unwrap()).unwrap();
        tamper(dir.path(), "outbox", &object, cut.map(|octets| &whole[..octets]));
        let ripe = time(0).plus_days(14);
        let mut expired = vault.expire(ripe, Some(ripe)).unwrap();
        expired.sort();
        assert_eq!(expired, [(copy(2).id, true), (copy(4).id, true)]);
        assert_eq!(files(dir.path(), "outbox").len(), readable.len(), "nothing of what expired");
        for number in [1, 3] {
            match vault.delivery_octets(&copy(number).id) {
                Ok(octets) => assert!(readable.contains(&number) && octets == copy(number).octets),
                Err(Error::Missing { what: "object" }) => assert!(!readable.contains(&number)),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(vault.expire(ripe, Some(ripe)).unwrap(), []);
    }
}

/// Whoever sends it again is told that it is gone, or it is there: alone in its object and beside others.
#[test]
fn a_copy_that_is_sent_again_while_it_expires_is_kept_or_refused() {
    for copies in [1, 3] {
        let dir = tempfile::tempdir().unwrap();
        let faults = Arc::new(Faults::default());
        let vault = Arc::new(vault_with(dir.path(), || Faulty::stores(dir.path(), &faults)).unwrap());
        commit(&vault, 1, Content { deliveries: (1..=copies).map(copy).collect(), ..content(1) }).unwrap();
        let (id, ripe) = (copy(1).id, time(0).plus_days(14));
        vault.acknowledge(&id, time(0), None).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let again = vault.clone();
        *faults.before_delete.lock().unwrap() = Some(Box::new(move || {
            let resending = std::thread::spawn(move || again.resend(&id, ripe));
            // As long as that may take, unless it has to wait for what goes on here.
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1);
            while !resending.is_finished() && std::time::Instant::now() < deadline {
                std::thread::yield_now();
            }
            tell.send(resending).unwrap();
        }));
        vault.expire(ripe, Some(ripe)).unwrap();
        let resent = told.recv().unwrap().join().unwrap();
        assert!(resent.is_ok() || matches!(resent, Err(Error::State { .. })), "{resent:?}");
        assert_eq!(vault.delivery_octets(&id).is_ok(), resent.is_ok(), "{copies}: what is to be sent is there");
    }
}

const CHILD: &str = "VAULT_TEST_LANES";

/// Not a test of its own: what the killed process does.
#[test]
fn all_lanes_commit_until_they_are_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let vault = vault_in(Path::new(&dir)).unwrap();
    let next = AtomicU32::new(vault.interchanges(100_000).unwrap().len() as u32 * 2 + LANES);
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    match accept(&vault, number) {
                        Ok(()) => {
                            let mut out = std::io::stdout().lock();
                            write!(out, "\nacknowledged {number}\n").unwrap();
                        }
                        // Taken by an earlier process that did not come to say so.
                        Err(Error::Exists { .. } | Error::Sql(_) | Error::Postgres { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
}

#[test]
fn nothing_acknowledged_to_many_at_once_is_lost_by_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..control::kills(6) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &control::test(dir.path(), "together", "all_lanes_commit_until_they_are_killed"),
                "--nocapture",
            ])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut note = |line: String| {
            if let Some(number) = line.strip_prefix("acknowledged ") {
                assert!(acknowledged.insert(number.parse::<u32>().unwrap()), "twice: {line}");
            }
        };
        lines.by_ref().filter(|l| l.starts_with("acknowledged")).take(30 + round as usize).for_each(&mut note);
        std::thread::sleep(std::time::Duration::from_micros(u64::from(round) * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(note);
        let vault = vault_in(dir.path()).unwrap();
        let there = vault.interchanges(100_000).unwrap();
        let ids: BTreeSet<_> = there.iter().map(|stored| stored.interchange.id).collect();
        assert_eq!(ids.len(), there.len());
        for number in &acknowledged {
            assert!(ids.contains(&interchange(*number).id), "{number} was acknowledged");
            is_kept(&vault, *number);
        }
        assert_eq!(vault.check().unwrap().copies_damaged, []);
    }
}

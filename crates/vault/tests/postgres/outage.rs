//! PostgreSQL is away, and another gateway comes.

#[path = "../made_up/mod.rs"]
mod made_up;

use made_up::*;
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use vault::{Database, Error, Vault};

/// Tries until it is accepted.
fn until_accepted(vault: &Vault, number: u32) {
    let start = Instant::now();
    loop {
        match accept(vault, number) {
            Ok(()) => return,
            Err(Error::Away) if start.elapsed() < Duration::from_secs(30) => thread::sleep(Duration::from_millis(20)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn killed_under_load_it_loses_nothing_and_goes_on_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let (next, stop, away) = (AtomicU32::new(1), AtomicBool::new(false), AtomicU32::new(0));
    let (begun, acknowledged) = (Instant::now(), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) && begun.elapsed() < Duration::from_secs(90) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    // As the gateway does: it looks before it commits, and is told at once that nobody is there.
                    match vault.interchange_by_key(&key(number)).and_then(|_| accept(&vault, number)) {
                        Ok(()) => drop(acknowledged.lock().unwrap().insert(number)),
                        Err(Error::Away) => {
                            away.fetch_add(1, Ordering::SeqCst);
                            thread::sleep(Duration::from_millis(5));
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
        for _ in 0..5 {
            let before = acknowledged.lock().unwrap().len();
            let start = Instant::now();
            while acknowledged.lock().unwrap().len() < before + 20 {
                assert!(start.elapsed() < Duration::from_secs(30), "nothing is accepted");
                thread::sleep(Duration::from_millis(5));
            }
            let refused = away.load(Ordering::SeqCst);
            control::server().kill();
            let start = Instant::now();
            while away.load(Ordering::SeqCst) == refused && start.elapsed() < Duration::from_secs(3) {
                thread::sleep(Duration::from_millis(5));
            }
            control::server().start_again();
        }
        let before = acknowledged.lock().unwrap().len();
        while acknowledged.lock().unwrap().len() < before + 20 && begun.elapsed() < Duration::from_secs(90) {
            thread::sleep(Duration::from_millis(5));
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert!(away.load(Ordering::SeqCst) > 0, "somebody was refused meanwhile");
    let acknowledged = acknowledged.into_inner().unwrap();
    let is_there = |vault: &Vault| {
        let stored: BTreeSet<_> = vault.interchanges(100_000).unwrap().into_iter().map(|s| s.interchange.id).collect();
        assert_eq!(stored, acknowledged.iter().map(|number| interchange(*number).id).collect(), "these, and no other");
        for number in &acknowledged {
            let (own, found) =
                (batch(*number, *number, vec![]).header.batch, hits(vault, &[(month(), token(*number))], 10).unwrap());
            assert!(found.iter().any(|hit| hit.batch == own), "{number} is found");
        }
        let checked = vault.check().unwrap();
        assert_eq!((checked.unnamed, checked.copies_damaged), (0, vec![]));
        assert_eq!((checked.batches, checked.copies), (acknowledged.len() as u64, acknowledged.len() as u64));
    };
    is_there(&vault);
    drop(vault);
    is_there(&vault_in(dir.path()).unwrap());
}

#[test]
fn stopped_and_silent_it_holds_nobody_up_for_long() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 1).unwrap();
    control::server().signal("STOP");
    let begun = Instant::now();
    thread::scope(|scope| {
        let ask = || assert!(matches!(vault.interchange_by_key(&key(1)), Err(Error::Away)));
        let told = [
            scope.spawn(|| assert!(matches!(accept(&vault, 2), Err(Error::Away)))),
            scope.spawn(ask),
            scope.spawn(ask),
        ];
        told.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    control::server().signal("CONT");
    until_accepted(&vault, 2);
    let kept = |number| vault.interchange_by_key(&key(number)).unwrap().is_some();
    assert!(kept(1) && kept(2));
    // Nor is whoever ends, while it is silent.
    control::server().signal("STOP");
    let begun = Instant::now();
    drop(vault);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    control::server().signal("CONT");
}

#[test]
fn by_tls_it_is_known_by_its_certificate() {
    let dir = tempfile::tempdir().unwrap();
    drop(vault_in(dir.path()).unwrap());
    let name = control::url(dir.path()).rsplit_once('/').unwrap().1.to_owned();
    let (address, authority) = control::server().by_tls();
    let at = |host: &str, more: &str| Database::of(format!("postgres://bulla@{host}/{name}{more}"));
    let ca = format!("&ca={}", authority.to_str().unwrap());
    let open = |database: &Database| Vault::open_in(dir.path(), Some(database), None);
    let known = at(&address, &format!("?sslmode=require{ca}"));
    let vault = open(&known).unwrap();
    accept(&vault, 1).unwrap();
    assert!(vault.interchange_by_key(&key(1)).unwrap().is_some());
    drop(vault);
    let refused = |database: &Database| open(database).err().unwrap();
    let untrusted = "its server shows a certificate that is trusted, for this name";
    // Its certificate is for another name.
    let other = address.rsplit_once('.').unwrap().0.to_owned() + ".78";
    std::fs::write(authority.parent().unwrap().parent().unwrap().join("listen"), format!("{address},{other}")).unwrap();
    control::server().kill();
    control::server().start_again();
    let misnamed = refused(&at(&other, &format!("?sslmode=require{ca}")));
    assert!(matches!(misnamed, Error::Database { rule } if rule == untrusted), "{misnamed:?}");
    // Another authority than it has.
    let stranger = dir.path().join("stranger.pem");
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout x.key -out stranger.pem -subj /CN=other -days 2";
    let made = std::process::Command::new("openssl").args(arguments.split(' ')).current_dir(dir.path()).output();
    assert!(made.unwrap().status.success());
    let strange = refused(&at(&address, &format!("?sslmode=require&ca={}", stranger.to_str().unwrap())));
    assert!(matches!(strange, Error::Database { rule } if rule == untrusted), "{strange:?}");
    // And it speaks with nobody who does not ask for TLS.
    assert!(open(&at(&address, "?sslmode=disable")).is_err());
    open(&known).unwrap();
}

#[test]
fn a_second_gateway_is_refused_and_one_that_was_overtaken_writes_nothing() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::of(control::url(dir.path()));
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 1).unwrap();
    assert!(
        matches!(Vault::open_in(other.path(), Some(&database), None), Err(Error::Owned)),
        "while the first one lives"
    );
    accept(&vault, 2).unwrap();
    // The first one said nothing for longer than its lease; meanwhile the second one came.
    control::alter(
        dir.path(),
        "UPDATE owner SET ended = 1, until = 0; INSERT INTO owner (fence, until) SELECT max(fence) + 1, 0 FROM owner",
    );
    assert!(matches!(accept(&vault, 3), Err(Error::Superseded)));
    assert!(matches!(vault.interchanges(10), Err(Error::Superseded)), "it is told what it must do, whatever it asks");
    assert_eq!(files(dir.path(), "segments").len(), 2, "and nothing of what it wanted to write is left");
    drop(vault);
    let vault = vault_in(dir.path()).unwrap();
    assert_eq!(vault.interchanges(10).unwrap().len(), 2);
    until_accepted(&vault, 3);
}

#[test]
fn a_gateway_that_died_keeps_its_database_until_its_lease_ends_and_no_longer() {
    let dir = tempfile::tempdir().unwrap();
    drop(vault_in(dir.path()).unwrap());
    let lease =
        "UPDATE owner SET until = CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + 1500 WHERE ended = 0";
    control::alter(dir.path(), lease);
    let start = Instant::now();
    drop(vault_in(dir.path()).unwrap());
    let waited = start.elapsed();
    assert!((Duration::from_millis(1000)..Duration::from_secs(5)).contains(&waited), "{waited:?}");
    let start = Instant::now();
    drop(vault_in(dir.path()).unwrap());
    assert!(start.elapsed() < Duration::from_secs(1), "who ended in order left it");
}

#[test]
fn nobody_there_at_a_start_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere =
        Database::of(format!("postgres://bulla:secret@{}/x", dir.path().to_str().unwrap().replace('/', "%2F")));
    let error = Vault::open_in(dir.path(), Some(&nowhere), None).err().unwrap();
    assert!(matches!(error, Error::Away) && error.to_string().contains("hint: see that it runs"), "{error}");
}

#[test]
fn a_request_thread_may_ask_and_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let vault = vault_in(dir.path()).unwrap();
        accept(&vault, 1).unwrap();
        drop(vault);
    });
}

//! The gateway, confined as it always is, with its control plane in a real PostgreSQL: killed among many senders, it is away for a
//! while, and nothing that was acknowledged is lost.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../../vault/tests/made_up/server.rs"]
mod postgres;
mod support;

use rustix::process::Signal;
use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};
use support::{Server, document::notice, http, wait_for};

const SENDERS: usize = 4;

/// What `hint: … to begin anew` says, and another line in the gateway's configuration.
fn begin_anew_with(server: &mut Server, line: &str) {
    server.wait_until_anchored();
    server.kill("gateway", Signal::TERM);
    let dir = server.dir("gateway");
    for store in ["segments", "outbox"] {
        fs::remove_dir_all(dir.join(store)).unwrap();
    }
    fs::remove_file(dir.join("control.db")).unwrap();
    let path = dir.join("gateway.toml");
    fs::write(&path, format!("{line}\n{}", fs::read_to_string(&path).unwrap())).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
}

#[test]
fn killed_under_load_it_is_told_with_503_and_nothing_acknowledged_is_lost() {
    let (mut server, postgres) = (Server::start(), postgres::server());
    let url = postgres.database("gateway");
    begin_anew_with(&mut server, &format!("control = {url:?}"));
    assert!(!server.dir("gateway").join("control.db").exists());
    assert_eq!(server.output().matches("gateway: confined: ").count(), 2, "{}", server.output());

    let (address, token) = (server.address(), server.token("northshop"));
    let (next, stop, away) = (AtomicU32::new(1), AtomicBool::new(false), AtomicU32::new(0));
    let acknowledged = Mutex::new(BTreeSet::new());
    let document = |number| notice(number, &format!("AWAY-{number}"), 1).bytes();
    let are_answered = |more: usize| {
        let before = acknowledged.lock().unwrap().len();
        wait_for("answers", || (acknowledged.lock().unwrap().len() >= before + more).then_some(()));
    };
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                while !stop.load(SeqCst) {
                    let number = next.fetch_add(1, SeqCst);
                    let answer = http::post(&address, "/v1/interchanges", &token, &document(number)).unwrap();
                    match answer.status {
                        200 => drop(acknowledged.lock().unwrap().insert(number)),
                        503 => {
                            assert!(answer.header("Retry-After").is_some(), "{}", answer.text());
                            away.fetch_add(1, SeqCst);
                            thread::sleep(Duration::from_millis(20));
                        }
                        other => panic!("{other}: {}", answer.text()),
                    }
                }
            });
        }
        for _ in 0..2 {
            are_answered(10);
            let before = away.load(SeqCst);
            postgres.kill();
            wait_for("a refusal", || (away.load(SeqCst) > before).then_some(()));
            postgres.start_again();
        }
        are_answered(10);
        stop.store(true, SeqCst);
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    for number in &acknowledged {
        let answer = server.post(&document(*number));
        assert_eq!((answer.status, answer.header("Bulla-Verdict")), (200, Some("duplicate")), "{number}");
    }
    server.wait_until_delivered();
    assert_eq!(server.inbox().len(), acknowledged.len(), "what was refused was not kept");
    server.stop(Signal::TERM);
    let whole = server.run(&["fsck"]).expect(0).text();
    assert!(whole.starts_with(&format!("{} batches", acknowledged.len())), "{whole}");
}

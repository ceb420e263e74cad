//! The gateway, confined as it always is, with its control plane in a real PostgreSQL, and its objects in a real S3-compatible store
//! besides: killed among many senders, they are away for a while, and nothing that was acknowledged is lost.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../../vault/tests/made_up/server.rs"]
mod postgres;
#[path = "../../vault/tests/made_up/seaweed.rs"]
#[allow(dead_code, reason = "the shared one is the vault's tests'")]
mod seaweed;
mod support;

use rustix::process::Signal;
use std::{
    cell::RefCell,
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

/// Documents that were acknowledged to many senders while something was killed, and then started again, so many times.
fn acknowledged_while(
    server: &Server,
    times: u32,
    mut kill: impl FnMut(),
    mut start_again: impl FnMut(),
) -> BTreeSet<u32> {
    let (address, token) = (server.address(), server.token("northshop"));
    let (next, stop, away) = (AtomicU32::new(1), AtomicBool::new(false), AtomicU32::new(0));
    let acknowledged = Mutex::new(BTreeSet::new());
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
        for _ in 0..times {
            are_answered(10);
            let before = away.load(SeqCst);
            kill();
            wait_for("a refusal", || (away.load(SeqCst) > before).then_some(()));
            start_again();
        }
        are_answered(10);
        stop.store(true, SeqCst);
    });
    acknowledged.into_inner().unwrap()
}

fn document(number: u32) -> Vec<u8> {
    notice(number, &format!("AWAY-{number}"), 1).bytes()
}

/// Each is there once, is delivered once, and nothing else is.
fn are_kept(server: &mut Server, acknowledged: &BTreeSet<u32>) {
    for number in acknowledged {
        let answer = server.post(&document(*number));
        assert_eq!((answer.status, answer.header("Bulla-Verdict")), (200, Some("duplicate")), "{number}");
    }
    server.wait_until_delivered();
    assert_eq!(server.inbox().len(), acknowledged.len(), "what was refused was not kept");
    server.stop(Signal::TERM);
}

#[test]
fn killed_under_load_postgres_is_told_with_503_and_nothing_acknowledged_is_lost() {
    let (mut server, postgres) = (Server::start(), postgres::server());
    let url = postgres.database("gateway");
    begin_anew_with(&mut server, &format!("control = {url:?}"));
    assert!(!server.dir("gateway").join("control.db").exists());
    assert_eq!(server.output().matches("gateway: confined: ").count(), 2, "{}", server.output());
    let acknowledged = acknowledged_while(&server, 2, || postgres.kill(), || postgres.start_again());
    are_kept(&mut server, &acknowledged);
    let whole = server.run(&["fsck"]).expect(0).text();
    assert!(whole.starts_with(&format!("{} batches", acknowledged.len())), "{whole}");
}

#[test]
fn killed_under_load_the_object_store_is_told_with_503_and_nothing_acknowledged_is_lost() {
    if seaweed::program().is_none() {
        return;
    }
    let (mut server, store) = (Server::start(), RefCell::new(seaweed::Server::start()));
    let (control, objects) = (postgres::server().database("objects"), store.borrow().url());
    begin_anew_with(&mut server, &format!("control = {control:?}\nobjects = {objects:?}"));
    // Once: SeaweedFS takes twenty seconds to find itself again.
    let acknowledged =
        acknowledged_while(&server, 1, || store.borrow_mut().kill(), || store.borrow_mut().start_again());
    are_kept(&mut server, &acknowledged);
    assert!(!server.dir("gateway").join("segments").exists(), "no object is in the directory");
    // What was put for bodies that were refused meanwhile may be there, and is set aside; nothing is missing.
    let checked = server.run(&["fsck"]);
    let text = checked.text();
    assert!(text.starts_with(&format!("{} batches", acknowledged.len())), "{text}");
    assert!(!text.contains("damaged") && !text.contains("not found"), "{text}");
    server.run(&["fsck"]).expect(0);
}

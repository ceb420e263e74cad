//! Many senders of small documents at once, whose interchanges share segments, fsyncs and transactions; and the gateway killed
//! among them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use support::{Server, document::notice, http, wait_for};

const SENDERS: usize = 12;

fn document(number: u32) -> Vec<u8> {
    notice(number, &format!("TOGETHER-{number}"), 1).bytes()
}

/// Every sender sends one document after the other until nobody answers: which interchange each one that was acknowledged is.
fn send_until_killed(server: &Server, next: &AtomicU32, acknowledged: &Mutex<BTreeMap<u32, String>>) {
    let (address, token) = (server.address(), server.token("northshop"));
    let before = acknowledged.lock().unwrap().len();
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Ok(answer) = http::post(&address, "/v1/interchanges", &token, &document(number)) else {
                        return;
                    };
                    assert_eq!((answer.status, answer.header("Bulla-Verdict")), (200, Some("accepted")));
                    let id = answer.header("Bulla-Interchange").unwrap().to_owned();
                    acknowledged.lock().unwrap().insert(number, id);
                }
            });
        }
        wait_for("answers to many", || (acknowledged.lock().unwrap().len() >= before + 5 * SENDERS).then_some(()));
        server.kill("gateway", Signal::KILL);
    });
}

#[test]
fn whatever_was_acknowledged_to_one_of_many_is_there_once_after_kill_9() {
    let mut server = Server::start();
    let (next, acknowledged) = (AtomicU32::new(1), Mutex::default());
    for _ in 0..2 {
        send_until_killed(&server, &next, &acknowledged);
        server.restart("gateway");
    }
    let (sent, acknowledged) = (next.into_inner() - 1, acknowledged.into_inner().unwrap());
    for number in 1..=sent {
        let answer = server.post(&document(number));
        assert_eq!(answer.status, 200, "{}", answer.text());
        if let Some(id) = acknowledged.get(&number) {
            assert_eq!(answer.header("Bulla-Verdict"), Some("duplicate"), "{number} was acknowledged");
            assert_eq!(answer.header("Bulla-Interchange"), Some(&id[..]));
        }
    }
    server.wait_until_delivered();
    assert_eq!(server.inbox().len(), sent as usize, "each went to its carrier once");
    server.stop(Signal::TERM);
    let whole = server.run(&["fsck"]).expect(0).text();
    assert!(whole.starts_with(&format!("{sent} batches")), "{whole}");
    let segments = fs::read_dir(server.dir("gateway").join("segments")).unwrap().count() - 1;
    assert!(segments < sent as usize, "{segments} segments for {sent} documents: nobody shared one");
}

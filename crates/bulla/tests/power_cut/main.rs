//! The gateway killed at any moment under load, and now and then the machine's power goes with it: what no fsync has made durable is
//! gone then, or there in part. Whatever was acknowledged is there, once; nothing goes to its carrier under two names.
//!
//! ```text
//! BULLA_CUTS=1000 BULLA_SEED=7 cargo nextest run -p bulla --test power_cut     so many times, and as chance fell then
//! ```
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod disk;
#[path = "../support/mod.rs"]
mod support;

use disk::{Chance, Disk};
use rustix::process::Signal;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};
use support::{Server, document::notice, http, wait_for};

/// Without another wish: as many as a test of every day may take.
const CUTS: u64 = 10;
const SENDERS: usize = 6;
/// A process that is killed at one of its changes has so many of them at its start and under load for a moment.
const CHANGES: u64 = 600;
/// The longest time under load, in milliseconds.
const LOAD: u64 = 400;

fn wish(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What was sent, and which interchange it is where that was acknowledged.
#[derive(Default)]
struct Sent {
    next: AtomicU32,
    all: Mutex<BTreeMap<u32, Option<String>>>,
    /// Of the last load, or not looked at since.
    unseen: Mutex<Vec<u32>>,
}

impl Sent {
    fn acknowledged(&self, number: u32, id: Option<&str>) {
        let mut all = self.all.lock().unwrap();
        let known = all.entry(number).or_default();
        if let (Some(known), Some(id)) = (&*known, id) {
            assert_eq!(known, id, "document {number} is two interchanges");
        }
        *known = id.map(str::to_owned).or(known.take());
    }

    fn id(&self, number: u32) -> Option<String> {
        self.all.lock().unwrap().get(&number).cloned().flatten()
    }
}

/// Sends a document; false where nobody answers.
fn send(server: &Server, address: &str, sent: &Sent, number: u32) -> bool {
    let document = notice(number, &format!("CUT-{number}"), 1 + number % 3).bytes();
    let Ok(answer) = http::post(address, "/v1/interchanges", &server.token("northshop"), &document) else {
        return false;
    };
    if answer.status == 503 {
        return true;
    }
    let (verdict, known) = (answer.header("Bulla-Verdict"), sent.id(number));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let good = verdict == Some("duplicate") || (verdict == Some("accepted") && known.is_none());
    assert!(good, "document {number} was acknowledged, and is {verdict:?} now");
    sent.acknowledged(number, answer.header("Bulla-Interchange"));
    true
}

/// Many senders at once, until nobody answers or the time is over.
fn load(server: &Server, sent: &Sent, milliseconds: u64) {
    let (address, over) = (server.address(), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                while !over.load(SeqCst) {
                    let number = sent.next.fetch_add(1, SeqCst) + 1;
                    sent.all.lock().unwrap().insert(number, None);
                    sent.unseen.lock().unwrap().push(number);
                    if !send(server, &address, sent, number) {
                        return;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(milliseconds));
        // In the middle of whatever it does.
        server.kill("gateway", Signal::KILL);
        over.store(true, SeqCst);
    });
}

/// Sends all again that was sent in the last load: what was acknowledged is a duplicate of itself, what was not is now.
fn see(server: &Server, sent: &Sent) {
    let address = server.address();
    let ready = Instant::now() + support::DEADLINE;
    loop {
        let Some(number) = sent.unseen.lock().unwrap().last().copied() else { return };
        if !send(server, &address, sent, number) {
            return;
        }
        if sent.id(number).is_some() {
            sent.unseen.lock().unwrap().pop();
        } else {
            assert!(Instant::now() < ready, "the gateway answers 503 only");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_cut/shim.c");
    let built = Command::new("gcc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(built.is_ok_and(|status| status.success()), "gcc makes the library that notes what is written");
    library
}

/// One start, what was before looked at, load, and the end. Says what it was.
fn cycle(server: &mut Server, sent: &Sent, library: &Path, chance: &mut Chance) -> String {
    let (root, journal) = (server.dir("gateway"), server.beside("journal"));
    let _ = fs::remove_file(&journal);
    let power = chance.below(2) == 0;
    let at = if chance.below(2) == 0 { 0 } else { 1 + chance.below(CHANGES) };
    let milliseconds = chance.below(LOAD);
    let before = power.then(|| Disk::of(&root));
    let at_text = at.to_string();
    let environment = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("POWER_CUT_ROOT", root.to_str().unwrap()),
        ("POWER_CUT_JOURNAL", journal.to_str().unwrap()),
        ("POWER_CUT_AT", &at_text),
    ];
    if server.try_role("gateway", &environment) {
        see(server, sent);
        load(server, sent, milliseconds);
    }
    server.kill("gateway", Signal::KILL);
    let Some(mut disk) = before else { return format!("killed at change {at}, {milliseconds} ms") };
    let notes = disk.replay(&journal);
    // A ticket is for whoever comes after this process, not after this machine: it need not be durable (`vault/tickets`).
    disk.cut(chance, |path| path.components().any(|part| part.as_os_str() == "tickets"));
    disk.write();
    format!("killed at change {at}, {milliseconds} ms, power cut after {notes} notes")
}

#[test]
fn what_was_acknowledged_outlives_kills_and_power_cuts() {
    let cuts = wish("BULLA_CUTS").unwrap_or(CUTS);
    let seed = wish("BULLA_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}");
    let mut server = Server::start();
    let library = shim(&server.beside(""));
    let (sent, mut chance) = (Sent::default(), Chance(seed));
    server.kill("gateway", Signal::TERM);
    for number in 1..=cuts {
        let what = cycle(&mut server, &sent, &library, &mut chance);
        println!("{number}: {what}; {} documents so far", sent.next.load(SeqCst));
    }
    server.start_role("gateway");
    server.wait_until_ready();
    let all = sent.next.load(SeqCst);
    *sent.unseen.lock().unwrap() = (1..=all).collect();
    see(&server, &sent);
    wait_for("every document at its carrier", || (server.inbox().len() >= all as usize).then_some(()));
    server.wait_until_anchored();
    assert_eq!(server.inbox().len(), all as usize, "each went to its carrier under one name");
    server.stop(Signal::TERM);
    server.run(&["fsck"]).expect(0);
}

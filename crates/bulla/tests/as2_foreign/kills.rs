//! The gateway is killed while it takes messages; whoever sends one until it is confirmed has it delivered once.

use crate::{
    relations,
    support::{
        DEADLINE, Server,
        document::notice,
        http,
        partner::{Partner, USUAL, id},
        wait_within,
    },
};
use as2::{Disposition, Outgoing};
use rustix::process::Signal;
use std::{
    fs,
    path::PathBuf,
    sync::mpsc::{self, Sender},
    thread,
    time::{Duration, Instant},
};

/// As often as BULLA_AS2_KILLS says.
const CYCLES: u32 = 12;
/// Kills are spread over the time that a message takes, and some more.
const MOMENTS: u32 = 12;

/// A sender that repeats itself.
struct Client {
    partner: Partner,
    /// Where the gateway's address is: each start has a port of its own.
    address: PathBuf,
}

/// A message at the end of its way.
struct Confirmed {
    attempts: u32,
    disposition: Disposition,
    receipt: Vec<u8>,
}

impl Client {
    /// Sends the same message until it is confirmed; tells when each attempt begins.
    fn send(&self, id: &str, message: &Outgoing, begin: &Sender<()>) -> Confirmed {
        let fields: Vec<(&str, &str)> = message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut attempts = 0;
        wait_within(3 * DEADLINE, "a receipt", || {
            let address = fs::read_to_string(&self.address).ok()?;
            let address = address.trim().strip_prefix("http://")?;
            attempts += 1;
            let _ = begin.send(());
            let answer = http::post_with(address, "/as2", &fields, &message.body).ok()?;
            // Nothing else may come: not a refusal because of a first copy that was cut off.
            assert!([200, 503].contains(&answer.status), "{}: {}", answer.status, answer.text());
            let disposition = (answer.status == 200).then(|| self.partner.judged(id, message, &answer))?;
            let disposition = disposition.unwrap_or_else(|why| panic!("{why}: {}", answer.text()));
            Some(Confirmed { attempts, disposition, receipt: answer.body })
        })
    }

    fn message(&self, cycle: u32) -> (String, Outgoing) {
        let id = id();
        let message = self.partner.message(&notice(cycle, &format!("KILL-{cycle}"), 40).bytes(), &id, USUAL);
        (id, message)
    }
}

#[test]
fn each_manifest_is_delivered_once_however_often_the_gateway_is_killed() {
    let cycles = std::env::var("BULLA_AS2_KILLS").map_or(CYCLES, |count| count.parse().unwrap());
    let mut server = Server::start();
    let client = Client { partner: Partner::of(&server), address: server.dir("gateway").join("address") };
    let (mut interrupted, mut stored) = (0, 0);
    for cycle in 1..=cycles {
        let (id, message) = client.message(1000 + cycle);
        let before = Instant::now();
        let first = client.send(&id, &message, &mpsc::channel().0);
        assert_eq!(first.disposition, Disposition::Processed);
        let moment = before.elapsed().mul_f64(1.2 * f64::from(cycle * 7 % MOMENTS) / f64::from(MOMENTS));

        let (id, message) = client.message(cycle);
        let (begin, begun) = mpsc::channel();
        let confirmed = thread::scope(|scope| {
            let sending = scope.spawn(|| client.send(&id, &message, &begin));
            begun.recv().unwrap();
            let moment = Instant::now() + moment;
            while Instant::now() < moment {
                thread::sleep(Duration::from_micros(100));
            }
            server.kill("gateway", Signal::KILL);
            server.start_role("gateway");
            sending.join().unwrap()
        });
        interrupted += u32::from(confirmed.attempts > 1);
        stored += u32::from(confirmed.disposition == Disposition::DuplicateDocument);
        // Confirmed before the kill or after it: nothing is taken again, and the receipt is the first one.
        let again = client.send(&id, &message, &begin);
        assert!(again.receipt == confirmed.receipt, "{}", String::from_utf8_lossy(&again.receipt));
    }
    eprintln!("{cycles} kills: {interrupted} before the receipt, {stored} of them with the manifest stored already");
    assert!(interrupted > 0, "no kill came before a receipt");
    let numbers: Vec<String> =
        (1..=cycles).flat_map(|cycle| [cycle, 1000 + cycle]).map(|n| format!("KILL-{n}")).collect();
    relations::assert_each_delivered_once(&server, numbers.iter().map(String::as_str));
}

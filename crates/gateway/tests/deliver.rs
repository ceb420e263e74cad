//! The delivery loop over real sockets: a carrier that hangs, one that answers, a copy that is gone.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::exchange::list;
use house::{House, document};
use ledger::word::DeliveryState;
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

/// A listener whose connections are taken and never answered, and its URL.
fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let _held: Vec<_> = listener.incoming().collect();
    });
    url
}

/// A carrier that takes everything and signs nothing.
fn answering() -> String {
    answering_behind(0, &Arc::default())
}

/// As this, but the first connections are taken and never answered; the others are counted.
fn answering_behind(hanging: usize, answered: &Arc<AtomicU32>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answered = answered.clone();
    thread::spawn(move || {
        let _held: Vec<_> = listener.incoming().take(hanging).collect();
        for stream in listener.incoming() {
            answered.fetch_add(1, SeqCst);
            let mut stream = stream.unwrap();
            // The answer may come while the body is still on its way; the client reads it all the same.
            let _ = stream.read(&mut [0; 65_536]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    url
}

async fn wait_for(house: &House, what: &str, is: impl Fn(&[api::gateway::Delivery]) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is(&list::deliveries(&house.gateway).unwrap()) {
        assert!(Instant::now() < deadline, "{what}: {:?}", list::deliveries(&house.gateway).unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_hangs_delays_nobody_else() {
    let house = House::open_with(&answering(), &hanging());
    let text = String::from_utf8(document(1, 20, |set| format!("SLOW-{set}"))).unwrap();
    let slow = text.replace("DEMOCARRIER", "SLOWCARRIER");
    house.send(slow.as_bytes()).unwrap();
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    house.send(&document(2, 1, |set| format!("FAST-{set}"))).unwrap();
    // The client gives a carrier sixty seconds, this test thirty.
    wait_for(&house, "the other carrier has its copy", |deliveries| {
        let of =
            |carrier: &str| deliveries.iter().filter(|d| d.carrier == carrier).map(|d| d.state).collect::<Vec<_>>();
        of("democarrier") == [DeliveryState::Acknowledged] && of("slowcarrier") == [DeliveryState::Waiting; 20]
    })
    .await;
    loops.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_hangs_delays_no_other_to_the_same_carrier() {
    let house = House::open_with(&answering_behind(1, &Arc::default()), &hanging());
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    house.send(&document(1, 1, |set| format!("FIRST-{set}"))).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    house.send(&document(2, 20, |set| format!("LATER-{set}"))).unwrap();
    // The client gives a carrier sixty seconds, this test thirty.
    wait_for(&house, "those behind one that hangs", |all| {
        all.iter().filter(|delivery| delivery.state == DeliveryState::Acknowledged).count() == 20
    })
    .await;
    loops.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_gone_is_not_the_carriers_fault() {
    let house = House::open_with(&answering(), &hanging());
    house.send(&document(1, 1, |set| format!("GONE-{set}"))).unwrap();
    let id = list::deliveries(&house.gateway).unwrap()[0].id;
    std::fs::remove_file(house.object("outbox", &id.to_string())).unwrap();
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    wait_for(&house, "the fault is noted", |deliveries| {
        deliveries[0].last_answer.as_deref() == Some("LOCAL_FAULT") && deliveries[0].state == DeliveryState::Waiting
    })
    .await;
    // Noted first, then counted.
    let counted = || house.gateway.metrics.to_text().contains("bulla_delivery_local_faults_total 1\n");
    wait_for(&house, "the fault is counted", |_| counted()).await;
    let text = house.gateway.metrics.to_text();
    assert!(text.contains("bulla_delivery_failures_total 0\n"), "{text}");
    loops.abort();
}

/// As on a full disk: the carrier has it, and nothing can be written down.
#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_cannot_be_noted_is_not_had_again_at_once() {
    let answered = Arc::new(AtomicU32::new(0));
    let house = House::open_with(&answering_behind(0, &answered), &hanging());
    house.send(&document(1, 1, |set| format!("AGAIN-{set}"))).unwrap();
    let house = house.restarted(|config| {
        let control = rusqlite::Connection::open(config.dir.join("control.db")).unwrap();
        let fault = "CREATE TRIGGER fault BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'told to'); END";
        control.execute_batch(fault).unwrap();
    });
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    wait_for(&house, "the carrier got it", |_| answered.load(SeqCst) > 0).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(answered.load(SeqCst), 1, "and so soon no second time");
    loops.abort();
}

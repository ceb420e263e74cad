//! What carriers answer, each named after it: nothing that they say holds up what came in.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../house/mod.rs"]
mod house;
mod old_lists;

use ed25519_dalek::SigningKey;
use gateway::exchange::list;
use house::{House, document};
use ledger::{BatchId, Confirmation, ConfirmationRecord, Hash, PublicKey, word::DeliveryState};
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

fn public() -> PublicKey {
    PublicKey(key().verifying_key().to_bytes())
}

/// A request: its head, in lower case, and its body.
fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut octets, mut buffer) = (Vec::new(), [0; 65_536]);
    loop {
        if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(octets[..end].to_vec()).unwrap().to_lowercase();
            let length: usize = header(&head, "content-length").parse().unwrap_or(0);
            if octets.len() - end - 4 >= length {
                return (head, octets.split_off(end + 4));
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the request ends early");
        octets.extend(&buffer[..read]);
    }
}

fn header(head: &str, name: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    line.unwrap_or_default().trim().to_owned()
}

/// A server of one answer for each request, and its URL.
fn serve(answer: impl Fn(&str, &[u8]) -> (u16, Vec<u8>) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (head, body) = request(&mut stream);
            let (status, answer) = answer(&head, &body);
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&answer);
        }
    });
    url
}

/// A carrier with its real key that confirms the one row it got, but for what is changed.
fn carrier(change: impl Fn(&mut ConfirmationRecord) + Send + 'static) -> String {
    let answer = move |head: &str, body: &[u8]| {
        let mut record = ConfirmationRecord {
            carrier: "P-democarrier".parse().unwrap(),
            delivery: header(head, "bulla-delivery").parse().unwrap(),
            batches: header(head, "bulla-batches").split(',').map(|batch| batch.parse().unwrap()).collect(),
            digest: Hash(Sha256::digest(body).into()),
            rows: 1,
            received: house::now(),
        };
        change(&mut record);
        (200, serde_json::to_vec(&Confirmation::new(record, &key())).unwrap())
    };
    serve(answer) + "/"
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn states(house: &House) -> Vec<DeliveryState> {
    list::deliveries(&house.gateway).unwrap().iter().map(|delivery| delivery.state).collect()
}

/// One document to this carrier: acknowledged; how many confirmations are kept, and how many were faulty.
async fn delivered_to(carrier: &str) -> (usize, String) {
    let house = House::open_at("http://127.0.0.1:1", carrier, carrier, Some(public()));
    house.send(&document(1, 1, |set| format!("LIED-{set}"))).unwrap();
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    until("the delivery is acknowledged", || states(&house) == [DeliveryState::Acknowledged]).await;
    loops.abort();
    assert_eq!(house.intakes().len(), 1);
    let text = house.gateway.metrics.to_text();
    let faults = text.lines().find(|line| line.starts_with("bulla_confirmation_faults_total ")).unwrap().to_owned();
    (house.gateway.vault.confirmations().unwrap().len(), faults)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_confirms_more_rows_than_there_are_numbers() {
    let sound = delivered_to(&carrier(|_| ())).await;
    assert_eq!(sound, (1, "bulla_confirmation_faults_total 0".to_owned()), "before");
    for rows in [2, 1 << 60] {
        let lied = delivered_to(&carrier(move |record| record.rows = rows)).await;
        assert_eq!(lied, (0, "bulla_confirmation_faults_total 1".to_owned()), "{rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_names_two_thousand_batches() {
    let batch = |number: u16| {
        let [high, low] = number.to_be_bytes();
        BatchId([high, low, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])
    };
    let lied = delivered_to(&carrier(move |record| record.batches.extend((0..2_000).map(batch)))).await;
    assert_eq!(lied, (0, "bulla_confirmation_faults_total 1".to_owned()));
}

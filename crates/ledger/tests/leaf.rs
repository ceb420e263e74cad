//! A leaf is read as serde reads it and nothing else, whichever way that goes: the kinds that a ledger is full of are expected as they are written.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use ed25519_dalek::SigningKey;
use ledger::{entry::*, *};

fn leaf(entry: Entry) -> Vec<u8> {
    Logged { time: "2026-11-27T08:09:10.011Z".parse().unwrap(), entry }.to_bytes()
}

fn intake(batches: usize) -> Vec<u8> {
    let key =
        |group: &str| SealedTo { period: format!("A-1/2026-11/{group}/2").parse().unwrap(), key: Hash([0xab; 32]) };
    let anchor = |octet| Anchor {
        batch: BatchId([octet; 16]),
        header: Hash([octet; 32]),
        rows: 7,
        parties: 14,
        octets: 1 << 40,
        carrier: 1,
        keys: vec![key("d30"), key("d90")],
    };
    let record = IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: "0001-01-01T00:00:00.000Z".parse().unwrap(),
        instance: InstanceId([1; 16]),
        ticket: 1,
        part: 1,
        parts: 1,
        channel: Channel::As2,
        tls: false,
        decryption: (batches > 1).then_some(Hash([9; 32])),
        octets: 100,
        rows: 0,
        parties: 2,
        verdict: Verdict::Accepted,
        shipper: (batches > 0).then(|| "S-1".parse().unwrap()),
        batches: (0..batches).map(|octet| anchor(octet as u8)).collect(),
    };
    leaf(Entry::Intake(Intake::new(record, &SigningKey::from_bytes(&[1; 32]))))
}

/// One or more of every kind that is expected, and of those that are not.
fn leaves() -> Vec<Vec<u8>> {
    let record = TickRecord {
        worker: "gw-1".parse().unwrap(),
        instance: InstanceId([1; 16]),
        number: 1,
        next: 9,
        open: vec![3, 7],
        credit: Credit::default(),
        seen: Some(TreeHead { size: 8, root: Hash([3; 32]) }),
    };
    let tick = Tick::new(record, &SigningKey::from_bytes(&[1; 32]));
    let note = "a.example/log\n1\nAAAA\n\n\u{2014} \"a\" \\ \u{1f}\n".to_owned();
    let shred = Shred { period: "A-1/2026-11/d90".parse().unwrap(), key: Hash([2; 32]) };
    let entries = [Entry::Tick(tick), Entry::Heartbeat(Heartbeat { note }), Entry::ShredIntent(shred)];
    [0, 1, 3].map(intake).into_iter().chain(entries.map(leaf)).collect()
}

/// As any other value is read.
fn plainly(leaf: &[u8]) -> Result<Logged, canonical::NotCanonical> {
    canonical::read(leaf)
}

#[test]
fn every_leaf_says_what_it_says() {
    for leaf in leaves() {
        let logged = Logged::read(&leaf).unwrap();
        assert_eq!(logged.to_bytes(), leaf);
        assert_eq!(plainly(&leaf), Ok(logged));
    }
}

#[test]
fn with_any_octet_changed_cut_or_put_in_it_is_read_as_plainly() {
    let (mut still, mut all) = (0, 0);
    let mut judge = |changed: &[u8]| {
        let read = Logged::read(changed);
        still += usize::from(read.is_ok());
        all += 1;
        assert_eq!(read, plainly(changed), "{}", String::from_utf8_lossy(changed));
    };
    for leaf in leaves() {
        for at in 0..leaf.len() {
            judge(&leaf[..at]);
            judge(&[&leaf[..at], &leaf[at + 1..]].concat());
            for octet in [b' ', b'"', b'}', b'1', b'f', 0xff] {
                judge(&[&leaf[..at], &[octet], &leaf[at..]].concat());
                judge(&[&leaf[..at], &[octet], &leaf[at + 1..]].concat());
            }
        }
    }
    // Another digit makes another entry; nothing else does.
    assert!(still > 1_000 && still < all / 4, "{still} of {all}");
}

#[test]
fn another_form_of_an_entry_is_none_of_it() {
    let text = String::from_utf8(intake(1)).unwrap();
    let other = [
        text.replace("\"decryption\":null,", ""),
        text.replace("\"part\":1,", "\"part\":1,\"part\":1,"),
        text.replace("\"type\":\"intake\"", "\"type\":\"tick\""),
        text.replace(",\"type\":\"intake\"}", ",\"type\":\"intake\",\"type\":\"intake\"}"),
        text.replace("{\"record\"", "{\"type\":\"intake\",\"record\""),
        text.replace("\"signature\"", "\"ahead\":null,\"signature\""),
        text.replace("\"tls\":false", "\"tls\": false"),
        text.replace("\"ticket\":1", "\"ticket\":1.0"),
        text.replace("\"shipper\":\"S-1\"", "\"shipper\":\"S\\u002d1\""),
        text.replace("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.0000Z"),
        text.replace("2026-11-27T08:09:10.011Z", "2026-11-27T09:09:10.011+01:00"),
    ];
    for changed in other {
        assert_ne!(changed, text);
        assert_eq!(Logged::read(changed.as_bytes()), plainly(changed.as_bytes()));
        assert!(Logged::read(changed.as_bytes()).is_err(), "{changed}");
    }
}

//! A copy of a running gateway's directory, and whoever has it: all that may be a key in it is tried on all that is sealed in it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;
#[path = "support/thief.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod thief;

use as2::Recipient;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use support::{
    Server,
    document::{Notice, notice},
    http,
    partner::{Partner, USUAL, id, post},
};
use thief::Keys;

/// What came by HTTPS and by AS2, of both shippers.
fn after_a_day(server: &Server) -> Vec<Notice> {
    let lake = Notice { sender: "LAKESHOP".into(), ..notice(2, "LAKE-1", 4) };
    let all = vec![notice(1, "NORTH-1", 3), lake, notice(3, "LINE-1", 5)];
    for (own, shipper) in all.iter().zip(["northshop", "lakeshop"]) {
        let token = server.token(shipper);
        assert_eq!(http::post(&server.address(), "/v1/interchanges", &token, &own.bytes()).unwrap().status, 200);
    }
    let message = Partner::of(server).message(&all[2].bytes(), &id(), USUAL);
    assert_eq!(post(server, &message).status, 200);
    server.wait_until_delivered();
    let (tracking, ask) = (all[0].tracking(1), ["--purpose", "support", "--ticket", "CASE-1"]);
    server.run(&[&["open", "--tracking", &tracking][..], &ask].concat()).expect(0);
    server.wait_until_anchored();
    all
}

/// Whoever could read what is encrypted to one of these certificates.
fn recipients(dir: &Path) -> Vec<Recipient> {
    let keys = thief::files(dir).into_iter().filter(|path| path.to_str().unwrap().ends_with(".key.pem"));
    let of = |key: PathBuf| {
        let certificate = key.to_str().unwrap().replace(".key.pem", ".crt.pem");
        Recipient::from_pem(&fs::read_to_string(&key).unwrap(), &fs::read_to_string(certificate).unwrap()).unwrap()
    };
    keys.map(of).collect()
}

/// Which delivery copies one of them opens.
fn opened(copies: &[Vec<u8>], recipients: &[Recipient]) -> usize {
    let opens = |copy: &&Vec<u8>| recipients.iter().any(|own| as2::cms::decrypt(copy, own).is_ok());
    copies.iter().filter(opens).count()
}

#[test]
fn a_copy_of_a_gateway_opens_nothing_with_the_keys_in_it() {
    let server = Server::start();
    let documents = after_a_day(&server);
    let copy = server.beside("copy");
    support::copy(&server.dir("gateway"), &copy);

    let seed = fs::read_to_string(copy.join("worker.key")).unwrap();
    let own = Keys::among(&copy);
    assert!(
        own.have(&hex::decode(seed.trim()).unwrap().try_into().unwrap()),
        "the search finds the keys that are there"
    );
    assert_eq!(own.read(&copy).len(), 0, "no class of any row");
    let read = Keys::among(&server.dir("warden")).read(&copy);
    let rows: BTreeSet<_> = read.iter().filter(|own| own.row > 0).map(|own| (own.batch, own.row)).collect();
    assert_eq!(rows.len(), 12, "the same search with the warden's files reads all");

    let vault = vault::Vault::open(&copy).unwrap();
    let deliveries = vault.deliveries(10).unwrap();
    let copies: Vec<_> = deliveries.iter().map(|own| vault.delivery_octets(&own.id).unwrap()).collect();
    let own = recipients(&copy);
    assert_eq!((opened(&copies, &own), opened(&copies, &recipients(&server.dir("carrier")))), (0, 3));
    assert_eq!((copies.len(), own.len()), (3, 2), "three documents; the signing key and that of AS2");

    let values = documents.iter().flat_map(|own| {
        (1..=own.parcels)
            .flat_map(|parcel| [own.tracking(parcel), own.order(parcel), own.name(parcel), own.street(parcel)])
    });
    let values: Vec<_> = values.collect();
    for path in thief::files(&copy) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!values.iter().any(|value| text.contains(value)), "a value of a document is in {}", path.display());
    }

    let out = server.beside("answer");
    let ask = ["assess", "--kind", "storage", "--json", "--out", out.to_str().unwrap()];
    let found = server.run(&ask).expect(0).json();
    let nothing = serde_json::json!({ "rows": 0, "parties": 0, "shippers": 0, "unbounded": false });
    assert_eq!(found["at_most"], nothing);
    assert_eq!(found["by_classes"], serde_json::json!([{ "classes": ["operational"], "rows": 12 }]));
}

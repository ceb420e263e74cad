//! Two gateways of different houses: one's delivery is the other's intake, by AS2 over TLS, and the 997 comes back.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use std::fs;
use support::{
    Server,
    document::notice,
    partner::{apply, partner_of},
    tls::{authority, give_certificate, port},
    wait_for,
};

fn json(server: &Server, verb: &[&str]) -> Value {
    server.run(&[verb, &["--json"]].concat()).expect(0).json()
}

fn certificate(server: &Server) -> String {
    json(server, &["as2", "show"])["certificates"][0]["pem"].as_str().unwrap().to_owned()
}

fn as2(certificate: &str) -> toml::Table {
    let mut as2 = toml::Table::new();
    as2.insert("name".into(), "BULLA".into());
    as2.insert("signing".into(), toml::Value::Array(vec![certificate.into()]));
    as2
}

#[test]
fn a_manifest_goes_through_both_and_its_acknowledgement_comes_back() {
    let (first, mut second) = (Server::start(), Server::start());
    second.kill("gateway", Signal::TERM);
    let (ours, ca) = authority(&second, "ours");
    give_certificate(&second, &ours);
    second.start_role("gateway");
    let verb = ["interchange", "list", "--json"];
    wait_for("the second gateway", || Some(second.run(&verb)).filter(|ran| ran.code == 0));
    let (of_first, of_second) = (certificate(&first), certificate(&second));

    // To the second, the first is a shipper; to the first, the second is where the carrier's documents go.
    apply(&second, |file| {
        let shipper = partner_of(file, "northshop");
        shipper.insert("edi".into(), toml::Value::Array(vec!["ZZ:BULLA".into()]));
        let mut spoken = as2(&of_first);
        spoken.insert("url".into(), format!("http://{}/as2", first.address()).into());
        shipper.insert("as2".into(), spoken.into());
    });
    let place = |authorities: Option<String>| {
        apply(&first, |file| {
            let carrier = partner_of(file, "democarrier");
            carrier.insert("as2".into(), as2(&of_second).into());
            authorities.map(|pem| carrier.insert("tls_authorities".into(), pem.into()));
            let point = carrier["delivery"].as_table_mut().unwrap();
            point.insert("url".into(), format!("https://localhost:{}/as2", port(&second)).into());
            point.insert("as2".into(), true.into());
            point.insert("certificates".into(), toml::Value::Array(vec![of_second.clone().into()]));
            point.remove("key");
        });
    };
    // Whoever the machine trusts has not signed for the second: nothing is sent to it.
    place(None);
    assert_eq!(first.post(&notice(1, "THROUGH-1", 3).bytes()).status, 200);
    let one = || first.get("/v1/deliveries")[0].clone();
    wait_for("a refused connection", || (one()["attempts"].as_u64() >= Some(1)).then_some(()));
    assert_ne!(one()["state"], "acknowledged");
    assert_eq!(json(&second, &["interchange", "list"]), Value::Array(vec![]));

    place(Some(fs::read_to_string(ca).unwrap()));
    wait_for("the acknowledgement of the second", || (one()["answer"] == "accepted").then_some(()));
    assert_eq!(one()["state"], "acknowledged");
    let taken = json(&second, &["interchange", "list"]);
    assert_eq!((&taken[0]["verdict"], &taken[0]["rows"]), (&"accepted".into(), &3.into()));
    wait_for("the document at the demo's carrier", || (second.inbox().len() == 1).then_some(()));
    // Its intake says how it came: AS2, by TLS, encrypted to the second's certificate.
    let entries = wait_for("the entry in the second's ledger", || {
        let list = second.run(&["ledger", "entries", "--json"]).expect(0).text();
        let found = list.lines().find(|line| line.contains("\"intake\"")).map(str::to_owned);
        found.filter(|entry| entry.contains("\"channel\":\"as2\""))
    });
    assert!(entries.contains("\"tls\":true") && !entries.contains("\"decryption\":null"), "{entries}");
}

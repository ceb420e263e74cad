//! What thieves of keys really read, from what they had kept, and what is answered of it: never less. Real processes, real keys, copies
//! of the directories.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::Recipient;
use durable::random::OsRandom;
use std::{collections::BTreeSet, fs, path::Path};
use support::{
    Server,
    answer::{assess, at_most},
    document::{notice, values},
    partner::{Partner, USUAL, id, post},
};

/// Every period that there is has ended: no key of the warden's opens anything.
fn shred(server: &Server) {
    server.run(&["retention", "run", "--now", "2090-01-01"]).expect(0);
    server.wait_until_dated();
}

fn recipient(key: &Path, certificate: &Path) -> Recipient {
    let [key, certificate] = [key, certificate].map(|path| fs::read_to_string(path).unwrap());
    Recipient::from_pem(&key, &certificate).unwrap()
}

/// Parcels that stand in what was read, each once.
fn parcels(read: &[Vec<u8>]) -> BTreeSet<String> {
    // A signature is around it that is no text.
    read.iter().flat_map(|octets| values(String::from_utf8_lossy(octets).as_bytes(), "MAN*CP", 2)).collect()
}

fn sha256(own: &Recipient) -> String {
    format!("sha256:{}", hex::encode(own.certificate().fingerprint()))
}

#[test]
fn the_carriers_key_opens_delivery_copies_that_were_kept_past_the_shred() {
    let server = Server::start();
    for (control, count) in [(1, 3), (2, 4)] {
        assert_eq!(server.post(&notice(control, &format!("KEPT-{control}"), count).bytes()).status, 200);
    }
    server.wait_until_delivered();
    server.wait_until_anchored();
    let kept = server.beside("kept");
    support::copy(&server.dir("carrier").join("inbox"), &kept);
    shred(&server);
    let own = recipient(&server.dir("carrier").join("carrier.key.pem"), &server.dir("carrier").join("carrier.crt.pem"));
    let copies = fs::read_dir(&kept).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let read: Vec<_> = copies.map(|copy| as2::cms::decrypt(&copy, &own).unwrap().to_vec()).collect();
    assert_eq!((read.len(), parcels(&read).len()), (2, 7), "shredded or not");
    let (found, _) = assess(&server, "carrier-key", &["--certificate", &sha256(&own)]);
    assert_eq!(at_most(&found), Some(7));
}

#[test]
fn our_own_key_opens_what_was_recorded_on_the_line() {
    let server = Server::start();
    let (partner, mut lines) = (Partner::of(&server), Vec::new());
    for (control, count) in [(1, 2), (2, 5)] {
        let message = partner.message(&notice(control, &format!("LINE-{control}"), count).bytes(), &id(), USUAL);
        assert_eq!(post(&server, &message).status, 200);
        lines.push(message.body.to_vec());
    }
    // Nobody heard this one: it came by HTTPS.
    assert_eq!(server.post(&notice(3, "OTHER-1", 4).bytes()).status, 200);
    server.wait_until_anchored();
    shred(&server);
    let folder = server.dir("gateway").join("as2");
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let key = files.into_iter().find(|path| path.to_str().unwrap().ends_with(".key.pem")).unwrap();
    let name = key.to_str().unwrap().strip_suffix(".key.pem").unwrap();
    let own = recipient(&key, Path::new(&format!("{name}.crt.pem")));
    let open = |line: &Vec<u8>| as2::cms::open(line, &[&own], as2::Weak::default(), &mut OsRandom).unwrap();
    let read: Vec<_> = lines.iter().map(|line| open(line).content.to_vec()).collect();
    assert_eq!(parcels(&read).len(), 7, "shredded or not");
    let (found, _) = assess(&server, "traffic", &["--certificate", &sha256(&own)]);
    assert_eq!((at_most(&found), &found["recorded"]["rows"]), (None, &7.into()), "what else was heard nobody knows");
}

#[test]
fn an_agents_key_opens_no_more_than_what_is_answered() {
    let server = Server::start();
    let document = notice(1, "AGENT-1", 6);
    assert_eq!(server.post(&document.bytes()).status, 200);
    server.wait_until_anchored();
    let mut read = BTreeSet::new();
    for parcel in [1, 2, 4] {
        let tracking = document.tracking(parcel);
        let ask = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-1"];
        assert!(server.run(&ask).expect(0).text().contains(&document.street(parcel)));
        read.insert(tracking);
    }
    // The warden has entered the request before it finds nobody to cosign: nothing was read, and it counts.
    server.kill("witness", rustix::process::Signal::KILL);
    let tracking = document.tracking(5);
    let ask = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-2"];
    assert!(!server.run(&ask).expect(1).text().contains(&document.street(5)));
    let (found, _) = assess(&server, "principal", &["--principal", "support-7"]);
    let most = at_most(&found).unwrap();
    assert!(read.len() as u64 <= most && most <= 4, "{} read, at most {most}", read.len());
}

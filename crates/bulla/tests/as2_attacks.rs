//! What strangers and partners can try with AS2 messages, each named after it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::{
    Disposition, KeyTransport, Outgoing,
    cms::{self, Cipher},
    mdn::Unconfirmed,
};
use durable::random::OsRandom;
use serde_json::Value;
use std::{fs, net::TcpListener, sync::mpsc::channel, thread, time::Duration};
use support::{
    Server,
    document::notice,
    http,
    partner::{self, How, Partner, USUAL, apply, id, partner_of, post},
    wait_for,
};

fn intakes(server: &Server) -> Vec<Value> {
    server.wait_until_anchored();
    let entries = server.entries().into_iter().map(|logged| logged["entry"].clone());
    entries.filter(|entry| entry["type"] == "intake").map(|entry| entry["record"].clone()).collect()
}

/// Signed, not encrypted, and changed: it looks like a receipt that somebody else signed.
#[test]
fn a_signed_message_is_changed_on_its_way() {
    let server = Server::start();
    let (partner, same) = (Partner::of(&server), id());
    let whole = partner.message(&notice(1, "CHANGED-1", 1).bytes(), &same, How { encrypted: false, ..USUAL });
    let text = String::from_utf8(whole.body.to_vec()).unwrap().replace("CHANGED-1", "CHANGED-2");
    let changed = Outgoing { body: text.into_bytes().into(), headers: whole.headers.clone(), mic: whole.mic.clone() };
    let answer = post(&server, &changed);
    let judged = partner.judged(&same, &changed, &answer);
    assert_eq!(judged, Err(Unconfirmed::Refused(Disposition::IntegrityCheckFailed)), "{}", answer.text());
    assert_eq!(intakes(&server).len(), 1, "what passed through counts");
}

/// A partner's document all the same: it was read. Of whom nobody knows nothing is said.
#[test]
fn a_partner_writes_to_a_name_that_is_not_ours() {
    let server = Server::start();
    let large = vec![b'x'; 300_000];
    let send = |from: &str, to: &str| {
        let id = id();
        let fields = [
            ("AS2-From", from),
            ("AS2-To", to),
            ("Message-ID", &*id),
            ("Content-Type", "application/edi-x12"),
            ("Disposition-Notification-To", "edi"),
        ];
        let answer = http::post_with(&server.address(), "/as2", &fields, &large).unwrap();
        assert!(answer.text().contains("unknown-trading-relationship"), "{}", answer.text());
    };
    send("NOBODY", "BULLA");
    send("NORTHSHOP", "BULLA-2025");
    let noted = wait_for("its entry", || intakes(&server).first().cloned());
    assert_eq!((&noted["verdict"], &noted["channel"]), (&"broken".into(), &"as2".into()));
    assert_eq!((&noted["octets"], intakes(&server).len()), (&1_048_576.into(), 1));
}

/// HTTP takes a tab in a field, a receipt does not: nothing may be stored that can not be confirmed.
#[test]
fn a_message_has_an_id_that_no_receipt_can_name() {
    let server = Server::start();
    let partner = Partner::of(&server);
    let mut message = partner.message(&notice(1, "TAB-1", 1).bytes(), &id(), USUAL);
    message.headers.iter_mut().filter(|(name, _)| *name == "Message-ID").for_each(|(_, it)| *it = "<a\tb@c>".into());
    assert_eq!(post(&server, &message).status, 400);
    assert_eq!(server.get("/v1/interchanges"), Value::Array(vec![]));
}

/// Whoever knows a partner's name and our certificate can have messages unpacked before anybody looks at who sent them.
#[test]
fn many_bombs_come_at_once_under_a_partners_name() {
    let server = Server::start();
    // As strong as is let through: 200 to 1.
    let noise: Vec<u8> = (0..600 << 10).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let packed = cms::compress(&[&vec![b' '; 85 << 20][..], &noise].concat()).unwrap();
    let kind = "application/pkcs7-mime; smime-type=compressed-data";
    let inner = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), &packed].concat();
    let own = partner::certificates(&server);
    let sealed = cms::encrypt_as(&inner, &own, Cipher::Aes128Gcm, KeyTransport::Pkcs1, &mut OsRandom).unwrap();
    let bombs = [(kind, &packed[..]), ("application/pkcs7-mime; smime-type=authEnveloped-data", &sealed)];
    thread::scope(|scope| {
        for (kind, body) in std::iter::repeat_n(bombs, 12).flatten() {
            let server = &server;
            scope.spawn(move || {
                let id = id();
                let fields =
                    [("AS2-From", "NORTHSHOP"), ("AS2-To", "BULLA"), ("Message-ID", &id), ("Content-Type", kind)];
                http::post_with(&server.address(), "/as2", &fields, body)
            });
        }
    });
    let pid = server.pid("gateway").unwrap().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    // 200 MiB for each core that unpacks, and the rest.
    let cores = thread::available_parallelism().unwrap().get().max(2) as u64;
    assert!(peak < (200 * cores + 200) << 10, "{peak} KiB at most");
}

/// Somebody's software takes connections and never answers: that is nobody else's loss.
#[test]
fn a_partner_takes_receipts_and_never_answers() {
    let server = Server::start();
    let [hanging, other] = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let urls = [&hanging, &other].map(|it| format!("http://{}", it.local_addr().unwrap()));
    apply(&server, |file| {
        let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
        as2.insert("receipts".into(), toml::Value::Array(urls.iter().map(|url| url.clone().into()).collect()));
    });
    thread::spawn(move || drop(hanging.incoming().collect::<Vec<_>>()));
    let (sender, came) = channel();
    thread::spawn(move || other.incoming().for_each(|_| sender.send(()).unwrap_or_default()));
    let partner = Partner::of(&server);
    let asks = |url: &str| {
        let how = How { signed: false, encrypted: false, deliver_to: Some(url), ..USUAL };
        assert_eq!(post(&server, &partner.message(b"x", &id(), how)).status, 200);
    };
    (0..20).for_each(|n| asks(&format!("{}/{n}", urls[0])));
    thread::sleep(Duration::from_secs(2));
    asks(&urls[1]);
    came.recv_timeout(Duration::from_secs(20)).expect("the other one's receipt");
}

/// Whatever day is asked for, and how many ask at once: the gateway goes on, and starts again.
#[test]
fn keys_are_renewed_from_the_first_day_and_the_last_and_by_several_at_once() {
    let mut server = Server::start();
    for day in ["0001-01-01", "1949-12-31", "2049-12-31", "9999-12-31"] {
        let ran = server.run(&["as2", "renew", "--from", day]);
        assert!(server.run(&["as2", "show"]).expect(0).text().contains("it signs now"), "{day}: {}", ran.text());
    }
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| server.run(&["as2", "renew"]).expect(0)))));
    server.restart("gateway");
    let (partner, same) = (Partner::of(&server), id());
    let message = partner.message(&notice(1, "RENEWED-1", 1).bytes(), &same, USUAL);
    let answer = post(&server, &message);
    assert_eq!(partner.judged(&same, &message, &answer), Ok(Disposition::Processed), "{}", answer.text());
}

/// A receipt without the signature that was asked for would be the only one that the message ever gets.
#[test]
fn a_message_comes_after_our_last_certificate_has_ended() {
    let mut server = Server::start();
    apply(&server, |file| {
        let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
        as2.insert("require".into(), toml::Value::Array(vec!["signed".into()]));
    });
    let partner = Partner::of(&server);
    let keys = server.dir("gateway").join("as2");
    let pairs = || fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let valid = pairs();
    server.run(&["as2", "renew", "--from", "2020-01-01"]).expect(0);
    valid.iter().for_each(|file| fs::remove_file(file).unwrap());
    server.restart("gateway");
    let same = id();
    let how = How { encrypted: false, ..USUAL };
    let message = partner.message(&notice(1, "ENDED-1", 1).bytes(), &same, how);
    assert_eq!(post(&server, &message).status, 500);
    assert_eq!(server.get("/v1/interchanges"), Value::Array(vec![]), "nothing is taken");
    server.run(&["as2", "renew"]).expect(0);
    let judge = Partner { gateway: partner::certificates(&server), ..Partner::of(&server) };
    assert_eq!(judge.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
}

//! AS2 against the real processes: a partner points its software at the gateway and changes nothing else.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::{Disposition, cms::Cipher, mdn::Unconfirmed};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};
use support::{
    Server,
    document::notice,
    http,
    partner::{self, How, Partner, USUAL, apply, id, partner_of, post},
};

fn intakes(server: &Server) -> Vec<Value> {
    server.wait_until_anchored();
    let entries = server.entries().into_iter().map(|logged| logged["entry"].clone());
    entries.filter(|entry| entry["type"] == "intake").map(|entry| entry["record"].clone()).collect()
}

fn refused(server: &Server, partner: &Partner, message: &as2::Outgoing, id: &str) -> Disposition {
    let answer = post(server, message);
    assert_eq!(answer.status, 200, "{}", answer.text());
    match partner.judged(id, message, &answer) {
        Err(Unconfirmed::Refused(disposition)) => disposition,
        other => panic!("{other:?}: {}", answer.text()),
    }
}

#[test]
fn a_manifest_goes_the_same_way_and_is_confirmed_once() {
    let server = Server::start();
    let (partner, document) = (Partner::of(&server), notice(1, "SAME-WAY", 3).bytes());
    let id = id();
    let message = partner.message(&document, &id, USUAL);
    let first = post(&server, &message);
    assert_eq!(partner.judged(&id, &message, &first), Ok(Disposition::Processed), "{}", first.text());
    assert_eq!(server.wait_until_delivered().len(), 1);
    let [record] = &intakes(&server)[..] else { panic!("one") };
    let own = &server.get("/v1/as2")["certificates"][0]["sha256"];
    assert_eq!((&record["channel"], &record["decryption"], &record["rows"]), (&"as2".into(), own, &3.into()));
    // Who recorded it and gets that certificate's key reads it: counted, never bounded.
    let (out, certificate) = (server.beside("traffic"), format!("sha256:{}", own.as_str().unwrap()));
    let arguments =
        ["assess", "--kind", "traffic", "--certificate", &certificate, "--json", "--out", out.to_str().unwrap()];
    let at_most = server.run(&arguments).expect(0).json()["at_most"].clone();
    assert_eq!((&at_most["rows"], &at_most["unbounded"]), (&3.into(), &true.into()));
    let listed = server.get("/v1/interchanges");
    assert_eq!((&listed[0]["verdict"], &listed[0]["manifests"]), (&"accepted".into(), &1.into()));

    // The same message again, also after the gateway was killed: the first receipt, octet for octet, and nothing else.
    let again = post(&server, &message);
    assert_eq!((again.body.clone(), again.header("message-id")), (first.body.clone(), first.header("message-id")));
    let mut server = server;
    server.restart("gateway");
    assert_eq!(post(&server, &message).body, first.body);
    let repeated: Vec<_> = intakes(&server).iter().map(|record| record["verdict"].clone()).collect();
    assert_eq!(repeated, ["accepted", "duplicate", "duplicate"], "what passed through again counts again");
    // Nobody else gets it by its Message-ID alone.
    let forged = partner.message(b"anything", &id, How { signed: false, ..USUAL });
    assert_eq!(refused(&server, &partner, &forged, &id), Disposition::InsufficientMessageSecurity);

    // The same document in another message is a duplicate, and its interchange says so.
    let other = partner::id();
    let message = partner.message(&document, &other, How { cipher: Cipher::Aes128Gcm, ..USUAL });
    assert_eq!(partner.judged(&other, &message, &post(&server, &message)), Ok(Disposition::DuplicateDocument));
    assert_eq!(intakes(&server).last().unwrap()["verdict"], "duplicate");
    assert_eq!(server.wait_until_delivered().len(), 1);

    // What is wrong in the document is in its 997; the message was processed.
    let wrong = partner::id();
    let text = String::from_utf8(notice(2, "WRONG-1", 1).bytes()).unwrap().replace("BSN*00", "BSN*QQ");
    let message = partner.message(text.as_bytes(), &wrong, USUAL);
    assert_eq!(partner.judged(&wrong, &message, &post(&server, &message)), Ok(Disposition::Processed));
    let refused = &server.get("/v1/interchanges")[0];
    assert_ne!(refused["verdict"], "accepted");
    let path = format!("/v1/interchanges/{}/acknowledgement", refused["id"].as_str().unwrap());
    assert!(http::get(&server.address(), &path, &server.token("northshop")).unwrap().text().contains("AK5*"));
}

#[test]
fn what_is_not_as_agreed_is_refused_by_name_and_its_retry_is_not() {
    let server = Server::start();
    let (partner, document) = (Partner::of(&server), notice(1, "RETRY-1", 2).bytes());
    let same = id();
    for (how, disposition) in [
        (How { signed: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
        (How { encrypted: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
        (How { signed: false, encrypted: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
    ] {
        assert_eq!(refused(&server, &partner, &partner.message(&document, &same, how), &same), disposition);
    }
    // Tampered with, encrypted to somebody else, signed by somebody else.
    let mut tampered = partner.message(&document, &same, How { cipher: Cipher::Aes256Gcm, ..USUAL });
    let middle = tampered.body.len() / 2;
    tampered.body[middle] ^= 1;
    assert_eq!(refused(&server, &partner, &tampered, &same), Disposition::DecryptionFailed);
    let read = |kind: &str| fs::read_to_string(server.dir("demo").join(format!("lakeshop.as2.{kind}.pem"))).unwrap();
    let lakes = as2::Certificate::from_pem(&read("crt")).unwrap();
    let elsewhere = Partner { gateway: vec![lakes], ..Partner::of(&server) };
    assert_eq!(
        refused(&server, &partner, &elsewhere.message(&document, &same, USUAL), &same),
        Disposition::DecryptionFailed
    );
    let thief = Partner { signer: as2::Signer::from_pem(&read("key"), &read("crt")).unwrap(), ..Partner::of(&server) };
    assert_eq!(
        refused(&server, &partner, &thief.message(&document, &same, USUAL), &same),
        Disposition::AuthenticationFailed
    );
    // Nobody's name, on either side; case counts.
    let stranger = Partner { name: "northshop".into(), ..Partner::of(&server) };
    let unknown = Disposition::UnknownTradingRelationship;
    assert_eq!(refused(&server, &partner, &stranger.message(&document, &same, USUAL), &same), unknown);
    // Without a receipt the HTTP status tells.
    let silent = partner.message(&document, &same, How { signed: false, receipt: false, ..USUAL });
    let answer = post(&server, &silent);
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("insufficient-message-security"), "{}", answer.text());
    // No EDI.
    let none = partner.message(b"no EDI", &same, USUAL);
    assert_eq!(refused(&server, &partner, &none, &same), Disposition::UnexpectedProcessingError);
    // Each that was opened or tried has left an entry; strangers none. Nothing was taken, and nothing is in the way.
    let kept = intakes(&server);
    assert!(kept.len() == 8 && kept.iter().all(|record| record["verdict"] == "not-edi"), "{kept:?}");
    assert_eq!(server.get("/v1/deliveries"), Value::Array(vec![]));
    let message = partner.message(&document, &same, USUAL);
    assert_eq!(partner.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    assert_eq!(server.wait_until_delivered().len(), 1);
}

#[test]
fn nothing_is_confirmed_that_was_not_taken() {
    let mut server = Server::start();
    let (partner, same) = (Partner::of(&server), id());
    let message = partner.message(&notice(1, "LATER-1", 2).bytes(), &same, USUAL);
    server.kill("warden", Signal::KILL);
    server.kill("gateway", Signal::KILL);
    server.start_role("gateway");
    let answer = post(&server, &message);
    assert_eq!((answer.status, answer.header("content-type")), (503, Some("application/problem+json")));
    assert!(answer.header("retry-after").is_some(), "it may be sent again");
    server.start_role("warden");
    server.wait_until_ready();
    assert_eq!(partner.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    // A header that is none, and a gateway without a name.
    let headless = http::post_with(&server.address(), "/as2", &[("AS2-From", "NORTHSHOP")], b"x").unwrap();
    assert_eq!(headless.status, 400);
}

/// Takes receipts, and hands them on as they came.
fn receiver(server: &Server, answers: &'static [u16]) -> (String, std::sync::mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    apply(server, |file| {
        let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
        as2.insert("receipts".into(), toml::Value::Array(vec![origin.clone().into()]));
    });
    let (sender, receipts) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for status in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut octets = Vec::new();
            let mut part = [0; 65536];
            let whole = |octets: &[u8]| {
                let head = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
                let text = String::from_utf8_lossy(&octets[..head]).to_ascii_lowercase();
                let length =
                    text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
                (octets.len() >= head + 4 + length).then_some(())
            };
            while whole(&octets).is_none() {
                let read = stream.read(&mut part).unwrap();
                octets.extend_from_slice(&part[..read]);
            }
            write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            sender.send(octets).unwrap();
        }
    });
    (format!("{origin}/receipts"), receipts)
}

#[test]
fn a_receipt_goes_by_itself_to_where_it_was_agreed_and_nowhere_else() {
    let server = Server::start();
    let partner = Partner::of(&server);
    let (url, receipts) = receiver(&server, &[503, 200, 200, 200]);
    let same = id();
    let document = notice(1, "ASYNC-1", 2).bytes();
    let message = partner.message(&document, &same, How { deliver_to: Some(&url), ..USUAL });
    let answer = post(&server, &message);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let next = || receipts.recv_timeout(Duration::from_secs(30)).unwrap();
    let (first, second) = (next(), next());
    let body = |octets: &[u8]| octets[octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap()..].to_vec();
    assert_eq!(body(&first), body(&second), "the same octets until they are taken");
    let text = String::from_utf8_lossy(&second).into_owned();
    assert!(text.contains("Disposition: automatic-action/MDN-sent-automatically; processed\r\n"), "{text}");
    assert!(text.contains(&format!("Original-Message-ID: {same}\r\n")));
    // It comes again: so does the receipt, and nothing else.
    assert_eq!(post(&server, &message).status, 200);
    assert_eq!(body(&next()), body(&first));
    // A refusal goes there as well.
    let bad = partner.message(&document, &id(), How { signed: false, deliver_to: Some(&url), ..USUAL });
    assert_eq!(post(&server, &bad).body.len(), 0);
    assert!(String::from_utf8_lossy(&next()).contains("insufficient-message-security"));
    let own = url.trim_end_matches("/receipts");
    for elsewhere in
        ["http://127.0.0.1:1/".to_owned(), format!("{own}.evil.example/"), format!("{own}1/x"), format!("{own}@else/")]
    {
        let message = partner.message(&document, &id(), How { deliver_to: Some(&elsewhere), ..USUAL });
        assert_eq!(post(&server, &message).status, 403, "{elsewhere}");
    }
    assert_eq!(intakes(&server).len(), 3);
}

#[test]
fn several_interchanges_in_one_message_each_get_their_verdict() {
    let server = Server::start();
    let (partner, same) = (Partner::of(&server), id());
    let nowhere = support::document::Notice { receiver: "NOBODY".into(), ..notice(2, "MANY-2", 2) };
    let body = [notice(1, "MANY-1", 2).bytes(), nowhere.bytes(), notice(3, "MANY-3", 1).bytes()].concat();
    let message = partner.message(&body, &same, USUAL);
    let answer = post(&server, &message);
    assert_eq!(partner.judged(&same, &message, &answer), Ok(Disposition::Processed));
    assert!(answer.text().contains("Interchanges: 2 accepted, 1 refused."), "{}", answer.text());
    assert_eq!(server.wait_until_delivered().len(), 2);
}

#[test]
fn keys_are_renewed_while_partners_still_have_the_old_ones() {
    let server = Server::start();
    let partner = Partner::of(&server);
    let old = partner.gateway[0].fingerprint();
    let ran = server.run(&["as2", "renew", "--from", "2099-01-01"]).expect(0);
    assert!(ran.text().contains("2099-01-01"), "{}", ran.text());
    let both = partner::certificates(&server);
    assert_eq!((both.len(), both[1].fingerprint()), (2, old), "the newest first");
    // Whoever has the next one already encrypts to it; the old one signs until then.
    for (at, gateway) in both.iter().enumerate() {
        let sender = Partner { gateway: vec![gateway.clone(), both[1].clone()], ..Partner::of(&server) };
        let same = id();
        let message = sender.message(&notice(at as u32 + 1, &format!("KEYS-{at}"), 1).bytes(), &same, USUAL);
        let only_old = Partner::of(&server);
        let judge = Partner { gateway: vec![both[1].clone()], ..only_old };
        assert_eq!(judge.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    }
    // One that begins today signs at once.
    server.run(&["as2", "renew"]).expect(0);
    let shown = server.run(&["as2", "show"]).expect(0).text();
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 3, "{shown}");
}

#[test]
fn a_partner_is_connected_with_what_it_sent_back() {
    let server = Server::start();
    let ran = server.run(&["partner", "onboard", "lakeshop"]).expect(0);
    let text = ran.text();
    assert!(text.contains("AS2 name   BULLA") && text.contains("/as2") && text.contains("BEGIN CERTIFICATE"), "{text}");
    // Its software has another name and another certificate by now: the old one stays good for what is under way.
    let keys = support::Folder::new();
    let pair = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
    let file = keys.path().join("lake.pem");
    fs::write(&file, pair.cert.pem()).unwrap();
    let onboard = |name| {
        let file = file.to_str().unwrap();
        server.run(&[
            "partner",
            "onboard",
            "lakeshop",
            "--name",
            name,
            "--certificate",
            file,
            "--url",
            "http://127.0.0.1:1/as2",
        ])
    };
    onboard("LAKE SHOP 2").expect(0);
    onboard("LAKE SHOP 2").expect(0);
    let shown = server.run(&["partner", "show", "lakeshop"]).expect(0).json();
    let signing = shown["as2"]["signing"].as_array().unwrap();
    assert_eq!((&shown["as2"]["name"], signing.len()), (&"LAKE SHOP 2".into(), 2));
    // Its next certificate, without a name, and another one for what it is sent.
    let next = |option: &str| {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let file = keys.path().join("next.pem");
        let pem = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap().pem();
        fs::write(&file, &pem).unwrap();
        server.run(&["partner", "onboard", "lakeshop", option, file.to_str().unwrap()]).expect(0);
        pem
    };
    let (signing, encryption) = (next("--certificate"), next("--encryption"));
    let shown = server.run(&["partner", "show", "lakeshop"]).expect(0).json();
    assert_eq!((&shown["as2"]["name"], &shown["as2"]["signing"][2]), (&"LAKE SHOP 2".into(), &signing.into()));
    assert_eq!(shown["as2"]["encryption"], Value::Array(vec![encryption.into()]));
    let unknown = server.run(&["partner", "onboard", "democarrier", "--url", "http://127.0.0.1:1/as2"]).expect(2);
    assert!(unknown.stderr.contains("give its --name"), "{}", unknown.stderr);
    // A name that somebody has is nobody else's.
    let taken = onboard("NORTHSHOP").expect(2);
    assert!(taken.stderr.contains("AS2 name \"NORTHSHOP\" occurs twice"), "{}", taken.stderr);
    let metrics = http::get(&server.address(), "/metrics", "").unwrap().text();
    assert!(metrics.contains("use=\"signing\"} ") && metrics.contains("{partner=\"\",use=\"own\"} "), "{metrics}");
}

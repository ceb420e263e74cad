//! Sending by AS2: deliveries and acknowledgements, and what partners' receipts make of them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::{
    Certificate, Disposition, Recipient, Signer,
    mdn::{self, Statement},
    message::{Policy, Relation, Request},
    mime::Headers,
};
use durable::random::OsRandom;
use rustix::process::Signal;
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        LazyLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};
use support::{
    Server,
    document::notice,
    http,
    partner::{self, Partner, USUAL, apply, id, partner_of, post},
    wait_for,
};

/// What a partner's software got, and what it says of it.
struct Got {
    message_id: String,
    body: Vec<u8>,
    document: Vec<u8>,
    receipt: as2::Outgoing,
    /// A receipt that says the contrary.
    refusal: as2::Outgoing,
}

/// How a partner answers a message.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Processed,
    Refused,
    /// Of other octets than came.
    OtherOctets,
    /// Signed by somebody else.
    Stranger,
    /// Signed with the carrier's certificate of years ago.
    Ended,
    /// HTTP 200 and nothing.
    Nothing,
    Status(u16),
    /// The receipt in chunks, the first of an octet, after a `100 Continue` that nobody asked for.
    Chunked,
    /// Nothing in the answer: the receipt is the test's to send.
    Later,
}

/// A key and its certificate, which the demo's carrier had until 2021.
static ENDED: LazyLock<(String, String)> = LazyLock::new(|| {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    (key.serialize_pem(), parameters.self_signed(&key).unwrap().pem())
});

/// A partner of the demo that receives: its keys are `demo/NAME.as2.*`, the gateway's signature is checked.
struct Receiving {
    signer: Signer,
    key: Recipient,
    stranger: Signer,
    ended: Signer,
    gateway: Vec<Certificate>,
}

impl Receiving {
    fn of(server: &Server, name: &str) -> Self {
        let read = |who: &str, kind: &str| {
            fs::read_to_string(server.dir("demo").join(format!("{who}.as2.{kind}.pem"))).unwrap()
        };
        let (key, certificate) = (read(name, "key"), read(name, "crt"));
        Self {
            signer: Signer::from_pem(&key, &certificate).unwrap(),
            key: Recipient::from_pem(&key, &certificate).unwrap(),
            stranger: Signer::from_pem(&read("lakeshop", "key"), &read("lakeshop", "crt")).unwrap(),
            ended: Signer::of_messages_from_pem(&ENDED.0, &ENDED.1).unwrap(),
            gateway: partner::certificates(server),
        }
    }

    fn open(&self, request: &Request, body: Vec<u8>, says: Says) -> Got {
        let relation =
            Relation { keys: &[&self.key], certificates: &self.gateway, not_valid: &[], policy: Policy::default() };
        let received = request.open(&body, &relation, &mut OsRandom).unwrap();
        let disposition = if says == Says::Refused { Disposition::DecryptionFailed } else { Disposition::Processed };
        let zeros = as2::Mic::read(&format!("{}=, sha-256", "A".repeat(43))).unwrap();
        let mic = if says == Says::OtherOctets { zeros } else { received.mic.clone() };
        let statement = Statement {
            disposition,
            mic: Some(&mic),
            text: "made up",
            message_id: "<receipt@carrier.example>",
            date: "Thu, 26 Nov 2026 09:00:00 GMT",
            product: "a test",
            features: as2::Features::default(),
        };
        let signer = match says {
            Says::Stranger => &self.stranger,
            Says::Ended => &self.ended,
            _ => &self.signer,
        };
        let receipt = mdn::make(request, &statement, Some(signer), &mut OsRandom).unwrap();
        let refused = Statement { disposition: Disposition::DecryptionFailed, ..statement };
        let refusal = mdn::make(request, &refused, Some(signer), &mut OsRandom).unwrap();
        Got { refusal, message_id: request.message_id.clone(), body, document: received.payload.to_vec(), receipt }
    }
}

fn whole(stream: &mut TcpStream) -> (Vec<(String, String)>, Vec<u8>) {
    let (mut octets, mut part) = (Vec::new(), [0; 65536]);
    loop {
        if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(octets[..end].to_vec()).unwrap();
            let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let length = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).unwrap();
            if octets.len() >= end + 4 + length.1.parse::<usize>().unwrap() {
                return (fields, octets[end + 4..].to_vec());
            }
        }
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "a whole request");
        octets.extend_from_slice(&part[..read]);
    }
}

/// RFC 9112, 7.1.
fn chunked(body: &[u8]) -> Vec<u8> {
    let (first, rest) = body.split_at(1);
    let chunk = |octets: &[u8]| [format!("{:x}\r\n", octets.len()).as_bytes(), octets, b"\r\n"].concat();
    [first].into_iter().chain(rest.chunks(1000)).chain([&[][..]]).flat_map(chunk).collect()
}

/// Listens for a partner; each message is answered with the next of these, the last one again and again.
fn listen(partner: Receiving, says: &'static [Says]) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/as2", listener.local_addr().unwrap());
    let (sender, got) = channel();
    thread::spawn(move || {
        for number in 0.. {
            let (mut stream, _) = listener.accept().unwrap();
            let says = says[number.min(says.len() - 1)];
            let (fields, body) = whole(&mut stream);
            let headers = Headers::new(fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))).unwrap();
            let one = partner.open(&Request::read(headers).unwrap(), body, says);
            let (status, body) = match says {
                Says::Status(status) => (status, Vec::new()),
                Says::Nothing | Says::Later => (200, Vec::new()),
                _ => (200, one.receipt.body.to_vec()),
            };
            let fields: String =
                one.receipt.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let fields = if body.is_empty() { String::new() } else { fields };
            let (before, length, body) = match says {
                Says::Chunked => {
                    ("HTTP/1.1 100 Continue\r\n\r\n", "transfer-encoding: chunked".to_owned(), chunked(&body))
                }
                _ => ("", format!("content-length: {}", body.len()), body),
            };
            let head = format!("{before}HTTP/1.1 {status} X\r\n{fields}{length}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            if sender.send(one).is_err() {
                return;
            }
        }
    });
    (url, got)
}

/// The demo's carrier takes AS2 at this URL, with northshop's keys for its own.
fn carrier_takes_as2(server: &Server, url: &str, asynchronous: bool) {
    let read = |kind: &str| fs::read_to_string(server.dir("demo").join(format!("northshop.as2.{kind}.pem"))).unwrap();
    apply(server, |file| {
        let carrier = partner_of(file, "democarrier");
        let mut as2 = toml::Table::new();
        as2.insert("name".into(), "DEMOCARRIER".into());
        as2.insert("signing".into(), toml::Value::Array(vec![ENDED.1.clone().into(), read("crt").into()]));
        as2.insert("asynchronous".into(), asynchronous.into());
        carrier.insert("as2".into(), as2.into());
        let point = carrier["delivery"].as_table_mut().unwrap();
        point.insert("url".into(), url.into());
        point.insert("as2".into(), true.into());
        point.insert("certificates".into(), toml::Value::Array(vec![read("crt").into()]));
        point.remove("key");
    });
}

fn only_delivery(server: &Server) -> Value {
    let list = server.get("/v1/deliveries");
    let [one] = &list.as_array().unwrap()[..] else { panic!("one delivery: {list}") };
    one.clone()
}

fn until(server: &Server, state: &str) -> Value {
    wait_for(&format!("a delivery that is {state}"), || Some(only_delivery(server)).filter(|one| one["state"] == state))
}

/// One document to a carrier that says this, one after the other: what each attempt brought.
fn answers_of(says: &'static [Says]) -> Vec<String> {
    let server = Server::start();
    let (url, got) = listen(Receiving::of(&server, "northshop"), says);
    carrier_takes_as2(&server, &url, false);
    assert_eq!(server.post(&notice(1, "SENT-1", 2).bytes()).status, 200);
    let all: Vec<Got> = says.iter().map(|_| got.recv_timeout(Duration::from_secs(60)).unwrap()).collect();
    assert!(
        all.iter().all(|one| (&one.message_id, &one.body) == (&all[0].message_id, &all[0].body)),
        "the same octets"
    );
    let document = String::from_utf8(all[0].document.clone()).unwrap();
    assert!(document.starts_with("ISA*") && document.contains("*DEMOCARRIER"), "an 856 for the carrier");
    let one = until(&server, "acknowledged");
    let history = server.get(&format!("/v1/deliveries/{}", one["id"].as_str().unwrap()))["history"].clone();
    history.as_array().unwrap().iter().map(|one| one["answer"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_carrier_gets_the_same_message_until_its_receipt_is_there() {
    let answers = answers_of(&[Says::Status(503), Says::Nothing, Says::Stranger, Says::Processed]);
    assert_eq!(answers, ["HTTP_503", "NO_RECEIPT", "RECEIPT_NOT_SIGNED_BY_PARTNER", "HTTP_200"]);
}

#[test]
fn a_carrier_gets_the_same_message_until_its_receipt_is_right() {
    let answers = answers_of(&[Says::OtherOctets, Says::Ended, Says::Refused, Says::Chunked]);
    assert_eq!(answers, ["RECEIPT_OF_OTHER_OCTETS", "RECEIPT_SIGNER_NOT_VALID", "RECEIPT_REFUSED", "HTTP_200"]);
}

#[test]
fn a_receipt_that_comes_by_itself_ends_a_delivery_and_no_other_does() {
    let mut server = Server::start();
    // Where receipts come is told in the gateway's configuration.
    server.kill("gateway", Signal::KILL);
    let path = server.dir("gateway").join("gateway.toml");
    let mut config: toml::Table = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    config.insert("as2_url".into(), format!("http://{}/as2", config["listen"].as_str().unwrap()).into());
    fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    let (url, got) = listen(Receiving::of(&server, "northshop"), &[Says::Later]);
    carrier_takes_as2(&server, &url, true);
    assert_eq!(server.post(&notice(1, "SENT-2", 1).bytes()).status, 200);
    let one = got.recv_timeout(Duration::from_secs(30)).unwrap();
    until(&server, "sent");
    // Of a stranger, and changed on its way: the delivery stays as it is.
    let wrong = as2::Outgoing { headers: one.receipt.headers.clone(), body: one.receipt.body.clone(), mic: None };
    let text = String::from_utf8_lossy(&wrong.body).replace("processed", "processee");
    let wrong = as2::Outgoing { body: text.into_bytes().into(), ..wrong };
    assert_eq!(post(&server, &wrong).status, 400);
    assert_eq!(only_delivery(&server)["state"], "sent");
    // One that refuses it counts once, however often it is sent: the next attempt comes when it was to come.
    let tried: Vec<Value> = (0..3)
        .map(|_| {
            assert_eq!(post(&server, &one.refusal).status, 200);
            let one = only_delivery(&server);
            Value::Array(vec![one["attempts"].clone(), one["next_attempt"].clone()])
        })
        .collect();
    assert!(tried.windows(2).all(|two| two[0] == two[1]), "{tried:?}");
    let answer = post(&server, &one.receipt);
    assert_eq!((answer.status, answer.body.len()), (200, 0), "{}", answer.text());
    until(&server, "acknowledged");
    assert_eq!(post(&server, &one.receipt).status, 200, "once more changes nothing");
}

#[test]
fn an_acknowledgement_goes_back_the_way_that_its_document_came() {
    let server = Server::start();
    let (url, got) = listen(Receiving::of(&server, "northshop"), &[Says::Processed]);
    apply(&server, |file| {
        let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
        as2.insert("url".into(), url.into());
    });
    let (partner, same) = (Partner::of(&server), id());
    let message = partner.message(&notice(1, "ACK-1", 2).bytes(), &same, USUAL);
    assert_eq!(partner.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    let one = got.recv_timeout(Duration::from_secs(30)).unwrap();
    let kept = server.get("/v1/interchanges");
    let path = format!("/v1/interchanges/{}/acknowledgement", kept[0]["id"].as_str().unwrap());
    let answer = http::get(&server.address(), &path, &server.token("northshop")).unwrap();
    assert_eq!(one.document, answer.body, "the acknowledgement, octet for octet");
    server.wait_until_delivered();
    assert_eq!(server.get("/v1/deliveries").as_array().unwrap().len(), 2);
    // What came by HTTPS was answered there.
    assert_eq!(server.post(&notice(2, "ACK-2", 1).bytes()).status, 200);
    server.wait_until_delivered();
    assert_eq!(server.get("/v1/deliveries").as_array().unwrap().len(), 3);
}

/// A 997 of the demo's carrier for a group of ours, as it would write it.
fn acknowledged(control: u32, code: &str, number: u32) -> Vec<u8> {
    let set = format!("ST*997*0001~AK1*SH*{control}~AK9*{code}*1*1*{}~SE*4*0001~", u8::from(code != "R"));
    format!(
        "ISA*00*          *00*          *ZZ*DEMOCARRIER    *ZZ*BULLA          *261126*0900*U*00401*{number:09}*0*P*>~\
         GS*FA*DEMOCARRIER*BULLA*20261126*0900*{number}*X*004010~{set}GE*1*{number}~IEA*1*{number:09}~"
    )
    .into_bytes()
}

fn control_of(document: &[u8]) -> u32 {
    let text = String::from_utf8(document.to_vec()).unwrap();
    let group = text.split('~').map(str::trim_start).find(|segment| segment.starts_with("GS*")).unwrap();
    group.split('*').nth(6).unwrap().parse().unwrap()
}

/// The carrier's own word on what it got: by AS2, or by HTTPS with a token.
#[test]
fn what_a_carrier_says_of_a_document_stands_with_its_delivery() {
    let server = Server::start();
    let (url, got) = listen(Receiving::of(&server, "northshop"), &[Says::Processed]);
    carrier_takes_as2(&server, &url, false);
    let taken: Vec<u32> = (1..=3)
        .map(|number| {
            assert_eq!(server.post(&notice(number, &format!("JUDGED-{number}"), 1).bytes()).status, 200);
            control_of(&got.recv_timeout(Duration::from_secs(30)).unwrap().document)
        })
        .collect();
    server.wait_until_delivered();
    let carrier = Partner { name: "DEMOCARRIER".to_owned(), ..Partner::of(&server) };
    let says = |control, code, number| {
        let same = id();
        let message = carrier.message(&acknowledged(control, code, number), &same, USUAL);
        carrier.judged(&same, &message, &post(&server, &message))
    };
    assert_eq!(says(taken[0], "A", 1), Ok(Disposition::Processed));
    assert_eq!(says(taken[1], "R", 2), Ok(Disposition::Processed));
    let list = server.get("/v1/deliveries");
    let mut answers: Vec<String> = list.as_array().unwrap().iter().map(|one| one["answer"].to_string()).collect();
    answers.sort();
    assert_eq!(answers, ["\"accepted\"", "\"refused\"", "null"]);
    // It may think again; what it never got says nothing, and nobody is answered with a 997 for a 997.
    assert_eq!(says(taken[1], "E", 3), Ok(Disposition::Processed));
    assert!(matches!(says(999_999, "A", 4), Err(mdn::Unconfirmed::Refused(Disposition::UnexpectedProcessingError))));
    let again = server.get("/v1/deliveries");
    assert!(again.to_string().contains("accepted-with-errors") && !again.to_string().contains("refused"), "{again}");
    assert_eq!(again.as_array().unwrap().len(), 3);
    // Neither does a test, nor what is of a group that carriers do not get.
    for (from, to) in [("*0*P*>", "*0*T*>"), ("AK1*SH*", "AK1*FA*")] {
        let own = String::from_utf8(acknowledged(taken[2], "R", 6)).unwrap().replace(from, to);
        assert_eq!(post(&server, &carrier.message(own.as_bytes(), &id(), USUAL)).status, 200);
        assert!(!server.get("/v1/deliveries").to_string().contains("refused"), "{to}");
    }
    // Others say nothing of this carrier's deliveries.
    let forged =
        String::from_utf8(acknowledged(taken[2], "R", 5)).unwrap().replace("DEMOCARRIER    ", "NORTHSHOP      ");
    assert_eq!(server.post(forged.as_bytes()).status, 422);
    assert!(!server.get("/v1/deliveries").to_string().contains("refused"));
    // What is not answered in the agreement's time is overdue.
    apply(&server, |file| {
        for agreement in file["agreement"].as_array_mut().unwrap() {
            agreement.as_table_mut().unwrap().insert("answer_hours".into(), 0.into());
        }
    });
    wait_for("an overdue answer", || {
        let metrics = http::get(&server.address(), "/metrics", "").unwrap().text();
        metrics.contains("bulla_deliveries_overdue 1\n").then_some(())
    });
    let shown = server.run(&["delivery", "list"]).expect(0).text();
    assert!(shown.contains("CARRIER SAYS") && shown.contains("overdue"), "{shown}");
}

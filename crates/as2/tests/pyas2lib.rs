//! Both ways with pyas2lib, where BULLA_PYAS2LIB names a python that can import it.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use as2::cms::{Cipher, Limits, Signature};
use as2::mdn::{self, Expected, Statement};
use as2::message::{Policy, Relation, Request};
use as2::mime::{Entity, Headers};
use as2::send::{Ask, Composing, Document, Envelope, Label, Protection, compose};
use as2::{Digest, Disposition, KeyTransport, Name, Outgoing, Padding, Weak};
use tempfile::TempDir;
use zeroize::Zeroizing;

mod party;
use party::{Party, rng};

struct Desk {
    partner: Party,
    gateway: Party,
    directory: TempDir,
    python: PathBuf,
}

impl Desk {
    /// `None` where there is no pyas2lib.
    fn new() -> Option<Self> {
        let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else {
            eprintln!("skipped: BULLA_PYAS2LIB names no python with pyas2lib");
            return None;
        };
        let (partner, gateway) = (Party::new("Partner"), Party::new("Gateway"));
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("partner.key", &partner.key),
            ("partner.pem", &partner.certificate),
            ("gateway.pem", &gateway.certificate),
        ] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Some(Self { partner, gateway, directory, python: python.into() })
    }

    fn drive(&self, what: &str) {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyas2lib/driver.py");
        let output = Command::new(&self.python).arg(driver).arg(what).arg(self.directory.path()).output().unwrap();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let all = std::fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
        found.sort();
        found
    }
}

fn octets(outgoing: &Outgoing) -> Vec<u8> {
    let head: String = outgoing.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    [head.as_bytes(), b"\r\n", &outgoing.body].concat()
}

fn split(whole: &[u8]) -> (Headers, Vec<u8>) {
    let entity = Entity::read(whole).unwrap();
    (entity.headers.clone(), entity.body.to_vec())
}

#[test]
fn its_messages_are_read_and_it_reads_their_receipts() {
    let Some(desk) = Desk::new() else { return };
    desk.drive("build");
    let (keys, certificates) = ([desk.gateway.recipient()], [desk.partner.certificate()]);
    let weak = Weak { sha1: true, triple_des: true };
    let policy = Policy { signed: false, encrypted: false, weak, limits: Limits::default() };
    let relation = Relation { keys: &keys.each_ref(), certificates: &certificates, not_valid: &[], policy };
    let messages = desk.files("in");
    assert_eq!(messages.len(), 144);
    for path in &messages {
        let (headers, body) = split(&std::fs::read(path).unwrap());
        let request = Request::read(headers).unwrap();
        let received =
            request.open(&body, &relation, &mut rng()).map_err(|r| panic!("{}: {}", path.display(), r.why)).unwrap();
        assert!(received.payload.starts_with(b"ISA*00*made up*0~\r\n"));
        assert_eq!(received.file_name.as_deref(), Some("215.edi"));
        let mic = std::fs::read_to_string(path.with_extension("mic")).unwrap();
        assert!(mic.is_empty() || received.mic.to_base64() == mic, "{}", path.display());
        let statement = Statement {
            disposition: Disposition::Processed,
            mic: Some(&received.mic),
            text: "Taken.",
            message_id: "<2@gateway.example>",
            date: "Thu, 26 Nov 2020 04:00:01 GMT",
            product: "Test",
            features: as2::Features::default(),
        };
        let answer = mdn::make(&request, &statement, Some(&desk.gateway.signer()), &mut rng()).unwrap();
        std::fs::write(path.with_extension("mdn"), octets(&answer)).unwrap();
    }
    desk.drive("judge");
}

#[test]
fn our_messages_are_read_and_its_receipts_too() {
    let Some(desk) = Desk::new() else { return };
    let (signer, to) = (desk.gateway.signer(), [desk.partner.certificate()]);
    let (from, name) = (Name::new("GATEWAY").unwrap(), Name::new("Partner A").unwrap());
    let document: Vec<u8> = b"ISA*00*made up~\r\n".repeat(10_000);
    let mut sent = Vec::new();
    let (pkcs1, pss) = (Padding::Pkcs1, Padding::Pss);
    let digests = [Digest::Sha256, Digest::Sha384, Digest::Sha512];
    let signatures = [None, Some(pkcs1), Some(pss)];
    let signatures: Vec<_> = signatures.iter().flat_map(|p| digests.map(|digest| p.map(|p| (digest, p)))).collect();
    let oaep = KeyTransport::Oaep(Digest::Sha1);
    let encryptions = [
        None,
        Some((Cipher::Aes128Cbc, KeyTransport::Pkcs1)),
        Some((Cipher::Aes192Cbc, KeyTransport::Pkcs1)),
        Some((Cipher::Aes256Cbc, oaep)),
    ];
    let combinations =
        signatures.iter().flat_map(|d| encryptions.iter().flat_map(move |e| [false, true].map(|c| (*d, *e, c))));
    for (whole, (sign, encrypt, compress)) in combinations.flat_map(|chosen| [(true, chosen), (false, chosen)]) {
        let protection = Protection {
            compress,
            sign: sign.map(|(digest, padding)| (&signer, Signature { digest, padding })),
            encrypt: encrypt.map(|(cipher, transport)| (&to[..], cipher, transport)),
        };
        let message_id = format!("<{}@gateway.example>", sent.len());
        let envelope = Envelope {
            from: &from,
            to: &name,
            message_id: &message_id,
            date: "Thu, 26 Nov 2020 04:00:00 GMT",
            subject: "made up",
            product: "Test",
            features: as2::Features::default(),
        };
        let ask = Ask { to: "edi@gateway.example", signed: &[Digest::Sha256], deliver_to: None };
        let label = Label { content_type: "application/edi-x12", file_name: Some("a.edi") };
        let outgoing = if whole {
            let Label { content_type, file_name } = label;
            let document = Document { octets: &document, content_type, file_name };
            compose(&document, &envelope, &protection, Some(&ask), &mut rng()).unwrap()
        } else {
            let composing = Composing::begin(label, &envelope, &protection, Some(&ask), &mut rng()).unwrap();
            let (headers, mut body) = (composing.headers().to_vec(), Zeroizing::default());
            let mic = composing.write_into(&mut &document[..], &mut *body).unwrap();
            Outgoing { headers, body, mic: Some(mic) }
        };
        let path = desk.directory.path().join(format!("{:03}.out", sent.len()));
        std::fs::write(&path, octets(&outgoing)).unwrap();
        sent.push((path, message_id.clone(), outgoing.mic.unwrap(), sign.is_some()));
    }
    desk.drive("receive");
    for (path, message_id, mic, signed) in sent {
        assert!(std::fs::read(path.with_extension("payload")).unwrap() == document, "{}", path.display());
        let (headers, body) = split(&std::fs::read(path.with_extension("answer")).unwrap());
        let expected = Expected {
            message_id: &message_id,
            mic: &mic,
            certificates: &to,
            not_valid: &[],
            signed: true,
            weak: Weak::default(),
        };
        let judged = mdn::judge(&headers, &body, &expected);
        // It states a MIC of what was signed only.
        let expected = if signed { Ok(Disposition::Processed) } else { Err(mdn::Unconfirmed::WrongMic) };
        assert_eq!(judged, expected, "{}", path.display());
    }
}

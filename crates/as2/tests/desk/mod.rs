//! A gateway's desk with one partner, and what must hold there whatever comes in.
#![allow(dead_code, reason = "tests and fuzz/ use their part of it")]
#![allow(clippy::unwrap_used, reason = "a test without its files has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use as2::cms::{self, Limits};
use as2::mdn::{self, Expected};
use as2::message::{Policy, Received, Relation, Request};
use as2::mime::{self, Entity, HEADERS_MAX, PARTS_MAX, Parts};
use as2::{Certificate, Digest, Disposition, Mic, Recipient, Weak};

pub const ANYTHING: Weak = Weak { sha1: true, triple_des: true };
const LIMITS: Limits = Limits { octets: 1 << 20, ratio: 100 };

pub struct Desk {
    key: Recipient,
    pub partner: [Certificate; 1],
    pub messages: Vec<Vec<u8>>,
    /// CMS without MIME.
    pub bare: Vec<Vec<u8>>,
    pub receipts: Vec<Vec<u8>>,
    /// What was ever in one of the messages.
    pub payloads: BTreeSet<Vec<u8>>,
}

fn payload(received: Received) -> Vec<u8> {
    received.payload.to_vec()
}

fn files(folder: &Path, extension: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|own| own == extension));
    found.sort();
    found.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A message's CMS: the body, or the signature beside a content.
pub fn bare(message: &[u8]) -> Option<Vec<u8>> {
    let entity = Entity::read(message).ok()?;
    let kind = entity.headers.content_type().ok()?;
    let signature = match kind.essence.as_str() {
        "multipart/signed" => *Parts::read(entity.body, kind.parameter("boundary")).ok()?.parts.get(1)?,
        "application/pkcs7-mime" => message,
        _ => return None,
    };
    Some(Entity::read(signature).ok()?.decoded().ok()?.to_vec())
}

impl Desk {
    /// With the files of `crates/as2/tests/vectors`.
    pub fn of(folder: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let key = Recipient::from_pem(&text("test-gateway.key.pem"), &text("test-gateway.crt.pem")).unwrap();
        let partner = [Certificate::from_pem(&text("test-partner.crt.pem")).unwrap()];
        let messages = files(folder, "as2");
        let bare = messages.iter().flat_map(|message| bare(message)).collect();
        let receipts = files(&folder.join("receipts"), "mdn");
        let mut desk = Self { key, partner, messages, bare, receipts, payloads: BTreeSet::new() };
        let all = Policy { signed: false, encrypted: false, weak: ANYTHING, limits: LIMITS };
        desk.payloads = desk.messages.iter().filter_map(|message| desk.open(message, all)).map(payload).collect();
        desk
    }

    pub fn open(&self, message: &[u8], policy: Policy) -> Option<Received> {
        let entity = Entity::read(message).ok()?;
        let request = Request::read(entity.headers.clone()).ok()?;
        let relation = Relation { keys: &[&self.key], certificates: &self.partner, not_valid: &[], policy };
        request.open(entity.body, &relation, &mut rng()).ok()
    }

    /// As a gateway takes a message: what it takes as signed and encrypted is what the partner signed.
    pub fn message(&self, octets: &[u8]) {
        let taken = self.open(octets, Policy { weak: ANYTHING, limits: LIMITS, ..Policy::default() });
        if let Some(taken) = taken {
            let who = (taken.signed_with, taken.decrypted_with);
            assert_eq!(who, (Some(self.partner[0].fingerprint()), Some(self.key.certificate().fingerprint())));
            assert!(self.payloads.contains(&*taken.payload), "nobody signed this: {}", taken.payload.escape_ascii());
        }
        let open = Policy { signed: false, encrypted: false, weak: ANYTHING, limits: LIMITS };
        let Some(taken) = self.open(octets, open) else { return };
        assert!(taken.payload.len() <= LIMITS.octets.max(octets.len()));
        let names = taken.attachments.iter().map(|part| &part.file_name).chain([&taken.file_name]);
        assert!(names.flatten().all(|name| !name.contains(['/', '\\', ':', '\r', '\n', '\0'])));
    }

    /// CMS by itself; what is signed around a content is that content.
    pub fn syntax(&self, octets: &[u8]) {
        let _ = cms::kind(octets);
        let _ = cms::open(octets, &[&self.key], ANYTHING, &mut rng());
        let _ = cms::decrypt(octets, &self.key);
        if let Ok(content) = cms::decompress(octets, LIMITS) {
            assert!(content.len() <= LIMITS.octets);
        }
        let _ = cms::authenticate_detached(octets, &[b"nobody signed this"], &self.partner, ANYTHING)
            .map(|_| panic!("a signature over something else holds"));
        if let Ok((content, _)) = cms::authenticate(octets, &self.partner, ANYTHING) {
            assert!(content.windows(17).any(|piece| piece == b"ISA*00*made up~\r\n"), "{}", content.escape_ascii());
        }
    }

    /// A receipt confirms what the partner signed, or nothing.
    pub fn receipt(&self, octets: &[u8]) {
        let Ok(entity) = Entity::read(octets) else { return };
        let mic = Mic::read("LRW1wMBeOUTqm44DJdGb/4naSRC7UODRlBxTgA6ccUQ=, sha256").unwrap();
        let message_id = "<signed@gateway.example>";
        let expected = Expected {
            message_id,
            mic: &mic,
            certificates: &self.partner,
            not_valid: &[],
            signed: true,
            weak: Weak::default(),
        };
        if let Ok(disposition) = mdn::judge(&entity.headers, entity.body, &expected) {
            assert_eq!((disposition, mic.digest()), (Disposition::Processed, Digest::Sha256));
        }
        let _ = mdn::read(&entity.headers, entity.body, &self.partner, &[], ANYTHING);
    }
}

fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// Parts are pieces of the body, and nothing grows.
pub fn splitting(octets: &[u8], depth: usize) {
    let Ok(entity) = Entity::read(octets) else { return };
    let _ = mime::file_name(&entity.headers);
    if let Ok(decoded) = entity.decoded() {
        assert!(decoded.len() <= entity.body.len());
    }
    if let Some(made) = mime::canonical(entity.body) {
        assert!(mime::canonical(&made).is_none() && made.len() <= 2 * entity.body.len());
    }
    let Ok(kind) = entity.headers.content_type() else { return };
    let Ok(split) = Parts::read(entity.body, kind.parameter("boundary")) else { return };
    let inside: usize = split.parts.iter().map(|part| part.len()).sum();
    assert!(split.parts.len() <= PARTS_MAX && inside + split.epilogue.len() <= entity.body.len());
    if depth < HEADERS_MAX {
        split.parts.iter().for_each(|part| splitting(part, depth + 1));
    }
}

//! What somebody would send who means harm, as far as some seconds reach: the vectors, damaged, through all that reads them.
//! More with `PROPTEST_CASES`; `fuzz/` has the same entry points for as long as one likes. Each run is the same.
#![allow(clippy::unwrap_used, reason = "a test without its files has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use as2::cms::{self, Limits};
use as2::mdn::{self, Expected};
use as2::message::{Policy, Received, Relation, Request};
use as2::mime::{self, Entity, HEADERS_MAX, PARTS_MAX, Parts};
use as2::{Certificate, Digest, Disposition, Mic, Recipient, Weak};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

mod party;

const ANYTHING: Weak = Weak { sha1: true, triple_des: true };
const LIMITS: Limits = Limits { octets: 1 << 20, ratio: 100 };

struct Desk {
    key: Recipient,
    partner: [Certificate; 1],
    messages: Vec<Vec<u8>>,
    /// CMS without MIME.
    bare: Vec<Vec<u8>>,
    receipts: Vec<Vec<u8>>,
    /// What was ever in one of the messages.
    payloads: BTreeSet<Vec<u8>>,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let key = Recipient::from_pem(&text("test-gateway.key.pem"), &text("test-gateway.crt.pem")).unwrap();
    let partner = [Certificate::from_pem(&text("test-partner.crt.pem")).unwrap()];
    let messages = files(&folder, "as2");
    let bare = messages.iter().flat_map(|message| bare(message)).collect();
    let receipts = files(&folder.join("receipts"), "mdn");
    let mut desk = Desk { key, partner, messages, bare, receipts, payloads: BTreeSet::new() };
    let all = Policy { signed: false, encrypted: false, weak: ANYTHING, limits: LIMITS };
    desk.payloads = desk.messages.iter().filter_map(|message| desk.open(message, all)).map(payload).collect();
    desk
});

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
fn bare(message: &[u8]) -> Option<Vec<u8>> {
    let entity = Entity::read(message).unwrap();
    let kind = entity.headers.content_type().unwrap();
    let signature = match kind.essence.as_str() {
        "multipart/signed" => Parts::read(entity.body, kind.parameter("boundary")).unwrap().parts[1],
        "application/pkcs7-mime" => message,
        _ => return None,
    };
    Some(Entity::read(signature).unwrap().decoded().unwrap().to_vec())
}

impl Desk {
    fn open(&self, message: &[u8], policy: Policy) -> Option<Received> {
        let entity = Entity::read(message).ok()?;
        let request = Request::read(entity.headers.clone()).ok()?;
        let relation = Relation { keys: &[&self.key], certificates: &self.partner, policy };
        request.open(entity.body, &relation, &mut party::rng()).ok()
    }
}

/// As a gateway takes a message: what it takes as signed and encrypted is what the partner signed.
fn message(octets: &[u8]) {
    let taken = DESK.open(octets, Policy { weak: ANYTHING, limits: LIMITS, ..Policy::default() });
    if let Some(taken) = taken {
        let who = (taken.signed_with, taken.decrypted_with);
        assert_eq!(who, (Some(DESK.partner[0].fingerprint()), Some(DESK.key.certificate().fingerprint())));
        assert!(DESK.payloads.contains(&*taken.payload), "nobody signed this: {}", taken.payload.escape_ascii());
    }
    let open = Policy { signed: false, encrypted: false, weak: ANYTHING, limits: LIMITS };
    let Some(taken) = DESK.open(octets, open) else { return };
    assert!(taken.payload.len() <= LIMITS.octets.max(octets.len()));
    let names = taken.attachments.iter().map(|part| &part.file_name).chain([&taken.file_name]);
    assert!(names.flatten().all(|name| !name.contains(['/', '\\', ':', '\r', '\n', '\0'])));
}

/// Parts are pieces of the body, and nothing grows.
fn splitting(octets: &[u8], depth: usize) {
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

/// CMS by itself; what is signed around a content is that content.
fn syntax(octets: &[u8]) {
    let _ = cms::kind(octets);
    let _ = cms::open(octets, &[&DESK.key], ANYTHING, &mut party::rng());
    let _ = cms::decrypt(octets, &DESK.key);
    if let Ok(content) = cms::decompress(octets, LIMITS) {
        assert!(content.len() <= LIMITS.octets);
    }
    let _ = cms::authenticate_detached(octets, &[b"nobody signed this"], &DESK.partner, ANYTHING)
        .map(|_| panic!("a signature over something else holds"));
    if let Ok((content, _)) = cms::authenticate(octets, &DESK.partner, ANYTHING) {
        assert!(content.windows(17).any(|piece| piece == b"ISA*00*made up~\r\n"), "{}", content.escape_ascii());
    }
}

/// A receipt confirms what the partner signed, or nothing.
fn receipt(octets: &[u8]) {
    let Ok(entity) = Entity::read(octets) else { return };
    let mic = Mic::read("LRW1wMBeOUTqm44DJdGb/4naSRC7UODRlBxTgA6ccUQ=, sha256").unwrap();
    let message_id = "<signed@gateway.example>";
    let expected = Expected { message_id, mic: &mic, certificates: &DESK.partner, signed: true, weak: Weak::default() };
    if let Ok(disposition) = mdn::judge(&entity.headers, entity.body, &expected) {
        assert_eq!((disposition, mic.digest()), (Disposition::Processed, Digest::Sha256));
    }
    let _ = mdn::read(&entity.headers, entity.body, &DESK.partner, ANYTHING);
}

#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octet = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"\r\n -=;:\"\\\x00\x02\x04\x06\x24\x30\x31\x80\x81\x84\xa0\xff".to_vec())
    ];
    prop_oneof![
        4 => (any::<Index>(), octet).prop_map(|(at, by)| Damage::Replace(at, by)),
        2 => (any::<Index>(), 0..80usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        2 => (any::<Index>(), 0..200usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        1 => any::<Index>().prop_map(Damage::Cut),
    ]
}

fn damaged(mut octets: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if octets.is_empty() {
            return octets;
        }
        let length = octets.len();
        match damage {
            Damage::Replace(at, by) => octets[at.index(length)] = *by,
            Damage::Remove(at, count) => drop(octets.drain(at.index(length)..length.min(at.index(length) + count))),
            Damage::Repeat(at, count) => {
                let piece = octets[at.index(length)..length.min(at.index(length) + count)].to_vec();
                octets.splice(at.index(length)..at.index(length), piece);
            }
            Damage::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

#[test]
fn seeds_are_what_they_should_be() {
    assert_eq!((DESK.messages.len(), DESK.receipts.len()), (37, 3));
    assert!(DESK.bare.len() > 20 && DESK.payloads.len() == 1, "{} {}", DESK.bare.len(), DESK.payloads.len());
    let taken = |octets: &&Vec<u8>| DESK.open(octets, Policy::default()).is_some();
    assert_eq!(DESK.messages.iter().filter(taken).count(), 2, "two are signed and encrypted");
    DESK.messages.iter().for_each(|octets| message(octets));
    let confirmed = |octets: &&Vec<u8>| {
        let entity = Entity::read(octets).unwrap();
        mdn::read(&entity.headers, entity.body, &DESK.partner, ANYTHING).unwrap().signed_with.is_some()
    };
    assert_eq!(DESK.receipts.iter().filter(confirmed).count(), 2, "two are signed");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4130),
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_messages(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..6)) {
        let octets = damaged(seed.get(&DESK.messages).clone(), &damages);
        message(&octets);
        splitting(&octets, 0);
    }

    #[test]
    fn damaged_syntax(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..4)) {
        syntax(&damaged(seed.get(&DESK.bare).clone(), &damages));
    }

    #[test]
    fn damaged_receipts(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..4)) {
        let octets = damaged(seed.get(&DESK.receipts).clone(), &damages);
        receipt(&octets);
        splitting(&octets, 0);
    }
}

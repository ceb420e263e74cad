//! Witnesses with ML-DSA-44 (c2sp.org/tlog-cosignature, type 0x06): their keys have one form, and what they signed is checked.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use base64::{Engine, engine::general_purpose::STANDARD};
use ml_dsa::{MlDsa44, SigningKey};
use sha2::{Digest, Sha256};
use tlog::{note::*, *};

const ORIGIN: &str = "log.example/ledger";
const NAME: &str = "witness.example/pq";
const TIME: u64 = 1_790_000_000;

fn secret() -> SigningKey<MlDsa44> {
    SigningKey::from_seed(&[5; 32].into())
}

fn public() -> Vec<u8> {
    secret().expanded_key().verifying_key().encode().to_vec()
}

fn key_id(name: &str, public: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest([name.as_bytes(), b"\n", &[6], public].concat());
    digest[..4].try_into().unwrap()
}

/// The key's written form, as the specification has it.
fn written() -> String {
    let octets = [vec![6], public()].concat();
    format!("{NAME}+{}+{}", hex::encode(key_id(NAME, &public())), STANDARD.encode(octets))
}

/// `cosigned_message`, octet for octet.
fn message(name: &str, time: u64, start: u64, end: u64, root: &[u8; 32]) -> Vec<u8> {
    let mut octets = b"subtree/v1\n\0".to_vec();
    octets.push(name.len() as u8);
    octets.extend_from_slice(name.as_bytes());
    octets.extend_from_slice(&time.to_be_bytes());
    octets.push(ORIGIN.len() as u8);
    octets.extend_from_slice(ORIGIN.as_bytes());
    octets.extend_from_slice(&start.to_be_bytes());
    octets.extend_from_slice(&end.to_be_bytes());
    octets.extend_from_slice(root);
    octets
}

/// A witness's line that states `time` over a message.
fn line(time: u64, message: &[u8], context: &[u8]) -> SignatureLine {
    let signature = secret().expanded_key().sign_deterministic(message, context).unwrap().encode();
    let octets = [&key_id(NAME, &public()), time.to_be_bytes().as_slice(), &signature].concat();
    SignatureLine::parse(&format!("— {NAME} {}", STANDARD.encode(octets))).unwrap()
}

fn text() -> String {
    Checkpoint::new(ORIGIN, 3, [9; 32]).unwrap().to_text()
}

#[test]
fn a_key_has_one_written_form() {
    let key: Verifier = written().parse().unwrap();
    assert_eq!((key.name(), key.algorithm(), key.public()), (NAME, Algorithm::MlDsa44, public().as_slice()));
    assert_eq!(key.id().to_be_bytes(), key_id(NAME, &public()));
    assert_eq!(key.to_string(), written());
    assert!(key.algorithm().cosigns());
    assert_eq!(Verifier::new(NAME, Algorithm::MlDsa44, &public()).unwrap(), key);

    let with = |id: [u8; 4], octets: &[u8]| format!("{NAME}+{}+{}", hex::encode(id), STANDARD.encode(octets));
    let of = |kind: u8, public: &[u8]| [&[kind], public].concat();
    let (short, long) = (&public()[1..], [public(), vec![0]].concat());
    for wrong in [
        with([0; 4], &of(6, &public())),
        with(key_id(NAME, short), &of(6, short)),
        with(key_id(NAME, &long), &of(6, &long)),
        with(key_id(NAME, &public()[..32]), &of(6, &public()[..32])),
        with(key_id(NAME, &public()), &of(4, &public())),
        with(key_id(NAME, &public()), &of(1, &public())),
        written().trim_end_matches('=').to_owned() + "====",
        written() + "A",
        written().to_uppercase(),
    ] {
        assert!(wrong.parse::<Verifier>().is_err(), "{}", &wrong[..60]);
    }
    // Its signatures sign the name with a length of one octet.
    assert!(Verifier::new(&"n".repeat(255), Algorithm::MlDsa44, &public()).is_ok());
    assert!(Verifier::new(&"n".repeat(256), Algorithm::MlDsa44, &public()).is_err());
}

#[test]
fn a_cosignature_is_verified_beside_others() {
    let (key, log) = (written().parse::<Verifier>().unwrap(), Signer::new(ORIGIN, &[1; 32]).unwrap());
    let older = Cosigner::new("witness.example/w1", &[3; 32]).unwrap();
    let line = line(TIME, &message(NAME, TIME, 0, 3, &[9; 32]), b"");
    assert_eq!(line.claimed_time(), Some(TIME));
    let signed = sign(&text(), &log).unwrap();
    let whole = witness::add_cosignatures(&signed, line.to_string().as_bytes(), std::slice::from_ref(&key)).unwrap();
    let whole = append(&whole, &cosignature::cosign(&text(), &older, TIME + 1).unwrap()).unwrap();
    let opened = open(whole.as_bytes(), &[log.verifier(), older.verifier(), key.clone()]).unwrap();
    assert_eq!((opened.signatures.len(), opened.unknown), (3, 0));
    assert_eq!(opened.by(&key).unwrap().time, Some(TIME));
    // Whoever does not know the key passes it over.
    assert_eq!(open(whole.as_bytes(), &[log.verifier()]).unwrap().unknown, 2);
}

#[test]
fn what_says_something_else_does_not_fit() {
    let key: Verifier = written().parse().unwrap();
    let good = message(NAME, TIME, 0, 3, &[9; 32]);
    assert_eq!(verify(&text(), &line(TIME, &good, b""), &key), Ok(Some(TIME)));
    let wrong = Err(Error::BadSignature { id: key.id() });
    for (what, line) in [
        ("another time than it states", line(TIME + 1, &good, b"")),
        ("another root", line(TIME, &message(NAME, TIME, 0, 3, &[8; 32]), b"")),
        ("another size", line(TIME, &message(NAME, TIME, 0, 4, &[9; 32]), b"")),
        ("a part of the tree", line(TIME, &message(NAME, TIME, 1, 3, &[9; 32]), b"")),
        ("by another name", line(TIME, &message("witness.example/w1", TIME, 0, 3, &[9; 32]), b"")),
        ("with a context", line(TIME, &good, b"c2sp")),
        ("no statement of the newest tree", line(0, &message(NAME, 0, 0, 3, &[9; 32]), b"")),
        ("after the last time", line(1 << 63, &message(NAME, 1 << 63, 0, 3, &[9; 32]), b"")),
        ("as with Ed25519", line(TIME, format!("cosignature/v1\ntime {TIME}\n{}", text()).as_bytes(), b"")),
    ] {
        assert_eq!(verify(&text(), &line, &key), wrong, "{what}");
    }
    let octets = line(TIME, &good, b"").signature().to_vec();
    for end in [0, 8, 72, 2427] {
        let cut = [&key_id(NAME, &public()), &octets[..end]].concat();
        let Ok(cut) = SignatureLine::parse(&format!("— {NAME} {}", STANDARD.encode(cut))) else { continue };
        assert_eq!(verify(&text(), &cut, &key), wrong, "{end} octets");
    }
    // Text that is no checkpoint has nothing that could be signed.
    assert_eq!(verify("hello\n", &line(TIME, &good, b""), &key), wrong);
}

//! Certificates outside of their dates: nothing is opened or believed with them, and they are named.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::io::Cursor;
use std::sync::LazyLock;

use as2::cms::{self, Cipher, Signature};
use as2::message::{Policy, Refused, Relation, Request, Unfinished, Unverified};
use as2::mime::{Entity, Headers};
use as2::{Certificate, Disposition, Error, KeyTransport, Recipient, Signer};

mod party;
use party::{Party, rng};

struct House {
    gateway: Recipient,
    new: Signer,
    old: Signer,
    news: [Certificate; 1],
    /// The gateway's and the partner's.
    olds: [Certificate; 2],
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let [gateway, gateway_old, new, old] = ["Gateway", "Gateway", "Partner", "Partner"].map(Party::new);
    House {
        gateway: gateway.recipient(),
        new: new.signer(),
        old: old.signer(),
        news: [new.certificate()],
        olds: [gateway_old.certificate(), old.certificate()],
    }
});

struct Nobody;

impl Unverified for Nobody {
    fn begin(&mut self, _: &str, _: Option<&str>) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
}

/// Why an entity is refused, whole and in passing alike; none if it is taken.
fn refused(entity: &[u8], policy: Policy) -> Option<Refused> {
    let split = Entity::read(entity).unwrap();
    let kind = split.headers.get("content-type").unwrap();
    let fields = [("AS2-From", "P"), ("AS2-To", "G"), ("Message-ID", "<1@p>"), ("Content-Type", kind)];
    let headers = Headers::new(fields.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap();
    let request = Request::read(headers).unwrap();
    let relation = Relation { keys: &[&HOUSE.gateway], certificates: &HOUSE.news, not_valid: &HOUSE.olds, policy };
    let whole = request.open(split.body, &relation, &mut rng()).err();
    let passing = request.open_twice(&mut Cursor::new(split.body), &relation, &mut Nobody, &mut rng());
    match (passing, whole) {
        (Ok(_), None) => {}
        (Err(Unfinished::Refused(passing)), Some(whole)) => assert_eq!(passing, whole),
        other => panic!("{:?}, and {:?}", other.0.err(), other.1),
    }
    whole
}

fn signed_only() -> Policy {
    Policy { encrypted: false, ..Policy::default() }
}

fn beside(entity: &[u8], signature: &[u8]) -> Vec<u8> {
    let head = "Content-Type: multipart/signed; micalg=sha-256; boundary=b\r\n\r\n--b\r\n";
    let part = "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n";
    [head.as_bytes(), entity, part.as_bytes(), signature, b"\r\n--b--\r\n"].concat()
}

fn sealed(entity: &[u8], to: &Certificate, cipher: Cipher) -> Vec<u8> {
    let head = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n";
    let to = std::slice::from_ref(to);
    let body = cms::encrypt_as(entity, to, cipher, KeyTransport::Pkcs1, &mut rng()).unwrap();
    [&head[..], &body].concat()
}

const DOCUMENT: &[u8] = b"Content-Type: application/edi-x12\r\n\r\nISA*00*made up~\r\n";
/// As some put it on the wire, and sign it with CRLF.
const LONE: &[u8] = b"Content-Type: application/edi-x12\n\nISA*00*made up~\n";
const CRLF: &[u8] = b"Content-Type: application/edi-x12\r\n\r\nISA*00*made up~\r\n";

#[test]
fn whoever_signs_with_a_certificate_that_is_not_valid_is_told_which() {
    let old = Error::SignerNotValid { certificate: HOUSE.olds[1].fingerprint() };
    let failed = |why| Some(Refused { disposition: Disposition::AuthenticationFailed, why });
    let sign = |content, signer| cms::sign_as(content, signer, Signature::default()).unwrap();
    let around = |signer| {
        let head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n";
        [&head[..], &cms::sign(DOCUMENT, signer).unwrap()].concat()
    };
    for (by_new, by_old) in [
        (beside(DOCUMENT, &sign(DOCUMENT, &HOUSE.new)), beside(DOCUMENT, &sign(DOCUMENT, &HOUSE.old))),
        (beside(LONE, &sign(CRLF, &HOUSE.new)), beside(LONE, &sign(CRLF, &HOUSE.old))),
        (around(&HOUSE.new), around(&HOUSE.old)),
    ] {
        assert_eq!(refused(&by_new, signed_only()), None);
        assert_eq!(refused(&by_old, signed_only()), failed(old));
        for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
            let sealed = sealed(&by_old, HOUSE.gateway.certificate(), cipher);
            assert_eq!(refused(&sealed, Policy::default()), failed(old));
        }
        // What does not hold is nobody's.
        let changed = String::from_utf8_lossy(&by_old).contains("made up").then(|| {
            let at = by_old.windows(7).position(|seven| seven == b"made up").unwrap();
            [&by_old[..at], b"altered", &by_old[at + 7..]].concat()
        });
        assert_eq!(refused(&changed.unwrap(), signed_only()), failed(Error::NotSigner));
    }
}

#[test]
fn whoever_encrypts_to_a_certificate_that_is_not_valid_is_told_which() {
    let inner = beside(DOCUMENT, &cms::sign_as(DOCUMENT, &HOUSE.new, Signature::default()).unwrap());
    let failed = |why| Some(Refused { disposition: Disposition::DecryptionFailed, why });
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let old = Error::RecipientNotValid { certificate: HOUSE.olds[0].fingerprint() };
        assert_eq!(refused(&sealed(&inner, &HOUSE.olds[0], cipher), Policy::default()), failed(old));
        let elsewhere = sealed(&inner, &HOUSE.news[0], cipher);
        assert_eq!(refused(&elsewhere, Policy::default()), failed(Error::NotRecipient));
    }
    let both = [HOUSE.olds[0].clone(), HOUSE.gateway.certificate().clone()];
    let body = cms::encrypt_as(&inner, &both, Cipher::Aes256Gcm, KeyTransport::Pkcs1, &mut rng()).unwrap();
    let head = b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n\r\n";
    assert_eq!(refused(&[&head[..], &body].concat(), Policy::default()), None, "the one that is valid opens it");
}

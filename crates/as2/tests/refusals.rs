//! AS2 messages that must not be taken, and what their senders are told.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::sync::LazyLock;

use as2::cms::{self, Cipher, Limits, Signature};
use as2::message::{Policy, Received, Refused, Relation, Request};
use as2::mime::{Entity, Headers};
use as2::{Certificate, Disposition, Error, KeyTransport, Recipient, Signer, Weak};
use proptest::prelude::*;

mod party;
use party::{Party, rng};

struct House {
    gateway: [Recipient; 1],
    to: [Certificate; 1],
    partner: Signer,
    partners: [Certificate; 1],
    stranger: Signer,
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let (gateway, partner, stranger) = (Party::new("Gateway"), Party::new("Partner"), Party::new("Stranger"));
    House {
        gateway: [gateway.recipient()],
        to: [gateway.certificate()],
        partner: partner.signer(),
        partners: [partner.certificate()],
        stranger: stranger.signer(),
    }
});

const DOCUMENT: &str = "Content-Type: application/edi-x12\r\n\r\nISA*00*made up~\r\nST*215*0001~\r\n";
const P7M: &str = "application/pkcs7-mime; smime-type=enveloped-data";

fn policy() -> Policy {
    Policy { limits: Limits { octets: 4 << 20, ratio: 100 }, ..Policy::default() }
}

fn anything() -> Policy {
    Policy { signed: false, encrypted: false, ..policy() }
}

fn open_with(policy: Policy, fields: &[(&str, &str)], body: &[u8]) -> Result<Received, Refused> {
    let ids = [("AS2-From", "P"), ("AS2-To", "G"), ("Message-ID", "<1@p>")];
    let fields = ids.iter().chain(fields).map(|(name, value)| (*name, value.as_bytes()));
    let request = Request::read(Headers::new(fields).unwrap()).unwrap();
    request.open(
        body,
        &Relation { keys: &HOUSE.gateway.each_ref(), certificates: &HOUSE.partners, not_valid: &[], policy },
        &mut rng(),
    )
}

fn told(policy: Policy, content_type: &str, body: &[u8]) -> Disposition {
    let refused = open_with(policy, &[("Content-Type", content_type)], body);
    refused.map_or_else(|refused| refused.disposition, |_| Disposition::Processed)
}

/// `multipart/signed` around an entity, as an entity.
fn signed(entity: &[u8], signer: &Signer) -> Vec<u8> {
    let signature = cms::sign_as(entity, signer, Signature::default()).unwrap();
    let b = format!("b{}", entity.len()); // another one around it
    let head = format!("Content-Type: multipart/signed; micalg=sha-256; boundary={b}\r\n\r\n--{b}\r\n");
    let part = format!("\r\n--{b}\r\nContent-Type: application/pkcs7-signature\r\n\r\n");
    [head.as_bytes(), entity, part.as_bytes(), &signature, format!("\r\n--{b}--\r\n").as_bytes()].concat()
}

fn encrypted(entity: &[u8], cipher: Cipher) -> Vec<u8> {
    cms::encrypt_as(entity, &HOUSE.to, cipher, KeyTransport::Pkcs1, &mut rng()).unwrap()
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let head = b"Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n";
    [&head[..], &cms::compress(content).unwrap()].concat()
}

/// Header value and body of an entity.
fn sent(entity: &[u8], policy: Policy) -> Disposition {
    let split = Entity::read(entity).unwrap();
    told(policy, split.headers.get("content-type").unwrap(), split.body)
}

#[test]
fn each_failure_has_its_disposition() {
    let good = signed(DOCUMENT.as_bytes(), &HOUSE.partner);
    let altered = String::from_utf8_lossy(DOCUMENT.as_bytes()).replace("made up", "altered");
    let place = good.windows(7).position(|window| window == b"made up").unwrap();
    let mut changed = good.clone();
    changed[place..place + 7].copy_from_slice(b"altered");
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let told_of = |entity: &[u8]| told(policy(), P7M, &encrypted(entity, cipher));
        assert_eq!(told_of(&good), Disposition::Processed);
        assert_eq!(told_of(&changed), Disposition::IntegrityCheckFailed);
        assert_eq!(told_of(&signed(DOCUMENT.as_bytes(), &HOUSE.stranger)), Disposition::AuthenticationFailed);
        assert_eq!(told_of(altered.as_bytes()), Disposition::InsufficientMessageSecurity);
        assert_eq!(told_of(&compressed(&good)), Disposition::Processed);
        let bomb = compressed(&[DOCUMENT.as_bytes(), &vec![b' '; 3 << 20]].concat());
        assert_eq!(told_of(&signed(&bomb, &HOUSE.partner)), Disposition::DecompressionFailed);
        assert_eq!(told_of(&bomb), Disposition::DecompressionFailed);
        assert_eq!(told_of(&signed(&good, &HOUSE.partner)), Disposition::UnexpectedProcessingError);
        let mut broken = encrypted(&good, cipher);
        let at = broken.len() - good.len() + place; // about where the document is
        broken[at] ^= 1;
        // A block that became something else may hold a control character or not.
        let found = told(policy(), P7M, &broken);
        let unauthenticated = [Disposition::IntegrityCheckFailed, Disposition::DecryptionFailed];
        let expected = if cipher == Cipher::Aes256Gcm { &unauthenticated[1..] } else { &unauthenticated[..] };
        assert!(expected.contains(&found), "{found:?}");
        let to_stranger = cms::encrypt_as(&good, &HOUSE.partners, cipher, KeyTransport::Pkcs1, &mut rng()).unwrap();
        assert_eq!(told(policy(), P7M, &to_stranger), Disposition::DecryptionFailed);
    }
    assert_eq!(sent(&good, policy()), Disposition::InsufficientMessageSecurity);
    assert_eq!(sent(&good, Policy { encrypted: false, ..policy() }), Disposition::Processed);
    assert_eq!(sent(DOCUMENT.as_bytes(), policy()), Disposition::InsufficientMessageSecurity);
    assert_eq!(told(policy(), P7M, b"\x30\x80"), Disposition::UnexpectedProcessingError);
    let twice = compressed(&compressed(DOCUMENT.as_bytes()));
    assert_eq!(sent(&twice, anything()), Disposition::DecompressionFailed);
    let late = signed(
        &[format!("Content-Type: {P7M}\r\n\r\n").as_bytes(), &encrypted(&good, Cipher::default())].concat(),
        &HOUSE.partner,
    );
    assert_eq!(sent(&late, anything()), Disposition::UnexpectedProcessingError);
}

#[test]
fn receipts_that_nobody_can_make_are_told() {
    let options = "Disposition-Notification-Options";
    for (value, expected) in [
        ("signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha1, sha-256", None),
        ("signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, md5", None),
        ("signed-receipt-protocol=optional, pgp; signed-receipt-micalg=optional, md5", None),
        ("signed-receipt-protocol=required, pgp", Some(Disposition::UnsupportedFormat)),
        (
            "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, md5, sha1",
            Some(Disposition::UnsupportedMicAlgorithms),
        ),
    ] {
        let fields = [("Content-Type", "text/plain"), ("Disposition-Notification-To", "a@p"), (options, value)];
        let result = open_with(anything(), &fields, b"x").err().map(|refused| refused.disposition);
        assert_eq!(result, expected, "{value}");
        let weak = Policy { weak: Weak { sha1: true, triple_des: false }, ..anything() };
        let expected = expected.filter(|disposition| *disposition == Disposition::UnsupportedFormat);
        assert_eq!(open_with(weak, &fields, b"x").err().map(|refused| refused.disposition), expected);
    }
}

/// What is asked of padding: blocks in place of the last ones, and any content key, fail in one form.
#[test]
fn padding_and_content_keys_fail_in_one_form() {
    let good = encrypted(&signed(DOCUMENT.as_bytes(), &HOUSE.partner), Cipher::Aes256Cbc);
    let one = Refused { disposition: Disposition::DecryptionFailed, why: Error::Decryption };
    let result = |body: &[u8]| open_with(policy(), &[("Content-Type", P7M)], body).err();
    let mut ways = 0;
    for octet in 0..=255 {
        let mut changed = good.clone();
        let last = changed.len() - 17;
        changed[last] = octet; // decides the last octet of the padding
        match result(&changed) {
            None => assert_eq!(octet, good[last]),
            found => {
                assert_eq!(found, Some(one));
                ways += 1;
            }
        }
        let mut key = good.clone();
        let wrapped = key.windows(4).position(|window| window == [0x04, 0x82, 0x01, 0x00]).unwrap() + 4;
        key[wrapped + 100] ^= octet;
        assert_eq!(result(&key), if octet == 0 { None } else { Some(one) });
    }
    assert!(ways >= 255);
}

#[test]
fn what_is_attached_is_told_apart() {
    let related = |second: &str| {
        format!(
            "--r\r\nContent-Type: application/edi-x12; name=\"a.edi\"\r\n\r\nISA~\r\n--r\r\nContent-Type: image/png\r\n\
             Content-Disposition: attachment; filename=\"{second}\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--r--\r\n"
        )
    };
    let open =
        |body: &str| open_with(anything(), &[("Content-Type", "multipart/related; boundary=r")], body.as_bytes());
    let received = open(&related("b.png")).map_err(|refused| refused.why).unwrap();
    assert_eq!((&received.payload[..], received.file_name.as_deref()), (&b"ISA~"[..], Some("a.edi")));
    assert_eq!(received.attachments.len(), 1);
    assert_eq!(received.attachments[0].octets[..], [0, 1, 2]);
    let illegal = Refused { disposition: Disposition::IllegalFileName, why: Error::FileName };
    for name in ["../b.png", "C:b", "..", "a/b", "a\\\\b"] {
        assert_eq!(open(&related(name)).err(), Some(illegal), "{name}");
    }
    let twice = Refused { disposition: Disposition::DuplicateFileName, why: Error::FileNameTwice };
    assert_eq!(open(&related("a.edi")).err(), Some(twice));
    let many = "--r\r\n\r\nx\r\n".repeat(100) + "--r--";
    assert!(matches!(open(&many).err().map(|refused| refused.why), Some(Error::TooMany { .. })));
}

fn mutations() -> impl Strategy<Value = Vec<(u8, usize, u8)>> {
    proptest::collection::vec((0..4u8, 0..4096usize, any::<u8>()), 1..6)
}

fn mutate(message: &mut Vec<u8>, (kind, at, octet): (u8, usize, u8)) {
    let at = at % message.len().max(1);
    match kind {
        0 if at < message.len() => message[at] ^= octet,
        1 => message.truncate(at),
        2 => message.insert(at, octet),
        _ if at < message.len() => _ = message.remove(at),
        _ => {}
    }
}

static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let good = signed(&compressed(DOCUMENT.as_bytes()), &HOUSE.partner);
    let around = [
        &b"Content-Type: application/pkcs7-mime\r\n\r\n"[..],
        &cms::sign(DOCUMENT.as_bytes(), &HOUSE.partner).unwrap(),
    ]
    .concat();
    let p7m = |body: &[u8]| [format!("Content-Type: {P7M}\r\n\r\n").as_bytes(), body].concat();
    let sealed = [Cipher::Aes128Cbc, Cipher::Aes256Gcm].map(|cipher| p7m(&encrypted(&good, cipher)));
    [good, around].into_iter().chain(sealed).collect()
});

proptest! {
    // Keys are new in each run: a seed of another run would not show its failure again.
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_message_never_panics_or_passes_for_another(changes in mutations()) {
        for message in MESSAGES.iter() {
            let mut message = message.clone();
            changes.iter().for_each(|change| mutate(&mut message, *change));
            let Ok(entity) = Entity::read(&message) else { continue };
            let content_type = entity.headers.get("content-type").unwrap_or("text/plain").to_owned();
            let policy = Policy { encrypted: false, ..policy() };
            if let Ok(received) = open_with(policy, &[("Content-Type", &content_type)], entity.body) {
                prop_assert_eq!(&received.payload[..], &DOCUMENT.as_bytes()[DOCUMENT.len() - received.payload.len()..]);
            }
        }
    }

    #[test]
    fn any_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..512), kind in 0..4usize) {
        let kind = [P7M, "multipart/signed; boundary=b", "multipart/related; boundary=b", "text/plain"][kind];
        let encoding = ["base64", "quoted-printable", "binary", "x"][octets.len() % 4];
        let fields = [("Content-Type", kind), ("Content-Transfer-Encoding", encoding)];
        _ = open_with(anything(), &fields, &octets);
        _ = Entity::read(&octets);
        _ = as2::mdn::read(&Headers::default(), &octets, &HOUSE.partners, &[], Weak::default());
    }
}

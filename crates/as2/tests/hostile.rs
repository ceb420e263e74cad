//! Messages that somebody made to hurt.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::sync::LazyLock;

use as2::{Certificate, Error, Feature, Part, Recipient, Signer, cms};
use proptest::prelude::*;

mod party;
use party::{Party, document, rng};

/// One delivery copy and those who can read it, made once: keys take long.
struct Delivery {
    gateway: Party,
    carrier: Party,
    recipient: Recipient,
    trusted: Certificate,
    signed: Vec<u8>,
    sealed: Vec<u8>,
}

static DELIVERY: LazyLock<Delivery> = LazyLock::new(|| {
    let (gateway, carrier) = (Party::new("Gateway"), Party::new("Carrier"));
    let signed = cms::sign(&document(), &gateway.signer()).unwrap().to_vec();
    let sealed = cms::encrypt(&signed, &[carrier.certificate()], &mut rng()).unwrap();
    let (recipient, trusted) = (carrier.recipient(), gateway.certificate());
    Delivery { gateway, carrier, recipient, trusted, signed, sealed }
});

fn decrypted(message: &[u8]) -> Result<Vec<u8>, Error> {
    cms::decrypt(message, &DELIVERY.recipient).map(|content| content.to_vec())
}

/// Where `needle` begins, which must be once.
fn position(message: &[u8], needle: &[u8]) -> usize {
    let mut found = message.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle);
    let (at, _) = found.next().unwrap();
    assert!(found.next().is_none());
    at
}

#[test]
fn a_delivery_copy_comes_back() {
    let opened = decrypted(&DELIVERY.sealed).unwrap();
    assert_eq!(cms::verify(&opened, &DELIVERY.trusted), Ok(&document()[..]));
    assert!(!DELIVERY.sealed.windows(7).any(|window| window == b"made up"));
}

#[test]
fn signing_repeats_and_encrypting_does_not() {
    let again = cms::sign(&document(), &DELIVERY.gateway.signer()).unwrap();
    assert!(*again == DELIVERY.signed);
    let again = cms::encrypt(&DELIVERY.signed, &[DELIVERY.carrier.certificate()], &mut rng()).unwrap();
    assert!(again != DELIVERY.sealed);
    assert_eq!(again.len(), DELIVERY.sealed.len());
}

#[test]
fn every_way_not_to_decrypt_is_one_error() {
    let length = DELIVERY.sealed.len();
    let wrapped = position(&DELIVERY.sealed, &[0x04, 0x82, 0x01, 0x00]) + 4; // RSA-2048: 256 octets
    let nonce = position(&DELIVERY.sealed, &[0x30, 0x11, 0x04, 0x0c]) + 4;
    // First octet (greater than the modulus, perhaps), middle and last of the wrapped key; nonce; content; tag.
    for at in [wrapped, wrapped + 128, wrapped + 255, nonce, length - 300, length - 19, length - 16, length - 1] {
        let mut changed = DELIVERY.sealed.clone();
        changed[at] ^= 0x80;
        assert_eq!(decrypted(&changed), Err(Error::Decryption), "{at}");
    }
}

#[test]
fn the_decoy_key_opens_nothing() {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    // Everybody can encrypt with the key that stands in for one that does not unwrap.
    let mut forged = DELIVERY.sealed.clone();
    let wrapped = position(&forged, &[0x04, 0x82, 0x01, 0x00]) + 4;
    forged[wrapped + 200] ^= 1;
    let nonce = position(&forged, &[0x30, 0x11, 0x04, 0x0c]) + 4;
    let nonce = Nonce::try_assume_unique_for_key(&forged[nonce..nonce + 12]).unwrap();
    let end = forged.len() - 18;
    let start = end - DELIVERY.signed.len();
    let mut content = DELIVERY.signed.clone();
    let decoy = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0; 32]).unwrap());
    let tag = decoy.seal_in_place_separate_tag(nonce, Aad::empty(), &mut content).unwrap();
    forged[start..end].copy_from_slice(&content);
    forged[end + 2..].copy_from_slice(tag.as_ref());
    assert_eq!(decrypted(&forged), Err(Error::Decryption));
}

#[test]
fn a_changed_content_attribute_or_signature_is_told() {
    let content = position(&DELIVERY.signed, b"made up");
    let digest_attribute = position(&DELIVERY.signed, b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
    for (at, expected) in [
        (content, Error::Digest),
        (digest_attribute + 20, Error::Signature),
        (DELIVERY.signed.len() - 1, Error::Signature),
    ] {
        let mut changed = DELIVERY.signed.clone();
        changed[at] ^= 1;
        assert_eq!(cms::verify(&changed, &DELIVERY.trusted), Err(expected), "{at}");
    }
}

#[test]
fn the_wrong_certificate_and_the_wrong_kind_are_told() {
    assert_eq!(cms::verify(&DELIVERY.signed, DELIVERY.recipient.certificate()), Err(Error::NotSigner));
    let stranger = DELIVERY.gateway.recipient();
    assert_eq!(cms::decrypt(&DELIVERY.sealed, &stranger).map(|_| ()), Err(Error::NotRecipient));
    let kind = Error::Unsupported(Feature::ContentType);
    assert_eq!(cms::verify(&DELIVERY.sealed, &DELIVERY.trusted), Err(kind));
    assert_eq!(decrypted(&DELIVERY.signed), Err(kind));
    assert_eq!(decrypted(b""), Err(Error::Malformed(Part::ContentInfo)));
}

#[test]
fn a_key_of_another_certificate_with_the_same_name_does_not_verify() {
    // Same issuer, other serial and key: not the pinned signer, whatever its name says.
    let impostor = Party::new("Gateway");
    let signed = cms::sign(&document(), &impostor.signer()).unwrap();
    assert_eq!(impostor.certificate().issuer(), DELIVERY.trusted.issuer());
    assert_eq!(cms::verify(&signed, &DELIVERY.trusted), Err(Error::NotSigner));
}

#[test]
fn limits_hold_when_writing() {
    let certificate = DELIVERY.carrier.certificate();
    assert_eq!(cms::encrypt(b"", &[], &mut rng()), Err(Error::NoRecipient));
    let crowd = vec![certificate; cms::RECIPIENTS_MAX + 1];
    let expected = Error::TooMany { part: Part::RecipientInfo, limit: 64 };
    assert_eq!(cms::encrypt(b"", &crowd, &mut rng()), Err(expected));
    let full = cms::encrypt(b"full", &crowd[1..], &mut rng()).unwrap();
    assert_eq!(decrypted(&full).as_deref(), Ok(&b"full"[..]));
    let huge = vec![0; cms::MESSAGE_OCTETS_MAX];
    let refused = cms::encrypt(&huge, &crowd[1..2], &mut rng());
    assert!(matches!(refused, Err(Error::TooLong { part: Part::Message, .. })));
    assert_eq!(cms::verify(&huge, &DELIVERY.trusted), Err(Error::Malformed(Part::ContentInfo)));
    assert!(matches!(cms::verify(&[huge, vec![0]].concat(), &DELIVERY.trusted), Err(Error::TooLong { .. })));
}

#[test]
fn keys_and_certificates_are_told_apart() {
    let Delivery { gateway, carrier, trusted, .. } = &*DELIVERY;
    let error = |key: &str, certificate: &str| Signer::from_pem(key, certificate).map(|_| ()).unwrap_err();
    assert_eq!(error(&gateway.key, &carrier.certificate), Error::KeyMismatch);
    assert_eq!(error(&gateway.certificate, &gateway.certificate), Error::Pem { expected: "PRIVATE KEY" });
    assert_eq!(error(&gateway.key, &gateway.key), Error::Pem { expected: "CERTIFICATE" });
    assert_eq!(error(&gateway.key, ""), Error::Pem { expected: "CERTIFICATE" });
    let long = " ".repeat(300 * 1024);
    assert_eq!(error(&gateway.key, &long), Error::TooLong { part: Part::Pem, octets: 307_200, limit: 262_144 });
    assert_eq!(Recipient::from_pkcs8(b"", trusted.clone()).map(|_| ()), Err(Error::PrivateKey));
    let named = Recipient::from_pem(&gateway.key, &carrier.certificate).map(|_| ());
    assert_eq!(named, Err(Error::KeyMismatch));

    let elliptic = rcgen::generate_simple_self_signed(vec![]).unwrap();
    assert_eq!(
        Certificate::from_der(elliptic.cert.der()).map(|_| ()),
        Err(Error::Unsupported(Feature::PublicKeyAlgorithm))
    );
    assert!(trusted.validity_seconds().contains(&1_800_000_000));
}

#[test]
fn debug_shows_a_fingerprint_and_nothing_else() {
    let shown = format!("{:?}", DELIVERY.gateway.signer());
    let hex: String = DELIVERY.trusted.fingerprint().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(shown, format!("Signer(Certificate(sha256:{hex}))"));
}

/// A change that a mutated message is made of.
fn mutate(message: &mut Vec<u8>, (kind, at, octet): (u8, usize, u8)) {
    let at = at % message.len().max(1);
    match kind {
        0 if at < message.len() => message[at] ^= octet,
        1 => message.truncate(at),
        2 => message.insert(at, octet),
        3 if at < message.len() => _ = message.remove(at),
        _ if at < message.len() => message[at] = octet,
        _ => message.push(octet),
    }
}

fn mutations() -> impl Strategy<Value = Vec<(u8, usize, u8)>> {
    proptest::collection::vec((0..5u8, 0..2048usize, any::<u8>()), 1..6)
}

proptest! {
    // Keys are new in each run: a seed of another run would not show its failure again.
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_message_never_panics_or_passes_for_another(changes in mutations()) {
        let (mut signed, mut sealed) = (DELIVERY.signed.clone(), DELIVERY.sealed.clone());
        for change in changes {
            mutate(&mut signed, change);
            mutate(&mut sealed, change);
        }
        // A change to what nobody signed (the certificate in the message) may pass: the content is the same.
        if let Ok(content) = cms::verify(&signed, &DELIVERY.trusted) {
            prop_assert_eq!(content, &document()[..]);
        }
        if let Ok(content) = decrypted(&sealed) {
            prop_assert_eq!(&content, &DELIVERY.signed);
        }
    }

    #[test]
    fn a_mutated_certificate_never_panics(changes in mutations()) {
        let mut der = DELIVERY.trusted.der().to_vec();
        for change in changes {
            mutate(&mut der, change);
        }
        if let Ok(certificate) = Certificate::from_der(&der) {
            // Whatever key is in it, it is good enough to try.
            let _ = cms::verify(&DELIVERY.signed, &certificate);
            let _ = cms::encrypt(b"", &[certificate], &mut rng());
        }
    }

    #[test]
    fn any_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(cms::verify(&octets, &DELIVERY.trusted).is_err());
        prop_assert!(decrypted(&octets).is_err());
        prop_assert!(Certificate::from_der(&octets).is_err());
    }
}

//! Both ceremonies with an authenticator in software, everything that may be wrong with them, and the specification's own octets.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod authenticator;

use authenticator::{Authenticator, PRESENT, VERIFIED};
use passkey::{Passkey, Place, Refused, register, verify};
use proptest::prelude::*;

const ORIGIN: &str = "https://bulla.example";
const CHALLENGE: &[u8] = b"thirty-two octets of no meaning.";

fn place() -> Place {
    Place::at(ORIGIN).unwrap()
}

fn registered(authenticator: &Authenticator) -> Result<Passkey, Refused> {
    let (client, attestation) = authenticator.create(CHALLENGE);
    register(&place(), CHALLENGE, &client, &attestation)
}

fn verified(authenticator: &Authenticator, passkey: &Passkey) -> Result<u32, Refused> {
    let made = authenticator.get(CHALLENGE);
    verify(&place(), CHALLENGE, passkey, &made.client, &made.data, &made.signature)
}

fn both() -> [Authenticator; 2] {
    [Authenticator::es256(b"one", ORIGIN, "bulla.example"), Authenticator::ed_dsa(b"two", ORIGIN, "bulla.example")]
}

#[test]
fn either_algorithm_registers_and_gets_in_and_is_kept_as_text() {
    for mut authenticator in both() {
        let passkey = registered(&authenticator).ok().unwrap();
        assert_eq!(passkey.id(), authenticator.id);
        assert_eq!(verified(&authenticator, &passkey), Ok(0), "it does not count");
        authenticator.count = 7;
        let count = verified(&authenticator, &passkey).unwrap();
        let kept = serde_json::to_string(&passkey.above(count).unwrap()).unwrap();
        let kept: Passkey = serde_json::from_str(&kept).unwrap();
        assert_eq!(verified(&authenticator, &kept), Err(Refused::Cloned), "the same count again");
        authenticator.count = 6;
        assert_eq!(verified(&authenticator, &kept), Err(Refused::Cloned));
        authenticator.count = 0;
        assert_eq!(verified(&authenticator, &kept), Err(Refused::Cloned), "it counted before");
        authenticator.count = 8;
        assert_eq!(verified(&authenticator, &kept), Ok(8));
    }
}

#[test]
fn what_is_of_elsewhere_or_of_nobody_is_refused() {
    for (which, authenticator) in both().into_iter().enumerate() {
        let passkey = registered(&authenticator).ok().unwrap();
        let mut it = authenticator;
        for origin in ["https://bulla.example.evil", "http://bulla.example", "https://bulla.example:444", "null", ""] {
            origin.clone_into(&mut it.origin);
            assert_eq!(registered(&it).err(), Some(Refused::Origin), "{origin}");
            assert_eq!(verified(&it, &passkey), Err(Refused::Origin), "{origin}");
        }
        ORIGIN.clone_into(&mut it.origin);
        for rp in ["example", "bulla.example.", "evil.example", ""] {
            rp.clone_into(&mut it.rp);
            assert_eq!(registered(&it).err(), Some(Refused::Rp), "{rp}");
            assert_eq!(verified(&it, &passkey), Err(Refused::Rp), "{rp}");
        }
        "bulla.example".clone_into(&mut it.rp);
        for flags in [0, PRESENT, VERIFIED] {
            it.flags = flags;
            assert_eq!(registered(&it).err(), Some(Refused::Unverified), "{flags}");
            assert_eq!(verified(&it, &passkey), Err(Refused::Unverified), "{flags}");
        }
        let stranger = both().into_iter().nth(which).unwrap();
        assert_eq!(verified(&stranger, &passkey), Err(Refused::Signature), "another key");
    }
}

#[test]
fn an_answer_is_to_its_challenge_and_its_ceremony_only() {
    for authenticator in both() {
        let passkey = registered(&authenticator).ok().unwrap();
        let (client, attestation) = authenticator.create(CHALLENGE);
        assert_eq!(register(&place(), b"another", &client, &attestation).err(), Some(Refused::Challenge));
        let made = authenticator.get(CHALLENGE);
        let judged = |challenge: &[u8], client: &[u8], data: &[u8], signature: &[u8]| {
            verify(&place(), challenge, &passkey, client, data, signature)
        };
        assert_eq!(judged(b"another", &made.client, &made.data, &made.signature), Err(Refused::Challenge));
        assert_eq!(judged(CHALLENGE, &client, &made.data, &made.signature), Err(Refused::Form), "made for registering");
        assert_eq!(register(&place(), CHALLENGE, &made.client, &attestation).err(), Some(Refused::Form));
        let framed = String::from_utf8(made.client.clone()).unwrap().replace("false", "true");
        assert_eq!(judged(CHALLENGE, framed.as_bytes(), &made.data, &made.signature), Err(Refused::Origin));
        for octet in 0..made.signature.len() {
            let mut altered = made.signature.clone();
            altered[octet] ^= 1;
            assert_eq!(judged(CHALLENGE, &made.client, &made.data, &altered), Err(Refused::Signature), "octet {octet}");
        }
        let mut counted = made.data.clone();
        counted[36] ^= 1;
        assert_eq!(judged(CHALLENGE, &made.client, &counted, &made.signature), Err(Refused::Signature));
        let longer = [&*made.data, &[0]].concat();
        assert_eq!(judged(CHALLENGE, &made.client, &longer, &made.signature), Err(Refused::Form));
    }
}

#[test]
fn other_attestations_and_keys_are_refused() {
    let [authenticator, _] = both();
    let (client, attestation) = authenticator.create(CHALLENGE);
    let with = |from: &[u8], to: &[u8]| {
        let at = attestation.windows(from.len()).position(|window| window == from).unwrap();
        let changed = [&attestation[..at], to, &attestation[at + from.len()..]].concat();
        register(&place(), CHALLENGE, &client, &changed).err()
    };
    assert_eq!(with(b"\x64none", b"\x66packed"), Some(Refused::Attestation));
    assert_eq!(with(b"attStmt\xa0", b"attStmt\xa1\x61a\x01"), Some(Refused::Attestation));
    assert_eq!(with(b"\x03\x26", b"\x03\x27"), Some(Refused::Algorithm), "EdDSA on P-256");
    assert_eq!(with(b"\x20\x01\x21", b"\x20\x02\x21"), Some(Refused::Algorithm), "another curve");
    let point = attestation.windows(3).position(|window| window == b"\x21\x58\x20").unwrap() + 3;
    assert_eq!(with(&attestation[point..point + 32], &[0xff; 32]), Some(Refused::Algorithm), "no point of the curve");
}

#[test]
fn a_place_is_a_name_that_browsers_trust() {
    for origin in ["https://bulla.example", "https://bulla.example:8443", "http://localhost", "http://localhost:8700"] {
        assert_eq!(Place::at(origin).unwrap().origin(), origin);
    }
    assert_eq!(Place::at("http://localhost:8700").unwrap().rp(), "localhost");
    for origin in [
        "http://bulla.example",
        "https://127.0.0.1",
        "http://127.0.0.1:8700",
        "http://[::1]:8700",
        "https://Bulla.example",
        "https://bulla.example/",
        "https://bulla.example:",
        "https://bulla.example:0443",
        // Browsers leave the usual one out: nobody would ever come from there.
        "https://bulla.example:443",
        "http://localhost:80",
        "https://bulla.example:0",
        "https://bulla..example",
        "https://a@bulla.example",
        "ftp://bulla.example",
        "bulla.example",
        "",
    ] {
        assert!(Place::at(origin).is_none(), "{origin}");
    }
}

/// WebAuthn level 3, section 16.2: "none attestation with ES256". Its person was not verified, which is the last thing that is asked of
/// either: all else, both formats and the signature, is as it should be.
#[test]
fn the_vector_of_the_specification() {
    let octets = |text: &str| hex::decode(text.replace(char::is_whitespace, "")).unwrap();
    let place = Place::at("https://example.org").unwrap();
    let challenge = octets("00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130");
    let client = octets(
        "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134
         313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f726722
         2c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d61792062652065
         7874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869
         733a20426b5165446a646354427258426941774a544c453551227d",
    );
    let attestation = octets(
        "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f0
         1452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330
         084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca6633
         4b03458abf879717c12cc68ed73290af2e2664796b9220",
    );
    assert_eq!(register(&place, &challenge, &client, &attestation).err(), Some(Refused::Unverified));

    let point = "04afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61
                 930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
    let kept = serde_json::json!({ "id": "01", "key": { "es256": hex::encode(octets(point)) }, "count": 0 });
    let passkey: Passkey = serde_json::from_value(kept).unwrap();
    let challenge = octets("39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408");
    let data = octets("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000");
    let client = octets(
        "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049
         393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263
         726f73734f726967696e223a66616c73657d",
    );
    let mut signature = octets(
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78
         c6e486013f937295ea13653e331e87",
    );
    let judged = |signature: &[u8]| verify(&place, &challenge, &passkey, &client, &data, signature);
    assert_eq!(judged(&signature), Err(Refused::Unverified));
    signature[40] ^= 1;
    assert_eq!(judged(&signature), Err(Refused::Signature));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..200) {
        let (client, mut attestation) = both()[0].create(CHALLENGE);
        prop_assert!(register(&place(), CHALLENGE, &octets, &attestation).is_err());
        prop_assert!(register(&place(), CHALLENGE, &client, &octets).is_err());
        attestation.truncate(at.min(attestation.len() - 1));
        prop_assert!(register(&place(), CHALLENGE, &client, &attestation).is_err());
        attestation.extend(octets);
        let _ = register(&place(), CHALLENGE, &client, &attestation);
    }
}

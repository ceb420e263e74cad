//! A witness with an ML-DSA-44 key (C2SP signature type 0x06): named by the ledger, pinned by the reader, and its cosignature
//! is what the verdict rests on.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Pins,
    bundle::{Parts, Refusal, Verdict, prove, verify},
};
use ledger::{Entry, Logged, entry::PlacedKey};
use ml_dsa::{MlDsa44, SigningKey};
use tlog::{Algorithm, Checkpoint, SignatureLine, Verifier, note};

const NAME: &str = "witness-3.example";

fn secret() -> SigningKey<MlDsa44> {
    SigningKey::from_seed(&[5; 32].into())
}

fn key() -> Verifier {
    let public = secret().expanded_key().verifying_key().encode();
    Verifier::new(NAME, Algorithm::MlDsa44, &public).unwrap()
}

/// The autumn with a third witness, and without heartbeats, which are of the tree without it.
fn with_a_third_witness() -> Estate {
    let mut estate = autumn();
    estate.leaves.retain(|leaf| !matches!(Logged::read(leaf).unwrap().entry, Entry::Heartbeat(_)));
    let mut first = Logged::read(&estate.leaves[0]).unwrap();
    let Entry::Genesis(genesis) = &mut first.entry else { panic!("the first entry is genesis") };
    let (organisation, host) = ("Later Audit".parse().unwrap(), "w3".parse().unwrap());
    genesis.witnesses.push(PlacedKey { key: key().to_string(), organisation, host });
    estate.leaves[0] = first.to_bytes();
    estate
}

fn pins(estate: &Estate) -> Pins {
    let own = estate.pins_text().replace(&witness(1).verifier().to_string(), &key().to_string());
    Pins::parse(&own.replace("\"Audit\"", "\"Later Audit\"")).unwrap()
}

/// The estate's final note, cosigned by the third witness for a tree of this size.
fn note(estate: &Estate, size: u64) -> String {
    let signed = note_over(&estate.leaves, &[1], estate.now);
    let (text, _) = note::split(signed.as_bytes()).unwrap();
    let checkpoint = Checkpoint::parse(text).unwrap();
    let time = (estate.now.milliseconds() as u64 / 1000).to_be_bytes();
    let opaque = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let (name, origin) = (opaque(NAME), opaque(checkpoint.origin()));
    let (start, end, root) = ([0; 8], size.to_be_bytes(), checkpoint.root());
    let message = [b"subtree/v1\n\0".as_slice(), &name, &time, &origin, &start, &end, &root].concat();
    let signature = secret().expanded_key().sign_deterministic(&message, b"").unwrap().encode();
    let octets = [&key().id().to_be_bytes(), time.as_slice(), &signature].concat();
    let octets = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, octets);
    note::append(&signed, &SignatureLine::parse(&format!("— {NAME} {octets}")).unwrap()).unwrap()
}

#[test]
fn a_cosignature_with_ml_dsa_verifies_a_bundle() {
    let estate = with_a_third_witness();
    let (pins, size) = (pins(&estate), estate.leaves.len() as u64);
    let hypothesis = "[[hypothesis]]\nkind = \"storage\"\n";
    let prove_with = |note: &str| {
        let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&pins) };
        prove(parts, &estate.beside())
    };
    let bundle = prove_with(&note(&estate, size)).unwrap().octets;
    let verified = verify(&bundle, Some(&pins), &[]).unwrap();
    assert_eq!(verified.verdict, Verdict::Verified);
    assert!(verified.keys.cosigners.contains(&(key(), "Later Audit".to_owned(), true)));
    // Without it no pinned witness has cosigned; over another tree it spoils the note.
    let without = prove_with(&note_over(&estate.leaves, &[1], estate.now)).unwrap_err();
    assert!(matches!(without, Refusal::Cosigners { wanted: 1, found: 0 }), "{without}");
    assert!(matches!(prove_with(&note(&estate, size + 1)), Err(Refusal::Ledger(_))));
}

#[test]
fn a_logs_key_is_no_witnesss() {
    let estate = with_a_third_witness();
    let text = estate.pins_text().replace(&witness(1).verifier().to_string(), &warden().verifier().to_string());
    assert_eq!(Pins::parse(&text), Err(incident::pins::Error::Key { number: 1 }));
}

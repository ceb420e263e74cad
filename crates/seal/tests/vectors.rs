//! The vectors in `tests/vectors`: one file an edge case, for any implementation of `docs/format.md`.
//!
//! `BULLA_WRITE_VECTORS=1 cargo test -p seal --test vectors` writes them anew; without it the files must be
//! what this code makes, and must open from what is in them alone. A format that changed by accident fails here.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

#[path = "vectors/cases.rs"]
mod cases;
mod support;

use cases::{BatchVector, RefusalVector, SealingVector, TokenVector};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use ledger::{Hash, Header, canonical};
use seal::{Error, IndexKey, PeriodPublicKey, PeriodSecretKey, Stored, batch, period};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{fs, path::PathBuf};
use support::Fixed;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "vectors", &format!("{name}.json")].iter().collect()
}

/// Compares a file with what this code makes, or writes it.
fn current<T: Serialize + DeserializeOwned>(name: &str, made: &T) -> T {
    let mut text = serde_json::to_string_pretty(made).unwrap();
    text.push('\n');
    if std::env::var_os("BULLA_WRITE_VECTORS").is_some() {
        fs::write(path(name), &text).unwrap();
    }
    let kept = fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(kept == text, "{name}.json differs from what this code makes");
    serde_json::from_str(&kept).unwrap()
}

fn array<const N: usize>(hexadecimal: &str) -> [u8; N] {
    hex::decode(hexadecimal).unwrap().try_into().unwrap()
}

#[test]
fn batches() {
    for made in cases::batches() {
        let kept = current(&made.case, &made);
        seals_again(&kept);
        opens(&kept);
        derives(&kept);
    }
}

/// From the file's inputs to its outputs.
fn seals_again(vector: &BatchVector) {
    let (plan, head, parcels, tokens) = cases::inputs(vector);
    let mut rng = Fixed::new(hex::decode(&vector.randomness).unwrap());
    let sealed = batch::seal(plan, head, parcels, tokens, &mut rng).unwrap();
    assert_eq!(rng.left(), 0, "{}: all randomness is drawn", vector.case);
    assert_eq!(hex::encode(sealed.to_bytes()), vector.record, "{}", vector.case);
    assert_eq!(sealed.header.salted(&sealed.salt).to_string(), vector.salted_header_hash);
}

/// From the file's outputs to its inputs.
fn opens(vector: &BatchVector) {
    let record = hex::decode(&vector.record).unwrap();
    let stored = Stored::parse(&record).unwrap();
    let header = stored.verify().unwrap();
    assert_eq!(String::from_utf8(stored.header_bytes().to_vec()).unwrap(), vector.header);
    assert_eq!(hex::encode(stored.body()), vector.body);
    for (n, ((group, keys), encapsulation)) in
        header.groups.iter().zip(&vector.groups).zip(stored.encapsulations(&header)).enumerate()
    {
        assert_eq!(hex::encode(encapsulation), keys.encapsulation);
        let secret = PeriodSecretKey::from_bytes(&array(&keys.secret_key));
        let unwrapped = keys.co_holder.as_ref().map(|co_holder| {
            let secret = PeriodSecretKey::from_bytes(&array(&co_holder.secret_key));
            let unwrapped = batch::unwrap(&secret, &header, n, encapsulation).unwrap();
            assert_eq!(hex::encode(&unwrapped), co_holder.unwrapped);
            unwrapped
        });
        let open =
            batch::open(&secret, &header, n, unwrapped.as_deref().unwrap_or(encapsulation), stored.body()).unwrap();
        for (row, record) in (0..).zip(&vector.records) {
            for class in group.classes {
                let opened = open.row(row, class).unwrap().map(|value| hex::encode(value.as_slice()));
                assert_eq!(opened.as_ref(), record.classes.get(&class), "{} {row} {class}", vector.case);
            }
        }
    }
}

/// The intermediate values, by the formulas of `docs/format.md` and none of this crate's code.
fn derives(vector: &BatchVector) {
    let header: Header = canonical::read(vector.header.as_bytes()).unwrap();
    assert_eq!(header.digest().to_string(), vector.header_digest);
    assert_eq!(hex::encode(Sha256::digest(hex::decode(&vector.body).unwrap())), header.body.to_string());
    for (group, keys) in header.groups.iter().zip(&vector.groups) {
        let (extracted, expander) =
            Hkdf::<Sha256>::extract(Some(&header.batch.0), &hex::decode(&keys.batch_secret).unwrap());
        assert_eq!(hex::encode(extracted), keys.extracted);
        let mut commitment = [0; 32];
        expander.expand(b"bulla.batch/3 commitment", &mut commitment).unwrap();
        assert_eq!(Hash(commitment), group.commitment);
        assert_eq!(commitment, array(&keys.commitment));
        for (class, key) in &keys.class_keys {
            let mut expected = [0; 32];
            let info = [b"bulla.batch/3 class".as_slice(), &[class.number()]].concat();
            expander.expand(&info, &mut expected).unwrap();
            assert_eq!(expected, array(key));
        }
    }
    for cell in &vector.cells {
        let key = vector.groups.iter().find_map(|group| group.class_keys.get(&cell.class)).unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
        let expected = mac.chain_update(cell.row.to_be_bytes()).chain_update([1]).finalize().into_bytes();
        assert_eq!(hex::encode(expected), cell.key, "{} {} {}", vector.case, cell.row, cell.class);
    }
}

#[test]
fn refusals() {
    for made in cases::refusals() {
        let kept: RefusalVector = current(&made.case, &made);
        assert_eq!(refusal(&kept).map(|e| format!("{e:?}")), Some(kept.error.clone()), "{}", kept.case);
    }
}

/// What is said of the vector's octets, in the order in which a warden looks at them.
fn refusal(vector: &RefusalVector) -> Option<Error> {
    if let Some(record) = &vector.record {
        return Stored::parse(&hex::decode(record).unwrap()).and_then(|stored| stored.verify()).err();
    }
    let open = vector.open.as_ref().unwrap();
    let header: Header = canonical::read(open.header.as_bytes()).unwrap();
    let secret = PeriodSecretKey::from_bytes(&array(&open.secret_key));
    let body = hex::decode(&open.body).unwrap();
    let mut encapsulation = hex::decode(&open.encapsulation).unwrap();
    if let Some(co_holder) = &open.co_holder {
        match batch::unwrap(&PeriodSecretKey::from_bytes(&array(co_holder)), &header, open.group, &encapsulation) {
            Ok(unwrapped) => encapsulation = unwrapped,
            Err(error) => return Some(error),
        }
    }
    match batch::open(&secret, &header, open.group, &encapsulation, &body) {
        Ok(group) => group.row(open.row, open.class).err(),
        Err(error) => Some(error),
    }
}

#[test]
fn sealing_to_a_key() {
    let made = cases::sealing();
    let kept: SealingVector = current("sealing_to_a_key", &made);
    let secret = PeriodSecretKey::from_bytes(&array(&kept.secret_key));
    let public = PeriodPublicKey::from_bytes(&hex::decode(&kept.public_key).unwrap()).unwrap();
    assert!(secret.public() == public);
    assert_eq!(public.hash().to_string(), kept.public_key_hash);
    let (info, aad, sealed) = (kept.info.as_bytes(), kept.aad.as_bytes(), hex::decode(&kept.sealed).unwrap());
    assert_eq!(period::open_from(&secret, info, aad, &sealed).unwrap().as_slice(), kept.plaintext.as_bytes());
    let mut rng = Fixed::new(hex::decode(&kept.randomness).unwrap());
    assert_eq!(period::seal_to(&public, info, aad, kept.plaintext.as_bytes(), &mut rng).unwrap(), sealed);

    let refused = |info: &[u8], aad: &[u8], sealed: &[u8]| period::open_from(&secret, info, aad, sealed).err();
    assert_eq!(refused(b"bulla.other/1", aad, &sealed), Some(Error::Unsealable));
    assert_eq!(refused(info, b"other", &sealed), Some(Error::Unsealable));
    assert_eq!(refused(&[0; 1025], aad, &sealed), Some(Error::InfoTooLong));
    for end in [0, 1119, 1120, 1135, sealed.len() - 1] {
        assert_eq!(refused(info, aad, &sealed[..end]), Some(Error::Unsealable), "cut at {end}");
    }
    assert_eq!(PeriodPublicKey::from_bytes(&[0xff; 1216]).err(), Some(Error::PublicKey), "coefficients out of range");
    assert_eq!(PeriodPublicKey::from_bytes(&[0; 1215]).err(), Some(Error::PublicKey));
}

#[test]
fn tokens() {
    let kept: TokenVector = current("tokens", &cases::tokens());
    let key = IndexKey::from_bytes(&array(&kept.key));
    assert_eq!(key.name().to_string(), kept.name);
    for entry in &kept.tokens {
        let message = [b"bulla.token/1\n".as_slice(), &[entry.kind], &hex::decode(&entry.value).unwrap()].concat();
        let mac =
            Hmac::<Sha256>::new_from_slice(&hex::decode(&kept.key).unwrap()).unwrap().chain_update(message).finalize();
        assert_eq!(hex::encode(&mac.into_bytes()[..16]), entry.token);
    }
}

#[test]
fn every_file_has_its_case() {
    let names =
        |dir: fs::ReadDir| dir.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
    let mut kept = names(fs::read_dir(path("x").parent().unwrap()).unwrap());
    kept.retain(|name| name.ends_with(".json"));
    kept.sort();
    let mut made: Vec<String> =
        cases::batches().into_iter().map(|v| v.case).chain(cases::refusals().into_iter().map(|v| v.case)).collect();
    made.extend(["tokens".to_owned(), "sealing_to_a_key".to_owned()]);
    made.iter_mut().for_each(|name| name.push_str(".json"));
    made.sort();
    if std::env::var_os("BULLA_WRITE_VECTORS").is_none() {
        assert_eq!(kept, made);
    }
}

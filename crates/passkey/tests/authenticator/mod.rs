//! An authenticator and its browser, in software: it does what it is told, right or wrong.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

pub const PRESENT: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

pub enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// One credential, and where its browser says that it is.
pub struct Authenticator {
    pub id: Vec<u8>,
    pub key: Key,
    pub count: u32,
    pub flags: u8,
    pub origin: String,
    pub rp: String,
}

/// What an authenticator answers to a challenge.
pub struct Assertion {
    pub client: Vec<u8>,
    pub data: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Authenticator {
    pub fn es256(id: &[u8], origin: &str, rp: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self::with_key(Key::Es256(key), id, origin, rp)
    }

    pub fn ed_dsa(id: &[u8], origin: &str, rp: &str) -> Self {
        Self::with_key(Key::EdDsa(Ed25519KeyPair::generate().unwrap()), id, origin, rp)
    }

    fn with_key(key: Key, id: &[u8], origin: &str, rp: &str) -> Self {
        let (origin, rp) = (origin.to_owned(), rp.to_owned());
        Self { id: id.to_vec(), key, count: 0, flags: PRESENT | VERIFIED, origin, rp }
    }

    /// `navigator.credentials.create`: client data and attestation object.
    pub fn create(&self, challenge: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        object.push(0x59);
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        (self.client("webauthn.create", challenge), object)
    }

    /// `navigator.credentials.get`.
    pub fn get(&self, challenge: &[u8]) -> Assertion {
        let (client, data) = (self.client("webauthn.get", challenge), self.data(0));
        let signed = [&*data, &Sha256::digest(&client)].concat();
        let signature = match &self.key {
            Key::Es256(key) => key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
            Key::EdDsa(key) => key.sign(&signed).as_ref().to_vec(),
        };
        Assertion { client, data, signature }
    }

    fn client(&self, what: &str, challenge: &[u8]) -> Vec<u8> {
        let (challenge, origin) = (URL_SAFE_NO_PAD.encode(challenge), &self.origin);
        format!(r#"{{"type":"{what}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#).into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        [&*Sha256::digest(&self.rp), &[self.flags | more], &self.count.to_be_bytes()].concat()
    }

    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (&point[1..33], &point[33..]);
                [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
            }
            Key::EdDsa(key) => [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", key.public_key().as_ref()].concat(),
        }
    }
}

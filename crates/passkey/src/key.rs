//! A credential's public key: ES256 or EdDSA, as COSE (RFC 9053) writes them.

use crate::{
    Refused,
    cbor::{Name, Reader},
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};

/// By its octets: P-256's uncompressed point, or Ed25519's 32.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    Es256(#[serde(with = "crate::text")] Vec<u8>),
    EdDsa(#[serde(with = "crate::text")] Vec<u8>),
}

impl Key {
    /// A key that signatures can be checked with; no other is kept.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let (mut kind, mut algorithm, mut curve, mut x, mut y) = (0, 0, 0, None, None);
        for _ in 0..reader.map()? {
            match reader.name()? {
                Name::Number(1) => kind = reader.number()?,
                Name::Number(3) => algorithm = reader.number()?,
                Name::Number(-1) => curve = reader.number()?,
                Name::Number(-2) => x = Some(reader.octets()?),
                Name::Number(-3) => y = Some(reader.octets()?),
                _ => reader.skip()?,
            }
        }
        let key = match (kind, algorithm, curve, x, y) {
            (2, -7, 1, Some(x), Some(y)) if x.len() == 32 && y.len() == 32 => Self::Es256([&[4], x, y].concat()),
            (1, -8, 6, Some(x), None) if x.len() == 32 => Self::EdDsa(x.to_vec()),
            _ => return Err(Refused::Algorithm),
        };
        let (way, octets) = key.parts();
        ParsedPublicKey::new(way, octets).map_err(|_| Refused::Algorithm)?;
        Ok(key)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let (way, octets) = self.parts();
        UnparsedPublicKey::new(way, octets).verify(message, signature).map_err(|_| Refused::Signature)
    }

    fn parts(&self) -> (&'static dyn VerificationAlgorithm, &[u8]) {
        match self {
            Self::Es256(octets) => (&ECDSA_P256_SHA256_ASN1, octets),
            Self::EdDsa(octets) => (&ED25519, octets),
        }
    }
}

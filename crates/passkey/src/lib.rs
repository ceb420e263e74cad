//! Passkeys (WebAuthn level 2) as a relying party judges them: octets from a browser in, a verdict out. No clock, no randomness, no
//! network; who keeps challenges and credentials is the caller.
//!
//! In scope: the two ceremonies of sections 7.1 and 7.2 with ES256 and EdDSA, attestation `none`, user verification always. Out of scope:
//! which make of authenticator it is (attestation of any other form is refused, since nobody here would act on it), extensions,
//! and what a credential lets anybody do.
//!
//! ```text
//! cbor   as much of it as authenticators write
//! data   what is signed, and what a browser says of where it was asked
//! key    a credential's public key
//! text   octets as they are kept
//! ```
//!
//! # Why not a library
//!
//! `webauthn-rs` (0.6) is the well-kept one, for 172 crates, with roots of makers' attestations and RSA among them; `webauthn_rp` (0.3) has 105,
//! `passkey-auth` (0.1), which is young and one person's, 96. Each brings a second implementation of the curves beside aws-lc, which is here. What is
//! needed of any of them is this crate's few hundred lines: signatures are checked by aws-lc-rs, as those of TLS and CMS are, and
//! the tests have a vector of WebAuthn level 3, section 16.

mod cbor;
mod data;
mod key;
mod text;

use cbor::{Name, Reader};
use data::{Data, asked};
use key::Key;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where people come in: the origin that browsers show them, and the relying party's id, which is its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    origin: String,
    rp: String,
}

impl Place {
    /// Of `https://NAME[:PORT]`, or `http://localhost[:PORT]`; browsers have passkeys nowhere else, and not for addresses.
    pub fn at(origin: &str) -> Option<Self> {
        let (scheme, host) = origin.split_once("://")?;
        let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        let label = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let is_name =
            name.split('.').all(label) && name.split('.').next_back()?.bytes().any(|b| b.is_ascii_lowercase());
        // The usual one is in no origin.
        let usual = if scheme == "https" { 443 } else { 80 };
        let is_other = |number: u16| number != 0 && number != usual;
        let is_port = port.is_none_or(|port| port.parse().is_ok_and(|n| is_other(n) && n.to_string() == port));
        let secure = scheme == "https" || (scheme == "http" && name == "localhost");
        (is_name && is_port && secure).then(|| Self { origin: origin.to_owned(), rp: name.to_owned() })
    }

    /// Scheme, host and port, as browsers write them.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The relying party's id.
    pub fn rp(&self) -> &str {
        &self.rp
    }
}

/// Why a ceremony leads to nothing. What a browser sent is never in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read, or is for something else.
    #[error("not an answer to this ceremony")]
    Form,
    /// Of another ceremony.
    #[error("not the challenge that was given")]
    Challenge,
    /// Another site, or a frame within one.
    #[error("from another origin")]
    Origin,
    /// Made for another site.
    #[error("for another relying party")]
    Rp,
    /// Neither ES256 nor EdDSA, or not a key of it.
    #[error("a key that is not taken here")]
    Algorithm,
    /// An attestation that nobody asked for.
    #[error("an attestation other than none")]
    Attestation,
    /// The key did not sign this.
    #[error("the signature is wrong")]
    Signature,
    /// Nobody was there, or the authenticator did not know who.
    #[error("the person was not verified")]
    Unverified,
    /// Its counter did not go up: somebody has a copy of its key.
    #[error("the counter did not go up")]
    Cloned,
}

/// A credential of somebody's, as it is kept: nothing secret, though an id may tell its maker.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    #[serde(with = "text")]
    id: Vec<u8>,
    key: Key,
    count: u32,
}

impl Passkey {
    /// The id that its authenticator gave it.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// As it is after it was used with a higher count; a count that another use has reached is none.
    pub fn above(self, count: u32) -> Option<Self> {
        (count > self.count).then_some(Self { count, ..self })
    }
}

/// Judges what a browser brings after `navigator.credentials.create` (section 7.1).
///
/// # Errors
/// Why no credential is to be kept; [`Refused::Unverified`] where all else is well.
pub fn register(place: &Place, challenge: &[u8], client: &[u8], attestation: &[u8]) -> Result<Passkey, Refused> {
    asked(client, "webauthn.create", place, challenge)?;
    let data = Data::read(attested(attestation)?, place)?;
    data.is_by_its_person()?;
    let (id, key) = data.made.ok_or(Refused::Form)?;
    Ok(Passkey { id: id.to_vec(), key, count: data.count })
}

/// The authenticator data of an attestation object.
fn attested(object: &[u8]) -> Result<&[u8], Refused> {
    let (mut reader, mut data, mut none, mut empty) = (Reader::new(object), None, false, false);
    for _ in 0..reader.map()? {
        match reader.name()? {
            Name::Text("fmt") => none = reader.text()? == "none",
            Name::Text("attStmt") => {
                empty = reader.rest().first() == Some(&0xa0);
                reader.skip()?;
            }
            Name::Text("authData") => data = Some(reader.octets()?),
            _ => return Err(Refused::Form),
        }
    }
    if !reader.rest().is_empty() {
        return Err(Refused::Form);
    }
    if none && empty { data.ok_or(Refused::Form) } else { Err(Refused::Attestation) }
}

/// Judges what a browser brings after `navigator.credentials.get` (section 7.2); the counter to keep.
///
/// # Errors
/// Why nobody is to be let in; [`Refused::Unverified`] and [`Refused::Cloned`] only where the key did sign.
pub fn verify(
    place: &Place,
    challenge: &[u8],
    passkey: &Passkey,
    client: &[u8],
    data: &[u8],
    signature: &[u8],
) -> Result<u32, Refused> {
    let digest = asked(client, "webauthn.get", place, challenge)?;
    let signed = [data, &digest].concat();
    let data = Data::read(data, place)?;
    passkey.key.verify(&signed, signature)?;
    data.is_by_its_person()?;
    // Authenticators that do not count say 0 for ever.
    let counts = data.count != 0 || passkey.count != 0;
    if counts && data.count <= passkey.count { Err(Refused::Cloned) } else { Ok(data.count) }
}

/// The digest that names a credential wherever its id would be too long.
pub fn digest(id: &[u8]) -> [u8; 32] {
    Sha256::digest(id).into()
}

//! What an authenticator signs (WebAuthn, section 6.1), and what a browser says of where it was asked (section 5.8.1).

use crate::{Place, Refused, cbor::Reader, key::Key};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;
const ID_OCTETS_MAX: usize = 1023;

/// Authenticator data, all of it understood.
pub(crate) struct Data<'o> {
    flags: u8,
    pub(crate) count: u32,
    /// Of a credential that was just made: its id and its key.
    pub(crate) made: Option<(&'o [u8], Key)>,
}

impl<'o> Data<'o> {
    pub(crate) fn read(octets: &'o [u8], place: &Place) -> Result<Self, Refused> {
        let mut reader = Reader::new(octets);
        if reader.take(32)? != Sha256::digest(place.rp()).as_slice() {
            return Err(Refused::Rp);
        }
        let flags = reader.take(1)?[0];
        let count = reader.take(4)?.iter().fold(0, |number, octet| number << 8 | u32::from(*octet));
        let made = if flags & ATTESTED == 0 { None } else { Some(made(&mut reader)?) };
        if flags & EXTENDED != 0 {
            reader.skip()?;
        }
        if reader.rest().is_empty() { Ok(Self { flags, count, made }) } else { Err(Refused::Form) }
    }

    /// Somebody was there, and the authenticator knew who: by a PIN, a finger, a face.
    pub(crate) fn is_by_its_person(&self) -> Result<(), Refused> {
        if self.flags & (PRESENT | VERIFIED) == PRESENT | VERIFIED { Ok(()) } else { Err(Refused::Unverified) }
    }
}

fn made<'o>(reader: &mut Reader<'o>) -> Result<(&'o [u8], Key), Refused> {
    reader.take(16)?; // the kind of authenticator, which nothing here depends on
    let length = reader.take(2)?.iter().fold(0, |number, octet| number << 8 | usize::from(*octet));
    if length == 0 || length > ID_OCTETS_MAX {
        return Err(Refused::Form);
    }
    let id = reader.take(length as u64)?;
    Ok((id, Key::read(reader)?))
}

/// What a browser says of where and why it asked. It may grow members that nobody knows yet.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(rename = "type")]
    what: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Whether a browser did this, at this place, for this challenge; the digest of what it said, which the authenticator signed.
pub(crate) fn asked(client: &[u8], what: &str, place: &Place, challenge: &[u8]) -> Result<[u8; 32], Refused> {
    let said: Said = serde_json::from_slice(client).map_err(|_| Refused::Form)?;
    if said.what != what {
        return Err(Refused::Form);
    }
    if said.challenge != URL_SAFE_NO_PAD.encode(challenge) {
        return Err(Refused::Challenge);
    }
    if said.origin != place.origin() || said.cross_origin {
        return Err(Refused::Origin);
    }
    Ok(Sha256::digest(client).into())
}

//! Keys of signed notes and their written forms.
//!
//! A verifier key is `name+id+base64(type || public key)`, a signer key
//! `PRIVATE+KEY+name+id+base64(type || seed)`; the id is eight hexadecimal digits. Three types are supported: 0x01
//! (Ed25519) for logs, 0x04 (Ed25519) and 0x06 (ML-DSA-44) for witnesses; of the last only what others signed is checked.
//! The same seed gives different ids for the first two.

use crate::{Error, cosignature, ed25519, error::malformed, text};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// What a key's signatures sign: the C2SP signature type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the note's text.
    Ed25519 = 0x01,
    /// 0x04: a time, and Ed25519 over `cosignature/v1`, that time and the checkpoint's text.
    CosignatureV1 = 0x04,
    /// 0x06: a time, and ML-DSA-44 over `subtree/v1`, the key's name, that time, and the checkpoint's origin, size and root.
    MlDsa44 = 0x06,
}

impl Algorithm {
    fn from_octet(octet: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1, Self::MlDsa44].into_iter().find(|a| *a as u8 == octet)
    }

    /// Whether keys of this type are witnesses': what they sign has a time.
    pub fn cosigns(self) -> bool {
        matches!(self, Self::CosignatureV1 | Self::MlDsa44)
    }
}

/// Octets of a public key of ML-DSA-44 (FIPS 204, table 2).
const ML_DSA_44_OCTETS: usize = 1312;

/// The public key of one of the types. Every 1312 octets are a key of ML-DSA-44; it is kept as written, because what is
/// computed from it for a verification has 16 times the room.
#[derive(Clone, PartialEq, Eq)]
enum Public {
    Ed25519(ed25519::Key),
    MlDsa44(Box<[u8; ML_DSA_44_OCTETS]>),
}

impl Public {
    fn octets(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key.octets(),
            Self::MlDsa44(octets) => octets.as_slice(),
        }
    }
}

/// A public key with its name: checks signatures on notes.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    algorithm: Algorithm,
    key: Public,
}

impl Verifier {
    /// A verifier from the octets of a public key: 32 of Ed25519 (RFC 8032), 1312 of ML-DSA-44 (FIPS 204).
    ///
    /// # Errors
    /// [`Error::Malformed`] for a name that is empty or has blanks or `+`, or under ML-DSA-44 more than the 255 octets that
    /// its signatures can sign; for octets that are no public key or a weak one (of small order: many signatures fit it).
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8]) -> Result<Self, Error> {
        check_name(name)?;
        let key = match algorithm {
            Algorithm::MlDsa44 if name.len() > cosignature::NAME_OCTETS_MAX => return Err(malformed("key name")),
            Algorithm::MlDsa44 => {
                let octets: &[u8; ML_DSA_44_OCTETS] =
                    public.try_into().map_err(|_| malformed("ML-DSA-44 public key"))?;
                Public::MlDsa44(Box::new(*octets))
            }
            Algorithm::Ed25519 | Algorithm::CosignatureV1 => {
                let key = public.try_into().ok().and_then(ed25519::Key::from_octets);
                Public::Ed25519(key.ok_or(malformed("Ed25519 public key"))?)
            }
        };
        Ok(Self { name: name.to_owned(), algorithm, key })
    }

    /// The key's name, for a log the origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures sign.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key's octets.
    pub fn public(&self) -> &[u8] {
        self.key.octets()
    }

    /// The first four octets of SHA-256(name || "\n" || type || public key).
    pub fn id(&self) -> u32 {
        id(&self.name, self.algorithm, self.key.octets())
    }

    /// Strict verification: no small-order parts, one form per signature. ML-DSA is the pure one, without a context.
    pub(crate) fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Public::Ed25519(key) => signature.try_into().is_ok_and(|signature| key.fits(message, signature)),
            Public::MlDsa44(octets) => {
                let key = ml_dsa::VerifyingKey::<ml_dsa::MlDsa44>::decode(&(**octets).into());
                let signature = signature.try_into().ok().and_then(ml_dsa::Signature::decode);
                signature.is_some_and(|signature| key.verify_with_context(message, b"", &signature))
            }
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut octets = vec![self.algorithm as u8];
        octets.extend_from_slice(self.key.octets());
        write!(f, "{}+{:08x}+{}", self.name, self.id(), text::base64(&octets))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

impl FromStr for Verifier {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let wrong = || malformed("verifier key");
        let (name, id, octets) = parts(written).ok_or_else(wrong)?;
        if octets.len() > VERIFIER_DIGITS_MAX {
            return Err(wrong());
        }
        let octets = text::base64_octets(octets).map_err(|_| wrong())?;
        let (algorithm, public) = octets.split_first().ok_or_else(wrong)?;
        let algorithm =
            Algorithm::from_octet(*algorithm).ok_or(malformed("signature type (only 0x01, 0x04 and 0x06)"))?;
        let length = if algorithm == Algorithm::MlDsa44 { ML_DSA_44_OCTETS } else { 32 };
        if public.len() != length {
            return Err(wrong());
        }
        let verifier = Self::new(name, algorithm, public)?;
        if verifier.id() == id { Ok(verifier) } else { Err(malformed("key id for this name and key")) }
    }
}

/// A log's private key (type 0x01). The seed is wiped from memory on drop; there is no `Debug`.
///
/// ```compile_fail
/// fn shows<T: std::fmt::Debug>() {}
/// shows::<tlog::Signer>();
/// ```
pub struct Signer(Secret);

/// A witness's private key (type 0x04). The seed is wiped from memory on drop; there is no `Debug`.
///
/// ```compile_fail
/// fn shows<T: std::fmt::Debug>() {}
/// shows::<tlog::Cosigner>();
/// ```
pub struct Cosigner(Secret);

macro_rules! private_key {
    ($name:ident, $algorithm:expr) => {
        impl $name {
            /// A key from its 32-octet seed (RFC 8032), which must be random.
            ///
            /// # Errors
            /// [`Error::Malformed`] for a name that is empty or has blanks or `+`.
            pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
                Secret::new(name, $algorithm, seed).map(Self)
            }

            /// Reads `PRIVATE+KEY+name+id+base64`.
            ///
            /// # Errors
            /// [`Error::Malformed`], also for a key of another type.
            pub fn parse(written: &str) -> Result<Self, Error> {
                Secret::parse(written, $algorithm).map(Self)
            }

            /// `PRIVATE+KEY+name+id+base64`, wiped on drop.
            pub fn to_text(&self) -> Zeroizing<String> {
                self.0.to_text()
            }

            /// The name that its signature lines begin with.
            pub fn name(&self) -> &str {
                &self.0.verifier.name
            }

            /// The public half, as others pin it.
            pub fn verifier(&self) -> Verifier {
                self.0.verifier.clone()
            }

            pub(crate) fn id(&self) -> u32 {
                self.0.verifier.id()
            }

            pub(crate) fn signature(&self, message: &[u8]) -> [u8; 64] {
                self.0.key.sign(message).to_bytes()
            }
        }
    };
}
private_key!(Signer, Algorithm::Ed25519);
private_key!(Cosigner, Algorithm::CosignatureV1);

const PRIVATE: &str = "PRIVATE+KEY+";
/// Base64 digits of a type octet and a seed.
const KEY_DIGITS: usize = 44;
/// Base64 digits of a type octet and the longest public key.
const VERIFIER_DIGITS_MAX: usize = (1 + ML_DSA_44_OCTETS).div_ceil(3) * 4;

struct Secret {
    key: SigningKey,
    verifier: Verifier,
}

impl Secret {
    fn new(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, Error> {
        check_name(name)?;
        let key = SigningKey::from_bytes(seed);
        let verifier = Verifier {
            name: name.to_owned(),
            algorithm,
            key: Public::Ed25519(ed25519::Key::strong(key.verifying_key())),
        };
        Ok(Self { key, verifier })
    }

    fn parse(written: &str, algorithm: Algorithm) -> Result<Self, Error> {
        let wrong = || malformed("signer key");
        let (name, id, octets) = written.strip_prefix(PRIVATE).and_then(parts).ok_or_else(wrong)?;
        let octets = key_octets(octets).ok_or_else(wrong)?;
        let (found, seed) = octets.split_first().ok_or_else(wrong)?;
        if *found != algorithm as u8 {
            return Err(malformed("signer key of this type"));
        }
        let secret = Self::new(name, algorithm, seed.try_into().map_err(|_| wrong())?)?;
        if secret.verifier.id() == id { Ok(secret) } else { Err(malformed("key id for this name and key")) }
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut octets = Zeroizing::new([0; 33]);
        octets[0] = self.verifier.algorithm as u8;
        octets[1..].copy_from_slice(Zeroizing::new(self.key.to_bytes()).as_slice());
        // Room for all of it at once: growing would leave unwiped copies behind.
        let mut written = Zeroizing::new(String::with_capacity(
            PRIVATE.len() + self.verifier.name.len() + "+01234567+".len() + KEY_DIGITS,
        ));
        written.push_str(PRIVATE);
        written.push_str(&format!("{}+{:08x}+", self.verifier.name, self.verifier.id()));
        STANDARD.encode_string(octets.as_slice(), &mut written);
        written
    }
}

/// Names stand between blanks and before `+`, in texts without control characters.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let fine = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ');
    if fine { Ok(()) } else { Err(malformed("key name")) }
}

fn id(name: &str, algorithm: Algorithm, key: &[u8]) -> u32 {
    let digest: [u8; 32] =
        Sha256::new().chain_update(name).chain_update([b'\n', algorithm as u8]).chain_update(key).finalize().into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Splits `name+id+base64`; base64 may itself have `+`.
fn parts(written: &str) -> Option<(&str, u32, &str)> {
    let (name, rest) = written.split_once('+')?;
    let (id, octets) = rest.split_once('+')?;
    let hexadecimal = id.len() == 8 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| hexadecimal)?;
    Some((name, id, octets))
}

/// The 33 octets of a private key, wiped on drop.
fn key_octets(written: &str) -> Option<Zeroizing<[u8; 33]>> {
    if written.len() != KEY_DIGITS {
        return None;
    }
    let mut octets = Zeroizing::new([0; 33]);
    let length = STANDARD.decode_slice(written, octets.as_mut_slice()).ok()?;
    (length == octets.len()).then_some(octets)
}

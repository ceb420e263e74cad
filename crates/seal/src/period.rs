//! A period's key pair, and sealing to a public key: HPKE (RFC 9180), base mode, X-Wing,
//! HKDF-SHA256, AES-256-GCM; one message for each encapsulation.
//!
//! The same is used for everything that is sealed to someone: batch secrets to periods, opening
//! results to requesters, index keys to workers. What keeps them apart is `info`: each use has its own.

use crate::{Error, xwing};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::{AeadCtxR, AesGcm256},
    kdf::{HkdfSha256, Kdf},
    kem::XWing,
    single_shot_seal_with_rng,
};
use ledger::Hash;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Octets of a private key: the seed from which X-Wing expands both halves.
pub const SECRET_KEY_OCTETS: usize = xwing::SEED_OCTETS;
/// Octets of HPKE's `enc`: ML-KEM-768's ciphertext, 1,088, and X25519's share, 32.
pub const ENCAPSULATED_KEY_OCTETS: usize = xwing::CIPHERTEXT_OCTETS;
/// What sealing adds to a plaintext: `enc` and GCM's tag.
pub const OVERHEAD_OCTETS: usize = ENCAPSULATED_KEY_OCTETS + 16;
/// The longest `info`. Far below what HPKE can take, and far above any use.
pub const INFO_OCTETS_MAX: usize = 1024;

/// A period's private key, expanded once however much is opened with it. Wiped when dropped.
pub struct PeriodSecretKey {
    seed: Zeroizing<[u8; SECRET_KEY_OCTETS]>,
    expanded: xwing::Expanded,
    public: PeriodPublicKey,
}

impl PeriodSecretKey {
    /// A new key: 32 octets of `rng` are X-Wing's decapsulation key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; SECRET_KEY_OCTETS]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_bytes(&seed)
    }

    /// From its written form; every 32 octets are a key.
    pub fn from_bytes(octets: &[u8; SECRET_KEY_OCTETS]) -> Self {
        let expanded = xwing::Expanded::new(octets);
        let public = PeriodPublicKey(expanded.public().into());
        Self { seed: Zeroizing::new(*octets), expanded, public }
    }

    /// The written form, wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_KEY_OCTETS]> {
        self.seed.clone()
    }

    /// The public half, which anyone may have.
    pub fn public(&self) -> PeriodPublicKey {
        self.public.clone()
    }
}

/// A period's public key, known to be valid.
#[derive(Clone, PartialEq, Eq)]
pub struct PeriodPublicKey(Box<[u8]>);

impl PeriodPublicKey {
    /// From its written form: 1,216 octets, the ML-KEM half in range (FIPS 203, section 7.2).
    pub fn from_bytes(octets: &[u8]) -> Result<Self, Error> {
        <XWing as Kem>::PublicKey::from_bytes(octets).map_err(|_| Error::PublicKey)?;
        Ok(Self(octets.into()))
    }

    /// The written form: 1,216 octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// How headers and the ledger name it: SHA-256 of the written form.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(&self.0).into())
    }
}

impl fmt::Debug for PeriodPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeriodPublicKey({})", self.hash())
    }
}

/// Seals `plaintext`: `enc || ciphertext || tag`, [`OVERHEAD_OCTETS`] longer. Draws 64 octets of `rng`.
///
/// `info` tells what the message is for, `aad` what it belongs to; opening needs both again.
pub fn seal_to(
    public: &PeriodPublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    if info.len() > INFO_OCTETS_MAX {
        return Err(Error::InfoTooLong);
    }
    let public = <XWing as Kem>::PublicKey::from_bytes(&public.0).map_err(|_| Error::PublicKey)?;
    let (key, ciphertext) =
        single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &public, info, plaintext, aad, rng)
            .expect("a valid key encapsulates, and GCM takes any message that fits in memory");
    let mut sealed = key.to_bytes().to_vec();
    sealed.extend(ciphertext);
    Ok(sealed)
}

/// Opens what [`seal_to`] made; [`Error::Unsealable`] says no more than that it was not made so.
pub fn open_from(
    secret: &PeriodSecretKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    if info.len() > INFO_OCTETS_MAX {
        return Err(Error::InfoTooLong);
    }
    let (enc, ciphertext) = sealed.split_first_chunk().ok_or(Error::Unsealable)?;
    let shared = secret.expanded.decapsulate(enc);
    // RFC 9180, section 5.1.1: `SetupBaseR` behind its decapsulation.
    let mut context: AeadCtxR<AesGcm256, _, XWing> = HkdfSha256::combine_secrets(&OpModeR::Base, shared, info).into();
    context.open(ciphertext, aad).map(Zeroizing::new).map_err(|_| Error::Unsealable)
}

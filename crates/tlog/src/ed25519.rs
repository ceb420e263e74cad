//! Ed25519 (RFC 8032), verified strictly, by keys that many signatures are checked against.
//!
//! A ledger has few keys and many signatures by each. From the 65th signature on (`OFTEN`) a key keeps `Multiples` of its
//! point, so that a verification adds up points without doubling any. The verdict is the same, bit for bit, as that of
//! `ed25519_dalek::VerifyingKey::verify_strict`: no point of small order as key or in a signature, one written form of
//! a signature. Everything here is public, so that nothing needs to take the same time.

mod multiples;

use curve25519_dalek::{EdwardsPoint, Scalar, constants::ED25519_BASEPOINT_POINT};
use ed25519_dalek::VerifyingKey;
use multiples::Multiples;
use sha2::{Digest, Sha512};
use std::{
    fmt,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// So many signatures are checked before a key's multiples are worth their computation (that of some 30 verifications)
/// and their 640 KiB.
const OFTEN: u32 = 64;

/// The multiples of the point that all keys are multiples of.
static BASE: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(&ED25519_BASEPOINT_POINT));

/// A public key; copies share what was computed for it.
#[derive(Clone)]
pub struct Key(Arc<Shared>);

struct Shared {
    key: VerifyingKey,
    asked: AtomicU32,
    multiples: OnceLock<Multiples>,
}

impl Key {
    /// A key from its 32 octets; none, if they are no point of the curve, or one of small order: many signatures fit it.
    pub fn from_octets(octets: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(octets).ok().filter(|key| !key.is_weak()).map(Self::strong)
    }

    /// A key that is known not to be weak: that of a private key is not.
    pub(crate) fn strong(key: VerifyingKey) -> Self {
        Self(Arc::new(Shared { key, asked: AtomicU32::new(0), multiples: OnceLock::new() }))
    }

    /// The 32 octets that it was made from.
    pub fn octets(&self) -> &[u8; 32] {
        self.0.key.as_bytes()
    }

    /// Whether the key signed this message.
    pub fn fits(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        match self.multiples() {
            Some(multiples) => self.fits_by(multiples, message, signature),
            None => {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                self.0.key.verify_strict(message, &signature).is_ok()
            }
        }
    }

    fn multiples(&self) -> Option<&Multiples> {
        let ready = self.0.multiples.get();
        if ready.is_some() || self.0.asked.fetch_add(1, Ordering::Relaxed) < OFTEN {
            return ready;
        }
        Some(self.0.multiples.get_or_init(|| Multiples::of(&self.0.key.to_edwards())))
    }

    /// RFC 8032, 5.1.7, without cofactor: R = sB - kA. That R is compared as it is written.
    fn fits_by(&self, multiples: &Multiples, message: &[u8], signature: &[u8; 64]) -> bool {
        let (r, s) = signature.split_at(32);
        let Some(s) = Scalar::from_canonical_bytes(s.try_into().expect("half of 64 octets")).into_option() else {
            return false;
        };
        let k = Sha512::new().chain_update(r).chain_update(self.octets()).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&k.into());
        let expected: EdwardsPoint = BASE.times(&s) - multiples.times(&k);
        expected.compress().as_bytes() == r && !expected.is_small_order()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:02x?})", self.octets())
    }
}

#[cfg(test)]
mod tests;

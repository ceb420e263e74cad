//! Ed25519 (RFC 8032), verified strictly, by keys that many signatures are checked against.
//!
//! A ledger has few keys and many signatures by each. From the 65th signature on (`OFTEN`) a key keeps `Multiples` of its
//! point, so that a verification adds up points without doubling any, and more of them once it is asked for all its life
//! (`ALWAYS`). The verdict is the same, bit for bit, as that of `ed25519_dalek::VerifyingKey::verify_strict`: no point of small
//! order as key or in a signature, one written form of a signature. Everything here is public, so that nothing needs to take the
//! same time.

mod multiples;

use curve25519_dalek::{
    EdwardsPoint, Scalar,
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
};
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

/// So many signatures are checked before a key's multiples are worth their computation.
const OFTEN: u32 = 64;
/// So many are before it is worth many multiples. What is signed so often takes about as much room as they do, so that
/// nobody makes a reader take much for little.
const ALWAYS: u32 = 1 << 14;

/// The points of small order, as they are written.
static SMALL: LazyLock<[[u8; 32]; 8]> = LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

/// The multiples of the point that all keys are multiples of.
static BASE: Ready = Ready::new();

/// Multiples of a point, as far as they were worth it.
struct Ready {
    few: OnceLock<Multiples>,
    many: OnceLock<Multiples>,
}

impl Ready {
    const fn new() -> Self {
        Self { few: OnceLock::new(), many: OnceLock::new() }
    }

    /// For the signature with this number, from 0.
    fn multiples(&self, number: u32, point: impl Fn() -> EdwardsPoint) -> Option<&Multiples> {
        match number {
            ..OFTEN => None,
            OFTEN..ALWAYS => Some(self.few.get_or_init(|| Multiples::few(&point()))),
            ALWAYS.. => Some(self.many.get_or_init(|| Multiples::many(&point()))),
        }
    }
}

/// A public key; copies share what was computed for it.
#[derive(Clone)]
pub struct Key(Arc<Shared>);

struct Shared {
    key: VerifyingKey,
    asked: AtomicU32,
    ready: Ready,
}

impl Key {
    /// A key from its 32 octets; none, if they are no point of the curve, or one of small order: many signatures fit it.
    pub fn from_octets(octets: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(octets).ok().filter(|key| !key.is_weak()).map(Self::strong)
    }

    /// A key that is known not to be weak: that of a private key is not.
    pub(crate) fn strong(key: VerifyingKey) -> Self {
        Self(Arc::new(Shared { key, asked: AtomicU32::new(0), ready: Ready::new() }))
    }

    /// The 32 octets that it was made from.
    pub fn octets(&self) -> &[u8; 32] {
        self.0.key.as_bytes()
    }

    /// Whether the key signed this message.
    pub fn fits(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.asks(&[message], signature).fits()
    }

    /// The same of a message in pieces, as far as it takes no other signature: the rest costs many together little more than
    /// one alone, [`Asked::all_fit`].
    pub fn asks(&self, message: &[&[u8]], signature: &[u8; 64]) -> Asked {
        let number = self.number();
        let own = self.0.ready.multiples(number, || self.0.key.to_edwards());
        match own.zip(BASE.multiples(number, || ED25519_BASEPOINT_POINT)) {
            Some(multiples) => self.asks_by(multiples, message, signature),
            None => {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                Asked::known(self.0.key.verify_strict(&message.concat(), &signature).is_ok())
            }
        }
    }

    /// How many signatures were asked for before this one; it stops at the last number that makes a difference.
    fn number(&self) -> u32 {
        let asked = &self.0.asked;
        if asked.load(Ordering::Relaxed) < ALWAYS { asked.fetch_add(1, Ordering::Relaxed) } else { ALWAYS }
    }

    /// RFC 8032, 5.1.7, without cofactor: R = sB - kA. That R is compared as it is written.
    fn asks_by(&self, (own, base): (&Multiples, &Multiples), message: &[&[u8]], signature: &[u8; 64]) -> Asked {
        let (r, s) = signature.split_at(32);
        let Some(s) = Scalar::from_canonical_bytes(s.try_into().expect("half of 64 octets")).into_option() else {
            return Asked::known(false);
        };
        let hash = Sha512::new().chain_update(r).chain_update(self.octets());
        let k = message.iter().fold(hash, Sha512::chain_update).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&k.into());
        let expected = base.times(&s) - own.times(&k);
        Asked(Answer::Compares { expected, r: r.try_into().expect("half of 64 octets") })
    }
}

/// Whether a key signed a message, all but answered.
#[derive(Debug, Clone)]
pub struct Asked(Answer);

#[derive(Debug, Clone)]
enum Answer {
    /// It is known already.
    Known(bool),
    /// It did if the point that R has to be is written as R is. To write one takes an inversion, which many can share.
    Compares { expected: EdwardsPoint, r: [u8; 32] },
}

impl Asked {
    /// An answer that takes no computing.
    pub fn known(fits: bool) -> Self {
        Self(Answer::Known(fits))
    }

    /// The answer to one alone.
    pub fn fits(&self) -> bool {
        match &self.0 {
            Answer::Known(fits) => *fits,
            Answer::Compares { expected, r } => is_written(expected.compress().as_bytes(), r),
        }
    }

    /// The answers, in their order: each as if it were alone.
    pub fn all_fit(asked: &[Self]) -> Vec<bool> {
        let expected = |asked: &Self| match asked.0 {
            Answer::Known(_) => None,
            Answer::Compares { expected, .. } => Some(expected),
        };
        let points: Vec<_> = asked.iter().filter_map(expected).collect();
        let mut written = EdwardsPoint::compress_batch_alloc(&points).into_iter();
        let answer = |asked: &Self| match &asked.0 {
            Answer::Known(fits) => *fits,
            Answer::Compares { r, .. } => is_written(written.next().expect("each point is written").as_bytes(), r),
        };
        asked.iter().map(answer).collect()
    }
}

/// Whether R is this point, and not of small order: each point has one written form here.
fn is_written(point: &[u8; 32], r: &[u8; 32]) -> bool {
    point == r && !SMALL.contains(r)
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

//! Tokens: how a parcel is found by a number that nobody stores.
//!
//! `token = HMAC-SHA256(key, "bulla.token/1\n" || kind || value)`, its first 16 octets. Only tracking
//! numbers, references and digests become tokens: names, streets and postal codes have so few values
//! that a stolen key would turn them back in minutes. The value is normalised by the caller
//! (`manifest`), so that what is asked for meets what was sent.

use hmac::{Hmac, KeyInit, Mac};
use ledger::Hash;
pub use ledger::word::TokenKind as Kind;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A calendar month's index key. Wiped when dropped.
pub struct IndexKey(Zeroizing<[u8; 32]>);

/// A keyed, truncated digest. Equal values under one month's key have equal tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub [u8; 16]);

/// The first octets of a token: what a segment and the index keep of it, for whoever seeks a parcel. Of a hundred million in a month
/// another one has the same with a chance of 2⁻³⁷ for each search.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub [u8; 8]);

impl Token {
    /// What is kept of it where it is sought.
    pub fn mark(&self) -> Mark {
        Mark(*self.0.first_chunk().expect("8 of 16 octets"))
    }
}

impl fmt::Debug for Mark {
    /// As a token's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(…)")
    }
}

impl fmt::Debug for Token {
    /// Tells nothing: whoever holds the index key could turn a printed token back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl IndexKey {
    /// A new key: 32 octets of `rng`.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// From its written form.
    pub fn from_bytes(octets: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*octets))
    }

    /// The written form, wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// How the ledger names it: SHA-256(`"bulla.index-key/1\n"` || key).
    pub fn name(&self) -> Hash {
        Hash(Sha256::new().chain_update(b"bulla.index-key/1\n").chain_update(self.0.as_slice()).finalize().into())
    }

    /// The token of a normalised value.
    pub fn token(&self, kind: Kind, normalised: &[u8]) -> Token {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length");
        let full =
            mac.chain_update(b"bulla.token/1\n").chain_update([kind.number()]).chain_update(normalised).finalize();
        let mut token = Token([0; 16]);
        token.0.copy_from_slice(&full.into_bytes()[..16]);
        token
    }
}

//! Digests by the names that headers, MDNs and CMS give them.
use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};

/// A digest of messages. MD5 is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// Read where a partner's [`Weak`](crate::Weak) grants it, never written.
    Sha1,
    /// What is used unless something else is asked for.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
}

impl Digest {
    /// As `micalg` has it (RFC 5751, 3.4.3.2).
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The digest of this name: with or without hyphens, in upper or lower case.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name.trim().chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of `content`.
    pub(crate) fn of(self, content: &[u8]) -> Vec<u8> {
        digest::digest(self.algorithm(), content).as_ref().to_vec()
    }

    pub(crate) fn octets(self) -> usize {
        self.algorithm().output_len()
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

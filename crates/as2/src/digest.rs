//! Digests by the names that headers, MDNs and CMS give them.
use std::cell::Cell;

use aws_lc_rs::digest::{self, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};

use crate::cms::Weak;

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

    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

/// The digests of a content that a signature behind it may have used.
#[derive(Clone)]
pub(crate) struct Hashing {
    contexts: Vec<(Digest, Context)>,
    first: Option<u8>,
}

impl Hashing {
    /// Those that were announced; all of them where none was.
    pub(crate) fn new(weak: Weak, announced: &[Digest]) -> Self {
        let all = [Digest::Sha256, Digest::Sha384, Digest::Sha512, Digest::Sha1];
        let taken = all.into_iter().filter(|digest| *digest != Digest::Sha1 || weak.sha1);
        let taken = taken.filter(|digest| announced.is_empty() || announced.contains(digest));
        Self { contexts: taken.map(|digest| (digest, Context::new(digest.algorithm()))).collect(), first: None }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.first = self.first.or(octets.first().copied());
        self.contexts.iter_mut().for_each(|(_, context)| context.update(octets));
    }

    pub(crate) fn finish(self) -> Digested {
        let values = self.contexts.into_iter().map(|(digest, context)| (digest, context.finish())).collect();
        Digested { values, first: self.first, missed: Cell::new(false) }
    }
}

/// A content that is not held: its digests.
pub(crate) struct Digested {
    values: Vec<(Digest, digest::Digest)>,
    /// The content's first octet.
    pub(crate) first: Option<u8>,
    missed: Cell<bool>,
}

impl Digested {
    pub(crate) fn value(&self, digest: Digest) -> Option<&digest::Digest> {
        let found = self.values.iter().find(|(known, _)| *known == digest).map(|(_, value)| value);
        self.missed.set(self.missed.get() || found.is_none());
        found
    }

    /// Whether a digest was asked for that had not been announced.
    pub(crate) fn missed(&self) -> bool {
        self.missed.get()
    }
}

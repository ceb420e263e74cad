//! The message integrity check (RFC 4130, 7.3.1).
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::digest::Digest;

/// A digest of what was sent. It is a plain hash of a document: whoever guesses the document can check the
/// guess, so it is not shown by Debug.
#[derive(Clone, PartialEq, Eq)]
pub struct Mic {
    digest: Digest,
    value: Vec<u8>,
}

impl Mic {
    pub(crate) fn of(digest: Digest, content: &[u8]) -> Self {
        Self { digest, value: digest.of(content) }
    }

    /// A value that was computed before.
    pub(crate) fn known(digest: Digest, value: Vec<u8>) -> Self {
        Self { digest, value }
    }

    /// Reads `base64, algorithm`, as an MDN has it.
    pub fn read(field: &str) -> Option<Self> {
        let (value, name) = field.split_once(',')?;
        let digest = Digest::from_name(name)?;
        let value = STANDARD.decode(value.trim()).ok()?;
        (value.len() == digest.octets()).then_some(Self { digest, value })
    }

    /// What it was made with.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The value in base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.value)
    }

    /// `base64, algorithm`, the algorithm called as in RFC 5751.
    pub fn to_field(&self) -> String {
        format!("{}, {}", self.to_base64(), self.digest.name())
    }
}

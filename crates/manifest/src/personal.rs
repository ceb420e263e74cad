//! A value of a document: whoever shows one has to ask for its octets by name.

use std::{borrow::Cow, fmt};
use zeroize::Zeroize;

/// A value of a document. It has no `Display`, its `Debug` is `…`, and an owned one is overwritten when dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Personal<'a>(Cow<'a, [u8]>);

impl<'a> Personal<'a> {
    /// Takes what was read, without a copy.
    #[inline]
    pub const fn borrowed(value: &'a [u8]) -> Self {
        Self(Cow::Borrowed(value))
    }

    /// Takes a value that was made.
    pub const fn owned(value: Vec<u8>) -> Self {
        Self(Cow::Owned(value))
    }

    /// The octets. Callers put them into ciphertext, or before a person who was allowed to see them.
    #[inline]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The octets, if they are borrowed.
    #[inline]
    pub(crate) fn lent(&self) -> Option<&'a [u8]> {
        match &self.0 {
            Cow::Borrowed(value) => Some(value),
            Cow::Owned(_) => None,
        }
    }

    /// A copy that does not borrow.
    pub fn to_owned(&self) -> Personal<'static> {
        Personal(Cow::Owned(self.0.to_vec()))
    }

    /// Without its first octet.
    pub(crate) fn without_first(self) -> Self {
        match &self.0 {
            Cow::Borrowed(value) => Self::borrowed(value.get(1..).unwrap_or_default()),
            Cow::Owned(value) => Self::owned(value.get(1..).unwrap_or_default().to_vec()),
        }
    }

    /// Without blanks around it.
    pub(crate) fn trimmed(self) -> Self {
        let trimmed = self.0.trim_ascii();
        if trimmed.len() == self.0.len() {
            return self;
        }
        match &self.0 {
            Cow::Borrowed(value) => Self::borrowed(value.trim_ascii()),
            Cow::Owned(_) => Self::owned(trimmed.to_vec()),
        }
    }
}

impl Default for Personal<'_> {
    /// The empty value, which no field holds.
    fn default() -> Self {
        Self::borrowed(b"")
    }
}

impl Drop for Personal<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(value) = &mut self.0 {
            value.zeroize();
        }
    }
}

impl fmt::Debug for Personal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

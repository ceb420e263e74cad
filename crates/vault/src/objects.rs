//! Objects: octets under a name that do not change, but where they are blanked, whole and durable or not there at all. Only sealed or encrypted octets
//! are ever given to a store.

mod bucket;
mod directory;
mod s3;

pub use bucket::Bucket;
pub use directory::Directory;

use crate::Error;
use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Where sealed segments and encrypted delivery copies lie.
///
/// The contract, for a directory and for an S3-compatible store alike:
/// - after `put` returned `Ok`, the object survives a power cut; after an error it may or may not be there, so that a
///   caller deletes it or leaves it to [`crate::Vault::open`], which sets it aside;
/// - a name is given once; putting the same octets again under it is harmless;
/// - a reader sees all of an object or [`Error::Missing`], never a part.
pub trait Objects: Send + Sync {
    /// Makes an object durable: these octets, one part after the other.
    fn put(&self, name: &Name, parts: &[&[u8]]) -> Result<(), Error>;

    /// All of an object.
    fn read(&self, name: &Name) -> Result<Vec<u8>, Error>;

    /// `length` octets from `start`; an object that ends before that is [`Error::Damaged`].
    fn read_range(&self, name: &Name, start: u64, length: usize) -> Result<Vec<u8>, Error>;

    /// Removes an object; one that is not there is no error.
    fn delete(&self, name: &Name) -> Result<(), Error>;

    /// Overwrites `length` octets from `start` with zeros, durably: what nobody names in an object that others share.
    fn blank(&self, name: &Name, start: u64, length: u64) -> Result<(), Error>;

    /// Moves an object to where it is kept and not listed; one of its name that is there already stays.
    fn set_aside(&self, name: &Name) -> Result<(), Error>;

    /// The inverse of [`Self::set_aside`]; false where no such object was set aside.
    fn bring_back(&self, name: &Name) -> Result<bool, Error>;

    /// Every object's name, in no order.
    fn list(&self) -> Result<Vec<Name>, Error>;
}

/// An object's name: 1 to 100 of `a-z`, `0-9`, `-`, the first not `-`. No path, no case to fold, no escape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The written form: 1 to 100 of a-z, 0-9, -.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the object that is called after 16 random octets.
    pub(crate) fn of(octets: &[u8; 16]) -> Self {
        Self(hex::encode(octets))
    }

    /// The name of an object of so many parts, the first of which is called after 16 random octets. None but that one has the name
    /// that this part has by itself.
    pub(crate) fn of_first(octets: &[u8; 16], parts: usize) -> Self {
        let Self(first) = Self::of(octets);
        if parts == 1 { Self(first) } else { Self(format!("{first}-{parts}")) }
    }
}

impl FromStr for Name {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=100).contains(&s.len()) && !s.starts_with('-') && s.bytes().all(allowed) {
            Ok(Self(s.to_owned()))
        } else {
            Err(Error::Name)
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object that is put but not yet named by SQL: gone again when the last who has part in it drops it, unless one kept it.
pub(crate) struct Pending {
    objects: Arc<dyn Objects>,
    pub(crate) name: Name,
    kept: AtomicBool,
}

impl Pending {
    pub(crate) fn put(objects: &Arc<dyn Objects>, name: Name, parts: &[&[u8]]) -> Result<Arc<Self>, Error> {
        // Made first: a put that failed may have persisted all the same.
        let pending = Self { objects: objects.clone(), name, kept: AtomicBool::new(false) };
        objects.put(&pending.name, parts)?;
        Ok(Arc::new(pending))
    }

    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::SeqCst);
    }

    /// One who has part in it drops it without having kept it: these octets do not stay, whoever keeps the others.
    pub(crate) fn blank(self: &Arc<Self>, start: u64, length: u64) {
        if self.kept.load(Ordering::SeqCst) || Arc::strong_count(self) > 1 {
            let _ = self.objects.blank(&self.name, start, length);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.kept.load(Ordering::SeqCst) {
            // What cannot be removed now is set aside when the vault is opened next.
            let _ = self.objects.delete(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_path() {
        for good in ["a", "0", "a-b", &"x".repeat(100)] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a.tmp", "A", "-a", "a\0", "é", &"x".repeat(101)] {
            assert!(matches!(bad.parse::<Name>(), Err(Error::Name)), "{bad:?}");
        }
    }
}

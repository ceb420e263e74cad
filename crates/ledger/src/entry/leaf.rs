//! Reading a leaf. An entry's type says what the rest of it is, and in canonical form stands behind that rest: serde keeps all of
//! it until there. Of the kinds that a ledger is full of, the type is looked for from the end.

use super::{Entry, Logged};
use crate::{
    canonical::{self, NotCanonical},
    identifier::Time,
};
use serde::de::DeserializeOwned;

impl Logged {
    /// Reads a leaf; only the canonical form is accepted.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn read(leaf: &[u8]) -> Result<Self, NotCanonical> {
        // Whatever way it was read: what is written like this leaf is what it says.
        let read = Written::of(leaf).and_then(|written| written.read());
        match read.filter(|logged| canonical::is_form(logged, leaf)) {
            Some(logged) => Ok(logged),
            None => canonical::read(leaf),
        }
    }
}

/// A leaf, taken apart where a canonical one has its seams.
struct Written<'a> {
    /// The entry without its type and its last brace.
    entry: &'a [u8],
    kind: &'a [u8],
    time: &'a [u8],
}

impl<'a> Written<'a> {
    fn of(leaf: &'a [u8]) -> Option<Self> {
        let inside = leaf.strip_prefix(b"{\"entry\":")?.strip_suffix(b"\"}")?;
        let (rest, time) = inside.split_at_checked(inside.len().checked_sub(Time::WRITTEN)?)?;
        let rest = rest.strip_suffix(b"\"},\"time\":\"")?;
        let (rest, kind) = rest.split_at(rest.iter().rposition(|octet| *octet == b'"')? + 1);
        Some(Self { entry: rest.strip_suffix(b",\"type\":\"")?, kind, time })
    }

    fn read(&self) -> Option<Logged> {
        let entry = match self.kind {
            b"intake" => Entry::Intake(self.entry()?),
            b"tick" => Entry::Tick(self.entry()?),
            b"heartbeat" => Entry::Heartbeat(self.entry()?),
            _ => return None,
        };
        Some(Logged { time: std::str::from_utf8(self.time).ok()?.parse().ok()?, entry })
    }

    fn entry<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&[self.entry, b"}"].concat()).ok()
    }
}

/// The canonical bytes of the record that a worker has signed, of the leaf of such an entry.
pub(crate) fn signed_record(leaf: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: usize = 128;
    let record = Written::of(leaf)?.entry.strip_prefix(b"{\"record\":")?.strip_suffix(b"\"")?;
    record.get(..record.len().checked_sub(SIGNATURE)?)?.strip_suffix(b",\"signature\":\"")
}

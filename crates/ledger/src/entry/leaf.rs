//! Reading a leaf. The kinds that a ledger is full of are expected as they are written; an entry's type stands behind all else
//! that it says.

use super::{Entry, Heartbeat, Intake, Logged, Tick};
use crate::{
    canonical::{
        self, NotCanonical,
        form::{Form, InForm},
    },
    identifier::Time,
};

impl Logged {
    /// Reads a leaf; only the canonical form is accepted.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn read(leaf: &[u8]) -> Result<Self, NotCanonical> {
        canonical::read_expected(leaf)
    }
}

/// What an entry says, up to its type.
pub(super) trait Fields: Sized {
    /// Reads that.
    fn fields(form: &mut Form<'_>) -> Option<Self>;
}

impl InForm for Logged {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { entry: form.behind(r#"{"entry":"#)?, time: form.behind(r#","time":"#)? };
        form.ended(own, "}")
    }
}

impl InForm for Entry {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let intake = typed(form, r#","type":"intake"}"#, Intake::fields).map(Self::Intake);
        let tick = || typed(form, r#","type":"tick"}"#, Tick::fields).map(Self::Tick);
        intake.or_else(tick).or_else(|| typed(form, r#","type":"heartbeat"}"#, Heartbeat::fields).map(Self::Heartbeat))
    }
}

impl Fields for Heartbeat {
    fn fields(form: &mut Form<'_>) -> Option<Self> {
        Some(Self { note: form.behind(r#"{"note":"#)? })
    }
}

/// An entry of the type that ends it, or nothing is read.
fn typed<T>(form: &mut Form<'_>, end: &str, fields: fn(&mut Form<'_>) -> Option<T>) -> Option<T> {
    let mut ahead = *form;
    let own = fields(&mut ahead)?;
    let own = ahead.ended(own, end)?;
    *form = ahead;
    Some(own)
}

/// The canonical bytes of the record that a worker has signed, of the leaf of such an entry.
pub(crate) fn signed_record(leaf: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: usize = 128;
    const TIME: usize = r#"},"time":""}"#.len() + Time::WRITTEN;
    let entry = leaf.get(..leaf.len().checked_sub(TIME)?)?.strip_suffix(b"\"")?;
    let end = entry.iter().rposition(|octet| *octet == b'"')?;
    let signed = entry[..end].strip_suffix(br#"","type":"#)?;
    let record = signed.get(..signed.len().checked_sub(SIGNATURE)?)?.strip_suffix(br#","signature":""#)?;
    record.strip_prefix(br#"{"entry":{"record":"#)
}

//! The fields of one record, which lie with those of its manifest's other records.

use crate::record::Field;
use std::{fmt, ops::Deref, ops::Range, sync::Arc};

/// Fields in their order; a slice, cheap to clone. What it shares is freed, and made values overwritten, with the last
/// record of the manifest.
#[derive(Clone, Default)]
pub struct Fields<'a> {
    all: Arc<Vec<Field<'a>>>,
    own: Range<usize>,
}

impl<'a> Fields<'a> {
    /// Some of all.
    ///
    /// # Panics
    /// Later, if these are not all there.
    pub(crate) fn of(all: &Arc<Vec<Field<'a>>>, own: Range<usize>) -> Self {
        Self { all: Arc::clone(all), own }
    }
}

impl<'a> From<Vec<Field<'a>>> for Fields<'a> {
    fn from(fields: Vec<Field<'a>>) -> Self {
        let own = 0..fields.len();
        Self { all: Arc::new(fields), own }
    }
}

impl<'a> FromIterator<Field<'a>> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = Field<'a>>>(fields: I) -> Self {
        fields.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a> Deref for Fields<'a> {
    type Target = [Field<'a>];

    fn deref(&self) -> &[Field<'a>] {
        &self.all[self.own.clone()]
    }
}

impl<'f, 'a> IntoIterator for &'f Fields<'a> {
    type Item = &'f Field<'a>;
    type IntoIter = std::slice::Iter<'f, Field<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Fields<'_> {}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

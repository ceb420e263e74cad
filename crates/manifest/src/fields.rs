//! The fields of one record, which lie with those of its manifest's other records.

use crate::{
    entry::{Entries, Entry},
    record::Field,
};
use std::{fmt, iter::FusedIterator, ops::Range, slice, sync::Arc};

/// Fields in their order; cheap to clone. A mapped record's take sixteen octets each, and a [`Field`] is made of one when it
/// is asked for. What it shares is freed, and made values overwritten, with the last record of the manifest.
#[derive(Clone)]
pub struct Fields<'a>(Held<'a>);

#[derive(Clone)]
enum Held<'a> {
    Listed(Arc<Vec<Field<'a>>>),
    Mapped(Arc<Entries<'a>>, Range<u32>),
}

impl<'a> Fields<'a> {
    /// Some of those that were mapped, as far as they are there.
    pub(crate) fn of(all: &Arc<Entries<'a>>, own: Range<u32>) -> Self {
        Self(Held::Mapped(Arc::clone(all), own))
    }

    /// One after the other.
    pub fn iter(&self) -> Iter<'_, 'a> {
        Iter(match &self.0 {
            Held::Listed(fields) => Left::Listed(fields.iter()),
            Held::Mapped(all, own) => {
                let own = own.start as usize..own.end as usize;
                Left::Mapped(all, all.all.get(own).unwrap_or_default().iter())
            }
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.iter().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `n`, from 0.
    pub fn get(&self, n: usize) -> Option<Field<'_>> {
        self.iter().nth(n)
    }

    /// All at once.
    pub fn to_vec(&self) -> Vec<Field<'_>> {
        self.iter().collect()
    }
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<'a> From<Vec<Field<'a>>> for Fields<'a> {
    fn from(fields: Vec<Field<'a>>) -> Self {
        Self(Held::Listed(Arc::new(fields)))
    }
}

impl<'a> FromIterator<Field<'a>> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = Field<'a>>>(fields: I) -> Self {
        fields.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'f, 'a> IntoIterator for &'f Fields<'a> {
    type Item = Field<'f>;
    type IntoIter = Iter<'f, 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields<'_> {}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Fields one after the other; their values are lent.
#[derive(Clone)]
pub struct Iter<'f, 'a>(Left<'f, 'a>);

#[derive(Clone)]
enum Left<'f, 'a> {
    Listed(slice::Iter<'f, Field<'a>>),
    Mapped(&'f Entries<'a>, slice::Iter<'f, Entry>),
}

impl<'f> Iterator for Iter<'f, '_> {
    type Item = Field<'f>;

    #[inline]
    fn next(&mut self) -> Option<Field<'f>> {
        match &mut self.0 {
            Left::Listed(fields) => fields.next().map(Field::lent),
            Left::Mapped(all, entries) => entries.next().map(|entry| entry.field(all.octets, &all.made)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Left::Listed(fields) => fields.size_hint(),
            Left::Mapped(_, entries) => entries.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_, '_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Left::Listed(fields) => fields.next_back().map(Field::lent),
            Left::Mapped(all, entries) => entries.next_back().map(|entry| entry.field(all.octets, &all.made)),
        }
    }
}

impl ExactSizeIterator for Iter<'_, '_> {}
impl FusedIterator for Iter<'_, '_> {}

impl fmt::Debug for Iter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

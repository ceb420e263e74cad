//! The elements of a segment, one after the other.

use super::slice;

/// The elements of a segment.
#[derive(Clone)]
pub struct Elements<'i, 'w> {
    octets: &'i [u8],
    /// The mark before the next element.
    before: u32,
    marks: std::slice::Iter<'w, u32>,
}

impl<'i, 'w> Elements<'i, 'w> {
    /// Those that end at the marks; the first begins behind the mark before them.
    #[inline]
    pub(super) fn behind(octets: &'i [u8], before: u32, marks: &'w [u32]) -> Self {
        Self { octets, before, marks: marks.iter() }
    }
}

impl std::fmt::Debug for Elements<'_, '_> {
    /// Shows no values: a log could keep them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elements").field("left", &self.marks.len()).finish_non_exhaustive()
    }
}

impl<'i> Iterator for Elements<'i, '_> {
    type Item = &'i [u8];

    #[inline]
    fn next(&mut self) -> Option<&'i [u8]> {
        let &end = self.marks.next()?;
        let from = self.before.wrapping_add(1);
        self.before = end;
        Some(slice(self.octets, from, end))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.marks.size_hint()
    }
}

impl ExactSizeIterator for Elements<'_, '_> {}
impl std::iter::FusedIterator for Elements<'_, '_> {}

//! What closed levels say, one behind the other: a level is a few places in it, so that a set with many levels takes few
//! allocations.

use super::gather::{Draft, Gather, Kept};
use crate::record::Field;
use std::ops::Range;

/// The fields of all closed levels of a set.
#[derive(Debug, Default)]
pub(super) struct Arena<'a> {
    fields: Vec<Field<'a>>,
    /// Of levels with a recipient or a consignee: where in `fields` each kind of field is.
    places: Vec<u32>,
    /// The fields of all MANs.
    marked: Vec<Field<'a>>,
    /// Where each MAN ends in `marked`.
    ends: Vec<usize>,
}

/// A level that was closed.
#[derive(Debug, Default)]
pub(super) struct Said {
    fields: Range<usize>,
    /// Where in `places` each kind begins, and the last one ends; all the same where there is no destination.
    kinds: [usize; 4],
    marks: Range<usize>,
    pub draft: Draft,
    /// Segments that went nowhere.
    pub unmapped: u32,
}

impl Said {
    /// Which kinds of fields it has.
    pub fn has(&self) -> Kept {
        let [recipients, consignees, others, end] = self.kinds;
        let any_other = if recipients == end { !self.fields.is_empty() } else { others < end };
        Kept([recipients < consignees, consignees < others, any_other])
    }

    pub fn mark_count(&self) -> usize {
        self.marks.len()
    }
}

impl<'a> Arena<'a> {
    /// Takes over what the open level has said, and leaves it empty, with its memory, for the next one.
    pub fn close(&mut self, open: &mut Gather<'a>) -> Said {
        let start = self.fields.len();
        self.fields.append(&mut open.fields);
        let [recipients, consignees, _] = &open.places;
        let mut kinds = [self.places.len(); 4];
        if !(recipients.is_empty() && consignees.is_empty()) {
            for (places, end) in open.places.iter().zip(&mut kinds[1..]) {
                self.places.extend_from_slice(places);
                *end = self.places.len();
            }
        }
        let first_mark = self.ends.len();
        let before = self.marked.len();
        self.marked.append(&mut open.marked);
        let mut last = 0;
        for end in open.marks.iter().copied() {
            // A mark that says nothing is none.
            if end > last {
                self.ends.push(before + end);
            }
            last = end;
        }
        let said = Said {
            fields: start..self.fields.len(),
            kinds,
            marks: first_mark..self.ends.len(),
            draft: open.draft,
            unmapped: open.unmapped,
        };
        open.restart();
        said
    }

    /// Forgets all levels.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.places.clear();
        self.marked.clear();
        self.ends.clear();
    }

    /// The fields of these kinds in their order, without a look at any other.
    pub fn only<'l>(&'l self, said: &Said, kept: Kept) -> Only<'l, 'a> {
        let fields = &self.fields[said.fields.clone()];
        let [recipients, consignees, others, end] = said.kinds;
        let destined = recipients < end;
        if kept == Kept::ALL || !destined && kept.0[2] {
            return Only::All(fields.iter());
        }
        let kinds = [recipients..consignees, consignees..others, others..end];
        let mut places = [0, 1, 2].map(|kind| &self.places[kinds[kind].clone()]);
        for (places, kept) in places.iter_mut().zip(kept.0) {
            if !kept {
                *places = &[];
            }
        }
        Only::Some { fields, places }
    }

    /// The MANs of a level.
    pub fn marks<'l>(&'l self, said: &Said) -> impl Iterator<Item = &'l [Field<'a>]> {
        said.marks.clone().map(|mark| &self.marked[self.begin(mark)..self.ends[mark]])
    }

    /// MAN number `n` of a level, from 0.
    pub fn mark(&self, said: &Said, n: usize) -> &[Field<'a>] {
        self.marks(said).nth(n).unwrap_or_default()
    }

    /// The fields of all MANs of a level.
    pub fn marked(&self, said: &Said) -> &[Field<'a>] {
        match said.marks.clone().next_back() {
            Some(last) => &self.marked[self.begin(said.marks.start)..self.ends[last]],
            None => &[],
        }
    }

    fn begin(&self, mark: usize) -> usize {
        mark.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// Some fields of a level in their order.
pub(super) enum Only<'l, 'a> {
    All(std::slice::Iter<'l, Field<'a>>),
    Some { fields: &'l [Field<'a>], places: [&'l [u32]; 3] },
}

impl<'l, 'a> Iterator for Only<'l, 'a> {
    type Item = &'l Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::All(fields) => fields.next(),
            Self::Some { fields, places } => {
                let next = places.iter_mut().filter(|places| !places.is_empty()).min_by_key(|places| places[0])?;
                let (place, behind) = next.split_first()?;
                *next = behind;
                fields.get(*place as usize)
            }
        }
    }
}

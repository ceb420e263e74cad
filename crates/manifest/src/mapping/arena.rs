//! What closed levels say, one behind the other: a level is a few places in it, so that a set with many levels takes few
//! allocations.

use super::{
    draft::Draft,
    gather::Gather,
    kinds::{Kept, Run},
    place,
};
use crate::{
    entry::{Entry, Place},
    record::{Field, Personal},
};
use std::{mem::take, ops::Range};

/// The fields of all closed levels of a set.
#[derive(Default)]
pub(super) struct Arena<'a> {
    /// Of each level its own, and behind them those of its MANs.
    fields: Vec<Entry>,
    /// The octets of the set.
    octets: &'a [u8],
    /// The values that are not among them.
    made: Vec<Personal<'a>>,
    /// Of levels with a recipient or a consignee: where in `fields` each kind of field is.
    runs: Vec<Run>,
    /// Where each MAN ends in `fields`.
    ends: Vec<u32>,
}

/// A level that was closed.
#[derive(Debug, Default)]
pub(super) struct Said {
    fields: Range<u32>,
    /// Where in `runs` each kind begins, and the last one ends; all the same where there is no destination.
    kinds: [u32; 4],
    marks: Range<u32>,
    pub draft: Draft,
    /// Segments that went nowhere.
    pub unmapped: u32,
}

impl Said {
    /// Which kinds of fields it has.
    pub fn has(&self) -> Kept {
        let [recipients, consignees, others, end] = self.kinds;
        let any_other = if recipients == end { self.fields.start < self.fields.end } else { others < end };
        Kept([recipients < consignees, consignees < others, any_other])
    }

    pub fn mark_count(&self) -> usize {
        self.marks.len()
    }
}

impl<'a> Arena<'a> {
    /// Takes over what the open level has said, and leaves it empty, with its memory, for the next one.
    pub fn close(&mut self, open: &mut Gather<'a>) -> Said {
        let start = place(self.fields.len());
        if !open.made.is_empty() {
            self.take_made(open);
        }
        open.runs.end(open.fields.len());
        self.fields.append(&mut open.fields);
        let fields = start..place(self.fields.len());
        let [recipients, consignees, _] = open.runs.ended();
        let mut kinds = [place(self.runs.len()); 4];
        if !(recipients.is_empty() && consignees.is_empty()) {
            for (runs, end) in open.runs.ended().iter().zip(&mut kinds[1..]) {
                self.runs.extend(runs.iter().map(|run| run.behind(start)));
                *end = place(self.runs.len());
            }
        }
        let first_mark = place(self.ends.len());
        self.fields.append(&mut open.marked);
        let mut last = 0;
        for end in open.marks.iter().copied() {
            // A mark that says nothing is none.
            if end > last {
                self.ends.push(fields.end.saturating_add(place(end)));
            }
            last = end;
        }
        let marks = first_mark..place(self.ends.len());
        let said = Said { fields, kinds, marks, draft: open.draft, unmapped: open.unmapped };
        open.restart();
        said
    }

    #[cold]
    fn take_made(&mut self, open: &mut Gather<'a>) {
        let others = self.made.len();
        for field in open.fields.iter_mut().chain(&mut open.marked) {
            field.value = field.value.behind(others);
        }
        self.made.append(&mut open.made);
    }

    /// Begins with the octets of a set.
    pub fn begin(&mut self, octets: &'a [u8]) {
        self.octets = octets;
    }

    /// Forgets all levels; the values that were made are the caller's.
    pub fn clear(&mut self) -> Vec<Personal<'a>> {
        self.fields.clear();
        self.runs.clear();
        self.ends.clear();
        take(&mut self.made)
    }

    /// Some of the fields.
    #[inline]
    pub fn fields(&self, places: Range<usize>) -> &[Entry] {
        &self.fields[places]
    }

    /// The same as others see them.
    pub fn listed(&self, places: Range<usize>) -> Vec<Field<'_>> {
        self.fields(places).iter().map(|entry| entry.field(self.octets, &self.made)).collect()
    }

    /// A field's value.
    #[inline]
    pub fn value(&self, field: &Entry) -> &[u8] {
        self.at(field.value)
    }

    /// The value at a place.
    #[inline]
    pub fn at(&self, place: Place) -> &[u8] {
        place.of(self.octets, &self.made)
    }

    /// Where a level's fields of these kinds are, with those of its MANs or without, if they are one behind the other.
    #[inline]
    pub fn all(&self, said: &Said, kept: Kept, marks: bool) -> Option<Range<usize>> {
        let [recipients, .., end] = said.kinds;
        let destined = recipients < end;
        let fields = if kept == Kept::ALL || !destined && kept.0[2] {
            &said.fields
        } else if !destined && !marks {
            &(said.fields.end..said.fields.end)
        } else {
            return None;
        };
        let end = if marks { self.marked(said).end } else { fields.end as usize };
        Some(fields.start as usize..end)
    }

    /// Where a level's fields of these kinds are, in their order, without a look at any other.
    pub fn only(&self, said: &Said, kept: Kept) -> Only<'_> {
        let [recipients, consignees, others, end] = said.kinds;
        let kinds = [recipients..consignees, consignees..others, others..end];
        let mut runs = [0, 1, 2].map(|kind| &self.runs[wide(&kinds[kind])]);
        for (runs, kept) in runs.iter_mut().zip(kept.0) {
            if !kept {
                *runs = &[];
            }
        }
        Only { runs }
    }

    /// Where the MANs of a level are.
    pub fn marks(&self, said: &Said) -> impl Iterator<Item = Range<usize>> + '_ {
        let (mut begin, marks) = (said.fields.end, wide(&said.marks));
        self.ends[marks].iter().map(move |&end| wide(&(std::mem::replace(&mut begin, end)..end)))
    }

    /// Where MAN number `n` of a level is, from 0.
    pub fn mark(&self, said: &Said, n: usize) -> Range<usize> {
        self.marks(said).nth(n).unwrap_or_default()
    }

    /// Where the fields of all MANs of a level are.
    pub fn marked(&self, said: &Said) -> Range<usize> {
        let end = self.ends[wide(&said.marks)].last().copied().unwrap_or(said.fields.end);
        wide(&(said.fields.end..end))
    }
}

fn wide(places: &Range<u32>) -> Range<usize> {
    places.start as usize..places.end as usize
}

/// Some fields of a level in their order, as many at a time as stand together.
pub(super) struct Only<'l> {
    runs: [&'l [Run]; 3],
}

impl Iterator for Only<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        let next = self.runs.iter_mut().filter(|runs| !runs.is_empty()).min_by_key(|runs| runs[0].from)?;
        let (run, behind) = next.split_first()?;
        *next = behind;
        Some(run.places())
    }
}

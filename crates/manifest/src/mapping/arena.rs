//! What closed levels say, one behind the other: a level is a few places in it, so that a set with many levels takes few
//! allocations.

use super::{
    draft::Draft,
    gather::Gather,
    kinds::{Kept, Run},
};
use crate::record::Field;
use std::ops::Range;

/// The fields of all closed levels of a set.
#[derive(Debug, Default)]
pub(super) struct Arena<'a> {
    /// Of each level its own, and behind them those of its MANs.
    fields: Vec<Field<'a>>,
    /// Of levels with a recipient or a consignee: where in `fields` each kind of field is.
    runs: Vec<Run>,
    /// Where each MAN ends in `fields`.
    ends: Vec<usize>,
}

/// A level that was closed.
#[derive(Debug, Default)]
pub(super) struct Said {
    fields: Range<usize>,
    /// Where in `runs` each kind begins, and the last one ends; all the same where there is no destination.
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
        let fields = start..self.fields.len();
        open.runs.end(self.fields.len() - start);
        let [recipients, consignees, _] = open.runs.ended();
        let mut kinds = [self.runs.len(); 4];
        if !(recipients.is_empty() && consignees.is_empty()) {
            let from = u32::try_from(start).expect("four billion fields do not fit into memory");
            for (runs, end) in open.runs.ended().iter().zip(&mut kinds[1..]) {
                self.runs.extend(runs.iter().map(|run| run.behind(from)));
                *end = self.runs.len();
            }
        }
        let first_mark = self.ends.len();
        self.fields.append(&mut open.marked);
        let mut last = 0;
        for end in open.marks.iter().copied() {
            // A mark that says nothing is none.
            if end > last {
                self.ends.push(fields.end + end);
            }
            last = end;
        }
        let marks = first_mark..self.ends.len();
        let said = Said { fields, kinds, marks, draft: open.draft, unmapped: open.unmapped };
        open.restart();
        said
    }

    /// Forgets all levels.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.runs.clear();
        self.ends.clear();
    }

    /// Some of the fields.
    #[inline]
    pub fn fields(&self, places: Range<usize>) -> &[Field<'a>] {
        &self.fields[places]
    }

    #[inline]
    pub fn field(&self, place: usize) -> &Field<'a> {
        &self.fields[place]
    }

    /// Where a level's fields of these kinds are, in their order, without a look at any other.
    pub fn only(&self, said: &Said, kept: Kept) -> Only<'_> {
        let [recipients, consignees, others, end] = said.kinds;
        let destined = recipients < end;
        if kept == Kept::ALL || !destined && kept.0[2] {
            return Only { all: Some(said.fields.clone()), runs: [&[]; 3] };
        }
        let kinds = [recipients..consignees, consignees..others, others..end];
        let mut runs = [0, 1, 2].map(|kind| &self.runs[kinds[kind].clone()]);
        for (runs, kept) in runs.iter_mut().zip(kept.0) {
            if !kept {
                *runs = &[];
            }
        }
        Only { all: None, runs }
    }

    /// Where the MANs of a level are.
    pub fn marks(&self, said: &Said) -> impl Iterator<Item = Range<usize>> + '_ {
        let (first, behind_own) = (said.marks.start, said.fields.end);
        let begin = move |mark: usize| if mark == first { behind_own } else { self.ends[mark - 1] };
        said.marks.clone().map(move |mark| begin(mark)..self.ends[mark])
    }

    /// Where MAN number `n` of a level is, from 0.
    pub fn mark(&self, said: &Said, n: usize) -> Range<usize> {
        self.marks(said).nth(n).unwrap_or_default()
    }

    /// Where the fields of all MANs of a level are.
    pub fn marked(&self, said: &Said) -> Range<usize> {
        let end = said.marks.clone().next_back().map_or(said.fields.end, |last| self.ends[last]);
        said.fields.end..end
    }
}

/// Some fields of a level in their order, as many at a time as stand together.
pub(super) struct Only<'l> {
    all: Option<Range<usize>>,
    runs: [&'l [Run]; 3],
}

impl Iterator for Only<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        if let Some(all) = self.all.take() {
            return Some(all);
        }
        let next = self.runs.iter_mut().filter(|runs| !runs.is_empty()).min_by_key(|runs| runs[0].from)?;
        let (run, behind) = next.split_first()?;
        *next = behind;
        Some(run.places())
    }
}

//! One segment after the other, lent from the bytes.
//!
//! The bytes are indexed window by window: a walk holds the index of one window, and of the segment that crosses
//! into the next, however long the file is. **In scope**: terminators, line ends around them, X12 segments with
//! binary octets, a last segment without terminator. **Out of scope**: what the segments mean.

#[cfg(test)]
mod tests;

use crate::{
    Separators,
    index::{Index, Kernel, STEP},
    segment::{Segment, Window},
    syntax,
};
use std::ops::Range;

/// A segment of more octets, without terminator, ends the walk. Binary octets of a declared length are not counted.
pub const SEGMENT_OCTETS_MAX: usize = 1 << 20;

/// Octets that are indexed together, unless told otherwise: they and their index stay in the first caches.
const WINDOW: usize = 16 << 10;

/// Lends one segment after the other; indexes the bytes window by window, so memory does not grow with the file.
///
/// Line ends after a terminator are skipped, unless they are delimiters. With LF as the terminator one CR before it
/// belongs to it. With CR or LF as the terminator, blank lines are no segments.
pub struct Walk<'i> {
    window: Window<'i>,
    /// What may be indexed, from the beginning of the bytes: the range, and perhaps those that follow it.
    indexable: &'i [u8],
    window_octets: usize,
    rules: Rules,
    index: Index,
    /// From the base: behind the last terminator.
    next: usize,
    /// The next segment's first mark.
    mark: usize,
    /// The next segment's end among the ends.
    end: usize,
    /// The marks of a binary segment, which the index does not have.
    binary: [u32; 4],
    ordinal: u32,
    /// Octets before `next` that were passed over since the last segment.
    skipped: usize,
    overlong: bool,
}

/// What the delimiters say about the octets around terminators.
#[derive(Clone, Copy)]
struct Rules {
    /// The bits of CR and LF, by their value, where they may be skipped between segments.
    line_ends: u32,
    /// CR before the terminator LF belongs to it.
    returns: bool,
    /// The terminator is a CR or LF.
    lines: bool,
    /// What the tags of segments with a length begin with; [`NONE`] but for X12.
    binary: u32,
}

impl Rules {
    fn of(separators: &Separators) -> Self {
        let free = |octet| !separators.contains(octet);
        Self {
            line_ends: u32::from(free(b'\r')) << b'\r' | u32::from(free(b'\n')) << b'\n',
            returns: separators.terminator == b'\n' && free(b'\r'),
            lines: matches!(separators.terminator, b'\r' | b'\n'),
            binary: if separators.release.is_none() { u32::from(b'B') } else { NONE },
        }
    }
}

/// Equal to no octet, for a delimiter that is not used.
const NONE: u32 = 0x100;

/// A segment that was found; its end is its last mark.
struct Place {
    /// From the base.
    start: usize,
    marks: Marks,
    terminated: bool,
}

enum Marks {
    Indexed(Range<usize>),
    /// So many of `Walk::binary`.
    Binary(usize),
}

impl std::fmt::Debug for Walk<'_> {
    /// Shows no values: a log could keep them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walk")
            .field("ordinal", &self.ordinal)
            .field("offset", &self.offset())
            .field("overlong", &self.overlong)
            .finish_non_exhaustive()
    }
}

impl<'i> Walk<'i> {
    /// Walks `bytes[range]`, as far as that exists; offsets count from the beginning of `bytes`. `first_ordinal` is
    /// the ordinal of the first segment (1-based).
    pub fn new(bytes: &'i [u8], range: Range<usize>, separators: Separators, first_ordinal: u32) -> Self {
        Self::with_kernel(bytes, range, separators, first_ordinal, Kernel::best())
    }

    /// As [`Walk::new`], with this kernel, or with the scalar one if the processor has it not.
    pub fn with_kernel(
        bytes: &'i [u8],
        range: Range<usize>,
        separators: Separators,
        first_ordinal: u32,
        kernel: Kernel,
    ) -> Self {
        Self {
            indexable: indexable(bytes, &range),
            window: Window::of(bytes, range, separators),
            window_octets: WINDOW,
            rules: Rules::of(&separators),
            index: Index::new(kernel, &separators),
            next: 0,
            mark: 0,
            end: 0,
            binary: [0; 4],
            ordinal: first_ordinal,
            skipped: 0,
            overlong: false,
        }
    }

    /// Begins anew as [`Walk::new`], with the kernel and the memory of this walk.
    pub fn begin(&mut self, bytes: &'i [u8], range: Range<usize>, separators: Separators, first_ordinal: u32) {
        self.index.begin(&separators);
        self.indexable = indexable(bytes, &range);
        (self.window, self.rules) = (Window::of(bytes, range, separators), Rules::of(&separators));
        (self.next, self.mark, self.end) = (0, 0, 0);
        (self.ordinal, self.skipped, self.overlong) = (first_ordinal, 0, false);
    }

    /// The same. If the range follows the last one that was walked, what is indexed now may go on behind it, to the end of
    /// `bytes`, and is not indexed again where the next one follows.
    pub(crate) fn go_on(&mut self, bytes: &'i [u8], range: Range<usize>, separators: Separators, first_ordinal: u32) {
        let follows = self.window.separators == separators && self.is_followed_by(bytes, &range);
        if follows && range.end <= self.indexable.len() {
            self.window.octets = &self.indexable[self.window.base..range.end];
            (self.ordinal, self.skipped) = (first_ordinal, 0);
            return;
        }
        self.begin(bytes, range, separators, first_ordinal);
        if follows {
            self.indexable = bytes;
        }
    }

    /// Whether a range of the same octets begins where this walk ended, or behind line ends that it would pass over.
    fn is_followed_by(&self, bytes: &[u8], range: &Range<usize>) -> bool {
        let is_line_end = |octet: &u8| *octet < 32 && self.rules.line_ends >> octet & 1 == 1;
        let between = bytes.get(self.window.base + self.next..range.start);
        let is_same = std::ptr::eq(self.indexable.as_ptr(), bytes.as_ptr()) && range.start <= range.end;
        is_same && !self.overlong && between.is_some_and(|octets| octets.len() <= 2 && octets.iter().all(is_line_end))
    }

    /// Indexes so many octets at a time, rounded up to 4 KiB.
    #[must_use]
    pub fn with_window(self, octets: usize) -> Self {
        Self { window_octets: octets.clamp(1, SEGMENT_OCTETS_MAX).next_multiple_of(STEP), ..self }
    }

    /// The next segment, or none at the end of the range or behind an overlong segment.
    #[inline(always)]
    pub fn next_segment(&mut self) -> Option<Segment<'i, '_>> {
        if let Some((start, marks)) = self.indexed_segment() {
            let ordinal = self.ordinal;
            self.ordinal = ordinal.saturating_add(1);
            let marks = self.index.marks_between(marks);
            let index = Some(&self.index);
            return Some(Segment { window: &self.window, marks, index, start, ordinal, terminated: true });
        }
        self.next_other_segment()
    }

    #[inline(never)]
    fn next_other_segment(&mut self) -> Option<Segment<'i, '_>> {
        let behind = self.offset();
        let Some(place) = self.other_segment() else {
            self.skipped = (self.window.base + self.next).saturating_sub(behind);
            return None;
        };
        self.skipped = 0;
        let (marks, index) = match place.marks {
            Marks::Indexed(range) => (self.index.marks_between(range), Some(&self.index)),
            // Whatever is in it may be octets of a length that it says.
            Marks::Binary(count) => (&self.binary[..count], None),
        };
        let (start, ordinal) = (place.start as u32, self.ordinal);
        self.ordinal = ordinal.saturating_add(u32::from(marks != [start]));
        Some(Segment { window: &self.window, marks, index, start, ordinal, terminated: place.terminated })
    }

    /// Behind the last segment's terminator, and before line ends that follow: octets from the beginning of the
    /// bytes. Behind its last octet if it has no terminator.
    pub fn offset(&self) -> usize {
        (self.window.base + self.next).saturating_sub(self.skipped)
    }

    /// It stopped because no terminator came within [`SEGMENT_OCTETS_MAX`].
    pub fn overlong(&self) -> bool {
        self.overlong
    }

    /// What its index takes, in octets: less than 1 MiB unless a segment is longer than a window.
    pub fn held(&self) -> usize {
        self.index.held()
    }

    /// Where the next segment begins and its marks, if it is like most: its terminator is in the index, it is not
    /// blank, and no rule needs a closer look.
    #[inline(always)]
    fn indexed_segment(&mut self) -> Option<(u32, Range<usize>)> {
        let last = self.index.end(self.end)?;
        let end = self.index.mark(last)?;
        let start = self.behind_line_ends(self.next);
        if end >= self.window.octets.len() {
            return None;
        }
        let first = *self.window.octets.get(start)?;
        let ordinary = 1..=SEGMENT_OCTETS_MAX;
        if u32::from(first) == self.rules.binary
            || !ordinary.contains(&end.wrapping_sub(start))
            || self.rules.returns && self.window.octets[end - 1] == b'\r'
        {
            return None;
        }
        let behind = last.wrapping_add(1);
        let marks = self.mark..behind;
        (self.next, self.mark, self.end) = (end.wrapping_add(1), behind, self.end.wrapping_add(1));
        Some((start as u32, marks))
    }

    /// The next segment, whatever it is like.
    #[inline(never)]
    fn other_segment(&mut self) -> Option<Place> {
        loop {
            let start = self.behind_line_ends(self.next);
            if self.rules.binary != NONE
                && let Some(place) = self.binary_segment(start)
            {
                return Some(place);
            }
            let found = self.index.end(self.end);
            let found = found.and_then(|last| Some((last, self.index.mark(last)?)));
            let Some((last, end)) = found.filter(|(_, end)| *end < self.window.octets.len()) else {
                if self.extend(start) {
                    continue;
                }
                return self.last_segment();
            };
            if end - start > SEGMENT_OCTETS_MAX {
                return self.stop();
            }
            let marks = self.mark..last + 1;
            (self.next, self.mark, self.end) = (end + 1, last + 1, self.end + 1);
            if self.rules.lines && start == end {
                continue;
            }
            if self.rules.returns && self.window.octets[end - 1] == b'\r' {
                self.index.shorten(last);
            }
            return Some(Place { start, marks: Marks::Indexed(marks), terminated: true });
        }
    }

    /// Indexes more, for the segment that begins at `start`. False if there is no more.
    fn extend(&mut self, start: usize) -> bool {
        let indexed = self.index.octets();
        if indexed >= self.window.octets.len() || indexed.saturating_sub(start) > SEGMENT_OCTETS_MAX {
            return false;
        }
        let keep = if start < indexed { start / STEP * STEP } else { start };
        if start < indexed {
            self.index.forget(self.mark, keep);
        } else {
            self.index.restart();
        }
        self.window.base += keep;
        self.window.octets = &self.window.octets[keep..];
        (self.next, self.mark, self.end) = (start - keep, 0, 0);
        let rest = &self.indexable[self.window.base + self.index.octets()..];
        self.index.extend(&rest[..rest.len().min(self.window_octets)]);
        true
    }

    /// What stands behind the last terminator, without blanks at its end.
    fn last_segment(&mut self) -> Option<Place> {
        let start = self.behind_line_ends(self.next);
        if self.window.octets.len().saturating_sub(start) > SEGMENT_OCTETS_MAX {
            return self.stop();
        }
        let separators = &self.window.separators;
        let blank = |octet: &u8| octet.is_ascii_whitespace() && !separators.contains(*octet);
        let end = start + 1 + self.window.octets[start..].iter().rposition(|octet| !blank(octet))?;
        self.index.forget_behind(self.window.octets.len());
        // Its mark is no delimiter's, so that no other range goes on here.
        self.indexable = &[];
        self.index.push_mark(end as u32);
        let marks = self.mark..self.index.marks().len();
        // Blanks are all that remains; they are no segment.
        self.window.octets = &self.window.octets[..end];
        (self.next, self.mark) = (end, marks.end);
        Some(Place { start, marks: Marks::Indexed(marks), terminated: false })
    }

    fn stop(&mut self) -> Option<Place> {
        self.overlong = true;
        self.index.restart();
        (self.mark, self.end) = (0, 0);
        self.window.octets = &self.window.octets[..self.next];
        None
    }

    #[inline(always)]
    fn behind_line_ends(&self, mut start: usize) -> usize {
        while let Some(&octet) = self.window.octets.get(start)
            && octet < 32
            && self.rules.line_ends >> octet & 1 == 1
        {
            start += 1;
        }
        start
    }

    /// BIN and BDS hold as many octets of any kind as they say, if a terminator stands behind those.
    #[cold]
    #[inline(never)]
    fn binary_segment(&mut self, start: usize) -> Option<Place> {
        let (marks, count) = binary_marks(&self.window.octets[start..], &self.window.separators)?;
        let from_base = |mark: usize| u32::try_from(start + mark).ok();
        for (mark, place) in self.binary.iter_mut().zip(marks) {
            *mark = from_base(place)?;
        }
        let end = start + marks[count - 1];
        // The index took the binary octets for elements and segments.
        let behind = |places: &[u32], first: usize| first + places[first..].partition_point(|&p| p as usize <= end);
        self.next = end + 1;
        self.mark = behind(self.index.marks(), self.mark);
        self.end += self.index.ends()[self.end..].partition_point(|&mark| (mark as usize) < self.mark);
        Some(Place { start, marks: Marks::Binary(count), terminated: true })
    }
}

/// What of the bytes stands before the end of a range.
fn indexable<'i>(bytes: &'i [u8], range: &Range<usize>) -> &'i [u8] {
    bytes.get(..range.end).unwrap_or(bytes)
}

/// Where the tag, the elements before the octets, and the octets end: BIN has a length, BDS a filter and a length.
fn binary_marks(segment: &[u8], separators: &Separators) -> Option<([usize; 4], usize)> {
    let is_separator = |&octet: &u8| octet == separators.element;
    let element_end = |from: usize, longest: usize| -> Option<usize> {
        let octets = segment.get(from..)?.iter().take(longest + 1);
        Some(from + octets.copied().position(|octet| is_separator(&octet))?)
    };
    let before = match segment.get(..4)? {
        [b'B', b'I', b'N', s] if is_separator(s) => 3,
        [b'B', b'D', b'S', s] if is_separator(s) => element_end(4, FILTER_OCTETS_MAX)?,
        _ => return None,
    };
    let length_end = element_end(before + 1, LENGTH_DIGITS_MAX)?;
    let length = syntax::number(&segment[before + 1..length_end])? as usize;
    let end = (length_end + 1).checked_add(length)?;
    if segment.get(end) != Some(&separators.terminator) {
        return None;
    }
    Some(if before == 3 { ([3, length_end, end, end], 3) } else { ([3, before, length_end, end], 4) })
}

/// BDS01 is an identifier of at most three characters.
const FILTER_OCTETS_MAX: usize = 3;
/// Nine digits: 1 GB, and less than the 4 GiB that places within a window can tell.
const LENGTH_DIGITS_MAX: usize = 9;

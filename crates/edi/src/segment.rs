//! One segment of a walk: a tag and elements, lent from the bytes and from the window's index.

mod elements;
mod span;

use crate::{
    index::Index,
    separators::{Pieces, Separators},
    word::{self, Word},
};
pub use elements::Elements;
use span::ComponentSpans;
pub(crate) use span::{Span, Splits};
use std::ops::Range;

/// The components of an element.
pub type Components<'i> = Pieces<'i>;
/// The repetitions of an element.
pub type Repetitions<'i> = Pieces<'i>;

/// One segment; borrows the bytes (`'i`) and the index of its window (`'w`).
#[derive(Clone, Copy)]
pub struct Segment<'i, 'w> {
    pub(crate) window: &'w Window<'i>,
    /// Where the tag and each element end, from the window's base. Never empty; the last is the segment's end.
    pub(crate) marks: &'w [u32],
    /// What is known of the segment's octets; nothing of those whose length it says itself.
    pub(crate) index: Option<&'w Index>,
    /// Where the segment begins, from the window's base.
    pub(crate) start: u32,
    pub(crate) ordinal: u32,
    pub(crate) terminated: bool,
}

/// What a walk's segments have in common until it moves on.
pub(crate) struct Window<'i> {
    /// From the base to the end of the range.
    pub octets: &'i [u8],
    /// Where they begin in the bytes.
    pub base: usize,
    pub separators: Separators,
}

impl<'i> Window<'i> {
    /// All of a range, as far as that exists.
    pub fn of(bytes: &'i [u8], range: Range<usize>, separators: Separators) -> Self {
        let end = range.end.min(bytes.len());
        let base = range.start.min(end);
        Self { octets: &bytes[base..end], base, separators }
    }
}

impl std::fmt::Debug for Segment<'_, '_> {
    /// Shows no values: a log could keep them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segment")
            .field("ordinal", &self.ordinal)
            .field("offset", &self.offset())
            .field("octets", &self.raw().len())
            .finish_non_exhaustive()
    }
}

impl<'i, 'w> Segment<'i, 'w> {
    /// Up to the first element separator.
    #[inline]
    pub fn tag(&self) -> &'i [u8] {
        self.between(self.start, self.marks[0])
    }

    /// The tag as a number, see [`tag_number`].
    #[inline(always)]
    pub fn tag_number(&self) -> u64 {
        let tag = Span { from: self.start, to: self.marks[0] };
        if tag.len() < word::OCTETS { self.word(tag).with_length(tag.len()) } else { 0 }
    }

    /// Element `n`, from 1; empty if absent. Release characters are in it.
    #[inline]
    pub fn element(&self, n: usize) -> &'i [u8] {
        match (n.checked_sub(1).and_then(|before| self.marks.get(before)), self.marks.get(n)) {
            (Some(&before), Some(&end)) => self.between(before.wrapping_add(1), end),
            _ => &[],
        }
    }

    /// How many elements it has: the element separators in it.
    #[expect(clippy::len_without_is_empty, reason = "is_blank asks about the segment, not its elements")]
    #[inline]
    pub fn len(&self) -> usize {
        self.marks.len().saturating_sub(1)
    }

    /// All elements in order, without the tag.
    #[inline]
    pub fn elements(&self) -> Elements<'i, 'w> {
        let (&tag_end, rest) = self.marks.split_first().expect("a segment has its end");
        Elements::behind(self.window.octets, tag_end, rest)
    }

    /// All of it, without terminator and without line ends around it.
    #[inline]
    pub fn raw(&self) -> &'i [u8] {
        self.between(self.start, self.end())
    }

    /// Where it begins, in octets from the beginning of the bytes.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.place(self.start)
    }

    /// Where what follows it begins, in octets from the beginning of the bytes: behind its terminator, if it has one.
    #[inline]
    pub(crate) fn behind(&self) -> usize {
        self.window.base.wrapping_add(self.end() as usize).wrapping_add(usize::from(self.terminated))
    }

    /// How many octets [`Segment::raw`] has.
    #[inline]
    pub(crate) fn octets(&self) -> usize {
        self.end().wrapping_sub(self.start) as usize
    }

    /// Where element `n` begins, in octets from the beginning of the bytes. 0 is the tag; the segment's end if it
    /// has no such element.
    pub fn element_offset(&self, n: usize) -> u64 {
        let Some(before) = n.checked_sub(1) else { return self.offset() };
        let end = self.place(self.end());
        if n > self.len() { end } else { self.marks.get(before).map_or(end, |&mark| self.place(mark) + 1) }
    }

    /// Which segment it is, from 1. Blank segments are not counted: theirs is that of the next one.
    #[inline]
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// False: the bytes end before a terminator.
    #[inline]
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// Nothing stands between two terminators.
    #[inline]
    pub fn is_blank(&self) -> bool {
        self.start == self.end()
    }

    /// True: apart from delimiters, only octets 0x20 to 0x7E are in it. False: perhaps others, perhaps not.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.is_without(|index, word| index.odd().get(word).copied())
    }

    /// The same, and no release character is in it either.
    #[inline(always)]
    pub(crate) fn is_plain_and_unreleased(&self) -> bool {
        self.index.is_some_and(Index::is_bare)
            || self.is_without(|index, word| Some(index.odd().get(word)? | index.releases().get(word)?))
    }

    /// Where in these octets the separators are that split them: the bits of the first 64. None if that is not known,
    /// or if there are more octets.
    #[inline]
    fn splits(&self, from: u32, to: u32) -> Option<u64> {
        let length = to.wrapping_sub(from);
        if length == 0 {
            return Some(0);
        }
        let (word, bit) = (from as usize / 64, from % 64);
        let &[low, high] = self.index?.split().get(word..)?.first_chunk::<2>()?;
        // Shifting by all 64 bits would be a fault.
        let bits = low >> bit | high << 1 << (63 - bit);
        (length <= 64).then(|| bits & u64::MAX >> (64 - length))
    }

    /// The pieces of a part of this segment, whose separators are in the index.
    #[inline]
    fn pieces(&self, value: &'i [u8], separator: Option<u8>) -> Pieces<'i> {
        let from = (value.as_ptr() as usize).wrapping_sub(self.window.octets.as_ptr() as usize);
        let is_within = from <= self.end() as usize && value.len() <= self.end() as usize - from;
        let splits = if is_within { self.splits(from as u32, (from + value.len()) as u32) } else { None };
        match splits {
            Some(splits) => Pieces::known(value, separator, splits),
            None => Pieces::new(value, separator, self.release()),
        }
    }

    /// The release character, if one may be in it: most segments have none, and are split without regard to it.
    #[inline]
    pub fn release(&self) -> Option<u8> {
        self.window.separators.release.filter(|_| !self.is_without(|index, word| index.releases().get(word).copied()))
    }

    /// Whether certainly none of the segment's blocks is marked; `marked` has a word for 64 of the index's blocks.
    #[inline(always)]
    fn is_without(&self, marked: impl Fn(&Index, usize) -> Option<u64>) -> bool {
        let Some(index) = self.index else { return false };
        let first = self.start as usize / 64;
        let last = self.end().saturating_sub(1).max(self.start) as usize / 64;
        if first / 64 != last / 64 {
            return is_without_across(|word| marked(index, word), first, last);
        }
        let bits = u64::MAX << (first % 64) & u64::MAX >> (63 - last % 64);
        marked(index, first / 64).is_some_and(|marked| marked & bits == 0)
    }

    /// The first eight octets of a part of it as a number.
    #[inline(always)]
    pub(crate) fn word(&self, span: Span) -> Word {
        Word::of(self.window.octets, span.from, span.to)
    }

    /// A part of it.
    #[inline]
    pub(crate) fn part(&self, span: Span) -> &'i [u8] {
        self.between(span.from, span.to)
    }

    /// Where component and repetition separators are in a part of it; none if that is not known.
    #[inline(always)]
    pub(crate) fn splits_of(&self, span: Span) -> Option<u64> {
        self.splits(span.from, span.to)
    }

    /// The same of all of it.
    #[inline(always)]
    pub(crate) fn all_splits(&self) -> Splits {
        if self.index.is_some_and(Index::is_undivided) {
            return Splits::None;
        }
        let (start, end) = (self.start, self.end());
        match self.splits(start, end) {
            Some(0) => Splits::None,
            Some(bits) => Splits::At { start, bits },
            None if self.is_undivided(start, end) => Splits::None,
            None => Splits::Many,
        }
    }

    /// Whether certainly no separator splits these octets, of which there are more than 64.
    fn is_undivided(&self, from: u32, to: u32) -> bool {
        let Some(index) = self.index else { return false };
        let (first, last) = (from as usize / 64, to.wrapping_sub(1) as usize / 64);
        let Some([head, middle @ .., tail]) = index.split().get(first..=last) else { return false };
        head >> (from % 64) == 0 && middle.iter().all(|bits| *bits == 0) && tail << (63 - to.wrapping_sub(1) % 64) == 0
    }

    /// Whether a part of it certainly has no repetition separator.
    #[inline]
    pub(crate) fn is_repeated_nowhere(&self, span: Span) -> bool {
        self.window.separators.repetition.is_none_or(|repetition| !self.part(span).contains(&repetition))
    }

    /// The delimiters of its interchange.
    #[inline]
    pub fn separators(&self) -> &'w Separators {
        &self.window.separators
    }

    /// Element `n` split at its unreleased component separators; none if it is empty or absent.
    #[inline]
    pub fn components(&self, n: usize) -> Components<'i> {
        self.components_of(self.element(n))
    }

    /// The components of an element of this segment, or of a repetition of one.
    #[inline]
    pub fn components_of(&self, value: &'i [u8]) -> Components<'i> {
        self.pieces(value, Some(self.window.separators.component))
    }

    /// The repetitions of an element of this segment.
    #[inline]
    pub fn repetitions_of(&self, value: &'i [u8]) -> Repetitions<'i> {
        self.pieces(value, self.window.separators.repetition)
    }

    /// Component `k`, from 1, of element `n`; empty if absent.
    #[inline]
    pub fn component(&self, n: usize, k: usize) -> &'i [u8] {
        let Some(before) = k.checked_sub(1) else { return &[] };
        let Some(span) = self.span(n) else { return &[] };
        match self.component_splits(span) {
            Some(0) => {
                if before == 0 {
                    self.part(span)
                } else {
                    &[]
                }
            }
            Some(splits) => ComponentSpans::of(span, splits).nth(before).map_or(&[], |part| self.part(part)),
            None => self.components(n).nth(before).unwrap_or_default(),
        }
    }

    /// The first components of element `n`; those that are absent are empty.
    #[inline]
    pub fn first_components<const COUNT: usize>(&self, n: usize) -> [&'i [u8]; COUNT] {
        let mut first: [&[u8]; COUNT] = [&[]; COUNT];
        let Some(span) = self.span(n) else { return first };
        match self.component_splits(span) {
            Some(0) => {
                if let Some(all) = first.first_mut() {
                    *all = self.part(span)
                }
            }
            Some(splits) => {
                for (place, part) in first.iter_mut().zip(ComponentSpans::of(span, splits)) {
                    *place = self.part(part);
                }
            }
            None => first.iter_mut().zip(self.components(n)).for_each(|(place, component)| *place = component),
        }
        first
    }

    /// Where component separators are in a part of it, where these alone split it; none if that is not known.
    #[inline(always)]
    fn component_splits(&self, span: Span) -> Option<u64> {
        let splits = self.splits_of(span)?;
        (splits == 0 || self.window.separators.repetition.is_none()).then_some(splits)
    }

    /// Element `n`, from 1; none if absent.
    #[inline]
    pub(crate) fn span(&self, n: usize) -> Option<Span> {
        let (before, end) = (self.marks.get(n.checked_sub(1)?)?, self.marks.get(n)?);
        Some(Span { from: before.wrapping_add(1), to: *end })
    }

    /// Element `n` split at its unreleased repetition separators; none if it is empty or absent.
    #[inline]
    pub fn repetitions(&self, n: usize) -> Repetitions<'i> {
        self.repetitions_of(self.element(n))
    }

    #[inline]
    pub(crate) fn end(&self) -> u32 {
        self.marks.last().copied().unwrap_or(self.start)
    }

    fn place(&self, from_base: u32) -> u64 {
        self.window.base as u64 + u64::from(from_base)
    }

    #[inline]
    fn between(&self, from: u32, to: u32) -> &'i [u8] {
        slice(self.window.octets, from, to)
    }
}

/// A tag as a number, by which one of many is found sooner than by its octets: they and their count, of no more than
/// seven; else 0.
pub const fn tag_number(tag: &[u8]) -> u64 {
    if tag.len() >= word::OCTETS {
        return 0;
    }
    let mut octets = [0; word::OCTETS];
    let mut at = 0;
    while at < tag.len() {
        octets[at] = tag[at];
        at += 1;
    }
    octets[word::OCTETS - 1] = tag.len() as u8;
    u64::from_le_bytes(octets)
}

#[cold]
fn is_without_across(marked: impl Fn(usize) -> Option<u64>, first: usize, last: usize) -> bool {
    let is_marked = |block: usize| marked(block / 64).is_none_or(|marked| marked >> (block % 64) & 1 == 1);
    !(first..=last).any(is_marked)
}

/// Marks are in order and within the octets.
#[inline]
fn slice(octets: &[u8], from: u32, to: u32) -> &[u8] {
    &octets[from as usize..to as usize]
}

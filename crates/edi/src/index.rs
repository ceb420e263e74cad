//! Where elements and segments end: found 64 octets at a time, written down as places.
//!
//! Several implementations ([`Kernel`]) write the same index bit for bit. **In scope**: element separators and
//! terminators that are not released, which octets are component or repetition separators, and which blocks hold octets
//! outside 0x20 to 0x7E, which release characters. **Out of scope**: the segments, which [`walk`](crate::walk) makes of
//! the index.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod pass;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod sse2;

use crate::Separators;
use pass::ROOM;

/// Octets that are looked at together; one bit of [`Index::odd`].
pub(crate) const BLOCK: usize = 64;
/// The index moves by so many octets: one word of [`Index::odd`].
pub(crate) const STEP: usize = 64 * BLOCK;

/// How the octets are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// 64 octets at a time; x86-64 with AVX-512 F, BW and VBMI2, BMI1, BMI2 and POPCNT.
    Avx512,
    /// 32 octets at a time; x86-64 with AVX2, BMI1, BMI2 and POPCNT.
    Avx2,
    /// 16 octets at a time; every x86-64.
    Sse2,
    /// 8 octets at a time in plain registers; everywhere.
    Scalar,
}

impl Kernel {
    /// All, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Sse2, Self::Scalar];

    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Scalar)
    }

    /// Those that this processor has, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kernel| kernel.is_available())
    }

    /// Whether this processor has it. An [`Index`] with one that it has not takes [`Kernel::Scalar`] instead.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => true,
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 | Self::Sse2 => false,
            Self::Scalar => true,
        }
    }
}

/// The index of some consecutive octets. Places count from its base: the first of the octets, unless it was moved.
#[derive(Debug)]
pub struct Index {
    kernel: Kernel,
    delimiters: Delimiters,
    /// Longer than what it holds, so that blocks write without asking; `mark_count` are meant.
    marks: Vec<u32>,
    mark_count: usize,
    /// As `marks`; `end_count` are meant.
    ends: Vec<u32>,
    end_count: usize,
    odd: Vec<u64>,
    split: Vec<u64>,
    releases: Vec<u64>,
    /// No bit is set in `odd` and `releases`; in `split`.
    bare: bool,
    undivided: bool,
    octets: usize,
    carry: Carry,
    /// Fills the last block: printable, and no delimiter.
    filler: u8,
}

/// The delimiters as the kernels compare them.
#[derive(Debug, Clone, Copy)]
struct Delimiters {
    element: u8,
    terminator: u8,
    release: Option<u8>,
    /// Component separator, repetition separator and release character, where they are outside 0x20 to 0x7E: they
    /// stand in elements, and do not make a block odd.
    unprintable: [Option<u8>; 3],
    /// What splits elements: the component separator, and the repetition separator or once more the other.
    inner: [u8; 2],
}

/// Stands behind the last end.
const NO_MARK: u32 = u32::MAX;

impl Delimiters {
    fn of(separators: &Separators) -> Self {
        let Separators { element, component, repetition, release, terminator, decimal: _ } = *separators;
        // A segment begins unreleased, whatever ended the one before it.
        let release = release.filter(|&release| release != terminator);
        let unprintable = [Some(component), repetition, release].map(|o| o.filter(|o| !matches!(o, 0x20..=0x7E)));
        Self { element, terminator, release, unprintable, inner: [component, repetition.unwrap_or(component)] }
    }
}

/// Printable, and none of the delimiters.
fn filler(separators: &Separators) -> u8 {
    (b' '..=b'~').find(|&octet| !separators.contains(octet)).unwrap_or(b' ')
}

/// What a block must know of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Carry {
    /// 1: the next octet is released.
    released: u64,
    /// 1: the last octet was a terminator.
    terminated: u64,
    /// 1: the last octet was a CR that follows a terminator.
    returned: u64,
}

impl Carry {
    /// At the beginning of a segment: line ends there are as good as those behind a terminator.
    const START: Self = Self { released: 0, terminated: 1, returned: 0 };
}

impl Index {
    /// Begins another one in this one's memory, with its kernel.
    pub fn begin(&mut self, separators: &Separators) {
        self.restart();
        (self.delimiters, self.filler) = (Delimiters::of(separators), filler(separators));
    }

    /// An empty index. It begins where a segment does.
    pub fn new(kernel: Kernel, separators: &Separators) -> Self {
        Self {
            kernel: if kernel.is_available() { kernel } else { Kernel::Scalar },
            delimiters: Delimiters::of(separators),
            marks: Vec::new(),
            mark_count: 0,
            ends: Vec::new(),
            end_count: 0,
            odd: Vec::new(),
            split: Vec::new(),
            releases: Vec::new(),
            bare: true,
            undivided: true,
            octets: 0,
            carry: Carry::START,
            filler: filler(separators),
        }
    }

    /// Where the tag and each element end, terminators included.
    #[inline]
    pub fn marks(&self) -> &[u32] {
        &self.marks[..self.mark_count]
    }

    /// Which of the marks are terminators.
    #[inline]
    pub fn ends(&self) -> &[u32] {
        &self.ends[..self.end_count]
    }

    /// One bit for each block of 64 octets, the first lowest: it holds an octet outside 0x20 to 0x7E that is neither
    /// a delimiter nor a CR, LF or CRLF directly behind a terminator.
    #[inline]
    pub fn odd(&self) -> &[u64] {
        &self.odd
    }

    /// A word for each block of 64 octets, a bit for each octet, the first lowest: it is a component or repetition
    /// separator that is not released. One more word, without bits, stands behind them.
    #[inline]
    pub fn split(&self) -> &[u64] {
        &self.split
    }

    /// As [`Index::odd`]: the block holds a release character, released or not.
    #[inline]
    pub fn releases(&self) -> &[u64] {
        &self.releases
    }

    /// No block is marked by [`Index::odd`] or [`Index::releases`]: true of most windows, and asked once for all segments
    /// that end in this one.
    #[inline(always)]
    pub(crate) fn is_bare(&self) -> bool {
        self.bare
    }

    /// The same of [`Index::split`].
    #[inline(always)]
    pub(crate) fn is_undivided(&self) -> bool {
        self.undivided
    }

    /// How many octets it covers, from its base on.
    #[inline]
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// What its vectors take, in octets.
    pub fn held(&self) -> usize {
        self.marks.capacity() * 4
            + self.ends.capacity() * 4
            + (self.odd.capacity() + self.split.capacity() + self.releases.capacity()) * 8
    }

    /// Adds the octets that follow.
    ///
    /// # Panics
    /// If the octets before were not whole blocks of 64, or if it covers 4 GiB or more.
    pub fn extend(&mut self, octets: &[u8]) {
        assert!(self.octets.is_multiple_of(BLOCK), "only the last octets may be no whole block");
        let total = self.octets.checked_add(octets.len()).filter(|&total| u32::try_from(total).is_ok());
        let total = total.expect("an index covers less than 4 GiB");
        self.odd.resize(total.div_ceil(STEP), 0);
        self.split.resize(total.div_ceil(BLOCK) + 1, 0);
        self.releases.resize(total.div_ceil(STEP), 0);
        let (blocks, rest) = octets.as_chunks::<BLOCK>();
        blocks.chunks(STEP / BLOCK).for_each(|step| self.add(step));
        if !rest.is_empty() {
            let mut last = [self.filler; BLOCK];
            last[..rest.len()].copy_from_slice(rest);
            self.add(&[last]);
        }
        if let Some(behind) = self.ends.get_mut(self.end_count) {
            *behind = NO_MARK;
        }
        self.octets = total;
        let is_clear = |words: &[u64]| words.iter().all(|word| *word == 0);
        (self.bare, self.undivided) = (is_clear(&self.odd) && is_clear(&self.releases), is_clear(&self.split));
    }

    /// Adds a step, or less: room is made for what delimiters there are, and not for nothing but delimiters.
    fn add(&mut self, blocks: &[[u8; BLOCK]]) {
        let room = blocks.len() * BLOCK + ROOM;
        grow(&mut self.marks, self.mark_count + room);
        grow(&mut self.ends, self.end_count + room);
        match self.kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => avx512::add(self, blocks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => avx2::add(self, blocks),
            #[cfg(target_arch = "x86_64")]
            Kernel::Sse2 => sse2::add(self, blocks),
            _ => scalar::add(self, blocks),
        }
        self.octets += blocks.len() * BLOCK;
    }

    /// Which mark the end number `n` is. Behind the last end the answer is no mark.
    #[inline]
    pub(crate) fn end(&self, n: usize) -> Option<usize> {
        self.ends.get(n).map(|&end| end as usize)
    }

    /// Mark number `n`, if that is one.
    #[inline]
    pub(crate) fn mark(&self, n: usize) -> Option<usize> {
        self.marks.get(n).map(|&mark| mark as usize)
    }

    /// Consecutive marks, which must be some.
    #[inline]
    pub(crate) fn marks_between(&self, numbers: std::ops::Range<usize>) -> &[u32] {
        &self.marks[numbers]
    }

    /// Adds a mark that no delimiter makes, behind the others.
    pub(crate) fn push_mark(&mut self, place: u32) {
        self.marks.truncate(self.mark_count);
        self.marks.push(place);
        self.mark_count += 1;
    }

    /// Forgets the marks from an octet on.
    pub(crate) fn forget_behind(&mut self, octets: usize) {
        self.mark_count = self.marks().partition_point(|&mark| (mark as usize) < octets);
    }

    /// Lets the element that ends at mark `n` end one octet earlier.
    pub(crate) fn shorten(&mut self, n: usize) {
        if let Some(mark) = self.marks.get_mut(n) {
            *mark = mark.saturating_sub(1);
        }
    }

    /// Forgets the marks before `first`, all ends, and the octets before `keep`, a multiple of [`STEP`], which is
    /// the new base.
    pub(crate) fn forget(&mut self, first: usize, keep: usize) {
        debug_assert!(keep.is_multiple_of(STEP) && keep <= self.octets, "whole steps that were indexed");
        self.forget_ends();
        if first == 0 && keep == 0 {
            return;
        }
        let moved = keep as u32;
        self.marks.copy_within(first..self.mark_count, 0);
        self.mark_count -= first;
        for mark in &mut self.marks[..self.mark_count] {
            *mark = mark.wrapping_sub(moved);
        }
        self.odd.drain(..keep / STEP);
        self.split.drain(..keep / BLOCK);
        self.releases.drain(..keep / STEP);
        self.octets -= keep;
    }

    /// Forgets everything: the next octets begin where a segment does.
    pub fn restart(&mut self) {
        (self.mark_count, self.octets) = (0, 0);
        self.forget_ends();
        self.odd.clear();
        self.split.clear();
        self.releases.clear();
        self.carry = Carry::START;
    }

    fn forget_ends(&mut self) {
        self.end_count = 0;
        if let Some(first) = self.ends.first_mut() {
            *first = NO_MARK;
        }
    }
}

/// Makes it at least so long; never shorter, so that it is filled with zeros once and not for every window.
fn grow(places: &mut Vec<u32>, length: usize) {
    if places.len() < length {
        places.resize(length, 0);
    }
}

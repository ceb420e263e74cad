//! Places in a window: where parts of a segment are.

/// A part of a segment, by its places from the window's base.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub from: u32,
    pub to: u32,
}

impl Span {
    #[inline(always)]
    pub fn len(self) -> usize {
        self.to.wrapping_sub(self.from) as usize
    }

    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.from == self.to
    }
}

/// The parts of an element that are between its separators.
pub(crate) struct ComponentSpans {
    from: u32,
    end: u32,
    /// Where the separators are that are still to come, from the beginning of the element.
    splits: u64,
    begin: u32,
    done: bool,
}

impl ComponentSpans {
    #[inline(always)]
    pub fn of(element: Span, splits: u64) -> Self {
        Self { from: element.from, end: element.to, splits, begin: element.from, done: false }
    }
}

impl Iterator for ComponentSpans {
    type Item = Span;

    #[inline(always)]
    fn next(&mut self) -> Option<Span> {
        if self.done {
            return None;
        }
        self.done = self.splits == 0;
        let to = if self.done { self.end } else { self.begin.wrapping_add(self.splits.trailing_zeros()) };
        let part = Span { from: self.from, to };
        self.from = to.wrapping_add(1);
        self.splits &= self.splits.wrapping_sub(1);
        Some(part)
    }
}

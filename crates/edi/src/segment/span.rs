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

/// Where component and repetition separators are in a segment.
#[derive(Clone, Copy)]
pub(crate) enum Splits {
    None,
    /// Those of a segment of no more than 64 octets that begins there.
    At {
        start: u32,
        bits: u64,
    },
    /// Each element is to be looked at by itself.
    Many,
}

impl Splits {
    /// Where they are in an element of the segment, which is not empty; none if that is not known.
    #[inline(always)]
    pub fn within(self, element: Span, looked_at: impl FnOnce() -> Option<u64>) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::At { start, bits } => {
                let behind = 64 - (element.len() as u32).min(64);
                Some(bits.wrapping_shr(element.from.wrapping_sub(start)) & u64::MAX.wrapping_shr(behind))
            }
            Self::Many => looked_at(),
        }
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

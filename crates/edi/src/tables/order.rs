//! A message's order as an automaton: where the next segment stands, worked out for every place before any document comes.

use std::ops::Range;

/// No item, no loop, no segment.
pub(crate) const NONE: u16 = u16::MAX;

/// The body, or a loop in it.
pub(crate) struct Loop {
    /// Into the message's items.
    pub items: Range<u16>,
    /// By local segment id: the first item with that segment, or [`NONE`].
    pub first: Vec<u16>,
    /// The mandatory items, without the one that opens the loop.
    pub required: Vec<u16>,
    /// The item around it that opens it, or [`NONE`].
    pub opener: u16,
}

/// A segment or a nested loop at its place.
pub(crate) struct Item {
    /// Local id; of a loop, the segment that opens it.
    pub segment: u16,
    /// How often it may occur.
    pub most: u32,
    /// The loop that it opens, or [`NONE`].
    pub opens: u16,
    /// The next item of the same loop with the same segment, or [`NONE`].
    pub next_same: u16,
    /// The loop that it is an item of.
    pub within: u16,
}

/// Of every place in a message and every segment that may follow it, where that one then stands.
pub(crate) struct Order {
    /// One row for each item, and one for the beginning, each with a step for each local segment id.
    steps: Vec<Step>,
    segments: usize,
}

/// Where a segment stands that follows a place.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// The item that it is; [`NONE`] if that takes a closer look, because it is none or something is missing before it.
    pub item: u16,
    /// The place behind it: the item, or of one that opens a loop the loop's first item.
    pub place: u16,
    /// It is the same item once more.
    pub again: bool,
}

impl Step {
    const CLOSER: Self = Self { item: NONE, place: NONE, again: false };
}

impl Order {
    pub fn new(loops: &[Loop], items: &[Item], segments: usize) -> Self {
        let mut order = Self { steps: vec![Step::CLOSER; (items.len() + 1) * segments], segments };
        for (place, row) in order.steps.chunks_mut(segments).enumerate() {
            // Behind the last item's row is that of the beginning.
            let place = if place < items.len() { place as u16 } else { NONE };
            fill(row, loops, items, place);
        }
        order
    }

    /// The place of a message in which there was nothing yet.
    #[inline]
    pub fn beginning(&self) -> u16 {
        (self.steps.len() / self.segments - 1) as u16
    }

    #[inline(always)]
    pub fn step(&self, place: u16, segment: u16) -> Step {
        self.steps[usize::from(place) * self.segments + usize::from(segment)]
    }
}

/// The steps from one place: to what is behind it in its loop, then to what is behind that loop, and so on outwards.
fn fill(row: &mut [Step], loops: &[Loop], items: &[Item], place: u16) {
    let mut taken = vec![false; row.len()];
    let mut within = items.get(usize::from(place)).map_or(0, |item| item.within);
    let mut here = if place == NONE { None } else { Some(place) };
    // Nothing that is mandatory was passed over on the way out of the loops.
    let mut whole = true;
    loop {
        let around = &loops[usize::from(within)];
        let opener = around.opener != NONE && here == Some(around.items.start);
        let first = here.map_or(around.items.start, |here| here + u16::from(opener));
        for at in first..around.items.end {
            let item = &items[usize::from(at)];
            if std::mem::replace(&mut taken[usize::from(item.segment)], true) {
                continue;
            }
            let again = here == Some(at);
            // The same once too often may be the next of its kind.
            let certain = whole && !(again && item.next_same != NONE) && !misses(around, here, at);
            if certain {
                let place = if item.opens == NONE { at } else { loops[usize::from(item.opens)].items.start };
                row[usize::from(item.segment)] = Step { item: at, place, again };
            }
        }
        whole &= !misses(around, here, NONE);
        if around.opener == NONE {
            return;
        }
        here = Some(around.opener);
        within = items[usize::from(around.opener)].within;
    }
}

/// Whether a mandatory item stands between the two.
fn misses(around: &Loop, here: Option<u16>, next: u16) -> bool {
    around.required.iter().any(|&item| here.is_none_or(|here| item > here) && item < next)
}

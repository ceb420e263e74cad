//! Whether segments stand where the message has them.

use crate::{
    Code, KnownTag,
    finding::Reporter,
    segment::Segment,
    tables::{Message, NONE},
};

/// Where we are in a message.
#[derive(Default)]
pub(super) struct Structure {
    /// The message's body, and the loops open in it.
    open: Vec<Open>,
    /// The last segment was none that anybody knows: what it may have opened is not here, and is not told again.
    astray: bool,
}

/// An open loop. All items before `item` are behind us.
#[derive(Clone, Copy)]
struct Open {
    /// Index into the message's loops.
    of: u16,
    /// Index into the message's items.
    item: u16,
    /// How often it has occurred.
    count: u32,
}

impl Open {
    /// The next item from here on that this segment can be: one that may still occur, else one that
    /// occurred too often.
    #[inline]
    fn find(&self, message: &Message, id: u16) -> Option<u16> {
        let mut item = message.loops[usize::from(self.of)].first[usize::from(id)];
        while item != NONE && item < self.item {
            item = message.items[usize::from(item)].next_same;
        }
        if item == NONE {
            return None;
        }
        let found = &message.items[usize::from(item)];
        let full = item == self.item && self.count >= found.most && found.next_same != NONE;
        Some(if full { found.next_same } else { item })
    }

    /// Mandatory items from here up to `next`.
    fn report_skipped(&self, message: &Message, next: u16, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        for &item in &message.loops[usize::from(self.of)].required {
            let passed = item < self.item || item == self.item && self.count > 0;
            if !passed && item < next {
                let tag = message.items[usize::from(item)].segment;
                reporter.missing(message.segments[usize::from(tag)].tag, segment);
            }
        }
    }
}

impl Structure {
    pub fn begin(&mut self) {
        self.open.clear();
        self.astray = false;
    }

    /// Takes the next segment. One that has no place is reported and changes nothing.
    #[inline]
    pub fn place(
        &mut self,
        message: &Message,
        id: Option<u16>,
        segment: Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        if self.open.is_empty() {
            self.open.push(Open { of: 0, item: message.loops[0].items.start, count: 0 });
        }
        let find = |id| self.open.iter().enumerate().rev().find_map(|(depth, o)| Some((depth, o.find(message, id)?)));
        let Some((depth, next)) = id.and_then(find) else {
            return self.report_misplaced(message, id, segment, reporter);
        };
        self.astray = false;
        self.close_to(depth, message, segment, reporter);
        let Some(open) = self.open.last_mut() else { return };
        open.report_skipped(message, next, segment, reporter);
        open.count = if next == open.item { open.count.saturating_add(1) } else { 1 };
        open.item = next;
        let (item, count) = (&message.items[usize::from(next)], open.count);
        if item.opens == NONE {
            if count > item.most {
                reporter.segment(Code::SegmentTooOften, segment);
            }
            return;
        }
        if count > item.most {
            reporter.segment(Code::LoopTooOften, segment);
        }
        // The segment that opens the loop is its first item.
        let inner = &message.loops[usize::from(item.opens)];
        self.open.push(Open { of: item.opens, item: inner.items.start + 1, count: 0 });
    }

    /// The set ends at this segment.
    pub fn end(&mut self, message: &Message, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        if self.open.is_empty() {
            self.open.push(Open { of: 0, item: message.loops[0].items.start, count: 0 });
        }
        self.close_to(0, message, segment, reporter);
        self.open[0].report_skipped(message, NONE, segment, reporter);
    }

    fn close_to(&mut self, depth: usize, message: &Message, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        while self.open.len() > depth + 1 {
            let Some(closed) = self.open.pop() else { return };
            closed.report_skipped(message, NONE, segment, reporter);
        }
    }

    /// A damaged id is told once, and not by each segment of what it would have opened.
    #[cold]
    fn report_misplaced(
        &mut self,
        message: &Message,
        id: Option<u16>,
        segment: Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        let code = self.misplaced(message, id, segment);
        let follows = matches!(code, Code::UnexpectedSegment | Code::SegmentOutOfOrder);
        if !(self.astray && follows) {
            reporter.segment(code, segment);
        }
        self.astray |= code == Code::UnknownSegment;
    }

    fn misplaced(&self, message: &Message, id: Option<u16>, segment: Segment<'_, '_>) -> Code {
        let Some(id) = id else {
            return if KnownTag::new(segment.tag()).is_known() { Code::SegmentNotInSet } else { Code::UnknownSegment };
        };
        let behind = |open: &Open| {
            let first = message.loops[usize::from(open.of)].first[usize::from(id)];
            first != NONE && first < open.item
        };
        if self.open.iter().any(behind) { Code::SegmentOutOfOrder } else { Code::UnexpectedSegment }
    }
}

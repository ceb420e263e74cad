//! Whether segments stand where the message has them.

use crate::{
    Code, KnownTag,
    finding::Reporter,
    segment::Segment,
    tables::{Item, Message, NONE},
};

/// Where we are in a message.
#[derive(Default)]
pub(super) struct Structure {
    /// The last item, or where nothing has followed it the loop that it opens: see `Order`.
    place: u16,
    /// By items: how often each has occurred where it, or what is in it, is the last; of others whatever it was.
    counts: Vec<u32>,
    /// The message's body, and the loops open in it; of use while a segment is looked at more closely.
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
    pub fn begin(&mut self, message: Option<&Message>) {
        self.astray = false;
        if let Some(message) = message {
            self.place = message.order.beginning();
            self.counts.resize(self.counts.len().max(message.items.len()), 0);
        }
    }

    /// Takes the next segment. One that has no place is reported and changes nothing.
    #[inline]
    pub fn place(
        &mut self,
        message: &Message,
        id: Option<u16>,
        segment: &Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        let Some(id) = id else { return self.look_closer(message, None, *segment, reporter) };
        let step = message.order.step(self.place, id);
        let Some(count) = self.counts.get_mut(usize::from(step.item)) else {
            return self.look_closer(message, Some(id), *segment, reporter);
        };
        *count = if step.again { count.saturating_add(1) } else { 1 };
        (self.place, self.astray) = (step.place, false);
        if step.again && *count > message.items[usize::from(step.item)].most {
            report_too_often(&message.items[usize::from(step.item)], *segment, reporter);
        }
    }

    /// The same where something is missing, nothing fits, or a segment may stand at several places.
    #[cold]
    #[inline(never)]
    fn look_closer(
        &mut self,
        message: &Message,
        id: Option<u16>,
        segment: Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        self.open_loops(message);
        let find = |id| self.open.iter().enumerate().rev().find_map(|(depth, o)| Some((depth, o.find(message, id)?)));
        let Some((depth, next)) = id.and_then(find) else {
            return self.report_misplaced(message, id, segment, reporter);
        };
        self.astray = false;
        self.close_to(depth, message, segment, reporter);
        let Some(open) = self.open.last_mut() else { return };
        open.report_skipped(message, next, segment, reporter);
        let count = if next == open.item { open.count.saturating_add(1) } else { 1 };
        let item = &message.items[usize::from(next)];
        self.counts[usize::from(next)] = count;
        // The segment that opens the loop is its first item.
        self.place = if item.opens == NONE { next } else { message.loops[usize::from(item.opens)].items.start };
        if count > item.most {
            report_too_often(item, segment, reporter);
        }
    }

    /// Finds the loops that are open at the place where we are.
    fn open_loops(&mut self, message: &Message) {
        self.open.clear();
        let mut place = self.place;
        while let Some(item) = message.items.get(usize::from(place)) {
            let around = &message.loops[usize::from(item.within)];
            let is_opener = around.opener != NONE && place == around.items.start;
            let count = if is_opener { 0 } else { self.counts[usize::from(place)] };
            self.open.push(Open { of: item.within, item: place + u16::from(is_opener), count });
            place = around.opener;
        }
        if self.open.is_empty() {
            self.open.push(Open { of: 0, item: message.loops[0].items.start, count: 0 });
        }
        self.open.reverse();
    }

    /// The set ends at this segment.
    pub fn end(&mut self, message: &Message, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        self.open_loops(message);
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

#[cold]
fn report_too_often(item: &Item, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    let code = if item.opens == NONE { Code::SegmentTooOften } else { Code::LoopTooOften };
    reporter.segment(code, segment);
}

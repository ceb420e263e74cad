//! Whether segments stand where the message has them.

use super::Reporter;
use crate::{
    Code, Segment,
    table::{Item, Loop},
};

/// Where we are in a message.
pub struct Structure {
    /// The message's body, and the loops open in it.
    open: Vec<Open>,
}

/// An open loop. All items before `position` are behind us.
#[derive(Clone, Copy)]
struct Open {
    body: &'static Loop,
    position: usize,
    /// How often the item at `position` has occurred.
    count: u32,
}

impl Open {
    /// The next item from here on that this segment can be: one that may still occur, else one that
    /// occurred too often.
    fn find(&self, tag: &[u8]) -> Option<usize> {
        let full = |position: usize| position == self.position && self.count >= most(&self.body.items[position]);
        let mut places = (self.position..self.body.items.len()).filter(|&p| self.body.items[p].tag() == tag);
        let first = places.next()?;
        if full(first) { places.next().or(Some(first)) } else { Some(first) }
    }

    /// Mandatory items that are skipped by going on to `next`.
    fn skipped(&self, next: usize) -> impl Iterator<Item = &'static Item> + use<> {
        let from = if self.count > 0 { self.position + 1 } else { self.position };
        let items = self.body.items;
        items.iter().take(next).skip(from).filter(|item| item.is_mandatory())
    }
}

fn most(item: &Item) -> u32 {
    match item {
        Item::Segment { most, .. } | Item::Loop { most, .. } => *most,
    }
}

impl Structure {
    pub fn new(body: &'static Loop) -> Self {
        Self { open: vec![Open { body, position: 0, count: 0 }] }
    }

    /// Takes the next segment. One that has no place is reported and changes nothing.
    pub fn place(&mut self, segment: Segment<'_>, reporter: &mut Reporter<'_>) {
        let tag = segment.tag();
        let found = self.open.iter().enumerate().rev().find_map(|(depth, open)| open.find(tag).map(|at| (depth, at)));
        let Some((depth, next)) = found else {
            return reporter.segment(self.misplaced(segment), segment);
        };
        self.close_to(depth, segment, reporter);
        let open = self.open.last_mut().expect("the body is never closed");
        for item in open.skipped(next) {
            reporter.missing(item.tag(), segment);
        }
        open.count = if next == open.position { open.count.saturating_add(1) } else { 1 };
        open.position = next;
        let too_often = open.count > most(&open.body.items[next]);
        match &open.body.items[next] {
            Item::Segment { .. } if too_often => reporter.segment(Code::SegmentTooOften, segment),
            Item::Segment { .. } => {}
            Item::Loop { body, .. } => {
                if too_often {
                    reporter.segment(Code::LoopTooOften, segment);
                }
                // The segment that opens the loop is its first item.
                self.open.push(Open { body, position: 1, count: 0 });
            }
        }
    }

    /// The set ends at this segment.
    pub fn end(mut self, segment: Segment<'_>, reporter: &mut Reporter<'_>) {
        self.close_to(0, segment, reporter);
        let body = self.open[0];
        for item in body.skipped(body.body.items.len()) {
            reporter.missing(item.tag(), segment);
        }
    }

    fn close_to(&mut self, depth: usize, segment: Segment<'_>, reporter: &mut Reporter<'_>) {
        while self.open.len() > depth + 1 {
            let Some(closed) = self.open.pop() else { return };
            for item in closed.skipped(closed.body.items.len()) {
                reporter.missing(item.tag(), segment);
            }
        }
    }

    fn misplaced(&self, segment: Segment<'_>) -> Code {
        let tag = segment.tag();
        let behind = |open: &Open| open.body.items.iter().take(open.position).any(|item| item.tag() == tag);
        if self.open.iter().any(behind) {
            Code::SegmentOutOfOrder
        } else if self.open[0].body.has(tag) {
            Code::UnexpectedSegment
        } else if segment.known_tag().is_known() {
            Code::SegmentNotInSet
        } else {
            Code::UnknownSegment
        }
    }
}

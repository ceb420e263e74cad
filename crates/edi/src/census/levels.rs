//! How many parcels the levels of a ship notice can be: at most, and where levels come parents first, children right
//! behind, exactly as many as a mapping makes of them, but for marks that are there twice.

use crate::{segment::Segment, syntax};

/// The levels of one message, as they come.
#[derive(Default)]
pub(super) struct Levels<'i> {
    /// The last level, and above it what it stands in, outermost first.
    open: Vec<Level<'i>>,
    /// Parcels of levels that nothing more can stand in.
    parcels: u64,
    /// The same of those in levels that are a parcel with all that is in them, unless there is more in them than was
    /// seen there.
    doubtful: u64,
    count: u32,
    /// A number that does not count the levels, or one that names no level on the way: what is below what is not certain.
    disorderly: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Pack,
    Tare,
    /// Shipment, order, item.
    Holder,
    /// Not known: it may have been meant as a pack.
    Other,
}

struct Level<'i> {
    number: &'i [u8],
    kind: Kind,
    /// A parcel if nothing below it is one.
    lone: bool,
    /// It stands in a pack with nothing between them: part of it.
    packed: bool,
    marks: u64,
    /// Parcels of orders and items in it, with nothing between them.
    held: u64,
    /// What is below it.
    packs: bool,
    tares: bool,
    marked: bool,
    /// It has levels below it, those have.
    holds: bool,
    deep: bool,
}

impl<'i> Levels<'i> {
    /// Takes an HL.
    pub fn begin(&mut self, hl: Segment<'i, '_>) {
        let above = hl.element(2);
        // What is on the way was ended by this level. A number that is not found may be that of a level that was.
        while self.open.last().is_some_and(|level| above.is_empty() || level.number != above) {
            self.end_last();
        }
        let code = hl.element(3);
        let kind = match code {
            b"P" => Kind::Pack,
            b"T" => Kind::Tare,
            b"S" | b"O" | b"I" => Kind::Holder,
            _ => Kind::Other,
        };
        let parent = self.open.last();
        self.count = self.count.saturating_add(1);
        self.disorderly |= syntax::number(hl.element(1)) != Some(self.count) || parent.is_none() != above.is_empty();
        let level = Level {
            number: hl.element(1),
            kind,
            lone: parent.is_none() || matches!(code, b"S" | b"O"),
            // Behind deeper levels, a number may be there twice and mean another one.
            packed: parent.is_some_and(|parent| parent.kind == Kind::Pack && !parent.deep),
            marks: 0,
            held: 0,
            packs: false,
            tares: false,
            marked: false,
            holds: false,
            deep: false,
        };
        self.open.push(level);
    }

    /// Takes a mark. False if there is no level that it could be of.
    pub fn mark(&mut self) -> bool {
        let level = self.open.last_mut();
        level.map(|level| level.marks = level.marks.saturating_add(1)).is_some()
    }

    /// Ends the message: its parcels, at most.
    pub fn take(&mut self) -> u64 {
        while !self.open.is_empty() {
            self.end_last();
        }
        let doubtful = if self.disorderly { self.doubtful } else { 0 };
        let parcels = self.parcels.saturating_add(doubtful);
        (self.parcels, self.doubtful, self.count, self.disorderly) = (0, 0, 0, false);
        parcels
    }

    fn end_last(&mut self) {
        let Some(level) = self.open.pop() else { return };
        let sum = if level.is_all() { &mut self.doubtful } else { &mut self.parcels };
        *sum = sum.saturating_add(level.held);
        let parcels = level.parcels();
        let parent = self.open.last_mut();
        let is_held = level.kind == Kind::Holder && parent.is_some();
        let (held, apart) = if is_held { (parcels, 0) } else { (0, parcels) };
        self.parcels = self.parcels.saturating_add(apart);
        if let Some(parent) = parent {
            parent.held = parent.held.saturating_add(held);
            parent.packs |= level.packs || level.kind == Kind::Pack;
            parent.tares |= level.tares || level.kind == Kind::Tare;
            parent.marked |= level.marked || level.marks > 0;
            parent.deep |= level.holds;
            parent.holds = true;
        }
    }
}

impl Level<'_> {
    /// Whether it is a parcel, or part of one, together with all that is in it.
    fn is_all(&self) -> bool {
        let empty = !self.packs && !self.tares && !self.marked && self.marks == 0;
        self.kind == Kind::Tare && !self.packs || self.kind == Kind::Holder && self.lone && empty
    }

    /// How many parcels it is itself.
    fn parcels(&self) -> u64 {
        match self.kind {
            Kind::Pack => 1,
            Kind::Other => self.marks.max(1),
            _ if self.packs || self.packed => 0,
            Kind::Tare => 1,
            Kind::Holder if self.tares => 0,
            Kind::Holder if self.marks > 0 => self.marks,
            Kind::Holder => u64::from(self.lone && !self.marked),
        }
    }
}

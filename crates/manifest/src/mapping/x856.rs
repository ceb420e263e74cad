//! The ship notice: HL levels of shipment, order, tare, pack and item.

use super::{
    Assembly, Error, INHERITED_A_FIELD, Keep, Made, Share,
    arena::{Arena, Said},
    levels::Numbers,
    structural, tags,
    texts::trimmed,
};
use crate::entry::Entry;
use crate::parcel::{self, Manifest, Purpose, Source};
use crate::record::{Qualifier, Tag};
use edi::Walk;
use std::collections::BTreeMap;

/// One HL with its segments.
pub(super) struct Level<'a> {
    code: &'a [u8],
    parent: Option<usize>,
    said: Said,
    /// Whether this level or one below it is a pack, is a tare, has a MAN.
    packs: bool,
    tares: bool,
    marks: bool,
    /// Levels below it that are told of it, not of one parcel.
    attached: Vec<usize>,
}

/// What makes a row a parcel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pack,
    Tare,
    Mark,
    Level,
}

struct Row {
    base: usize,
    kind: Kind,
    /// Which MAN of the base.
    mark: usize,
    /// Levels that are contents of it.
    contents: Vec<usize>,
}

/// What a level is in its tree.
#[derive(Clone, Copy)]
enum Place {
    /// Parcels are below it.
    Above,
    /// It is a parcel, or is part of one.
    Within(usize),
}

pub(super) fn read<'a>(segments: &mut Walk<'a>, mut assembly: Assembly<'_, 'a>) -> Result<Manifest<'a>, Error> {
    let memory = &mut *assembly.memory;
    let (mut arena, mut levels) = (memory.arena(), memory.levels());
    let (mut header, mut open) = (memory.open(), memory.open());
    let (mut purpose, mut number) = (Purpose::Original, &b""[..]);
    let mut numbers = Numbers::default();
    // Looked at where it is: a segment that is moved is read back before it has arrived.
    while let Some(segment) = &segments.next_segment() {
        match segment.tag_number() {
            tags::BSN => (purpose, number) = (parcel::purpose(segment.element(1)), trimmed(segment.element(2))),
            tags::HL => {
                let parent = Some(segment.element(2)).filter(|n| !n.is_empty());
                let parent = parent.and_then(|n| numbers.find(n));
                numbers.note(segment.element(1), levels.len());
                if let Some(level) = levels.last_mut() {
                    level.said = arena.close(&mut open);
                }
                levels.push(Level::new(segment.element(3), parent));
            }
            tag if structural(tag) => {}
            tag if levels.is_empty() => header.take(tag, segment),
            tag => open.take(tag, segment),
        }
    }
    if let Some(level) = levels.last_mut() {
        level.said = arena.close(&mut open);
    }
    header.put_apart(Tag::ManifestNumber, Qualifier::NONE, header.texts.personal(number));
    sum_up(&mut levels);
    let rows = rows(&arena, &mut levels);
    assembly.unmapped = levels.iter().map(|l| l.said.unmapped).fold(header.unmapped, u32::saturating_add);
    let said = arena.close(&mut header);
    let (head, parcels) = Tree { arena: &arena, header: &said, levels: &levels, rows: &rows }.records(&mut assembly)?;
    assembly.keep_arena(arena);
    let memory = &mut *assembly.memory;
    memory.keep_levels(levels);
    memory.keep_open(header);
    memory.keep_open(open);
    let number = assembly.memory.texts.personal(number);
    Ok(assembly.finish(Source::X856, purpose, number, head, parcels))
}

impl<'a> Level<'a> {
    fn new(code: &'a [u8], parent: Option<usize>) -> Self {
        Self { code, parent, said: Said::default(), packs: false, tares: false, marks: false, attached: Vec::new() }
    }
}

/// Tells each level what is below it. A parent always comes before its children, so that going backwards suffices
/// and a chain of levels, however deep, needs no stack.
fn sum_up(levels: &mut [Level<'_>]) {
    for at in (0..levels.len()).rev() {
        let level = &mut levels[at];
        level.packs |= level.code == b"P";
        level.tares |= level.code == b"T";
        level.marks |= level.said.mark_count() > 0;
        let (packs, tares, marks, parent) = (level.packs, level.tares, level.marks, level.parent);
        if let Some(parent) = parent {
            levels[parent].packs |= packs;
            levels[parent].tares |= tares;
            levels[parent].marks |= marks;
        }
    }
}

/// Decides for each level, parents first, whether it is a parcel, holds parcels or is part of one.
fn rows(arena: &Arena<'_>, levels: &mut [Level<'_>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places: Vec<Place> = Vec::with_capacity(levels.len());
    let mut seen = BTreeMap::new();
    for at in 0..levels.len() {
        let level = &levels[at];
        let parent = level.parent.map(|p| places[p]);
        let within = match parent {
            Some(Place::Within(row)) => Some(row),
            _ => None,
        };
        let around = within.map(|row| rows[row].kind);
        let next = rows.len();
        let row = |kind, mark| Row { base: at, kind, mark, contents: Vec::new() };
        let place = if level.code == b"P" {
            rows.push(row(Kind::Pack, 0));
            Place::Within(next)
        } else if level.packs {
            Place::Above
        } else if level.code == b"T" && matches!(around, None | Some(Kind::Tare)) {
            rows.push(row(Kind::Tare, 0));
            Place::Within(next)
        } else if level.tares && matches!(around, None | Some(Kind::Tare)) {
            Place::Above
        } else if level.marks && matches!(around, None | Some(Kind::Mark)) {
            let mut first = None;
            for (mark, places) in arena.marks(&level.said).enumerate() {
                let found = *seen.entry(number(arena, &arena.fields(places)[0])).or_insert_with(|| {
                    rows.push(row(Kind::Mark, mark));
                    rows.len() - 1
                });
                first = first.or(Some(found));
            }
            match first {
                // The same number again: the same parcel, told further.
                Some(known) if rows[known].base != at => {
                    rows[known].contents.push(at);
                    Place::Within(known)
                }
                Some(new) => Place::Within(new),
                None => Place::Above,
            }
        } else if let Some(row) = within {
            rows[row].contents.push(at);
            Place::Within(row)
        } else if parent.is_none() || matches!(level.code, b"S" | b"O") {
            rows.push(row(Kind::Level, 0));
            Place::Within(next)
        } else {
            let parent = level.parent.expect("a level without a parent was handled");
            levels[parent].attached.push(at);
            Place::Above
        };
        places.push(place);
    }
    rows
}

/// What tells a MAN from others: an SSCC is the same one with and without the 00 before it.
fn number<'v>(arena: &'v Arena<'_>, field: &Entry) -> &'v [u8] {
    let value = arena.value(field);
    parcel::sscc_digits(value).unwrap_or(value)
}

struct Tree<'t, 'a> {
    arena: &'t Arena<'a>,
    header: &'t Said,
    levels: &'t [Level<'a>],
    rows: &'t [Row],
}

impl<'t, 'a> Tree<'t, 'a> {
    fn records(&self, assembly: &mut Assembly<'_, 'a>) -> Result<(Made, Vec<Made>), Error> {
        let shipment = self.shipment();
        let based = self.rows.iter().filter(|r| Some(r.base) == shipment).count();
        // One parcel that is the whole shipment has what the shipment says; several divide nothing of it.
        let whole = based == 1;
        let mut parcels = Vec::with_capacity(self.rows.len());
        let mut shares = Vec::new();
        for row in self.rows {
            parcels.push(self.parcel(assembly, &mut shares, row, shipment, whole)?);
        }
        let mut shares = vec![share(self.header, Keep::All)];
        let mut draft = self.header.draft;
        if let Some(at) = shipment {
            let level = &self.levels[at];
            let keep = match based {
                0 => Keep::Except { recipient: assembly.recipient, consignee: assembly.consignee },
                1 => Keep::OtherParties,
                _ => Keep::Except { recipient: true, consignee: true },
            };
            shares.push(Share { marks: based == 0, ..share(&level.said, keep) });
            shares.extend(level.attached.iter().map(|a| share(&self.levels[*a].said, keep)));
            let said = if whole { level.said.draft.inheritable() } else { level.said.draft };
            draft = said.under(draft);
        }
        Ok((assembly.record(self.arena, &shares, None, draft, 0)?, parcels))
    }

    /// The level that all others are below, if it is no parcel by itself.
    fn shipment(&self) -> Option<usize> {
        let mut roots = (0..self.levels.len()).filter(|l| self.levels[*l].parent.is_none());
        roots.next().filter(|root| roots.next().is_none() && !matches!(self.levels[*root].code, b"P" | b"T"))
    }

    fn parcel(
        &self,
        assembly: &mut Assembly<'_, 'a>,
        shares: &mut Vec<Share<'t>>,
        row: &Row,
        shipment: Option<usize>,
        whole: bool,
    ) -> Result<Made, Error> {
        let base = &self.levels[row.base];
        let several = row.kind == Kind::Mark && base.said.mark_count() > 1;
        let marks = row.kind != Kind::Mark;
        shares.clear();
        let mut draft = if several { base.said.draft.inheritable() } else { base.said.draft };
        // Innermost first while climbing, then turned round.
        let mut parent = base.parent;
        while let Some(at) = parent {
            let level = &self.levels[at];
            draft = draft.under(level.said.draft);
            assembly.charge(INHERITED_A_FIELD)?;
            let (keep, marks) = if Some(at) == shipment { (Keep::Destinations, false) } else { (Keep::All, marks) };
            for attached in level.attached.iter().rev() {
                shares.push(Share { above: true, marks, ..share(&self.levels[*attached].said, keep) });
            }
            shares.push(Share { above: true, marks, ..share(&level.said, keep) });
            parent = level.parent;
        }
        shares.reverse();
        let keep = match Some(row.base) == shipment {
            true if whole => Keep::Own,
            true => Keep::Destinations,
            false => Keep::All,
        };
        // Where several parcels share the base, its fields are copied to each: counted as inherited.
        shares.push(Share { above: several, marks: !several, ..share(&base.said, keep) });
        shares.extend(row.contents.iter().map(|c| Share { marks, ..share(&self.levels[*c].said, Keep::All) }));
        let mark = several.then(|| self.arena.mark(&base.said, row.mark));
        assembly.record(self.arena, shares, mark, draft.under(self.header.draft), 1)
    }
}

fn share(level: &Said, keep: Keep) -> Share<'_> {
    Share { level, keep, marks: true, above: false }
}

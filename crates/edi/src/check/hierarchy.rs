//! HL: numbers, parents, levels, children. CTT: what they add up to.

use crate::{Code, Interchange, finding::Reporter, segment::Segment, syntax, walk::Walk};
use std::{collections::HashMap, ops::Range};

/// What is known of the HLs so far: one octet each where they are counted, so that a set of millions stays small.
#[derive(Default)]
pub(super) struct Hierarchy {
    /// The one with number n is at n - 1.
    entries: Vec<Entry>,
    /// Those that are not numbers, or too far from the ones before.
    others: HashMap<Id, Entry>,
    /// All, with or without a usable number.
    count: u32,
    /// HL01 of the last one, if it was a number.
    last: u32,
    /// That they are not counted was told.
    uncounted: bool,
    /// HL02 that was reported last: a damaged HL is told once, and not by each of its children.
    missing: Option<Id>,
    /// Some HL04 may not hold.
    claims: bool,
    /// The sums of SN102, in millionths, and without regard to decimal points, which is how X12 defines a hash total;
    /// `None` once one is not a number any more.
    shipped: [Option<i128>; 2],
    shipped_any: bool,
}

/// HL01: a number without leading zeros, or what else has no more octets than an HL01 has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Id {
    Number(u32),
    Text([u8; ID_OCTETS]),
}

const ID_OCTETS: usize = 12;

impl Id {
    /// None if there is none, or it is too long to be one.
    fn of(text: &[u8]) -> Option<Self> {
        // It is text: 03 is another one than 3.
        if let Some(number) = syntax::number(text).filter(|_| text[0] != b'0') {
            return Some(Self::Number(number));
        }
        let mut octets = [0; ID_OCTETS];
        octets.get_mut(..text.len()).filter(|_| !text.is_empty())?.copy_from_slice(text);
        Some(Self::Text(octets))
    }
}

/// The level in the lowest three bits, then what is known of its children.
#[derive(Clone, Copy)]
struct Entry(u8);

impl Entry {
    /// A number that was passed over.
    const GAP: Self = Self(7);
    const LEVEL: u8 = 7;
    const CLAIMS_NONE: u8 = 8;
    const CLAIMS_SOME: u8 = 16;
    const HAS_CHILDREN: u8 = 32;

    fn level(self) -> u8 {
        self.0 & Self::LEVEL
    }

    fn claim_fails(self) -> bool {
        let has = self.0 & Self::HAS_CHILDREN != 0;
        has && self.0 & Self::CLAIMS_NONE != 0 || !has && self.0 & Self::CLAIMS_SOME != 0
    }
}

/// HL03, from the outermost in.
const LEVELS: [&[u8]; 5] = [b"S", b"O", b"T", b"P", b"I"];
const SHIPMENT: u8 = 0;
const ORDER: u8 = 1;
const TARE: u8 = 2;
const PACK: u8 = 3;
const ITEM: u8 = 4;
/// So many numbers may be left out and still be counted with the others.
const GAP_MAX: usize = 1000;

/// Whether a level may stand below another. Items hold packs where the structure is S, O, I, P; packs and tares hold
/// orders where it is S, P, O, I.
fn may_stand_below(parent: u8, child: u8) -> bool {
    let upward = matches!((parent, child), (ITEM, PACK) | (PACK | TARE, ORDER));
    child != SHIPMENT && (parent < child || parent == child && matches!(child, PACK | ITEM) || upward)
}

/// Whether such segments make the hierarchy, or sum it up.
pub(super) fn concerns(tag: &[u8]) -> bool {
    matches!(tag, b"HL" | b"SN1" | b"CTT")
}

impl Hierarchy {
    pub fn begin(&mut self) {
        self.entries.clear();
        self.others.clear();
        let (entries, others) = (std::mem::take(&mut self.entries), std::mem::take(&mut self.others));
        *self = Self { entries, others, shipped: [Some(0); 2], ..Self::default() };
    }

    #[inline]
    pub fn place(&mut self, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        match segment.tag() {
            b"HL" => self.hl(segment, reporter),
            b"SN1" => {
                let added = in_both_ways(segment.element(2));
                self.shipped = [0, 1].map(|way| self.shipped[way]?.checked_add(added[way]?));
                self.shipped_any = true;
            }
            b"CTT" => self.check_totals(segment, reporter),
            _ => {}
        }
    }

    fn hl(&mut self, hl: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        self.count = self.count.saturating_add(1);
        let (id, level) = (Id::of(hl.element(1)), hl.element(3));
        let known = match level {
            [octet] => LEVELS.iter().position(|l| l[0] == *octet).map(|l| l as u8),
            _ => None,
        };
        if known.is_none() && !level.is_empty() {
            reporter.element(Code::HlLevel, hl, 3, 735);
        }
        self.parent(hl, known, reporter);
        let claim = match hl.element(4) {
            b"0" => Entry::CLAIMS_NONE,
            b"1" => Entry::CLAIMS_SOME,
            _ => 0,
        };
        // A level that is not known may hold anything: it was reported once.
        let is_new = self.take(id, Entry(known.unwrap_or(SHIPMENT) | claim));
        if !is_new {
            // It stands where another number should, which is not missed as well.
            self.last = self.last.saturating_add(1);
            reporter.element(Code::HlDuplicate, hl, 1, 628);
        } else if !self.is_next(id, hl.element(1))
            && !hl.element(1).is_empty()
            && !std::mem::replace(&mut self.uncounted, true)
        {
            reporter.element(Code::HlNumber, hl, 1, 628);
        }
    }

    /// Whether it counts on, with or without zeros before it.
    fn is_next(&mut self, id: Option<Id>, text: &[u8]) -> bool {
        let next = self.last.saturating_add(1);
        let number = if let Some(Id::Number(number)) = id { Some(number) } else { syntax::count(text) };
        self.last = number.unwrap_or(next);
        number == Some(next)
    }

    /// Notes it. False if its number was there before.
    fn take(&mut self, id: Option<Id>, entry: Entry) -> bool {
        self.claims |= entry.0 & Entry::CLAIMS_SOME != 0;
        let Some(id) = id else { return true };
        let place = match id {
            Id::Number(number) => (number as usize).checked_sub(1),
            Id::Text(_) => None,
        };
        if self.others.contains_key(&id) {
            return false;
        }
        match place {
            Some(place) if place < self.entries.len() => {
                let free = self.entries[place].level() == Entry::GAP.0;
                if free {
                    self.entries[place] = entry;
                }
                return free;
            }
            Some(place) if place - self.entries.len() <= GAP_MAX => {
                self.entries.resize(place, Entry::GAP);
                self.entries.push(entry);
            }
            _ => _ = self.others.insert(id, entry),
        }
        true
    }

    /// The one with this number.
    fn entry(&mut self, id: Id) -> Option<&mut Entry> {
        let counted = match id {
            Id::Number(number) => (number as usize).checked_sub(1).filter(|place| *place < self.entries.len()),
            Id::Text(_) => None,
        };
        match counted {
            Some(place) if self.entries[place].level() != Entry::GAP.0 => self.entries.get_mut(place),
            _ => self.others.get_mut(&id),
        }
    }

    #[inline]
    fn parent(&mut self, hl: Segment<'_, '_>, level: Option<u8>, reporter: &mut Reporter<'_, '_>) {
        let parent = hl.element(2);
        if parent.is_empty() {
            if level.is_some_and(|l| l != SHIPMENT) {
                reporter.element(Code::HlParent, hl, 2, 734);
            }
            return;
        }
        let id = Id::of(parent);
        let Some(entry) = id.and_then(|id| self.entry(id)) else {
            if id.is_none() || self.missing != id {
                self.missing = id;
                reporter.element(Code::HlParent, hl, 2, 734);
            }
            return;
        };
        entry.0 |= Entry::HAS_CHILDREN;
        let (claims, above) = (entry.0 & Entry::CLAIMS_NONE != 0, entry.level());
        self.claims |= claims;
        if level.is_some_and(|level| !may_stand_below(above, level)) {
            reporter.element(Code::HlLevel, hl, 3, 735);
        }
    }

    /// CTT is the message's last segment: all is there.
    fn check_totals(&self, ctt: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        let (lines, hash) = (ctt.element(1), ctt.element(2));
        if !lines.is_empty() && syntax::count(lines) != Some(self.count) {
            reporter.element(Code::HlCount, ctt, 1, 354);
        }
        let stated = in_both_ways(hash);
        let holds = (0..2).any(|way| stated[way].is_some() && stated[way] == self.shipped[way]);
        let agrees = hash.is_empty() || holds && self.shipped_any;
        if !agrees {
            reporter.element(Code::HashTotal, ctt, 2, 347);
        }
    }

    /// After the last segment of `body`: HL04 that does not hold is looked for again.
    pub fn end(&mut self, interchange: &Interchange<'_>, body: Range<usize>, reporter: &mut Reporter<'_, '_>) {
        if !self.claims || !self.entries.iter().chain(self.others.values()).any(|entry| entry.claim_fails()) {
            return;
        }
        let first = reporter.first.saturating_add(1);
        let mut walk = Walk::new(interchange.bytes(), body, interchange.separators, first);
        while let Some(segment) = walk.next_segment() {
            if segment.tag() != b"HL" {
                continue;
            }
            let entry = Id::of(segment.element(1)).and_then(|id| self.entry(id));
            if let Some(entry) = entry.filter(|entry| entry.claim_fails()) {
                // A number that is there twice is told once.
                *entry = Entry::GAP;
                reporter.element(Code::HlChild, segment, 4, 736);
            }
        }
    }
}

/// In millionths, and the digits alone as a number.
fn in_both_ways(text: &[u8]) -> [Option<i128>; 2] {
    let digits: Vec<u8> = text.iter().copied().filter(|octet| *octet != b'.').take(32).collect();
    let exact = millionths(text);
    [exact, exact.and_then(|_| std::str::from_utf8(&digits).ok()?.parse().ok())]
}

/// A decimal number times a million; `None` if it is not one, or too long or too fine for that.
fn millionths(text: &[u8]) -> Option<i128> {
    syntax::decimal_digits(text, false)?;
    let (negative, unsigned) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let point = unsigned.iter().position(|&b| b == b'.').unwrap_or(unsigned.len());
    let (whole, fraction) = (&unsigned[..point], unsigned.get(point + 1..).unwrap_or_default());
    if whole.len() > 18 || fraction.len() > 6 {
        return None;
    }
    let digits = whole.iter().chain(fraction).chain(std::iter::repeat_n(&b'0', 6 - fraction.len()));
    let value = digits.fold(0i128, |n, d| n * 10 + i128::from(d - b'0'));
    Some(if negative { -value } else { value })
}

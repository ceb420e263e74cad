//! HL: numbers, parents, levels, children. CTT: what they add up to.

use crate::{Code, Interchange, finding::Reporter, segment::Segment, syntax, walk::Walk};
use std::ops::Range;

/// What is known of the HLs so far: one octet each, so that a set of millions stays small.
#[derive(Default)]
pub(super) struct Hierarchy {
    /// The one with number n is at n - 1.
    entries: Vec<Entry>,
    /// All, with or without a usable number.
    count: u32,
    /// HL01 of the last one, if it was a number.
    last: u32,
    /// HL02 that was reported last: a damaged HL is told once, and not by each of its children.
    missing: Option<u32>,
    /// Some HL04 may not hold.
    claims: bool,
    /// The sum of SN102, in millionths; `None` once it is not a number any more.
    shipped: Option<i128>,
    shipped_any: bool,
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
const PACK: u8 = 3;
const ITEM: u8 = 4;
/// So many numbers may be left out before the next one is taken for a mistake itself.
const GAP_MAX: usize = 1000;

/// Whether a level may stand below another. Items hold packs where the structure is S, O, I, P.
fn may_stand_below(parent: u8, child: u8) -> bool {
    child != SHIPMENT
        && (parent < child || parent == child && matches!(child, PACK | ITEM) || (parent, child) == (ITEM, PACK))
}

impl Hierarchy {
    pub fn begin(&mut self) {
        self.entries.clear();
        let entries = std::mem::take(&mut self.entries);
        *self = Self { entries, ..Self::default() };
    }

    #[inline]
    pub fn place(&mut self, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        match segment.tag() {
            b"HL" => self.hl(segment, reporter),
            b"SN1" => {
                let sum = if self.shipped_any { self.shipped } else { Some(0) };
                self.shipped = sum.and_then(|sum| sum.checked_add(millionths(segment.element(2))?));
                self.shipped_any = true;
            }
            b"CTT" => self.check_totals(segment, reporter),
            _ => {}
        }
    }

    fn hl(&mut self, hl: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        self.count = self.count.saturating_add(1);
        let (number, level) = (syntax::count(hl.element(1)), hl.element(3));
        let known = match level {
            [octet] => LEVELS.iter().position(|l| l[0] == *octet).map(|l| l as u8),
            _ => None,
        };
        if known.is_none() && !level.is_empty() {
            reporter.element(Code::HlLevel, hl, 3, 735);
        }
        self.parent(hl, known, reporter);
        // Right behind the one before, or right in the count: one wrong number is told once, whichever it is.
        let right = number.is_some_and(|n| n == self.last.saturating_add(1) || n == self.count);
        if !right && !hl.element(1).is_empty() {
            reporter.element(Code::HlNumber, hl, 1, 628);
        }
        let claim = match hl.element(4) {
            b"0" => Entry::CLAIMS_NONE,
            b"1" => Entry::CLAIMS_SOME,
            _ => 0,
        };
        // A level that is not known may hold anything: it was reported once.
        self.take(number, Entry(known.unwrap_or(SHIPMENT) | claim));
    }

    fn take(&mut self, number: Option<u32>, entry: Entry) {
        self.claims |= entry.0 & Entry::CLAIMS_SOME != 0;
        let Some(number) = number else {
            self.last = self.last.saturating_add(1);
            return;
        };
        self.last = number;
        let Some(place) = (number as usize).checked_sub(1) else { return };
        if place == self.entries.len() {
            self.entries.push(entry);
        } else if place > self.entries.len() && place - self.entries.len() <= GAP_MAX {
            self.entries.resize(place, Entry::GAP);
            self.entries.push(entry);
        } else if let Some(gap) = self.entries.get_mut(place).filter(|e| e.level() == Entry::GAP.0) {
            *gap = entry;
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
        let number = syntax::count(parent);
        let place = number.and_then(|n| (n as usize).checked_sub(1));
        let entry = place.and_then(|place| self.entries.get_mut(place)).filter(|e| e.level() != Entry::GAP.0);
        let Some(entry) = entry else {
            if number.is_none() || self.missing != number {
                self.missing = number;
                reporter.element(Code::HlParent, hl, 2, 734);
            }
            return;
        };
        entry.0 |= Entry::HAS_CHILDREN;
        self.claims |= entry.0 & Entry::CLAIMS_NONE != 0;
        let above = entry.level();
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
        let shipped = self.shipped.filter(|_| self.shipped_any);
        if !hash.is_empty() && millionths(hash) != shipped {
            reporter.element(Code::HashTotal, ctt, 2, 347);
        }
    }

    /// After the last segment of `body`: HL04 that does not hold is looked for again.
    pub fn end(&mut self, interchange: &Interchange<'_>, body: Range<usize>, reporter: &mut Reporter<'_, '_>) {
        if !self.claims || !self.entries.iter().any(|entry| entry.claim_fails()) {
            return;
        }
        let first = reporter.first.saturating_add(1);
        let mut walk = Walk::new(interchange.bytes(), body, interchange.separators, first);
        while let Some(segment) = walk.next_segment() {
            if segment.tag() != b"HL" {
                continue;
            }
            let place = syntax::count(segment.element(1)).and_then(|n| (n as usize).checked_sub(1));
            let entry = place.and_then(|place| self.entries.get_mut(place));
            if let Some(entry) = entry.filter(|entry| entry.claim_fails()) {
                // A number that is there twice is told once.
                *entry = Entry::GAP;
                reporter.element(Code::HlChild, segment, 4, 736);
            }
        }
    }
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

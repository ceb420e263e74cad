//! HL: numbers, parents, levels, children. CTT: what they add up to.

use super::Reporter;
use crate::{Code, Interchange, Segment, syntax};
use std::collections::HashMap;

/// What is known of the HLs so far.
#[derive(Default)]
pub struct Hierarchy {
    /// Those that count on from 1: the one with number n is at n - 1.
    levels: Vec<Entry>,
    /// Those with any other number.
    others: HashMap<u32, Entry>,
    /// All, with or without a usable number.
    count: u32,
    /// The sum of SN102, in millionths; `None` once it is not a number any more.
    shipped: Option<i128>,
    /// Index of CTT.
    totals: Option<usize>,
}

#[derive(Clone, Copy)]
struct Entry {
    level: u8,
    /// Index of its segment.
    segment: u32,
    /// What HL04 says, if it says something.
    claims_children: Option<bool>,
    has_children: bool,
}

/// HL03, from the outermost in.
const LEVELS: [&[u8]; 5] = [b"S", b"O", b"T", b"P", b"I"];
const SHIPMENT: u8 = 0;
const PACK: u8 = 3;
const ITEM: u8 = 4;

/// Whether a level may stand below another. Items hold packs where the structure is S, O, I, P.
fn may_stand_below(parent: u8, child: u8) -> bool {
    child != SHIPMENT
        && (parent < child || parent == child && matches!(child, PACK | ITEM) || (parent, child) == (ITEM, PACK))
}

impl Hierarchy {
    pub fn place(&mut self, segment: Segment<'_>, reporter: &mut Reporter<'_>) {
        match segment.tag() {
            b"HL" => self.hl(segment, reporter),
            b"SN1" => {
                let sum = if self.count == 0 { None } else { Some(self.shipped.unwrap_or(0)) };
                self.shipped = sum.and_then(|sum| sum.checked_add(millionths(segment.element(2))?));
            }
            b"CTT" => self.totals = Some(segment.index()),
            _ => {}
        }
    }

    fn hl(&mut self, hl: Segment<'_>, reporter: &mut Reporter<'_>) {
        self.count = self.count.saturating_add(1);
        let (number, parent, level) = (syntax::count(hl.element(1)), hl.element(2), hl.element(3));
        let level = LEVELS.iter().position(|l| *l == level).and_then(|l| u8::try_from(l).ok());
        if level.is_none() && !hl.element(3).is_empty() {
            reporter.element(Code::HlLevel, hl, 3, 735);
        }
        self.parent(hl, parent, level, reporter);
        if number != Some(self.count) && !hl.element(1).is_empty() {
            reporter.element(Code::HlNumber, hl, 1, 628);
        }
        let claims_children = match hl.element(4) {
            b"0" => Some(false),
            b"1" => Some(true),
            _ => None,
        };
        let segment = u32::try_from(hl.index()).unwrap_or(u32::MAX);
        // A level that is not known may hold anything: it was reported once.
        let entry = Entry { level: level.unwrap_or(SHIPMENT), segment, claims_children, has_children: false };
        match number {
            Some(n) if n as usize == self.levels.len() + 1 => self.levels.push(entry),
            Some(n) if self.entry(n).is_none() => drop(self.others.insert(n, entry)),
            _ => {}
        }
    }

    fn parent(&mut self, hl: Segment<'_>, parent: &[u8], level: Option<u8>, reporter: &mut Reporter<'_>) {
        if parent.is_empty() {
            if level.is_some_and(|l| l != SHIPMENT) {
                reporter.element(Code::HlParent, hl, 2, 734);
            }
            return;
        }
        let Some(entry) = syntax::count(parent).and_then(|n| self.entry(n)) else {
            return reporter.element(Code::HlParent, hl, 2, 734);
        };
        entry.has_children = true;
        if level.is_some_and(|level| !may_stand_below(entry.level, level)) {
            reporter.element(Code::HlLevel, hl, 3, 735);
        }
    }

    fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        let place = (number as usize).checked_sub(1)?;
        self.levels.get_mut(place).or_else(|| self.others.get_mut(&number))
    }

    /// After the last segment.
    pub fn end(self, interchange: &Interchange<'_>, reporter: &mut Reporter<'_>) {
        let at = |index: usize| interchange.segment(index);
        for entry in self.levels.iter().chain(self.others.values()) {
            if entry.claims_children.is_some_and(|claim| claim != entry.has_children)
                && let Some(hl) = at(entry.segment as usize)
            {
                reporter.element(Code::HlChild, hl, 4, 736);
            }
        }
        let Some(ctt) = self.totals.and_then(at) else { return };
        if !ctt.element(1).is_empty() && syntax::count(ctt.element(1)) != Some(self.count) {
            reporter.element(Code::HlCount, ctt, 1, 354);
        }
        if !ctt.element(2).is_empty() && millionths(ctt.element(2)) != self.shipped {
            reporter.element(Code::HashTotal, ctt, 2, 347);
        }
    }
}

/// A decimal number times a million; `None` if it is not one, or too long or too fine for that.
fn millionths(text: &[u8]) -> Option<i128> {
    syntax::decimal_digits(text)?;
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

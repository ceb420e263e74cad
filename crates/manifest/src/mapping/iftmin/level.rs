//! What the consignment or one goods item says: its segments one by one, into fields and numbers.

use super::{codes, role};
use crate::mapping::{
    arena::{Arena, Said},
    draft::{Draft, lengths},
    gather::{Gather, NOBODY},
    number, tags,
    texts::{Texts, trimmed},
};
use crate::operational::Code;
use crate::record::{Personal, Qualifier, Role, Tag};
use edi::{Segment, unescape};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The consignment or a goods item.
pub(super) struct Level<'a> {
    pub said: Box<Gather<'a>>,
    goods: bool,
    /// A PCI was the last to name a parcel: references and the first number after it are that parcel's.
    marked: bool,
    /// The ship date is one of those that say so, not the document's.
    dated: bool,
    /// The release character, if one may be in the segment at work.
    release: Option<u8>,
}

impl<'a> Level<'a> {
    /// One in which nothing is said yet.
    pub fn of_consignment(said: Box<Gather<'a>>) -> Self {
        Self { said, goods: false, marked: false, dated: false, release: None }
    }

    pub fn of_goods(said: Box<Gather<'a>>) -> Self {
        Self { goods: true, ..Self::of_consignment(said) }
    }

    /// Ends it, so that the next one can begin: a consignee for whom nobody else receives is the recipient.
    pub fn close(&mut self, arena: &mut Arena<'a>) -> Said {
        self.said.receive_as_consignee();
        (self.marked, self.dated) = (false, false);
        arena.close(&mut self.said)
    }

    /// Counts a segment that goes nowhere.
    pub fn skip(&mut self) {
        self.said.unmapped = self.said.unmapped.saturating_add(1);
        self.said.end_party();
    }

    /// Whoever is named with equipment is kept, but gets nothing.
    pub fn take_of_equipment(&mut self, tag: u64, segment: &Segment<'a, '_>) {
        match tag {
            tags::NAD if role(segment.component(1, 1)).is_destination() => {
                self.release = segment.release();
                self.party(segment, Role::Other);
            }
            tags::NAD | tags::CTA | tags::COM | tags::FTX | tags::RFF => self.take(tag, segment),
            _ => self.skip(),
        }
    }

    /// Takes a segment; what no place is known for is counted.
    pub fn take(&mut self, tag: u64, segment: &Segment<'a, '_>) {
        self.release = segment.release();
        // Of a goods item, only what tells of the party itself follows NAD.
        if self.goods && !matches!(tag, tags::NAD | tags::CTA | tags::COM | tags::LOC | tags::DTM) {
            self.said.end_party();
        }
        let known = match tag {
            tags::NAD => {
                self.party(segment, role(segment.component(1, 1)));
                true
            }
            tags::CTA | tags::COM => self.contact(segment),
            tags::LOC => self.place(segment),
            tags::RFF => self.reference(segment),
            tags::DOC => self.say(Tag::Reference, Qualifier::of(b"ZZ"), segment.component(2, 1)),
            tags::PCI => self.mark(segment),
            tags::GIN => self.numbers(segment),
            tags::FTX | tags::HAN | tags::TCC => self.remarks(segment),
            tags::MOA | tags::CUX => self.money(segment),
            _ => self.number(tag, segment) || self.measure(tag, segment),
        };
        if !known {
            self.said.unmapped = self.said.unmapped.saturating_add(1);
        }
    }

    fn meant(&self, value: &'a [u8]) -> Personal<'a> {
        meant(self.said.texts, value, self.release)
    }

    /// False if there is no value.
    fn put(&mut self, tag: Tag, code: Qualifier, value: Personal<'a>) -> bool {
        self.said.put(tag, code, value)
    }

    /// The same of a component as it stands; most of those that may be there are not.
    #[inline(always)]
    fn say(&mut self, tag: Tag, code: Qualifier, value: &'a [u8]) -> bool {
        !value.is_empty() && self.say_something(tag, code, value)
    }

    #[inline(never)]
    fn say_something(&mut self, tag: Tag, code: Qualifier, value: &'a [u8]) -> bool {
        if self.release.is_none() {
            return self.said.push(tag, code, value);
        }
        self.put(tag, code, self.meant(value))
    }

    /// The same of a component that belongs to no party.
    fn say_apart(&mut self, tag: Tag, code: Qualifier, value: &'a [u8]) -> bool {
        !value.is_empty() && self.said.put_apart(tag, code, self.meant(value))
    }

    fn party(&mut self, segment: &Segment<'a, '_>, role: Role) {
        self.marked = false;
        if !self.said.begin_party(role) {
            return self.skip();
        }
        let none = Qualifier::NONE;
        let mut name = Tag::Name;
        for value in segment.first_components::<5>(4) {
            if self.say(name, none, value) {
                name = Tag::NameMore;
            }
        }
        let mut street = Tag::Street;
        // C058 is the older way: the name and the address in lines that say not which is which.
        for value in segment.first_components::<5>(3) {
            let tag = if name == Tag::Name { Tag::Name } else { street };
            if self.say(tag, none, value) {
                (name, street) = (Tag::NameMore, if tag == Tag::Street { Tag::StreetMore } else { Tag::Street });
            }
        }
        street = Tag::Street;
        for value in segment.first_components::<4>(5) {
            if self.say(street, none, value) {
                street = if street == Tag::Street { Tag::StreetMore } else { Tag::Street };
            }
        }
        self.say(Tag::City, none, segment.component(6, 1));
        let [region, _, _, name] = segment.first_components(7);
        if !self.say(Tag::Region, none, region) {
            self.say(Tag::Region, none, name);
        }
        self.say(Tag::PostalCode, none, segment.component(8, 1));
        self.say(Tag::Country, none, segment.component(9, 1));
        let [number, _, agency] = segment.first_components(2);
        self.say(Tag::PartyNumber, codes::agency(agency), number);
    }

    fn contact(&mut self, segment: &Segment<'a, '_>) -> bool {
        if segment.tag_number() == tags::CTA {
            let [department, name] = segment.first_components(2);
            let name = self.say(Tag::ContactName, Qualifier::of(b"IC"), name);
            let tag = if name { Tag::OtherContact } else { Tag::ContactName };
            let code = Qualifier::of(if name { b"ZZ" } else { b"IC" });
            self.say(tag, code, department);
            return true;
        }
        for n in 1..=segment.len() {
            let [value, code] = segment.first_components(n);
            let (tag, code) = codes::channel(code);
            self.say(tag, code, value);
        }
        true
    }

    /// A party's place is its location; any other is told as a reference and, in words, as a remark.
    fn place(&mut self, segment: &Segment<'a, '_>) -> bool {
        let [code, _, _, name] = segment.first_components(2);
        let zz = Qualifier::of(b"ZZ");
        let (coded, named) = if self.said.is_in_party() {
            let tag = if self.said.place_once() { Tag::Location } else { Tag::Reference };
            (self.say(tag, zz, code), self.say(Tag::NameMore, Qualifier::NONE, name))
        } else {
            (self.say(Tag::Reference, zz, code), self.say_apart(Tag::Remark, Qualifier::NONE, name))
        };
        coded || named
    }

    fn reference(&mut self, segment: &Segment<'a, '_>) -> bool {
        let [code, value] = segment.first_components(1);
        let (tag, code) = codes::reference(code, self.said.is_ordered());
        if self.marked {
            let value = self.meant(value);
            return !value.expose().is_empty() && self.of_mark(tag, code, value);
        }
        self.put(tag, code, self.meant(value))
    }

    /// Adds to the parcel that the last PCI named.
    fn of_mark(&mut self, tag: Tag, qualifier: Qualifier, value: Personal<'a>) -> bool {
        let value = self.said.keep(value);
        self.said.add_to_mark(NOBODY, tag, qualifier, value)
    }

    /// PCI: its first line is the parcel's number, as is each that can be one; others are words on it.
    fn mark(&mut self, segment: &Segment<'a, '_>) -> bool {
        self.said.begin_mark();
        self.marked = true;
        let sscc = segment.element(1) == b"33E";
        let mut first = true;
        for value in segment.components(2) {
            let value = self.meant(value);
            if value.expose().is_empty() {
                continue;
            }
            let number = first || is_number(value.expose());
            let (tag, code) = match (number, sscc) {
                (true, true) => (Tag::Sscc, b"GM"),
                (true, false) => (Tag::Tracking, b"CP"),
                (false, _) => (Tag::Reference, b"ZZ"),
            };
            self.of_mark(tag, Qualifier::of(code), value);
            first = false;
        }
        true
    }

    /// GIN: each number a parcel, the first after a PCI that one's. Of a range only the ends are named.
    fn numbers(&mut self, segment: &Segment<'a, '_>) -> bool {
        let (tag, code) = match segment.component(1, 1) {
            b"BJ" => (Tag::Sscc, b"GM"),
            b"ML" | b"AW" => (Tag::Tracking, b"CP"),
            _ => (Tag::Reference, b"ZZ"),
        };
        let code = Qualifier::of(code);
        for number in segment.elements().skip(1) {
            for value in segment.components_of(number) {
                let value = self.meant(value);
                if value.expose().is_empty() {
                    continue;
                }
                if !std::mem::take(&mut self.marked) {
                    self.said.begin_mark();
                }
                self.of_mark(tag, code, value);
            }
        }
        true
    }

    fn remarks(&mut self, segment: &Segment<'a, '_>) -> bool {
        let at: &[(usize, usize)] = match segment.tag_number() {
            tags::FTX => &[(4, 1), (4, 2), (4, 3), (4, 4), (4, 5)],
            _ => &[(1, 4), (2, 4)],
        };
        let put = |&(n, k): &(usize, usize)| self.say_apart(Tag::Remark, Qualifier::NONE, segment.component(n, k));
        at.iter().map(put).fold(false, |any, said| any | said)
    }

    fn money(&mut self, segment: &Segment<'a, '_>) -> bool {
        let zz = Qualifier::of(b"ZZ");
        if segment.tag_number() == tags::CUX {
            let first = self.say_apart(Tag::Currency, zz, segment.component(1, 2));
            return self.say_apart(Tag::Currency, zz, segment.component(2, 2)) | first;
        }
        let [code, value, currency] = segment.first_components(1);
        let Some(value) = pointed(value, number::amount) else { return false };
        let (tag, code) = codes::amount(code);
        self.said.put_apart(tag, code, value);
        self.say_apart(Tag::Currency, zz, currency);
        true
    }

    fn number(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        let c = |n, k| segment.component(n, k);
        let draft = &mut self.said.draft;
        match tag {
            tags::GID => {
                draft.pieces = number::count(c(2, 1));
                self.say_apart(Tag::Remark, Qualifier::NONE, c(2, 5));
            }
            tags::TSR => {
                let said = Code::new(c(2, 1)).or_else(|| Code::new(c(1, 1)));
                draft.service = draft.service.or(said);
                return said.is_some();
            }
            tags::TDT => {
                draft.carrier = draft.carrier.or_else(|| Code::new(c(5, 1)));
                self.say_apart(Tag::Routing, Qualifier::NONE, c(5, 4));
                self.say_apart(Tag::Routing, Qualifier::NONE, c(8, 4));
                self.say_apart(Tag::Reference, Qualifier::of(b"ZZ"), c(2, 1));
            }
            tags::CNT if c(1, 1) == b"11" => draft.pieces = draft.pieces.or(number::count(c(1, 2))),
            tags::DTM => return self.day(segment.first_components(1)),
            _ => return false,
        }
        true
    }

    /// When it goes; failing that, the day of the document.
    fn day(&mut self, [what, when, format]: [&[u8]; 3]) -> bool {
        let certain = matches!(what, b"234" | b"11");
        if self.dated || self.said.is_in_party() || !(certain || what == b"137") {
            return false;
        }
        let day = match format {
            b"102" | b"" => number::day(when),
            b"203" | b"204" => number::day(when.get(..8).unwrap_or_default()),
            b"101" => number::day(&[b"20", when].concat()),
            _ => None,
        };
        if day.is_some() && (certain || self.said.draft.ship_date.is_none()) {
            (self.said.draft.ship_date, self.dated) = (day, certain);
        }
        day.is_some()
    }

    /// MEA, DIM, and the total weight in CNT.
    fn measure(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        let draft = &mut self.said.draft;
        match tag {
            tags::MEA => return measurement(draft, segment),
            tags::DIM => {
                let [unit, all @ ..] = segment.first_components::<4>(2);
                for (at, length) in lengths(draft).into_iter().zip(all) {
                    *at = at.or(millimetres(length, unit));
                }
            }
            tags::CNT => {
                let [b"7", value, unit] = segment.first_components(1) else { return false };
                draft.weight_grams = draft.weight_grams.or(grams(value, unit));
            }
            _ => return false,
        }
        true
    }
}

/// MEA: a weight or a length, by 6313, or a weight by 6311.
fn measurement(draft: &mut Draft, segment: &Segment<'_, '_>) -> bool {
    let [unit, value] = segment.first_components(3);
    match segment.component(2, 1) {
        b"G" | b"WT" | b"AAB" | b"AAD" => draft.weight_grams = draft.weight_grams.or(grams(value, unit)),
        b"" if segment.component(1, 1) == b"WT" => draft.weight_grams = draft.weight_grams.or(grams(value, unit)),
        b"LN" => draft.length_mm = draft.length_mm.or(millimetres(value, unit)),
        b"WD" => draft.width_mm = draft.width_mm.or(millimetres(value, unit)),
        b"HT" => draft.height_mm = draft.height_mm.or(millimetres(value, unit)),
        _ => return false,
    }
    true
}

fn grams(value: &[u8], unit: &[u8]) -> Option<u32> {
    pointed(value, |value| number::grams(value, codes::unit(unit)))
}

fn millimetres(value: &[u8], unit: &[u8]) -> Option<u32> {
    pointed(value, |value| number::millimetres(value, codes::unit(unit)))
}

/// What a component means, in UTF-8, without blanks around it.
pub(super) fn meant<'a>(texts: Texts<'_>, value: &'a [u8], release: Option<u8>) -> Personal<'a> {
    if value.is_empty() || release.is_none() {
        return texts.personal(trimmed(value));
    }
    match unescape(value, release) {
        Cow::Borrowed(value) => texts.personal(trimmed(value)),
        Cow::Owned(value) => {
            let value = Personal::owned(value);
            // Released octets are ASCII, so that the others are read alike before and after.
            match texts.utf8(value.expose()) {
                Cow::Owned(text) => Personal::owned(text).trimmed(),
                Cow::Borrowed(_) => value.trimmed(),
            }
        }
    }
}

/// Whether a line of marks can be a number: digits in it, and nothing but digits, letters and dashes.
fn is_number(line: &[u8]) -> bool {
    line.len() >= 8
        && line.iter().filter(|octet| octet.is_ascii_digit()).count() * 2 > line.len()
        && line.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
}

/// What is done with a number that has a point for whichever of the two decimal marks it has. Of one that is too long to
/// be one there is nothing.
fn pointed<T>(number: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let mut octets = Zeroizing::new([0; 40]);
    let length = if number.len() > octets.len() { 0 } else { number.len() };
    for (place, octet) in octets.iter_mut().zip(&number[..length]) {
        *place = if *octet == b',' { b'.' } else { *octet };
    }
    read(&octets[..length])
}

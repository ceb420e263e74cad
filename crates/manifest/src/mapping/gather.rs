//! What one level says: its segments, in any order, taken one by one into fields and numbers.

use super::{
    draft::{Draft, lengths, measure},
    kinds::Runs,
    number, tags,
    texts::{Texts, qualifier, trimmed},
};
use crate::entry::{Entry, Place};
use crate::operational::Code;
use crate::record::{Personal, Qualifier, Role, Tag};
use edi::Segment;

/// The fields and numbers of a level that is open. Parties are numbered within the level.
#[derive(Default)]
pub(super) struct Gather<'a> {
    /// Added to by [`Gather::add`] alone.
    pub fields: Vec<Entry>,
    /// The fields of all MANs.
    pub marked: Vec<Entry>,
    /// The values that are not among the set's octets.
    pub made: Vec<Personal<'a>>,
    /// Where each MAN ends in `marked`.
    pub marks: Vec<usize>,
    pub draft: Draft,
    /// Segments that went nowhere.
    pub unmapped: u32,
    /// How its texts are read.
    pub texts: Texts<'a>,
    /// Where in `fields` those of the recipient are, of the consignee, and the others.
    pub runs: Runs,
    /// There is an order without a qualifier.
    ordered: bool,
    /// The party that N2, N3, N4, REF and PER belong to now; [`NOBODY`] where there is none.
    party: (Role, u16),
    parties: u16,
    placed: bool,
}

impl<'a> Gather<'a> {
    /// Takes a segment; what no place is known for is counted.
    pub fn take(&mut self, tag: u64, segment: &Segment<'a, '_>) {
        let known = self.party_segment(tag, segment) || {
            self.party = NOBODY;
            self.text(tag, segment) || self.number(tag, segment) || self.money(tag, segment)
        };
        if !known {
            self.unmapped = self.unmapped.saturating_add(1);
        }
    }

    /// Adds a field, and notes where those of its kind are.
    fn add(&mut self, (role, party): (Role, u16), tag: Tag, qualifier: Qualifier, value: Place) {
        self.runs.note(role, self.fields.len());
        self.fields.push(Entry { value, qualifier, party, role, tag });
    }

    /// Begins another level, in the same memory.
    pub fn restart(&mut self) {
        self.runs.clear();
        self.fields.clear();
        self.marked.clear();
        self.made.clear();
        self.marks.clear();
        (self.draft, self.unmapped, self.ordered) = (Draft::default(), 0, false);
        (self.party, self.parties, self.placed) = (NOBODY, 0, false);
    }

    /// Whether nothing is said in it.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.marked.is_empty() && self.marks.is_empty() && self.unmapped == 0
    }

    /// Begins a MAN.
    pub fn begin_mark(&mut self) {
        self.marks.push(self.marked.len());
    }

    /// Adds a value to the last MAN. False if there is none.
    pub fn add_to_mark(&mut self, (role, party): (Role, u16), tag: Tag, qualifier: Qualifier, value: Place) -> bool {
        let Some(end) = self.marks.last_mut() else { return false };
        self.marked.push(Entry { value, qualifier, party, role, tag });
        *end = self.marked.len();
        true
    }

    /// Where a value is, or was put.
    pub fn keep(&mut self, value: Personal<'a>) -> Place {
        self.texts.keep(value, &mut self.made)
    }

    /// The value at a place.
    pub fn copy(&self, place: Place) -> Personal<'a> {
        place.copy(self.texts.octets, &self.made)
    }

    /// Starts a party, to which belongs what follows. False if it has no number left for one.
    pub fn begin_party(&mut self, role: Role) -> bool {
        self.placed = false;
        let next = self.parties.checked_add(1);
        self.party = next.map_or(NOBODY, |next| (role, next));
        self.parties = next.unwrap_or(self.parties);
        next.is_some()
    }

    /// What follows belongs to no party.
    pub fn end_party(&mut self) {
        self.party = NOBODY;
    }

    /// Whether what follows belongs to a party.
    pub fn is_in_party(&self) -> bool {
        self.party != NOBODY
    }

    /// Whether the party has no place yet; it has one then.
    pub fn place_once(&mut self) -> bool {
        !std::mem::replace(&mut self.placed, true)
    }

    /// Whether there is an order without a qualifier.
    pub fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// Adds a value that is not empty to the party, or where there is none, to the level.
    pub fn put(&mut self, tag: Tag, qualifier: Qualifier, value: Personal<'a>) -> bool {
        self.put_to(self.party, tag, qualifier, value)
    }

    /// Adds a value that is not empty to no party. False if it is.
    pub fn put_apart(&mut self, tag: Tag, qualifier: Qualifier, value: Personal<'a>) -> bool {
        self.put_to(NOBODY, tag, qualifier, value)
    }

    fn put_to(&mut self, party: (Role, u16), tag: Tag, qualifier: Qualifier, value: Personal<'a>) -> bool {
        let said = !value.expose().is_empty();
        if said {
            self.ordered |= tag == Tag::Order && qualifier == Qualifier::NONE;
            let value = self.keep(value);
            self.add(party, tag, qualifier, value);
        }
        said
    }

    /// Makes its consignees the recipients, unless it has a recipient.
    pub fn receive_as_consignee(&mut self) {
        self.runs.end(self.fields.len());
        let [recipient, consignee, _] = self.runs.ended();
        if !recipient.is_empty() {
            return;
        }
        for run in consignee.iter() {
            self.fields[run.places()].iter_mut().for_each(|field| field.role = Role::Recipient);
        }
        std::mem::swap(recipient, consignee);
    }

    /// Starts a party: N1, with its role decided by the caller.
    pub fn party(&mut self, segment: &Segment<'a, '_>, role: Role) -> bool {
        if !self.begin_party(role) {
            return false;
        }
        self.push(Tag::Name, Qualifier::NONE, segment.element(2));
        let number = segment.element(4);
        if !number.is_empty() {
            self.push(Tag::PartyNumber, qualifier(segment.element(3), b"ZZ"), number);
        }
        true
    }

    fn party_segment(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        match (tag, self.is_in_party()) {
            (tags::N1, _) => self.party(segment, Role::from_code(segment.element(1))),
            (tags::REF, _) => self.reference(segment.element(1), segment.element(2), segment.element(3)),
            (tags::L11, _) => self.reference(segment.element(2), segment.element(1), segment.element(3)),
            (tags::PER, _) => self.contact(segment, &[3, 5, 7]),
            (tags::G61, _) => self.contact(segment, &[3]),
            (tags::N2, true) => {
                _ = [1, 2].map(|n| self.push(Tag::NameMore, Qualifier::NONE, segment.element(n)));
                true
            }
            (tags::N3, true) => {
                let [first, second] = [trimmed(segment.element(1)), segment.element(2)];
                self.push(Tag::Street, Qualifier::NONE, first);
                let more = if first.is_empty() { Tag::Street } else { Tag::StreetMore };
                self.push(more, Qualifier::NONE, second);
                true
            }
            (tags::N4, true) if !self.placed => {
                self.placed = true;
                for (n, tag) in [(1, Tag::City), (2, Tag::Region), (3, Tag::PostalCode), (4, Tag::Country)] {
                    self.push(tag, Qualifier::NONE, segment.element(n));
                }
                let location = segment.element(6);
                if !location.is_empty() {
                    self.push(Tag::Location, qualifier(segment.element(5), b"ZZ"), location);
                }
                true
            }
            _ => false,
        }
    }

    /// Adds a value as it stands; false if it is blank.
    #[inline]
    pub fn push(&mut self, tag: Tag, qualifier: Qualifier, value: &'a [u8]) -> bool {
        let value = trimmed(value);
        if value.is_empty() {
            return false;
        }
        match self.texts.place(value).filter(|_| self.runs.goes_on(self.party.0)) {
            Some(value) => {
                let (role, party) = self.party;
                self.fields.push(Entry { value, qualifier, party, role, tag });
            }
            None => self.push_anew(tag, qualifier, value),
        }
        true
    }

    /// The same of a value that is not as it stands, or is of another kind than the one before.
    #[inline(never)]
    fn push_anew(&mut self, tag: Tag, qualifier: Qualifier, value: &'a [u8]) {
        self.put(tag, qualifier, self.texts.personal(value));
    }

    fn reference(&mut self, code: &'a [u8], value: &'a [u8], description: &'a [u8]) -> bool {
        let tag = match code {
            b"CN" | b"2I" => Tag::Tracking,
            b"PO" | b"CO" | b"ON" | b"OQ" => Tag::Order,
            b"11" | b"12" | b"14" => Tag::Account,
            _ => Tag::Reference,
        };
        self.push(tag, qualifier(code, b"ZZ"), value);
        self.remark(description);
        true
    }

    fn remark(&mut self, text: &'a [u8]) {
        let text = trimmed(text);
        if !text.is_empty() {
            self.put_apart(Tag::Remark, Qualifier::NONE, self.texts.personal(text));
        }
    }

    fn contact(&mut self, segment: &Segment<'a, '_>, pairs: &[usize]) -> bool {
        self.push(Tag::ContactName, qualifier(segment.element(1), b"IC"), segment.element(2));
        for &n in pairs.iter().filter(|n| !segment.element(**n + 1).is_empty()) {
            let code = segment.element(n);
            let tag = match code {
                b"EM" => Tag::Email,
                b"TE" | b"AP" | b"BN" | b"CP" | b"EX" | b"FX" | b"HP" | b"NP" | b"PC" | b"PP" | b"WP" => Tag::Phone,
                _ => Tag::OtherContact,
            };
            self.push(tag, qualifier(code, b"ZZ"), segment.element(n + 1));
        }
        true
    }

    fn text(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        let at: &[usize] = match tag {
            tags::NTE | tags::L5 | tags::MIT => &[2],
            tags::K1 => &[1, 2],
            tags::MSG => &[1],
            tags::PID => &[5],
            tags::PRF => return self.order(segment),
            tags::MAN => return self.mark(segment),
            _ => return false,
        };
        at.iter().for_each(|n| self.remark(segment.element(*n)));
        true
    }

    fn order(&mut self, segment: &Segment<'a, '_>) -> bool {
        let code = if self.ordered { Qualifier::ORDER } else { Qualifier::NONE };
        self.ordered |= self.push(Tag::Order, code, segment.element(1));
        self.push(Tag::Reference, Qualifier::of(b"RE"), segment.element(2));
        self.push(Tag::Reference, Qualifier::of(b"CT"), segment.element(6));
        true
    }

    fn mark(&mut self, segment: &Segment<'a, '_>) -> bool {
        self.begin_mark();
        for (code, at) in [(1, 2), (1, 3), (4, 5), (4, 6)] {
            let value = trimmed(segment.element(at));
            if !value.is_empty() {
                let code = segment.element(code);
                let tag = if code == b"GM" { Tag::Sscc } else { Tag::Tracking };
                let value = self.keep(self.texts.personal(value));
                self.add_to_mark(self.party, tag, qualifier(code, b"ZZ"), value);
            }
        }
        true
    }

    fn number(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        let e = |n| segment.element(n);
        let draft = &mut self.draft;
        match tag {
            tags::TD1 => {
                draft.pieces = draft.pieces.or(number::count(e(2)));
                draft.weight_grams = draft.weight_grams.or(number::grams(e(7), e(8)));
            }
            tags::TD5 => {
                if e(2) == b"2" {
                    draft.carrier = draft.carrier.or(Code::new(e(3)));
                }
                draft.service = draft.service.or(Code::new(e(12)));
                self.push(Tag::Routing, Qualifier::NONE, e(5));
            }
            tags::PO4 => {
                draft.weight_grams = draft.weight_grams.or(number::grams(e(6), e(7)));
                for (at, length) in lengths(draft).into_iter().zip(10..) {
                    *at = at.or(number::millimetres(e(length), e(13)));
                }
            }
            tags::MS4 => {
                for (at, length) in lengths(draft).into_iter().zip(2..) {
                    *at = at.or(number::millimetres(e(length), e(1)));
                }
            }
            tags::MEA => return measure(draft, e(2), e(3), segment.component(4, 1)),
            tags::DTM if e(1) == b"011" => draft.ship_date = draft.ship_date.or(number::day(e(2))),
            tags::BLR => draft.carrier = draft.carrier.or(Code::new(e(1))),
            tags::SMD => draft.service = draft.service.or(Code::new(e(1))),
            tags::CD3 => {
                let unit = if matches!(e(1), b"K" | b"KG") { b"KG" } else { &b"LB"[..] };
                draft.weight_grams = draft.weight_grams.or(number::grams(e(2), unit));
                draft.service = Code::new(e(5)).or(draft.service);
                self.charge(e(7), e(8));
                self.charge(e(9), e(10));
            }
            _ => return false,
        }
        true
    }

    fn money(&mut self, tag: u64, segment: &Segment<'a, '_>) -> bool {
        let e = |n| segment.element(n);
        match tag {
            tags::CUR => _ = self.push(Tag::Currency, qualifier(e(1), b"ZZ"), e(2)),
            tags::C3 => _ = self.push(Tag::Currency, Qualifier::of(b"ZZ"), e(1)),
            tags::AMT => {
                let Some(value) = number::amount(e(2)) else { return false };
                let (tag, code) = match e(1) {
                    b"DV" => (Tag::DeclaredValue, Qualifier::NONE),
                    b"COD" => (Tag::Cod, Qualifier::NONE),
                    code => (Tag::Charge, qualifier(code, b"ZZ")),
                };
                self.put(tag, code, value);
            }
            tags::SAC => {
                self.remark(e(15));
                let Some(value) = number::hundredths(e(5), e(1) == b"A") else { return !trimmed(e(15)).is_empty() };
                let (tag, code) = match (e(2), e(4)) {
                    (_, b"DECLARED") => (Tag::DeclaredValue, Qualifier::NONE),
                    (_, b"COD") => (Tag::Cod, Qualifier::NONE),
                    (b"", code) => (Tag::Charge, qualifier(code, b"ZZ")),
                    (code, _) => (Tag::Charge, qualifier(code, b"ZZ")),
                };
                self.put(tag, code, value);
            }
            _ => return false,
        }
        true
    }

    fn charge(&mut self, code: &'a [u8], value: &'a [u8]) {
        if let Some(value) = number::hundredths(value, false) {
            let declared = (Tag::DeclaredValue, Qualifier::NONE);
            let (tag, code) = if code == b"DV" { declared } else { (Tag::Charge, qualifier(code, b"ZZ")) };
            self.put(tag, code, value);
        }
    }
}

/// What stands for the party of what belongs to none.
pub(super) const NOBODY: (Role, u16) = (Role::None, 0);

//! From the octets of a JSON document to a manifest.

use super::{
    lexer::{Kind, Lexer, Stop},
    names,
};
use crate::{
    Class,
    form::{
        Code, Finding, Findings, Limits,
        draft::{self, Draft, PartyDraft, Sieve, Unsaid},
        exact, key,
        key::Key,
        place::{Step, pointer},
        value,
    },
    operational::{self, LENGTH_MM_MAX},
    parcel::{Manifest, Purpose, Record, Source},
    record::{Field, Personal, Qualifier, Role, Tag},
};

pub(super) type Result<T> = std::result::Result<T, Stop>;

/// Reads a document, see [`super`].
///
/// # Errors
/// What is wrong with it, in the order of the places. A document with a finding is refused as a whole; after an error
/// of syntax, or where a limit is reached, nothing further is looked at.
pub fn read<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    accepts: &[Class],
) -> std::result::Result<Manifest<'a>, Vec<Finding>> {
    let mut findings = Findings::new(limits.findings);
    if bytes.len() > limits.octets.min(u32::MAX as usize) {
        findings.push(Code::TooLarge, 0, String::new);
        return Err(findings.finish(&[]));
    }
    if let Err(wrong) = str::from_utf8(bytes) {
        findings.push(Code::NotUtf8, wrong.valid_up_to(), String::new);
        return Err(findings.finish(bytes));
    }
    let lexer = Lexer::new(bytes, limits.depth);
    let sieve = Sieve { accepts, dropped: [0; 6] };
    let mut reader = Reader { lexer, path: Vec::new(), findings, limits: *limits, values: 0, sieve };
    let read = reader.document();
    if let Err(stop) = &read {
        reader.finding(stop.code, stop.offset);
    }
    match read {
        Ok(Some(manifest)) if reader.findings.is_empty() => Ok(manifest),
        _ => Err(reader.findings.finish(bytes)),
    }
}

pub(super) struct Reader<'a, 'c> {
    pub lexer: Lexer<'a>,
    pub path: Vec<Step>,
    pub findings: Findings,
    pub limits: Limits,
    pub values: usize,
    sieve: Sieve<'c>,
}

/// A parcel, what it says nothing of, and where it begins.
type Parcel<'a> = (Record<'a>, Unsaid, usize);

/// What the document says besides its records.
#[derive(Default)]
struct Head<'a> {
    version: bool,
    numbered: bool,
    purpose: Option<Purpose>,
    number: Option<Personal<'a>>,
    parcels: Option<Vec<Parcel<'a>>>,
    draft: Draft<'a>,
}

impl<'a> Reader<'a, '_> {
    pub fn finding(&mut self, code: Code, offset: usize) {
        let path = &self.path;
        self.findings.push(code, offset, || pointer(path));
    }

    fn document(&mut self) -> Result<Option<Manifest<'a>>> {
        let offset = self.lexer.offset();
        let mut head = Head::default();
        if self.lexer.kind()? != Kind::Object {
            return Err(Stop { code: Code::WrongType, offset });
        }
        self.object(&names::LISTS.head, &mut |reader, name| reader.head_key(name, &mut head))?;
        self.lexer.end()?;
        for (there, name) in
            [(head.version, "bulla"), (head.numbered, "manifest_number"), (head.parcels.is_some(), "parcels")]
        {
            if !there {
                self.path.push(Step::Key(name));
                self.finding(Code::KeyMissing, offset);
                self.path.pop();
            }
        }
        let Head { purpose, number, parcels, draft, .. } = head;
        let (Some(number), Some(parcels)) = (number, parcels) else { return Ok(None) };
        let Some((record, above)) = self.record(draft, 0, offset) else { return Ok(None) };
        self.check_destinations(above, &parcels);
        let parcels = parcels.into_iter().map(|(mut parcel, unsaid, _)| {
            unsaid.fill(&mut parcel.operational, &record.operational);
            parcel
        });
        Ok(Some(Manifest {
            source: Source::Json,
            purpose: purpose.unwrap_or(Purpose::Original),
            number,
            parcels: parcels.collect(),
            head: record,
            dropped: self.sieve.dropped,
            unmapped: 0,
        }))
    }

    /// Where the manifest names who gets the parcels, a parcel that does not would be taken for one that goes there.
    fn check_destinations(&mut self, head: Unsaid, parcels: &[Parcel<'a>]) {
        for (at, (_, unsaid, offset)) in parcels.iter().enumerate() {
            for (missing, name) in
                [(unsaid.recipient && !head.recipient, "recipient"), (unsaid.consignee && !head.consignee, "parties")]
            {
                if missing {
                    self.path.extend([Step::Key("parcels"), Step::At(at), Step::Key(name)]);
                    self.finding(Code::KeyMissing, *offset);
                    self.path.clear();
                }
            }
        }
    }

    fn record(&mut self, draft: Draft<'a>, pieces: u16, offset: usize) -> Option<(Record<'a>, Unsaid)> {
        match draft.finish(pieces, &mut self.sieve) {
            Ok(record) => Some(record),
            Err(code) => {
                self.finding(code, offset);
                None
            }
        }
    }

    fn head_key(&mut self, name: &'static str, head: &mut Head<'a>) -> Result<()> {
        match name {
            "bulla" => {
                head.version = true;
                self.word(Code::UnknownVersion, |w| (w == b"manifest/1").then_some(()))?;
            }
            "purpose" => {
                head.purpose = self.word(Code::InvalidCode, super::purpose)?;
            }
            "manifest_number" => {
                head.numbered = true;
                let found = self.value(key::of(Tag::ManifestNumber), Qualifier::NONE, false, &[])?;
                if let Some(found) = found {
                    head.number = Some(found.value.clone());
                    head.draft.fields.push(draft::own(Tag::ManifestNumber, found.qualifier, found.value));
                }
            }
            "parcels" => head.parcels = Some(self.parcels()?),
            _ => self.record_key(name, &mut head.draft, false)?,
        }
        Ok(())
    }

    fn parcels(&mut self) -> Result<Vec<Parcel<'a>>> {
        let mut parcels = Vec::new();
        if !self.is(Kind::List)? {
            return Ok(parcels);
        }
        self.list(&mut |reader, at| {
            let offset = reader.lexer.offset();
            if at >= reader.limits.parcels {
                return Err(Stop { code: Code::TooManyParcels, offset });
            }
            let mut draft = Draft::default();
            _ = reader.object(&names::LISTS.parcel, &mut |reader, name| reader.record_key(name, &mut draft, true))?;
            parcels.extend(reader.record(draft, 1, offset).map(|(record, unsaid)| (record, unsaid, offset)));
            Ok(())
        })?;
        Ok(parcels)
    }

    /// A key that the manifest and parcels have.
    fn record_key(&mut self, name: &'static str, draft: &mut Draft<'a>, parcel: bool) -> Result<()> {
        let code = |word: &[u8]| operational::Code::new(word);
        match name {
            "service" => draft.service = self.or_none(parcel, |r| r.word(Code::InvalidCode, code))?,
            "carrier" => draft.carrier = self.or_none(parcel, |r| r.word(Code::InvalidCode, code))?,
            "ship_date" => {
                let date = |word: &[u8]| exact::date(word).ok();
                draft.ship_date = self.or_none(parcel, |r| r.word(Code::InvalidDate, date))?;
            }
            "weight_kg" => draft.weight_grams = self.decimal(3, u32::MAX)?,
            "length_cm" => draft.length_mm = self.decimal(1, LENGTH_MM_MAX)?,
            "width_cm" => draft.width_mm = self.decimal(1, LENGTH_MM_MAX)?,
            "height_cm" => draft.height_mm = self.decimal(1, LENGTH_MM_MAX)?,
            "pieces" => {
                let pieces = self.decimal(0, u16::MAX.into())?;
                draft.pieces = pieces.and_then(|p| u16::try_from(p).ok());
            }
            "destination_province" => draft.province = self.word(Code::InvalidProvince, value::province)?,
            "destination_country" => draft.country = self.word(Code::InvalidCountry, two_letters)?,
            "sender" => draft.parties.extend(self.party(0, Some(Role::Sender))?),
            "recipient" => draft.parties.extend(self.party(1, Some(Role::Recipient))?),
            "parties" => {
                if self.is(Kind::List)? {
                    self.list(&mut |reader, at| {
                        draft.parties.extend(reader.party(at.saturating_add(2), None)?);
                        Ok(())
                    })?;
                }
            }
            "contact" => self.contacts(&mut draft.fields)?,
            "more" => self.more(&mut draft.fields)?,
            _ => {
                let key = names::key(name);
                self.of_key(key, &mut |reader| {
                    let default = key::default_qualifier(key, false, draft.ordered);
                    if let Some(found) = reader.value(key, default, false, &[])? {
                        draft.ordered |= key.tag == Tag::Order && found.qualifier == Qualifier::NONE;
                        draft.fields.push(draft::own(key.tag, found.qualifier, found.value));
                    }
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// `role`: the key has said it.
    fn party(&mut self, place: usize, role: Option<Role>) -> Result<Option<PartyDraft<'a>>> {
        let offset = self.lexer.offset();
        let mut party = PartyDraft { place, ..PartyDraft::default() };
        let (mut said, mut named, mut empty) = (role, role.is_some(), true);
        // Where the plain province and postal code are, to be checked when the country is known.
        let mut local = Vec::new();
        let list = if role.is_some() { &names::LISTS.named_party } else { &names::LISTS.party };
        let there = self.object(list, &mut |reader, name| {
            named |= name == "role";
            empty &= matches!(name, "role" | "party");
            match name {
                "role" => said = reader.word(Code::InvalidCode, Role::from_word)?,
                "party" => {
                    let number = reader.decimal(0, u16::MAX.into())?;
                    party.number = number.and_then(|n| u16::try_from(n).ok());
                }
                "contact" => reader.contacts(&mut party.fields)?,
                "more" => reader.more(&mut party.fields)?,
                "street" => reader.streets(&mut party.fields)?,
                _ => reader.party_values(names::key(name), &mut party.fields, &mut local)?,
            }
            Ok(())
        })?;
        if there && !named {
            self.path.push(Step::Key("role"));
            self.finding(Code::KeyMissing, offset);
            self.path.pop();
        }
        if there && empty {
            self.finding(Code::Empty, offset);
        }
        let Some(role) = said else { return Ok(None) };
        party.fields.iter_mut().for_each(|f| f.role = role);
        for (at, offset) in local {
            if let Err(code) = party.check_in_country(at) {
                self.path.push(Step::Key(key::of(party.fields[at].tag).name));
                self.finding(code, offset);
                self.path.pop();
            }
        }
        Ok(Some(party))
    }

    fn party_values(
        &mut self,
        key: &'static Key,
        fields: &mut Vec<Field<'a>>,
        local: &mut Vec<(usize, usize)>,
    ) -> Result<()> {
        self.of_key(key, &mut |reader| {
            let offset = reader.lexer.offset();
            let default = key::default_qualifier(key, true, false);
            if let Some(found) = reader.value(key, default, true, &[])? {
                if found.plain && matches!(key.kind, key::Kind::Province | key::Kind::PostalCode) {
                    local.push((fields.len(), offset));
                }
                fields.push(draft::own(key.tag, found.qualifier, found.value));
            }
            Ok(())
        })
    }

    /// Lines in pairs: one that begins a street, one that continues it. A line may say that it is the other.
    fn streets(&mut self, fields: &mut Vec<Field<'a>>) -> Result<()> {
        let mut next = Tag::Street;
        self.one_or_many(&mut |reader, _| {
            if let Some(found) = reader.value(key::of(next), Qualifier::NONE, true, &names::PARTS)? {
                let tag = found.part.unwrap_or(next);
                fields.push(draft::own(tag, found.qualifier, found.value));
                next = if tag == Tag::Street { Tag::StreetMore } else { Tag::Street };
            }
            Ok(())
        })
    }

    fn contacts(&mut self, fields: &mut Vec<Field<'a>>) -> Result<()> {
        self.one_or_many(&mut |reader, _| {
            let offset = reader.lexer.offset();
            let (mut found, mut empty) = (Vec::new(), true);
            let there = reader.object(&names::LISTS.contact, &mut |reader, name| {
                empty = false;
                let key = names::contact_key(name);
                reader.of_key(key, &mut |reader| {
                    let default = key::default_qualifier(key, false, false);
                    if let Some(read) = reader.value(key, default, false, &[])? {
                        found.push(draft::own(key.tag, read.qualifier, read.value));
                    }
                    Ok(())
                })
            })?;
            if there && empty {
                reader.finding(Code::Empty, offset);
            }
            found.sort_by_key(|f| f.tag);
            fields.append(&mut found);
            Ok(())
        })
    }
}

fn two_letters(word: &[u8]) -> Option<[u8; 2]> {
    <[u8; 2]>::try_from(word).ok().filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
}

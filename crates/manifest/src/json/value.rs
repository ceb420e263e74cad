//! One value of a field: text, or an object that says more of it.

use super::{
    lexer::Kind,
    names,
    read::{Reader, Result},
};
use crate::{
    form::{Code, draft, exact, key, key::Key, value},
    record::{Field, Personal, Qualifier, Tag},
};

/// A value that was read.
pub(super) struct Found<'a> {
    pub value: Personal<'a>,
    pub qualifier: Qualifier,
    /// Which line of a street it says to be.
    pub part: Option<Tag>,
    /// It was checked against its key's form.
    pub plain: bool,
}

/// An object's members, unchecked.
#[derive(Default)]
struct Members<'a> {
    key: Option<&'static Key>,
    qualifier: Option<Qualifier>,
    part: Option<Tag>,
    value: Option<Personal<'a>>,
    as_written: Option<Personal<'a>>,
    octets: Option<Personal<'a>>,
}

impl<'a> Reader<'a, '_> {
    /// A value; `None` if there is a finding. `parts`: the further members that its object may have.
    pub fn value(
        &mut self,
        key: &'static Key,
        default: Qualifier,
        in_party: bool,
        parts: &[&'static str],
    ) -> Result<Option<Found<'a>>> {
        let offset = self.lexer.offset();
        self.count(offset)?;
        let plain = |value| Members { value: Some(value), ..Members::default() };
        let members = match self.lexer.kind()? {
            Kind::Text => plain(self.lexer.text()?),
            Kind::Number if key.kind == key::Kind::Amount => plain(Personal::borrowed(self.lexer.number()?.as_bytes())),
            Kind::Object => match self.members(Some(key), parts)? {
                Some(members) => members,
                None => return Ok(None),
            },
            _ => return self.is(Kind::Text).map(|_| None),
        };
        Ok(self.checked(key, default, in_party, members, offset))
    }

    /// What stands at an unusual place, each with the name of its key.
    pub fn more(&mut self, fields: &mut Vec<Field<'a>>) -> Result<()> {
        self.one_or_many(&mut |reader, _| {
            let offset = reader.lexer.offset();
            reader.count(offset)?;
            if reader.lexer.kind()? != Kind::Object {
                return reader.is(Kind::Object).map(drop);
            }
            let Some(members) = reader.members(None, &[])? else { return Ok(()) };
            let Some(key) = members.key else {
                reader.finding(Code::KeyMissing, offset);
                return Ok(());
            };
            if let Some(found) = reader.checked(key, Qualifier::NONE, false, members, offset) {
                fields.push(draft::own(key.tag, found.qualifier, found.value));
            }
            Ok(())
        })
    }

    /// `None` if there is a finding in it.
    fn members(&mut self, key: Option<&'static Key>, parts: &[&'static str]) -> Result<Option<Members<'a>>> {
        let before = self.findings.count;
        let mut members = Members::default();
        let amount = key.is_some_and(|k| k.kind == key::Kind::Amount);
        let mut allowed = vec!["qualifier", "as_written", "octets"];
        allowed.push(if key.is_some() { "value" } else { "field" });
        if !parts.is_empty() {
            allowed.push("part");
        }
        self.object(&allowed, &mut |reader, name| {
            match name {
                "qualifier" => members.qualifier = reader.word(Code::InvalidQualifier, Qualifier::new)?,
                "part" => members.part = reader.word(Code::InvalidCode, names::part)?,
                "field" => members.key = reader.word(Code::InvalidCode, names::any_key)?,
                "value" if amount && reader.lexer.kind()? == Kind::Number => {
                    members.value = Some(Personal::borrowed(reader.lexer.number()?.as_bytes()));
                }
                _ => {
                    let text = if reader.is(Kind::Text)? { Some(reader.lexer.text()?) } else { None };
                    match name {
                        "value" => members.value = text,
                        "as_written" => members.as_written = text,
                        _ => members.octets = text,
                    }
                }
            }
            Ok(())
        })?;
        Ok((self.findings.count == before).then_some(members))
    }

    fn checked(
        &mut self,
        key: &'static Key,
        default: Qualifier,
        in_party: bool,
        members: Members<'a>,
        offset: usize,
    ) -> Option<Found<'a>> {
        let Members { qualifier, part, value, as_written, octets, .. } = members;
        let qualifier = qualifier.unwrap_or(default);
        let plain = value.is_some();
        let read = match (value, as_written, octets) {
            (Some(_), None, None) if !key::allows(key, qualifier, in_party) => Err(Code::InvalidQualifier),
            (Some(text), None, None) => value::plain(key, text),
            (None, Some(text), None) => value::as_written(key, text),
            (None, None, Some(text)) => value::octets(key, &text),
            (None, None, None) => Err(Code::KeyMissing),
            _ => Err(Code::Exclusive),
        };
        match read {
            Ok(value) => Some(Found { value, qualifier, part, plain }),
            Err(code) => {
                self.finding(code, offset);
                None
            }
        }
    }
}

/// A value as it is written, and whether that is plain.
pub(crate) fn written<'v>(
    key: &Key,
    value: &'v Personal<'_>,
    qualifier: Qualifier,
    in_party: bool,
) -> (Personal<'v>, bool) {
    let clean = value::without_control(value);
    if key.kind == key::Kind::Amount {
        let text = exact::amount_text(clean.expose()).filter(|_| key::allows(key, qualifier, in_party));
        return match text {
            Some(text) => (Personal::owned(text.into_bytes()), true),
            None => (clean, false),
        };
    }
    let plain = str::from_utf8(clean.expose()).is_ok()
        && key::allows(key, qualifier, in_party)
        && value::plain(key, Personal::borrowed(clean.expose())).is_ok_and(|read| read == clean);
    (clean, plain)
}

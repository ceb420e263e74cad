//! From a manifest to the octets of a JSON document.

use super::{names, value::written};
use crate::{
    form::{
        draft, exact,
        key::{self, Key},
        sink::Sink,
        value,
    },
    parcel::{Manifest, Record},
    record::{Field, Qualifier, Role, Tag},
};
use zeroize::Zeroizing;

/// Writes a document that [`super::read`] reads, one line a parcel. The octets are readable personal data: they are
/// overwritten when dropped.
///
/// Control characters become blanks, as in [`crate::write`]; nothing else is changed or left out, and the numbers of
/// what was dropped or unmapped when the manifest was read are not part of it. A manifest without a number is
/// written, but not read again.
pub fn write(manifest: &Manifest<'_>) -> Zeroizing<Vec<u8>> {
    // Once to count, once to write: growing would leave copies of values behind in freed memory.
    let mut counted = Out { sink: 0usize, comma: false };
    document(&mut counted, manifest);
    let mut out = Out { sink: Zeroizing::new(Vec::with_capacity(counted.sink)), comma: false };
    document(&mut out, manifest);
    debug_assert_eq!(out.sink.len(), counted.sink);
    out.sink
}

struct Out<S> {
    sink: S,
    /// Something stands before in this object or list.
    comma: bool,
}

impl<S: Sink> Out<S> {
    fn begin(&mut self, bracket: &[u8]) {
        self.separate();
        self.sink.put(bracket);
        self.comma = false;
    }

    fn end(&mut self, bracket: &[u8]) {
        self.sink.put(bracket);
        self.comma = true;
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.comma, true) {
            self.sink.put(b",");
        }
    }

    fn key(&mut self, name: &str) {
        self.separate();
        self.sink.put(b"\"");
        self.sink.put(name.as_bytes());
        self.sink.put(b"\":");
        self.comma = false;
    }

    /// Text without control characters.
    fn text(&mut self, text: &[u8]) {
        self.separate();
        self.sink.put(b"\"");
        for piece in text.split_inclusive(|b| matches!(b, b'"' | b'\\')) {
            match piece {
                [before @ .., escaped @ (b'"' | b'\\')] => {
                    self.sink.put(before);
                    self.sink.put(&[b'\\', *escaped]);
                }
                whole => self.sink.put(whole),
            }
        }
        self.sink.put(b"\"");
    }

    fn member(&mut self, name: &str, text: &[u8]) {
        self.key(name);
        self.text(text);
    }

    /// A list, or without it what it has only one of.
    fn one_or_many<T>(&mut self, name: &str, all: &[T], mut each: impl FnMut(&mut Self, &T)) {
        match all {
            [] => {}
            [one] => {
                self.key(name);
                each(self, one);
            }
            many => {
                self.key(name);
                self.begin(b"[");
                many.iter().for_each(|one| each(self, one));
                self.end(b"]");
            }
        }
    }
}

fn document<S: Sink>(out: &mut Out<S>, manifest: &Manifest<'_>) {
    out.begin(b"{");
    out.member("bulla", b"manifest/1");
    let head = manifest.head.fields.to_vec();
    let number = head.iter().position(|f| is_number(f) && f.value == manifest.number);
    if !manifest.number.expose().is_empty() {
        let qualifier = number.map_or(Qualifier::NONE, |at| head[at].qualifier);
        let key = key::of(Tag::ManifestNumber);
        out.key("manifest_number");
        text_or_object(out, key, (&manifest.number, qualifier), Qualifier::NONE, false, None);
    }
    out.member("purpose", manifest.purpose.as_str().as_bytes());
    record(out, &manifest.head, (&head, number), None);
    out.key("parcels");
    out.begin(b"[");
    for parcel in &manifest.parcels {
        out.separate();
        out.sink.put(b"\n");
        out.comma = false;
        out.begin(b"{");
        record(out, parcel, (&parcel.fields.to_vec(), None), Some(&manifest.head));
        out.end(b"}");
    }
    out.end(b"]");
    out.end(b"}");
    out.sink.put(b"\n");
}

fn is_number(field: &Field<'_>) -> bool {
    field.tag == Tag::ManifestNumber && field.role == Role::None
}

/// The members of a record with these fields, but for the one that was said already; `above` is the manifest's, of whose numbers a parcel says that it has none.
fn record<S: Sink>(
    out: &mut Out<S>,
    record: &Record<'_>,
    (all, said_before): (&[Field<'_>], Option<usize>),
    above: Option<&Record<'_>>,
) {
    let said = &record.operational;
    let above_said = above.map(|a| a.operational);
    let code = |c: Option<crate::operational::Code>| c.map(|c| c.as_bytes().to_vec());
    let date = |d: Option<u32>| d.map(|d| exact::date_text(d).into_bytes());
    for (name, own, above) in [
        ("service", code(said.service), above_said.is_some_and(|a| a.service.is_some())),
        ("carrier", code(said.carrier), above_said.is_some_and(|a| a.carrier.is_some())),
        ("ship_date", date(said.ship_date), above_said.is_some_and(|a| a.ship_date.is_some())),
    ] {
        if let Some(own) = own {
            out.member(name, &own);
        } else if above {
            out.key(name);
            out.sink.put(b"null");
            out.comma = true;
        }
    }
    let silent = u16::from(above.is_some());
    let pieces = (said.pieces != silent && said.pieces > 0).then_some(u32::from(said.pieces));
    for (name, number, places) in [
        ("weight_kg", said.weight_grams, 3),
        ("length_cm", said.length_mm, 1),
        ("width_cm", said.width_mm, 1),
        ("height_cm", said.height_mm, 1),
        ("pieces", pieces, 0),
    ] {
        if let Some(number) = number {
            out.key(name);
            out.separate();
            out.sink.put(exact::decimal_text(number.into(), places).as_bytes());
        }
    }
    let (province, country) = draft::destination(all);
    if said.province != province {
        out.member("destination_province", value::province_name(said.province).as_bytes());
    }
    if let Some(letters) = said.country.filter(|c| country != Some(*c)) {
        out.member("destination_country", &letters);
    }
    let fields: Vec<&Field<'_>> =
        all.iter().enumerate().filter(|(at, _)| Some(*at) != said_before).map(|(_, f)| f).collect();
    let of = |party: u16| fields.iter().copied().filter(move |f| f.party == party && !f.value.expose().is_empty());
    values(out, &of(0).collect::<Vec<_>>(), false);
    parties(out, &fields);
}

/// Which parties a record has, in the order in which they are written: sender, recipient, the others.
fn parties<S: Sink>(out: &mut Out<S>, fields: &[&Field<'_>]) {
    let mut found = std::collections::BTreeMap::<u16, Vec<&Field<'_>>>::new();
    for field in fields.iter().filter(|f| f.party != 0 && !f.value.expose().is_empty()) {
        found.entry(field.party).or_default().push(field);
    }
    let role = |fields: &[&Field<'_>]| fields[0].role;
    let first = |wanted| found.iter().find(|(_, f)| role(f) == wanted).map(|(number, _)| *number);
    let (sender, recipient) = (first(Role::Sender), first(Role::Recipient));
    let named = [sender, recipient];
    let others: Vec<u16> = found.keys().copied().filter(|n| !named.contains(&Some(*n))).collect();
    let order: Vec<u16> = named.into_iter().flatten().chain(others.iter().copied()).collect();
    let numbered = !order.is_sorted();
    let party = |out: &mut Out<S>, number: u16, named: bool| {
        let fields = &found[&number];
        out.begin(b"{");
        if !named {
            out.member("role", role(fields).as_str().as_bytes());
        }
        if numbered {
            out.key("party");
            out.separate();
            out.sink.put(number.to_string().as_bytes());
        }
        values(out, fields, true);
        out.end(b"}");
    };
    for (name, number) in [("sender", sender), ("recipient", recipient)] {
        if let Some(number) = number {
            out.key(name);
            party(out, number, true);
        }
    }
    if !others.is_empty() {
        out.key("parties");
        out.begin(b"[");
        others.iter().for_each(|number| party(out, *number, false));
        out.end(b"]");
    }
}

/// The values of a record itself or of a party.
fn values<S: Sink>(out: &mut Out<S>, fields: &[&Field<'_>], in_party: bool) {
    let country = fields.iter().find(|f| f.tag == Tag::Country).map_or(&b""[..], |f| f.value.expose());
    for key in key::all().filter(|k| stands(k, in_party)) {
        let mut of_key: Vec<&Field<'_>> = fields.iter().copied().filter(|f| is_of(key, f.tag)).collect();
        of_key.truncate(if key.is_single() { 1 } else { usize::MAX });
        let (mut ordered, mut next) = (false, Tag::Street);
        out.one_or_many(key.name, &of_key, |out, field| {
            let default = key::default_qualifier(key, in_party, ordered);
            ordered |= field.tag == Tag::Order && field.qualifier == Qualifier::NONE;
            let part = (field.tag != next && key.tag == Tag::Street).then(|| key::of(field.tag).name);
            next = if field.tag == Tag::Street { Tag::StreetMore } else { Tag::Street };
            let local = in_party && value::check_in_country(key, field.value.expose(), country).is_err();
            if local {
                object(out, (&field.value, field.qualifier), default, Form::AsWritten, None, None);
            } else {
                text_or_object(out, key::of(field.tag), (&field.value, field.qualifier), default, in_party, part);
            }
        });
    }
    contacts(out, fields);
    let mut single = Vec::new();
    let unusual = |f: &&Field<'_>| {
        let key = key::of(f.tag);
        let second = key.is_single() && single.contains(&f.tag);
        if key.is_single() && !second {
            single.push(f.tag);
        }
        !key.is_contact() && (second || !key::all().any(|k| stands(k, in_party) && is_of(k, f.tag)))
    };
    let unusual: Vec<&Field<'_>> = fields.iter().copied().filter(unusual).collect();
    out.one_or_many("more", &unusual, |out, field| {
        let value = (&field.value, field.qualifier);
        object(out, value, Qualifier::NONE, Form::AsWritten, Some(key::of(field.tag).name), None);
    });
}

fn stands(key: &Key, in_party: bool) -> bool {
    if in_party { key.stands_at_party() && key.tag != Tag::StreetMore } else { key.stands_at_record() }
}

fn is_of(key: &Key, tag: Tag) -> bool {
    key.tag == tag || (key.tag == Tag::Street && tag == Tag::StreetMore)
}

/// A contact is a run of fields in the order of its members; what comes before in that order begins another one.
fn contacts<S: Sink>(out: &mut Out<S>, fields: &[&Field<'_>]) {
    let mut runs: Vec<Vec<&Field<'_>>> = Vec::new();
    for field in fields.iter().copied().filter(|f| key::of(f.tag).is_contact()) {
        match runs.last_mut() {
            Some(run) if run[run.len() - 1].tag <= field.tag && field.tag != Tag::ContactName => run.push(field),
            _ => runs.push(vec![field]),
        }
    }
    out.one_or_many("contact", &runs, |out, run| {
        out.begin(b"{");
        for tag in [Tag::ContactName, Tag::Phone, Tag::Email, Tag::OtherContact] {
            let key = key::of(tag);
            let default = key::default_qualifier(key, false, false);
            let of_tag: Vec<&Field<'_>> = run.iter().copied().filter(|f| f.tag == tag).collect();
            out.one_or_many(names::contact_name(tag), &of_tag, |out, field| {
                text_or_object(out, key, (&field.value, field.qualifier), default, false, None);
            });
        }
        out.end(b"}");
    });
}

type Value<'v, 'a> = (&'v crate::record::Personal<'a>, Qualifier);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    AsWritten,
}

/// As short as it can be said. `part`: a street's line that is not what its place says.
fn text_or_object<S: Sink>(
    out: &mut Out<S>,
    key: &Key,
    (value, qualifier): Value<'_, '_>,
    default: Qualifier,
    in_party: bool,
    part: Option<&str>,
) {
    let (text, plain) = written(key, value, qualifier, in_party);
    if plain && qualifier == default && part.is_none() {
        return out.text(text.expose());
    }
    object(out, (&text, qualifier), default, if plain { Form::Plain } else { Form::AsWritten }, None, part);
}

fn object<S: Sink>(
    out: &mut Out<S>,
    (value, qualifier): Value<'_, '_>,
    default: Qualifier,
    form: Form,
    field: Option<&str>,
    part: Option<&str>,
) {
    out.begin(b"{");
    for (name, text) in [("field", field), ("part", part)] {
        if let Some(text) = text {
            out.member(name, text.as_bytes());
        }
    }
    if qualifier != default {
        out.member("qualifier", qualifier.as_bytes());
    }
    let clean = value::without_control(value);
    if form == Form::Plain {
        out.member("value", clean.expose());
    } else if str::from_utf8(clean.expose()).is_ok() {
        out.member("as_written", clean.expose());
    } else {
        out.key("octets");
        out.separate();
        out.sink.put(b"\"");
        for octet in clean.expose() {
            out.sink.put(&[octet >> 4, octet & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        out.sink.put(b"\"");
    }
    out.end(b"}");
}

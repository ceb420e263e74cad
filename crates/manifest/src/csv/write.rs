//! From a manifest to the octets of a CSV file.

use super::{
    column::{Column, NTH_MAX, Number, Place, Scope, What, stands, stands_in},
    formula,
    read::{COLUMNS_MAX, common},
};
use crate::{
    form::{draft, exact, key, sink::Sink, value},
    json,
    operational::{Operational, Province},
    parcel::{Manifest, Record},
    record::{Field, Personal, Qualifier, Role, Tag},
};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use zeroize::Zeroizing;

/// A file that was written, and what of the manifest is not in it as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Readable personal data: they are overwritten when dropped.
    pub octets: Zeroizing<Vec<u8>>,
    /// Values that a CSV file has no place for, and parcels that say nothing. They are left out.
    pub lost: u32,
    /// Values that are in it, but that [`super::read()`] refuses or takes for others: too long, a country that is no two
    /// letters, a qualifier that is not one of the value's.
    pub strange: u32,
}

/// Writes a file that [`super::read()`] reads, a row a parcel; separated by commas, lines end with CR LF. Control
/// characters and blanks around values are not kept.
pub fn write(manifest: &Manifest<'_>) -> Written {
    let said = common(&manifest.parcels);
    let (head_fields, fields) = (manifest.head.fields.to_vec(), manifest.parcels.iter().map(|p| p.fields.to_vec()));
    let fields: Vec<Vec<Field<'_>>> = fields.collect();
    let head = || Row::of(&manifest.head, &head_fields, Scope::Manifest, Some((manifest, said)));
    let rows = || manifest.parcels.iter().zip(&fields).map(|(p, fields)| Row::of(p, fields, Scope::Parcel, None));
    let mut columns = Columns::default();
    let (mut lost, mut strange, mut filled) = (0u32, 0u32, 0usize);
    for (at, row) in std::iter::once(head()).chain(rows()).enumerate() {
        let nothing = at > 0 && row.cells.is_empty();
        let no_column = row.cells.iter().filter(|c| !columns.has(c.0)).count() as u32;
        lost = lost.saturating_add(row.lost).saturating_add(no_column).saturating_add(nothing.into());
        strange = strange.saturating_add(row.strange);
        filled += usize::from(at > 0 && !row.cells.is_empty());
    }
    let columns = columns.in_order();
    let table = |out: &mut dyn Sink| {
        let names: Vec<String> = columns.iter().map(Column::name).collect();
        line(out, names.iter().map(String::as_bytes));
        let head = head().by_column(&columns);
        for row in rows().filter(|r| !r.cells.is_empty()) {
            let row = row.by_column(&columns);
            let cell = |at: &usize| head[*at].as_ref().or(row[*at].as_ref()).map_or(&b""[..], |v| v.expose());
            line(out, (0..columns.len()).collect::<Vec<_>>().iter().map(cell));
        }
        if filled == 0 {
            line(out, head.iter().map(|cell| cell.as_ref().map_or(&b""[..], |v| v.expose())));
        }
    };
    let mut counted = 0usize;
    table(&mut counted);
    let mut octets = Zeroizing::new(Vec::with_capacity(counted));
    table(&mut octets);
    debug_assert_eq!(octets.len(), counted);
    Written { octets, lost, strange }
}

fn line<'c>(out: &mut dyn Sink, cells: impl Iterator<Item = &'c [u8]>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.put(b",");
        }
        let quoted = cell.iter().any(|b| matches!(b, b',' | b';' | b'"'));
        if quoted {
            out.put(b"\"");
        }
        if formula::needs_guard(cell) {
            out.put(b"'");
        }
        for piece in cell.split_inclusive(|b| *b == b'"') {
            out.put(piece);
            if piece.ends_with(b"\"") {
                out.put(b"\"");
            }
        }
        if quoted {
            out.put(b"\"");
        }
    }
    out.put(b"\r\n");
}

/// The columns that rows need, as many as a file may have; the first ones come first.
#[derive(Default)]
struct Columns(BTreeMap<Place, Column>);

impl Columns {
    fn has(&mut self, column: Column) -> bool {
        let room = self.0.len() < COLUMNS_MAX;
        match self.0.entry(column.place()) {
            Entry::Vacant(place) if room => _ = place.insert(column),
            Entry::Vacant(_) => return false,
            Entry::Occupied(_) => {}
        }
        true
    }

    fn in_order(self) -> Vec<Column> {
        self.0.into_values().collect()
    }
}

/// What a record has in which column.
struct Row<'v> {
    scope: Scope,
    cells: Vec<(Column, Personal<'v>)>,
    lost: u32,
    strange: u32,
    /// How often each was met in this row so far.
    seen: BTreeMap<(Role, Tag, Option<Qualifier>), u8>,
    /// Street lines so far, by role, and whether the last one was continued.
    streets: BTreeMap<Role, (u8, bool)>,
    /// Roles whose contact has a name.
    named: BTreeSet<Role>,
}

impl<'v> Row<'v> {
    /// `manifest`: for record 0, with what all parcels say.
    fn of(
        record: &'v Record<'_>,
        fields: &'v [Field<'_>],
        scope: Scope,
        manifest: Option<(&'v Manifest<'_>, Operational)>,
    ) -> Self {
        let mut row = Self {
            scope,
            cells: Vec::new(),
            lost: 0,
            strange: 0,
            seen: BTreeMap::new(),
            streets: BTreeMap::new(),
            named: BTreeSet::new(),
        };
        let mut number = None;
        if let Some((manifest, _)) = manifest {
            row.document(manifest);
            let is = |f: &Field<'_>| {
                (f.role, f.tag, f.qualifier) == (Role::None, Tag::ManifestNumber, Qualifier::NONE)
                    && f.value == manifest.number
            };
            number = fields.iter().position(is);
        }
        row.numbers(record, manifest.map(|(_, said)| said));
        let mut countries = BTreeMap::new();
        for field in fields.iter().filter(|f| f.tag == Tag::Country) {
            countries.entry(field.party).or_insert(field.value.expose());
        }
        let (mut parties, mut carried) = (BTreeMap::new(), Vec::new());
        let said = |(at, f): &(usize, &Field<'_>)| Some(*at) != number && !f.value.expose().is_empty();
        for (_, field) in fields.iter().enumerate().filter(said) {
            let first = *parties.entry(field.role).or_insert(field.party);
            if first != field.party || !stands_in(scope, field.role) || !row.field(field, &countries) {
                row.lost = row.lost.saturating_add(1);
            } else {
                carried.push(Field { value: Personal::borrowed(field.value.expose()), ..*field });
            }
        }
        row.destination(&record.operational, &carried);
        row
    }

    fn push(&mut self, what: What, text: Personal<'v>) {
        self.cells.push((Column { scope: self.scope, what }, text));
    }

    fn document(&mut self, manifest: &'v Manifest<'_>) {
        let key = key::of(Tag::ManifestNumber);
        let (text, plain) = json::written(key, &manifest.number, Qualifier::NONE, false);
        self.strange += u32::from(!plain);
        match str::from_utf8(text.expose()) {
            Ok(_) => self.push(What::ManifestNumber, text.trimmed()),
            Err(_) => self.lost += 1,
        }
        let purpose = manifest.purpose.as_str();
        self.push(What::Purpose, Personal::borrowed(purpose.as_bytes()));
    }

    /// `said`: what all parcels say, for record 0.
    fn numbers(&mut self, record: &Record<'_>, said: Option<Operational>) {
        let own = record.operational;
        let code = |c: Option<crate::operational::Code>| c.map(|c| c.to_string());
        let date = |d: Option<u32>| d.map(exact::date_text);
        for (number, own, said) in [
            (Number::Service, code(own.service), said.map(|s| code(s.service))),
            (Number::Carrier, code(own.carrier), said.map(|s| code(s.carrier))),
            (Number::ShipDate, date(own.ship_date), said.map(|s| date(s.ship_date))),
        ] {
            match (own, said) {
                (own, Some(said)) if own == said => {}
                (Some(own), _) => self.push(What::Number(number), Personal::owned(own.into_bytes())),
                (None, Some(_)) => self.strange += 1,
                (None, None) => {}
            }
        }
        let silent = u16::from(said.is_none());
        let pieces = (own.pieces != silent && own.pieces > 0).then_some(u32::from(own.pieces));
        for (number, value, places) in [
            (Number::Weight, own.weight_grams, 3),
            (Number::Length, own.length_mm, 1),
            (Number::Width, own.width_mm, 1),
            (Number::Height, own.height_mm, 1),
            (Number::Pieces, pieces, 0),
        ] {
            if let Some(value) = value {
                let text = exact::decimal_text(value.into(), places);
                self.push(What::Number(number), Personal::owned(text.into_bytes()));
            }
        }
    }

    /// Where it goes, if the fields that have a place do not say it.
    fn destination(&mut self, said: &Operational, carried: &[Field<'_>]) {
        let (province, country) = draft::destination(carried);
        match province {
            found if found == said.province => {}
            Province::Unknown => {
                let name = value::province_name(said.province);
                self.push(What::Number(Number::Province), Personal::borrowed(name.as_bytes()));
            }
            _ => self.strange += 1,
        }
        match (country, said.country) {
            (None, Some(letters)) => self.push(What::Number(Number::Country), Personal::owned(letters.to_vec())),
            (found, said) => self.strange += u32::from(found != said),
        }
    }

    /// Whether there is a place for it.
    fn field(&mut self, field: &'v Field<'_>, countries: &BTreeMap<u16, &[u8]>) -> bool {
        let Field { role, tag, qualifier, .. } = *field;
        let (key, in_party) = (key::of(tag), role != Role::None);
        if !stands(key, in_party) {
            return false;
        }
        let (text, plain) = json::written(key, &field.value, qualifier, in_party);
        if str::from_utf8(text.expose()).is_err() || text.expose().trim_ascii().is_empty() {
            return false;
        }
        let default = key::default_qualifier(key, in_party, false);
        // Without a qualifier where one is usual: the column has the usual one.
        let unsaid = qualifier == Qualifier::NONE && default != Qualifier::NONE;
        let bracket = (qualifier != default && !unsaid).then_some(qualifier);
        let Some(nth) = self.nth(field, bracket) else { return false };
        let country = countries.get(&field.party).copied().unwrap_or_default();
        let local = in_party && value::check_in_country(key, field.value.expose(), country).is_err();
        self.strange = self.strange.saturating_add((!plain || unsaid || local).into());
        self.push(What::Field { role, tag, qualifier: bracket, nth }, text.trimmed());
        true
    }

    /// Which of several columns; `None` if there is none.
    fn nth(&mut self, field: &Field<'_>, bracket: Option<Qualifier>) -> Option<u8> {
        let Field { role, tag, .. } = *field;
        match tag {
            Tag::Street | Tag::StreetMore if bracket.is_none() => {
                let (lines, continued) = self.streets.entry(role).or_default();
                let begins = tag == Tag::Street;
                if (begins && *lines >= NTH_MAX) || (!begins && (*lines == 0 || *continued)) {
                    return None;
                }
                *lines += u8::from(begins);
                *continued = !begins;
                return Some(*lines);
            }
            // One contact only: whose phone it is could not be told.
            Tag::ContactName if !self.named.insert(role) => return None,
            _ => {}
        }
        let single = key::of(tag).is_single();
        let seen = self.seen.entry((role, tag, bracket.filter(|_| !single))).or_default();
        // A second order without a qualifier would be read as another one.
        let second_order = tag == Tag::Order && role == Role::None && bracket.is_none();
        let most = if second_order || single { 1 } else { NTH_MAX };
        (*seen < most).then(|| {
            *seen += 1;
            *seen
        })
    }

    fn by_column(self, columns: &[Column]) -> Vec<Option<Personal<'v>>> {
        let mut cells: Vec<_> = columns.iter().map(|_| None).collect();
        for (column, text) in self.cells {
            if let Ok(at) = columns.binary_search_by_key(&column.place(), Column::place) {
                cells[at] = Some(text);
            }
        }
        cells
    }
}

//! From the octets of a CSV file to a manifest.

use super::{
    Headings,
    cells::{Cell, Cells, Stop},
    column::{Column, Number, Scope, What},
    formula,
};
use crate::{
    Class,
    form::{
        Code, Finding, Findings, Limits,
        draft::{self, Draft, PartyDraft, Sieve},
        exact, key, value,
    },
    operational::{self, LENGTH_MM_MAX, Operational},
    parcel::{Manifest, Purpose, Record, Source},
    record::{Personal, Qualifier, Role, Tag},
};

/// Columns that a file has at most.
pub(super) const COLUMNS_MAX: usize = 256;

/// Reads a file, see [`super`]. `headings` are the partner's own names of columns; [`Headings::default`] has none.
///
/// # Errors
/// What is wrong with it, in the order of the places. A file with a finding is refused as a whole; after an error of
/// quoting, or where a limit is reached, nothing further is looked at.
pub fn read<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    accepts: &[Class],
    headings: &Headings,
) -> Result<Manifest<'a>, Vec<Finding>> {
    let mut findings = Findings::new(limits.findings);
    if bytes.len() > limits.octets.min(u32::MAX as usize) {
        findings.push(Code::TooLarge, 0, String::new);
        return Err(findings.finish(&[]));
    }
    if let Err(wrong) = str::from_utf8(bytes) {
        findings.push(Code::NotUtf8, wrong.valid_up_to(), String::new);
        return Err(findings.finish(bytes));
    }
    let sieve = Sieve { accepts, dropped: [0; 6] };
    let columns = Columns::default();
    let mut reader =
        Reader { cells: Cells::new(bytes), columns, findings, limits: *limits, values: 0, sieve, unmapped: 0 };
    let read = reader.file(headings);
    if let Err(stop) = &read {
        let row = reader.cells.row;
        reader.findings.push(stop.code, stop.offset, || format!("row {row}"));
    }
    match read {
        Ok(Some(manifest)) if reader.findings.is_empty() => Ok(manifest),
        _ => Err(reader.findings.finish(bytes)),
    }
}

#[derive(Default)]
struct Columns {
    /// As in the file; `None` is ignored.
    all: Vec<Option<Column>>,
    /// Which of them there are, in the order in which their values become fields.
    order: Vec<usize>,
    names: Vec<String>,
}

struct Reader<'a, 'c> {
    cells: Cells<'a>,
    columns: Columns,
    findings: Findings,
    limits: Limits,
    values: usize,
    sieve: Sieve<'c>,
    unmapped: u32,
}

/// What is said of the manifest.
#[derive(Default)]
struct Head<'a> {
    number: Option<Personal<'a>>,
    purpose: Option<Purpose>,
    draft: Draft<'a>,
    begun: bool,
    /// The first row's cells, by column, to compare.
    said: Vec<Option<Personal<'a>>>,
}

impl<'a> Reader<'a, '_> {
    fn finding(&mut self, code: Code, offset: usize, column: usize) {
        let (row, names) = (self.cells.row, &self.columns.names);
        self.findings.push(code, offset, || match names.get(column) {
            Some(name) => format!("row {row}, column {name}"),
            None => format!("row {row}"),
        });
    }

    fn file(&mut self, headings: &Headings) -> Result<Option<Manifest<'a>>, Stop> {
        let mut cells = Vec::new();
        if !self.cells.next_row(&mut cells, COLUMNS_MAX)? {
            return Err(Stop { code: Code::NoHeader, offset: self.cells.offset() });
        }
        self.header(&cells, headings)?;
        if !self.findings.is_empty() {
            return Ok(None);
        }
        let (mut head, mut parcels) = (Head::default(), Vec::new());
        let mut rows = 0usize;
        while self.cells.next_row(&mut cells, self.columns.all.len())? {
            rows += 1;
            let offset = cells[0].offset;
            if rows > self.limits.parcels {
                return Err(Stop { code: Code::TooManyParcels, offset });
            }
            if cells.len() != self.columns.all.len() {
                self.finding(Code::CellCount, offset, usize::MAX);
                continue;
            }
            self.row(&mut cells, &mut head, &mut parcels)?;
        }
        let Some(number) = head.number.filter(|_| self.findings.is_empty()) else {
            if self.findings.is_empty() {
                self.findings.push(Code::ColumnMissing, 0, || "column manifest_number".to_owned());
            }
            return Ok(None);
        };
        let Ok((mut record, unsaid)) = head.draft.finish(0, &mut self.sieve) else { return Ok(None) };
        unsaid.fill(&mut record.operational, &common(&parcels));
        let (purpose, dropped) = (head.purpose.unwrap_or(Purpose::Original), self.sieve.dropped);
        Ok(Some(Manifest {
            source: Source::Csv,
            purpose,
            number,
            head: record,
            parcels,
            dropped,
            unmapped: self.unmapped,
        }))
    }

    fn header(&mut self, cells: &[Cell<'a>], headings: &Headings) -> Result<(), Stop> {
        if cells.len() > COLUMNS_MAX {
            return Err(Stop { code: Code::TooManyValues, offset: cells[COLUMNS_MAX].offset });
        }
        for (at, cell) in cells.iter().enumerate() {
            let heading = cell.value.expose().trim_ascii();
            let column = str::from_utf8(heading).ok().and_then(|h| headings.column(h));
            let name = match column {
                Some(Some(column)) => column.name(),
                _ => (at + 1).to_string(),
            };
            self.columns.names.push(name);
            match column {
                None => self.finding(Code::UnknownColumn, cell.offset, at),
                Some(Some(column)) if self.columns.all.contains(&Some(column)) => {
                    self.finding(Code::DuplicateColumn, cell.offset, at);
                }
                Some(_) => {}
            }
            self.columns.all.push(column.flatten());
        }
        let all = &self.columns.all;
        if !all.iter().flatten().any(|c| c.what == What::ManifestNumber) {
            self.findings.push(Code::ColumnMissing, 0, || "row 1, column manifest_number".to_owned());
        }
        let all = &self.columns.all;
        let mut order: Vec<usize> = (0..all.len()).filter(|at| all[*at].is_some()).collect();
        order.sort_by_key(|at| all[*at].map(|c| c.place()));
        self.columns.order = order;
        Ok(())
    }

    fn row(&mut self, cells: &mut [Cell<'a>], head: &mut Head<'a>, parcels: &mut Vec<Record<'a>>) -> Result<(), Stop> {
        let first = !std::mem::replace(&mut head.begun, true);
        let (mut parcel, mut there) = (Draft::default(), false);
        let (mut local, offset) = (Vec::new(), cells[0].offset);
        head.said.resize_with(cells.len(), || None);
        for (at, cell) in cells.iter_mut().enumerate() {
            let value = std::mem::replace(&mut cell.value, Personal::borrowed(b""));
            cell.value = formula::taken(value.trimmed());
            if self.columns.all[at].is_none() && !cell.value.expose().is_empty() {
                self.unmapped = self.unmapped.saturating_add(1);
            }
        }
        for place in 0..self.columns.order.len() {
            let at = self.columns.order[place];
            let Some(column) = self.columns.all[at] else { continue };
            let Cell { offset, value } = &mut cells[at];
            let (offset, value) = (*offset, std::mem::replace(value, Personal::borrowed(b"")));
            let blank = value.expose().is_empty();
            if column.scope == Scope::Manifest {
                if first && !blank {
                    head.said[at] = Some(value.clone());
                    self.manifest_cell(column, value, head, (offset, at), &mut local)?;
                } else if !blank && head.said[at].as_ref() != Some(&value) {
                    self.finding(Code::ManifestDiffers, offset, at);
                } else if first && column.what == What::ManifestNumber {
                    self.finding(Code::Empty, offset, at);
                }
            } else if !blank {
                there = true;
                self.cell(column, value, &mut parcel, (offset, at), &mut local)?;
            }
        }
        for (scope, role, tag, (offset, at)) in local {
            let draft = if scope == Scope::Manifest { &head.draft } else { &parcel };
            let party = draft.parties.iter().find(|p| p.fields.iter().any(|f| f.role == role));
            let field = party.and_then(|p| Some((p, p.fields.iter().position(|f| f.tag == tag)?)));
            if let Some(Err(code)) = field.map(|(party, field)| party.check_in_country(field)) {
                self.finding(code, offset, at);
            }
        }
        if there {
            match parcel.finish(1, &mut self.sieve) {
                Ok((record, _)) => parcels.push(record),
                Err(code) => self.finding(code, offset, usize::MAX),
            }
        }
        Ok(())
    }

    fn manifest_cell(
        &mut self,
        column: Column,
        value: Personal<'a>,
        head: &mut Head<'a>,
        place: (usize, usize),
        local: &mut Vec<Local>,
    ) -> Result<(), Stop> {
        match column.what {
            What::ManifestNumber => match value::plain(key::of(Tag::ManifestNumber), value) {
                Ok(number) => {
                    head.draft.fields.push(draft::own(Tag::ManifestNumber, Qualifier::NONE, number.clone()));
                    head.number = Some(number);
                }
                Err(code) => self.finding(code, place.0, place.1),
            },
            What::Purpose => {
                head.purpose = crate::json::purpose(value.expose());
                if head.purpose.is_none() {
                    self.finding(Code::InvalidCode, place.0, place.1);
                }
            }
            _ => self.cell(column, value, &mut head.draft, place, local)?,
        }
        Ok(())
    }

    /// A cell that is not blank.
    fn cell(
        &mut self,
        column: Column,
        value: Personal<'a>,
        draft: &mut Draft<'a>,
        (offset, at): (usize, usize),
        local: &mut Vec<Local>,
    ) -> Result<(), Stop> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(Stop { code: Code::TooManyValues, offset });
        }
        let (role, tag, qualifier, nth) = match column.what {
            What::Number(number) => {
                if let Err(code) = set_number(draft, number, value.expose()) {
                    self.finding(code, offset, at);
                }
                return Ok(());
            }
            What::Field { role, tag, qualifier, nth } => (role, tag, qualifier, nth),
            What::ManifestNumber | What::Purpose => return Ok(()),
        };
        let (key, in_party) = (key::of(tag), role != Role::None);
        let qualifier = qualifier.unwrap_or_else(|| key::default_qualifier(key, in_party, nth > 1));
        if !key::allows(key, qualifier, in_party) {
            self.finding(Code::InvalidQualifier, offset, at);
            return Ok(());
        }
        let value = match value::plain(key, value) {
            Ok(value) => value,
            Err(code) => {
                self.finding(code, offset, at);
                return Ok(());
            }
        };
        let field = draft::own(tag, qualifier, value);
        if !in_party {
            draft.fields.push(field);
            return Ok(());
        }
        if matches!(tag, Tag::Region | Tag::PostalCode) && nth == 1 {
            local.push((column.scope, role, tag, (offset, at)));
        }
        let place = key::ROLES.iter().position(|(r, _)| *r == role).unwrap_or(usize::MAX);
        let field = crate::record::Field { role, ..field };
        match draft.parties.iter_mut().find(|p| p.place == place) {
            Some(party) if key.is_single() && party.fields.iter().any(|f| f.tag == tag) => {
                self.finding(Code::Exclusive, offset, at);
            }
            Some(party) => party.fields.push(field),
            None => draft.parties.push(PartyDraft { place, number: None, fields: vec![field] }),
        }
        Ok(())
    }
}

/// A plain province or postal code, to be checked when its party's country is known: offset and column.
type Local = (Scope, Role, Tag, (usize, usize));

fn set_number(draft: &mut Draft<'_>, number: Number, text: &[u8]) -> Result<(), Code> {
    let code = || operational::Code::new(text).ok_or(Code::InvalidCode);
    let decimal = |places, most| {
        let number = exact::decimal(text, places)?;
        u32::try_from(number).ok().filter(|n| (1..=most).contains(n)).ok_or(Code::OutOfRange)
    };
    match number {
        Number::Service => draft.service = Some(Some(code()?)),
        Number::Carrier => draft.carrier = Some(Some(code()?)),
        Number::ShipDate => draft.ship_date = Some(Some(exact::date(text)?)),
        Number::Weight => draft.weight_grams = Some(decimal(3, u32::MAX)?),
        Number::Length => draft.length_mm = Some(decimal(1, LENGTH_MM_MAX)?),
        Number::Width => draft.width_mm = Some(decimal(1, LENGTH_MM_MAX)?),
        Number::Height => draft.height_mm = Some(decimal(1, LENGTH_MM_MAX)?),
        Number::Pieces => draft.pieces = u16::try_from(decimal(0, u16::MAX.into())?).ok(),
        Number::Province => draft.province = Some(value::province(text).ok_or(Code::InvalidProvince)?),
        Number::Country => {
            let letters = <[u8; 2]>::try_from(text).ok().filter(|c| c.iter().all(u8::is_ascii_uppercase));
            draft.country = Some(letters.ok_or(Code::InvalidCountry)?);
        }
    }
    Ok(())
}

/// What all parcels say alike: it is said of the manifest, too.
pub(super) fn common(parcels: &[Record<'_>]) -> Operational {
    let mut said = parcels.iter().map(|p| p.operational);
    let first = said.next().unwrap_or_default();
    said.fold(first, |common, said| Operational {
        service: common.service.filter(|s| said.service == Some(*s)),
        carrier: common.carrier.filter(|c| said.carrier == Some(*c)),
        ship_date: common.ship_date.filter(|d| said.ship_date == Some(*d)),
        ..common
    })
}

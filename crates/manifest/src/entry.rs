//! A field in sixteen octets, as mappings make them: its value is a place among the octets that were mapped, or one of the
//! few values that were made.

use crate::{
    Class,
    record::{Field, Personal, Qualifier, Role, Tag},
};

/// A field without its value's octets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub value: Place,
    pub qualifier: Qualifier,
    pub party: u16,
    pub role: Role,
    pub tag: Tag,
}

const _: () = assert!(size_of::<Entry>() == 16, "four to a cache line");

impl Entry {
    /// As [`Field::class`].
    #[inline]
    pub const fn class(&self) -> Class {
        self.tag.class_of(self.role)
    }

    /// As others see it.
    #[inline]
    pub fn field<'v>(&self, octets: &'v [u8], made: &'v [Personal<'_>]) -> Field<'v> {
        let Self { value, qualifier, party, role, tag } = *self;
        Field { role, party, tag, qualifier, value: Personal::borrowed(value.of(octets, made)) }
    }
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The value's first octet, or with [`MADE`] its number among those that were made.
    from: u32,
    length: u32,
}

/// The bit that tells the two apart. Octets from here on are not told by place.
const MADE: u32 = 1 << 31;

impl Place {
    pub const NONE: Self = Self { from: 0, length: 0 };

    /// Where a value is among octets; none if it is not there.
    #[inline(always)]
    pub fn within(octets: &[u8], value: &[u8]) -> Option<Self> {
        let from = (value.as_ptr() as usize).wrapping_sub(octets.as_ptr() as usize);
        let end = from.wrapping_add(value.len());
        let is_there = from <= end && end <= octets.len() && end < MADE as usize;
        is_there.then_some(Self { from: from as u32, length: value.len() as u32 })
    }

    /// Adds a value to those that were made.
    #[cold]
    pub fn of_made<'a>(made: &mut Vec<Personal<'a>>, value: Personal<'a>) -> Self {
        let from = u32::try_from(made.len()).ok().filter(|number| *number < MADE);
        let from = from.expect("two billion values do not fit into memory") | MADE;
        let length = u32::try_from(value.expose().len()).unwrap_or(u32::MAX);
        made.push(value);
        Self { from, length }
    }

    /// The same value, where so many others were made before it.
    pub fn behind(self, others: usize) -> Self {
        let is_made = self.from & MADE != 0;
        let others = u32::try_from(others).expect("two billion values do not fit into memory");
        Self { from: self.from.saturating_add(if is_made { others } else { 0 }), ..self }
    }

    /// How many octets it has.
    #[inline]
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// The value.
    #[inline]
    pub fn of<'v>(self, octets: &'v [u8], made: &'v [Personal<'_>]) -> &'v [u8] {
        if self.from & MADE == 0 {
            let from = self.from as usize;
            &octets[from..from.wrapping_add(self.len())]
        } else {
            made[(self.from & !MADE) as usize].expose()
        }
    }

    /// The value for itself.
    pub fn copy<'a>(self, octets: &'a [u8], made: &[Personal<'a>]) -> Personal<'a> {
        match self.from & MADE {
            0 => Personal::borrowed(self.of(octets, &[])),
            _ => made[(self.from & !MADE) as usize].clone(),
        }
    }
}

/// The fields of all records of a manifest.
#[derive(Default)]
pub(crate) struct Entries<'a> {
    /// Those that were mapped.
    pub octets: &'a [u8],
    /// Values that are not there as they are meant.
    pub made: Vec<Personal<'a>>,
    /// Those of one record behind those of another.
    pub all: Vec<Entry>,
}

//! Most segments have no fault, and nearly all of those are seen to have none at a glance: by lengths, first octets and
//! masks. Whatever is in doubt is left to [`element`](super::element), which alone says what is wrong.

use crate::{
    Syntax,
    characters::Characters,
    segment::{Segment, Span, Splits},
    syntax,
    tables::{Row, RowKind, SegmentTable},
    word::{self, Word},
};

/// Whether a segment certainly has no fault. False: perhaps it has one, perhaps not.
#[inline]
pub(super) fn is_good(table: &SegmentTable, segment: &Segment<'_, '_>, characters: Characters, syntax: Syntax) -> bool {
    let given = segment.len();
    if given == 0 || given > table.rows.lengths().len() {
        return false;
    }
    if !is_bare(segment, characters) {
        return false;
    }
    let looks = look(table, segment);
    let present = match segment.all_splits() {
        Splits::None => looks.take(table, segment, 0, syntax),
        splits => divided_elements(table, segment, looks, splits, syntax),
    };
    present.is_some_and(|present| {
        let last_is_there = present >> given.wrapping_sub(1) & 1 == 1;
        last_is_there
            && present & table.mandatory == table.mandatory
            && table.conditions.iter().all(|condition| condition.holds(present))
    })
}

/// What is seen of all elements at once: bit n-1 is element n.
#[derive(Clone, Copy)]
struct Looks {
    present: u64,
    /// Too short or too long, or begins with a blank. Of what is not there, or has a separator in it, this says nothing.
    doubtful: u64,
}

/// Looks at elements, of which there are no more than places, by their lengths and first octets, without a branch.
#[inline(always)]
fn look(table: &SegmentTable, segment: &Segment<'_, '_>) -> Looks {
    let (octets, given) = (segment.window.octets, segment.len());
    let (lengths, marks) = (&table.rows.lengths()[..given], &segment.marks[..given]);
    let (mut present, mut doubtful, mut end) = (0u64, 0u64, segment.end());
    // From the last one on, so that each pushes the others to their places.
    for at in (0..given).rev() {
        let span = Span { from: marks[at].wrapping_add(1), to: end };
        let is_blank = octets.get(span.from as usize) == Some(&b' ');
        present = present << 1 | u64::from(!span.is_empty());
        doubtful = doubtful << 1 | u64::from(!lengths[at].contain(span.len()) | is_blank);
        end = marks[at];
    }
    Looks { present, doubtful }
}

impl Looks {
    /// Which elements are there, if the table takes them; but for the `divided` ones, which have separators in them.
    #[inline(always)]
    fn take(self, table: &SegmentTable, segment: &Segment<'_, '_>, divided: u64, syntax: Syntax) -> Option<u64> {
        let whole = self.present & !divided;
        if whole & self.doubtful != 0 {
            return None;
        }
        let mut codes = whole & table.rows.codes;
        while codes != 0 {
            let span = segment.span(codes.trailing_zeros() as usize + 1)?;
            codes &= codes.wrapping_sub(1);
            if !segment.word(span).is_alphanumeric(span.len()) {
                return None;
            }
        }
        let mut rest = whole & table.rows.closely;
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            let (row, span) = (table.rows.whole(place), segment.span(place.wrapping_add(1))?);
            if !takes(table, row, segment, span, syntax) {
                return None;
            }
        }
        Some(self.present)
    }
}

/// The same where elements have separators in them: they must be composites.
#[inline(never)]
fn divided_elements(
    table: &SegmentTable,
    segment: &Segment<'_, '_>,
    looks: Looks,
    splits: Splits,
    syntax: Syntax,
) -> Option<u64> {
    let (mut divided, mut rest) = (0u64, looks.present);
    while rest != 0 {
        let place = rest.trailing_zeros() as usize;
        let bit = rest & rest.wrapping_neg();
        rest ^= bit;
        let span = segment.span(place.wrapping_add(1))?;
        let splits = splits.within(span, || segment.splits_of(span))?;
        if splits == 0 {
            continue;
        }
        divided |= bit;
        let row = table.rows.places()[place];
        if row.kind != RowKind::Composite || !takes_components(table, row, segment, span, splits, syntax) {
            return None;
        }
    }
    looks.take(table, segment, divided, syntax)
}

/// Whether all that is in it is as it stands: octets that print and are of the character set, and none released.
#[inline]
fn is_bare(segment: &Segment<'_, '_>, characters: Characters) -> bool {
    if characters.holds_plain() && segment.is_plain_and_unreleased() {
        return true;
    }
    let of_set = if characters.holds_plain() {
        segment.is_plain() || segment.raw().iter().all(|octet| (0x20..=0x7E).contains(octet))
    } else {
        is_of_part(characters, segment)
    };
    of_set && segment.release().is_none_or(|release| !segment.raw().contains(&release))
}

/// Whether there are only octets of that part of ASCII in it, and separators: where these stand in values, others ask for
/// them.
#[inline(never)]
fn is_of_part(characters: Characters, segment: &Segment<'_, '_>) -> bool {
    let separators = segment.separators();
    let is_of = |part: &[bool; 256], octet: u8| part[usize::from(octet)] || separators.contains(octet);
    characters.part_of_ascii().is_some_and(|part| segment.raw().iter().all(|&octet| is_of(part, octet)))
}

/// A composite, whose separators are where `splits` has bits.
#[inline(always)]
fn takes_components(
    table: &SegmentTable,
    row: Row,
    segment: &Segment<'_, '_>,
    span: Span,
    splits: u64,
    syntax: Syntax,
) -> bool {
    // Where elements may be repeated, it may be that which splits this one.
    if splits != 0 && segment.separators().repetition.is_some() && !segment.is_repeated_nowhere(span) {
        return false;
    }
    let (mut rest, mut from, mut given) = (splits, span.from, 0usize);
    for component in table.rows.components(row) {
        given = given.wrapping_add(1);
        let to = if rest == 0 { span.to } else { span.from.wrapping_add(rest.trailing_zeros()) };
        let part = Span { from, to };
        let good = if part.is_empty() { !component.mandatory } else { takes(table, *component, segment, part, syntax) };
        if !good {
            return false;
        }
        if rest == 0 {
            return row.lengths.contain(given);
        }
        rest &= rest.wrapping_sub(1);
        from = to.wrapping_add(1);
    }
    false
}

/// Whether a place takes a value of octets that print and are no separators.
#[inline(always)]
fn takes(table: &SegmentTable, row: Row, segment: &Segment<'_, '_>, span: Span, syntax: Syntax) -> bool {
    if row.kind == RowKind::Text {
        return row.lengths.contain(span.len()) && segment.window.octets.get(span.from as usize) != Some(&b' ');
    }
    takes_word(table, row, segment.word(span), span.len()) || takes_value(row, segment.part(span), syntax)
}

/// The same of what is no text, by its first octets.
#[inline]
fn takes_word(table: &SegmentTable, row: Row, word: Word, length: usize) -> bool {
    let (fits, is_short) = (row.lengths.contain(length), length <= word::OCTETS);
    match row.kind {
        RowKind::Code => fits && is_short && word.is_alphanumeric(length),
        RowKind::Listed => table.rows.list(row).contains_word(word, length),
        RowKind::Integer => fits && is_short && word.is_digits(length),
        // A point is no digit.
        RowKind::Decimal => word.decimal_digits(length).is_some_and(|digits| row.lengths.contain(digits)),
        RowKind::Date => fits && length == word::OCTETS && word.is_common_date(),
        RowKind::Any => true,
        RowKind::Text | RowKind::Time | RowKind::Doubtful | RowKind::Composite => false,
    }
}

/// The same of values that one word does not show: long numbers and codes, signs and commas, times, the ends of months.
#[inline(never)]
fn takes_value(row: Row, value: &[u8], syntax: Syntax) -> bool {
    let fits = |length: &usize| row.lengths.contain(*length);
    match row.kind {
        RowKind::Integer => syntax::integer_digits(value).as_ref().is_some_and(fits),
        RowKind::Decimal => syntax::decimal_digits(value, syntax == Syntax::Edifact).as_ref().is_some_and(fits),
        RowKind::Code => fits(&value.len()) && value.iter().all(u8::is_ascii_alphanumeric),
        RowKind::Date => fits(&value.len()) && syntax::is_date(value),
        RowKind::Time => fits(&value.len()) && syntax::is_time(value),
        RowKind::Text | RowKind::Listed | RowKind::Any | RowKind::Doubtful | RowKind::Composite => false,
    }
}

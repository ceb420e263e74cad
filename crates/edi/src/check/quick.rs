//! Most segments have no fault, and nearly all of those are seen to have none at a glance: by lengths, first octets and
//! masks. Whatever is in doubt is left to [`element`](super::element), which alone says what is wrong.

use crate::{
    Syntax,
    characters::Characters,
    segment::{Segment, Span},
    syntax,
    tables::{Kind, Place, SegmentTable},
    word::{self, Word},
};

/// Whether a segment certainly has no fault. False: perhaps it has one, perhaps not.
#[inline]
pub(super) fn is_good(table: &SegmentTable, segment: Segment<'_, '_>, characters: Characters, syntax: Syntax) -> bool {
    let given = segment.len();
    if given == 0 || given > table.places.len() || !is_bare(segment, characters) {
        return false;
    }
    let by_word = |place: &Place, part: Span| takes(place, segment.word(part), part.len());
    holds(table, segment, by_word) || is_good_at_length(table, segment, syntax)
}

/// The same of values that one word does not show: long numbers and codes, signs and commas, times, the ends of months.
#[cold]
#[inline(never)]
fn is_good_at_length(table: &SegmentTable, segment: Segment<'_, '_>, syntax: Syntax) -> bool {
    holds(table, segment, |place, part| {
        takes(place, segment.word(part), part.len()) || takes_value(place, segment.part(part), syntax)
    })
}

/// Whether the elements are those of the table, where `takes` says of a place whether it takes a value.
#[inline(always)]
fn holds(table: &SegmentTable, segment: Segment<'_, '_>, takes: impl Fn(&Place, Span) -> bool + Copy) -> bool {
    let undivided = segment.is_undivided();
    let (mut present, mut bit, mut last_is_empty) = (0u64, 1u64, false);
    for (place, span) in table.places.iter().zip(segment.spans()) {
        last_is_empty = span.is_empty();
        if !last_is_empty {
            present |= bit;
            let splits = if undivided { Some(0) } else { segment.splits_of(span) };
            let good = match splits {
                Some(0) => takes_whole(place, span, takes),
                Some(splits) => takes_components(place, segment, span, splits, takes),
                None => false,
            };
            if !good {
                return false;
            }
        }
        bit <<= 1;
    }
    !last_is_empty
        && present & table.mandatory == table.mandatory
        && table.conditions.iter().all(|condition| condition.holds(present))
}

/// Whether all that is in it is as it stands: octets that print and are of the character set, and none released.
#[inline]
fn is_bare(segment: Segment<'_, '_>, characters: Characters) -> bool {
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
fn is_of_part(characters: Characters, segment: Segment<'_, '_>) -> bool {
    let separators = segment.separators();
    let is_of = |part: &[bool; 256], octet: u8| part[usize::from(octet)] || separators.contains(octet);
    characters.part_of_ascii().is_some_and(|part| segment.raw().iter().all(|&octet| is_of(part, octet)))
}

/// An element without separators; of a composite it is the first component.
#[inline(always)]
fn takes_whole(place: &Place, span: Span, takes: impl Fn(&Place, Span) -> bool + Copy) -> bool {
    if place.kind != Kind::Composite {
        return takes(place, span);
    }
    let first = place.components.first();
    place.least <= 1 && first.is_some_and(|first| takes(first, span))
}

/// A composite of several components, whose separators are where `splits` has bits.
#[inline(always)]
fn takes_components(
    place: &Place,
    segment: Segment<'_, '_>,
    span: Span,
    splits: u64,
    takes: impl Fn(&Place, Span) -> bool + Copy,
) -> bool {
    let separators = segment.separators();
    // Where elements may be repeated, it may be that which splits this one.
    if place.kind != Kind::Composite || separators.repetition.is_some() && !segment.is_repeated_nowhere(span) {
        return false;
    }
    let (mut rest, mut from, mut given) = (splits, span.from, 0usize);
    for component in &place.components {
        given += 1;
        let to = if rest == 0 { span.to } else { span.from.wrapping_add(rest.trailing_zeros()) };
        let part = Span { from, to };
        let good = if part.is_empty() { !component.mandatory } else { takes(component, part) };
        if !good {
            return false;
        }
        if rest == 0 {
            return given >= usize::from(place.least);
        }
        rest &= rest - 1;
        from = to.wrapping_add(1);
    }
    false
}

/// Whether a place takes a value of octets that print and are no separators.
#[inline(always)]
fn takes(place: &Place, word: Word, length: usize) -> bool {
    if let Some(codes) = &place.codes {
        return codes.contains_word(word, length);
    }
    let fits = (usize::from(place.shortest)..=usize::from(place.longest)).contains(&length);
    match place.kind {
        Kind::Text => fits && !word.begins_with(b' '),
        Kind::Code => fits && length <= word::OCTETS && word.is_alphanumeric(length),
        Kind::Integer => fits && length <= word::OCTETS && word.is_digits(length),
        Kind::Decimal => {
            // A point is no digit.
            let digits = word.decimal_digits(length).unwrap_or_default();
            (usize::from(place.shortest)..=usize::from(place.longest)).contains(&digits) && digits > 0
        }
        Kind::Date => fits && length == word::OCTETS && word.is_common_date(),
        Kind::Open | Kind::Binary => true,
        Kind::Alpha | Kind::Time | Kind::Composite => false,
    }
}

/// The same as [`takes`], octet by octet, of what is not seen in one word.
fn takes_value(place: &Place, value: &[u8], syntax: Syntax) -> bool {
    let fits = |length: &usize| (usize::from(place.shortest)..=usize::from(place.longest)).contains(length);
    let value_fits = fits(&value.len());
    place.codes.is_none()
        && match place.kind {
            Kind::Integer => syntax::integer_digits(value).as_ref().is_some_and(fits),
            Kind::Decimal => syntax::decimal_digits(value, syntax == Syntax::Edifact).as_ref().is_some_and(fits),
            Kind::Code => value_fits && value.iter().all(u8::is_ascii_alphanumeric),
            Kind::Date => value_fits && syntax::is_date(value),
            Kind::Time => value_fits && syntax::is_time(value),
            Kind::Text | Kind::Alpha | Kind::Open | Kind::Binary | Kind::Composite => false,
        }
}

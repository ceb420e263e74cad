//! Serial shipping container codes: eighteen digits, the last of which is checked by the others; with or without the
//! application identifier 00 before them.

use crate::{Code, finding::Reporter, segment::Segment};

/// Whether such segments may hold one.
pub(super) fn concerns(tag: &[u8]) -> bool {
    matches!(tag, b"MAN" | b"GIN" | b"PCI")
}

/// Warns of a wrong check digit: it is another parcel's number, or nobody's.
#[inline]
pub(super) fn check(segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    match segment.tag() {
        b"MAN" => {
            for (kind, places) in [(1, [2, 3]), (4, [5, 6])] {
                if segment.element(kind) == b"GM" {
                    places.into_iter().for_each(|n| number(segment.element(n), (n, 0, 0), segment, reporter));
                }
            }
        }
        b"GIN" if segment.component(1, 1) == b"BJ" => numbers(segment, 2..=segment.len(), reporter),
        b"PCI" if segment.element(1) == b"33E" => numbers(segment, 2..=2, reporter),
        _ => {}
    }
}

fn numbers(segment: Segment<'_, '_>, places: std::ops::RangeInclusive<usize>, reporter: &mut Reporter<'_, '_>) {
    for n in places {
        for (k, value) in (1..).zip(segment.components(n)) {
            number(value, (n, 0, k), segment, reporter);
        }
    }
}

fn number(value: &[u8], part: (usize, usize, usize), segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    if is_wrong(value) {
        reporter.value(Code::SsccCheckDigit, segment, part, 0, value);
    }
}

/// Whether it has an SSCC's form and not its check digit (GS1: weights 3 and 1 from the right).
fn is_wrong(value: &[u8]) -> bool {
    let digits = if value.len() == 20 { value.strip_prefix(b"00").unwrap_or_default() } else { value };
    if digits.len() != 18 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighed = |(n, digit): (usize, &u8)| u32::from(digit - b'0') * if n % 2 == 0 { 1 } else { 3 };
    digits.iter().rev().enumerate().map(weighed).sum::<u32>() % 10 != 0
}

#[cfg(test)]
mod tests {
    use super::is_wrong;

    #[test]
    fn check_digits() {
        for good in ["399991570759000128", "00399991570759000128", "39999157075900012", "T39999157075900012", ""] {
            assert!(!is_wrong(good.as_bytes()), "{good}");
        }
        for wrong in ["399991570759000120", "00399991570759000127"] {
            assert!(is_wrong(wrong.as_bytes()), "{wrong}");
        }
    }
}

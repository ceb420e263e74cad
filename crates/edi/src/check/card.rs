//! Payment card numbers in text: a set that holds one is refused.
//!
//! Only text is searched. Tracking numbers, SSCCs and other identifications are long strings of
//! digits, too, and one in ten of those would pass the check digit.

use crate::{
    Code,
    finding::Reporter,
    segment::Segment,
    word::{self, Word},
};

/// Looks at the segment's elements that hold text.
pub fn check(segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    if let Some(texts) = texts(segment.tag()) {
        check_texts(texts, segment, reporter);
    }
}

/// The same where it is known which these are.
#[inline]
pub(super) fn check_texts(texts: Texts, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    let mut rest = texts.all;
    while rest != 0 {
        let place = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        let Some(span) = segment.span(place as usize) else { return };
        if span.len() >= SHORTEST && holds_card_number(segment.part(span), texts.telephones >> place & 1 == 1) {
            reporter.element(Code::CardNumber, segment, place as usize, 0);
        }
    }
}

/// Elements with text and with telephone numbers: bit n is element n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Texts {
    all: u16,
    telephones: u16,
}

impl Texts {
    const fn of(texts: &[u16], telephones: &[u16]) -> Self {
        let telephones = Self::bits(telephones);
        Self { all: Self::bits(texts) | telephones, telephones }
    }

    const fn bits(places: &[u16]) -> u16 {
        match places {
            [] => 0,
            [place, others @ ..] => 1 << *place | Self::bits(others),
        }
    }
}

/// Which elements hold text, and which telephone numbers; none of most segments.
pub(super) fn texts(tag: &[u8]) -> Option<Texts> {
    Some(match tag {
        b"N1" | b"NTE" | b"L5" => const { Texts::of(&[2], &[]) },
        b"G61" => const { Texts::of(&[2], &[4]) },
        b"N2" | b"N3" | b"K1" | b"MSG" | b"MIT" => const { Texts::of(&[1, 2], &[]) },
        b"N4" => const { Texts::of(&[1], &[]) },
        b"PID" => const { Texts::of(&[5], &[]) },
        b"REF" | b"L11" => const { Texts::of(&[3], &[]) },
        b"PER" => const { Texts::of(&[2], &[4, 6, 8, 9]) },
        b"NM1" => const { Texts::of(&[3, 4, 5, 6, 7], &[]) },
        // EDIFACT
        b"NAD" => const { Texts::of(&[3, 4, 5, 6], &[]) },
        b"FTX" => const { Texts::of(&[4], &[]) },
        b"CTA" => const { Texts::of(&[2], &[]) },
        b"COM" => const { Texts::of(&[], &[1]) },
        _ => return None,
    })
}

/// Whether there are as many digits as the shortest number has: eight octets at a time, until so many others came that
/// there are not.
#[inline]
fn has_digits_enough(text: &[u8]) -> bool {
    let (eights, rest) = text.as_chunks::<{ word::OCTETS }>();
    let mut most = text.len();
    for eight in eights {
        most = most.saturating_sub(word::OCTETS.wrapping_sub(Word::of_eight(*eight).digits()));
        if most < SHORTEST {
            return false;
        }
    }
    most - rest.iter().filter(|octet| !octet.is_ascii_digit()).count() >= SHORTEST
}

const SHORTEST: usize = 13;
const LONGEST: usize = 19;

/// Whether 13 to 19 digits in it, written together or in a card's blocks of four to six, have an
/// issuer's first digits and the right check digit. Telephone numbers have at most 15 digits.
pub fn holds_card_number(text: &[u8], telephone: bool) -> bool {
    if !has_digits_enough(text) {
        return false;
    }
    let shortest = if telephone { 15 } else { SHORTEST };
    let mut at = 0;
    while at < text.len() {
        if text[at].is_ascii_digit()
            && (at == 0 || !text[at - 1].is_ascii_digit())
            && begins_card(&text[at..], shortest)
        {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether a card number begins here, and ends where a block of digits ends.
fn begins_card(text: &[u8], shortest: usize) -> bool {
    let mut digits = [0u8; LONGEST];
    let (mut count, mut at, mut block) = (0, 0, 0);
    loop {
        match text.get(at) {
            Some(&digit) if digit.is_ascii_digit() => {
                if count == LONGEST {
                    return false;
                }
                digits[count] = digit - b'0';
                count += 1;
                block += 1;
            }
            other => {
                if count >= shortest && (block == count || block >= 3) && is_card_number(&digits[..count]) {
                    return true;
                }
                let joins = matches!(other, Some(b' ' | b'-')) && text.get(at + 1).is_some_and(u8::is_ascii_digit);
                if !joins || !(4..=6).contains(&block) {
                    return false;
                }
                block = 0;
            }
        }
        at += 1;
    }
}

fn is_card_number(digits: &[u8]) -> bool {
    let first = |count: usize| digits[..count].iter().fold(0u32, |n, &d| n * 10 + u32::from(d));
    let issuer = match digits.len() {
        13 => first(1) == 4,
        14 => matches!(first(2), 30 | 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37) || matches!(first(4), 1800 | 2131),
        _ => (3..=6).contains(&first(1)) || (2221..=2720).contains(&first(4)),
    };
    issuer && check_digit_holds(digits)
}

/// Luhn's check (ISO/IEC 7812-1).
fn check_digit_holds(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit < 5 => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::holds_card_number;

    #[test]
    fn card_numbers() {
        for (text, telephone, found) in [
            ("4111111111111111", false, true),
            ("4111 1111 1111 1111", false, true),
            ("4111-1111-1111-1111", false, true),
            ("PAID WITH 4111111111111111 EXP 12/27", false, true),
            ("4111111111111111 12", false, true),
            ("378282246310005", false, true),
            ("3782 822463 10005", false, true),
            ("5555555555554444", true, true),
            ("2223003122003222", false, true),
            ("4222222222222", false, true),
            ("4222222222222", true, false),
            ("4111111111111112", false, false),
            ("94111111111111111", false, false),
            ("0000000000000000", false, false),
            ("41111111111111110000", false, false),
            ("411111111111", false, false),
            ("APT 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", false, false),
            ("", false, false),
        ] {
            assert_eq!(holds_card_number(text.as_bytes(), telephone), found, "{text}");
        }
    }
}

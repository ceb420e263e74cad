//! The checks on one value, in each of the three ways in which it can be written.
//!
//! - A **plain** value has the form of its key: length, decimals, country. Blanks around it are no part of it.
//! - **As written** is what came in another form or message and need not have ours: an amount with leading zeros,
//!   `CANADA`, a name of seventy characters. Control characters, card numbers and empty text are refused here, too.
//! - **Octets** are text that is no UTF-8, hexadecimal; otherwise as written.

use super::{
    Code, exact,
    key::{Key, Kind},
};
use crate::{operational::Province, record::Personal};

/// Octets of a value at most, as in the sealed form.
pub(crate) const OCTETS_MAX: usize = 1_048_575;

/// A plain value, as it is kept.
pub(crate) fn plain<'a>(key: &Key, text: Personal<'a>) -> Result<Personal<'a>, Code> {
    let text = text.trimmed();
    let octets = text.expose();
    if octets.is_empty() {
        return Err(Code::Empty);
    }
    check_text(key, octets)?;
    match key.kind {
        Kind::Amount => return Ok(Personal::owned(exact::hundredths(octets)?.into_bytes())),
        Kind::Currency if octets.len() != 3 || !octets.iter().all(u8::is_ascii_uppercase) => {
            return Err(Code::InvalidCode);
        }
        Kind::Country if !is_country(octets) => return Err(Code::InvalidCountry),
        Kind::Province if octets.len() > 3 || !is_code(octets) => return Err(Code::InvalidProvince),
        _ => {}
    }
    let longer = octets.len() > key.longest && str::from_utf8(octets).is_ok_and(|t| t.chars().count() > key.longest);
    if longer { Err(Code::TooLong) } else { Ok(text) }
}

/// A value as it was written elsewhere.
pub(crate) fn as_written<'a>(key: &Key, text: Personal<'a>) -> Result<Personal<'a>, Code> {
    let octets = text.expose();
    if octets.is_empty() {
        return Err(Code::Empty);
    }
    if octets.len() > OCTETS_MAX {
        return Err(Code::TooLong);
    }
    if key.kind == Kind::Amount && !exact::is_hundredths(octets) {
        return Err(Code::InvalidNumber);
    }
    check_text(key, octets).map(|()| text)
}

/// A value that is no UTF-8, from its hexadecimal text.
pub(crate) fn octets(key: &Key, text: &Personal<'_>) -> Result<Personal<'static>, Code> {
    let digits = text.expose();
    if !digits.len().is_multiple_of(2) || digits.len() / 2 > OCTETS_MAX {
        return Err(Code::InvalidOctets);
    }
    let mut octets = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks_exact(2) {
        let [Some(high), Some(low)] = [pair[0], pair[1]].map(digit) else {
            zeroize::Zeroize::zeroize(&mut octets);
            return Err(Code::InvalidOctets);
        };
        octets.push(high << 4 | low);
    }
    let value = Personal::owned(octets);
    if key.kind == Kind::Amount || str::from_utf8(value.expose()).is_ok() {
        return Err(Code::InvalidOctets);
    }
    if value.expose().iter().any(u8::is_ascii_control) {
        return Err(Code::ControlCharacter);
    }
    check_card(key, value.expose())?;
    Ok(value)
}

fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        _ => None,
    }
}

fn check_text(key: &Key, octets: &[u8]) -> Result<(), Code> {
    if holds_control(octets) {
        return Err(Code::ControlCharacter);
    }
    check_card(key, octets)
}

fn check_card(key: &Key, octets: &[u8]) -> Result<(), Code> {
    let telephone = match key.kind {
        Kind::Text | Kind::Province | Kind::PostalCode | Kind::Country => false,
        Kind::Telephone => true,
        // One in ten of the long numbers that identify would pass the check digit.
        Kind::Number | Kind::Amount | Kind::Currency => return Ok(()),
    };
    if edi::holds_card_number(octets, telephone) { Err(Code::CardNumber) } else { Ok(()) }
}

/// C0, DEL, and of UTF-8 C1.
pub(crate) fn holds_control(octets: &[u8]) -> bool {
    let c1 = |pair: &[u8]| pair[0] == 0xC2 && pair[1] < 0xA0;
    octets.iter().any(u8::is_ascii_control)
        || (!octets.is_ascii() && octets.windows(2).any(c1) && str::from_utf8(octets).is_ok())
}

/// The value with blanks for control characters: what our writers write of it.
pub(crate) fn without_control<'v>(value: &'v Personal<'_>) -> Personal<'v> {
    let octets = value.expose();
    if !holds_control(octets) {
        return Personal::borrowed(octets);
    }
    match str::from_utf8(octets) {
        Ok(text) => {
            let mut clean = Vec::with_capacity(octets.len());
            let mut encoded = [0; 4];
            for character in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
                clean.extend_from_slice(character.encode_utf8(&mut encoded).as_bytes());
            }
            Personal::owned(clean)
        }
        Err(_) => Personal::owned(octets.iter().map(|b| if b.is_ascii_control() { b' ' } else { *b }).collect()),
    }
}

/// What the plain province and postal code of an address say against its country.
pub(crate) fn check_in_country(key: &Key, value: &[u8], country: &[u8]) -> Result<(), Code> {
    if country != b"CA" {
        return Ok(());
    }
    match key.kind {
        Kind::Province if !is_province(value) => Err(Code::InvalidProvince),
        Kind::PostalCode if !is_canadian_postal_code(value) => Err(Code::InvalidPostalCode),
        _ => Ok(()),
    }
}

fn is_province(letters: &[u8]) -> bool {
    province(letters).is_some_and(|p| !matches!(p, Province::Abroad | Province::Unknown))
}

/// A province by its letters, or `abroad`, `unknown`.
pub(crate) fn province(name: &[u8]) -> Option<Province> {
    Province::ALL.into_iter().find(|p| province_name(*p).as_bytes() == name)
}

/// The name of a province in our forms.
pub(crate) fn province_name(province: Province) -> &'static str {
    match province {
        Province::Abroad => "abroad",
        Province::Unknown => "unknown",
        within => within.as_str(),
    }
}

/// A9A 9A9, with or without the blank; D, F, I, O, Q and U are never used, W and Z not at the beginning.
fn is_canadian_postal_code(code: &[u8]) -> bool {
    let compact = match code {
        [a, b, c, b' ', d, e, f] | [a, b, c, d, e, f] => [*a, *b, *c, *d, *e, *f],
        _ => return false,
    };
    let letter = |b: u8| b.is_ascii_uppercase() && !b"DFIOQU".contains(&b);
    compact.iter().enumerate().all(|(at, b)| if at % 2 == 0 { letter(*b) } else { b.is_ascii_digit() })
        && !b"WZ".contains(&compact[0])
}

/// Only A-Z and 0-9: what may stand in a code.
fn is_code(octets: &[u8]) -> bool {
    octets.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether ISO 3166-1 has the two letters.
pub(crate) fn is_country(letters: &[u8]) -> bool {
    letters.len() == 2 && COUNTRIES.as_bytes().chunks(3).any(|c| &c[..2] == letters)
}

const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{form::key, record::Tag};

    fn code(tag: Tag, text: &str) -> Option<Code> {
        plain(key::of(tag), Personal::borrowed(text.as_bytes())).err()
    }

    #[test]
    fn plain_values() {
        for (tag, text, found) in [
            (Tag::Name, "ADA EXAMPLE", None),
            (Tag::Name, "É".repeat(60).as_str(), None),
            (Tag::Name, "É".repeat(61).as_str(), Some(Code::TooLong)),
            (Tag::Name, "  ", Some(Code::Empty)),
            (Tag::Name, "A\tB", Some(Code::ControlCharacter)),
            (Tag::Name, "A\u{85}B", Some(Code::ControlCharacter)),
            (Tag::Name, "A\u{7f}B", Some(Code::ControlCharacter)),
            (Tag::Remark, "PAID 4111 1111 1111 1111", Some(Code::CardNumber)),
            (Tag::Routing, "4111111111111111", Some(Code::CardNumber)),
            (Tag::Phone, "5555555555554444", Some(Code::CardNumber)),
            (Tag::Tracking, "4111111111111111", None),
            (Tag::DeclaredValue, "12.505", Some(Code::Inexact)),
            (Tag::Currency, "CAD", None),
            (Tag::Currency, "cad", Some(Code::InvalidCode)),
            (Tag::Country, "CA", None),
            (Tag::Country, "ZW", None),
            (Tag::Country, "UK", Some(Code::InvalidCountry)),
            (Tag::Country, "CANADA", Some(Code::InvalidCountry)),
            (Tag::Region, "NSW", None),
            (Tag::Region, "Qc", Some(Code::InvalidProvince)),
        ] {
            assert_eq!(code(tag, text), found, "{text:?}");
        }
    }

    #[test]
    fn in_canada() {
        for (tag, value, found) in [
            (Tag::Region, "QC", Ok(())),
            (Tag::Region, "NY", Err(Code::InvalidProvince)),
            (Tag::PostalCode, "H7A 0A1", Ok(())),
            (Tag::PostalCode, "H7A0A1", Ok(())),
            (Tag::PostalCode, "H7A-0A1", Err(Code::InvalidPostalCode)),
            (Tag::PostalCode, "D7A 0A1", Err(Code::InvalidPostalCode)),
            (Tag::PostalCode, "10001", Err(Code::InvalidPostalCode)),
        ] {
            assert_eq!(check_in_country(key::of(tag), value.as_bytes(), b"CA"), found, "{value}");
            assert_eq!(check_in_country(key::of(tag), value.as_bytes(), b"US"), Ok(()));
        }
    }

    #[test]
    fn other_ways() {
        let text = |t: &'static str| Personal::borrowed(t.as_bytes());
        let written = |tag, t| as_written(key::of(tag), text(t)).map(|v| v.expose().to_vec());
        assert_eq!(written(Tag::Country, "CANADA"), Ok(b"CANADA".to_vec()));
        assert_eq!(written(Tag::Name, " A "), Ok(b" A ".to_vec()));
        assert_eq!(written(Tag::Cod, "00125"), Ok(b"00125".to_vec()));
        assert_eq!(written(Tag::Cod, "1.25"), Err(Code::InvalidNumber));
        assert_eq!(written(Tag::Name, "4111111111111111"), Err(Code::CardNumber));
        let hex = |t| octets(key::of(Tag::Name), &text(t)).map(|v| v.expose().to_vec());
        assert_eq!(hex("4ac9"), Ok(b"J\xc9".to_vec()));
        for (wrong, found) in [
            ("4a", Code::InvalidOctets),
            ("", Code::InvalidOctets),
            ("4AC9", Code::InvalidOctets),
            ("4ac", Code::InvalidOctets),
            ("0ac9", Code::ControlCharacter),
            ("34313131313131313131313131313131c9", Code::CardNumber),
        ] {
            assert_eq!(hex(wrong), Err(found), "{wrong}");
        }
    }

    #[test]
    fn control_characters_become_blanks() {
        let clean = |octets: &'static [u8]| without_control(&Personal::borrowed(octets)).expose().to_vec();
        assert_eq!(clean(b"A\nB\x7f"), b"A B ");
        assert_eq!(clean("A\u{85}É".as_bytes()), "A É".as_bytes());
        assert_eq!(clean(b"\xc9\x1f\xc2\x85"), b"\xc9 \xc2\x85");
    }
}

//! Weights, lengths, dates and amounts from text, exact or not at all.

use crate::operational::{LENGTH_MM_MAX, is_day};
use crate::record::Personal;

/// A decimal of at most 15 digits: its digits as a number, and how many of them follow the point.
fn decimal(text: &[u8]) -> Option<(u64, u32)> {
    let (mut number, mut digits, mut places) = (0u64, 0u32, None);
    for octet in text {
        match octet {
            b'0'..=b'9' if digits < 15 => {
                number = number * 10 + u64::from(octet - b'0');
                digits += 1;
                places = places.map(|p: u32| p + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    (digits > 0).then_some((number, places.unwrap_or(0)))
}

/// `text` times `millionths` / 1,000,000, rounded to the nearest; `None` for 0 and beyond `most`.
fn scaled(text: &[u8], millionths: u64, most: u32) -> Option<u32> {
    let (number, places) = decimal(text)?;
    let unit = 1_000_000u128 * 10u128.pow(places);
    let rounded = (u128::from(number) * u128::from(millionths) + unit / 2) / unit;
    u32::try_from(rounded).ok().filter(|value| (1..=most).contains(value))
}

/// Grams; the unit is X12's: LB, KG, GR, OZ, MP (tonnes), and K and L where one letter is used. No unit is pounds, as X12 has it.
pub(super) fn grams(text: &[u8], unit: &[u8]) -> Option<u32> {
    let millionths = match unit {
        b"" | b"LB" | b"L" => 453_592_370,
        b"KG" | b"K" => 1_000_000_000,
        b"GR" => 1_000_000,
        b"OZ" => 28_349_523,
        b"MP" => 1_000_000_000_000,
        _ => return None,
    };
    scaled(text, millionths, u32::MAX)
}

/// Millimetres; the unit is X12's, in two letters, or in one as MS401 has it.
pub(super) fn millimetres(text: &[u8], unit: &[u8]) -> Option<u32> {
    let millionths = match unit {
        b"MM" => 1_000_000,
        b"CM" | b"C" => 10_000_000,
        b"IN" | b"N" => 25_400_000,
        b"FT" | b"E" => 304_800_000,
        b"MR" | b"M" => 1_000_000_000,
        _ => return None,
    };
    scaled(text, millionths, LENGTH_MM_MAX)
}

/// A day as the number yyyymmdd.
pub(super) fn day(text: &[u8]) -> Option<u32> {
    let (number, places) = decimal(text)?;
    let number = u32::try_from(number).ok().filter(|_| text.len() == 8 && places == 0)?;
    is_day(number / 10_000, number / 100 % 100, number % 100).then_some(number)
}

/// A count that fits.
pub(super) fn count(text: &[u8]) -> Option<u16> {
    let (number, places) = decimal(text)?;
    u16::try_from(number).ok().filter(|n| *n > 0 && places == 0)
}

/// An amount with two implied decimals, as X12's N2: digits, a minus before them if `negative` or if it is there.
pub(super) fn hundredths(text: &[u8], negative: bool) -> Option<Personal<'_>> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || digits.len() > 15 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let minus = negative != (digits.len() < text.len());
    Some(match (minus, digits.len() < text.len()) {
        (true, false) => Personal::owned([b"-", digits].concat()),
        (false, _) => Personal::borrowed(digits),
        (true, true) => Personal::borrowed(text),
    })
}

/// An amount with a written decimal point, as X12's R, in hundredths; `None` if that is not exact.
pub(super) fn amount(text: &[u8]) -> Option<Personal<'static>> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let (number, places) = decimal(digits)?;
    let hundredths = u128::from(number) * 100;
    let unit = 10u128.pow(places);
    if !hundredths.is_multiple_of(unit) {
        return None;
    }
    let minus = if digits.len() < text.len() { "-" } else { "" };
    let written = format!("{minus}{}", hundredths / unit);
    (written.len() <= 16).then(|| Personal::owned(written.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_lengths_round_to_the_nearest() {
        assert_eq!(grams(b"1", b"LB"), Some(454));
        assert_eq!(grams(b"1.25", b"KG"), Some(1250));
        assert_eq!(grams(b".5", b"GR"), Some(1));
        assert_eq!(grams(b"0.4", b"GR"), None);
        assert_eq!(grams(b"4294967295", b"GR"), Some(u32::MAX));
        assert_eq!(grams(b"4294967296", b"GR"), None);
        assert_eq!(grams(b"10", b""), Some(4536));
        assert_eq!(grams(b"1e3", b"KG"), None);
        assert_eq!(grams(b"1.2.3", b"KG"), None);
        assert_eq!(grams(b".", b"KG"), None);
        assert_eq!(grams(b"999999999999999.", b"KG"), None);
        assert_eq!(millimetres(b"12", b"IN"), Some(305));
        assert_eq!(millimetres(b"16777.215", b"MR"), Some(LENGTH_MM_MAX));
        assert_eq!(millimetres(b"16777.216", b"MR"), None);
    }

    #[test]
    fn days_are_the_calendars() {
        assert_eq!(day(b"20240229"), Some(20240229));
        for wrong in [&b"20230229"[..], b"20231301", b"18991231", b"2024022", b"240229", b"2024.229", b""] {
            assert_eq!(day(wrong), None);
        }
    }

    #[test]
    fn money_is_exact() {
        let exposed = |v: Option<Personal<'_>>| v.map(|v| String::from_utf8(v.expose().to_vec()).unwrap());
        assert_eq!(exposed(hundredths(b"1250", false)).as_deref(), Some("1250"));
        assert_eq!(exposed(hundredths(b"1250", true)).as_deref(), Some("-1250"));
        assert_eq!(exposed(hundredths(b"-1250", true)).as_deref(), Some("1250"));
        assert_eq!(exposed(hundredths(b"12.50", false)), None);
        assert_eq!(exposed(amount(b"12.5")).as_deref(), Some("1250"));
        assert_eq!(exposed(amount(b"-0.50")).as_deref(), Some("-50"));
        assert_eq!(exposed(amount(b"12.505")), None);
        assert_eq!(exposed(amount(b"12.500")).as_deref(), Some("1250"));
    }
}

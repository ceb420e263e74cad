//! Numbers and dates from text and back: exact, or refused.

use super::Code;
use crate::operational::is_day;

/// A decimal as a number of its `places`-th parts: with 3, "1.5" is 1,500. At most 15 digits before the point.
///
/// # Errors
/// [`Code::InvalidNumber`] for another form, [`Code::Inexact`] for more decimals than `places` that are not 0,
/// [`Code::OutOfRange`] for more digits.
pub(crate) fn decimal(text: &[u8], places: usize) -> Result<u64, Code> {
    let (whole, fraction) = match text.iter().position(|b| *b == b'.') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !digits(whole) || !fraction.is_none_or(digits) || (whole.len() > 1 && whole[0] == b'0') {
        return Err(Code::InvalidNumber);
    }
    let fraction = fraction.unwrap_or_default();
    if fraction.iter().skip(places).any(|b| *b != b'0') {
        return Err(Code::Inexact);
    }
    if whole.len() > 15 {
        return Err(Code::OutOfRange);
    }
    let kept = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(places);
    Ok(whole.iter().copied().chain(kept).fold(0, |n, b| n * 10 + u64::from(b - b'0')))
}

/// The text of a number of `places`-th parts, without zeros that say nothing.
pub(crate) fn decimal_text(number: u64, places: u32) -> String {
    let unit = 10u64.pow(places);
    let (whole, fraction) = (number / unit, number % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{fraction:0width$}", width = places as usize);
    text.trim_end_matches('0').to_owned()
}

/// An amount as it is kept: hundredths, with a minus before them. At most fifteen digits.
///
/// # Errors
/// As [`decimal`]; a minus before nothing but zeros is no number.
pub(crate) fn hundredths(text: &[u8]) -> Result<String, Code> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let number = decimal(digits, 2)?;
    let negative = digits.len() < text.len();
    if negative && number == 0 {
        return Err(Code::InvalidNumber);
    }
    let written = format!("{}{number}", if negative { "-" } else { "" });
    if number > 999_999_999_999_999 { Err(Code::OutOfRange) } else { Ok(written) }
}

/// The text of kept hundredths, always with two decimals; `None` if they have another form than [`hundredths`] makes.
pub(crate) fn amount_text(kept: &[u8]) -> Option<String> {
    let (sign, digits) = match kept.strip_prefix(b"-") {
        Some(digits) => ("-", digits),
        None => ("", kept),
    };
    if !is_hundredths(kept) || (digits.len() > 1 && digits[0] == b'0') || (!sign.is_empty() && digits == b"0") {
        return None;
    }
    let number: u64 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(format!("{sign}{}.{:02}", number / 100, number % 100))
}

/// One to fifteen digits, perhaps after a minus: what messages have with two implied decimals.
pub(crate) fn is_hundredths(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

/// YYYY-MM-DD as the number yyyymmdd.
///
/// # Errors
/// [`Code::InvalidDate`].
pub(crate) fn date(text: &[u8]) -> Result<u32, Code> {
    let [y @ .., b'-', m1, m2, b'-', d1, d2] = text else { return Err(Code::InvalidDate) };
    let digits = [y, &[*m1, *m2, *d1, *d2]].concat();
    if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Code::InvalidDate);
    }
    let day = digits.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    if is_day(day / 10_000, day / 100 % 100, day % 100) { Ok(day) } else { Err(Code::InvalidDate) }
}

/// The text of a day yyyymmdd.
pub(crate) fn date_text(day: u32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, places, number) in [
            ("1.5", 3, Ok(1500)),
            ("0.001", 3, Ok(1)),
            ("0", 3, Ok(0)),
            ("12", 0, Ok(12)),
            ("12.0", 0, Ok(12)),
            ("1.50000", 3, Ok(1500)),
            ("999999999999999.99", 2, Ok(99_999_999_999_999_999)),
            ("1.0005", 3, Err(Code::Inexact)),
            ("1000000000000000", 2, Err(Code::OutOfRange)),
            ("01", 3, Err(Code::InvalidNumber)),
            (".5", 3, Err(Code::InvalidNumber)),
            ("5.", 3, Err(Code::InvalidNumber)),
            ("", 3, Err(Code::InvalidNumber)),
            ("-1", 3, Err(Code::InvalidNumber)),
            ("+1", 3, Err(Code::InvalidNumber)),
            ("1e3", 3, Err(Code::InvalidNumber)),
            ("1,5", 3, Err(Code::InvalidNumber)),
            ("1.2.3", 3, Err(Code::InvalidNumber)),
        ] {
            assert_eq!(decimal(text.as_bytes(), places), number, "{text}");
        }
        for (number, places, text) in [(1500, 3, "1.5"), (1, 3, "0.001"), (2000, 3, "2"), (305, 1, "30.5"), (0, 1, "0")]
        {
            assert_eq!(decimal_text(number, places), text);
        }
    }

    #[test]
    fn amounts_are_hundredths() {
        for (text, kept) in [
            ("12.50", Ok("1250")),
            ("12.5", Ok("1250")),
            ("-0.50", Ok("-50")),
            ("0", Ok("0")),
            ("9999999999999.99", Ok("999999999999999")),
            ("10000000000000", Err(Code::OutOfRange)),
            ("-0.00", Err(Code::InvalidNumber)),
            ("--1", Err(Code::InvalidNumber)),
            ("0.005", Err(Code::Inexact)),
        ] {
            assert_eq!(hundredths(text.as_bytes()).as_deref(), kept.as_ref().map(|k| *k), "{text}");
        }
        for (kept, text) in [("1250", Some("12.50")), ("-50", Some("-0.50")), ("0", Some("0.00"))] {
            assert_eq!(amount_text(kept.as_bytes()).as_deref(), text);
            assert_eq!(hundredths(text.unwrap().as_bytes()).unwrap(), kept);
        }
        for kept in ["", "-", "012", "-0", "1.5", "1234567890123456", "12a"] {
            assert_eq!(amount_text(kept.as_bytes()), None, "{kept}");
        }
    }

    #[test]
    fn dates_exist() {
        assert_eq!(date(b"2024-02-29"), Ok(20240229));
        assert_eq!(date_text(20240229), "2024-02-29");
        for wrong in ["2023-02-29", "20240229", "2024-2-29", "24-02-29", "2024-02-29 ", "1899-12-31", "2024-02-2x", ""]
        {
            assert_eq!(date(wrong.as_bytes()), Err(Code::InvalidDate), "{wrong}");
        }
    }
}

//! Numbers, dates and times as both syntaxes write them.

/// One to nine digits as a number; leading zeros are fine.
#[inline]
pub fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let (mut value, mut odd) = (0u32, false);
    for digit in digits.iter().map(|octet| octet.wrapping_sub(b'0')) {
        odd |= digit > 9;
        // Nine digits fit; of what is none, nobody sees the value.
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit));
    }
    (!odd).then_some(value)
}

/// A count: any digits, leading zeros not counted, as a number of at most nine.
#[inline]
pub fn count(digits: &[u8]) -> Option<u32> {
    if digits.first() != Some(&b'0') {
        return number(digits);
    }
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    number(if zeros == digits.len() { &digits[..1] } else { &digits[zeros..] })
}

/// YYMMDD or YYYYMMDD. Two-digit years are taken as leap years where any century's is.
pub fn is_date(text: &[u8]) -> bool {
    let (year, rest) = match text.len() {
        6 => (number(&text[..2]).map(|y| y + 2000), &text[2..]),
        8 => (number(&text[..4]), &text[4..]),
        _ => return false,
    };
    let (Some(year), Some(month), Some(day)) = (year, number(&rest[..2]), number(&rest[2..])) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// HHMM, HHMMSS, HHMMSSD or HHMMSSDD.
pub fn is_time(text: &[u8]) -> bool {
    if !matches!(text.len(), 4 | 6 | 7 | 8) || number(text).is_none() {
        return false;
    }
    let below = |at: usize, limit| text.get(at..at + 2).and_then(number).is_none_or(|n| n < limit);
    below(0, 24) && below(2, 60) && (text.len() < 6 || below(4, 60))
}

/// A number with an optional sign and decimal mark: its digits, or `None`. The mark is a point; in EDIFACT
/// (ISO 9735, 10.1) a comma, too, and digits stand on both sides of it.
pub fn decimal_digits(text: &[u8], edifact: bool) -> Option<usize> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (mut digits, mut marks) = (0usize, 0usize);
    for &octet in unsigned {
        match octet {
            b'0'..=b'9' => digits += 1,
            b'.' => marks += 1,
            b',' if edifact => marks += 1,
            _ => return None,
        }
    }
    let whole =
        !edifact || unsigned.first().is_some_and(u8::is_ascii_digit) && unsigned.last().is_some_and(u8::is_ascii_digit);
    (marks <= 1 && digits > 0 && whole).then_some(digits)
}

/// An integer with an optional sign: its digits, or `None`.
pub fn integer_digits(text: &[u8]) -> Option<usize> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    (!unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit)).then_some(unsigned.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, valid) in [
            ("20240229", true),
            ("20230229", false),
            ("21000229", false),
            ("20001231", true),
            ("20260431", false),
            ("20261301", false),
            ("20260100", false),
            ("000229", true),
            ("260105", true),
            ("2601051", false),
            ("2026010A", false),
            ("", false),
        ] {
            assert_eq!(is_date(text.as_bytes()), valid, "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, valid) in [
            ("0000", true),
            ("2359", true),
            ("2400", false),
            ("1260", false),
            ("123", false),
            ("12345", false),
            ("123460", false),
            ("123459", true),
            ("1234599", true),
            ("12345999", true),
            ("1A00", false),
        ] {
            assert_eq!(is_time(text.as_bytes()), valid, "{text}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(number(b"000000042"), Some(42));
        assert_eq!(number(b"999999999"), Some(999_999_999));
        for bad in ["", "+1", "-1", "1.0", "1234567890", " 1"] {
            assert_eq!(number(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(count(b"0000000013"), Some(13));
        assert_eq!(count(b"00000000000"), Some(0));
        assert_eq!(count(b""), None);
        assert_eq!(count(b"01234567890"), None);
        for (text, digits) in
            [("-12.50", Some(4)), (".5", Some(1)), ("5.", Some(1)), ("1.2.3", None), ("-", None), ("1,5", None)]
        {
            assert_eq!(decimal_digits(text.as_bytes(), false), digits, "{text}");
        }
        for (text, digits) in [("1,5", Some(2)), (".5", None), ("5.", None), ("-0,25", Some(3)), ("1,5.2", None)] {
            assert_eq!(decimal_digits(text.as_bytes(), true), digits, "{text}");
        }
        assert_eq!(integer_digits(b"-0042"), Some(4));
        assert_eq!(integer_digits(b"4.2"), None);
    }
}

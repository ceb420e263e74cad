//! Names, digests and times have one written form each.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use ledger::*;

#[test]
fn a_time_is_read_as_it_is_written() {
    let day = 86_400_000;
    let edges = [-62_135_596_800_000, -1, 0, 951_782_400_000, 1_790_000_000_123, 253_402_207_200_000];
    let each = (-62_135_596_800_000_i64..253_402_207_200_000).step_by(7_919 * 86_399_001);
    for milliseconds in each.chain(edges).chain((0..800).map(|days| 1_700_000_000_000 + days * day)) {
        let time = Time::from_milliseconds(milliseconds);
        assert_eq!(time.milliseconds(), milliseconds);
        assert_eq!(time.to_string().parse(), Ok(time));
    }
    let leap: Time = "2024-02-29T23:59:59.999Z".parse().unwrap();
    assert_eq!(leap.milliseconds(), 1_709_251_199_999);
}

#[test]
fn other_forms_of_a_time_are_refused() {
    for other in [
        "",
        "2024-02-29T23:59:59Z",
        "2024-02-29T23:59:59.99Z",
        "2024-02-29T23:59:59.9990Z",
        "2024-02-29 23:59:59.999Z",
        "2024-02-29t23:59:59.999Z",
        "2024-02-29T23:59:59.999z",
        "2024-02-29T23:59:59,999Z",
        "2024-02-29T23:59:59.999+00:00",
        "2023-02-29T00:00:00.000Z",
        "2024-13-01T00:00:00.000Z",
        "2024-00-01T00:00:00.000Z",
        "2024-01-00T00:00:00.000Z",
        "2024-01-01T24:00:00.000Z",
        "2024-01-01T00:60:00.000Z",
        "2016-12-31T23:59:60.000Z",
        "0000-01-01T00:00:00.000Z",
        "-001-01-01T00:00:00.000Z",
        "+202-01-01T00:00:00.000Z",
        "9999-12-30T22:00:00.001Z",
        "9999-12-31T23:59:59.999Z",
        "2024-01-01T00:00:00.00\u{e9}",
        "２024-01-01T00:00:00.00",
    ] {
        assert!(other.parse::<Time>().is_err(), "{other}");
    }
}

#[test]
fn a_digest_is_read_as_it_is_written() {
    let octets: Vec<u8> = (0..=255).collect();
    for octets in octets.as_chunks::<16>().0 {
        let batch = BatchId(*octets);
        assert_eq!(batch.to_string().parse(), Ok(batch));
        assert_eq!(serde_json::to_string(&batch).unwrap(), format!("\"{batch}\""));
    }
    assert_eq!(
        "000102030405060708090a0b0c0d0eff".parse(),
        Ok(BatchId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]))
    );
    let digits = "000102030405060708090a0b0c0d0eff";
    for at in 0..digits.len() {
        for other in (0..=127).filter(|octet: &u8| !b"0123456789abcdef".contains(octet)) {
            let other = format!("{}{}{}", &digits[..at], char::from(other), &digits[at + 1..]);
            assert!(other.parse::<BatchId>().is_err(), "{other}");
        }
        assert!(digits[..at].parse::<BatchId>().is_err());
    }
    assert!(format!("{digits}0").parse::<BatchId>().is_err());
    assert!(format!("{digits}00").parse::<BatchId>().is_err());
    assert!(digits.replace("0e", "\u{e9}").parse::<BatchId>().is_err());
}

//! The written forms that all C2SP texts share: decimal numbers and base64, each with one form per value.

use crate::{Error, Hash, error::malformed};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A decimal number: ASCII digits only, no sign, no leading zeros, below 2^64.
pub(crate) fn decimal(text: &str) -> Result<u64, Error> {
    let wrong = malformed("decimal number");
    let digits_only = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // Twenty digits hold 2^64 - 1; longer input is refused before it is looked at.
    if !digits_only || text.len() > 20 || (text.len() > 1 && text.starts_with('0')) {
        return Err(wrong);
    }
    text.parse().map_err(|_| wrong)
}

/// Standard base64 (RFC 4648 section 4) with padding; trailing bits must be zero.
pub(crate) fn base64_octets(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(|_| malformed("base64"))
}

/// The base64 form of one SHA-256 hash.
pub(crate) fn hash(text: &str) -> Result<Hash, Error> {
    const DIGITS: usize = 44;
    if text.len() != DIGITS {
        return Err(malformed("base64 of a SHA-256 hash"));
    }
    base64_octets(text)?.try_into().map_err(|_| malformed("base64 of a SHA-256 hash"))
}

pub(crate) fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

/// Notes have no control characters below U+0020 except newline.
pub(crate) fn is_note_text(text: &str) -> bool {
    text.bytes().all(|b| b >= b' ' || b == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_has_one_form() {
        for (text, value) in [("0", 0), ("7", 7), ("20852163", 20852163), ("18446744073709551615", u64::MAX)] {
            assert_eq!(decimal(text), Ok(value));
        }
        for text in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_000",
            "0x1",
            "١",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(decimal(text), Err(malformed("decimal number")), "{text}");
        }
    }

    #[test]
    fn base64_has_one_form() {
        let one = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        assert_eq!(base64(&hash(one).unwrap()), one);
        for wrong in [
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=",  // trailing bits
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I",   // no padding
            "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=",  // URL alphabet
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I= ", // blank
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA",  // 33 octets
        ] {
            assert!(hash(wrong).is_err(), "{wrong}");
        }
    }
}

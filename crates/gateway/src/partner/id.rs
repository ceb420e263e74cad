//! The names of partners: ours, and those in their documents.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Not one of the names of this module; the text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {wanted}")]
pub struct Malformed {
    wanted: &'static str,
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// The operator's word for a partner: 1 to 64 of `A-Z`, `a-z`, `0-9`, `-`, `_`, `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartnerId(String);

impl PartnerId {
    /// The written form, as in files and paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PartnerId {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if (1..=64).contains(&s.len()) && s.bytes().all(allowed) {
            Ok(Self(s.to_owned()))
        } else {
            Err(Malformed { wanted: "a partner's id (1 to 64 letters, digits, -, _ and .)" })
        }
    }
}
as_text!(PartnerId);

/// Who an interchange is from or for, as its header says it. Written `QUALIFIER:ID`, `ZZ:NORTHSHOP`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdiId {
    qualifier: String,
    id: String,
}

impl EdiId {
    /// ISA05 or ISA07, UNB 0007: at most four letters and digits.
    pub fn qualifier(&self) -> &str {
        &self.qualifier
    }

    /// ISA06 or ISA08, UNB 0004 or 0010, without the blanks that fill its place: at most 35 printable characters.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// From a header's elements; none if that is nobody's name.
    pub fn from_header(qualifier: &[u8], id: &[u8]) -> Option<Self> {
        let text = |octets: &[u8]| std::str::from_utf8(octets).map(str::to_owned);
        Self::new(text(qualifier).ok()?, text(id.trim_ascii_end()).ok()?).ok()
    }

    fn new(qualifier: String, id: String) -> Result<Self, Malformed> {
        let qualified = qualifier.len() <= 4 && qualifier.bytes().all(|b| b.is_ascii_alphanumeric());
        let printable = |b: u8| b == b' ' || b.is_ascii_graphic();
        let named = (1..=35).contains(&id.len()) && id.bytes().all(printable);
        if qualified && named {
            Ok(Self { qualifier, id })
        } else {
            Err(Malformed { wanted: "an EDI id (QUALIFIER:ID as in ISA05 and ISA06, for example ZZ:NORTHSHOP)" })
        }
    }
}

impl fmt::Display for EdiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.qualifier, self.id)
    }
}

impl FromStr for EdiId {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        let (qualifier, id) = s.split_once(':').unwrap_or(("", ""));
        Self::new(qualifier.to_owned(), id.to_owned())
    }
}
as_text!(EdiId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edi_ids_have_one_written_form() {
        for good in ["ZZ:NORTHSHOP", "01:001234567", "ZZ:A B", ":5412345000013", "ZZ:A:B"] {
            assert_eq!(good.parse::<EdiId>().expect(good).to_string(), good);
        }
        for bad in ["", "ZZ", "ZZ:", "Z-:A", "ABCDE:A", "ZZ:\u{7}", "ZZ:\u{e9}"] {
            assert!(bad.parse::<EdiId>().is_err(), "{bad:?}");
        }
        let padded = EdiId::from_header(b"ZZ", b"NORTHSHOP      ").expect("an id in its place");
        assert_eq!(padded, "ZZ:NORTHSHOP".parse().expect("the same"));
        assert_eq!(EdiId::from_header(b"ZZ", b"               "), None);
    }

    #[test]
    fn partner_ids_are_plain_words() {
        assert_eq!("north-shop_2.ca".parse::<PartnerId>().expect("good").as_str(), "north-shop_2.ca");
        for bad in ["", "a b", "a/b", "\u{e9}", &"x".repeat(65)] {
            assert!(bad.parse::<PartnerId>().is_err(), "{bad:?}");
        }
    }
}

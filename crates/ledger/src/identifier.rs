//! Names, digests and times as they stand in entries: each a type of its own, each with one
//! written form. Parsing refuses every other form, so that equal things have equal bytes.

mod time;

pub use time::{Civil, Month, Time};

use crate::canonical::form::{Form, InForm};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use std::{fmt, marker::PhantomData, str::FromStr};

/// A written form that does not name a thing of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {wanted}")]
pub struct Malformed {
    /// What was wanted, for people.
    pub wanted: &'static str,
}

/// Reads, writes and debugs a type in its one written form, which `Display` and `FromStr` have; `$write` writes it.
macro_rules! written {
    ($name:ident) => {
        $crate::identifier::written!($name, |this, serializer| serializer.collect_str(this));
    };
    ($name:ident, |$this:ident, $serializer:ident| $write:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                let $this = self;
                $write
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_str($crate::identifier::Parse(std::marker::PhantomData))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
pub(crate) use written;

/// Reads a written form where it stands, without a copy of it.
pub(crate) struct Parse<T>(pub(crate) PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parse<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, written: &str) -> Result<T, E> {
        written.parse().map_err(E::custom)
    }
}

/// A type of so many octets whose written form is lower-case hexadecimal digits.
macro_rules! octets {
    ($(#[$doc:meta])* $name:ident, $length:literal, $wanted:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);
        impl $name {
            fn with_digits<T>(&self, show: impl FnOnce(&str) -> T) -> T {
                let mut digits = [0; 2 * $length];
                hex::encode_to_slice(self.0, &mut digits).expect("two digits for each octet");
                show(std::str::from_utf8(&digits).expect("digits are ASCII"))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.with_digits(|digits| f.write_str(digits))
            }
        }
        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(s: &str) -> Result<Self, Malformed> {
                $crate::identifier::from_digits(s.as_bytes()).map(Self).ok_or(Malformed { wanted: $wanted })
            }
        }
        impl $crate::canonical::form::InForm for $name {
            fn in_form(form: &mut $crate::canonical::form::Form<'_>) -> Option<Self> {
                $crate::identifier::from_digits(form.quoted(2 * $length)?).map(Self)
            }
        }
        $crate::identifier::written!($name, |this, serializer| this.with_digits(|digits| serializer.serialize_str(digits)));
    };
}
pub(crate) use octets;

/// What a hexadecimal digit of lower case says; of any other octet, more than a digit can.
const DIGITS: [u8; 256] = {
    let (mut digits, mut digit) = ([u8::MAX; 256], 0);
    while digit < 16 {
        digits[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

/// The octets that lower-case hexadecimal digits stand for, if there are two for each.
pub(crate) fn from_digits<const N: usize>(written: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = written.as_chunks::<2>() else { return None };
    let (mut octets, mut all) = ([0; N], 0);
    for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
        let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
        *octet = (high << 4) | (low & 15);
        all |= high | low;
    }
    (pairs.len() == N && all < 16).then_some(octets)
}

octets!(
    /// A SHA-256 digest; written as 64 lower-case hexadecimal digits.
    Hash, 32, "SHA-256 digest (64 hexadecimal digits)"
);
octets!(
    /// A batch's random name, 16 octets; written as 32 lower-case hexadecimal digits.
    BatchId, 16, "batch id (32 hexadecimal digits)"
);
octets!(
    /// One start of a worker's process, 16 random octets: a restored directory cannot repeat it.
    InstanceId, 16, "instance id (32 hexadecimal digits)"
);
octets!(
    /// One boot of a worker's machine, 16 octets: made from the system's own name for it.
    BootId, 16, "boot id (32 hexadecimal digits)"
);
octets!(
    /// One document as received, 16 random octets.
    InterchangeId, 16, "interchange id (32 hexadecimal digits)"
);
octets!(
    /// One message of a document that announces parcels, or takes them back, 16 random octets.
    ManifestId, 16, "manifest id (32 hexadecimal digits)"
);
octets!(
    /// A delivery's random name, 16 octets: the same for every attempt of it.
    DeliveryId, 16, "delivery id (32 hexadecimal digits)"
);

/// A word of few octets, which are where it is: a ledger has some for each of its entries.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $longest:literal, $allowed:expr, $wanted:literal) => {
        $(#[$doc])*
        // No word has a zero octet: filled up with them, words keep their order.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $longest]);
        impl $name {
            /// The written form, as it stands in entries.
            pub fn as_str(&self) -> &str {
                let length = self.0.iter().position(|octet| *octet == 0).unwrap_or($longest);
                std::str::from_utf8(&self.0[..length]).expect("words are ASCII")
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(s: &str) -> Result<Self, Malformed> {
                let allowed: fn(u8) -> bool = $allowed;
                if s.is_empty() || s.len() > $longest || !s.bytes().all(allowed) {
                    return Err(Malformed { wanted: $wanted });
                }
                let mut octets = [0; $longest];
                octets[..s.len()].copy_from_slice(s.as_bytes());
                Ok(Self(octets))
            }
        }
        impl InForm for $name {
            fn in_form(form: &mut Form<'_>) -> Option<Self> {
                form.parsed()
            }
        }
        written!($name, |this, serializer| serializer.serialize_str(this.as_str()));
    };
}

word!(
    /// A gateway worker, as the operator calls it: `gw-1`.
    WorkerId, 32, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-',
    "worker id (1 to 32 of a-z, 0-9, -)"
);
word!(
    /// A person or service that may ask to open: `support-7`. Never a person's name.
    PrincipalId, 32, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-',
    "principal id (1 to 32 of a-z, 0-9, -)"
);
word!(
    /// Somebody who holds the second layer of keys: `audit-1`.
    CoHolderId, 32, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-',
    "co-holder id (1 to 32 of a-z, 0-9, -)"
);
word!(
    /// A partner's random pseudonym: `S-3f9c01d27ab4` or `C-…`; the gateway alone knows whose it is.
    Pseudonym, 32, |b| b.is_ascii_alphanumeric() || b == b'-',
    "pseudonym (1 to 32 of A-Z, a-z, 0-9, -)"
);
word!(
    /// An agreement's random pseudonym: `A-…`.
    AgreementId, 32, |b| b.is_ascii_alphanumeric() || b == b'-',
    "agreement id (1 to 32 of A-Z, a-z, 0-9, -)"
);
word!(
    /// A retention group of an agreement, named by its days: `d90`.
    GroupId, 16, |b| b.is_ascii_lowercase() || b.is_ascii_digit(),
    "retention group (1 to 16 of a-z, 0-9)"
);
word!(
    /// An organisation, or a host that keys are placed on, as a person reads it in a report: printable ASCII.
    PlaceName, 64, |b| b.is_ascii_graphic() || b == b' ',
    "name of an organisation or host (1 to 64 printable characters of ASCII)"
);

impl PlaceName {
    /// As names are compared: who writes one in another letter case, or with blanks at its ends, names the same place.
    pub fn folded(&self) -> String {
        self.as_str().trim().to_ascii_lowercase()
    }
}

word!(
    /// The ticket that explains an opening: `[A-Z0-9-]{1,32}`, so that no name fits by habit.
    Ticket, 32, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-',
    "ticket (1 to 32 of A-Z, 0-9, -)"
);

/// The unit of retention: agreement x month x retention group, under one generation of the warden. Written
/// `A-3f9c/2026-11/d90`, and from the second generation on `A-3f9c/2026-11/d90/2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodId {
    /// The agreement under which its batches came.
    pub agreement: AgreementId,
    /// The month in which its batches were received.
    pub month: Month,
    /// Which classes, kept how long.
    pub group: GroupId,
    /// Which generation of the warden made its key, from 1: a new one makes new keys for the months under way, too.
    pub generation: u32,
}

impl fmt::Display for PeriodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.agreement, self.month, self.group)?;
        if self.generation > 1 { write!(f, "/{}", self.generation) } else { Ok(()) }
    }
}

impl FromStr for PeriodId {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        const WRONG: Malformed = Malformed { wanted: "period (AGREEMENT/YYYY-MM/GROUP, and /GENERATION above 1)" };
        let mut parts = s.splitn(4, '/');
        let mut part = || parts.next().ok_or(WRONG);
        let (agreement, month, group) = (part()?.parse()?, part()?.parse()?, part()?.parse()?);
        let generation = match parts.next() {
            None => 1,
            Some(written) => generation(written).ok_or(WRONG)?,
        };
        Ok(Self { agreement, month, group, generation })
    }
}
written!(PeriodId);

impl InForm for PeriodId {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.parsed()
    }
}

/// Above 1, in its one written form.
fn generation(written: &str) -> Option<u32> {
    let number: u32 = written.parse().ok().filter(|number| *number > 1)?;
    (written == number.to_string()).then_some(number)
}

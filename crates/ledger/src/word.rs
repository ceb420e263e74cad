//! Closed lists that more than one crate says: once, with one written form each.

use crate::{
    canonical::form::{Form, InForm},
    identifier::Malformed,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What kind of data a field is: what an agreement accepts, a batch seals and a report counts. The numbers, from 0 in the
/// order of declaration, are part of the sealed format; lists name classes in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum FieldClass {
    /// Service, weight, size, dates, province, country, status: the one class kept clear.
    Operational,
    /// Tracking numbers, SSCCs, order and customer references.
    Linkable,
    /// Names of persons and companies, street, city, postal code; the sender's too.
    Address,
    /// Phone, e-mail, the contact's name.
    Contact,
    /// Free text, which may hold anything.
    Remarks,
    /// Declared value, COD, charges, currency, account numbers, whoever is billed.
    Financial,
}

impl FieldClass {
    /// All of them, by number.
    pub const ALL: [Self; 6] =
        [Self::Operational, Self::Linkable, Self::Address, Self::Contact, Self::Remarks, Self::Financial];

    /// All classes that are sealed: every one but `operational`.
    pub const SEALED: [Self; 5] = [Self::Linkable, Self::Address, Self::Contact, Self::Remarks, Self::Financial];

    /// Its number in the sealed batch: 0 is `operational`, then in the order of declaration.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl FromStr for FieldClass {
    type Err = Malformed;
    fn from_str(s: &str) -> Result<Self, Malformed> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == s)
            .ok_or(Malformed { wanted: "field class (operational, linkable, address, contact, remarks, financial)" })
    }
}

/// Where a recipient lives, as far as aggregates tell. The numbers, from 0 in the order of declaration, stand in the
/// clear column of a sealed batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
#[allow(missing_docs)] // Canada Post's two-letter codes
pub enum Province {
    AB,
    BC,
    MB,
    NB,
    NL,
    NS,
    NT,
    NU,
    ON,
    PE,
    QC,
    SK,
    YT,
    /// Outside Canada, wherever that is.
    Abroad,
    /// Not known; counted towards Quebec's maximum too.
    Unknown,
}

impl Province {
    /// All of them, by number.
    #[rustfmt::skip]
    pub const ALL: [Self; 15] = [
        Self::AB, Self::BC, Self::MB, Self::NB, Self::NL, Self::NS, Self::NT, Self::NU,
        Self::ON, Self::PE, Self::QC, Self::SK, Self::YT, Self::Abroad, Self::Unknown,
    ];

    /// Its number in the clear column.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// What a token of the index stands for; the number is part of what is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TokenKind {
    /// A tracking number or SSCC.
    Tracking = 1,
    /// An order or customer reference.
    Order = 2,
    /// A manifest's number, for corrections and duplicates.
    Manifest = 3,
    /// The SHA-256 digest of an interchange's octets: duplicates are found by keyed digest alone.
    Interchange = 4,
    /// The names of an AS2 message's two sides and its Message-ID: the same message is answered once.
    Message = 5,
}

impl TokenKind {
    /// The octet that is hashed.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// How a body came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the words say all
pub enum Channel {
    Https,
    As2,
    Sftp,
}

impl Channel {
    /// Every channel, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Https, Self::As2, Self::Sftp];
}

/// What became of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the words say all; `edi::verdict` decides
pub enum Verdict {
    Accepted,
    AcceptedWithErrors,
    AcceptedInPart,
    Refused,
    Duplicate,
    NotEdi,
    Broken,
}

impl Verdict {
    /// Every verdict, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::AcceptedWithErrors,
        Self::AcceptedInPart,
        Self::Refused,
        Self::Duplicate,
        Self::NotEdi,
        Self::Broken,
    ];

    /// Whether anything of it was taken: a second body with its numbers is then a duplicate.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedWithErrors | Self::AcceptedInPart)
    }
}

/// What a message is (ST01; UNH 0065), where it is one that can be checked. The words are in the order of their octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the words are the standards' own
pub enum MessageKind {
    X214,
    X215,
    X856,
    X997,
    X999,
    Contrl,
    Iftmin,
    Iftsta,
    /// Any other: its name may be anything, where separators are broken.
    Other,
}

impl MessageKind {
    /// All of them, in the order of declaration.
    #[rustfmt::skip]
    pub const ALL: [Self; 9] = [
        Self::X214, Self::X215, Self::X856, Self::X997, Self::X999, Self::Contrl, Self::Iftmin, Self::Iftsta, Self::Other,
    ];

    /// What a document says that it is; [`Self::Other`] for what is in no list.
    pub fn of(named: &[u8]) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str().as_bytes() == named).unwrap_or(Self::Other)
    }
}

/// What a manifest does to an earlier one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestPurpose {
    /// Announces; there is no earlier one.
    Original,
    /// Announces in place of an earlier one.
    Replace,
    /// Alters an earlier one.
    Change,
    /// Takes an earlier one back.
    Cancel,
}

/// What has become of a manifest since. A superseded one still counts in an exposure until it is shredded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestState {
    /// The last word under its number.
    Current,
    /// Another came in its place.
    Replaced,
    /// It was taken back.
    Cancelled,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// To be sent, for the first time or after a failure.
    Waiting,
    /// Taken by the carrier, not acknowledged yet; sent again when its time comes.
    Sent,
    /// The carrier has it.
    Acknowledged,
    /// An operator stopped it.
    Held,
    /// Acknowledged, and its octets are gone.
    Expired,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The carrier took it.
    Sent,
    /// The carrier did not, as far as is known.
    Failed,
}

impl ManifestPurpose {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 4] = [Self::Original, Self::Replace, Self::Change, Self::Cancel];
}

impl InForm for FieldClass {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.one_of(&Self::ALL, Self::as_str)
    }
}

impl InForm for Province {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.one_of(&Self::ALL, Self::as_str)
    }
}

impl InForm for Channel {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.one_of(&Self::ALL, Self::as_str)
    }
}

impl InForm for Verdict {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.one_of(&Self::ALL, Self::as_str)
    }
}

macro_rules! words {
    ($($name:ident { $($variant:ident => $word:literal),+ $(,)? })+) => {$(
        impl $name {
            /// The word for it, wherever people or programs read it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

words! {
    FieldClass {
        Operational => "operational", Linkable => "linkable", Address => "address", Contact => "contact",
        Remarks => "remarks", Financial => "financial",
    }
    Province {
        AB => "AB", BC => "BC", MB => "MB", NB => "NB", NL => "NL", NS => "NS", NT => "NT", NU => "NU", ON => "ON",
        PE => "PE", QC => "QC", SK => "SK", YT => "YT", Abroad => "ABROAD", Unknown => "UNKNOWN",
    }
    TokenKind { Tracking => "tracking", Order => "order", Manifest => "manifest", Interchange => "interchange", Message => "message" }
    Channel { Https => "https", As2 => "as2", Sftp => "sftp" }
    Verdict {
        Accepted => "accepted", AcceptedWithErrors => "accepted-with-errors", AcceptedInPart => "accepted-in-part",
        Refused => "refused", Duplicate => "duplicate", NotEdi => "not-edi", Broken => "broken",
    }
    MessageKind {
        X214 => "214", X215 => "215", X856 => "856", X997 => "997", X999 => "999", Contrl => "CONTRL", Iftmin => "IFTMIN",
        Iftsta => "IFTSTA", Other => "other",
    }
    ManifestPurpose { Original => "original", Replace => "replace", Change => "change", Cancel => "cancel" }
    ManifestState { Current => "current", Replaced => "replaced", Cancelled => "cancelled" }
    DeliveryState {
        Waiting => "waiting", Sent => "sent", Acknowledged => "acknowledged", Held => "held", Expired => "expired",
    }
    Outcome { Sent => "sent", Failed => "failed" }
}

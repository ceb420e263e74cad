//! What our own forms, [`crate::json`] and [`crate::csv`], have in common: their keys, the checks on values, what can
//! be wrong, and the limits.
//!
//! Both are strict: a document with any finding is refused as a whole. A finding has a closed code and a place, never
//! a value; names of keys and columns are shown only if they are ours.

pub(crate) mod draft;
pub(crate) mod exact;
pub(crate) mod key;
pub(crate) mod place;
pub(crate) mod sink;
pub(crate) mod value;

use std::fmt;

/// What a reader takes at most. Checked before memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a document; never more than 4 GiB, whatever is said here.
    pub octets: usize,
    /// Parcels (JSON), rows (CSV).
    pub parcels: usize,
    /// Values of all records together: forty octets of memory each, besides the document itself.
    pub values: usize,
    /// Objects and lists within each other (JSON); the form itself needs nine.
    pub depth: u16,
    /// Findings that are kept; at least one.
    pub findings: usize,
}

impl Default for Limits {
    /// 64 MiB, 250,000 parcels, four million values, a depth of 16, 100 findings.
    fn default() -> Self {
        Self { octets: 64 << 20, parcels: 250_000, values: 4_000_000, depth: 16, findings: 100 }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal $rule:literal;)*) => {
        /// What was found. The text form, as by `Display`, is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $rule, ".")] $variant,)*
        }

        impl Code {
            /// All codes, in the order of this list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as it is shown and as guides name it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The rule that was broken, in words.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }
        }
    };
}

codes! {
    // The document
    TooLarge "TOO_LARGE" "a document is no larger than the limit";
    TooManyParcels "TOO_MANY_PARCELS" "a document has no more parcels than the limit";
    TooManyValues "TOO_MANY_VALUES" "a document has no more values than the limit";
    NotUtf8 "NOT_UTF8" "a document is UTF-8";
    FindingsLimit "FINDINGS_LIMIT" "there are more findings than were kept";

    // JSON
    NotJson "NOT_JSON" "a document is one JSON value (RFC 8259) and nothing after it";
    TooDeep "TOO_DEEP" "objects and lists are no deeper within each other than the limit";
    WrongType "WRONG_TYPE" "a value has the type that its key asks for";
    UnknownVersion "UNKNOWN_VERSION" "the key bulla says manifest/1";
    UnknownKey "UNKNOWN_KEY" "an object has only the keys of its place";
    DuplicateKey "DUPLICATE_KEY" "an object has a key once";
    KeyMissing "KEY_MISSING" "a key that must be there is there";
    Exclusive "EXCLUSIVE" "of keys or columns that exclude each other there is one";

    // CSV
    NoHeader "NO_HEADER" "the first row names the columns";
    UnknownColumn "UNKNOWN_COLUMN" "a column is one of ours, or the partner's guide names it";
    DuplicateColumn "DUPLICATE_COLUMN" "a column is there once";
    ColumnMissing "COLUMN_MISSING" "a column that must be there is there";
    CellCount "CELL_COUNT" "a row has as many cells as the first";
    Quoting "QUOTING" "a quoted cell ends with a quotation mark before the separator; inside, quotation marks are doubled";
    ManifestDiffers "MANIFEST_DIFFERS" "what is said of the manifest is the same in each row, or only in the first";

    // Values
    Empty "EMPTY" "a value has at least one character that is no blank";
    TooLong "TOO_LONG" "a value is no longer than its maximum";
    ControlCharacter "CONTROL_CHARACTER" "text holds no control characters";
    CardNumber "CARD_NUMBER" "no text holds a payment card number";
    InvalidCode "INVALID_CODE" "a code is one of those in use, or of their form";
    InvalidQualifier "INVALID_QUALIFIER" "a qualifier is one that its value may have";
    InvalidDate "INVALID_DATE" "a date is YYYY-MM-DD and exists, from 1900 to 2999";
    InvalidNumber "INVALID_NUMBER" "a number is digits, with a point before decimals; no exponent, no separators";
    Inexact "INEXACT" "a number has no more decimals than are kept: kilograms three, centimetres one, amounts two";
    OutOfRange "OUT_OF_RANGE" "a number lies within its bounds";
    InvalidProvince "INVALID_PROVINCE" "a province of Canada is one of the thirteen, elsewhere it is one to three letters or digits";
    InvalidPostalCode "INVALID_POSTAL_CODE" "a postal code of Canada has its form";
    InvalidCountry "INVALID_COUNTRY" "a country is two letters of ISO 3166-1";
    InvalidOctets "INVALID_OCTETS" "octets are written hexadecimal, two digits each, and only where they are no UTF-8";
    Contradiction "CONTRADICTION" "what is said twice is the same both times";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing found in a document. It holds a place and a closed code, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was wrong, as a closed code.
    pub code: Code,
    /// How many octets stand before it.
    pub offset: u64,
    /// Its line, from 1; a line ends with a line feed.
    pub line: u32,
    /// Octets from the line's beginning, from 1.
    pub column: u32,
    /// JSON: a pointer (RFC 6901), such as `/parcels/3/recipient/name`; for a key that is not ours, its object's.
    /// CSV: `row 4, column recipient_name`; row 1 is the header; a column that is not ours is told by its number.
    pub place: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.code, self.line, self.column)?;
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}", self.code.rule())
    }
}

/// Collects findings up to a limit.
pub(crate) struct Findings {
    list: Vec<Finding>,
    limit: usize,
    /// Those that were not kept, too.
    pub count: usize,
}

impl Findings {
    pub fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit: limit.max(1), count: 0 }
    }

    /// `place` is asked for only if the finding is kept.
    pub fn push(&mut self, code: Code, offset: usize, place: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(1);
        if self.count > self.limit {
            return;
        }
        self.list.push(Finding { code, offset: offset as u64, line: 0, column: 0, place: place() });
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// In the order of their places, with lines and columns numbered.
    pub fn finish(mut self, bytes: &[u8]) -> Vec<Finding> {
        self.list.sort_by_key(|f| f.offset);
        let (mut line, mut begins, mut at) = (1u32, 0usize, 0usize);
        for finding in &mut self.list {
            let offset = usize::try_from(finding.offset).unwrap_or(usize::MAX).min(bytes.len());
            while let Some(end) = bytes[at..offset].iter().position(|b| *b == b'\n') {
                at += end + 1;
                (line, begins) = (line.saturating_add(1), at);
            }
            at = offset;
            finding.line = line;
            finding.column = u32::try_from(offset - begins).unwrap_or(u32::MAX).saturating_add(1);
        }
        if self.count > self.limit {
            self.list.push(Finding { code: Code::FindingsLimit, offset: 0, line: 1, column: 1, place: String::new() });
        }
        self.list
    }
}

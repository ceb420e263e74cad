//! Canonical JSON (RFC 8785), for the values that the ledger knows: objects, arrays, strings,
//! booleans, null and integers up to 2^53. Numbers with a fraction do not occur.
//!
//! Keys are ASCII, so that the order of their bytes is the order of their UTF-16 code units, which
//! the RFC asks for.

pub(crate) mod form;
mod sorted;

use form::{Form, InForm};
use serde::{Serialize, de::DeserializeOwned};

/// Why bytes were not accepted as the canonical form of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Not JSON, or not of the expected shape; `line` and `column` as serde_json counts them.
    #[error("not a valid value at line {line}, column {column}")]
    Shape {
        /// The line, counted from 1.
        line: usize,
        /// Column, as serde_json counts it.
        column: usize,
    },
    /// The same value has another canonical form: white space, key order, number or escape form.
    #[error("the bytes differ from the value's canonical form")]
    Form,
}

/// The canonical bytes of `value`.
///
/// # Panics
/// Never for the types of this crate: their keys are strings and their numbers are integers.
pub fn bytes(value: &impl Serialize) -> Vec<u8> {
    sorted::write(value, 0).expect("string keys and integers only")
}

/// Reads a value from its canonical bytes; any other form of it is refused.
pub fn read<T: Serialize + DeserializeOwned>(input: &[u8]) -> Result<T, NotCanonical> {
    let value: T =
        serde_json::from_slice(input).map_err(|e| NotCanonical::Shape { line: e.line(), column: e.column() })?;
    let written = sorted::write(&value, input.len()).expect("string keys and integers only");
    if written == input { Ok(value) } else { Err(NotCanonical::Form) }
}

/// As [`read`], of what nearly always is as it is expected: in one walk. What that does not take, `read` judges.
pub(crate) fn read_expected<T: InForm + Serialize + DeserializeOwned>(input: &[u8]) -> Result<T, NotCanonical> {
    Form::whole(input).map_or_else(|| read(input), Ok)
}

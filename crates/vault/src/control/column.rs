//! Between columns and types.

use super::{Row, value::WRONG};
use crate::Error;
use ledger::Time;
use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;

/// A number for a column. SQL's integers are signed; counts beyond 2^63 do not occur.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The word of a closed list.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => unreachable!("closed lists without data are written as words"),
    }
}

/// A count: SQL has signed numbers only, so a negative one is damage.
pub(crate) fn count(row: &Row<'_>, index: usize) -> Result<u64, Error> {
    row.get::<i64>(index)?.try_into().map_err(|_| WRONG)
}

/// A moment, stored as milliseconds since 1970.
pub(crate) fn time(row: &Row<'_>, index: usize) -> Result<Time, Error> {
    row.get(index).map(Time::from_milliseconds)
}

/// A moment or null.
pub(crate) fn optional_time(row: &Row<'_>, index: usize) -> Result<Option<Time>, Error> {
    Ok(row.get::<Option<i64>>(index)?.map(Time::from_milliseconds))
}

/// What has a written form.
pub(crate) fn parsed<T: FromStr>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    // The parser's own words are left out: they could quote.
    row.get::<String>(index)?.parse().map_err(|_| WRONG)
}

/// What has a written form, or null.
pub(crate) fn optional_parsed<T: FromStr>(row: &Row<'_>, index: usize) -> Result<Option<T>, Error> {
    row.get::<Option<String>>(index)?.map(|text| text.parse().map_err(|_| WRONG)).transpose()
}

/// The inverse of [`word`].
pub(crate) fn from_word<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(row.get(index)?)).map_err(|_| WRONG)
}

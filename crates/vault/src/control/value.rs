//! What stands in a column, and in a statement for `?1`, `?2` …: numbers, text and octets, the same in both databases.

use crate::Error;

/// One value, lent. Not shown: the driver asks for a `Debug`, and gets none of it.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    Octets(&'a [u8]),
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value")
    }
}

/// What may stand for a `?`.
pub(crate) trait Param {
    fn value(&self) -> Value<'_>;
}

/// The values of a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$(&$value as &dyn $crate::control::Param),*] as &[&dyn $crate::control::Param] };
}
pub(crate) use params;

impl Param for i64 {
    fn value(&self) -> Value<'_> {
        Value::Number(*self)
    }
}

impl Param for u32 {
    fn value(&self) -> Value<'_> {
        Value::Number(i64::from(*self))
    }
}

impl Param for bool {
    fn value(&self) -> Value<'_> {
        Value::Number(i64::from(*self))
    }
}

impl Param for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Octets(self)
    }
}

impl<const N: usize> Param for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Octets(self)
    }
}

impl Param for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Octets(self)
    }
}

impl<T: Param + ?Sized> Param for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Param + ?Sized> Param for Box<T> {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Param> Param for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Param::value)
    }
}

/// What is read from a column.
pub(crate) trait Column: Sized {
    /// None where the column holds something else.
    fn of(value: Value<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Number(number) = value { Some(number) } else { None }
    }
}

impl Column for u32 {
    fn of(value: Value<'_>) -> Option<Self> {
        i64::of(value)?.try_into().ok()
    }
}

impl Column for bool {
    fn of(value: Value<'_>) -> Option<Self> {
        i64::of(value).map(|number| number != 0)
    }
}

impl Column for String {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl Column for Vec<u8> {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Octets(octets) = value { Some(octets.to_vec()) } else { None }
    }
}

impl<const N: usize> Column for [u8; N] {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Octets(octets) = value { octets.try_into().ok() } else { None }
    }
}

impl<T: Column> Column for Option<T> {
    fn of(value: Value<'_>) -> Option<Self> {
        if let Value::Null = value { Some(None) } else { T::of(value).map(Some) }
    }
}

/// What is not of its column's kind. The value itself is left out.
pub(crate) const WRONG: Error = Error::Damaged { what: "a row of the control database" };

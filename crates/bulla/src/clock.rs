//! The one place where this program asks what time it is.

use ledger::Time;

/// Now, to the millisecond.
pub fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

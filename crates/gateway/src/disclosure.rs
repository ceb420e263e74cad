//! The second journey: ask -> log -> open. The gateway finds and carries; only the warden opens.
pub mod count;
pub mod find;
pub(crate) mod index;
pub mod open;
pub mod record;

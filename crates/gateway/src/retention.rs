//! Forgetting: the keys that a gateway has of the warden, and the runs that destroy what has ended.
pub(crate) mod forget;
pub mod kept;
mod keygate;
mod keys;
pub mod run;

pub use keygate::{Closed, KeyGate, Lease};
pub use keys::Keys;

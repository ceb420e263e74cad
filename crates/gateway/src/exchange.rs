//! The first journey: receive -> read -> judge -> acknowledge -> store, which seals, and later anchor and deliver.
pub(crate) mod acknowledge;
pub(crate) mod anchor;
mod body;
pub mod check;
pub(crate) mod credit;
pub mod deliver;
pub mod desk;
pub(crate) mod enter;
pub mod findings;
mod guided;
mod instance;
pub(crate) mod judge;
mod judged;
pub mod list;
pub(crate) mod over;
pub(crate) mod read;
pub mod receive;
pub(crate) mod seal;
mod seat;
pub(crate) mod store;
pub mod vault_copy;

pub use body::Body;
pub(crate) use instance::Instance;
pub use instance::Ticket;

//! The first journey: receive -> read -> acknowledge -> seal -> store -> deliver.
pub mod acknowledge;
pub mod anchor;
pub mod deliver;
pub mod read;
pub mod receive;
pub mod seal;
pub mod store;

//! The canonical manifest, and the ways to and from it.
//!
//! In scope: what a manifest announces ([`Manifest`], [`Record`], [`Field`]), which class each field is of ([`Class`]),
//! mapping from X12 856 and 215, writing an X12 856 of it, and the compact bytes of a record by class.
//! Out of scope: sealing, files, partners.
//!
//! Values borrow from the received bytes where they can. No type here shows a value by `Debug` or `Display`.
pub mod class;
pub mod guide;
pub mod mapping;
pub mod parcel;
pub mod record;
pub mod write;

pub use class::Class;
pub use parcel::{Manifest, Operational, Purpose, Record};
pub use record::{Field, Personal, Role, Tag};

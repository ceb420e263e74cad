//! The canonical manifest, and the ways to and from it.
//!
//! **In scope**: what a manifest announces ([`Manifest`], [`Record`], [`Field`]), which class each field is of
//! ([`Class`]), mapping from X12 856 and 215 ([`mapping`]), writing an X12 856 of it ([`mod@write`]), our own forms for
//! shippers without EDI ([`json`], [`csv`]), what a partner's guide says ([`guide`]), the compact octets of a record by
//! class ([`record`]) and of its clear part ([`Operational::to_bytes`]). **Out of scope**: checking documents (`edi`),
//! sealing, files, partners; other messages. `docs/messages.md` says where each message and form has what.
//!
//! Values borrow from the received octets where they can. No type here shows a value by `Debug` or `Display`; owned
//! values are overwritten when dropped.
//!
//! ```
//! let bytes = b"ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
//! GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~ST*856*0001~BSN*00*M-1*20260105*0930~\
//! HL*1**S~DTM*011*20260105~N1*SF*MADE UP SHOP~\
//! HL*2*1*O~PRF*ORDER-9~N1*ST*ADA EXAMPLE~N3*1 ELM ST~N4*LAVAL*QC*H7A 0A1*CA~\
//! HL*3*2*P~TD1******G*1.5*KG~MAN*CP*9999000000000001~CTT*3~SE*14*0001~GE*1*7~IEA*1*000000007~";
//! use manifest::{Class, Kind, Province};
//! let (interchange, _) = edi::read(bytes, &edi::Limits::default());
//! let set = &interchange.groups[0].sets[0];
//! let manifest = manifest::mapping::read(&interchange, set, &Class::ALL).unwrap();
//! assert_eq!(manifest.number.expose(), b"M-1");
//! let parcel = &manifest.parcels[0];
//! assert_eq!((parcel.operational.weight_grams, parcel.operational.province), (Some(1500), Province::QC));
//! assert_eq!(format!("{:?}", parcel.fields.get(0).unwrap().value), "…");
//! assert_eq!(manifest.search_values(1)[1], (Kind::Tracking, b"9999000000000001".to_vec().into()));
//! ```
pub mod csv;
mod entry;
mod fields;
pub mod form;
pub mod guide;
pub mod json;
pub mod mapping;
pub mod operational;
pub mod parcel;
mod personal;
pub mod record;
pub mod write;

pub use fields::Fields;
/// The list is the ledger's: what is read here by class is sealed and counted by the same.
pub use ledger::FieldClass as Class;
pub use ledger::{
    Province,
    word::{ManifestPurpose as Purpose, TokenKind as Kind},
};
pub use operational::{Code, Operational};
pub use parcel::{Manifest, Record, Source};
pub use record::{Field, Personal, Qualifier, Role, Tag};

//! Our own JSON, for shippers without EDI: one document, one manifest.
//!
//! ```
//! let document = br#"{
//!   "bulla": "manifest/1", "manifest_number": "M-1", "purpose": "original", "ship_date": "2026-01-05",
//!   "sender": {"name": "MADE UP SHOP", "city": "BRAMPTON", "province": "ON", "country": "CA"},
//!   "parcels": [{
//!     "tracking": "9999000000000001", "order": "ORDER-9", "reference": {"qualifier": "CR", "value": "C-77"},
//!     "service": "G2", "weight_kg": 1.5, "length_cm": "30.5", "declared_value": "129.90", "currency": "CAD",
//!     "recipient": {
//!       "name": "ADA EXAMPLE", "street": ["1 ELM ST", "APT 4"], "city": "LAVAL", "province": "QC",
//!       "postal_code": "H7A 0A1", "country": "CA", "contact": {"phone": "555-0100", "email": "ada@example.invalid"}
//!     }
//!   }]
//! }"#;
//! use manifest::{Class, Province, form::Limits, json};
//! let manifest = json::read(document, &Limits::default(), &Class::ALL).unwrap();
//! let parcel = &manifest.parcels[0];
//! assert_eq!((parcel.operational.weight_grams, parcel.operational.province), (Some(1500), Province::QC));
//! assert_eq!(parcel.operational.ship_date, Some(20260105), "the manifest's, where the parcel says none");
//! let again = json::write(&manifest);
//! assert_eq!(json::read(&again, &Limits::default(), &Class::ALL).unwrap(), manifest);
//!
//! let wrong = br#"{"bulla": "manifest/1", "manifest_number": "M-1", "parcels": [{"weight_kg": 1.0005}]}"#;
//! let findings = json::read(wrong, &Limits::default(), &Class::ALL).unwrap_err();
//! assert_eq!((findings[0].code.as_str(), findings[0].place.as_str()), ("INEXACT", "/parcels/0/weight_kg"));
//! ```
//!
//! # The document
//!
//! `bulla` (always `manifest/1`), `manifest_number` and `parcels` (a list, perhaps empty) must be there; all else may
//! be left out. `purpose` is `original` (also where it is left out), `replace`, `change` or `cancel`. A key that is not
//! one of these is refused, a key that is there twice, too, and so are `null`, empty text and empty lists.
//!
//! **The manifest and each parcel** have: `service`, `carrier` (one to four of A-Z, 0-9; the carrier's SCAC),
//! `ship_date` (`2026-01-05`): a parcel that does not say them has the manifest's, one that says `null` has none;
//! `weight_kg`, `length_cm`, `width_cm`, `height_cm`, `pieces`; `sender`, `recipient`, and in `parties` whoever else
//! there is; `contact`; `tracking`, `sscc`, `order`, `reference`, `account`; `remark`, `routing`; `declared_value`,
//! `cod` (to be collected), `charge`, `currency`. Where no address says it, `destination_province` (thirteen
//! provinces, `abroad`, `unknown`) and `destination_country` may; they must not contradict one.
//!
//! **A party** has `name`, `name_more`, `street` (a list: each second line continues the one before), `city`,
//! `province`, `postal_code`, `country` (two letters; `CA` asks for one of the thirteen provinces and for the form of
//! Canada's postal codes), `number`, `location`, `contact`, `tracking`, `order`, `reference`, `account`; in `parties`
//! also `role`: `sender`, `recipient`, `bill_to`, `shipper`, `consignee`, `buyer`, `supplier`, `seller`, `vendor`,
//! `ordered_by`, `carrier`, `other`. `party` numbers the parties of a record otherwise than sender, recipient, the others.
//! **A contact** has `name`, `phone`, `email`, `other`. Where the manifest has a recipient (a consignee), each parcel must
//! name its own.
//!
//! **Numbers** are JSON numbers or text, digits with a point; they are read exactly and never as floats: kilograms to the
//! gram, centimetres to the millimetre, amounts (negative ones too) to the hundredth. More decimals are refused.
//!
//! **A value** is text without control characters and card numbers, as long as X12 has it. Instead of the text there
//! may be an object with `qualifier` (X12's code; otherwise `CP` for tracking, `GM` for SSCC, `PO` for further orders,
//! `ZZ` for references, numbers, locations, charges and currencies, `12` for accounts, `IC`, `TE` and `EM` in
//! contacts) and one of `value`, `as_written` (not of our form, as other messages have it: `CANADA`), `octets` (no
//! UTF-8, hexadecimal). A street's line may say its `part`: `street`, `street_more`. Where there can be several values,
//! there is one of them or a list; a party has one name, number, city, province, postal code, country and location. `more` has what stands at an unusual place: objects with `field`, the name of a key,
//! `qualifier`, and `as_written` or `octets`; a message made of it may not carry that.
//!
//! Fields of a record get one order, by class, party and tag; among contacts, streets and values of one key it stays.
//! With that order, what [`write()`] writes is read as the same records. **Limits**: [`crate::form::Limits`].

mod lexer;
mod names;
mod read;
mod value;
mod walk;
mod write;

use crate::parcel::Purpose;
pub use read::read;
pub(crate) use value::written;
pub use write::write;

/// The purpose of a word.
pub(crate) fn purpose(word: &[u8]) -> Option<Purpose> {
    Purpose::ALL.into_iter().find(|purpose| purpose.as_str().as_bytes() == word)
}

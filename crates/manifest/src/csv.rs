//! Our own CSV, for shippers with a spreadsheet: one file, one manifest, one row a parcel.
//!
//! ```
//! let file = "manifest_number,ship_date,tracking,recipient_name,recipient_province,recipient_phone,weight_kg\r\n\
//!             M-1,2026-01-05,9999000000000001,\"EXAMPLE, ADA\",QC,'+1 555 0100,1.5\r\n\
//!             ,2026-01-05,9999000000000002,BO EXAMPLE,ON,,0.25\r\n";
//! use manifest::{Class, form::Limits, csv};
//! let manifest = csv::read(file.as_bytes(), &Limits::default(), &Class::ALL, &csv::Headings::default()).unwrap();
//! assert_eq!((manifest.number.expose(), manifest.parcels.len()), (&b"M-1"[..], 2));
//! assert_eq!(manifest.parcels[0].operational.weight_grams, Some(1500));
//! assert_eq!(manifest.parcels[0].fields.iter().last().unwrap().value.expose(), b"+1 555 0100");
//!
//! let wrong = "manifest_number,colour\r\nM-1,red\r\n";
//! let found = csv::read(wrong.as_bytes(), &Limits::default(), &Class::ALL, &csv::Headings::default()).unwrap_err();
//! assert_eq!(found[0].to_string(), "UNKNOWN_COLUMN at line 1, column 17, row 1, column 2: a column is one of ours, \
//!                                   or the partner's guide names it");
//! ```
//!
//! # The file
//!
//! UTF-8, with or without a byte order mark; comma, semicolon or tab between cells, whichever the first row has most of;
//! CR LF or LF after each row. Quoting is RFC 4180's, and quotation marks stand nowhere else. The first row names the columns,
//! in any order; each other row has as many cells. Blanks around a cell are no part of it, and blank rows count for nothing.
//!
//! **Of the manifest**: `manifest_number` must be there; `purpose` (`original`, also where it is left out, `replace`,
//! `change`, `cancel`), `sender_…` for the sender, and the columns below with `manifest_` before their names (recipient
//! and consignee excepted: each parcel names its own). These say the
//! same in each row, or are blank in all rows but the first.
//!
//! **Of the parcel**: `tracking`, `sscc`, `order`, `reference`, `account`, `service`, `carrier`, `ship_date`
//! (`2026-01-05`), `weight_kg`, `length_cm`, `width_cm`, `height_cm`, `pieces`, `remark`, `routing`, `declared_value`, `cod`,
//! `charge`, `currency`, `destination_province`, `destination_country`, `contact`, `phone`, `email`, `contact_other`.
//! A row with none of these is no parcel. Where all parcels have the same service, carrier or ship date, so has the
//! manifest.
//!
//! **Of a party**: `recipient_…`, `bill_to_…`, `shipper_…`, `consignee_…`, `buyer_…`, `supplier_…`, `seller_…`,
//! `vendor_…`, `ordered_by_…`, `carrier_…`, `other_…`, each with `name`, `name_more`, `street`, `street_more`, `city`,
//! `province`, `postal_code`, `country`, `number`, `location`, `contact`, `phone`, `email`, `contact_other`, `tracking`,
//! `order`, `reference`, `account`.
//!
//! A qualifier stands in brackets: `reference[CR]`; without one it is that of [`crate::json`]. A second value has `.2` at
//! the end, up to `.9`: `reference[CR].2`; `street_more.2` continues `street.2`. At most 256 columns. Values have
//! the same rules as in [`crate::json`].
//!
//! # Spreadsheets
//!
//! A cell that begins with `=`, `+`, `-` or `@` (full width, too) would be calculated, and could call other programs. It
//! is written with an apostrophe before it, and read without; so is a cell that begins with an apostrophe and one of
//! these or another apostrophe. This holds for programs that take the file's separator for one. A cell that was sent with
//! such a character and no apostrophe is text.
//!
//! # What is lost
//!
//! A CSV file has no place for: a second party of a role in a record, a sender of a parcel, a recipient of the manifest, a second contact of a party,
//! text that is no UTF-8, more than nine values of a kind, more than 256 columns, parcels of which nothing is said. The
//! order of values of a kind with different qualifiers is not kept, nor the numbering of parties. [`Written`] counts what
//! was left out, and what is there but is not read back as it was, because only plain values can be read.

mod cells;
mod column;
mod formula;
mod headings;
mod read;
mod write;

pub use headings::{Headings, Unusable};
pub use read::read;
pub use write::{Written, write};

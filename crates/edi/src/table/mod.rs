//! What messages look like, as data: data elements, segments, messages. Our own words and tables;
//! ids, places, lengths and maxima are facts of X12 004010, with the longer lengths of later versions.

mod element;
mod message;
mod segment;

pub(crate) use element::{ElementTable, FIRST_VERSION, Kind, codes_in_use, element};
pub(crate) use message::{Item, Loop, functional_ids, message};
pub(crate) use segment::{Rule, SegmentTable, segment};

#![no_main]
//! A document's way through a gateway before it is sealed, and the carrier's copy of what was taken, read again.
#[path = "../../crates/manifest/tests/taken/mod.rs"]
mod taken;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| taken::as_edi(octets));

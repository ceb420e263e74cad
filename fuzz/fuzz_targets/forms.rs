#![no_main]
//! JSON and CSV: what is taken is written, and read again as the same.
#[path = "../../crates/manifest/tests/taken/mod.rs"]
mod taken;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    taken::as_json(octets);
    taken::as_csv(octets);
});

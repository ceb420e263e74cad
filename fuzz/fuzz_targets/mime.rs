#![no_main]
//! Splitting, as deep as it goes: a part is a piece of its body, and nothing grows.
#[path = "../../crates/as2/tests/desk/mod.rs"]
mod desk;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| desk::splitting(octets, 0));

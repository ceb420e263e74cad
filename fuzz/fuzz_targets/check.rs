#![no_main]
//! Everything that can be asked of a document: places of findings, verdicts, counts, acknowledgements that pass our own check.
#[path = "../../crates/edi/tests/asked/mod.rs"]
mod asked;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    asked::everything(octets, &edi::Limits { octets: 1 << 20, sets: 100, findings: 100 });
});

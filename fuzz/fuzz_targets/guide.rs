#![no_main]
//! A guide that a partner wrote, and a sample of each kind read by it.
#[path = "../../crates/manifest/tests/taken/mod.rs"]
mod taken;

const SAMPLES: [&[u8]; 3] =
    [include_bytes!("../seeds/856.edi"), include_bytes!("../seeds/215.edi"), include_bytes!("../seeds/iftmin.edi")];

libfuzzer_sys::fuzz_target!(|octets: &[u8]| SAMPLES.iter().for_each(|sample| taken::as_guide(octets, sample)));

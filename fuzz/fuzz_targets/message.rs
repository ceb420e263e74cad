#![no_main]
//! An AS2 message as it comes over HTTP, header and body: what is taken as signed and encrypted is what the partner signed.
#[path = "../../crates/as2/tests/desk/mod.rs"]
mod desk;

use std::sync::LazyLock;

static DESK: LazyLock<desk::Desk> =
    LazyLock::new(|| desk::Desk::of(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/as2/tests/vectors").as_ref()));

libfuzzer_sys::fuzz_target!(|octets: &[u8]| DESK.message(octets));

#![no_main]
//! A receipt: what confirms a message is signed by the partner.
#[path = "../../crates/as2/tests/desk/mod.rs"]
mod desk;

use std::sync::LazyLock;

static DESK: LazyLock<desk::Desk> =
    LazyLock::new(|| desk::Desk::of(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/as2/tests/vectors").as_ref()));

libfuzzer_sys::fuzz_target!(|octets: &[u8]| DESK.receipt(octets));

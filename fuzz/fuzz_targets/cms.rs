#![no_main]
//! CMS, by itself or out of a message: what is signed around a content is that content.
#[path = "../../crates/as2/tests/desk/mod.rs"]
mod desk;

use std::sync::LazyLock;

static DESK: LazyLock<desk::Desk> =
    LazyLock::new(|| desk::Desk::of(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/as2/tests/vectors").as_ref()));

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    DESK.syntax(octets);
    if let Some(bare) = desk::bare(octets) {
        DESK.syntax(&bare);
    }
});

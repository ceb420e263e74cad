#![no_main]
//! Every kernel's index, and the walk over it, against the reader that looks at one octet after the other. The first octet chooses
//! the separators, the second where the octets are cut.
#[path = "../../crates/edi/tests/slowly/mod.rs"]
mod slowly;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let [kind, cut, octets @ ..] = octets else { return };
    let kinds = slowly::kinds_of_separators();
    let separators = kinds[usize::from(*kind) % kinds.len()];
    slowly::each_index_is_right(octets, &[usize::from(*cut)], &separators);
    slowly::each_walk_is_right(octets, separators);
});

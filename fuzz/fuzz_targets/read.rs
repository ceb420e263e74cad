#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = edi::Limits::default();
    let (interchange, findings) = edi::read(bytes, &limits);
    let _ = edi::verdict(&interchange, &findings);
});

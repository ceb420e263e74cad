#![no_main]
// The body's way through a gateway before it is sealed: read, judged, counted, mapped.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = edi::Limits::default();
    for (interchange, findings, _) in edi::interchanges(bytes, &limits, &edi::Rules::default()).take(16) {
        let _ = edi::verdict(&interchange, &findings);
        let census = edi::census(&interchange);
        let mut rows = 0;
        for set in interchange.groups.iter().flat_map(|group| &group.sets) {
            let manifest = manifest::mapping::read(&interchange, set, &manifest::Class::ALL);
            rows += manifest.map_or(0, |manifest| if set.kind == b"IFTMIN" { manifest.parcels.len() as u64 } else { 0 });
        }
        assert!(rows <= census.rows);
    }
});

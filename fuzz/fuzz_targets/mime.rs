#![no_main]
// Splitting, as deep as it goes: a part is a piece of its body, and nothing grows.
use as2::mime::{self, Entity, Parts};

fn split(bytes: &[u8], depth: usize) {
    let Ok(entity) = Entity::read(bytes) else { return };
    let _ = mime::file_name(&entity.headers);
    if let Ok(decoded) = entity.decoded() {
        assert!(decoded.len() <= entity.body.len());
    }
    if let Some(made) = mime::canonical(entity.body) {
        assert!(mime::canonical(&made).is_none());
    }
    let Ok(kind) = entity.headers.content_type() else { return };
    let Ok(found) = Parts::read(entity.body, kind.parameter("boundary")) else { return };
    assert!(found.parts.iter().map(|part| part.len()).sum::<usize>() <= entity.body.len());
    if depth < 64 {
        found.parts.iter().for_each(|part| split(part, depth + 1));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| split(bytes, 0));

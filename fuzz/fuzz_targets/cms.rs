#![no_main]
// A message as it comes over HTTP, header and body: whole, and its body as CMS by itself.
#[path = "keys.rs"]
mod keys;

use as2::{
    cms::{self, Limits},
    message::{Policy, Relation, Request},
    mime::Entity,
};
use keys::{ANYTHING, PARTNER};
use std::sync::LazyLock;

static KEY: LazyLock<as2::Recipient> = LazyLock::new(|| {
    let key = include_str!("../../crates/as2/tests/vectors/test-gateway.key.pem");
    let certificate = include_str!("../../crates/as2/tests/vectors/test-gateway.crt.pem");
    as2::Recipient::from_pem(key, certificate).expect("a key")
});
const LIMITS: Limits = Limits { octets: 1 << 20, ratio: 100 };

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let Ok(entity) = Entity::read(bytes) else { return };
    let _ = cms::open(entity.body, &[&KEY], ANYTHING, &mut rng);
    let _ = cms::authenticate(entity.body, &*PARTNER, ANYTHING);
    let _ = cms::authenticate_detached(entity.body, &[b"content"], &*PARTNER, ANYTHING);
    if let Ok(content) = cms::decompress(entity.body, LIMITS) {
        assert!(content.len() <= LIMITS.octets);
    }
    let Ok(request) = Request::read(entity.headers.clone()) else { return };
    let policy = Policy { weak: ANYTHING, limits: LIMITS, ..Policy::default() };
    let relation = Relation { keys: &[&KEY], certificates: &*PARTNER, policy };
    if let Ok(taken) = request.open(entity.body, &relation, &mut rng) {
        assert!(taken.signed_with.is_some() && taken.decrypted_with.is_some());
    }
});

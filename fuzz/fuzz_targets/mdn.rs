#![no_main]
// A receipt: what confirms a message is signed by the partner.
#[path = "keys.rs"]
mod keys;

use as2::{
    Mic, Weak,
    mdn::{self, Expected},
    mime::Entity,
};
use keys::{ANYTHING, PARTNER};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(entity) = Entity::read(bytes) else { return };
    let _ = mdn::read(&entity.headers, entity.body, &*PARTNER, ANYTHING);
    let mic = Mic::read("LRW1wMBeOUTqm44DJdGb/4naSRC7UODRlBxTgA6ccUQ=, sha256").expect("a MIC");
    let message_id = "<signed@gateway.example>";
    let expected = Expected { message_id, mic: &mic, certificates: &*PARTNER, signed: true, weak: Weak::default() };
    if let Ok(disposition) = mdn::judge(&entity.headers, entity.body, &expected) {
        assert!(disposition.is_processed());
    }
});

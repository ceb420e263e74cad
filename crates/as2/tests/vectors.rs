//! Messages as files, with what must become of them: `tests/vectors/README.md`.
#![allow(clippy::unwrap_used, reason = "a test without its files has failed")]

use std::path::Path;

use as2::cms::Limits;
use as2::message::{Policy, Relation, Request};
use as2::mime::Entity;
use as2::{Certificate, Recipient, Weak};

mod party;

#[test]
fn each_message_becomes_what_the_index_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let keys = [Recipient::from_pem(&text("test-gateway.key.pem"), &text("test-gateway.crt.pem")).unwrap()];
    let certificates = [Certificate::from_pem(&text("test-partner.crt.pem")).unwrap()];
    let index = text("index.tsv");
    let mut count = 0;
    for line in index.lines() {
        let [name, policy, told, mic] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let asked = policy == "agreed";
        let weak = Weak { sha1: policy == "weak", triple_des: policy == "weak" };
        let policy = Policy { signed: asked, encrypted: asked, weak, limits: Limits { octets: 8 << 20, ratio: 100 } };
        let message = std::fs::read(folder.join(format!("{name}.as2"))).unwrap();
        let entity = Entity::read(&message).unwrap();
        let request = Request::read(entity.headers.clone()).unwrap();
        let relation = Relation { keys: &keys.each_ref(), certificates: &certificates, not_valid: &[], policy };
        match request.open(entity.body, &relation, &mut party::rng()) {
            Ok(received) => {
                assert_eq!((told, mic), ("processed", received.mic.to_field().as_str()), "{name}");
                assert!(received.payload.starts_with(b"ISA*00*made up~\r\n"), "{name}");
                assert_eq!(received.attachments.len(), usize::from(name.starts_with("related")), "{name}");
            }
            Err(refused) => assert_eq!((refused.disposition.to_field(), "-"), (told, mic), "{name}: {}", refused.why),
        }
        count += 1;
    }
    assert_eq!(count, 37);
}

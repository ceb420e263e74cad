// Whose signatures hold: of crates/as2/tests/vectors, which are the seeds.
use std::sync::LazyLock;

pub static PARTNER: LazyLock<[as2::Certificate; 1]> = LazyLock::new(|| {
    let certificate = include_str!("../../crates/as2/tests/vectors/test-partner.crt.pem");
    [as2::Certificate::from_pem(certificate).expect("a certificate")]
});
pub const ANYTHING: as2::Weak = as2::Weak { sha1: true, triple_des: true };

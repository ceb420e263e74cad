//! Both ways with the real `openssl cms`. Needs OpenSSL 3.0 or later in the path.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use as2::{Error, Feature, cms};
use tempfile::TempDir;

mod party;
use party::{Party, document, rng};

/// A directory with the keys of a gateway and a carrier, and where messages are left for `openssl`.
struct Desk {
    gateway: Party,
    carrier: Party,
    directory: TempDir,
}

impl Desk {
    fn new() -> Self {
        let (gateway, carrier) = (Party::new("Gateway"), Party::new("Carrier"));
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("gateway.key", &gateway.key),
            ("gateway.pem", &gateway.certificate),
            ("carrier.key", &carrier.key),
            ("carrier.pem", &carrier.certificate),
        ] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Self { gateway, carrier, directory }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.directory.path().join(name), bytes).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        run(self.directory.path(), program, arguments)
    }

    /// `openssl cms` with these arguments, which must succeed.
    fn cms(&self, arguments: &str) -> Vec<u8> {
        let arguments: Vec<&str> = ["cms"].into_iter().chain(arguments.split(' ')).collect();
        let output = self.run("openssl", &arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

fn run(directory: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"))
}

#[test]
fn the_documented_command_reads_a_delivery_copy() {
    let desk = Desk::new();
    let signed = cms::sign(&document(), &desk.gateway.signer()).unwrap();
    desk.write("X.p7m", &cms::encrypt(&signed, &[desk.carrier.certificate()], &mut rng()).unwrap());
    let command = "set -o pipefail
        openssl cms -decrypt -inform DER -in X.p7m -inkey carrier.key |
        openssl cms -verify -inform DER -CAfile gateway.pem -purpose any";
    let output = desk.run("bash", &["-c", command]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == document());
}

#[test]
fn openssl_finds_each_of_several_recipients() {
    let desk = Desk::new();
    let both = [desk.gateway.certificate(), desk.carrier.certificate()];
    desk.write("X.p7m", &cms::encrypt(&document(), &both, &mut rng()).unwrap());
    for who in ["gateway", "carrier"] {
        let opened = desk.cms(&format!("-decrypt -inform DER -in X.p7m -inkey {who}.key -recip {who}.pem"));
        assert!(opened == document());
    }
}

#[test]
fn openssl_reads_a_signing_time_and_an_empty_content() {
    let desk = Desk::new();
    for (seconds, shown) in
        [(951_782_400, "UTCTIME:Feb 29 00:00:00 2000 GMT"), (2_524_608_000, "GENERALIZEDTIME:Jan  1 00:00:00 2050 GMT")]
    {
        desk.write("time.p7m", &cms::sign_at(b"", &desk.gateway.signer(), seconds).unwrap());
        assert_eq!(desk.cms("-verify -inform DER -in time.p7m -CAfile gateway.pem -purpose any"), b"");
        let printed = String::from_utf8(desk.cms("-cmsout -print -inform DER -in time.p7m")).unwrap();
        assert!(printed.contains(shown), "{printed}");
    }
    let printed = cms::sign_at(b"", &desk.gateway.signer(), u64::MAX).map(|_| ());
    assert_eq!(printed, Err(Error::SigningTime));
}

#[test]
fn openssl_notices_a_changed_signature() {
    let desk = Desk::new();
    let mut signed = cms::sign(&document(), &desk.gateway.signer()).unwrap().to_vec();
    *signed.last_mut().unwrap() ^= 1;
    desk.write("changed.p7m", &signed);
    let arguments = "cms -verify -inform DER -in changed.p7m -CAfile gateway.pem -purpose any";
    assert!(!desk.run("openssl", &arguments.split(' ').collect::<Vec<_>>()).status.success());
}

const OAEP: &str = "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256";

#[test]
fn messages_of_openssl_are_read() {
    let desk = Desk::new();
    desk.write("document", &document());
    let (gateway, carrier) = (desk.gateway.certificate(), desk.carrier.recipient());
    for options in ["", " -keyid", " -nosmimecap -nocerts"] {
        let command = "-sign -binary -nodetach -in document -signer gateway.pem -inkey gateway.key -md sha256";
        let signed = desk.cms(&format!("{command} -outform DER{options}"));
        assert!(cms::verify(&signed, &gateway).unwrap() == document(), "{options}");
        assert_eq!(cms::verify(&signed, carrier.certificate()), Err(Error::NotSigner), "{options}");

        desk.write("signed", &signed);
        let command =
            format!("-encrypt -binary -in signed -aes-256-gcm -outform DER{options} -recip carrier.pem {OAEP}");
        let delivery = desk.cms(&command.replace(" -nosmimecap -nocerts", ""));
        let opened = cms::decrypt(&delivery, &carrier).unwrap();
        assert!(*opened == signed, "{options}");
        assert_eq!(cms::decrypt(&delivery, &desk.gateway.recipient()).map(|_| ()), Err(Error::NotRecipient));
    }
}

#[test]
fn what_openssl_can_write_and_we_do_not_read_is_named() {
    let desk = Desk::new();
    desk.write("document", &document());
    let sign = "-sign -binary -in document -signer gateway.pem -inkey gateway.key -outform DER";
    for (options, feature) in [
        ("", Feature::DetachedContent),
        ("-nodetach -noattr", Feature::NoSignedAttributes),
        ("-nodetach -md sha512", Feature::DigestAlgorithm),
        ("-nodetach -stream", Feature::IndefiniteLength),
        ("-nodetach -keyopt rsa_padding_mode:pss", Feature::SignatureAlgorithm),
    ] {
        let message = desk.cms(format!("{sign} {options}").trim_end());
        assert_eq!(cms::verify(&message, &desk.gateway.certificate()), Err(Error::Unsupported(feature)), "{options}");
    }
    let encrypt = "-encrypt -binary -in document -outform DER";
    for (options, feature) in [
        (format!("-aes-256-cbc -recip carrier.pem {OAEP}"), Feature::ContentType),
        (format!("-aes-128-gcm -recip carrier.pem {OAEP}"), Feature::ContentEncryption),
        ("-aes-256-gcm -recip carrier.pem".to_owned(), Feature::KeyTransport),
        ("-aes-256-gcm -recip carrier.pem -keyopt rsa_padding_mode:oaep".to_owned(), Feature::KeyTransport),
    ] {
        let message = desk.cms(&format!("{encrypt} {options}"));
        let refused = cms::decrypt(&message, &desk.carrier.recipient()).map(|_| ());
        assert_eq!(refused, Err(Error::Unsupported(feature)), "{options}");
    }
}

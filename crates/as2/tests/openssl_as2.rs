//! What AS2 partners use of CMS, both ways with the real `openssl cms`. Needs OpenSSL 3.0 or later in the path.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::process::{Command, Stdio};

use as2::cms::{self, Cipher, Limits, Signature};
use as2::message::{Policy, Relation, Request, Unverified};
use as2::mime::{Entity, Headers};
use as2::send::{Composing, Envelope, Label, Protection};
use as2::{Certificate, Digest, Error, Feature, KeyTransport, Name, Padding, Signer, Weak};
use tempfile::TempDir;

mod party;
use party::{Party, document, rng};

const WEAK: Weak = Weak { sha1: true, triple_des: true };
const CIPHERS: [Cipher; 6] =
    [Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc, Cipher::Aes128Gcm, Cipher::Aes192Gcm, Cipher::Aes256Gcm];

struct Desk {
    gateway: Party,
    partner: Party,
    directory: TempDir,
}

impl Desk {
    fn new() -> Self {
        let (gateway, partner) = (Party::new("Gateway"), Party::new("Partner"));
        let desk = Self { gateway, partner, directory: tempfile::tempdir().unwrap() };
        desk.write("gateway.key", desk.gateway.key.as_bytes());
        desk.write("gateway.pem", desk.gateway.certificate.as_bytes());
        desk.write("partner.key", desk.partner.key.as_bytes());
        desk.write("partner.pem", desk.partner.certificate.as_bytes());
        desk.write("document", &document());
        desk
    }

    fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.directory.path().join(name), octets).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    /// `openssl` with these arguments, which must succeed.
    fn openssl(&self, arguments: &str) -> Vec<u8> {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.directory.path()).stdin(Stdio::null());
        let output = command.output().unwrap_or_else(|error| panic!("openssl is needed for this test: {error}"));
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// One document.
struct Sink(Vec<u8>);

impl Unverified for Sink {
    fn begin(&mut self, _: &str, _: Option<&str>) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> std::io::Result<()> {
        self.0.extend_from_slice(octets);
        Ok(())
    }
}

const PSS: &str = "-keyopt rsa_padding_mode:pss";
const OAEP: &str = "-keyopt rsa_padding_mode:oaep";

#[test]
fn its_encryption_is_opened() {
    let desk = Desk::new();
    let keys = [desk.partner.recipient(), desk.gateway.recipient()];
    let transports = ["".to_owned(), OAEP.to_owned()].into_iter().chain(
        ["sha256", "sha384", "sha512"]
            .map(|digest| format!("{OAEP} -keyopt rsa_oaep_md:{digest} -keyopt rsa_mgf1_md:{digest}")),
    );
    for transport in transports {
        for cipher in ["des3", "aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm"]
        {
            for more in ["", "-stream", "-keyid"] {
                let command = format!(
                    "cms -encrypt -binary -in document -outform DER -{cipher} {more} -recip gateway.pem {transport}"
                );
                let message = desk.openssl(&command);
                let opened = cms::open(&message, &keys.each_ref(), WEAK, &mut rng())
                    .map_err(|e| panic!("{command}: {e}"))
                    .unwrap();
                assert!(*opened.content == document(), "{command}");
                assert_eq!(opened.recipient, desk.gateway.certificate().fingerprint());
                assert_eq!(opened.authenticated, cipher.ends_with("gcm"));
                let strict = cms::open(&message, &keys.each_ref(), Weak::default(), &mut rng()).map(|_| ());
                let expected = if cipher == "des3" { Err(Error::Unsupported(Feature::TripleDes)) } else { Ok(()) };
                assert_eq!(strict, expected);
                let stranger = cms::open(&message, &keys.each_ref()[..1], WEAK, &mut rng()).map(|_| ());
                assert_eq!(stranger, Err(Error::NotRecipient));
            }
        }
    }
}

#[test]
fn it_opens_our_encryption() {
    let desk = Desk::new();
    let to = [desk.gateway.certificate(), desk.partner.certificate()];
    let oaep = [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512].map(KeyTransport::Oaep);
    for transport in [KeyTransport::Pkcs1].into_iter().chain(oaep) {
        for cipher in CIPHERS {
            desk.write("X", &cms::encrypt_as(&document(), &to, cipher, transport, &mut rng()).unwrap());
            let opened = desk.openssl("cms -decrypt -inform DER -in X -inkey partner.key -recip partner.pem");
            assert!(opened == document(), "{cipher:?} {transport:?}");
        }
    }
}

#[test]
fn it_opens_what_is_made_while_it_is_read() {
    let desk = Desk::new();
    let (gateway, partner) = (Name::new("GATEWAY").unwrap(), Name::new("PARTNER").unwrap());
    let envelope = Envelope {
        from: &gateway,
        to: &partner,
        message_id: "<1@gateway.example>",
        date: "Thu, 26 Nov 2020 04:00:00 GMT",
        subject: "made up",
        product: "Test",
        features: as2::Features::default(),
    };
    let label = Label { content_type: "application/edi-x12", file_name: None };
    let long = "ISA*00*made up~\r\n".repeat(20_000).into_bytes();
    let (signer, to) = (desk.gateway.signer(), [desk.gateway.certificate(), desk.partner.certificate()]);
    for (at, cipher) in CIPHERS.into_iter().enumerate() {
        let digest = [Digest::Sha256, Digest::Sha384, Digest::Sha512][at % 3];
        let padding = [Padding::Pkcs1, Padding::Pss][at % 2];
        let protection = Protection {
            compress: false,
            sign: Some((&signer, Signature { digest, padding })),
            encrypt: Some((&to, cipher, KeyTransport::Oaep(Digest::Sha256))),
        };
        for document in [&b""[..], b"ISA*00*made up~\r\n", &long] {
            let (mut body, mut octets) = (Vec::new(), document);
            let composing = Composing::begin(label, &envelope, &protection, None, &mut rng()).unwrap();
            composing.write_into(&mut octets, &mut body).unwrap();
            desk.write("X", &body);
            desk.openssl("cms -decrypt -inform DER -in X -inkey partner.key -recip partner.pem -out signed");
            let whole = desk.openssl("cms -verify -in signed -CAfile gateway.pem -purpose any");
            let head = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n";
            assert!(whole == [&head[..], document].concat(), "{cipher:?} {digest:?} {padding:?}");
        }
    }
}

#[test]
fn its_signatures_hold() {
    let desk = Desk::new();
    let trusted = [desk.gateway.certificate(), desk.partner.certificate()];
    let digest_salt = format!("{PSS} -keyopt rsa_pss_saltlen:-1");
    for (digest, name) in
        [("sha1", Digest::Sha1), ("sha256", Digest::Sha256), ("sha384", Digest::Sha384), ("sha512", Digest::Sha512)]
    {
        for more in ["", "-keyid", "-noattr", "-nocerts", PSS, &digest_salt, "-nodetach", "-nodetach -stream"] {
            if digest == "sha1" && more.contains("pss") {
                continue;
            }
            let command = format!(
                "cms -sign -binary -in document -outform DER -md {digest} -signer partner.pem -inkey partner.key {more}"
            );
            let message = desk.openssl(&command);
            let forms: [&[u8]; 2] = [b"other", &document()];
            let found = if more.contains("nodetach") {
                let (content, found) = cms::authenticate(&message, &trusted, WEAK).unwrap();
                assert!(*content == document());
                found
            } else {
                let found = cms::authenticate_detached(&message, &forms, &trusted, WEAK);
                found.map_err(|error| panic!("{command}: {error}")).unwrap()
            };
            assert_eq!((found.digest, found.signer), (name, desk.partner.certificate().fingerprint()), "{command}");
            let strict = cms::authenticate_detached(&message, &forms, &trusted, Weak::default()).map(|_| ());
            let expected = if digest == "sha1" { Err(Error::Unsupported(Feature::Sha1)) } else { Ok(()) };
            assert_eq!(strict, expected, "{command}");
            let stranger = cms::authenticate_detached(&message, &forms, &trusted[..1], WEAK).map(|_| ());
            assert_eq!(stranger, Err(Error::NotSigner));
            let changed = cms::authenticate_detached(&message, &forms[..1], &trusted, WEAK).map(|_| ());
            let expected = if more == "-noattr" { Error::Signature } else { Error::Digest };
            assert_eq!(changed, Err(expected), "{command}");
        }
    }
}

#[test]
fn its_elliptic_signatures_hold() {
    let desk = Desk::new();
    for curve in ["P-256", "P-384"] {
        desk.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:{curve} -nodes -keyout ec.key -out ec.pem -subj /CN=Partner -days 9"
        ));
        let trusted = [Certificate::of_signer_from_pem(&desk.read("ec.pem")).unwrap()];
        assert!(Certificate::from_pem(&desk.read("ec.pem")).is_err());
        for digest in ["sha256", "sha384", "sha512"] {
            let message = desk.openssl(&format!(
                "cms -sign -binary -in document -outform DER -md {digest} -signer ec.pem -inkey ec.key"
            ));
            let found = cms::authenticate_detached(&message, &[&document()], &trusted, Weak::default()).unwrap();
            assert_eq!(found.signer, trusted[0].fingerprint());
        }
        let nothing = cms::encrypt_as(b"", &trusted, Cipher::default(), KeyTransport::Pkcs1, &mut rng());
        assert_eq!(nothing, Err(Error::Encryption));
    }
}

#[test]
fn our_signatures_hold_for_it() {
    let desk = Desk::new();
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        for padding in [Padding::Pkcs1, Padding::Pss] {
            let signature = Signature { digest, padding };
            desk.write("X", &cms::sign_as(&document(), &desk.gateway.signer(), signature).unwrap());
            let command = "cms -verify -binary -inform DER -in X -content document -CAfile gateway.pem -purpose any";
            assert!(desk.openssl(command) == document(), "{signature:?}");
        }
    }
    let sha1 = Signature { digest: Digest::Sha1, padding: Padding::Pkcs1 };
    assert_eq!(cms::sign_as(b"", &desk.gateway.signer(), sha1), Err(Error::Signing));
}

#[test]
fn our_elliptic_signatures_hold_for_it() {
    let desk = Desk::new();
    for curve in ["P-256", "P-384"] {
        desk.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:{curve} -nodes -keyout ec.key -out ec.pem -subj /CN=Gateway -days 9"
        ));
        let (key, certificate) = (desk.read("ec.key"), desk.read("ec.pem"));
        let signer = Signer::of_messages_from_pem(&key, &certificate).unwrap();
        let trusted = [Certificate::of_signer_from_pem(&certificate).unwrap()];
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            let made = cms::sign_as(&document(), &signer, Signature { digest, padding: Padding::Pss }).unwrap();
            desk.write("X", &made);
            let command = "cms -verify -binary -inform DER -in X -content document -CAfile ec.pem -purpose any";
            assert!(desk.openssl(command) == document(), "{curve} {digest:?}");
            let found = cms::authenticate_detached(&made, &[&document()], &trusted, Weak::default()).unwrap();
            assert_eq!((found.digest, found.signer), (digest, trusted[0].fingerprint()));
        }
        let sha1 = Signature { digest: Digest::Sha1, padding: Padding::Pkcs1 };
        assert_eq!(cms::sign_as(b"", &signer, sha1), Err(Error::Signing));
        assert_eq!(cms::sign(b"", &signer).map(|_| ()), Err(Error::Signing), "a delivery copy is RSA's");
        let error =
            |key: &str, certificate: &str| Signer::of_messages_from_pem(key, certificate).map(|_| ()).unwrap_err();
        assert_eq!(
            Signer::from_pem(&key, &certificate).map(|_| ()).unwrap_err(),
            Error::Unsupported(Feature::PublicKeyAlgorithm)
        );
        assert_eq!(error(&desk.gateway.key, &certificate), Error::PrivateKey);
        assert_eq!(error(&key, &desk.gateway.certificate), Error::PrivateKey);
        desk.openssl(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out other.key"));
        assert_eq!(error(&desk.read("other.key"), &certificate), Error::KeyMismatch);
    }
}

#[test]
fn its_whole_messages_are_received() {
    let desk = Desk::new();
    let (keys, certificates) = ([desk.gateway.recipient()], [desk.partner.certificate()]);
    let text = "ISA*00*made up~\r\n".repeat(100);
    // `openssl smime` ends lines with LF, signs them as CRLF, and writes base64.
    desk.write("entity", format!("Content-Type: application/edi-x12\r\n\r\n{text}").as_bytes());
    for program in ["cms", "smime"] {
        for form in ["", "-nodetach", "-crlfeol"] {
            let signed = desk.openssl(&format!(
                "{program} -sign -in entity -md sha256 -signer partner.pem -inkey partner.key {form}"
            ));
            desk.write("signed", &signed);
            let message = desk.openssl(&format!("{program} -encrypt -binary -aes-256-cbc -in signed gateway.pem"));
            let entity = Entity::read(&message).unwrap();
            let head = ["content-type", "content-transfer-encoding"]
                .map(|name| (name, entity.headers.get(name).unwrap().as_bytes()));
            let ids = [("AS2-From", &b"P"[..]), ("AS2-To", b"G"), ("Message-ID", b"<1@p>")];
            let request = Request::read(Headers::new(head.into_iter().chain(ids)).unwrap()).unwrap();
            let policy = Policy { limits: Limits::default(), ..Policy::default() };
            let relation = Relation { keys: &keys.each_ref(), certificates: &certificates, not_valid: &[], policy };
            let received = request
                .open(entity.body, &relation, &mut rng())
                .map_err(|r| panic!("{program} {form}: {}", r.why))
                .unwrap();
            assert!(String::from_utf8_lossy(&received.payload).replace("\r\n", "\n") == text.replace("\r\n", "\n"));
            let mut sink = Sink(Vec::new());
            let streamed =
                request.open_twice(&mut std::io::Cursor::new(entity.body), &relation, &mut sink, &mut rng()).unwrap();
            assert!(sink.0 == *received.payload && streamed.mic == received.mic, "{program} {form}");
        }
    }
}

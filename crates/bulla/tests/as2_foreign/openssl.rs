//! Messages that `openssl cms` and `openssl smime` made, posted by `curl`; the receipts' signatures are verified by OpenSSL.

use crate::{
    relations,
    support::{
        Server,
        document::{Notice, notice},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A command and its digest; `entity` becomes `message`. DER has no header of MIME, all else has one.
const SIGNATURES: [(&str, &str); 7] = [
    ("", "sha256"),
    ("smime -sign -md sha256", "sha256"),
    ("cms -sign -md sha384", "sha384"),
    ("cms -sign -binary -md sha512 -keyopt rsa_padding_mode:pss", "sha512"),
    ("smime -sign -nodetach -md sha256", "sha256"),
    ("cms -sign -nodetach -binary -outform DER -md sha256", "sha256"),
    ("cms -sign -nodetach -binary -outform DER -stream -md sha512", "sha512"),
];
const ENCRYPTIONS: [&str; 8] = [
    "",
    "smime -encrypt -binary -aes-256-cbc",
    "smime -encrypt -binary -des3",
    "cms -encrypt -binary -outform DER -aes-128-cbc",
    "cms -encrypt -binary -outform DER -stream -keyid -aes-192-cbc -keyopt rsa_padding_mode:oaep",
    "cms -encrypt -binary -aes-256-gcm",
    "cms -encrypt -binary -outform DER -aes-128-gcm -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
    "cms -encrypt -binary -outform DER -stream -aes-256-gcm",
];

struct Desk {
    server: Server,
    folder: PathBuf,
}

/// A header's fields and a body.
struct Whole {
    fields: Vec<String>,
    body: Vec<u8>,
}

impl Whole {
    /// What OpenSSL wrote, with its folded fields.
    fn read(octets: &[u8]) -> Self {
        let text = String::from_utf8_lossy(octets);
        let end = text.find("\n\n").map(|at| (at, at + 2)).into_iter();
        let (end, body) = end.chain(text.find("\r\n\r\n").map(|at| (at, at + 4))).min().unwrap();
        let fields = text[..end].replace("\r\n", "\n").replace("\n\t", " ").replace("\n ", " ");
        Self { fields: fields.lines().map(str::to_owned).collect(), body: octets[body..].to_vec() }
    }
}

/// A receipt whose signature OpenSSL has verified; without one, what curl was answered.
struct Answer {
    status: String,
    report: String,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start();
        relations::apply(&server, "http://127.0.0.1:8701");
        let folder = server.beside("desk");
        fs::create_dir_all(&folder).unwrap();
        let desk = Self { server, folder };
        desk.write("gateway.pem", desk.server.get("/v1/as2")["certificates"][0]["pem"].as_str().unwrap());
        for name in ["northshop", "lakeshop"] {
            for kind in ["key", "crt"] {
                let file = format!("{name}.as2.{kind}.pem");
                fs::copy(desk.server.dir("demo").join(&file), desk.folder.join(format!("{name}.{kind}"))).unwrap();
            }
        }
        desk
    }

    fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), octets).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        let output = command.output().unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn openssl(&self, arguments: &str) -> Vec<u8> {
        self.run("openssl", &arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Signed and encrypted as the two commands say; what has no header gets one.
    fn protected(&self, entity: &[u8], signer: &str, signature: &str, encryption: &str) -> Whole {
        self.write("entity", entity);
        let with_header = |made: Vec<u8>, command: &str, kind: &str| {
            if !command.contains("DER") {
                return made;
            }
            let head = format!("Content-Type: application/pkcs7-mime; smime-type={kind}\r\n\r\n");
            [head.as_bytes(), &made].concat()
        };
        if !signature.is_empty() {
            // Options of a key come behind it.
            let (options, padding) = signature.split_at(signature.find("-keyopt").unwrap_or(signature.len()));
            let key = format!("-signer {signer}.crt -inkey {signer}.key");
            let made = self.openssl(&format!("{options} -in entity {key} {padding}"));
            self.write("entity", with_header(made, signature, "signed-data"));
        }
        if !encryption.is_empty() {
            let recipient = if encryption.starts_with("cms") { "-recip gateway.pem" } else { "gateway.pem" };
            // Options of the key's transport come behind the recipient that they are for.
            let (options, transport) = encryption.split_at(encryption.find("-keyopt").unwrap_or(encryption.len()));
            let made = self.openssl(&format!("{options} -in entity {recipient} {transport}"));
            self.write("entity", with_header(made, encryption, "enveloped-data"));
        }
        Whole::read(&fs::read(self.folder.join("entity")).unwrap())
    }

    /// Posts it with curl, whole or in chunks, and has the receipt's signature verified.
    fn post(&self, from: &str, id: &str, message: &Whole, chunked: bool) -> Answer {
        self.write("body", &message.body);
        let mut fields = vec![format!("AS2-From: {from}"), "AS2-To: BULLA".into(), format!("Message-ID: {id}")];
        fields.extend(["AS2-Version: 1.2".into(), "Disposition-Notification-To: edi@foreign.example".into()]);
        let options = "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=optional, sha256";
        fields.push(format!("Disposition-Notification-Options: {options}"));
        fields.extend(message.fields.iter().cloned());
        if chunked {
            fields.extend(["Transfer-Encoding: chunked".into(), "Expect: 100-continue".into()]);
        }
        let url = format!("http://{}/as2", self.server.address());
        let mut arguments = vec!["-sS", "--max-time", "60", "-D", "head", "-o", "answer", "--data-binary", "@body"];
        fields.iter().for_each(|field| arguments.extend(["-H", field]));
        arguments.push(&url);
        self.run("curl", &arguments);
        let head = fs::read_to_string(self.folder.join("head")).unwrap();
        // What came before the last is about whether to continue.
        let head = head.trim_end().rsplit("\r\n\r\n").next().unwrap();
        let status = head.split(' ').nth(1).unwrap().to_owned();
        let kind = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type:")).unwrap();
        let body = fs::read(self.folder.join("answer")).unwrap();
        if !kind.contains("multipart/signed") {
            return Answer { status, report: String::from_utf8(body).unwrap() };
        }
        self.write("receipt", [kind.as_bytes(), b"\r\n\r\n", &body].concat());
        let report = self.openssl("cms -verify -in receipt -CAfile gateway.pem -purpose any");
        Answer { status, report: String::from_utf8(report).unwrap() }
    }
}

fn entity(shipper: &str, control: u32, number: &str) -> Vec<u8> {
    let document = Notice { sender: shipper.into(), ..notice(control, number, 2) }.bytes();
    let text = String::from_utf8(document).unwrap().replace('\n', "\r\n");
    format!("Content-Type: application/edi-x12\r\n\r\n{text}").into_bytes()
}

fn mic(digest: &str, octets: &[u8]) -> String {
    let value = match digest {
        "sha384" => Sha384::digest(octets).to_vec(),
        "sha512" => Sha512::digest(octets).to_vec(),
        _ => Sha256::digest(octets).to_vec(),
    };
    format!("Received-Content-MIC: {}, ", BASE64_STANDARD.encode(value))
}

#[test]
fn its_messages_are_taken_and_it_verifies_their_receipts() {
    let desk = Desk::new();
    let mut numbers = Vec::new();
    for (signature, digest) in SIGNATURES {
        for encryption in ENCRYPTIONS {
            let weak = signature.is_empty() || encryption.is_empty() || encryption.contains("des3");
            let shipper = if weak { "lakeshop" } else { "northshop" };
            let number = format!("SSL-{}", numbers.len());
            let name = shipper.to_ascii_uppercase();
            let entity = entity(&name, numbers.len() as u32 + 1, &number);
            let message = desk.protected(&entity, shipper, signature, encryption);
            let id = format!("<{number}@foreign.example>");
            let answer = desk.post(&name, &id, &message, numbers.len().is_multiple_of(3));
            let what = format!("{signature} | {encryption}: {} {}", answer.status, answer.report);
            assert_eq!(answer.status, "200", "{what}");
            assert!(
                answer.report.contains("Disposition: automatic-action/MDN-sent-automatically; processed\r\n"),
                "{what}"
            );
            assert!(answer.report.contains(&format!("Original-Message-ID: {id}\r\n")), "{what}");
            // Of what is neither signed nor encrypted the document alone counts, of all else its header too.
            let bare = signature.is_empty() && encryption.is_empty();
            let counted = if bare { &message.body } else { &entity };
            assert!(answer.report.contains(&mic(digest, counted)), "{what}");
            numbers.push(number);
        }
    }
    relations::assert_each_delivered_once(&desk.server, numbers.iter().map(String::as_str));
}

#[test]
fn what_it_made_and_somebody_changed_is_refused_with_a_receipt_that_it_verifies() {
    let desk = Desk::new();
    let (signature, encryption) = (SIGNATURES[1].0, ENCRYPTIONS[1]);
    let refused = |from: &str, id: &str, message: &Whole, disposition: &str| {
        let answer = desk.post(from, id, message, false);
        let stated =
            format!("Disposition: automatic-action/MDN-sent-automatically; processed/error: {disposition}\r\n");
        assert!(answer.status == "200" && answer.report.contains(&stated), "{}: {}", answer.status, answer.report);
        assert!(!answer.report.contains("Received-Content-MIC"), "{}", answer.report);
    };
    let good = entity("LAKESHOP", 1, "CHANGED-1");
    let mut changed = desk.protected(&good, "lakeshop", signature, "");
    let at = changed.body.windows(9).position(|nine| nine == b"QUASTERBY").unwrap();
    changed.body[at] = b'X';
    refused("LAKESHOP", "<1@foreign.example>", &changed, "integrity-check-failed");
    let anothers = desk.protected(&entity("NORTHSHOP", 1, "CHANGED-2"), "lakeshop", signature, encryption);
    refused("NORTHSHOP", "<2@foreign.example>", &anothers, "authentication-failed");
    let bare = desk.protected(&entity("NORTHSHOP", 1, "CHANGED-3"), "northshop", "", encryption);
    refused("NORTHSHOP", "<3@foreign.example>", &bare, "insufficient-message-security");
    let des3 = desk.protected(&entity("NORTHSHOP", 1, "CHANGED-4"), "northshop", signature, ENCRYPTIONS[2]);
    refused("NORTHSHOP", "<4@foreign.example>", &des3, "insufficient-message-security");
    let nobody = desk.protected(&good, "lakeshop", signature, encryption);
    refused("NOBODY", "<5@foreign.example>", &nobody, "unknown-trading-relationship");
    // The first one's Message-ID is free for what its sender meant to send.
    let right = desk.protected(&good, "lakeshop", signature, "");
    let answer = desk.post("LAKESHOP", "<1@foreign.example>", &right, false);
    assert!(answer.report.contains("; processed\r\n"), "{}", answer.report);
    relations::assert_each_delivered_once(&desk.server, ["CHANGED-1"].into_iter());
}

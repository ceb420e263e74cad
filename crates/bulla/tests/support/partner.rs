//! A partner's AS2 software: what it sends, and what it makes of the receipt.

use super::{Server, http};
use as2::{
    Certificate, Digest, Disposition, KeyTransport, Name, Outgoing, Padding, Signer, Weak,
    cms::{Cipher, Signature},
    mdn::{self, Expected, Unconfirmed},
    mime::Headers,
    send::{self, Ask, Document, Envelope, Protection},
};
use durable::random::{self, OsRandom};
use std::fs;

/// A sender with its keys, and the gateway's certificates.
pub struct Partner {
    pub name: String,
    pub signer: Signer,
    pub gateway: Vec<Certificate>,
}

/// How a message is made, and which receipt it asks for.
#[derive(Clone, Copy)]
pub struct How<'a> {
    pub signed: bool,
    pub encrypted: bool,
    pub cipher: Cipher,
    pub receipt: bool,
    pub deliver_to: Option<&'a str>,
}

pub const USUAL: How<'static> =
    How { signed: true, encrypted: true, cipher: Cipher::Aes256Cbc, receipt: true, deliver_to: None };

impl Partner {
    /// The demo's northshop.
    pub fn of(server: &Server) -> Self {
        let read =
            |kind: &str| fs::read_to_string(server.dir("demo").join(format!("northshop.as2.{kind}.pem"))).unwrap();
        let signer = Signer::from_pem(&read("key"), &read("crt")).unwrap();
        Self { name: "NORTHSHOP".to_owned(), signer, gateway: certificates(server) }
    }

    pub fn message(&self, document: &[u8], id: &str, how: How<'_>) -> Outgoing {
        let (from, to) = (Name::new(&self.name).unwrap(), Name::new("BULLA").unwrap());
        let date = "Thu, 26 Nov 2026 09:00:00 GMT";
        let envelope = Envelope {
            from: &from,
            to: &to,
            message_id: id,
            date,
            subject: "s",
            product: "a test",
            features: as2::Features::default(),
        };
        let signature = Signature { digest: Digest::Sha256, padding: Padding::Pkcs1 };
        let protection = Protection {
            compress: false,
            sign: how.signed.then_some((&self.signer, signature)),
            encrypt: how.encrypted.then_some((&self.gateway[..1], how.cipher, KeyTransport::Pkcs1)),
        };
        let ask = Ask { to: "x", signed: &[Digest::Sha256], deliver_to: how.deliver_to };
        let document = Document { octets: document, content_type: "application/edi-x12", file_name: None };
        send::compose(&document, &envelope, &protection, how.receipt.then_some(&ask), &mut OsRandom).unwrap()
    }

    /// What the receipt says, if it confirms these octets; `signed` by the gateway in any case.
    pub fn judged(&self, id: &str, sent: &Outgoing, answer: &http::Response) -> Result<Disposition, Unconfirmed> {
        let headers = Headers::new(answer.fields().map(|(name, value)| (name, value.as_bytes()))).unwrap();
        let mic = sent.mic.as_ref().unwrap();
        let (certificates, weak) = (&self.gateway[..], Weak::default());
        mdn::judge(
            &headers,
            &answer.body,
            &Expected { message_id: id, mic, certificates, not_valid: &[], signed: true, weak },
        )
    }
}

/// The gateway's AS2 certificates, the newest first.
pub fn certificates(server: &Server) -> Vec<Certificate> {
    let ours = server.get("/v1/as2");
    let all = ours["certificates"].as_array().unwrap().iter();
    all.map(|one| Certificate::from_pem(one["pem"].as_str().unwrap()).unwrap()).collect()
}

/// A Message-ID that no other message has.
pub fn id() -> String {
    format!("<{}@north.example>", hex::encode(random::octets::<8>().unwrap()))
}

pub fn post(server: &Server, message: &Outgoing) -> http::Response {
    let fields: Vec<(&str, &str)> = message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    http::post_with(&server.address(), "/as2", &fields, &message.body).expect("the gateway answers")
}

/// Applies the demo's partners with this change, signed by its officer.
pub fn apply(server: &Server, change: impl FnOnce(&mut toml::Table)) {
    let path = server.dir("demo").join("partners.toml");
    let mut file: toml::Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut file);
    let changed = server.beside("changed.toml");
    fs::write(&changed, toml::to_string(&file).unwrap()).unwrap();
    server.run(&["partner", "apply", changed.to_str().unwrap()]).expect(0);
}

pub fn partner_of<'t>(file: &'t mut toml::Table, id: &str) -> &'t mut toml::Table {
    let all = file["partner"].as_array_mut().unwrap().iter_mut();
    { all }.map(|one| one.as_table_mut().unwrap()).find(|one| one["id"].as_str() == Some(id)).unwrap()
}

//! A document as an AS2 message: what a partner's own software does.

use crate::verb::{Access, Ending, access::problem};
use anyhow::{Context, Result, bail};
use as2::{
    Certificate, Digest, KeyTransport, Name, Padding, Signer, Weak,
    cms::{Cipher, Signature},
    mdn::{self, Expected},
    mime::Headers,
    send::{Ask, Document, Envelope, Protection},
};
use durable::random::{self, OsRandom};
use std::time::SystemTime;

/// Sends it as the demo shipper, and judges the receipt.
pub fn send(access: &Access, shipper: &str, octets: &[u8]) -> Result<Ending> {
    let ours: api::gateway::As2 = access.get_json("/v1/as2")?;
    // Of an EC pair receipts are believed, and nothing is encrypted to it.
    let signing = ours.certificates.iter().find(|certificate| certificate.signs);
    let signing = Certificate::of_signer_from_pem(&signing.context("the gateway has no valid AS2 certificate")?.pem)?;
    let encrypting = ours.certificates.iter().find_map(|certificate| Certificate::from_pem(&certificate.pem).ok());
    let recipients = [encrypting.context("the gateway has no AS2 certificate that can be encrypted to")?];
    let read = |kind: &str| {
        let path = access.demo(&format!("{shipper}.as2.{kind}.pem"));
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let signer = Signer::from_pem(&read("key")?, &read("crt")?)?;
    let (from, to) = (Name::new(&shipper.to_ascii_uppercase())?, Name::new(&ours.name)?);
    let message_id = format!("<{}@{shipper}.example>", hex::encode(random::octets::<16>()?));
    let envelope = Envelope {
        from: &from,
        to: &to,
        message_id: &message_id,
        date: &httpdate::fmt_http_date(SystemTime::now()),
        subject: "manifest",
        product: concat!("bulla:", env!("CARGO_PKG_VERSION")),
        features: as2::Features::default(),
    };
    let kind = if octets.starts_with(b"UN") { "application/edifact" } else { "application/edi-x12" };
    let document = Document { octets, content_type: kind, file_name: None };
    let signature = Signature { digest: Digest::Sha256, padding: Padding::Pkcs1 };
    let protection = Protection {
        compress: true,
        sign: Some((&signer, signature)),
        encrypt: Some((&recipients, Cipher::Aes256Gcm, KeyTransport::Oaep(Digest::Sha256))),
    };
    let ask = Ask { to: "nobody@example.com", signed: &[Digest::Sha256], deliver_to: None };
    let made = as2::send::compose(&document, &envelope, &protection, Some(&ask), &mut OsRandom)?;
    let headers: Vec<(&str, &str)> = made.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = access.request(hyper::Method::POST, "/as2", &headers, made.body.to_vec())?;
    if answer.status != 200 {
        bail!("{}", problem(&answer));
    }
    let fields = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mic = made.mic.as_ref().expect("a message has one");
    let expected = Expected {
        message_id: &message_id,
        mic,
        certificates: &[signing],
        not_valid: &[],
        signed: true,
        weak: Weak::default(),
    };
    match mdn::judge(&Headers::new(fields)?, &answer.body, &expected) {
        Ok(disposition) => {
            eprintln!("receipt: {}; signed by the gateway, with the MIC of what was sent", disposition.to_field());
            eprintln!("next: bulla interchange list");
            Ok(Ending::Done)
        }
        Err(why) => {
            eprintln!("not confirmed: {why}");
            Ok(Ending::Refused)
        }
    }
}

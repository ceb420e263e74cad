//! Messages per second of one core: signed, encrypted, confirmed by a signed receipt.
//!
//! `cargo run --release -p as2 --example throughput`
use std::time::{Duration, Instant};

use as2::cms::{Cipher, Signature};
use as2::mdn::{self, Expected, Statement};
use as2::message::{Policy, Relation, Request};
use as2::mime::Headers;
use as2::send::{Ask, Document, Envelope, Protection, compose};
use as2::{Certificate, Digest, Disposition, KeyTransport, Name, Outgoing, Recipient, Signer, Weak};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

type Failure = Box<dyn std::error::Error>;

/// A fresh key and its certificate, as PEM.
fn party() -> Result<(String, String), Failure> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::new(vec![])?.self_signed(&key)?;
    Ok((key.serialize_pem(), certificate.pem()))
}

fn headers(outgoing: &Outgoing) -> Result<Headers, as2::Error> {
    Headers::new(outgoing.headers.iter().map(|(name, value)| (*name, value.as_bytes())))
}

/// How often `work` runs in a second.
fn rate(mut work: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let (start, mut runs) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(2) {
        work()?;
        runs += 1;
    }
    Ok(f64::from(runs) / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Failure> {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let ((partner_key, partner), (gateway_key, gateway)) = (party()?, party()?);
    let (signer, confirmer) = (Signer::from_pem(&partner_key, &partner)?, Signer::from_pem(&gateway_key, &gateway)?);
    let keys = [Recipient::from_pem(&gateway_key, &gateway)?];
    let (theirs, ours) = ([Certificate::from_pem(&partner)?], [Certificate::from_pem(&gateway)?]);
    let (from, to) = (Name::new("PARTNER")?, Name::new("GATEWAY")?);
    for (octets, cipher) in
        [20_000, 2_000_000].into_iter().flat_map(|size| [(size, Cipher::Aes256Cbc), (size, Cipher::Aes256Gcm)])
    {
        let content = b"ISA*00*made up~\r\n".repeat(octets / 17);
        let document = Document { octets: &content, content_type: "application/edi-x12", file_name: None };
        let envelope = Envelope {
            from: &from,
            to: &to,
            message_id: "<1@partner.example>",
            date: "Thu, 26 Nov 2020 04:00:00 GMT",
            subject: "made up",
            product: "Throughput",
            features: as2::Features::default(),
        };
        let protection = Protection {
            compress: false,
            sign: Some((&signer, Signature::default())),
            encrypt: Some((&ours[..], cipher, KeyTransport::Pkcs1)),
        };
        let ask = Ask { to: "edi@partner.example", signed: &[Digest::Sha256], deliver_to: None };
        let sent = compose(&document, &envelope, &protection, Some(&ask), &mut rng)?;
        let relation =
            Relation { keys: &keys.each_ref(), certificates: &theirs, not_valid: &[], policy: Policy::default() };
        let sending = rate(|| Ok(compose(&document, &envelope, &protection, Some(&ask), &mut rng).map(drop)?))?;
        let mut answer = None;
        let receiving = rate(|| {
            let request = Request::read(headers(&sent)?)?;
            let received = request.open(&sent.body, &relation, &mut rng).map_err(|refused| refused.why)?;
            let statement = Statement {
                disposition: Disposition::Processed,
                mic: Some(&received.mic),
                text: "Taken.",
                message_id: "<2@gateway.example>",
                date: "Thu, 26 Nov 2020 04:00:01 GMT",
                product: "Throughput",
                features: as2::Features::default(),
            };
            answer = Some(mdn::make(&request, &statement, Some(&confirmer), &mut rng)?);
            Ok(())
        })?;
        let (answer, mic) = (answer.ok_or("no receipt")?, sent.mic.as_ref().ok_or("no MIC")?);
        let id = envelope.message_id;
        let expected =
            Expected { message_id: id, mic, certificates: &ours, not_valid: &[], signed: true, weak: Weak::default() };
        let judging = rate(|| Ok(mdn::judge(&headers(&answer)?, &answer.body, &expected).map(drop)?))?;
        println!(
            "{octets:>8} octets {cipher:?}: sent {sending:.0}, received and confirmed {receiving:.0}, judged {judging:.0} a second"
        );
    }
    Ok(())
}

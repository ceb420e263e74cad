//! Self-signed RSA certificates: what two companies exchange who know each other.

use anyhow::{Context, Result};
use aws_lc_rs::{encoding::AsDer, rsa};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::Time;
use std::path::Path;
use zeroize::Zeroizing;

/// How long a pair of AS2 keys is good.
const DAYS: u32 = 730;

/// `NAME.key.pem` and `NAME.crt.pem` in `dir`, without dates to heed. Returns the certificate's PEM.
pub fn make(dir: &Path, name: &str, subject: &str) -> Result<String> {
    write(dir, name, subject, |_| ())
}

/// The same, good for two years from then on; the pair's name is its beginning.
pub fn make_dated(dir: &Path, subject: &str, from: Time) -> Result<String> {
    let (begin, end) = (from.civil(), from.plus_days(DAYS).civil());
    let day = |civil: &ledger::identifier::Civil| rcgen::date_time_ymd(civil.year.into(), civil.month, civil.day);
    let name = format!(
        "{:04}-{:02}-{:02}-{}",
        begin.year,
        begin.month,
        begin.day,
        hex::encode(durable::random::octets::<3>()?)
    );
    write(dir, &name, subject, |parameters| (parameters.not_before, parameters.not_after) = (day(&begin), day(&end)))
}

fn write(dir: &Path, name: &str, subject: &str, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Result<String> {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).context("cannot make an RSA key")?;
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).context("cannot write an RSA key")?;
    let key = block("PRIVATE KEY", der.as_ref());
    let signing = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(&key, &rcgen::PKCS_RSA_SHA256)?;
    let mut parameters = rcgen::CertificateParams::new(Vec::new())?;
    parameters.distinguished_name.push(rcgen::DnType::CommonName, subject);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    change(&mut parameters);
    let certificate = parameters.self_signed(&signing)?.pem();
    // One that cannot be read would keep the gateway from its next start.
    as2::Certificate::from_pem(&certificate).context("no certificate of these dates can be read")?;
    // The certificate first: a key without one is no pair, and whoever looks meanwhile looks for keys.
    durable::replace(&dir.join(format!("{name}.crt.pem")), certificate.as_bytes())?;
    durable::replace(&dir.join(format!("{name}.key.pem")), key.as_bytes())?;
    Ok(certificate)
}

/// A certificate as people send it.
pub fn pem(der: &[u8]) -> String {
    block("CERTIFICATE", der).to_string()
}

/// In lines of 64 letters, as RFC 7468 asks for.
fn block(label: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    for line in text.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

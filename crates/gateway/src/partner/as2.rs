//! How a partner speaks AS2 (RFC 4130).

use super::{
    PartnerId, Wrong,
    basic::{Basic, is_confidential},
};
use as2::{Certificate, Features, Name, Weak, message::Policy};
use ledger::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A partner's name, certificates and rules in AS2.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct As2 {
    /// AS2-From of what it sends; case counts.
    pub name: String,
    /// PEM certificates, any of which may have signed what it sends, each within its dates. They may overlap.
    #[serde(default)]
    pub signing: Vec<String>,
    /// What a message must be; left out: signed and encrypted.
    #[serde(default = "signed_and_encrypted")]
    pub require: BTreeSet<Protection>,
    /// Weak algorithms that are taken from it all the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allow: BTreeSet<Weakness>,
    /// Where asynchronous receipts may go: scheme, host and port, as `https://as2.shop.example`. Others are refused.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub receipts: BTreeSet<String>,
    /// Where our acknowledgements go; left out: its software fetches them, or does without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// PEM certificates; what we send it is encrypted to the newest that is valid. Left out: of `signing`. Deliveries are encrypted to
    /// the delivery point's, which officers have signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encryption: Vec<String>,
    /// Name and password that its server asks for; left out: it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<Basic>,
    /// Whether its receipts come by themselves, to our `as2_url`, and not in the answer.
    #[serde(default)]
    pub asynchronous: bool,
    /// Whether further parts of a message are documents, too; otherwise such a message is refused.
    #[serde(default)]
    pub attachments: bool,
}

/// What a message can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    /// By one of the partner's certificates.
    Signed,
    /// To one of ours.
    Encrypted,
}

/// What should not be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Weakness {
    /// SHA-1, in signatures and receipts.
    #[serde(rename = "sha1")]
    Sha1,
    /// Triple DES.
    #[serde(rename = "3des")]
    TripleDes,
}

fn signed_and_encrypted() -> BTreeSet<Protection> {
    [Protection::Signed, Protection::Encrypted].into()
}

impl As2 {
    /// A partner of this name whose messages are signed and encrypted; its certificates are still to be told.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            signing: Vec::new(),
            require: signed_and_encrypted(),
            allow: BTreeSet::new(),
            receipts: BTreeSet::new(),
            url: None,
            encryption: Vec::new(),
            basic: None,
            asynchronous: false,
            attachments: false,
        }
    }

    /// What is asked of its messages; nothing compressed becomes longer than `octets_max`.
    pub fn policy(&self, octets_max: usize) -> Policy {
        let weak =
            Weak { sha1: self.allow.contains(&Weakness::Sha1), triple_des: self.allow.contains(&Weakness::TripleDes) };
        let mut policy = Policy { weak, ..Policy::default() };
        policy.limits.octets = octets_max;
        policy.signed = self.require.contains(&Protection::Signed);
        policy.encrypted = self.require.contains(&Protection::Encrypted);
        policy
    }

    /// What it may send beyond one document, as messages and receipts say it.
    pub(crate) fn features(&self) -> Features {
        Features { multiple_attachments: self.attachments }
    }

    /// The certificates that may sign now, and those that were to or will.
    pub(crate) fn signers(&self, now: Time) -> (Vec<Certificate>, Vec<Certificate>) {
        let read = self.signing.iter().filter_map(|pem| Certificate::of_signer_from_pem(pem).ok());
        read.partition(|certificate| is_valid(certificate, now))
    }

    /// To what we encrypt, where officers have said nothing: what we answer.
    pub(crate) fn recipient(&self, now: Time) -> Option<Certificate> {
        let own = if self.encryption.is_empty() { &self.signing } else { &self.encryption };
        newest(own.iter().filter_map(|pem| Certificate::from_pem(pem).ok()), now)
    }

    /// Whether an asynchronous receipt may go to this URL.
    pub fn takes_receipts_at(&self, url: &str) -> bool {
        let under = |origin: &String| {
            url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.receipts.iter().any(under)
    }

    /// Whether everything in it can be used.
    pub(super) fn check(&self, partner: &PartnerId) -> Result<(), Wrong> {
        let wrong = |what| Wrong::As2 { partner: partner.clone(), what };
        Name::new(&self.name).map_err(|_| wrong("its name is not 1 to 128 printable letters of ASCII"))?;
        for pem in &self.signing {
            Certificate::of_signer_from_pem(pem)
                .map_err(|_| wrong("a signing certificate is not a PEM certificate with an RSA or EC key"))?;
        }
        if self.require.contains(&Protection::Signed) && self.signing.is_empty() {
            return Err(wrong("messages must be signed, and no signing certificate is given"));
        }
        if self.encryption.iter().any(|pem| Certificate::from_pem(pem).is_err()) {
            return Err(wrong("an encryption certificate is not a PEM certificate with an RSA key"));
        }
        if self.url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            return Err(wrong("its url is not an https:// or http:// URL"));
        }
        if let Some(basic) = &self.basic {
            basic.check().map_err(wrong)?;
            if !self.url.iter().chain(&self.receipts).all(|url| is_confidential(url)) {
                return Err(wrong("a password goes by https:// only: its url or one of receipts is http://"));
            }
        }
        let origin = |url: &String| {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '@', ' ']))
        };
        if !self.receipts.iter().all(origin) {
            return Err(wrong("receipts names scheme, host and port only, as https://as2.shop.example"));
        }
        Ok(())
    }
}

/// Of several certificates the one that is used now: the last to begin of those that are valid.
pub(super) fn newest(certificates: impl Iterator<Item = Certificate>, now: Time) -> Option<Certificate> {
    let valid = certificates.filter(|certificate| is_valid(certificate, now));
    valid.max_by_key(|certificate| *certificate.validity_seconds().start())
}

/// Whether a certificate's time is over.
pub(crate) fn has_ended(certificate: &Certificate, now: Time) -> bool {
    u64::try_from(now.milliseconds() / 1000).is_ok_and(|now| *certificate.validity_seconds().end() < now)
}

/// Whether a certificate is within its dates.
pub(crate) fn is_valid(certificate: &Certificate, now: Time) -> bool {
    u64::try_from(now.milliseconds() / 1000).is_ok_and(|now| certificate.validity_seconds().contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(first_year: i32, last_year: i32) -> String {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.not_before = rcgen::date_time_ymd(first_year, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(last_year, 1, 1);
        parameters.self_signed(&key).unwrap().pem()
    }

    #[test]
    fn what_we_send_is_encrypted_to_the_newest_that_is_valid() {
        let pems = [certificate(2025, 2027), certificate(2026, 2029), certificate(2028, 2030)];
        let fingerprints = pems.clone().map(|pem| Certificate::from_pem(&pem).unwrap().fingerprint());
        let year = |year: i32| format!("{year}-06-01T00:00:00.000Z").parse::<Time>().unwrap();
        let [old, new, next] = pems;
        let of = |as2: &As2, now| as2.recipient(year(now)).map(|certificate| certificate.fingerprint());
        // In whatever order they stand.
        let mut as2 = As2 { signing: vec![next, old.clone(), new], ..As2::named("SHOP") };
        let chosen = [2024, 2025, 2026, 2028, 2031].map(|now| of(&as2, now));
        assert_eq!(chosen, [None, Some(0), Some(1), Some(2), None].map(|at| at.map(|at: usize| fingerprints[at])));
        // Where some are named for it, no other one is taken, even when they have ended.
        as2.encryption = vec![old];
        assert_eq!([2026, 2028].map(|now| of(&as2, now)), [Some(fingerprints[0]), None]);
    }
}

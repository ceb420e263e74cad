//! Partners and agreements, as an operator writes them: TOML files that can live in git.
//!
//! ```toml
//! [[partner]]
//! id = "northshop"
//! name = "North Shop (made up)"
//! pseudonym = "S-3f9c01d27ab4"        # the ledger's name for it; random
//! edi = ["ZZ:NORTHSHOP"]              # ISA05:ISA06 of its documents
//! tokens = ["<SHA-256 of a bearer token>"]
//!
//! [[agreement]]
//! id = "A-77b0e2f1c3d4"
//! shipper = "northshop"
//! carrier = "democarrier"
//! status = "live"                     # draft, test, shadow, live, suspended
//! guide = "northshop-856"             # by which its documents are read; left out: by the messages' own rules
//! [agreement.retention_days]          # a class without days is not accepted: dropped at reading
//! address = 90
//! contact = 30
//! ```
//!
//! A guide is a file of its own ([`manifest::guide`]). It says what is right and what is answered, and moves no value to another
//! class, so that it is the operator's: it changes nothing of who may read what, and is in no policy.

mod agreement;
pub mod as2;
mod basic;
pub mod certificates;
pub mod enrolment;
mod file;
pub mod guides;
mod id;
pub mod known;
pub(crate) mod line;

pub use self::as2::As2;
pub use agreement::{Agreement, Status};
pub use file::File;
pub use id::{EdiId, Malformed, PartnerId};

use guides::Guides;
use ledger::{AgreementId, FieldClass, Hash, Pseudonym, PublicKey, Time};
use manifest::guide::{self, Guide};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A shipper or a carrier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// The operator's word for it.
    pub id: PartnerId,
    /// What people call it, in answers and reports.
    pub name: String,
    /// The ledger's name for it.
    pub pseudonym: Pseudonym,
    /// How its documents name it.
    pub edi: BTreeSet<EdiId>,
    /// SHA-256 of each bearer token that it may present; tokens are random, so a plain hash tells nothing.
    #[serde(default)]
    pub tokens: BTreeSet<Hash>,
    /// PEM of the authorities that may have signed the certificates of its `https://` servers; left out: whom the machine trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_authorities: Option<String>,
    /// How it speaks AS2, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as2: Option<As2>,
    /// Where and how it is delivered to; carriers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryPoint>,
}

/// A carrier's address and keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPoint {
    /// `https://…`; `http://…` on loopback only but for AS2, whose messages are encrypted themselves.
    pub url: String,
    /// As AS2 messages to the partner's `as2` name; otherwise as the octets of a CMS.
    #[serde(default)]
    pub as2: bool,
    /// PEM certificates; delivery copies are encrypted to the newest that is valid and that officers have signed. They may overlap.
    pub certificates: Vec<String>,
    /// Signs acknowledgements of deliveries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
}

/// Why a file of partners is not taken.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Wrong {
    /// Two things of one name.
    #[error("{what} {name:?} occurs twice")]
    Twice {
        /// What kind of thing.
        what: &'static str,
        name: String,
    },
    /// An agreement names nobody.
    #[error("agreement {agreement} names partner {partner}, which no file describes")]
    Unknown { agreement: AgreementId, partner: PartnerId },
    /// An agreement names no guide.
    #[error("agreement {agreement} names guide {guide}, which no file describes: apply the guide's file first")]
    UnknownGuide { agreement: AgreementId, guide: String },
    /// A guide that says nothing that can be used.
    #[error("guide {name}, {wrong}")]
    Guide {
        name: String,
        /// Where, and what to do.
        wrong: guide::Error,
    },
    /// A guide for documents that are not taken.
    #[error("guide {name}: documents come as X12 or EDIFACT: `form` is x12 or edifact")]
    GuideForm { name: String },
    /// More than a start would read.
    #[error("all guides together have more than 4 MiB")]
    GuidesTooLong,
    /// No file of partners.
    #[error("the file is not valid: {what}")]
    File {
        /// Where, and which rule.
        what: String,
    },
    /// A carrier cannot be delivered to.
    #[error("partner {partner} is the carrier of an agreement, but has no [partner.delivery]")]
    NoDelivery { partner: PartnerId },
    /// A file of authorities that is none.
    #[error("partner {partner}: tls_authorities is not one or more PEM certificates of authorities")]
    Authorities { partner: PartnerId },
    /// Clear HTTP beyond this machine.
    #[error("partner {partner}: delivery url must be https://, or http:// on a loopback address or for AS2")]
    NotLoopback { partner: PartnerId },
    /// A certificate that nothing can be encrypted to.
    #[error("partner {partner}: delivery certificates are one or more PEM certificates, each with an RSA key")]
    Certificate { partner: PartnerId },
    /// Certificates that have ended, or not begun.
    #[error("partner {partner}: no delivery certificate is valid now, the newest one from {from} to {until} only")]
    CertificateNotValid { partner: PartnerId, from: Time, until: Time },
    /// What is said of a partner's AS2 cannot be used.
    #[error("partner {partner}, as2: {what}")]
    As2 {
        partner: PartnerId,
        /// Which rule.
        what: &'static str,
    },
    /// `operational` is clear and needs no days; no days at all keeps nothing.
    #[error("agreement {agreement}: retention_days names sealed classes, 1 to 3650 days each, at least one")]
    Retention { agreement: AgreementId },
}

/// All partners and agreements, ready for look-ups.
#[derive(Debug, Clone, Default)]
pub struct Partners {
    partners: BTreeMap<PartnerId, Partner>,
    agreements: BTreeMap<AgreementId, Agreement>,
    guides: Guides,
}

impl Partners {
    /// Checks and joins them; later files replace earlier ones' things of the same name.
    pub fn new(
        partners: impl IntoIterator<Item = Partner>,
        agreements: impl IntoIterator<Item = Agreement>,
        guides: Guides,
    ) -> Result<Self, Wrong> {
        let this = Self {
            partners: partners.into_iter().map(|p| (p.id.clone(), p)).collect(),
            agreements: agreements.into_iter().map(|a| (a.id.clone(), a)).collect(),
            guides,
        };
        this.check_names()?;
        this.agreements.values().try_for_each(|a| this.check_agreement(a))?;
        Ok(this)
    }

    /// Every partner, shippers and carriers.
    pub fn partners(&self) -> impl Iterator<Item = &Partner> {
        self.partners.values()
    }

    /// Every agreement, whatever its status.
    pub fn agreements(&self) -> impl Iterator<Item = &Agreement> {
        self.agreements.values()
    }

    /// The partner of an id, if there is one.
    pub fn partner(&self, id: &PartnerId) -> Option<&Partner> {
        self.partners.get(id)
    }

    /// Whose token this is.
    pub fn by_token(&self, digest: &Hash) -> Option<&Partner> {
        self.partners.values().find(|p| p.tokens.contains(digest))
    }

    /// Whose EDI id this is.
    pub fn by_edi(&self, id: &EdiId) -> Option<&Partner> {
        self.partners.values().find(|p| p.edi.contains(id))
    }

    /// Whose AS2 name this is.
    pub fn by_as2(&self, name: &str) -> Option<(&Partner, &As2)> {
        let own = |partner: &'_ Partner| partner.as2.as_ref().is_some_and(|as2| as2.name == name);
        let found = self.partners.values().find(|partner| own(partner))?;
        Some((found, found.as2.as_ref()?))
    }

    /// By the ledger's name.
    pub fn by_pseudonym(&self, name: &Pseudonym) -> Option<&Partner> {
        self.partners.values().find(|p| p.pseudonym == *name)
    }

    /// What these two agreed.
    pub fn between(&self, shipper: &PartnerId, carrier: &PartnerId) -> Option<&Agreement> {
        self.agreements.values().find(|a| a.shipper == *shipper && a.carrier == *carrier)
    }

    /// By what the documents of an agreement are read, beside the messages' own rules.
    pub fn guide_of(&self, agreement: &Agreement) -> Option<&Guide> {
        self.guides.named(agreement.guide.as_deref()?)
    }

    /// Every guide, whether an agreement names it or not.
    pub fn guides(&self) -> &Guides {
        &self.guides
    }

    fn check_names(&self) -> Result<(), Wrong> {
        let mut seen = BTreeSet::new();
        let mut once = |what: &'static str, name: String| {
            if seen.insert((what, name.clone())) { Ok(()) } else { Err(Wrong::Twice { what, name }) }
        };
        for partner in self.partners.values() {
            once("pseudonym", partner.pseudonym.to_string())?;
            partner.edi.iter().try_for_each(|id| once("EDI id", id.to_string()))?;
            partner.tokens.iter().try_for_each(|t| once("token", t.to_string()))?;
            line::check(partner)?;
            if let Some(as2) = &partner.as2 {
                once("AS2 name", as2.name.clone())?;
                as2.check(&partner.id)?;
            }
        }
        self.agreements.values().try_for_each(|a| once("agreement of", format!("{} and {}", a.shipper, a.carrier)))
    }

    fn check_agreement(&self, agreement: &Agreement) -> Result<(), Wrong> {
        let unknown =
            |partner: &PartnerId| Wrong::Unknown { agreement: agreement.id.clone(), partner: partner.clone() };
        self.partner(&agreement.shipper).ok_or_else(|| unknown(&agreement.shipper))?;
        let carrier = self.partner(&agreement.carrier).ok_or_else(|| unknown(&agreement.carrier))?;
        if let Some(guide) = agreement.guide.as_ref().filter(|guide| self.guides.named(guide).is_none()) {
            return Err(Wrong::UnknownGuide { agreement: agreement.id.clone(), guide: guide.clone() });
        }
        let days = &agreement.retention_days;
        if days.is_empty()
            || days.contains_key(&FieldClass::Operational)
            || days.values().any(|d| !(1..=3650).contains(d))
        {
            return Err(Wrong::Retention { agreement: agreement.id.clone() });
        }
        let point = carrier.delivery.as_ref().ok_or_else(|| Wrong::NoDelivery { partner: carrier.id.clone() })?;
        if point.as2 && carrier.as2.is_none() {
            return Err(Wrong::As2 {
                partner: carrier.id.clone(),
                what: "it is delivered to by AS2, and has no [partner.as2]",
            });
        }
        let asked = carrier.as2.as_ref().is_some_and(|as2| as2.basic.is_some());
        if asked && !basic::is_confidential(&point.url) {
            return Err(Wrong::As2 {
                partner: carrier.id.clone(),
                what: "a password goes by https:// only: its delivery url is http://",
            });
        }
        let https = point.url.starts_with("https://");
        if !(https || is_loopback(&point.url) || point.as2 && point.url.starts_with("http://")) {
            return Err(Wrong::NotLoopback { partner: carrier.id.clone() });
        }
        let good = |pem: &String| ::as2::Certificate::from_pem(pem).is_ok();
        let all = !point.certificates.is_empty() && point.certificates.iter().all(good);
        if all { Ok(()) } else { Err(Wrong::Certificate { partner: carrier.id.clone() }) }
    }
}

/// Whether an `http://` URL stays on this machine.
pub fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    authority.parse::<std::net::SocketAddr>().is_ok_and(|a| a.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_judged_by_address() {
        assert!(is_loopback("http://127.0.0.1:80/inbox"));
        assert!(is_loopback("http://[::1]:80"));
        for other in [
            "http://10.0.0.1:80/",
            "https://127.0.0.1:80/",
            "http://127.0.0.1.example:80/",
            "http://127.0.0.1:80@example/",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn classes_kept_equally_long_share_a_group() {
        let text = "[[agreement]]\nid='A-1'\nshipper='s'\ncarrier='c'\nstatus='live'\n[agreement.retention_days]\naddress=90\nlinkable=90\ncontact=30\n";
        let file: File = toml::from_str(text).expect("a valid file");
        let groups = file.agreement[0].groups();
        assert_eq!(
            groups.iter().map(|g| (g.group.as_str(), g.classes.len())).collect::<Vec<_>>(),
            [("d30", 1), ("d90", 2)]
        );
    }
}

//! What officers of the organisations decide, and sign with keys that no server has: whom to trust.
//!
//! An operator's credential, or whoever has taken the gateway, can draft a policy and not make one. So the certificate to
//! which a carrier's documents are encrypted, and who exchanges with whom, are not theirs to change.

use super::{EnrolledWorker, PlacedKey};
use crate::{classes::Classes, identifier::*, opening::Purpose, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Whose signatures make a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// How many of them must sign, at least 1.
    pub threshold: u32,
    /// Their keys, offline; no key twice.
    pub officers: Vec<Officer>,
}

/// One of those who decide, by the key that is theirs alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Whose officer it is.
    pub organisation: PlaceName,
    /// Signs policies, and nothing else.
    pub key: PublicKey,
}

/// A policy, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What is decided, as the officers read it.
    pub record: PolicyRecord,
    /// By officers, context `bulla.policy/4`; sorted by key.
    pub signatures: Vec<OfficerSignature>,
}

/// The signed part of a [`Policy`]: what is new or changed. What it does not name stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRecord {
    /// The ledger that it is for.
    pub origin: String,
    /// From 1, no number missing, none twice: an old one is not signed again by being shown again.
    pub number: u64,
    /// Who may ask to open.
    pub principals: Vec<Principal>,
    /// Who is delivered to, under which names, encrypted to what.
    pub carriers: Vec<Carrier>,
    /// Whose word on what it sent counts, and by which key.
    pub shippers: Vec<Shipper>,
    /// Who exchanges what with whom, and for how long it is kept.
    pub agreements: Vec<Agreement>,
    /// What is kept beyond its retention.
    pub holds: Vec<Hold>,
    /// Who holds a second layer of keys; the member is left out where there is nobody new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co_holders: Vec<CoHolder>,
    /// Workers that are new, or that have another key or host from then on.
    pub workers: Vec<EnrolledWorker>,
    /// A new generation of the warden: another key, on another host.
    pub generation: Option<Generation>,
    /// Who cosigns from then on.
    pub witnesses: Option<Witnesses>,
    /// Who signs the next policy.
    pub authority: Option<Authority>,
    /// The newest cosigned checkpoint that the officers had seen: what they sign, they sign after it. A note of the ledger
    /// before this entry.
    pub seen: Option<String>,
}

/// A warden's host and signing key, for as long as both stay: whoever takes them has the keys that it made, and none that the
/// next one makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Its note key, under the ledger's name, and where it works.
    pub warden: PlacedKey,
    /// How many days copies of its files are kept.
    pub copies_days: u32,
}

/// Who cosigns, and how many of them must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witnesses {
    /// Their note keys; no key twice.
    pub keys: Vec<PlacedKey>,
    /// How many of them must have cosigned before anything opens.
    pub quorum: u32,
}

/// One officer's word on a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerSignature {
    /// Which officer's.
    pub key: PublicKey,
    /// By that key over the record.
    pub signature: Signature,
}

impl PolicyRecord {
    const CONTEXT: &str = "bulla.policy/4";

    /// One that decides nothing yet, and is not signed before this note.
    pub fn new(origin: &str, number: u64, seen: Option<String>) -> Self {
        Self {
            origin: origin.to_owned(),
            number,
            principals: Vec::new(),
            carriers: Vec::new(),
            shippers: Vec::new(),
            agreements: Vec::new(),
            holds: Vec::new(),
            co_holders: Vec::new(),
            workers: Vec::new(),
            generation: None,
            witnesses: None,
            authority: None,
            seen,
        }
    }

    /// Whether nothing is new or changed.
    pub fn is_empty(&self) -> bool {
        let who = self.principals.is_empty() && self.carriers.is_empty() && self.agreements.is_empty();
        let what = self.shippers.is_empty() && self.holds.is_empty() && self.workers.is_empty();
        who && what && self.co_holders.is_empty() && !self.moves() && self.authority.is_none()
    }

    /// Whether the ledger is signed or cosigned by others from then on.
    pub fn moves(&self) -> bool {
        self.generation.is_some() || self.witnesses.is_some()
    }

    /// An officer's signature over it.
    pub fn sign(&self, key: &SigningKey) -> OfficerSignature {
        let public = PublicKey(key.verifying_key().to_bytes());
        OfficerSignature { key: public, signature: sign(key, Self::CONTEXT, self) }
    }
}

impl Policy {
    /// A record with its signatures, in their one order.
    pub fn new(record: PolicyRecord, mut signatures: Vec<OfficerSignature>) -> Self {
        signatures.sort_by_key(|signed| signed.key);
        Self { record, signatures }
    }

    /// Whether enough officers have signed, each once, and nobody else.
    pub fn is_signed_by(&self, authority: &Authority) -> bool {
        let least = usize::try_from(authority.threshold.max(1)).unwrap_or(usize::MAX);
        enough(least, &self.signatures, authority, PolicyRecord::CONTEXT, &self.record)
    }
}

/// Whether so many officers have signed this, each once, sorted by key, and nobody else.
pub(super) fn enough(
    least: usize,
    signatures: &[OfficerSignature],
    authority: &Authority,
    context: &str,
    record: &impl Serialize,
) -> bool {
    let known = |key: &PublicKey| authority.officers.iter().any(|officer| officer.key == *key);
    let good = |signed: &OfficerSignature| {
        known(&signed.key) && verify(&signed.key, context, record, &signed.signature).is_ok()
    };
    signatures.len() >= least && signatures.is_sorted_by(|a, b| a.key < b.key) && signatures.iter().all(good)
}

/// Someone who may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// Its id, the same in every entry about it.
    pub principal: PrincipalId,
    /// The Ed25519 key that signs its requests.
    pub key: PublicKey,
    /// SHA-256 of the X-Wing public key to which results are sealed.
    pub result_key: Hash,
    /// The purposes that it may give; a request for another is refused.
    pub purposes: BTreeSet<Purpose>,
    /// The sealed classes that it may ask for.
    pub classes: Classes,
    /// How many rows, at most.
    pub rows: Budget,
    /// Of what was received at most so many days before.
    pub age_days: u32,
    /// Rows that one request may name without a second person: above, somebody who `approves` signs it, too.
    pub alone: u32,
    /// Whether requests of others may be approved.
    pub approves: bool,
    /// The fewest people of which it is given a number, at least [`CountScope::LEAST`]; none: it has nobody counted, and the member
    /// is left out.
    ///
    /// [`CountScope::LEAST`]: crate::CountScope::LEAST
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<u32>,
}

/// Rows that a principal may ask for within an hour, a day and thirty days, each counted back from now. Asking counts, also
/// if nothing comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Within the last 60 minutes.
    pub hour: u32,
    /// Within the last 24 hours.
    pub day: u32,
    /// Within the last 30 days.
    pub month: u32,
}

impl Budget {
    /// Nothing at all: what is left to somebody who may no longer ask.
    pub const NONE: Self = Self { hour: 0, day: 0, month: 0 };
}

/// Someone who receives deliveries, and confirms them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// Its pseudonym, the same in every entry about it.
    pub carrier: Pseudonym,
    /// Signs its acknowledgements of deliveries; none: deliveries are never `confirmed`.
    pub key: Option<PublicKey>,
    /// SHA-256 of the DER of each certificate to which delivery copies may be encrypted, at least one: the next one stands beside the
    /// one that ends.
    pub certificates: BTreeSet<Hash>,
    /// [`Carrier::edi_name`] of each name under which documents may be addressed to it.
    pub edi: BTreeSet<Hash>,
}

impl Carrier {
    /// The hash of one of a carrier's names in documents (`QUALIFIER:ID`). The ledger has no partner's name.
    pub fn edi_name(carrier: &Pseudonym, name: &str) -> Hash {
        Hash(Sha256::digest(format!("bulla.edi-name/1\n{carrier}\n{name}")).into())
    }
}

/// Someone who sends, and signs totals of what it sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipper {
    /// Its pseudonym, the same in every entry about it.
    pub shipper: Pseudonym,
    /// Signs its totals, at most of what it sends from here on; none: they bound nothing.
    pub key: Option<PublicKey>,
    /// Its people are made up, and only this principal opens them: whoever else asks raises the warden's alarm. They count like
    /// all others.
    pub opened_by: Option<PrincipalId>,
}

/// What was agreed on retention between a shipper and a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Its pseudonym, which its periods begin with.
    pub agreement: AgreementId,
    /// Who sends under it.
    pub shipper: Pseudonym,
    /// Who is delivered to under it.
    pub carrier: Pseudonym,
    /// Classes kept equally long, sorted by group.
    pub groups: Vec<RetentionGroup>,
}

/// Classes that are kept equally long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionGroup {
    /// Its name in period ids.
    pub group: GroupId,
    /// Sealed classes, never `operational`.
    pub classes: Classes,
    /// Days after the end of the month, at most [`RetentionGroup::DAYS_MAX`].
    pub days: u32,
}

impl RetentionGroup {
    /// Ten years: who keeps longer keeps for good.
    pub const DAYS_MAX: u32 = 3_653;
}

/// What was received under an agreement in these months is kept beyond its retention: a claim is open, or a court has asked.
/// A later word on the same agreement and months replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Whose periods.
    pub agreement: AgreementId,
    /// The first month.
    pub first: Month,
    /// The last one.
    pub last: Month,
    /// Until then no key of theirs is destroyed; none: the hold is over.
    pub until: Option<Time>,
}

/// Somebody of another organisation than the warden's whose layer must also be removed before anything opens, once and for all:
/// another key, or another host, is another co-holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoHolder {
    /// Its id, which no other one ever has.
    pub co_holder: CoHolderId,
    /// Who runs its host.
    pub organisation: PlaceName,
    /// The host on which it works; no warden and no worker is ever placed there.
    pub host: PlaceName,
    /// Signs the list of what it unwrapped.
    pub key: PublicKey,
    /// SHA-256 of the X-Wing public key to which the outer layer is sealed.
    pub seal_key: Hash,
}

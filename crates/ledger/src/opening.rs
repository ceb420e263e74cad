//! A request to open, signed by the requester over its exact scope: a gateway can carry it, but
//! neither forge nor widen it. And the second person's word that a large one needs.

use crate::{canonical, classes::Classes, identifier::*, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const CONTEXT: &str = "bulla.opening/1";
const APPROVAL_CONTEXT: &str = "bulla.approval/1";

/// Why data is opened: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the words of DESIGN section 3
pub enum Purpose {
    Resend,
    Label,
    Support,
    SubjectAccess,
    Dispute,
    Assessment,
    Notice,
}

impl Purpose {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Label => "label",
            Self::Support => "support",
            Self::SubjectAccess => "subject-access",
            Self::Dispute => "dispute",
            Self::Assessment => "assessment",
            Self::Notice => "notice",
        }
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Exactly what is to be opened, by whom, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Who asks; the ledger's `principal` entry has the keys.
    pub principal: PrincipalId,
    /// Why; the principal must be allowed it.
    pub purpose: Purpose,
    /// The case behind it.
    pub ticket: Ticket,
    /// The batch, which must be anchored.
    pub batch: BatchId,
    /// Its salted header hash, as anchored.
    pub header: Hash,
    /// Records of it: 0 is the manifest's own, parcels from 1; at least one.
    pub rows: BTreeSet<u32>,
    /// Sealed classes of these rows; at least one.
    pub classes: Classes,
    /// When asked; the warden refuses requests older than five minutes.
    pub requested: Time,
    /// Random, so that no two requests are the same bytes; the warden refuses a repeated one.
    pub nonce: Hash,
}

/// A [`Scope`], signed by the principal that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningRequest {
    /// What is asked, exactly: nothing wider can be made of it.
    pub scope: Scope,
    /// Ed25519 by the principal, context `bulla.opening/1`.
    pub signature: Signature,
}

impl OpeningRequest {
    /// Signs a scope with the principal's key.
    pub fn new(scope: Scope, key: &SigningKey) -> Self {
        let signature = sign(key, CONTEXT, &scope);
        Self { scope, signature }
    }

    /// Checks the signature against the principal's key.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, CONTEXT, &self.scope, &self.signature)
    }

    /// The opening's name: SHA-256 of the request's canonical bytes.
    pub fn id(&self) -> Hash {
        Hash(Sha256::digest(canonical::bytes(self)).into())
    }
}

/// A second person's word for one request: for exactly what it names, until it expires, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who approves: another principal than the one that asks.
    pub principal: PrincipalId,
    /// Until when the warden takes the request, at most [`Approval::HOURS_MAX`] after it was asked.
    pub expires: Time,
    /// Ed25519 by that principal, context `bulla.approval/1`, over the opening's name and `expires`.
    pub signature: Signature,
}

/// What an [`Approval`] signs.
#[derive(Serialize)]
struct Approved<'a> {
    opening: &'a Hash,
    expires: Time,
}

impl Approval {
    /// A request that waits longer is made anew.
    pub const HOURS_MAX: i64 = 24;

    /// Approves a request until then.
    pub fn new(request: &OpeningRequest, principal: PrincipalId, expires: Time, key: &SigningKey) -> Self {
        let signature = sign(key, APPROVAL_CONTEXT, &Approved { opening: &request.id(), expires });
        Self { principal, expires, signature }
    }

    /// Checks that it is by this key and for this request.
    pub fn verify(&self, request: &OpeningRequest, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, APPROVAL_CONTEXT, &Approved { opening: &request.id(), expires: self.expires }, &self.signature)
    }

    /// Whether it does not wait for too long.
    pub fn is_short(&self, request: &OpeningRequest) -> bool {
        let waits = self.expires.milliseconds().saturating_sub(request.scope.requested.milliseconds());
        (0..=Self::HOURS_MAX * 3_600_000).contains(&waits)
    }
}

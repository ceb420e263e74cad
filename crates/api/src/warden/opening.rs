//! Openings: what goes in, and what comes out sealed to the requester.

use super::{Included, Octets, Pins, Unproven};
use ledger::{Entry, FieldClass, Hash, Header, OpeningRequest, opening::Approval};
use seal::{PeriodSecretKey, period};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A signed request, as a person gives it to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Who wants what, and why.
    pub request: OpeningRequest,
    /// The X-Wing public key to which the answer is sealed: the one whose hash the policy names.
    pub result_key: Octets,
    /// The second person's word, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// A signed request, and the sealed batch that it is about. Whoever carries it adds the batch and can change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Who wants what, and why.
    pub request: OpeningRequest,
    /// The answer is sealed to it, as in [`Asked`].
    pub result_key: Octets,
    /// As in [`Asked`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The batch's clear header.
    pub header: Header,
    /// The salt of its hash in the ledger.
    pub salt: Hash,
    /// One for each group of the header.
    pub encapsulations: Vec<Octets>,
    /// The whole sealed body.
    pub body: Octets,
}

/// What was opened, sealed to the requester's result key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The request's name in the ledger, [`OpeningRequest::id`].
    pub opening: Hash,
    /// [`Fields`] as JSON, by HPKE with info `bulla.opening-result/1 OPENING` and the principal's id as associated data.
    pub sealed: Octets,
    /// Index of the `intent` entry.
    pub intent: u64,
    /// Index of the `receipt` entry.
    pub receipt: u64,
    /// The checkpoint, with its quorum of cosignatures, before which nothing was opened.
    pub checkpoint: String,
    /// The proof that the intent is in that checkpoint.
    pub included: Included,
    /// A note by the ledger's key over [`Answer::statement`]: so what was sealed is the warden's word and nobody else's.
    pub signed: String,
}

/// The opened cells, by row, then by class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// One for each row and class of the request.
    pub fields: Vec<Field>,
}

/// One class of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// 0 is the manifest's own record.
    pub row: u32,
    /// The one class whose fields `value` holds.
    pub class: FieldClass,
    /// The record's fields of that class, as the manifest crate wrote them; none if it holds none.
    pub value: Option<Octets>,
}

impl Answer {
    /// The HPKE `info` of an answer: it opens for this opening only.
    pub fn info(opening: &Hash) -> String {
        format!("bulla.opening-result/1 {opening}")
    }

    /// What the warden signs: that this opening has this answer. The receipt in the ledger has the same digest.
    pub fn statement(opening: &Hash, answer: &Hash) -> String {
        format!("bulla.answer/1\n{opening}\n{answer}\n")
    }

    /// SHA-256 of the sealed octets.
    pub fn digest(&self) -> Hash {
        Hash(Sha256::digest(&self.sealed.0).into())
    }

    /// Opens the result with the requester's private result key.
    ///
    /// # Errors
    /// [`seal::Error::Unsealable`] if it is not the answer to this request, or not for this key.
    pub fn open(&self, request: &OpeningRequest, secret: &PeriodSecretKey) -> Result<Fields, seal::Error> {
        let info = Self::info(&request.id());
        let aad = request.scope.principal.as_str().as_bytes();
        let opened = period::open_from(secret, info.as_bytes(), aad, &self.sealed.0)?;
        Fields::read(&opened).ok_or(seal::Error::Unsealable)
    }

    /// Checks that this very request stood in a checkpoint with its quorum, and that the answer is the warden's.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(&self, request: &OpeningRequest, pins: &Pins) -> Result<(), Unproven> {
        self.included.verify(&pins.checkpoint(&self.checkpoint)?)?;
        let signed = tlog::note::open(self.signed.as_bytes(), std::slice::from_ref(&pins.warden));
        let statement = Self::statement(&request.id(), &self.digest());
        if signed.map_or(true, |signed| signed.text != statement) {
            return Err(Unproven::Answer);
        }
        match &self.included.logged.entry {
            Entry::Intent(intent) if intent.request == *request && intent.opening == self.opening => Ok(()),
            _ => Err(Unproven::Entry { index: self.included.index }),
        }
    }
}

impl Fields {
    /// What is sealed to the requester: canonical JSON, wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("string keys and plain values"))
    }

    fn read(octets: &[u8]) -> Option<Self> {
        serde_json::from_slice(octets).ok()
    }
}

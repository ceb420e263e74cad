//! A request to count people, signed by the one who asks over the exact set: nobody is shown anything but a number.

use crate::{canonical, identifier::*, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const CONTEXT: &str = "bulla.count/1";

/// Which people are counted: those of every row that is sealed to these periods' keys by then.
///
/// A set is made of whole periods (an agreement's month), so that nobody chooses rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountScope {
    /// Who asks; a policy gives the right to.
    pub principal: PrincipalId,
    /// The case behind it.
    pub ticket: Ticket,
    /// Periods whose classes hold `address`; 1 to [`CountScope::PERIODS_MAX`].
    pub periods: BTreeSet<PeriodId>,
    /// When asked; the warden refuses requests older than five minutes.
    pub requested: Time,
    /// Random, so that no two requests are the same bytes.
    pub nonce: Hash,
}

impl CountScope {
    /// More do not fit into a leaf with the longest of names.
    pub const PERIODS_MAX: usize = 1_000;
    /// The fewest people of which a number is given, whatever a policy says.
    pub const LEAST: u32 = 100;
}

/// A [`CountScope`], signed by the principal that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// Which people.
    pub scope: CountScope,
    /// Ed25519 by the principal, context `bulla.count/1`.
    pub signature: Signature,
}

impl CountRequest {
    /// Signs a scope with the principal's key.
    pub fn new(scope: CountScope, key: &SigningKey) -> Self {
        let signature = sign(key, CONTEXT, &scope);
        Self { scope, signature }
    }

    /// Checks the signature against the principal's key.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, CONTEXT, &self.scope, &self.signature)
    }

    /// The count's name: SHA-256 of the request's canonical bytes.
    pub fn id(&self) -> Hash {
        Hash(Sha256::digest(canonical::bytes(self)).into())
    }
}

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
    /// Periods whose classes hold `address`; one at least, and no more than [fit](CountScope::fits).
    pub periods: BTreeSet<PeriodId>,
    /// When asked; the warden refuses requests older than five minutes.
    pub requested: Time,
    /// Random, so that no two requests are the same bytes.
    pub nonce: Hash,
}

impl CountScope {
    /// Octets that the periods of one count take in its entry: what a leaf has left beside the longest of all else. The set is spelled
    /// out, period by period, so that whoever replays a ledger needs memory for what he has read, and for nothing that is only named.
    pub const PERIODS_OCTETS_MAX: usize = 65_000;
    /// The fewest people of which a number is given, whatever a policy says.
    pub const LEAST: u32 = 100;

    /// Whether one entry has room for these periods, each in quotes and with a comma.
    pub fn fits<'a>(periods: impl IntoIterator<Item = &'a PeriodId>) -> bool {
        let octets = |period: &PeriodId| period.to_string().len() + 3;
        periods.into_iter().map(octets).sum::<usize>() <= Self::PERIODS_OCTETS_MAX
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{CountIntent, Entry, Logged};

    /// Periods of the largest set of names of such a length, and its leaf beside the longest of all else.
    fn largest(name: impl Fn(usize) -> String) -> (usize, usize) {
        let count = CountScope::PERIODS_OCTETS_MAX / (name(0).len() + 3);
        let mut periods: BTreeSet<PeriodId> = (0..=count).map(|number| name(number).parse().expect("a name")).collect();
        assert!(!CountScope::fits(&periods));
        periods.pop_last();
        assert!(CountScope::fits(&periods));
        let scope = CountScope {
            principal: "p".repeat(32).parse().expect("a name"),
            ticket: "T".repeat(32).parse().expect("a ticket"),
            periods,
            requested: Time::from_milliseconds(0),
            nonce: Hash([255; 32]),
        };
        let request = CountRequest::new(scope, &SigningKey::from_bytes(&[1; 32]));
        let entry = Entry::CountIntent(CountIntent { count: request.id(), request });
        (count, Logged { time: Time::from_milliseconds(0), entry }.to_bytes().len())
    }

    #[test]
    fn what_fits_fits_into_a_leaf() {
        let limit = tlog::bundle::ENTRY_OCTETS_MAX;
        let month = |number: usize| format!("{:04}-{:02}", 1970 + number / 12, 1 + number % 12);
        let longest = |number| format!("{}/{}/{}/4294967295", "A".repeat(32), month(number), "g".repeat(16));
        assert_eq!(largest(longest), (915, 525 + 915 * 71 - 1));
        let story = |number| format!("A-{:02}/{}/all", number / 100, month(number % 100));
        assert_eq!(largest(story), (3_421, 525 + 3_421 * 19 - 1));
        assert!(525 + CountScope::PERIODS_OCTETS_MAX - 1 <= limit);
    }
}

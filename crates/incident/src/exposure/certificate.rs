//! Whose delivery copies the key of one certificate reads.

use ledger::{Hash, Pseudonym, entry::Carrier, replay::State};
use std::collections::{BTreeMap, BTreeSet};

/// The carriers that had a certificate at any time.
pub(super) struct Holders<'a> {
    state: &'a State,
    certificate: Hash,
    ever: BTreeSet<&'a Pseudonym>,
    /// By a policy without effect: it raises, so no anchor shows that only others were used.
    void: BTreeSet<&'a Pseudonym>,
}

/// For which carriers one batch's delivery copy may be encrypted to it.
#[derive(Clone, Copy)]
pub(super) struct Readers<'a> {
    holders: &'a Holders<'a>,
    /// What the policy that the anchor names gave; nothing of a void anchor.
    given: Option<&'a BTreeMap<Pseudonym, BTreeSet<Hash>>>,
}

impl<'a> Holders<'a> {
    /// `None`: no carrier ever had it.
    pub fn of(state: &'a State, certificate: Hash) -> Option<Self> {
        let void = state.voids.carriers.iter().filter(|carrier| carrier.certificates.contains(&certificate));
        let void: BTreeSet<_> = void.map(|carrier| &carrier.carrier).collect();
        let had = |versions: &Vec<Carrier>| versions.iter().any(|own| own.certificates.contains(&certificate));
        let had = state.carriers.iter().filter(|(_, versions)| had(versions));
        let ever: BTreeSet<_> = had.map(|(carrier, _)| carrier).chain(void.iter().copied()).collect();
        (!ever.is_empty()).then_some(Self { state, certificate, ever, void })
    }

    /// Of a batch whose anchor names this entry.
    pub fn readers(&'a self, policy: u64, void: bool) -> Readers<'a> {
        Readers { holders: self, given: self.state.certificates.get(&policy).filter(|_| !void) }
    }
}

impl Readers<'_> {
    /// A policy that does not name the carrier shows nothing of it: whatever it ever had counts then.
    pub fn may_be(&self, carrier: &Pseudonym) -> bool {
        let Self { holders, given } = self;
        let given = given.and_then(|given| given.get(carrier));
        let read = given.map_or_else(|| holders.ever.contains(carrier), |given| given.contains(&holders.certificate));
        read || holders.void.contains(carrier)
    }
}

//! `warden.toml`. Every key is documented here; unknown keys are refused.

use crate::Error;
use confinement::Needs;
use ledger::{
    PlaceName, Pseudonym,
    entry::{Authority, EnrolledWorker, Generation, PlacedKey, Witnesses},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};
use tlog::Verifier;

/// One warden, as its operator configures it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its directory, with the keys that [`crate::custody::create`] made.
    pub dir: PathBuf,
    /// Where it listens. Plain HTTP, so a loopback address.
    pub listen: SocketAddr,
    /// The ledger's origin, for example `warden.example/demo`: also the name of the warden's note key.
    pub origin: String,
    /// Who runs it, for reports.
    pub organisation: PlaceName,
    /// The host that it runs on: whoever takes that has its keys. Another one is a new generation: `bulla warden renew`.
    pub host: PlaceName,
    /// For how many days copies of its directory are kept (backups, snapshots of the machine): until the last is gone, a
    /// key that was destroyed can be had from it.
    #[serde(default)]
    pub copies_days: u32,
    /// A chosen `now` for retention is taken only if this is true.
    #[serde(default)]
    pub demo: bool,
    /// How many of `witnesses` must have cosigned before anything is opened or destroyed.
    pub quorum: u32,
    /// Who cosigns. They stand in the ledger: `bulla warden renew` changes them.
    pub witnesses: Vec<Witness>,
    /// Gateways' workers at the first start; then a policy enrols them.
    pub workers: Vec<EnrolledWorker>,
    /// Officers whose signatures decide who may ask and who is delivered to, at the first start; then a policy changes them.
    pub authority: Authority,
    /// Where alarms are posted as JSON, at once: `http://HOST…`, for example a relay on this host. They are in the log and in
    /// `/metrics` in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_url: Option<String>,
    /// `[[budget]]`: above so many rows of a carrier that some key here opens, there is an alarm. `/metrics` has what is held in any
    /// case.
    #[serde(default, rename = "budget", skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Budget>,
    /// `[limits]`: how much of it those who connect get. All have defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<door::Limits>,
}

/// A witness, and where it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// What messages call it.
    pub name: String,
    /// `http://HOST:PORT`; `/add-checkpoint` is put behind it.
    pub url: String,
    /// Its note key for cosignatures (Ed25519 or ML-DSA-44), in verifier form.
    pub vkey: String,
    /// Who runs it. It is worth something when that is not who runs the warden.
    pub organisation: PlaceName,
    /// The host that it runs on.
    pub host: PlaceName,
}

/// How much may be held for a carrier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The carrier, as the ledger calls it (`bulla partner list`).
    pub carrier: Pseudonym,
    /// Rows, at most.
    pub rows: u64,
}

impl Config {
    /// What the types alone do not ensure.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let ensure = |holds: bool, rule| if holds { Ok(()) } else { Err(Error::Config { rule }) };
        ensure(self.listen.ip().is_loopback(), "listen is a loopback address: this version has no TLS")?;
        ensure(self.quorum as usize <= self.witnesses.len(), "quorum is at most the number of witnesses")?;
        ensure(
            self.quorum > 0 || self.demo,
            "quorum is at least 1: without a witness nobody else knows what was opened",
        )?;
        ensure(!self.workers.is_empty(), "at least one worker is enrolled")?;
        let distinct = |names: Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
        ensure(distinct(self.workers.iter().map(|w| w.worker.to_string()).collect()), "no worker is named twice")?;
        ensure(distinct(self.witnesses.iter().map(|w| w.vkey.clone()).collect()), "no witness key is there twice")?;
        self.verifiers().map(drop)
    }

    /// What a warden with this configuration needs of its host.
    pub fn needs(&self) -> Needs {
        let alone = Needs::new(&self.dir, self.listen.port());
        let asked = self.witnesses.iter().map(|witness| &witness.url).chain(&self.alarm_url);
        asked.fold(alone, |needs, url| needs.connecting_to(url))
    }

    /// What the ledger says of this warden.
    pub(crate) fn generation(&self, key: String) -> Generation {
        let warden = PlacedKey { key, organisation: self.organisation.clone(), host: self.host.clone() };
        Generation { warden, copies_days: self.copies_days }
    }

    /// What the ledger says of those who cosign.
    pub(crate) fn witness_keys(&self) -> Witnesses {
        let placed = |Witness { vkey, organisation, host, .. }: &Witness| PlacedKey {
            key: vkey.clone(),
            organisation: organisation.clone(),
            host: host.clone(),
        };
        Witnesses { keys: self.witnesses.iter().map(placed).collect(), quorum: self.quorum }
    }

    /// The witnesses' keys, in their order.
    pub(crate) fn verifiers(&self) -> Result<Vec<Verifier>, Error> {
        let wrong =
            || Error::Config { rule: "a witness's vkey is a verifier key of type 0x04 (Ed25519) or 0x06 (ML-DSA-44)" };
        let parse = |witness: &Witness| match witness.vkey.parse::<Verifier>() {
            Ok(key) if key.algorithm().cosigns() => Ok(key),
            _ => Err(wrong()),
        };
        self.witnesses.iter().map(parse).collect()
    }
}

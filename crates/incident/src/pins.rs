//! Keys that the reader of a report has from elsewhere, with who holds them and on which host.
//!
//! ```text
//! [[pin]]
//! role = "warden"
//! organisation = "Example Post"
//! host = "vault-1.post.example"
//! key = "post.example/ledger+1f2e3d4c+AX…"
//! ```

use crate::Level;
use ledger::{WorkerId, entry::Genesis};
use serde::Deserialize;
use tlog::Verifier;

/// Longest accepted text, in octets.
pub const OCTETS_MAX: usize = 262_144;

/// The pinned keys, as a file lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins(Vec<Pin>);

/// One pinned key, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// What the key is for.
    pub role: Role,
    /// Who holds it: levels count organisations.
    pub organisation: String,
    /// Where: two roles with the same host are not apart.
    pub host: String,
    /// The key in verifier form.
    pub key: Verifier,
}

/// What a pinned key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Signs the ledger's checkpoints.
    Warden,
    /// Cosigns the warden's checkpoints.
    Witness,
    /// Signs intake entries, as a worker.
    Gateway,
}

/// Why a text was refused. `number` is the table's, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    #[error("the pins are longer than {OCTETS_MAX} octets")]
    TooLong,
    #[error("the pins are not TOML as expected: {message}")]
    Toml { message: String },
    #[error("there is no [[pin]] table: without pins, give no pins file")]
    None,
    #[error("pin {number}: `key` is not a note verifier key (name+id+base64)")]
    Key { number: usize },
    #[error("pin {number}: `organisation` and `host` must not be empty")]
    Empty { number: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    pin: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    role: Role,
    organisation: String,
    host: String,
    key: String,
}

impl Pins {
    /// Reads the text; unknown keys are refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > OCTETS_MAX {
            return Err(Error::TooLong);
        }
        let tables: Text = toml::from_str(text).map_err(|e| {
            let message = e.message().lines().next().unwrap_or_default().to_owned();
            Error::Toml { message }
        })?;
        if tables.pin.is_empty() {
            return Err(Error::None);
        }
        let read = |(at, table): (usize, Table)| {
            let number = at + 1;
            let key = table.key.parse().map_err(|_| Error::Key { number })?;
            if table.organisation.trim().is_empty() || table.host.trim().is_empty() {
                return Err(Error::Empty { number });
            }
            Ok(Pin { role: table.role, organisation: table.organisation, host: table.host, key })
        };
        Ok(Self(tables.pin.into_iter().enumerate().map(read).collect::<Result<_, _>>()?))
    }

    /// The pinned keys, as listed.
    pub fn list(&self) -> &[Pin] {
        &self.0
    }

    /// The pin of this key in this role.
    pub fn find(&self, role: Role, key: &Verifier) -> Option<&Pin> {
        self.0.iter().find(|pin| pin.role == role && pin.key == *key)
    }

    /// The highest level that the pins show for this ledger: 1 when the warden's key is pinned, every
    /// enrolled worker's key is pinned as a gateway's, and no gateway shares the warden's host. Nothing
    /// above 1 can be shown yet: no entry names a co-holder.
    pub fn level(&self, genesis: &Genesis) -> Level {
        let Ok(warden) = genesis.warden.parse::<Verifier>() else { return Level::ONE_HOST };
        let Some(warden) = self.find(Role::Warden, &warden) else { return Level::ONE_HOST };
        let apart = genesis.workers.iter().all(|worker| {
            let pin = worker_verifier(&worker.worker, &worker.key).and_then(|key| self.find(Role::Gateway, &key));
            pin.is_some_and(|pin| !pin.host.eq_ignore_ascii_case(&warden.host))
        });
        if apart && !genesis.workers.is_empty() { Level::WARDEN_APART } else { Level::ONE_HOST }
    }
}

/// A worker's key in the form in which it is pinned: an Ed25519 note key (type 0x01) with the worker's id as its name.
pub fn worker_verifier(worker: &WorkerId, key: &ledger::PublicKey) -> Option<Verifier> {
    Verifier::new(worker.as_str(), tlog::Algorithm::Ed25519, &key.0).ok()
}

//! The roles' configuration files. Every key is documented where its role is; unknown keys are refused.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The demo's carrier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// Its directory: keys and inbox.
    pub dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The ledger's name for it.
    pub pseudonym: ledger::Pseudonym,
    /// PEM of the gateway's signing certificate.
    pub gateway_certificate: String,
}

/// Reads a configuration file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a valid configuration", path.display()))
}

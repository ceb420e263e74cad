//! One gateway's configuration: every key is documented here, unknown keys are refused.

use crate::partner::EdiId;
use ledger::{WorkerId, entry::Authority};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// `gateway.toml`, without the tables `[limits]` and `[tls]` of the process around it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its directory: what a thief of the gateway's disk gets.
    pub dir: PathBuf,
    /// Where it listens: without TLS a loopback address.
    pub listen: SocketAddr,
    /// Its worker's name, as enrolled at the warden.
    pub worker: WorkerId,
    /// Where the warden is asked: `http://HOST:PORT`.
    pub warden: String,
    /// The warden's note key, given out of band: what it says is checked against it.
    pub warden_key: String,
    /// The witnesses' note keys.
    pub witness_keys: Vec<String>,
    /// How many of them must have cosigned.
    pub quorum: u32,
    /// The officers of the ledger's first entry: without their signatures no carrier's certificate and no agreement is used.
    pub authority: Authority,
    /// SHA-256 of the operators' bearer tokens.
    pub operators: Vec<ledger::Hash>,
    /// The largest body taken, in octets.
    #[serde(default = "default_body_octets_max")]
    pub body_octets_max: usize,
    /// Our name in AS2; without it nothing is taken by AS2. Keys and certificates are the pairs `NAME.key.pem` and `NAME.crt.pem`
    /// in `as2/` of the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as2_name: Option<String>,
    /// Where partners send us asynchronous receipts: the `/as2` of this gateway as they reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as2_url: Option<String>,
    /// `QUALIFIER:ID` that delivered documents name as their sender.
    pub edi: EdiId,
    /// Whether everyone on this machine may enter the console as the demo's operator: made-up data only.
    #[serde(default)]
    pub demo: bool,
    /// Where the control plane is: `postgres://…`, a database in PostgreSQL that is this gateway's alone. Without it, `control.db` in
    /// the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<vault::Database>,
    /// Where sealed batches and delivery copies lie: `s3://BUCKET/PREFIX?endpoint=URL`, part of a bucket that is this gateway's alone.
    /// Without it, `segments/` and `outbox/` in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<vault::Bucket>,
    /// Partners and agreements to begin with; read once, while the gateway knows none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partners: Option<PathBuf>,
}

fn default_body_octets_max() -> usize {
    100 * 1024 * 1024
}

//! The witness: cosigns a ledger's checkpoint if it continues the last one, and keeps a full copy of its entries.
//!
//! Whoever runs it does not trust the warden, so it shares no code with the warden but the formats (`tlog`), the files
//! (`durable`) and the limits of connections (`door`, which knows nothing of what is asked): its client, its answers and
//! its copy are its own. In scope: when it cosigns (`rules`, after C2SP
//! tlog-witness), the copy (`mirror`), the HTTP interface. Out of scope: what the entries mean; who must have cosigned.
//!
//! ```text
//! DIR/role.lock pid address version   one process, where it listens, the form of this directory
//! DIR/signer              its note key (cosignature/v1)
//! DIR/state               what it must never forget: the last size and root that it cosigned (tlog::State)
//! DIR/latest              the last cosigned checkpoint; may be lost, the next one replaces it
//! DIR/mirror/log          every entry, checked against a root that was cosigned
//! DIR/mirror/checkpoint   the newest checkpoint whose entries are all there
//! DIR/mirror/fault        a checkpoint that the log signed and then served other entries for
//! ```
//!
//! `POST /add-checkpoint` is C2SP tlog-witness; `GET /checkpoint` and `/tile/…` serve the copy as C2SP tlog-tiles.
//! *Invariant:* the new state is durable before its cosignature leaves. A witness without its state does not start.

#[macro_use]
extern crate durable;

pub mod command;
mod error;
mod fetch;
mod http;
mod mirror;
mod rules;

pub use error::Error;

use confinement::Needs;
use durable::Claim;
use memory::spawn_blocking;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tlog::{Cosigner, State};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use zeroize::Zeroizing;

/// The form of the witness's directory.
const VERSION: &str = "1";

/// What time cosignatures say it is, in seconds since 1970: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// `witness.toml`: one witness of one ledger. Unknown keys are refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its directory, made by [`create`].
    pub dir: PathBuf,
    /// Where it listens. Plain HTTP, so a loopback address.
    pub listen: SocketAddr,
    /// Where the ledger's entries are read: `http://…` of the warden.
    pub log: String,
    /// The ledger's origin: the first line of each of its checkpoints.
    pub origin: String,
    /// The warden's note key, in verifier form. When the warden is renewed, the new one takes its place.
    pub log_key: String,
    /// Note keys that the warden had before: what is kept here may be signed by them. Nothing that they sign is cosigned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_log_keys: Vec<String>,
    /// `[limits]`: how much of it those who connect get. All have defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<door::Limits>,
}

impl Config {
    /// What a witness with this configuration needs of its host.
    pub fn needs(&self) -> Needs {
        Needs::new(&self.dir, self.listen.port()).connecting_to(&self.log)
    }
}

/// Makes a witness's key and its first state in `dir`; returns the key in verifier form, which others pin. Nothing that
/// is there is replaced. A crash leaves a state without a key: then the directory is to be made anew.
///
/// # Errors
/// [`Error::Exists`]; [`Error::Name`] if `name` cannot be a key's; [`Error::Random`], [`Error::Disk`].
pub fn create(dir: &Path, name: &str) -> Result<String, Error> {
    durable::make_dir(dir)?;
    let signer = dir.join("signer");
    if signer.exists() || dir.join("state").exists() {
        return Err(Error::Exists { dir: dir.to_owned() });
    }
    let seed = Zeroizing::new(durable::random::octets()?);
    let cosigner = Cosigner::new(name, &seed).map_err(Error::Name)?;
    durable::replace(&dir.join("state"), State::new().to_text().as_bytes())?;
    durable::replace(&signer, cosigner.to_text().as_bytes())?;
    Ok(cosigner.verifier().to_string())
}

/// Runs a witness until a signal ends it.
///
/// # Errors
/// [`Error`], at the start; what goes wrong later is answered to whoever asks, and told on stderr.
pub async fn run(config: Config) -> Result<(), Error> {
    run_by(config, system_clock()).await
}

/// As [`run`], by a clock of the caller's.
///
/// # Errors
/// As [`run`].
pub async fn run_by(config: Config, clock: Clock) -> Result<(), Error> {
    let (listen, limits) = (config.listen, config.limits.unwrap_or_default());
    if !listen.ip().is_loopback() {
        return Err(Error::NotLoopback { listen });
    }
    let claim = Claim::take(&config.dir, "role.lock")?;
    claim.version(VERSION)?;
    durable::sweep(&config.dir)?;
    claim.write_pid()?;
    let opened = spawn_blocking(move || rules::Desk::open(config, clock)).await;
    let desk = Arc::new(opened.expect("opening does not panic")?);
    let mut background = JoinSet::new(); // ends with this future
    background.spawn(mirror::follow(desk.clone()));
    let refused = |source| Error::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    claim.announce(listener.local_addr().map_err(refused)?)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    let stop = async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    http::server(desk, limits).serve(listener, stop).await;
    Ok(())
}

/// The system's clock; a time before 1970 is 1970.
pub fn system_clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

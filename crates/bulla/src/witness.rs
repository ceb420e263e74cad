//! The witness: cosigns a ledger's checkpoint if it continues the last one, and keeps a full copy of its entries.
//!
//! ```text
//! DIR/signer              its note key (cosignature/v1)
//! DIR/state               what it must never forget: the last size and root that it cosigned (tlog::State)
//! DIR/latest              the last cosigned checkpoint; may be lost, the next one replaces it
//! DIR/mirror/log          every entry, checked against a root that was cosigned
//! DIR/mirror/checkpoint   the newest checkpoint whose entries are all there
//! ```
//!
//! `POST /add-checkpoint` is C2SP tlog-witness; `GET /checkpoint` and `/tile/…` serve the copy as C2SP tlog-tiles.
//! *Invariant:* the new state is durable before its cosignature leaves. A witness without its state does not start.

mod mirror;

use crate::role::Role;
use anyhow::{Context, Result, bail};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path as UrlPath, State as Shared},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use mirror::Mirror;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use tlog::{Cosigner, Refusal, SignatureLine, State, Verifier, witness::REQUEST_OCTETS_MAX};
use tokio::{sync::Notify, task::spawn_blocking};
use warden::{disk, random::OsRandom};
use zeroize::Zeroizing;

/// The form of the witness's directory.
const VERSION: &str = "1";
const STATE_OCTETS_MAX: u64 = 64 * 1024;

/// `witness.toml`: one witness of one ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its directory, made by [`create`].
    pub dir: PathBuf,
    /// Where it listens. Plain HTTP, so a loopback address.
    pub listen: SocketAddr,
    /// Where the ledger's entries are read: `http://…` of the warden.
    pub log: String,
    /// The ledger's origin.
    pub origin: String,
    /// The warden's note key, in verifier form.
    pub log_key: String,
}

/// Makes a witness's key and its first state; returns the key in verifier form. Nothing that is there is replaced.
pub fn create(dir: &Path, name: &str) -> Result<String> {
    disk::make_dir(dir)?;
    let signer = dir.join("signer");
    if signer.exists() || dir.join("state").exists() {
        bail!("{} has a witness's key already", dir.display());
    }
    let cosigner = Cosigner::new(name, &Zeroizing::new(OsRandom::octets::<32>()))?;
    disk::write_whole(&dir.join("state"), State::new().to_text().as_bytes())?;
    disk::write_whole(&signer, cosigner.to_text().as_bytes())?;
    Ok(cosigner.verifier().to_string())
}

/// Runs a witness until a signal ends it.
pub async fn run(config: Config) -> Result<()> {
    let role = Role::take(&config.dir)?;
    check_version(&config.dir)?;
    let listen = config.listen;
    let desk = Arc::new(spawn_blocking(move || Desk::open(config)).await??);
    let mirroring = tokio::spawn(mirror::follow(desk.clone()));
    let router = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/healthz", get(healthz))
        .layer(DefaultBodyLimit::max(REQUEST_OCTETS_MAX))
        .with_state(desk);
    let served = role.serve(listen, router).await;
    mirroring.abort();
    served
}

/// A witness at work.
struct Desk {
    config: Config,
    witness: tlog::Witness,
    /// The log's key and the witness's own.
    keys: [Verifier; 2],
    state: Mutex<State>,
    mirror: Mutex<Mirror>,
    /// The last checkpoint that was cosigned, with the cosignature.
    latest: Mutex<Option<String>>,
    cosigned: Notify,
}

impl Desk {
    fn open(config: Config) -> Result<Self> {
        let log_key: Verifier = config.log_key.parse().context("log_key is not a verifier key")?;
        let signer = Zeroizing::new(read_text(&config.dir.join("signer"))?);
        let cosigner = Cosigner::parse(signer.trim_end()).context("the file `signer` is not a witness's key")?;
        let keys = [log_key.clone(), cosigner.verifier()];
        let path = config.dir.join("state");
        let state = disk::read(&path, STATE_OCTETS_MAX)
            .ok()
            .and_then(|text| State::parse(std::str::from_utf8(&text).ok()?).ok());
        let Some(state) = state else {
            bail!(
                "{} is lost or damaged: without it this witness could cosign a fork\n\nhint: put it back from a copy made after the last cosignature, or set up a new witness with a new key",
                path.display()
            );
        };
        let latest = read_text(&config.dir.join("latest")).ok();
        let mirror = Mirror::open(&config.dir.join("mirror"), &keys)?;
        let witness = tlog::Witness::new(cosigner).serve(&config.origin, [log_key]);
        let (state, mirror, latest) = (Mutex::new(state), Mutex::new(mirror), Mutex::new(latest));
        Ok(Self { config, witness, keys, state, mirror, latest, cosigned: Notify::new() })
    }

    fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().expect("no thread panics with the mirror in hand")
    }

    /// One request at a time, from the old state to the durable new one.
    fn cosign(&self, body: &[u8]) -> Result<SignatureLine, NotCosigned> {
        let mut state = self.state.lock().expect("no thread panics with the state in hand");
        if let Some(fault) = self.mirror().fault() {
            return Err(NotCosigned::Fault(fault.to_owned()));
        }
        let mut next = state.clone();
        let line = self.witness.answer(&mut next, body, crate::clock::now().milliseconds().unsigned_abs() / 1000)?;
        disk::write_whole(&self.config.dir.join("state"), next.to_text().as_bytes())?;
        *state = next;
        let request = tlog::AddCheckpoint::parse(body).expect("it was just answered");
        if let Ok(note) = tlog::note::append(&request.checkpoint, &line) {
            // Lost with a crash: then the copy waits for the next checkpoint.
            let _ = disk::write_derived(&self.config.dir.join("latest"), note.as_bytes());
            *self.latest.lock().expect("no thread panics with a text in hand") = Some(note);
        }
        self.cosigned.notify_one();
        Ok(line)
    }
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
enum NotCosigned {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the witness cannot keep its state")]
    Disk(#[from] disk::Failure),
    #[error("{0}")]
    Fault(String),
}

impl IntoResponse for NotCosigned {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => {
                let status = StatusCode::from_u16(refusal.status()).expect("a known status");
                (status, [(header::CONTENT_TYPE, refusal.content_type())], refusal.body()).into_response()
            }
            other => (StatusCode::SERVICE_UNAVAILABLE, format!("{other}\n")).into_response(),
        }
    }
}

fn check_version(dir: &Path) -> Result<()> {
    let path = dir.join("version");
    match disk::read_if_there(&path, 64)? {
        None => Ok(disk::write_whole(&path, format!("{VERSION}\n").as_bytes())?),
        Some(found) if String::from_utf8_lossy(&found).trim() == VERSION => Ok(()),
        Some(found) => bail!(
            "{} has version {} of its form, this program knows {VERSION}\n\nhint: run the version of bulla that made it",
            dir.display(),
            String::from_utf8_lossy(&found).trim()
        ),
    }
}

fn read_text(path: &Path) -> Result<String> {
    Ok(String::from_utf8(disk::read(path, tlog::note::NOTE_OCTETS_MAX as u64)?)?)
}

type Place = Shared<Arc<Desk>>;

async fn add_checkpoint(Shared(desk): Place, body: Bytes) -> Response {
    match spawn_blocking(move || desk.cosign(&body)).await {
        Ok(Ok(line)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line.to_string()).into_response(),
        Ok(Err(not)) => not.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn checkpoint(Shared(desk): Place) -> Response {
    match desk.mirror().note() {
        Some(note) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note.to_owned()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn tile(Shared(desk): Place, UrlPath(path): UrlPath<String>) -> Response {
    match spawn_blocking(move || desk.mirror().tile(&format!("tile/{path}"))).await {
        Ok(Ok(octets)) => ([(header::CONTENT_TYPE, "application/octet-stream")], octets).into_response(),
        Ok(Err(warden::tiles::Error::Tile(_))) => StatusCode::NOT_FOUND.into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// 200 also while the copy is behind; 503 if the log served entries that are not those of its checkpoint.
async fn healthz(Shared(desk): Place) -> Response {
    let mirror = desk.mirror();
    match mirror.fault() {
        Some(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("{fault}\n")).into_response(),
        None => format!("ok, {} entries copied\n", mirror.len()).into_response(),
    }
}

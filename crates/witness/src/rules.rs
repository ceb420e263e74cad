//! What makes it cosign: C2SP tlog-witness's rules ([`tlog::Witness`]), over a state that is durable before anybody sees
//! the cosignature, and no fault of the log that is known.

use crate::{Clock, Config, Error, mirror::Mirror};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard},
};
use tlog::{Cosigner, Refusal, SignatureLine, State, Verifier, note::NOTE_OCTETS_MAX};
use tokio::sync::Notify;
use zeroize::Zeroizing;

const STATE_OCTETS_MAX: u64 = 64 * 1024;

/// A witness at work. Locks are taken in the order of the fields, and none is held while the network is waited for.
pub(crate) struct Desk {
    pub(crate) config: Config,
    clock: Clock,
    witness: tlog::Witness,
    /// Whose signatures what is kept here may have: the witness's own, the log's key, and those that it had before.
    pub(crate) keys: Vec<Verifier>,
    state: Mutex<State>,
    mirror: Mutex<Mirror>,
    /// The last checkpoint that was cosigned, with the cosignature.
    latest: Mutex<Option<String>>,
    /// Told after each cosignature: there are entries to fetch.
    pub(crate) cosigned: Notify,
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCosigned {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the witness cannot keep its state")]
    Disk(#[from] durable::Error),
    /// It has seen the log serve other entries than it signed for.
    #[error("{0}")]
    Fault(String),
}

impl Desk {
    /// Opens a directory that [`crate::create`] made and that the caller has claimed.
    pub(crate) fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let log_key: Verifier = config.log_key.parse().map_err(Error::LogKey)?;
        let cosigner = signer(&config.dir.join("signer"))?;
        let mut keys = vec![cosigner.verifier(), log_key.clone()];
        for earlier in &config.earlier_log_keys {
            keys.push(earlier.parse().map_err(Error::LogKey)?);
        }
        let state = state(&config.dir.join("state"))?;
        // It may be lost or torn: the next cosignature replaces it.
        let latest = durable::read(&config.dir.join("latest"), NOTE_OCTETS_MAX as u64).ok();
        let latest = latest.and_then(|octets| String::from_utf8(octets).ok());
        let mirror = Mirror::open(&config.dir.join("mirror"), &keys)?;
        let witness = tlog::Witness::new(cosigner).serve(&config.origin, [log_key]);
        let (state, mirror, latest) = (Mutex::new(state), Mutex::new(mirror), Mutex::new(latest));
        Ok(Self { config, clock, witness, keys, state, mirror, latest, cosigned: Notify::new() })
    }

    pub(crate) fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.mirror.lock().expect("no thread panics with the mirror in hand")
    }

    /// The last checkpoint that was cosigned, with the cosignature.
    pub(crate) fn latest(&self) -> Option<String> {
        self.latest.lock().expect("no thread panics with a text in hand").clone()
    }

    /// One request at a time, from the old state to the durable new one. A crash after the state is written and before
    /// the cosignature leaves costs nothing: the log asks again, and the same checkpoint may be cosigned twice.
    pub(crate) fn cosign(&self, body: &[u8]) -> Result<SignatureLine, NotCosigned> {
        let mut state = self.state.lock().expect("no thread panics with the state in hand");
        if let Some(fault) = self.mirror().fault() {
            return Err(NotCosigned::Fault(fault.to_owned()));
        }
        let mut next = state.clone();
        let line = self.witness.answer(&mut next, body, (self.clock)())?;
        durable::replace(&self.config.dir.join("state"), next.to_text().as_bytes())?;
        *state = next;
        let request = tlog::AddCheckpoint::parse(body).expect("it was just answered");
        if let Ok(note) = tlog::note::append(&request.checkpoint, &line) {
            // Lost with a crash: then the copy waits for the next checkpoint.
            let _ = durable::replace_derived(&self.config.dir.join("latest"), note.as_bytes());
            *self.latest.lock().expect("no thread panics with a text in hand") = Some(note);
        }
        self.cosigned.notify_one();
        Ok(line)
    }
}

fn signer(path: &Path) -> Result<Cosigner, Error> {
    let octets = Zeroizing::new(durable::read(path, NOTE_OCTETS_MAX as u64)?);
    let signer = std::str::from_utf8(&octets).ok().and_then(|text| Cosigner::parse(text.trim_end()).ok());
    signer.ok_or_else(|| Error::Signer { path: path.to_owned() })
}

/// A state that cannot be read (permissions, a faulty disk) is not yet a lost one, and is told as what it is.
fn state(path: &Path) -> Result<State, Error> {
    // An empty text is no state, so absence ends as damage does.
    let octets = durable::read_if_there(path, STATE_OCTETS_MAX)?.unwrap_or_default();
    let state = std::str::from_utf8(&octets).ok().and_then(|text| State::parse(text).ok());
    state.ok_or_else(|| Error::State { path: path.to_owned() })
}

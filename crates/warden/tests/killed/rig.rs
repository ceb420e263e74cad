//! The warden as a process, and what stands between it and its witness: that sees each checkpoint before the witness does,
//! knows from the log on disk what it covers, and ends the process at the step that a test has chosen.

use crate::house::*;
use api::client::Client;
use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use incident::{
    bundle::{Parts, Verdict, prove, verify},
    exposure::Files,
};
use ledger::{Entry, Logged, replay::State};
use std::{
    cell::OnceCell,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

const CLIENT: Client = Client::new(Duration::from_secs(20), 1 << 26);

/// Where the process is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The head on disk covers the entry; no witness has seen it.
    BeforeTheWitness,
    /// The witness has cosigned, and its answer has not come.
    BeforeItsAnswer,
}

/// Between the warden and its witness.
struct Gate {
    dir: PathBuf,
    witness: String,
    seen: Arc<Mutex<tlog::State>>,
    /// The kind of the entry, and the moment.
    trap: Mutex<Option<(&'static str, Moment)>>,
    process: Mutex<Option<Child>>,
    /// A private key in whose place there is a pipe.
    pipe: Mutex<Option<PathBuf>>,
    /// The key was being read when the process was ended.
    read: Mutex<bool>,
}

impl Gate {
    async fn pass(self: Arc<Self>, body: Bytes) -> (StatusCode, Bytes) {
        let note = tlog::AddCheckpoint::parse(&body).unwrap().checkpoint;
        let moment = self.sprung(size_of(note.as_bytes()));
        if moment == Some(Moment::BeforeTheWitness) {
            let head = self.dir.join("ledger/head");
            until(|| std::fs::read(&head).is_ok_and(|head| size_of(&head) >= size_of(note.as_bytes()))).await;
            self.kill();
            return (StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
        }
        let answer = CLIENT.post(&self.witness, "text/plain", body.to_vec()).await.unwrap();
        if moment == Some(Moment::BeforeItsAnswer) {
            assert_eq!(answer.status, 200);
            self.kill();
        }
        (StatusCode::from_u16(answer.status).unwrap(), answer.body)
    }

    /// Whether this checkpoint is the first that covers what the trap waits for.
    fn sprung(&self, size: u64) -> Option<Moment> {
        let mut trap = self.trap.lock().unwrap();
        let (kind, moment) = (*trap)?;
        let known = self.seen.lock().unwrap().head(ORIGIN).size;
        let new = &on_disk(&self.dir)[known as usize..size as usize];
        new.iter().any(|logged| kind_of(logged) == kind).then(|| {
            *trap = None;
            moment
        })
    }

    fn kill(&self) {
        let reader = self.pipe.lock().unwrap().as_deref().and_then(held_up); // until the process is gone
        *self.read.lock().unwrap() |= reader.is_some();
        if let Some(mut child) = self.process.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

pub struct Rig {
    pub house: House,
    gate: Arc<Gate>,
}

impl Rig {
    /// A warden that runs and has a first policy.
    pub async fn new() -> Self {
        let mut house = House::prepared(|config| config.demo = true).await;
        house.wait(warden::system_clock()().milliseconds() - NOW);
        *house.witness.seconds.lock().unwrap() = house.now().milliseconds() as u64 / 1000;
        let gate = Arc::new(Gate {
            dir: house.config.dir.clone(),
            witness: format!("{}/add-checkpoint", house.witness.url),
            seen: house.witness.state.clone(),
            trap: Mutex::default(),
            process: Mutex::default(),
            pipe: Mutex::default(),
            read: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        house.config.witnesses[0].url = format!("http://{}", listener.local_addr().unwrap());
        let passing = gate.clone();
        let router = Router::new().route("/add-checkpoint", post(move |body: Bytes| passing.clone().pass(body)));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut rig = Self { house, gate };
        rig.start().await;
        rig.house.decide(rig.house.first_policy()).await.unwrap();
        rig
    }

    /// Starts the process, and waits until it answers.
    pub async fn start(&mut self) {
        let (file, address) = (self.house.path("../warden.toml"), self.house.path("address"));
        std::fs::write(&file, toml::to_string(&self.house.config).unwrap()).unwrap();
        let _ = std::fs::remove_file(&address);
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulla-warden"));
        *self.gate.process.lock().unwrap() = Some(command.arg("--config").arg(file).spawn().unwrap());
        until(|| address.exists() || self.ended()).await;
        self.house.url = std::fs::read_to_string(address).unwrap().trim().to_owned();
    }

    fn ended(&self) -> bool {
        self.gate.process.lock().unwrap().as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// The process is ended with the first checkpoint that covers an entry of this kind.
    pub fn end_at(&self, kind: &'static str, moment: Moment) {
        *self.gate.trap.lock().unwrap() = Some((kind, moment));
    }

    pub fn kill(&self) {
        self.gate.kill();
    }

    /// The process that a trap was set for has ended, whoever asked it for something.
    pub async fn killed(&self) {
        until(|| self.gate.process.lock().unwrap().is_none()).await;
    }

    /// Lays a pipe in a key's place, which holds up whoever reads the key.
    pub fn hold(&self, key: &Path) {
        std::fs::rename(key, key.with_extension("held")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, key, mode).unwrap();
        *self.gate.pipe.lock().unwrap() = Some(key.to_owned());
    }

    /// Waits until the key is read; who reads it is held up as long as what this returns is kept.
    pub async fn reads_the_key(&self) -> OwnedFd {
        let key = self.gate.pipe.lock().unwrap().clone().unwrap();
        let reader = OnceCell::new();
        until(|| held_up(&key).is_some_and(|end| reader.set(end).is_ok())).await;
        reader.into_inner().unwrap()
    }

    /// Whether the key was being read when the process was ended.
    pub fn give_back(&self) -> bool {
        let key = self.gate.pipe.lock().unwrap().take().unwrap();
        std::fs::rename(key.with_extension("held"), &key).unwrap();
        *self.gate.read.lock().unwrap()
    }

    pub fn on_disk(&self) -> Vec<Logged> {
        on_disk(&self.house.config.dir)
    }

    /// How many entries the witness has cosigned.
    pub fn cosigned(&self) -> u64 {
        self.gate.seen.lock().unwrap().head(ORIGIN).size
    }

    /// Where the first entry of this kind stands.
    pub fn index(&self, kind: &str) -> Option<u64> {
        self.on_disk().iter().position(|logged| kind_of(logged) == kind).map(|index| index as u64)
    }

    /// What an auditor finds once everything is cosigned: openings with a receipt, and others.
    pub async fn audited(&self) -> (State, [u64; 2]) {
        let note = loop {
            let (_, note) = self.house.get("/checkpoint").await;
            if size_of(&note) == self.on_disk().len() as u64 {
                break note;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let leaves: Vec<_> = self.on_disk().iter().map(Logged::to_bytes).take(size_of(&note) as usize).collect();
        let mut state = State::default();
        leaves.iter().zip(0..).for_each(|(leaf, index)| {
            state.take(index, leaf);
        });
        assert_eq!(state.voids.list, []);
        let pins = incident::Pins::parse(&incident::pins::as_the_ledger_says(&leaves[0], None).unwrap()).unwrap();
        let hypothesis = "[[hypothesis]]\nkind = \"storage\"\n";
        let parts = Parts { leaves: &leaves, note: &note, hypothesis, pins: Some(&pins) };
        let bundle = prove(parts, &Files::default()).unwrap();
        let verified = verify(&bundle.octets, Some(&pins), &[]).unwrap();
        assert_eq!(verified.verdict, Verdict::Verified);
        let openings = verified.assessment.openings;
        (state, [openings.justified, openings.unexplained])
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.gate.kill();
    }
}

/// Looks again and again until it is so.
pub async fn until(holds: impl Fn() -> bool) {
    let patience = Duration::from_secs(60);
    let looking = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(patience, looking).await.expect("it does not come to that");
}

pub fn kind_of(logged: &Logged) -> String {
    serde_json::to_value(&logged.entry).unwrap()["type"].as_str().unwrap().to_owned()
}

fn size_of(note: &[u8]) -> u64 {
    let (text, _) = tlog::note::split(note).unwrap();
    tlog::Checkpoint::parse(text).unwrap().size()
}

/// The whole records of the log: length, eight octets of digest, leaf. Nothing is changed, as opening it would.
fn on_disk(dir: &Path) -> Vec<Logged> {
    let octets = std::fs::read(dir.join("ledger/log")).unwrap();
    let (mut rest, mut entries) = (octets.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((leaf, next)) = after.get(8..).and_then(|after| after.split_at_checked(length)) else { break };
        entries.push(Logged::read(leaf).unwrap());
        rest = next;
    }
    entries
}

/// The other end of a pipe that somebody has open for reading, or waits to; none: nobody.
fn held_up(pipe: &Path) -> Option<OwnedFd> {
    use rustix::fs::{Mode, OFlags, open};
    open(pipe, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).ok()
}

/// The period keys that the ledger names, with the entry that announces the end of each.
pub fn period_keys(entries: &[Logged]) -> Vec<(ledger::Hash, Option<u64>)> {
    let made = entries.iter().filter_map(|logged| match &logged.entry {
        Entry::PeriodKey(made) => Some(made.key),
        _ => None,
    });
    let announced = |key| {
        let announces = |logged: &Logged| matches!(&logged.entry, Entry::ShredIntent(end) if end.key == key);
        entries.iter().position(announces).map(|index| index as u64)
    };
    made.map(|key| (key, announced(key))).collect()
}

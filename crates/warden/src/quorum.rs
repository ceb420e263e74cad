//! The witnesses: a checkpoint goes to all of them, and counts once enough have cosigned it.
//!
//! One round at a time: whoever waits while a round is under way finds its entry covered by the next one (group commit).

use crate::{
    api::{Refusal, WitnessProblem, WitnessStatus},
    book::{Book, Durable, Published, Together, lock},
    config,
    refusing::disk,
    tiles,
};
use ::api::client::{self, Client};
use durable::Claim;
use ledger::Time;
use memory::spawn_blocking;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tlog::{
    AddCheckpoint, Verifier, note,
    witness::{add_cosignatures, conflict_size},
};
use tokio::sync::mpsc;

/// How long a witness may take for a checkpoint.
const WITNESS_TIMEOUT: Duration = Duration::from_secs(3);
const ANSWER_OCTETS_MAX: usize = 64 * 1024;

/// An entry that stands in a checkpoint with its quorum. Only [`Quorum::cosign`] makes one, and only with one of these
/// is a private key used or destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cosigned<T> {
    durable: Durable<T>,
    checkpoint: Arc<Published>,
}

impl<T> Cosigned<T> {
    pub(crate) fn index(&self) -> u64 {
        self.durable.index()
    }

    pub(crate) fn entry(&self) -> &T {
        self.durable.entry()
    }

    pub(crate) fn checkpoint(&self) -> &Published {
        &self.checkpoint
    }
}

/// Why a witness did not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Unreachable(String),
    #[error("it answered with status {0}")]
    Answer(u16),
    #[error("its answer is not its cosignature")]
    Cosignature,
    #[error(
        "it has cosigned {witness} entries, this ledger has {ours}: this directory is older than what the witness has seen"
    )]
    Ahead { witness: u64, ours: u64 },
    #[error("it has cosigned another history of this ledger")]
    Forked,
}

impl Fault {
    /// Nothing that this process could do would be believed by anyone any more.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Ahead { .. } | Self::Forked)
    }
}

/// The witnesses of a ledger.
pub(crate) struct Quorum {
    /// A file that is still being written holds the directory, whatever became of who wanted it.
    claim: Arc<Claim>,
    needed: usize,
    witnesses: Vec<Arc<Watcher>>,
    round: tokio::sync::Mutex<()>,
    /// How many entries the files that are derived from the ledger have.
    files: Arc<Mutex<u64>>,
    /// Those who want an entry cosigned, and wait for it to be written.
    pub(crate) together: Together,
}

struct Watcher {
    name: String,
    url: String,
    verifier: Verifier,
    /// One request to a witness at a time; the size that it has cosigned.
    turn: tokio::sync::Mutex<u64>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    size: Option<u64>,
    problem: Option<String>,
}

impl Quorum {
    pub(crate) fn new(claim: Arc<Claim>, needed: u32, witnesses: &[config::Witness], verifiers: Vec<Verifier>) -> Self {
        let watcher = |(witness, verifier): (&config::Witness, Verifier)| {
            let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
            let (turn, seen) = (tokio::sync::Mutex::new(0), Mutex::default());
            Arc::new(Watcher { name: witness.name.clone(), url, verifier, turn, seen })
        };
        let witnesses = witnesses.iter().zip(verifiers).map(watcher).collect();
        let (round, files, together) = (tokio::sync::Mutex::new(()), Arc::default(), Together::default());
        Self { claim, needed: needed as usize, witnesses, round, files, together }
    }

    pub(crate) fn needed(&self) -> usize {
        self.needed
    }

    pub(crate) fn status(&self) -> Vec<WitnessStatus> {
        let status = |watcher: &Arc<Watcher>| {
            let seen = watcher.seen();
            let vkey = watcher.verifier.to_string();
            WitnessStatus { name: watcher.name.clone(), vkey, size: seen.size, problem: seen.problem.clone() }
        };
        self.witnesses.iter().map(status).collect()
    }

    /// Has entries cosigned. If that fails they stay in the log, and nothing follows from them.
    pub(crate) async fn cosign<T>(
        &self,
        book: &Arc<Mutex<Book>>,
        entries: Vec<Durable<T>>,
    ) -> Result<Vec<Cosigned<T>>, Refusal> {
        let size = entries.iter().map(|durable| durable.index() + 1).max().unwrap_or(0);
        let checkpoint = Arc::new(self.reach(book, size).await?);
        Ok(entries.into_iter().map(|durable| Cosigned { durable, checkpoint: checkpoint.clone() }).collect())
    }

    /// As [`Quorum::cosign`], for one entry.
    pub(crate) async fn cosign_one<T>(
        &self,
        book: &Arc<Mutex<Book>>,
        entry: Durable<T>,
    ) -> Result<Cosigned<T>, Refusal> {
        let mut cosigned = self.cosign(book, vec![entry]).await?;
        Ok(cosigned.pop().expect("one entry in, one out"))
    }

    /// A checkpoint with its quorum that covers `size` entries.
    pub(crate) async fn reach(&self, book: &Arc<Mutex<Book>>, size: u64) -> Result<Published, Refusal> {
        let _round = self.round.lock().await;
        let covered = move |book: &mut Book| {
            book.working()?;
            Ok::<_, Refusal>(book.published().filter(|published| published.size >= size).cloned())
        };
        if let Some(published) = with(book, covered).await? {
            return Ok(published);
        }
        match self.ask(book, self.needed).await? {
            (Some(published), _) => Ok(published),
            (None, faults) => Err(self.refusal(book, faults)),
        }
    }

    /// The newest checkpoint cosigned anew, with a time of now.
    pub(crate) async fn renew(&self, book: &Arc<Mutex<Book>>) -> Result<Published, Refusal> {
        let _round = self.round.lock().await;
        with(book, |book| book.working()).await?;
        match self.ask(book, self.needed).await? {
            (Some(published), _) => Ok(published),
            (None, faults) => Err(self.refusal(book, faults)),
        }
    }

    /// Asks every witness, whatever was cosigned before, and waits for all of them.
    pub(crate) async fn ask_all(&self, book: &Arc<Mutex<Book>>) -> Result<Vec<(String, Fault)>, Refusal> {
        let _round = self.round.lock().await;
        Ok(self.ask(book, self.witnesses.len()).await?.1)
    }

    /// Asks every witness for the newest checkpoint, and waits until so many have cosigned it or all have answered.
    async fn ask(
        &self,
        book: &Arc<Mutex<Book>>,
        enough: usize,
    ) -> Result<(Option<Published>, Vec<(String, Fault)>), Refusal> {
        let (new, head, file) = with(book, |book| (book.sign(), book.head().clone(), book.head_file())).await;
        // The log is durable, so that a crash that loses this file costs nothing: the same head is signed again.
        let claim = self.claim.clone();
        let kept = new.map(|head| {
            spawn_blocking(move || {
                let _held = claim;
                durable::replace(&file, head.note.as_bytes())
            })
        });
        let (answer, mut answers) = mpsc::unbounded_channel();
        for watcher in &self.witnesses {
            let (watcher, book, note, answer) = (watcher.clone(), book.clone(), head.note.clone(), answer.clone());
            tokio::spawn(async move {
                let cosigned = watcher.cosign(&book, head.size, &note).await;
                watcher.remember(head.size, &cosigned);
                let _ = answer.send((watcher.name.clone(), cosigned)); // nobody waits once there are enough
            });
        }
        drop(answer);
        let (mut note, mut got, mut faults) = (head.note.clone(), 0, Vec::new());
        while got < enough
            && let Some((name, cosigned)) = answers.recv().await
        {
            match cosigned {
                Ok(lines) => {
                    note = lines.iter().fold(note, |note, line| note::append(&note, line).unwrap_or(note));
                    got += 1;
                }
                Err(fault) => faults.push((name, fault)),
            }
        }
        if let Some(kept) = kept
            && let Err(error) = kept.await.expect("writing does not panic")
        {
            with(book, Book::forget_head).await;
            return Err(disk(error));
        }
        if got < self.needed {
            return Ok((None, faults));
        }
        let published = Published { size: head.size, time: self.time(&note), note };
        let own = published.clone();
        with(book, |book| book.publish(own)).await;
        self.write_files(book);
        Ok((Some(published), faults))
    }

    /// Writes what is published for whoever reads the files. They are derived, so that nobody waits for them, and a full
    /// disk does not keep an intent from being cosigned; it keeps it from being written before.
    fn write_files(&self, book: &Arc<Mutex<Book>>) {
        let (book, files, claim) = (book.clone(), self.files.clone(), self.claim.clone());
        spawn_blocking(move || {
            let _held = claim;
            let mut written = files.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = tiles::write(&book, &mut written) {
                eprintln!("warden: the cosigned checkpoint is not written: {error}");
            }
        });
    }

    /// The earliest of the cosignatures' times: by then it was at least that late for all of them.
    fn time(&self, note: &str) -> Option<Time> {
        let known: Vec<_> = self.witnesses.iter().map(|watcher| watcher.verifier.clone()).collect();
        let opened = note::open(note.as_bytes(), &known).ok()?;
        let seconds = opened.signatures.iter().filter_map(|signature| signature.time).min()?;
        Some(Time::from_milliseconds(i64::try_from(seconds).ok()?.checked_mul(1000)?))
    }

    fn refusal(&self, book: &Arc<Mutex<Book>>, faults: Vec<(String, Fault)>) -> Refusal {
        if let Some((name, fault)) = faults.iter().find(|(_, fault)| fault.is_final()) {
            lock(book).stop(format!("witness {name}: {fault}"));
        }
        let got = self.witnesses.len().saturating_sub(faults.len());
        let problem = |(witness, fault): (String, Fault)| WitnessProblem { witness, problem: fault.to_string() };
        Refusal::Quorum { needed: self.needed, got, witnesses: faults.into_iter().map(problem).collect() }
    }
}

impl Watcher {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, size: u64, cosigned: &Result<Vec<note::SignatureLine>, Fault>) {
        let mut seen = self.seen();
        match cosigned {
            Ok(_) => *seen = Seen { size: Some(size), problem: None },
            Err(fault) => seen.problem = Some(fault.to_string()),
        }
    }

    /// Its cosignatures of a checkpoint.
    async fn cosign(&self, book: &Arc<Mutex<Book>>, size: u64, note: &str) -> Result<Vec<note::SignatureLine>, Fault> {
        let mut last = self.turn.lock().await;
        // What it cosigned last may be unknown here (a new start, an answer that was lost): then it says so.
        for _ in 0..2 {
            let asked = (*last).min(size);
            let prove = move |book: &mut Book| book.tree().consistency(asked, size);
            let proof = with(book, prove).await.expect("sizes of this tree");
            let request = AddCheckpoint { old_size: asked, proof, checkpoint: note.to_owned() };
            let client = Client::new(WITNESS_TIMEOUT, ANSWER_OCTETS_MAX);
            let answer = client.post(&self.url, "text/plain; charset=utf-8", request.to_text()).await;
            let answer = answer.map_err(|error: client::Error| Fault::Unreachable(error.to_string()))?;
            match answer.status {
                200 => {
                    let lines = self.verified(note, &answer.body)?;
                    *last = size;
                    return Ok(lines);
                }
                409 => {
                    let theirs = conflict_size(&answer.body).map_err(|_| Fault::Cosignature)?;
                    let ours = with(book, |book| book.size()).await;
                    if theirs > ours {
                        return Err(Fault::Ahead { witness: theirs, ours });
                    }
                    if theirs == asked {
                        return Err(Fault::Forked);
                    }
                    *last = theirs;
                    if theirs > size {
                        // An older checkpoint than the one that it cosigned meanwhile: the next round is for that.
                        return Err(Fault::Answer(409));
                    }
                }
                422 => return Err(Fault::Forked),
                other => return Err(Fault::Answer(other)),
            }
        }
        Err(Fault::Answer(409)) // it moves on its own: somebody else uses our key, or it is not a witness
    }

    fn verified(&self, note: &str, answer: &[u8]) -> Result<Vec<note::SignatureLine>, Fault> {
        let witness = std::slice::from_ref(&self.verifier);
        let whole = add_cosignatures(note, answer, witness).map_err(|_| Fault::Cosignature)?;
        let opened = note::open(whole.as_bytes(), witness).map_err(|_| Fault::Cosignature)?;
        Ok(opened.signatures.into_iter().map(|signature| signature.line).collect())
    }
}

/// Has the book in hand on a thread that may wait for it: whoever writes has it until the disk is done.
async fn with<T: Send + 'static>(book: &Arc<Mutex<Book>>, work: impl FnOnce(&mut Book) -> T + Send + 'static) -> T {
    let book = book.clone();
    spawn_blocking(move || work(&mut lock(&book))).await.expect("no thread panics with the book in hand")
}

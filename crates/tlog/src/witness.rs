//! A witness (C2SP tlog-witness): cosigns a log's checkpoint if it continues the last one it cosigned.
//!
//! The state machine is pure. **Order:** the caller makes the new [`State`] durable *before* it lets the cosignature
//! out, and lets requests in one at a time; a witness that forgets what it cosigned would cosign a fork of it.
//!
//! ```text
//! let mut next = state.clone();
//! let line = witness.add_checkpoint(&mut next, &request, now)?;   // on a refusal nothing changed
//! persist(&next)?;                                                // write, fsync, rename, fsync the directory
//! state = next;
//! answer(200, line.to_string())
//! ```
//!
//! Persist in the repeated case too (same size and root): an earlier attempt to may have failed.

use crate::{
    Checkpoint, Cosigner, EMPTY_ROOT, Error, Hash, Verifier, cosignature,
    error::malformed,
    note::{self, NOTE_OCTETS_MAX, SignatureLine},
    proof::verify_consistency,
    text,
};
use std::collections::BTreeMap;

/// Hashes in a consistency proof: C2SP allows no more.
pub const PROOF_HASHES_MAX: usize = 63;

/// Octets of a request's body: the size line, a full proof, the empty line, the largest note.
pub const REQUEST_OCTETS_MAX: usize = "old 18446744073709551615\n".len() + PROOF_HASHES_MAX * 45 + 1 + NOTE_OCTETS_MAX;

/// A request to cosign, the body of `POST <prefix>/add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is thought to have cosigned last; zero if none.
    pub old_size: u64,
    /// The consistency proof from there to the checkpoint; empty from zero and from the same size.
    pub proof: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// The request's body, in its one written form.
    pub fn to_text(&self) -> String {
        let head = format!("old {}\n", self.old_size);
        let proof: String = self.proof.iter().map(|hash| text::base64(hash) + "\n").collect();
        format!("{head}{proof}\n{}", self.checkpoint)
    }

    /// Reads a body. The note's signatures are not looked at.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Malformed`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        if body.len() > REQUEST_OCTETS_MAX {
            return Err(Error::TooLarge { octets: body.len(), limit: REQUEST_OCTETS_MAX });
        }
        let wrong = || malformed("add-checkpoint request");
        let body = std::str::from_utf8(body).map_err(|_| wrong())?;
        let (head, checkpoint) = body.split_once("\n\n").ok_or_else(wrong)?;
        let mut lines = head.split('\n');
        let old_size = text::decimal(lines.next().and_then(|l| l.strip_prefix("old ")).ok_or_else(wrong)?)?;
        if lines.clone().nth(PROOF_HASHES_MAX).is_some() {
            return Err(malformed("consistency proof (at most 63 hashes)"));
        }
        let proof = lines.map(text::hash).collect::<Result<_, _>>()?;
        Ok(Self { old_size, proof, checkpoint: checkpoint.to_owned() })
    }
}

/// The last tree of a log that the witness cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves of the tree that it cosigned last.
    pub size: u64,
    /// Root at that size.
    pub root: Hash,
}

impl Head {
    /// What a witness assumes of a log that it never cosigned.
    pub const EMPTY: Self = Self { size: 0, root: EMPTY_ROOT };
}

/// What a witness must never forget: the last [`Head`] of each origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    heads: BTreeMap<String, Head>,
}

impl State {
    /// The first state: nothing cosigned yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last head cosigned for a log, [`Head::EMPTY`] if none.
    pub fn head(&self, origin: &str) -> Head {
        self.heads.get(origin).copied().unwrap_or(Head::EMPTY)
    }

    /// All heads by origin.
    pub fn heads(&self) -> impl Iterator<Item = (&str, Head)> {
        self.heads.iter().map(|(origin, head)| (origin.as_str(), *head))
    }

    /// A text to persist: `tlog-witness-state/1 <count>`, then for each origin an empty line and a checkpoint's three
    /// lines, by origin. The count makes a cut-off file fail to parse; an empty file is not an empty state.
    pub fn to_text(&self) -> String {
        let heads =
            self.heads().map(|(origin, head)| format!("\n{origin}\n{}\n{}\n", head.size, text::base64(&head.root)));
        format!("{STATE} {}\n{}", self.heads.len(), heads.collect::<String>())
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(written: &str) -> Result<Self, Error> {
        let wrong = || malformed("witness state");
        let (_, rest) = written.split_once('\n').ok_or_else(wrong)?;
        let mut state = Self::new();
        // Each part but the first begins after an empty line and lacks its last newline, the last one apart.
        for part in rest.strip_prefix('\n').into_iter().flat_map(|r| r.split("\n\n")) {
            let checkpoint = Checkpoint::parse(&format!("{}\n", part.strip_suffix('\n').unwrap_or(part)))?;
            let head = Head { size: checkpoint.size(), root: checkpoint.root() };
            state.heads.insert(checkpoint.origin().to_owned(), head);
        }
        // Covers the first line with its count, order, doubles and extension lines.
        if state.to_text() == written { Ok(state) } else { Err(wrong()) }
    }
}

const STATE: &str = "tlog-witness-state/1";

/// Why a witness does not cosign. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request, its note or its checkpoint cannot be read.
    #[error("the request is malformed: {0}")]
    Malformed(#[source] Error),
    /// The old size is greater than the checkpoint's.
    #[error("the old size {old_size} is greater than the checkpoint's size {size}")]
    OldSizeAfterNew {
        /// The request's old size.
        old_size: u64,
        /// Leaves that the checkpoint claims.
        size: u64,
    },
    /// No signature of a key trusted for this origin, or a false one.
    #[error("the checkpoint has no valid signature of the log")]
    BadSignature,
    /// The origin is not configured.
    #[error("the log is unknown to this witness")]
    UnknownLog,
    /// The witness's last size is another than the request's old size, or its root at the same size is another.
    #[error("the last size cosigned is {size}, and the checkpoint does not continue it")]
    Conflict {
        /// The size that the witness cosigned last.
        size: u64,
    },
    /// The consistency proof does not hold: also a fork looks like this.
    #[error("the consistency proof does not connect the last cosigned tree to the checkpoint")]
    BadProof,
}

impl Refusal {
    /// The HTTP status that tlog-witness asks for.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldSizeAfterNew { .. } => 400,
            Self::BadSignature => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } => 409,
            Self::BadProof => 422,
        }
    }

    /// The answer's content type.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "text/x.tlog.size",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// The answer's body: for a conflict the last size and a newline, as C2SP asks; else the reason.
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { size } => format!("{size}\n"),
            other => format!("{other}\n"),
        }
    }
}

/// A witness: its own key and the keys of the logs that it serves.
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, Vec<Verifier>>,
}

impl Witness {
    /// A witness that serves no log yet.
    pub fn new(cosigner: Cosigner) -> Self {
        Self { cosigner, logs: BTreeMap::new() }
    }

    /// Trusts `keys` (besides earlier ones) for checkpoints of `origin`.
    pub fn serve(mut self, origin: &str, keys: impl IntoIterator<Item = Verifier>) -> Self {
        let known = self.logs.entry(origin.to_owned()).or_default();
        keys.into_iter().for_each(|key| {
            if !known.contains(&key) {
                known.push(key);
            }
        });
        self
    }

    /// The witness's public key.
    pub fn verifier(&self) -> Verifier {
        self.cosigner.verifier()
    }

    /// Cosigns a checkpoint that continues `state`, and moves `state` to it. See the module for the order in which the
    /// caller persists the state and releases the cosignature.
    ///
    /// # Errors
    /// A [`Refusal`], with `state` unchanged. Checked in this order: note and origin line, the origin is known, the
    /// log's signature, the checkpoint, its size against the old one, the empty tree's root, the recorded size and root,
    /// the proof.
    pub fn add_checkpoint(
        &self,
        state: &mut State,
        request: &AddCheckpoint,
        now_unix_seconds: u64,
    ) -> Result<SignatureLine, Refusal> {
        let checkpoint = self.authentic(&request.checkpoint)?;
        let head = Head { size: checkpoint.size(), root: checkpoint.root() };
        let last = state.head(checkpoint.origin());
        if request.old_size > head.size {
            return Err(Refusal::OldSizeAfterNew { old_size: request.old_size, size: head.size });
        }
        if head.size == 0 && head.root != EMPTY_ROOT {
            return Err(Refusal::BadProof); // as the reference witness: no tree without leaves has this root
        }
        if request.old_size != last.size || (head.size == last.size && head.root != last.root) {
            return Err(Refusal::Conflict { size: last.size });
        }
        verify_consistency(last.size, &last.root, head.size, &head.root, &request.proof)
            .map_err(|_| Refusal::BadProof)?;
        let line =
            cosignature::cosign(&checkpoint.to_text(), &self.cosigner, now_unix_seconds).map_err(Refusal::Malformed)?;
        state.heads.insert(checkpoint.origin().to_owned(), head);
        Ok(line)
    }

    /// As [`add_checkpoint`](Self::add_checkpoint), from the request's body.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn answer(&self, state: &mut State, body: &[u8], now_unix_seconds: u64) -> Result<SignatureLine, Refusal> {
        let request = AddCheckpoint::parse(body).map_err(Refusal::Malformed)?;
        self.add_checkpoint(state, &request, now_unix_seconds)
    }

    /// The checkpoint in a note, once a key trusted for its origin signed it.
    fn authentic(&self, note: &str) -> Result<Checkpoint, Refusal> {
        let (text, _) = note::split(note.as_bytes()).map_err(Refusal::Malformed)?;
        let origin = text.lines().next().unwrap_or_default();
        let keys = self.logs.get(origin).ok_or(Refusal::UnknownLog)?;
        let opened = note::open(note.as_bytes(), keys).map_err(|error| match error {
            Error::NoKnownSignature | Error::BadSignature { .. } => Refusal::BadSignature,
            other => Refusal::Malformed(other),
        })?;
        opened.checkpoint().map_err(Refusal::Malformed)
    }
}

/// For the log: adds to its checkpoint what a witness answered with 200: the valid cosignatures by `witnesses`. Other
/// lines are ignored, as C2SP asks.
///
/// # Errors
/// As [`note::open`] for the note (its own signatures are not verified) and for lines; [`Error::NoKnownSignature`] if no
/// line is of a known witness, [`Error::BadSignature`] if one is and fails.
pub fn add_cosignatures(note: &str, answer: &[u8], witnesses: &[Verifier]) -> Result<String, Error> {
    let joined = [note.as_bytes(), answer].concat();
    let (text, lines) = note::split(&joined)?;
    let (own_text, own_lines) = note::split(note.as_bytes())?;
    if text != own_text {
        return Err(malformed("answer of a witness")); // an empty line in it moved the end of the text
    }
    let mut whole = note.to_owned();
    let mut found = false;
    for line in &lines[own_lines.len()..] {
        if let Some(witness) = witnesses.iter().find(|w| line.is_by(w)) {
            note::verify(text, line, witness)?;
            whole = note::append(&whole, line)?;
            found = true;
        }
    }
    if found { Ok(whole) } else { Err(Error::NoKnownSignature) }
}

/// For the log: the size in the body of a 409.
///
/// # Errors
/// [`Error::Malformed`].
pub fn conflict_size(body: &[u8]) -> Result<u64, Error> {
    let line = std::str::from_utf8(body).ok().and_then(|b| b.strip_suffix('\n'));
    text::decimal(line.ok_or(malformed("tree size"))?)
}

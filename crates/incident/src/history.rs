//! A ledger as one checkpoint covers it: its tree, what it means, and the notes that date it.

use crate::{
    assessment::Seen,
    dating::Notes,
    signers::{Placed, Signers},
};
use ledger::{
    Entry, Hash, Logged, Time,
    entry::Genesis,
    replay::{Cast, Reader, State},
};
use std::collections::BTreeSet;
use tlog::{Tree, Verifier};

/// Why leaves and a note are no ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Fault {
    #[error("the checkpoint is of {size} entries, the bundle has {found}")]
    EntryCount { size: u64, found: u64 },
    #[error("the ledger's first entry is not genesis: there are no keys to check with")]
    NoGenesis,
    #[error("a key in the ledger's genesis is not a note verifier key of its kind")]
    GenesisKey,
    #[error("the checkpoint note was refused: it is altered, forged, or by other keys")]
    Note(#[source] tlog::Error),
    #[error("the checkpoint is not signed by the warden's key")]
    WardenSignature,
    #[error(
        "the checkpoint's lines are not in their one form: the warden's signature, then cosignatures sorted by name"
    )]
    NoteForm,
    #[error("the checkpoint is of another ledger than its genesis says")]
    Origin,
    #[error("{found} witnesses cosigned, {wanted} must")]
    Quorum { wanted: u32, found: u32 },
    #[error("the entries do not have the root that the warden signed")]
    Root,
}

/// A ledger whose final note was verified with the keys that its own entries name.
#[derive(Debug, Clone)]
pub struct History {
    /// What it means, void entries too.
    pub state: State,
    /// Up to where, and who cosigned that.
    pub seen: Seen,
    pub(crate) genesis: Genesis,
    pub(crate) first_leaf: Hash,
    pub(crate) notes: Notes,
    /// Who played which part since when; never empty.
    pub(crate) casts: Vec<Cast>,
    signers: Vec<Signers>,
    /// Who cosigned the final note, in its order.
    pub(crate) cosigners: Vec<Placed>,
    /// The final note in its one form: the warden's signature, then cosignatures sorted by name.
    pub(crate) note: String,
    /// Signatures in the note as it was given by keys that the ledger does not name; `note` is without them.
    pub(crate) unknown_signers: usize,
    tree: Tree,
}

impl History {
    /// Replays the leaves, in order from the first, and checks the final note against them. A few of them are in memory at a time.
    ///
    /// # Errors
    /// The first leaf's that is none, whatever else is wrong; [`Fault`]: no entry behind the first is a reason for one.
    pub fn read<L: AsRef<[u8]> + Send, E: From<Fault>>(
        leaves: impl Iterator<Item = Result<L, E>>,
        note: &[u8],
    ) -> Result<Self, E> {
        let mut cut = None;
        let mut leaves = leaves.map_while(|leaf| leaf.map_err(|error| cut = Some(error)).ok()).peekable();
        let genesis = match leaves.peek().map(|leaf| Logged::read(leaf.as_ref())) {
            Some(Ok(Logged { entry: Entry::Genesis(first), .. })) => Ok(first),
            _ => Err(Fault::NoGenesis),
        };
        let (mut tree, mut state) = (Tree::new(), State::default());
        match &genesis {
            Ok(genesis) => Reader::new(Some(genesis)).each(0, leaves, |leaf, ahead| {
                let index = tree.push(ahead.hash);
                state.take_ahead(index, leaf.as_ref(), ahead);
            }),
            Err(_) => leaves.for_each(drop),
        }
        match cut {
            Some(error) => Err(error),
            None => Ok(Self::covered(state, tree, genesis?, note)?),
        }
    }

    fn covered(state: State, tree: Tree, genesis: Genesis, note: &[u8]) -> Result<Self, Fault> {
        // A first entry that breaks a rule is void, and yet the only one that names anybody.
        let casts = if state.casts.is_empty() { vec![Cast::first(&genesis)] } else { state.casts.clone() };
        let signers = casts.iter().map(Signers::of).collect::<Option<Vec<_>>>().ok_or(Fault::GenesisKey)?;
        let text = tlog::note::split(note).map_err(Fault::Note)?.0;
        let size = tlog::Checkpoint::parse(text).map_err(Fault::Note)?.size();
        let last = Signers::place(&signers, size).unwrap_or(0);
        let Signers { warden, witnesses, quorum, .. } = &signers[last];
        let signed = Signed::open(note, &genesis.origin, warden, witnesses, *quorum)?;
        let checkpoint = &signed.checkpoint;
        if checkpoint.size() != tree.size() {
            return Err(Fault::EntryCount { size: checkpoint.size(), found: tree.size() });
        }
        if checkpoint.root() != tree.root() {
            return Err(Fault::Root);
        }
        let (seen, note) = (signed.seen(state.time), signed.note());
        let by =
            |signature: &tlog::Verified| witnesses.iter().find(|witness| witness.key == signature.verifier).cloned();
        let cosigners = signed.cosignatures.iter().filter_map(by).collect();
        let notes = Notes::of(&state, &tree, &signers, &note);
        let first_leaf = Hash(tree.leaf(0).expect("a ledger with a genesis has a leaf"));
        let unknown_signers = signed.unknown;
        Ok(Self { state, seen, genesis, first_leaf, notes, casts, signers, cosigners, note, unknown_signers, tree })
    }

    /// What a note from elsewhere is checked with.
    pub(crate) fn tree_and_signers(&self) -> (&Tree, &[Signers]) {
        (&self.tree, &self.signers)
    }

    /// Who signs a checkpoint of this size, or of the whole ledger if that is smaller.
    pub(crate) fn warden(&self, size: u64) -> &Verifier {
        &self.signers[Signers::place(&self.signers, size).unwrap_or(0)].warden
    }

    /// Whether a checkpoint from elsewhere is of this ledger's own past; `None`: it is of more entries than this has.
    pub(crate) fn has_prefix(&self, checkpoint: &tlog::Checkpoint) -> Option<bool> {
        self.tree.root_at(checkpoint.size()).ok().map(|root| root == checkpoint.root())
    }
}

/// A checkpoint with the warden's signature and a quorum of cosignatures.
struct Signed {
    checkpoint: tlog::Checkpoint,
    warden: tlog::Verified,
    /// Sorted by name, then by id.
    cosignatures: Vec<tlog::Verified>,
    /// Signatures by other keys.
    unknown: usize,
}

impl Signed {
    fn open(note: &[u8], origin: &str, warden: &Verifier, witnesses: &[Placed], quorum: u32) -> Result<Self, Fault> {
        let known: Vec<_> = std::iter::once(warden).chain(witnesses.iter().map(|w| &w.key)).cloned().collect();
        let opened = tlog::note::open(note, &known).map_err(Fault::Note)?;
        let checkpoint = opened.checkpoint().map_err(Fault::Note)?;
        if checkpoint.origin() != origin {
            return Err(Fault::Origin);
        }
        if checkpoint.extensions().next().is_some() {
            return Err(Fault::NoteForm);
        }
        let (mut own, mut cosignatures): (Vec<_>, Vec<_>) =
            opened.signatures.into_iter().partition(|signature| signature.verifier == *warden);
        let warden = own.pop().ok_or(Fault::WardenSignature)?;
        cosignatures.sort_by(|a, b| (a.line.name(), a.line.id()).cmp(&(b.line.name(), b.line.id())));
        // One key under two names is one witness.
        let keys: BTreeSet<_> = cosignatures.iter().map(|cosignature| cosignature.verifier.public()).collect();
        let found = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        if found < quorum {
            return Err(Fault::Quorum { wanted: quorum, found });
        }
        Ok(Self { checkpoint, warden, cosignatures, unknown: opened.unknown })
    }

    fn seen(&self, last: Option<Time>) -> Seen {
        let milliseconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        let cosigned = self.cosignatures.iter().filter_map(|c| c.time).max();
        let time = cosigned.map(|seconds| Time::from_milliseconds(milliseconds(seconds))).or(last);
        Seen {
            origin: self.checkpoint.origin().to_owned(),
            size: self.checkpoint.size(),
            root: Hash(self.checkpoint.root()),
            time: time.unwrap_or(Time::from_milliseconds(0)),
            cosigners: self.cosignatures.iter().map(|c| c.line.name().to_owned()).collect(),
        }
    }

    fn note(&self) -> String {
        let lines = std::iter::once(&self.warden).chain(&self.cosignatures);
        lines.fold(format!("{}\n", self.checkpoint.to_text()), |note, signature| note + &signature.line.to_string())
    }
}

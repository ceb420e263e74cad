//! Making a bundle and checking one: both go the same way from leaves and note to the figures.

use super::{Refusal, Sections};
use crate::{
    Assessment, Hypotheses, Level, Pins,
    assessment::Seen,
    exposure::{self, Disclosed, Headers},
    pins::{Role, worker_verifier},
};
use ledger::{BatchId, Entry, Hash, Logged, Time, canonical, entry::Genesis, replay::State};
use std::collections::{BTreeMap, BTreeSet};
use tlog::{Algorithm, Verifier};

/// What a bundle is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a, L> {
    /// All leaves up to the checkpoint's size, in order.
    pub leaves: &'a [L],
    /// The signed and cosigned checkpoint; signatures of keys that genesis does not name are left out.
    pub note: &'a [u8],
    /// The hypothesis, as a person wrote it.
    pub hypothesis: &'a str,
    /// Keys known from elsewhere; they decide the level.
    pub pins: Option<&'a Pins>,
}

/// A bundle that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The file, which others verify without us.
    pub octets: Vec<u8>,
    /// What it proves, read back from it.
    pub assessment: Assessment,
}

/// A bundle that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it proves, at the level that it states.
    pub assessment: Assessment,
    /// The level that the keys show; never below the stated one.
    pub level: Level,
    /// The keys that were trusted.
    pub keys: Keys,
    /// Batch headers that were checked.
    pub headers: usize,
}

impl Verified {
    /// Every number follows, and yet the warden wrote what it never may before the incident is said to begin: the
    /// beginning, or the warden, is not what the hypothesis takes it for.
    pub fn damaged(&self) -> bool {
        self.assessment.damaged
    }
}

/// The keys that a verification rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Whether they were compared with pins; otherwise they are the bundle's own word.
    pub pinned: bool,
    /// Warden, cosigning witnesses, gateways.
    pub list: Vec<Trusted>,
}

/// A key that was trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// What its signatures were trusted for.
    pub role: Role,
    /// The key, to be compared out of band.
    pub key: Verifier,
    /// Organisation and host, if it is pinned.
    pub pinned: Option<(String, String)>,
}

/// Makes a bundle; what it returns has passed [`verify`] with the same pins.
pub fn prove<L: AsRef<[u8]>>(parts: Parts<'_, L>, headers: &impl Headers) -> Result<Proven, Refusal> {
    let leaves = parts.leaves.iter().map(|leaf| Ok(leaf.as_ref()));
    let read = Ledger::read(leaves, parts.note, parts.pins)?;
    let hypotheses = Hypotheses::parse(parts.hypothesis).map_err(Refusal::Hypothesis)?;
    let fitting = exposure::fitting(&read.state, headers, &hypotheses, read.level).map_err(Refusal::Exposure)?;
    let mut lines = Vec::new();
    for disclosed in fitting.values() {
        lines.extend(canonical::bytes(disclosed.as_ref()));
        lines.push(b'\n');
    }
    let assessment = exposure::assess(&read.state, headers, &hypotheses, read.level, read.seen);
    let assessment = assessment.map_err(Refusal::Exposure)?;
    let mut entries = Vec::new();
    for (leaf, index) in parts.leaves.iter().map(AsRef::as_ref).zip(0..) {
        let octets = u16::try_from(leaf.len()).map_err(|_| Refusal::EntryCut { index })?;
        entries.extend_from_slice(&octets.to_be_bytes());
        entries.extend_from_slice(leaf);
    }
    let sections = Sections {
        hypothesis: parts.hypothesis.as_bytes(),
        checkpoint: read.note.as_bytes(),
        entries: &entries,
        headers: &lines,
        assessment: &assessment.to_bytes(),
    };
    let octets = sections.pack();
    let assessment = verify(&octets, parts.pins)?.assessment;
    Ok(Proven { octets, assessment })
}

/// Checks a bundle from its first octet to its last, and computes every number again.
pub fn verify(bundle: &[u8], pins: Option<&Pins>) -> Result<Verified, Refusal> {
    let sections = Sections::unpack(bundle)?;
    let read = Ledger::read(Leaves { rest: sections.entries, index: 0 }, sections.checkpoint, pins)?;
    if read.unknown_signers > 0 {
        return Err(Refusal::UnknownSigner { count: read.unknown_signers });
    }
    if read.note.as_bytes() != sections.checkpoint {
        return Err(Refusal::NoteForm);
    }
    let text = std::str::from_utf8(sections.hypothesis).map_err(|_| Refusal::NotText { section: "hypothesis" })?;
    let hypotheses = Hypotheses::parse(text).map_err(Refusal::Hypothesis)?;
    let stated: Assessment = canonical::read(sections.assessment).map_err(Refusal::Assessment)?;
    if stated.level > read.level {
        return Err(Refusal::Level { stated: stated.level.number(), shown: read.level.number() });
    }
    let headers = read_headers(sections.headers)?;
    let needed = exposure::needed(&read.state, &hypotheses, stated.level).map_err(Refusal::Exposure)?;
    if let Some(batch) = headers.keys().find(|batch| !needed.contains(batch)) {
        return Err(Refusal::HeaderUnneeded { batch: *batch });
    }
    // One that fits no anchor would not be counted: it could only be there to be seen.
    let fitting = exposure::fitting(&read.state, &headers, &hypotheses, stated.level).map_err(Refusal::Exposure)?;
    if let Some(batch) = headers.keys().find(|batch| !fitting.contains_key(batch)) {
        return Err(Refusal::HeaderNotAnchored { batch: *batch });
    }
    let computed = exposure::assess(&read.state, &headers, &hypotheses, stated.level, read.seen);
    let computed = computed.map_err(Refusal::Exposure)?;
    if computed.to_bytes() != sections.assessment {
        return Err(Refusal::AssessmentDiffers { field: first_difference(&computed, &stated) });
    }
    Ok(Verified { assessment: computed, level: read.level, keys: read.keys, headers: headers.len() })
}

/// Headers by line; sorted, so that none can be there twice.
fn read_headers(section: &[u8]) -> Result<BTreeMap<BatchId, Disclosed>, Refusal> {
    let mut headers = BTreeMap::new();
    let mut last = None;
    if section.is_empty() {
        return Ok(headers);
    }
    let lines = section.strip_suffix(b"\n").ok_or(Refusal::HeaderOrder)?;
    for (number, line) in lines.split(|octet| *octet == b'\n').enumerate() {
        let disclosed: Disclosed = canonical::read(line).map_err(|source| Refusal::Header { number, source })?;
        let batch = disclosed.header.batch;
        if last.is_some_and(|last| last >= batch) {
            return Err(Refusal::HeaderOrder);
        }
        last = Some(batch);
        headers.insert(batch, disclosed);
    }
    Ok(headers)
}

/// The first field of the assessment that is not what was computed.
fn first_difference(computed: &Assessment, stated: &Assessment) -> String {
    let fields = |assessment| match serde_json::to_value(assessment) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (computed, stated) = (fields(computed), fields(stated));
    let differing = computed.iter().find(|(key, value)| stated.get(*key) != Some(value));
    differing.map_or_else(|| "form".to_owned(), |(key, _)| key.clone())
}

/// The leaves of the section `entries`: a 16-bit big-endian length before each.
struct Leaves<'a> {
    rest: &'a [u8],
    index: u64,
}

impl<'a> Iterator for Leaves<'a> {
    type Item = Result<&'a [u8], Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let split = self.rest.split_first_chunk::<2>();
        let split = split.and_then(|(octets, rest)| rest.split_at_checked(u16::from_be_bytes(*octets).into()));
        let leaf = match split {
            Some((leaf, rest)) => {
                self.rest = rest;
                Ok(leaf)
            }
            None => {
                self.rest = &[];
                Err(Refusal::EntryCut { index: self.index })
            }
        };
        self.index += 1;
        Some(leaf)
    }
}

/// A ledger whose signatures and root were checked, replayed with its void entries.
struct Ledger {
    state: State,
    seen: Seen,
    level: Level,
    keys: Keys,
    /// The checkpoint in its one form: the warden's signature, then cosignatures sorted by name.
    note: String,
    /// Signatures in the note as it was given by keys that genesis does not name; `note` is without them.
    unknown_signers: usize,
}

impl Ledger {
    fn read<'a>(
        leaves: impl Iterator<Item = Result<&'a [u8], Refusal>>,
        note: &[u8],
        pins: Option<&Pins>,
    ) -> Result<Self, Refusal> {
        let mut tree = tlog::Tree::new();
        let mut state = State::default();
        let mut genesis = None;
        for (leaf, index) in leaves.zip(0u64..) {
            let leaf = leaf?;
            tree.push(tlog::leaf_hash(leaf));
            if let (0, Ok(Logged { entry: Entry::Genesis(first), .. })) = (index, Logged::read(leaf)) {
                genesis = Some(first);
            }
            state.take(index, leaf);
        }
        let genesis = genesis.ok_or(Refusal::NoGenesis)?;
        let signed = Signed::open(note, &genesis)?;
        if signed.checkpoint.size() != tree.size() {
            return Err(Refusal::EntryCount { size: signed.checkpoint.size(), found: tree.size() });
        }
        if signed.checkpoint.root() != tree.root() {
            return Err(Refusal::Root);
        }
        let keys = signed.keys(&genesis, pins)?;
        let level = pins.map_or(Level::ONE_HOST, |pins| pins.level(&genesis));
        let seen = signed.seen(state.time);
        Ok(Self { state, seen, level, keys, note: signed.note(), unknown_signers: signed.unknown })
    }
}

/// A checkpoint with the warden's signature and a quorum of cosignatures.
struct Signed {
    checkpoint: tlog::Checkpoint,
    warden: tlog::Verified,
    /// Sorted by name, then by id.
    cosignatures: Vec<tlog::Verified>,
    /// Signatures by keys that genesis does not name.
    unknown: usize,
}

impl Signed {
    fn open(note: &[u8], genesis: &Genesis) -> Result<Self, Refusal> {
        let warden = key(&genesis.warden, Algorithm::Ed25519)?;
        let mut known = vec![warden.clone()];
        for witness in &genesis.witnesses {
            known.push(key(witness, Algorithm::CosignatureV1)?);
        }
        let opened = tlog::note::open(note, &known).map_err(Refusal::Note)?;
        let checkpoint = opened.checkpoint().map_err(Refusal::Note)?;
        if checkpoint.origin() != genesis.origin {
            return Err(Refusal::Origin);
        }
        if checkpoint.extensions().next().is_some() {
            return Err(Refusal::NoteForm);
        }
        let (mut own, mut cosignatures): (Vec<_>, Vec<_>) =
            opened.signatures.into_iter().partition(|signature| signature.verifier == warden);
        let warden = own.pop().ok_or(Refusal::WardenSignature)?;
        cosignatures.sort_by(|a, b| (a.line.name(), a.line.id()).cmp(&(b.line.name(), b.line.id())));
        let found = distinct(cosignatures.iter().map(|cosignature| &cosignature.verifier));
        if found < genesis.quorum {
            return Err(Refusal::Quorum { wanted: genesis.quorum, found });
        }
        Ok(Self { checkpoint, warden, cosignatures, unknown: opened.unknown })
    }

    /// The keys that were relied on; with pins, each of them must be pinned.
    fn keys(&self, genesis: &Genesis, pins: Option<&Pins>) -> Result<Keys, Refusal> {
        let trusted = |role, key: &Verifier| {
            let pin = pins.and_then(|pins| pins.find(role, key));
            Trusted { role, key: key.clone(), pinned: pin.map(|pin| (pin.organisation.clone(), pin.host.clone())) }
        };
        let mut list = vec![trusted(Role::Warden, &self.warden.verifier)];
        let witnesses = self.cosignatures.iter().map(|cosignature| trusted(Role::Witness, &cosignature.verifier));
        list.extend(witnesses);
        if pins.is_some() {
            if list[0].pinned.is_none() {
                return Err(Refusal::WardenNotPinned);
            }
            let found = distinct(list[1..].iter().filter(|key| key.pinned.is_some()).map(|witness| &witness.key));
            if found < genesis.quorum {
                return Err(Refusal::PinnedQuorum { wanted: genesis.quorum, found });
            }
        }
        for worker in &genesis.workers {
            let key = worker_verifier(&worker.worker, &worker.key).ok_or(Refusal::GenesisKey)?;
            list.push(trusted(Role::Gateway, &key));
        }
        Ok(Keys { pinned: pins.is_some(), list })
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

/// How many keys these are: one key under two names is one witness.
fn distinct<'a>(keys: impl Iterator<Item = &'a Verifier>) -> u32 {
    let keys: BTreeSet<_> = keys.map(Verifier::public).collect();
    u32::try_from(keys.len()).unwrap_or(u32::MAX)
}

/// A key of genesis, of the kind that its place asks for.
fn key(written: &str, algorithm: Algorithm) -> Result<Verifier, Refusal> {
    let key: Verifier = written.parse().map_err(|_| Refusal::GenesisKey)?;
    if key.algorithm() == algorithm { Ok(key) } else { Err(Refusal::GenesisKey) }
}

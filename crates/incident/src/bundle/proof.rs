//! Making a bundle and checking one: both go the same way from leaves and note to the figures.

use super::{
    Octets, Refusal,
    beside::{self, Lines, all_used},
    index::Sections,
    leaves::{self, Leaves, Reading},
    lines,
    sheet::Sheet,
    words,
};
use crate::{
    Assessment, Hypotheses, Level, Pins,
    dating::Terms,
    exposure::{self, Beside, Ground, Seen, Used, Word},
    history::History,
};
use ledger::{Hash, canonical};
use std::io::{Cursor, Seek, Write};
use tlog::Verifier;

/// What a bundle is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a, L: ?Sized> {
    /// All leaves up to the checkpoint's size, in order.
    pub leaves: &'a L,
    /// The signed and cosigned checkpoint; signatures of keys that genesis does not name are left out.
    pub note: &'a [u8],
    /// The hypothesis, as a person wrote it.
    pub hypothesis: &'a str,
    /// What is known from elsewhere; it decides the level, and what a date needs.
    pub pins: Option<&'a Pins>,
}

/// A ledger that was read once, for as many questions as there are.
pub struct Prover<'a, L: ?Sized> {
    leaves: &'a L,
    pins: Option<&'a Pins>,
    history: History,
}

/// A bundle that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven<F = Vec<u8>> {
    /// The file, which others verify without us.
    pub octets: F,
    /// What it proves, computed from what is in it.
    pub assessment: Assessment,
    /// What that is worth, with the pins that it was made with.
    pub verdict: Verdict,
}

/// What a verification found: every number follows, and this is what that is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The ledger is the pinned one, and enough organisations that the reader knows have cosigned it.
    Verified,
    /// Without pins: the bundle agrees with itself. Whoever made it may have made the ledger, too.
    Consistent,
    /// The warden wrote what it never may before the incident is said to begin: the beginning, or the warden, is not what
    /// the hypothesis takes it for.
    Damaged,
    /// The warden has signed two histories of this ledger.
    SplitView,
}

impl Verdict {
    /// The word for it, as `verify` begins its report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::Consistent => "CONSISTENT",
            Self::Damaged => "DAMAGED",
            Self::SplitView => "SPLIT VIEW",
        }
    }

    /// The exit code for it: 0, 3, 4 or 5.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Consistent => 3,
            Self::Damaged => 4,
            Self::SplitView => 5,
        }
    }
}

/// A bundle whose every number follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it proves, at the level that it states.
    pub assessment: Assessment,
    /// What that is worth.
    pub verdict: Verdict,
    /// The level that the pins show; never below the stated one.
    pub level: Level,
    /// SHA-256 of the file of pins.
    pub pins: Option<Hash>,
    /// The keys that it rests on.
    pub keys: Keys,
    /// Batch headers that were checked.
    pub headers: usize,
    /// Notes from elsewhere that were found to be of this ledger's past.
    pub notes: usize,
}

impl Verified {
    /// For programs: canonical JSON with the verdict's word, whether it is `verified`, the level that is shown, the pins'
    /// digest, and the whole assessment.
    pub fn to_json(&self) -> Vec<u8> {
        canonical::bytes(&serde_json::json!({
            "verdict": self.verdict.as_str().to_ascii_lowercase(),
            "verified": self.verdict == Verdict::Verified,
            "level": self.level.number(),
            "pins": self.pins,
            "assessment": self.assessment,
        }))
    }
}

/// The keys that a verification rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Signs the ledger, as its entries say.
    pub warden: Verifier,
    /// Who cosigned the final note: the key, its organisation, and whether that is the reader's word or the ledger's.
    pub cosigners: Vec<(Verifier, String, bool)>,
}

/// Makes a bundle; what it returns has passed what [`verify`] checks, with the same pins.
///
/// # Errors
/// [`Refusal`].
pub fn prove<L: Leaves + ?Sized>(parts: Parts<'_, L>, beside: &impl Beside) -> Result<Proven, Refusal> {
    Prover::read(parts.leaves, parts.note, parts.pins)?.prove(parts.hypothesis, beside)
}

impl<'a, L: Leaves + ?Sized> Prover<'a, L> {
    /// Reads and replays the ledger, with all signatures; this is what takes the time.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn read(leaves: &'a L, note: &[u8], pins: Option<&'a Pins>) -> Result<Self, Refusal> {
        let history = History::read(leaves.each(), note)?;
        Ok(Self { leaves, pins, history })
    }

    /// As [`prove`], of one of the questions.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn prove(&self, hypothesis: &str, beside: &impl Beside) -> Result<Proven, Refusal> {
        let Proven { octets, assessment, verdict } = self.prove_on(Cursor::new(Vec::new()), hypothesis, beside)?;
        Ok(Proven { octets: octets.into_inner(), assessment, verdict })
    }

    /// The same, with the bundle on this empty file, which can be read, too, and has the whole bundle once this returns it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn prove_on<F: Octets + Write + Seek>(
        &self,
        file: F,
        hypothesis: &str,
        beside: &impl Beside,
    ) -> Result<Proven<F>, Refusal> {
        let ground = shown(&self.history, self.pins)?;
        let hypotheses = Hypotheses::parse(hypothesis).map_err(Refusal::Hypothesis)?;
        let mut sheet = Sheet::new(file)?;
        let used = exposure::used(&self.history, beside, &hypotheses, ground).map_err(Refusal::Exposure)?;
        let known = self.write(&mut sheet, hypothesis, used, beside)?;
        // From what was written, as whoever verifies it does; the leaves are those of this history.
        let mut written = sheet.sections().into_iter();
        let sections = Sections::of(|| written.next().expect("there are as many"));
        let (assessment, headers) = computed(&self.history, sections, &hypotheses, ground, &known)?;
        drop(written);
        sheet.section(|file| Ok(file.write_all(&assessment.to_bytes())?))?;
        let Verified { assessment, verdict, .. } = concluded(&self.history, assessment, headers, self.pins, &[])?;
        Ok(Proven { octets: sheet.done()?, assessment, verdict })
    }

    /// All sections but the last: the question, the ledger, and of what stands beside it what the answer reads. Returns what was
    /// seen of carriers' words, which count, as they were written.
    fn write<F: Octets + Write + Seek>(
        &self,
        sheet: &mut Sheet<F>,
        hypothesis: &str,
        used: Used<'_, Word>,
        beside: &impl Beside,
    ) -> Result<Vec<Seen>, Refusal> {
        sheet.section(|file| Ok(file.write_all(hypothesis.as_bytes())?))?;
        sheet.section(|file| Ok(file.write_all(self.history.note.as_bytes())?))?;
        sheet.section(|file| leaves::write(file, self.leaves))?;
        sheet.section(|file| lines::write(file, used.headers.list(), |batch| beside.written(batch)))?;
        let mut known = Vec::new();
        sheet.section(|file| {
            known = words::write(file, used.confirmations, beside)?;
            Ok(())
        })?;
        sheet.section(|file| lines::write(file, &used.totals, |own| Some(canonical::bytes(own))))?;
        sheet.section(|file| lines::write(file, &used.unwraps, |own| Some(canonical::bytes(own))))?;
        Ok(known)
    }
}

/// Checks a bundle from its first octet to its last, and computes every number again. `notes` are checkpoints that the
/// reader has from elsewhere: each that the warden signed must be of this ledger's past.
///
/// # Errors
/// [`Refusal`].
pub fn verify<B: Octets + ?Sized>(bundle: &B, pins: Option<&Pins>, notes: &[&[u8]]) -> Result<Verified, Refusal> {
    open(bundle, pins, notes).map(|(_, verified)| verified)
}

/// The same, with the ledger that was verified: what else follows from it, follows from the bundle.
///
/// # Errors
/// [`Refusal`].
pub fn open<B: Octets + ?Sized>(
    bundle: &B,
    pins: Option<&Pins>,
    notes: &[&[u8]],
) -> Result<(History, Verified), Refusal> {
    let sections = Sections::unpack(bundle)?;
    let note = sections.checkpoint.whole()?;
    let history = History::read(Reading::of(sections.entries.clone()), &note)?;
    if history.unknown_signers > 0 {
        return Err(Refusal::UnknownSigner { count: history.unknown_signers });
    }
    if history.note.as_bytes() != note {
        return Err(Refusal::Ledger(crate::history::Fault::NoteForm));
    }
    let verified = judged(&history, sections, pins, notes)?;
    Ok((history, verified))
}

/// Computes from the history, which is that of the sections, everything that they state.
fn judged<B: Octets + ?Sized>(
    history: &History,
    sections: Sections<'_, B>,
    pins: Option<&Pins>,
    notes: &[&[u8]],
) -> Result<Verified, Refusal> {
    let shown = shown(history, pins)?;
    let text = sections.hypothesis.whole()?;
    let text = std::str::from_utf8(&text).map_err(|_| Refusal::NotText { section: "hypothesis" })?;
    let hypotheses = Hypotheses::parse(text).map_err(Refusal::Hypothesis)?;
    let written = sections.assessment.whole()?;
    let stated: Assessment = canonical::read(&written).map_err(Refusal::Assessment)?;
    let (computed, headers) = computed(history, sections, &hypotheses, ground(&stated, shown)?, &[])?;
    if computed.to_bytes() != written {
        return Err(Refusal::AssessmentDiffers { field: first_difference(&computed, &stated) });
    }
    concluded(history, computed, headers, pins, notes)
}

/// What follows from the history and what stands beside it in the sections, of which nothing is unneeded; and of how many headers.
fn computed<B: Octets + ?Sized>(
    history: &History,
    sections: Sections<'_, B>,
    hypotheses: &Hypotheses,
    ground: Ground,
    known: &[Seen],
) -> Result<(Assessment, usize), Refusal> {
    let (headers, words) = (sections.headers.clone(), sections.confirmations.clone());
    let answer = || {
        let beside = Lines::read(sections)?;
        let computed = exposure::assess_used(history, &beside, hypotheses, ground, known);
        beside.all_read()?;
        let (computed, used) = computed.map_err(Refusal::Exposure)?;
        all_used(&beside, &used)?;
        Ok((computed, beside.headers()))
    };
    // A line is read as a whole where it is looked at, and only once. That one is none is named before all else.
    answer().or_else(|refusal| {
        beside::all_in_form(&headers)?;
        words::all_in_form(&words)?;
        Err(refusal)
    })
}

/// What an assessment that follows is worth.
fn concluded(
    history: &History,
    computed: Assessment,
    headers: usize,
    pins: Option<&Pins>,
    notes: &[&[u8]],
) -> Result<Verified, Refusal> {
    let shown = shown(history, pins)?;
    let split = other_history(history, notes)? || computed.split_view;
    let verdict = match (split, computed.damaged, pins) {
        (true, ..) => Verdict::SplitView,
        (_, true, _) => Verdict::Damaged,
        (.., None) => Verdict::Consistent,
        (.., Some(_)) => Verdict::Verified,
    };
    let (keys, notes) = (keys(history, pins), notes.len());
    let (level, pins) = (shown.level.max(computed.level), pins.map(|pins| pins.digest));
    Ok(Verified { assessment: computed, verdict, level, pins, keys, headers, notes })
}

/// What the pins vouch for, once the ledger is known to be theirs; without pins as little as can be.
fn shown(history: &History, pins: Option<&Pins>) -> Result<Ground, Refusal> {
    let Some(pins) = pins else { return Ok(Ground { level: Level::ONE_HOST, terms: Terms::default() }) };
    if pins.origin != history.genesis.origin {
        return Err(Refusal::PinnedOrigin);
    }
    if pins.first_leaf != history.first_leaf {
        return Err(Refusal::FirstLeaf { found: history.first_leaf });
    }
    let (wanted, found) = (pins.terms.organisations, pins.organisations(&history.cosigners));
    if found < wanted as usize {
        return Err(Refusal::Cosigners { wanted, found });
    }
    Ok(Ground { level: pins.level(history), terms: pins.terms })
}

/// What the assessment says to rest on, if that is not more than is shown.
fn ground(stated: &Assessment, shown: Ground) -> Result<Ground, Refusal> {
    // What is above that depends on the keys, and is computed with the figures.
    let level = stated.level.min(Level::WARDEN_APART);
    if level > shown.level {
        return Err(Refusal::Level { stated: stated.level.number(), shown: shown.level.number() });
    }
    let terms = Terms { organisations: stated.dating.organisations, clock_error: stated.dating.clock_error };
    if terms.organisations < shown.terms.organisations || terms.clock_error < shown.terms.clock_error {
        return Err(Refusal::Terms { stated: terms, wanted: shown.terms });
    }
    Ok(Ground { level, terms })
}

/// Whether a note from elsewhere, signed by the warden, is of another history.
fn other_history(history: &History, notes: &[&[u8]]) -> Result<bool, Refusal> {
    let mut other = false;
    for (note, number) in notes.iter().zip(1..) {
        let unfit = || Refusal::OwnNote { number };
        let text = tlog::note::split(note).map_err(|_| unfit())?.0;
        let size = tlog::Checkpoint::parse(text).map_err(|_| unfit())?.size();
        let opened = tlog::note::open(note, std::slice::from_ref(history.warden(size))).map_err(|_| unfit())?;
        let checkpoint = opened.checkpoint().map_err(|_| unfit())?;
        if checkpoint.origin() != history.genesis.origin {
            return Err(unfit());
        }
        match history.has_prefix(&checkpoint) {
            Some(same) => other |= !same,
            None => return Err(Refusal::OlderThanNote { number, size: checkpoint.size(), found: history.seen.size }),
        }
    }
    Ok(other)
}

fn keys(history: &History, pins: Option<&Pins>) -> Keys {
    let known = |key: &Verifier| pins.and_then(|pins| pins.organisation(key)).map(ToString::to_string);
    let cosigners = history.cosigners.iter().map(|cosigner| match known(&cosigner.key) {
        Some(organisation) => (cosigner.key.clone(), organisation, true),
        None => (cosigner.key.clone(), cosigner.organisation.clone(), false),
    });
    Keys { warden: history.warden(history.seen.size).clone(), cosigners: cosigners.collect() }
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

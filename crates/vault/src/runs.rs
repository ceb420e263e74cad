//! The token index: which batches of a month have a token. It is derived from the segments, stands on no
//! acknowledgement's way, and is made again at a start as far as it is missing.
//!
//! Of each month there are a few *runs*, sorted files that never change, and beside them in memory what was committed
//! since. A run is named after the first and the last number of its batches, hexadecimal: it has all of the month's
//! batches between these, so what no run has is what follows the last one. A background thread ([`Runs::tend`]) writes
//! what is in memory as a run, and the newest runs as one where they are together as large as the one before: so each run is
//! larger than all newer ones together, and a look-up reads one block of each of a few.
//!
//! ```text
//! runs/2026-11/0000000001-0000001f40
//! runs/2026-11/0000001f41-00000023a0
//! ```
//!
//! An entry is five octets of the token and five of the batch's number. Two tokens of one beginning cost whoever seeks one
//! of them a look into a batch that does not have it: what a batch has, only its segment says.

mod fresh;
mod lost;
mod run;
mod write;

use crate::Error;
use fresh::Fresh;
use ledger::Month;
use lost::Lost;
use run::Run;
use seal::Mark;
use std::{
    collections::BTreeMap,
    fs, io,
    ops::{ControlFlow, RangeInclusive},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How much is held in memory before it becomes a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) entries: usize,
    pub(crate) batches: u64,
}

/// Some ten megabytes; what a start reads again of the segments in a second or two.
pub(crate) const MOST: Most = Most { entries: 1 << 18, batches: 1 << 14 };

/// Octets of a token, and of a batch's number, in an [`Entry`].
const HALF: usize = 5;
/// Batches have numbers up to this.
pub(crate) const NUMBER_MAX: u64 = (1 << (8 * HALF)) - 1;

/// That a batch has a token: its first octets, then the batch's number. Entries of one token stand by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry([u8; 2 * HALF]);

impl Entry {
    fn new(token: &Mark, number: u64) -> Self {
        let mut octets = [0; 2 * HALF];
        octets[..HALF].copy_from_slice(&token.0[..HALF]);
        octets[HALF..].copy_from_slice(&number.to_be_bytes()[8 - HALF..]);
        Self(octets)
    }

    /// All entries that a token can have.
    fn all(token: &Mark) -> RangeInclusive<Self> {
        Self::new(token, 0)..=Self::new(token, NUMBER_MAX)
    }

    fn number(self) -> u64 {
        self.0[HALF..].iter().fold(0, |number, octet| number << 8 | u64::from(*octet))
    }
}

/// A batch as the index names it. The name binds runs to one history: a number may be another batch's in an older copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// In the order of commits, from 1.
    pub(crate) number: u64,
    /// Its id.
    pub(crate) name: [u8; 16],
}

/// Batches and their tokens, where they can be read.
pub(crate) type Page = Vec<(Batch, Option<Vec<Mark>>)>;

/// What the index is made of.
pub(crate) trait Source {
    /// The batch with the highest number; of number 0 where there is none.
    fn last(&self) -> Result<Batch, Error>;

    /// The name of the batch with a number.
    fn name(&self, number: u64) -> Result<Option<[u8; 16]>, Error>;

    /// The months of which there are batches.
    fn months(&self) -> Result<Vec<Month>, Error>;

    /// The first of a month's batches after a number, in order, with their tokens: some, or none if there are none. Of one
    /// whose segment cannot be read there are no tokens now.
    fn after(&self, month: Month, number: u64) -> Result<Page, Error>;

    /// Whether a batch's tokens can be read.
    fn is_readable(&self, number: u64) -> Result<bool, Error>;
}

/// The index, open.
pub(crate) struct Runs {
    dir: PathBuf,
    most: Most,
    state: Mutex<State>,
    /// Held by the one thread that writes and removes runs.
    writing: Mutex<()>,
}

#[derive(Default)]
struct State {
    months: BTreeMap<Month, Tokens>,
    /// Committed and not yet sorted in.
    noted: Vec<(Month, u64, Vec<Mark>)>,
    /// The last batch that was committed.
    last: Batch,
}

/// What is known of one month, oldest first: runs, what is being written as the next, and what came since.
#[derive(Default)]
struct Tokens {
    runs: Vec<Arc<Run>>,
    leaving: Arc<Vec<Entry>>,
    fresh: Fresh,
    batches: u64,
    /// While the month is being opened, up to where it was read.
    read: Option<Batch>,
}

impl Tokens {
    /// The last number whose batch is in a run, if it is of this month.
    fn covered(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.last.number)
    }
}

impl State {
    fn settle(&mut self) {
        for (month, number, tokens) in self.noted.drain(..) {
            let of_month = self.months.entry(month).or_default();
            of_month.fresh.add(&tokens, number);
            of_month.batches += 1;
        }
    }
}

impl Runs {
    /// Opens the index in its directory, and makes what is missing. Runs that do not follow on each other, that are damaged,
    /// or of batches that the source does not know, are removed: `source` is what counts.
    pub(crate) fn open(dir: &Path, most: Most, source: &dyn Source) -> Result<Self, Error> {
        make_dir(dir)?;
        let state = State { last: source.last()?, ..State::default() };
        let index = Self { dir: dir.to_owned(), most, state: Mutex::new(state), writing: Mutex::default() };
        let months = source.months()?;
        remove_others(dir, &months)?;
        for month in months {
            index.open_month(month, source)?;
        }
        Ok(index)
    }

    /// Makes it anew.
    pub(crate) fn rebuild(&mut self, source: &dyn Source) -> Result<(), Error> {
        remove_others(&self.dir, &[])?;
        *self = Self::open(&self.dir, self.most, source)?;
        Ok(())
    }

    fn open_month(&self, month: Month, source: &dyn Source) -> Result<(), Error> {
        let dir = self.dir_of(month);
        make_dir(&dir)?;
        let mut lost = Lost::read(&dir);
        if lost.is_back(source)? {
            discard(&dir)?;
            lost = Lost::default();
        }
        make_dir(&dir)?;
        durable::sweep(&dir)?;
        let runs = run::chain(&dir, |batch| Ok(source.name(batch.number)? == Some(batch.name)))?;
        let mut read = runs.last().map_or(Batch::default(), |run| run.last);
        let anew = runs.is_empty();
        self.state().months.insert(month, Tokens { runs, ..Tokens::default() });
        loop {
            let page = source.after(month, read.number)?;
            let Some((last, _)) = page.last() else { break };
            read = *last;
            for (batch, tokens) in page {
                match tokens {
                    Some(tokens) => self.note(month, batch, tokens),
                    None => lost.note(batch.number),
                }
            }
            // Before a run says that it has all of them.
            lost.write(&dir)?;
            self.reading(month, Some(read));
            while let Some(month) = self.due() {
                self.write_fresh(month)?;
            }
        }
        self.reading(month, None);
        let covered = self.state().months[&month].covered();
        if anew && covered > 0 {
            eprintln!("vault: the index of {month} is made again from the segments");
        }
        lost.tell(month);
        Ok(())
    }

    fn reading(&self, month: Month, up_to: Option<Batch>) {
        self.state().months.entry(month).or_default().read = up_to;
    }

    /// A batch was committed. Called in the order of numbers; cheap.
    pub(crate) fn note(&self, month: Month, batch: Batch, tokens: Vec<Mark>) {
        let mut state = self.state();
        if batch.number > state.last.number {
            state.last = batch;
        }
        state.noted.push((month, batch.number, tokens));
    }

    /// Sorts in what was noted, so that who seeks next need not.
    pub(crate) fn settle(&self) {
        self.state().settle();
    }

    /// Shows the numbers of a month's batches that may have a token, newest first, until `visit` breaks off.
    pub(crate) fn find(
        &self,
        month: Month,
        token: &Mark,
        mut visit: impl FnMut(u64) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let (recent, runs) = {
            let mut state = self.state();
            state.settle();
            let Some(of_month) = state.months.get(&month) else { return Ok(()) };
            let mut recent = of_month.fresh.find(token);
            recent.extend(fresh::within(&of_month.leaving, token).rev());
            (recent, of_month.runs.clone())
        };
        for number in recent {
            if visit(number)?.is_break() {
                return Ok(());
            }
        }
        for run in runs.iter().rev() {
            if run.find(token, &mut visit)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether exactly this batch is found by a token.
    pub(crate) fn has(&self, month: Month, token: &Mark, number: u64) -> Result<bool, Error> {
        let entry = Entry::new(token, number);
        let run = {
            let mut state = self.state();
            state.settle();
            let Some(own) = state.months.get(&month) else { return Ok(false) };
            if own.fresh.has(&entry) || own.leaving.binary_search(&entry).is_ok() {
                return Ok(true);
            }
            own.runs.iter().find(|run| run.numbers.contains(&number)).cloned()
        };
        run.map_or(Ok(false), |run| run.has(&entry))
    }

    /// Writes what has become too much for memory, or merges runs. One step; false where nothing was to be done. Blocks
    /// as long as that takes, nobody else.
    pub(crate) fn tend(&self) -> Result<bool, Error> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(month) = self.due() {
            self.write_fresh(month)?;
            return Ok(true);
        }
        let months: Vec<Month> = self.state().months.keys().copied().collect();
        // A month that fails, fails alone.
        let mut failed = Ok(false);
        for month in months {
            match self.merge(month) {
                Ok(false) => {}
                Ok(true) => return Ok(true),
                Err(error) => failed = Err(error),
            }
        }
        failed
    }

    /// The month that has most in memory, once all of them have too much.
    fn due(&self) -> Option<Month> {
        let mut state = self.state();
        state.settle();
        let (entries, batches) = state
            .months
            .values()
            .fold((0, 0), |(entries, batches), own| (entries + own.fresh.len(), batches + own.batches));
        let due = entries >= self.most.entries || batches >= self.most.batches;
        let (month, _) = state.months.iter().filter(|_| due).max_by_key(|(_, own)| (own.batches, own.fresh.len()))?;
        Some(*month)
    }

    /// Makes a run of what is in memory of a month.
    fn write_fresh(&self, month: Month) -> Result<(), Error> {
        let (entries, batches, first, last) = {
            let mut state = self.state();
            state.settle();
            let last = state.last;
            let own = state.months.entry(month).or_default();
            own.leaving = Arc::new(std::mem::take(&mut own.fresh).into_sorted());
            let batches = std::mem::take(&mut own.batches);
            (own.leaving.clone(), batches, own.covered() + 1, own.read.unwrap_or(last))
        };
        let written = write::run(&self.dir_of(month), first, &last, entries.iter().map(|entry| Ok(*entry)));
        let mut state = self.state();
        let own = state.months.entry(month).or_default();
        let left = std::mem::take(&mut own.leaving);
        match written {
            Ok(run) => {
                own.runs.push(Arc::new(run));
                Ok(())
            }
            Err(error) => {
                own.fresh.take_back(left.to_vec());
                own.batches += batches;
                Err(error)
            }
        }
    }

    /// Makes one run of the newest, as far back as they are together as large as the one before.
    fn merge(&self, month: Month) -> Result<bool, Error> {
        let runs = self.state().months.get(&month).map_or(Vec::new(), |own| own.runs.clone());
        let (mut from, mut entries) = (runs.len(), 0);
        while let Some(before) =
            from.checked_sub(1).map(|at| &runs[at]).filter(|run| from == runs.len() || run.entries <= entries)
        {
            entries += before.entries;
            from -= 1;
        }
        let merged = &runs[from..];
        if merged.len() < 2 {
            return Ok(false);
        }
        let run = write::merged(&self.dir_of(month), merged)?;
        self.state().months.entry(month).or_default().runs.splice(from.., [Arc::new(run)]);
        for old in merged {
            durable::remove(&run::path(&self.dir_of(month), &old.numbers))?;
        }
        Ok(true)
    }

    fn dir_of(&self, month: Month) -> PathBuf {
        self.dir.join(month.to_string())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panics with it in hand has added to it or not: it is whole either way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the runs of months of which there is no batch.
fn remove_others(dir: &Path, months: &[Month]) -> Result<(), Error> {
    for name in durable::names(dir)? {
        if name.parse::<Month>().is_ok_and(|month| !months.contains(&month)) {
            discard(&dir.join(name))?;
        }
    }
    Ok(())
}

/// Makes a directory, in place of whatever else has its name.
fn make_dir(dir: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(dir).is_ok_and(|found| !found.is_dir()) {
        discard(dir)?;
    }
    Ok(durable::make_dir(dir)?)
}

/// Removes whatever it is; all here can be made again.
fn discard(path: &Path) -> Result<(), Error> {
    let is_dir = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let removed = if is_dir { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::disk("remove an index", error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

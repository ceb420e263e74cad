//! Tables of names, newest last: each at least twice as long as the one after it, so that a name is looked for in few of them
//! and a record is written seldom.

use super::{
    files::{Listed, hashed},
    names::{Key, Names, Place, RECORD},
};
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

/// A table, and its file once that is written.
struct Run {
    names: Names,
    file: OnceLock<Listed>,
}

/// All tables of one kind.
#[derive(Clone, Default)]
pub(crate) struct Runs(Vec<Arc<Run>>);

impl Runs {
    pub(crate) fn find(&self, key: &Key) -> Option<Place> {
        self.0.iter().rev().find_map(|run| run.names.find(key))
    }

    /// Takes a table that is in no file yet.
    pub(crate) fn push(&mut self, names: Names) {
        if names.len() > 0 {
            self.0.push(Arc::new(Run { names, file: OnceLock::new() }));
        }
    }

    /// The same names in as few tables as the rule asks for.
    pub(super) fn merged(&self) -> Self {
        let mut runs = self.0.clone();
        while let [.., one, two] = &runs[..]
            && one.names.len() < 2 * two.names.len()
        {
            let names = one.names.merged(&two.names);
            runs.truncate(runs.len() - 2);
            runs.push(Arc::new(Run { names, file: OnceLock::new() }));
        }
        Self(runs)
    }

    /// Writes what is in no file yet, each to a name that `next` gives; durable once this returns.
    pub(super) fn write(&self, dir: &Path, mut next: impl FnMut() -> String) -> Result<Vec<Listed>, durable::Error> {
        let file = |run: &Arc<Run>| {
            if let Some(written) = run.file.get() {
                return Ok(written.clone());
            }
            let (name, octets) = (next(), run.names.octets());
            durable::replace(&dir.join(&name), octets)?;
            let listed = Listed { name, octets: octets.len() as u64, sha256: hashed(octets) };
            Ok(run.file.get_or_init(|| listed).clone())
        };
        self.0.iter().map(file).collect()
    }

    /// Reads the tables that [`Self::write`] has listed; `None` where a file is not the one that was written.
    pub(super) fn read(dir: &Path, files: &[Listed]) -> Option<Self> {
        let read = |file: &Listed| {
            let octets = usize::try_from(file.octets).ok()?;
            let mut names = Names::room(octets / RECORD);
            file.read(dir, &mut [names.octets_mut()])?;
            Some(Arc::new(Run { names, file: file.clone().into() }))
        };
        files.iter().map(read).collect::<Option<_>>().map(Self)
    }
}

//! The tables' plain text: lines into entries, entries into what holds in a version.

use std::{collections::BTreeMap, fmt};

/// A file of tables as it was compiled in.
#[derive(Clone, Copy)]
pub(crate) struct File {
    pub name: &'static str,
    pub text: &'static str,
}

/// What is wrong with a table, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub file: &'static str,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Versions in their order: X12's numbers; D.3, D.93A to D.01B, then 4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub u32);

impl Version {
    pub const FIRST: Self = Self(0);

    /// Of `004010`, `D.96A`, `D.3`, `4.1`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => text.parse().ok().map(Self),
            Some((version, release)) => Self::of_release(version.as_bytes(), release.as_bytes()),
        }
    }

    /// Of S009 0052 and 0054.
    pub fn of_release(version: &[u8], release: &[u8]) -> Option<Self> {
        let digit = |octet: u8| octet.is_ascii_digit().then(|| u32::from(octet - b'0'));
        match (version, release) {
            (b"D", &[tens, ones, half @ (b'A' | b'B')]) => {
                let year = digit(tens)? * 10 + digit(ones)?;
                let century = if year >= 80 { 1900 } else { 2000 };
                Some(Self((century + year) * 10 + u32::from(half - b'A')))
            }
            (b"D", &[syntax]) => digit(syntax).map(Self),
            (b"4", &[release]) => digit(release).map(|release| Self(100_000 + release)),
            _ => None,
        }
    }
}

/// A line of a file without its comment.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub file: &'static str,
    pub number: usize,
    /// Blanks before the first word.
    pub indent: usize,
    pub text: &'static str,
}

impl Line {
    pub fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.text.split_whitespace()
    }

    pub fn fault(&self, what: impl Into<String>) -> Fault {
        Fault { file: self.file, line: self.number, what: what.into() }
    }
}

/// The lines that say something.
pub(crate) fn lines(file: File) -> impl Iterator<Item = Line> {
    file.text.lines().zip(1..).filter_map(move |(line, number)| {
        let comment = line.match_indices('#').map(|(at, _)| at).find(|&at| at == 0 || line[..at].ends_with(' '));
        let text = line[..comment.unwrap_or(line.len())].trim_end();
        let indent = text.len() - text.trim_start().len();
        (text.len() > indent).then_some(Line { file: file.name, number, indent, text: text.trim_start() })
    })
}

/// What is said of one element, composite or segment.
#[derive(Clone)]
pub(crate) struct Entry {
    pub line: Line,
    /// From which version of the file on.
    since: Version,
    /// What holds from a version on, oldest first.
    blocks: Vec<(Version, Vec<&'static str>)>,
}

impl Entry {
    /// The blocks that hold in a version, oldest first.
    pub fn held(&self, version: Version) -> impl Iterator<Item = &[&'static str]> {
        self.blocks.iter().filter(move |(since, _)| *since <= version).map(|(_, words)| words.as_slice())
    }

    /// The words that hold in a version: what was added, to what was said anew last.
    pub fn words(&self, version: Version) -> Vec<&'static str> {
        let mut words = Vec::new();
        for block in self.held(version) {
            match block.split_first() {
                Some((&"+", added)) => words.extend(added),
                _ => words = block.to_vec(),
            }
        }
        words
    }
}

/// The entries of files of one sort, by id.
#[derive(Default)]
pub(crate) struct Entries(BTreeMap<&'static str, Vec<Entry>>);

impl Entries {
    /// Adds a file's entries.
    pub fn add(&mut self, file: File) -> Result<(), Fault> {
        let mut since = Version::FIRST;
        let mut last: Option<&'static str> = None;
        for line in lines(file) {
            if line.indent > 0 {
                let entry = last.and_then(|id| self.0.get_mut(id)).and_then(|entries| entries.last_mut());
                extend(entry.ok_or_else(|| line.fault("no entry to belong to"))?, line)?;
                continue;
            }
            let mut words = line.words();
            let id = words.next().unwrap_or_default();
            if id == "file" {
                let version = line.text.strip_prefix("file from ").and_then(Version::parse);
                since = version.ok_or_else(|| line.fault("`file from VERSION`"))?;
                continue;
            }
            let entries = self.0.entry(id).or_default();
            if entries.iter().any(|entry| entry.since == since) {
                return Err(line.fault(format!("{id} is defined twice")));
            }
            entries.push(Entry { line, since, blocks: vec![(Version::FIRST, Vec::new())] });
            last = Some(id);
        }
        Ok(())
    }

    /// The entry that holds in a version.
    pub fn find(&self, id: &str, version: Version) -> Option<&Entry> {
        self.0.get(id)?.iter().filter(|entry| entry.since <= version).max_by_key(|entry| entry.since)
    }

    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

fn extend(entry: &mut Entry, line: Line) -> Result<(), Fault> {
    let mut words: Vec<&'static str> = line.words().collect();
    if words.first() == Some(&"from") {
        let version = words.get(1).and_then(|word| word.strip_suffix(':')).and_then(Version::parse);
        let version = version.ok_or_else(|| line.fault("`from VERSION: …`"))?;
        if entry.blocks.last().is_some_and(|(since, _)| *since >= version) {
            return Err(line.fault("versions go from old to new"));
        }
        words.drain(..2);
        entry.blocks.push((version, Vec::new()));
    }
    let Some((_, block)) = entry.blocks.last_mut() else { return Err(line.fault("no block")) };
    block.extend(words);
    Ok(())
}

//! Who reads what: the rows of the tables.

use crate::{
    made::{Counted, Kind},
    ours, peers,
};

/// What a reader's work is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Segments and elements: with our tokens.
    Tokens,
    /// Checked, or typed: with our full reading.
    Whole,
}

/// A row.
pub struct Reader {
    /// As it is named on the command line: its package, and behind a space which way of reading.
    pub name: &'static str,
    /// What it does, in a few words.
    pub does: &'static str,
    /// What it reads.
    pub kind: Kind,
    /// What it is compared with.
    pub work: Work,
    /// Reads; an error says why it cannot.
    pub read: fn(&[u8]) -> Result<Counted, &'static str>,
}

/// Ours are named so, without a package's version.
pub const OURS: &str = "ours";

impl Reader {
    /// Whether it is this project's.
    pub fn is_ours(&self) -> bool {
        self.name.starts_with(OURS)
    }

    /// The document in whose table it stands.
    pub fn table(&self) -> Kind {
        match self.kind {
            Kind::IftminD00b => Kind::Iftmin,
            kind => kind,
        }
    }

    /// The reader of this name for this document.
    pub fn find(name: &str, kind: Kind) -> Option<&'static Self> {
        READERS.iter().find(|r| r.name == name && r.kind == kind)
    }
}

const fn row(
    kind: Kind,
    work: Work,
    name: &'static str,
    does: &'static str,
    read: fn(&[u8]) -> Result<Counted, &'static str>,
) -> Reader {
    Reader { name, does, kind, work, read }
}

use Kind::{Iftmin, IftminD00b, X215, X856};
use Work::{Tokens, Whole};

/// All, table by table. Ours first: the others are compared with it.
pub static READERS: &[Reader] = &[
    row(X856, Tokens, "ours tokens", ours::TOKENS_DO, ours::tokens),
    row(X856, Tokens, "x12-stream-parser", "element walk; told the delimiters", peers::x12_stream_parser),
    row(X856, Tokens, "edi", "tree, envelope check", peers::edi),
    row(X856, Whole, "ours whole", ours::WHOLE_DOES, ours::whole),
    row(X856, Whole, "x12-types", "typed 856, no checks", peers::x12_types),
    row(X215, Tokens, "ours tokens", ours::TOKENS_DO, ours::tokens),
    row(X215, Tokens, "x12-stream-parser", "element walk; told the delimiters", peers::x12_stream_parser),
    row(X215, Tokens, "edi", "tree, envelope check", peers::edi),
    row(X215, Whole, "ours whole", ours::WHOLE_DOES, ours::whole),
    row(Iftmin, Tokens, "ours tokens", ours::TOKENS_DO, ours::tokens),
    row(Iftmin, Tokens, "edifact-parser", "events with components, UTF-8 check", peers::edifact_parser),
    row(Iftmin, Tokens, "edifact-rs", "segments with spans, unescaped", peers::edifact_rs),
    row(Iftmin, Whole, "ours whole", ours::WHOLE_DOES, ours::whole),
    row(Iftmin, Whole, "edifact-rs envelope", "segments kept, envelope check", peers::edifact_rs_envelope),
    row(Iftmin, Whole, "edifact-rs CONTRL", "the same, CONTRL", peers::edifact_rs_contrl),
    row(Iftmin, Whole, "edifact-rs checked", "the same, characters, syntax", peers::edifact_rs_checked),
    row(IftminD00b, Whole, "edifact-types", "typed IFTMIN (D.00B), no checks", peers::edifact_types),
];

/// The version of a reader's package, from the lock file; the project's own have no source there.
pub fn version(name: &str) -> Option<&'static str> {
    let package = name.split(' ').next()?;
    let of = |block: &'static str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"'))
    };
    include_str!("../Cargo.lock")
        .split("[[package]]")
        .find(|block| of(block, "name") == Some(package) && of(block, "source").is_some())
        .and_then(|block| of(block, "version"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::Plan;

    #[test]
    fn peers_read_what_is_made_and_count_the_same() {
        for reader in READERS.iter().filter(|r| !r.is_ours()) {
            let document = Plan { parcels_a_set: 40, ..Plan::new(reader.kind, 100) }.make();
            let read = (reader.read)(&document.bytes).unwrap_or_else(|why| panic!("{}: {why}", reader.name));
            assert!(
                read.agrees(&document.counted),
                "{} {:?}: {read:?}, not {:?}",
                reader.name,
                reader.kind,
                document.counted
            );
        }
    }

    #[test]
    fn names_are_of_packages() {
        assert_eq!(version("x12-stream-parser"), Some("0.1.0"));
        assert_eq!(version("edi"), Some("0.4.0"));
        assert_eq!(version("edifact-rs CONTRL"), Some("0.18.0"));
        assert_eq!(version("ours whole"), None);
        for reader in READERS.iter().filter(|r| !r.is_ours()) {
            assert!(version(reader.name).is_some(), "{}", reader.name);
        }
    }
}

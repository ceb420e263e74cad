//! What messages look like: plain text in `tables/`, compiled in, read once; a message's table is built when it is first
//! asked for. `tables/README.md` says how to read and extend it.

mod library;
mod model;
mod order;
mod outline;
mod place;
mod rows;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use model::{Condition, Message, SegmentTable};
pub(crate) use order::{Item, NONE};
pub(crate) use place::{Kind, Place};
pub(crate) use rows::{Row, RowKind};

use library::Library;
use outline::Dated;
use std::{
    collections::BTreeSet,
    sync::{LazyLock, OnceLock},
};
use text::{File, Version};

macro_rules! files {
    ($($name:literal)*) => {
        &[$(File { name: $name, text: include_str!(concat!("../../tables/", $name)) }),*]
    };
}

const X12: &[File] = files! {
    "x12/elements.txt" "x12/composites.txt" "x12/segments.txt" "x12/tags.txt"
    "x12/856.txt" "x12/215.txt" "x12/214.txt" "x12/997.txt" "x12/999.txt"
};

const EDIFACT: &[File] = files! {
    "edifact/elements.txt" "edifact/elements-service.txt" "edifact/composites.txt" "edifact/composites-service.txt"
    "edifact/segments.txt" "edifact/segments-service.txt" "edifact/tags.txt"
    "edifact/IFTMIN.txt" "edifact/IFTSTA.txt" "edifact/CONTRL.txt"
};

/// One syntax's tables, as they are used.
struct Tables {
    library: Library,
    messages: Vec<Lazy>,
    /// TA1, which belongs to no message.
    ta1: Option<SegmentTable>,
    tags: BTreeSet<&'static str>,
}

/// A message whose table is built when the first set asks for it: a process sees few of them.
struct Lazy {
    dated: Dated,
    outline: usize,
    message: OnceLock<Message>,
}

static OF_X12: LazyLock<Tables> = LazyLock::new(|| tables(X12));
static OF_EDIFACT: LazyLock<Tables> = LazyLock::new(|| tables(EDIFACT));

fn tables(files: &'static [File]) -> Tables {
    let library = Library::parse(files).unwrap_or_else(|fault| panic!("{fault}"));
    let messages = library.messages().unwrap_or_else(|fault| panic!("{fault}"));
    let lazy = |(dated, outline)| Lazy { dated, outline, message: OnceLock::new() };
    let listed = files.iter().filter(|file| file.name.ends_with("/tags.txt")).flat_map(|file| text::lines(*file));
    let tags = listed.flat_map(|line| line.words()).chain(library.tags()).collect();
    let ta1 = library.segment("TA1", Version::FIRST).ok();
    Tables { messages: messages.into_iter().map(lazy).collect(), ta1, tags, library }
}

fn find(tables: &'static Tables, kind: &[u8], version: Version) -> Option<&'static Message> {
    let takes =
        |Lazy { dated, .. }: &&Lazy| dated.kind.as_bytes() == kind && (dated.since..=dated.until).contains(&version);
    let Lazy { dated, outline, message } = tables.messages.iter().find(takes)?;
    let build = || tables.library.message((*dated, *outline)).unwrap_or_else(|fault| panic!("{fault}"));
    Some(message.get_or_init(build))
}

/// The table of a transaction set; `None` if it is not taken here. `version` is GS08's first six digits.
pub(crate) fn message(kind: &[u8], version: u32) -> Option<&'static Message> {
    find(&OF_X12, kind, Version(version))
}

/// The table of a message by S009 0065, 0052 and 0054; `None` if it is not taken here.
pub(crate) fn edifact_message(kind: &[u8], version: &[u8], release: &[u8]) -> Option<&'static Message> {
    find(&OF_EDIFACT, kind, Version::of_release(version, release)?)
}

/// Whether some set that is taken here belongs to groups of this kind (GS01).
pub(crate) fn is_functional_id(id: &[u8]) -> bool {
    OF_X12.messages.iter().any(|lazy| lazy.dated.functional_id.as_ref().is_some_and(|own| own == id))
}

/// The table of TA1.
pub(crate) fn ta1() -> Option<&'static SegmentTable> {
    OF_X12.ta1.as_ref()
}

/// Whether one of the two syntaxes has such a segment.
pub(crate) fn is_known_tag(tag: &str) -> bool {
    OF_X12.tags.contains(tag) || OF_EDIFACT.tags.contains(tag)
}

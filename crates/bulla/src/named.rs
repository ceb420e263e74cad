//! Files that whoever types names: no more of one is read than it may have, and nobody waits for a pipe that nobody writes to.

use anyhow::{Context, Result};
use std::path::Path;

/// What people write by hand or by a verb that asks for their signature.
pub const PAPER_OCTETS_MAX: u64 = 16 << 20;
/// What programs write: assessments, lists of everything that a co-holder unwrapped.
pub const LIST_OCTETS_MAX: u64 = 256 << 20;
/// Keys, tokens, certificates.
pub const KEY_OCTETS_MAX: u64 = 1 << 20;

/// All of a file.
pub fn octets(path: &Path, most: u64) -> Result<Vec<u8>> {
    incident::named::read(path, most).with_context(|| format!("cannot read {}", path.display()))
}

/// All of a file of text.
pub fn text(path: &Path, most: u64) -> Result<String> {
    // What is no text is not shown: it may be a key.
    String::from_utf8(octets(path, most)?)
        .map_err(|_| anyhow::anyhow!("cannot read {}: it is not text in UTF-8", path.display()))
}

//! Serving a log as C2SP tlog-tiles: the answers to `GET /tile/…`, and the same as files.

use crate::{disk, log::Log};
use std::{ops::Range, path::Path};
use tlog::{Tree, bundle, tile};

/// Why there is no such tile.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the path of a tile, or of one that the tree does not have yet.
    #[error(transparent)]
    Tile(#[from] tlog::Error),
    /// The log cannot be read.
    #[error(transparent)]
    Disk(#[from] disk::Failure),
}

/// The content of `tile/0/x001/234.p/5` and the like, of the tree as it is now.
pub fn content(tree: &Tree, log: &Log, path: &str) -> Result<Vec<u8>, Error> {
    match path.parse()? {
        tlog::Path::Tile { level, index, width } => Ok(tile::contents(tree, level, index, width)?),
        tlog::Path::Entries { index, width } => {
            let range = range(index, width);
            let absent = tlog::Error::SizeBeyondTree { asked: range.end, size: log.len() };
            let leaves = if range.end <= log.len() { log.read(range)? } else { return Err(absent.into()) };
            Ok(bundle::encode(&leaves)?)
        }
    }
}

/// Writes the tiles that changed between two sizes under `dir` (which gets a `tile` folder). They are derived: whatever
/// is lost is written again at the next start.
pub fn write(dir: &Path, tree: &Tree, log: &Log, old: u64, new: u64) -> Result<(), Error> {
    for path in tile::tiles_between(old, new).chain(tile::bundles_between(old, new)) {
        let path = path.to_string();
        disk::write_derived(&dir.join(&path), &content(tree, log, &path)?)?;
        forget_narrower(dir, &path);
    }
    Ok(())
}

/// C2SP lets a log drop partial tiles once wider ones are there.
fn forget_narrower(dir: &Path, path: &str) {
    let full = path.split(".p/").next().unwrap_or(path);
    let partial = dir.join(format!("{full}.p"));
    if full == path {
        let _ = std::fs::remove_dir_all(partial);
        return;
    }
    let keep = path.rsplit('/').next().unwrap_or_default();
    for name in disk::names(&partial).unwrap_or_default().iter().filter(|name| *name != keep) {
        let _ = std::fs::remove_file(partial.join(name));
    }
}

/// The leaves of a bundle.
pub fn range(index: u64, width: u16) -> Range<u64> {
    let first = index.saturating_mul(tile::FULL_WIDTH.into());
    first..first.saturating_add(width.into())
}

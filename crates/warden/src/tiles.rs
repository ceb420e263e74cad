//! Serving the ledger as C2SP tlog-tiles: the answers to `GET /tile/…`, and the same as files.

use durable::Records;
use std::path::Path;
use tlog::{Tree, tile};

/// Why there is no such tile.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the path of a tile, or of one that the tree does not have yet.
    #[error(transparent)]
    Tile(#[from] tlog::Error),
    /// The log cannot be read.
    #[error(transparent)]
    Disk(#[from] durable::Error),
}

/// The content of `tile/0/x001/234.p/5` and the like, of the tree as it is now.
pub(crate) fn content(tree: &Tree, log: &Records, path: &str) -> Result<Vec<u8>, Error> {
    tile::served(tree, path, |entries| Ok(log.read(entries)?))
}

/// Writes the tiles that changed between two sizes under `dir` (which gets a `tile` folder). They are derived: whatever
/// is lost is written again at the next start.
pub(crate) fn write(dir: &Path, tree: &Tree, log: &Records, old: u64, new: u64) -> Result<(), Error> {
    for path in tile::tiles_between(old, new).chain(tile::bundles_between(old, new)) {
        let path = path.to_string();
        durable::replace_derived(&dir.join(&path), &content(tree, log, &path)?)?;
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
    for name in durable::names(&partial).unwrap_or_default().iter().filter(|name| *name != keep) {
        let _ = std::fs::remove_file(partial.join(name));
    }
}

//! Serving the ledger as C2SP tlog-tiles: the answers to `GET /tile/…`, and the same as files.

use crate::book::{Book, lock};
use durable::Records;
use std::{path::Path, sync::Mutex};
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

/// Writes what is published under `ledger/`, tiles first, then the checkpoint: the widths of partial tiles are those of
/// the checkpoint that stands beside them. `written` is how many entries the files have; 0 at a start, which looks for
/// what a crash has taken. The book is in hand for one tile at a time.
pub(crate) fn write(book: &Mutex<Book>, written: &mut u64) -> Result<(), Error> {
    let (dir, published) = {
        let book = lock(book);
        (book.dir().to_owned(), book.published().cloned())
    };
    let Some(published) = published else { return Ok(()) };
    for path in tile::tiles_between(*written, published.size).chain(tile::bundles_between(*written, published.size)) {
        let file = dir.join(path.to_string());
        let octets = length(lock(book).log(), &path);
        // A tile of this name never has other octets: it is whole, or a crash has left it shorter.
        if file.metadata().is_ok_and(|there| there.len() == octets) {
            continue;
        }
        let octets = {
            let book = lock(book);
            content(book.tree(), book.log(), &path.to_string())?
        };
        durable::replace_derived(&file, &octets)?;
        forget_narrower(&dir, &path.to_string());
    }
    *written = published.size;
    Ok(durable::replace(&dir.join("checkpoint"), published.note.as_bytes())?)
}

/// The octets of a tile that the tree has.
fn length(log: &Records, path: &tile::Path) -> u64 {
    match *path {
        tile::Path::Tile { width, .. } => u64::from(width) * size_of::<tlog::Hash>() as u64,
        tile::Path::Entries { index, width } => {
            let lengths = u64::from(width) * size_of::<u16>() as u64;
            lengths + log.octets(tile::entries(index, width))
        }
    }
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

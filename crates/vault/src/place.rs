//! Whether a directory is the one that it was. A copy of it, from a backup or for another machine, may run while the first
//! one still does: it must not say of the first one's starts that they are over.
//!
//! The file `place` holds its own inode and when it was made, which no copy keeps. A copy of the whole disk, block by block, does.

use crate::Error;
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    time::UNIX_EPOCH,
};

const OCTETS_MAX: u64 = 100;

/// Whether it is a copy; or nobody has taken it for a place of its own before.
pub(crate) fn is_copy(dir: &Path) -> Result<bool, Error> {
    let path = dir.join("place");
    let Some(said) = durable::read_if_there(&path, OCTETS_MAX)? else { return Ok(true) };
    let there = fs::metadata(&path).map_err(|source| Error::disk("look at the file place", source))?;
    Ok(said != identity(&there).as_bytes())
}

/// From now on it is a place of its own. Only for whoever has put aside what the first one's starts left: a process that ends
/// between the two finds a copy again.
pub(crate) fn take(dir: &Path) -> Result<(), Error> {
    let path = dir.join("place");
    if durable::read_if_there(&path, OCTETS_MAX)?.is_some() {
        durable::remove(&path)?;
    }
    mark(&path).map_err(|source| Error::disk("write the file place", source))?;
    Ok(durable::sync_dir(dir)?)
}

fn mark(path: &Path) -> std::io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    let identity = identity(&file.metadata()?);
    file.write_all(identity.as_bytes())?;
    file.sync_all()
}

fn identity(there: &Metadata) -> String {
    let made = there.created().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    format!("inode {} made {}\n", there.ino(), made.map_or(0, |made| made.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_knows_that_it_is_one_and_a_directory_that_was_moved_does_not_think_so() {
        let dir = tempfile::tempdir().unwrap();
        let (first, moved, copy) = (dir.path().join("first"), dir.path().join("moved"), dir.path().join("copy"));
        fs::create_dir(&first).unwrap();
        assert_eq!([is_copy(&first).unwrap(), is_copy(&first).unwrap()], [true, true], "until it is taken for its own");
        take(&first).unwrap();
        assert!(!is_copy(&first).unwrap());
        fs::rename(&first, &moved).unwrap();
        assert!(!is_copy(&moved).unwrap());
        fs::create_dir(&copy).unwrap();
        fs::copy(moved.join("place"), copy.join("place")).unwrap();
        assert_eq!([is_copy(&copy).unwrap(), is_copy(&moved).unwrap()], [true, false]);
        take(&copy).unwrap();
        assert_eq!([is_copy(&copy).unwrap(), is_copy(&moved).unwrap()], [false, false]);
        fs::write(moved.join("place"), b"").unwrap();
        assert!(is_copy(&moved).unwrap(), "one that was torn tells nothing");
    }
}

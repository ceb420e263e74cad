//! Objects as files of one directory.
//!
//! A file is written under a temporary name in the same directory, fsynced, renamed, and the directory fsynced; so a
//! name always means whole and durable octets. What was left under a temporary name is removed at opening.

use super::{Name, Objects};
use crate::Error;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Begins every temporary name; no [`Name`] begins with it.
const TEMPORARY: &str = ".put-";

/// One directory of objects. One process at a time: the caller holds the lock.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    next_temporary: AtomicU64,
}

impl Directory {
    /// Opens a directory, makes it if need be (for its owner only), and removes what unfinished puts left.
    pub fn open(path: &Path) -> Result<Self, Error> {
        create(path)?;
        let this = Self { path: path.to_owned(), next_temporary: AtomicU64::new(0) };
        for name in this.file_names()?.iter().filter(|name| name.starts_with(TEMPORARY)) {
            fs::remove_file(path.join(name)).map_err(|e| Error::disk("remove an unfinished file", e))?;
        }
        Ok(this)
    }

    fn path_of(&self, name: &Name) -> PathBuf {
        self.path.join(name.as_str())
    }

    fn file_names(&self) -> Result<Vec<String>, Error> {
        let listed = |e| Error::disk("list a directory", e);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(listed)? {
            // A name that is no UTF-8 is not ours.
            names.extend(entry.map_err(listed)?.file_name().into_string());
        }
        Ok(names)
    }

    fn write_durably(&self, temporary: &Path, name: &Name, octets: &[u8]) -> Result<(), Error> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(temporary)
            .map_err(|e| Error::disk("create a file", e))?;
        file.write_all(octets).map_err(|e| Error::disk("write a file", e))?;
        file.sync_all().map_err(|e| Error::disk("make a file durable", e))?;
        fs::rename(temporary, self.path_of(name)).map_err(|e| Error::disk("rename a file", e))?;
        sync_directory(&self.path)
    }

    fn open_object(&self, name: &Name) -> Result<(File, u64), Error> {
        let file = File::open(self.path_of(name)).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => Error::Missing { what: "object" },
            _ => Error::disk("open a file", e),
        })?;
        let length = file.metadata().map_err(|e| Error::disk("look at a file", e))?.len();
        Ok((file, length))
    }
}

impl Objects for Directory {
    fn put(&self, name: &Name, octets: &[u8]) -> Result<(), Error> {
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = self.path.join(format!("{TEMPORARY}{number}"));
        let result = self.write_durably(&temporary, name, octets);
        if result.is_err() {
            // On a full disk these octets are what stands in the way. After the rename there is nothing to remove.
            let _ = fs::remove_file(&temporary);
        }
        result
    }

    fn read(&self, name: &Name) -> Result<Vec<u8>, Error> {
        let (mut file, length) = self.open_object(name)?;
        let mut octets = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.read_to_end(&mut octets).map_err(|e| Error::disk("read a file", e))?;
        Ok(octets)
    }

    fn read_range(&self, name: &Name, start: u64, length: usize) -> Result<Vec<u8>, Error> {
        let (file, available) = self.open_object(name)?;
        if start.checked_add(length as u64).is_none_or(|end| end > available) {
            return Err(Error::Damaged { what: "an object" });
        }
        let mut octets = vec![0; length];
        file.read_exact_at(&mut octets, start).map_err(|e| Error::disk("read a file", e))?;
        Ok(octets)
    }

    fn delete(&self, name: &Name) -> Result<(), Error> {
        match fs::remove_file(self.path_of(name)) {
            Ok(()) => sync_directory(&self.path),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Error::disk("remove a file", e)),
        }
    }

    fn list(&self) -> Result<Vec<Name>, Error> {
        Ok(self.file_names()?.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

/// Makes a directory for its owner only, durably; one that is there already is fine.
pub(crate) fn create(path: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => path.parent().filter(|p| !p.as_os_str().is_empty()).map_or(Ok(()), sync_directory),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(Error::disk("create a directory", e)),
    }
}

fn sync_directory(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|d| d.sync_all()).map_err(|e| Error::disk("make a directory durable", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(s: &str) -> Name {
        s.parse().unwrap()
    }

    #[test]
    fn what_is_put_is_read_listed_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let objects = Directory::open(&dir.path().join("o")).unwrap();
        objects.put(&name("a"), b"0123456789").unwrap();
        objects.put(&name("b"), b"").unwrap();
        assert_eq!(objects.read(&name("a")).unwrap(), b"0123456789");
        assert_eq!(objects.read_range(&name("a"), 3, 4).unwrap(), b"3456");
        assert_eq!(objects.read_range(&name("a"), 10, 0).unwrap(), b"");
        for (start, length) in [(3, 8), (11, 0), (u64::MAX, 2)] {
            assert!(matches!(objects.read_range(&name("a"), start, length), Err(Error::Damaged { .. })));
        }
        let mut names = objects.list().unwrap();
        names.sort();
        assert_eq!(names, [name("a"), name("b")]);
        objects.delete(&name("a")).unwrap();
        objects.delete(&name("a")).unwrap();
        assert!(matches!(objects.read(&name("a")), Err(Error::Missing { what: "object" })));
        assert_eq!(objects.list().unwrap(), [name("b")]);
    }

    #[test]
    fn unfinished_puts_are_swept_at_opening_and_never_listed() {
        let dir = tempfile::tempdir().unwrap();
        let objects = Directory::open(dir.path()).unwrap();
        objects.put(&name("kept"), b"1").unwrap();
        fs::write(dir.path().join(".put-0"), b"half").unwrap();
        fs::write(dir.path().join("NOT OURS"), b"").unwrap();
        assert_eq!(objects.list().unwrap(), [name("kept")]);
        drop(objects);
        let objects = Directory::open(dir.path()).unwrap();
        assert!(!dir.path().join(".put-0").exists());
        assert!(dir.path().join("NOT OURS").exists());
        assert_eq!(objects.read(&name("kept")).unwrap(), b"1");
    }

    #[test]
    fn files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("o");
        Directory::open(&path).unwrap().put(&name("a"), b"1").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("a"))), (0o700, 0o600));
    }
}

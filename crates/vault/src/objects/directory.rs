//! Objects as files of one directory.
//!
//! A put is [`durable::replace`], so a name always means whole and durable octets, and a failed put takes what fitted away
//! again. A temporary name is an object's with `.N.tmp` behind it, which no [`Name`] can be; what was left under one is
//! removed at opening. What is set aside from `segments/` goes to `lost/segments/` beside it.

use super::{Name, Objects};
use crate::Error;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// One directory of objects. One process at a time: the caller holds the lock.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens a directory, makes it if need be (for its owner only), and removes what unfinished puts left.
    pub fn open(path: &Path) -> Result<Self, Error> {
        durable::make_dir(path)?;
        durable::sweep(path)?;
        Ok(Self { path: path.to_owned() })
    }

    fn path_of(&self, name: &Name) -> PathBuf {
        self.path.join(name.as_str())
    }

    fn lost(&self) -> PathBuf {
        let above = self.path.parent().unwrap_or(Path::new("."));
        above.join("lost").join(self.path.file_name().unwrap_or_default())
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
    fn put(&self, name: &Name, parts: &[&[u8]]) -> Result<(), Error> {
        let fill = |file: &mut File| parts.iter().try_for_each(|part| file.write_all(part));
        Ok(durable::replace_with(&self.path_of(name), fill)?)
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
        Ok(durable::remove(&self.path_of(name))?)
    }

    fn blank(&self, name: &Name, start: u64, length: u64) -> Result<(), Error> {
        let blanked = File::options().write(true).open(self.path_of(name)).and_then(|mut file| {
            file.seek(SeekFrom::Start(start))?;
            io::copy(&mut io::repeat(0).take(length), &mut file)?;
            file.sync_all()
        });
        blanked.map_err(|e| Error::disk("blank a part of a file", e))
    }

    fn set_aside(&self, name: &Name) -> Result<(), Error> {
        durable::set_aside(&self.path_of(name), &self.lost())?;
        Ok(())
    }

    fn bring_back(&self, name: &Name) -> Result<bool, Error> {
        let lost = self.lost().join(name.as_str());
        if !lost.exists() {
            return Ok(false);
        }
        durable::set_aside(&lost, &self.path)?;
        Ok(true)
    }

    fn list(&self) -> Result<Vec<Name>, Error> {
        Ok(durable::names(&self.path)?.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn name(s: &str) -> Name {
        s.parse().unwrap()
    }

    #[test]
    fn what_is_put_is_read_listed_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let objects = Directory::open(&dir.path().join("o")).unwrap();
        objects.put(&name("a"), &[b"01234", b"56789"]).unwrap();
        objects.put(&name("b"), &[b""]).unwrap();
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
        objects.put(&name("kept"), &[b"1"]).unwrap();
        fs::write(dir.path().join("0123.0.tmp"), b"half").unwrap();
        fs::write(dir.path().join("NOT OURS"), b"").unwrap();
        assert_eq!(objects.list().unwrap(), [name("kept")]);
        drop(objects);
        let objects = Directory::open(dir.path()).unwrap();
        assert!(!dir.path().join("0123.0.tmp").exists());
        assert!(dir.path().join("NOT OURS").exists());
        assert_eq!(objects.read(&name("kept")).unwrap(), b"1");
    }

    #[test]
    fn files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("o");
        Directory::open(&path).unwrap().put(&name("a"), &[b"1"]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("a"))), (0o700, 0o600));
    }
}

//! A file that is written for a while: under a name of its own until it is whole, and nothing of it stays.

use anyhow::{Context, Result, bail};
use rustix::fs::OFlags;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Writes a file, or leaves what was there, as on a full disk.
pub fn write(path: &Path, octets: &[u8]) -> Result<()> {
    Draft::of(path)?.write(octets)
}

/// `.NAME.draft` beside what will be `NAME`, locked while somebody writes it: what a run left that was killed is the next one's.
pub struct Draft {
    file: File,
    beside: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// Begins what a run is to write, while nothing has been done for it; a file that is there twice is refused.
    pub fn each<const N: usize>(paths: [Option<&Path>; N]) -> Result<[Option<Self>; N]> {
        let mut begun = [const { None }; N];
        for (at, path) in paths.into_iter().enumerate() {
            let Some(path) = path else { continue };
            let (_, beside) = places(path)?;
            if begun.iter().flatten().any(|own: &Self| is_at(&own.file, &beside).is_ok_and(|same| same)) {
                bail!("cannot write {}: something else of this run is to be there", path.display());
            }
            begun[at] = Some(Self::of(path)?);
        }
        Ok(begun)
    }

    /// Begins one, in place of a dead run's.
    pub fn of(path: &Path) -> Result<Self> {
        let unwritten = || format!("cannot write {}", path.display());
        let (path, beside) = places(path)?;
        loop {
            // Whoever may read what else is written here may read it, too.
            let mut open = OpenOptions::new();
            open.read(true).write(true).create(true).mode(0o666).custom_flags(OFlags::NOFOLLOW.bits() as i32);
            let file = open.open(&beside).with_context(unwritten)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!("{} is being written by another run", path.display()),
                Err(TryLockError::Error(error)) => return Err(error).with_context(unwritten),
            }
            // Whoever had the lock may have given it its name, or removed it.
            if is_at(&file, &beside).with_context(unwritten)? {
                file.set_len(0).with_context(unwritten)?;
                return Ok(Self { file, beside, path });
            }
        }
    }

    /// The file, to write on.
    pub fn file(&self) -> Result<File> {
        self.file.try_clone().with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Whether it is to be in this folder, under a name that ends so.
    pub fn is_in(&self, dir: &Path, end: &str) -> bool {
        let there = matches!((self.beside.canonicalize(), dir.canonicalize()), (Ok(own), Ok(dir)) if own.parent() == Some(&*dir));
        there && self.path.extension().is_some_and(|own| own == end)
    }

    /// All of it.
    pub fn write(mut self, octets: &[u8]) -> Result<()> {
        self.file.write_all(octets).with_context(|| format!("cannot write {}", self.path.display()))?;
        self.keep()
    }

    /// It is whole, and has its name.
    pub fn keep(self) -> Result<()> {
        std::fs::rename(&self.beside, &self.path).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// What was not kept goes; of what was kept there is nothing under this name, and what is there by now is locked by another.
impl Drop for Draft {
    fn drop(&mut self) {
        if is_at(&self.file, &self.beside).is_ok_and(|own| own) {
            let _ = std::fs::remove_file(&self.beside); // the next run takes it, if it stays
        }
    }
}

/// Where it is to be, and where it is until then.
fn places(path: &Path) -> Result<(PathBuf, PathBuf)> {
    let target = target(path)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().with_context(|| format!("cannot write {}", path.display()))?);
    name.push(".draft");
    let beside = target.with_file_name(name);
    Ok((target, beside))
}

/// Where it is to be: where a link leads to. A device is not replaced, that would make a file of it; nor is what may not be written.
fn target(path: &Path) -> Result<PathBuf> {
    let Ok(there) = path.canonicalize() else { return Ok(path.to_owned()) };
    if !there.is_file() {
        bail!("cannot write {}: it is there, and no file", path.display());
    }
    OpenOptions::new().write(true).open(&there).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(there)
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_run_left_is_the_next_ones() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bundle");
        fs::write(&path, "before").unwrap();
        // As after a kill: it is there, and nobody holds it.
        fs::write(dir.path().join(".bundle.draft"), "half of something longer").unwrap();
        let draft = Draft::of(&path).unwrap();
        draft.file().unwrap().write_all(b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"before");
        draft.keep().unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (b"whole".to_vec(), vec!["bundle".to_owned()]));

        drop(Draft::of(&path).unwrap());
        assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (b"whole".to_vec(), vec!["bundle".to_owned()]));
    }

    #[test]
    fn nobody_takes_what_another_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bundle");
        let first = Draft::of(&path).unwrap();
        let said = Draft::of(&path).err().unwrap().to_string();
        assert_eq!(said, format!("{} is being written by another run", path.display()));
        first.keep().unwrap();
        Draft::of(&path).unwrap().keep().unwrap();

        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, "another's").unwrap();
        symlink(&elsewhere, dir.path().join(".bundle.draft")).unwrap();
        assert!(Draft::of(&path).is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"another's");
    }

    #[test]
    fn a_run_writes_each_of_its_files_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("b")).unwrap();
        fs::write(at("page"), "before").unwrap();
        symlink(at("page"), at("link")).unwrap();
        for (one, other) in [("page", "page"), ("page", "link"), ("link", "b/../page"), ("new", "b/../new")] {
            let (one, other) = (at(one), at(other));
            let said = Draft::each([Some(&*one), None, Some(&*other)]).err().unwrap().to_string();
            assert_eq!(said, format!("cannot write {}: something else of this run is to be there", other.display()));
        }
        assert_eq!(names(dir.path()), ["b", "link", "page"]);

        let [one, none, other] = Draft::each([Some(&*at("page")), None, Some(&*at("b/a.bulla"))]).unwrap();
        assert!(Draft::of(&at("page")).is_err() && Draft::of(&at("b/a.bulla")).is_err() && none.is_none());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(
            other.is_in(&at("b/../b"), "bulla") && !other.is_in(&at("b"), "svg") && !other.is_in(dir.path(), "bulla")
        );
        one.write(b"after").unwrap();
        assert_eq!(fs::read(at("link")).unwrap(), b"after");
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("picture.svg"), dir.path().join("link.svg"));
        symlink(&path, &link).unwrap();
        for octets in [&b"first"[..], b"second"] {
            drop(Draft::of(&path).unwrap());
            write(&path, octets).unwrap();
            assert_eq!(fs::read(&path).unwrap(), octets);
        }
        write(&link, b"third").unwrap();
        assert_eq!((fs::read(&path).unwrap(), link.is_symlink()), (b"third".to_vec(), true));
        assert_eq!(names(dir.path()), ["link.svg", "picture.svg"]);
    }

    #[test]
    fn what_cannot_be_written_is_refused_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing/picture.svg");
        for (path, why) in
            [(missing.as_path(), "No such file"), (dir.path(), "no file"), (Path::new("/dev/null"), "no file")]
        {
            let said = format!("{:#}", Draft::of(path).err().unwrap());
            assert!(said.starts_with(&format!("cannot write {}: ", path.display())) && said.contains(why), "{said}");
        }
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }
}

//! Files as a whole: replaced, read, removed, destroyed.

use crate::{
    Action, Error, TEMPORARY,
    directory::{make_dir, parent, sync_dir},
    error::refused,
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Replaces a file as a whole, or makes it; for its owner only (0600), also if the old one was for others.
///
/// The steps: a new temporary file in the same directory, fsync, rename, fsync of the directory. A crash before the
/// rename leaves the old file, and the temporary one, which nobody reads and [`sweep`](crate::sweep) removes; a crash after
/// it leaves the new file, or after a power cut that one or the old one, whole. Once this returns, the new one.
///
/// Threads may replace one path at the same time: each has a temporary file of its own, and one of them is last. Processes
/// may not, which is what a [`Claim`](crate::Claim) is for.
///
/// # Errors
/// [`Error::Refused`], for example on a full disk: the old file is there, or if the last step (`Sync`) failed, either.
pub fn replace(path: &Path, octets: &[u8]) -> Result<(), Error> {
    replace_with(path, |file| file.write_all(octets))
}

/// As [`replace`], with octets that `fill` writes: of a file too long to be in memory.
///
/// # Errors
/// [`Error::Refused`], also with what `fill` returns: then the old file is there.
pub fn replace_with(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    put(path, fill, File::sync_all)?;
    sync_dir(parent(path))
}

/// As [`replace`], without any fsync, for files that are derived from others and are made again when they are not
/// whole; missing directories are made. After a killed process the old file is there or the new one; after a power cut
/// the old one, the new one, an empty one, or none.
///
/// # Errors
/// [`Error::Refused`].
pub fn replace_derived(path: &Path, octets: &[u8]) -> Result<(), Error> {
    make_dir(parent(path))?;
    put(path, |file| file.write_all(octets), |_| Ok(()))
}

/// Copies a file, of any length, as [`replace`] would write it.
///
/// # Errors
/// [`Error::Refused`].
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let mut source = File::open(from).map_err(refused(Action::Open, from))?;
    replace_with(to, |file| io::copy(&mut source, file).map(drop))
}

fn put(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> Result<(), Error> {
    let temporary = temporary(path);
    let written = create_anew(&temporary)
        .and_then(|mut file| fill(&mut file).and_then(|()| settle(&file)))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary); // a full disk shall not keep the half that fitted
        refused(Action::Write, path)(error)
    })
}

/// Never an old file's mode, and never through a link that somebody laid there.
fn create_anew(temporary: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary);
    match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(temporary)?; // of an earlier process, whose replacement a crash interrupted
            create()
        }
        other => other,
    }
}

/// `NAME.N.tmp`: two threads at the same file have two names.
fn temporary(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}{TEMPORARY}", NEXT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Reads a whole file of at most `octets_max` octets.
///
/// # Errors
/// [`Error::TooLong`], before more than that is in memory; [`Error::Refused`].
pub fn read(path: &Path, octets_max: u64) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    let file = File::open(path).map_err(refused(Action::Open, path))?;
    file.take(octets_max.saturating_add(1)).read_to_end(&mut content).map_err(refused(Action::Read, path))?;
    if content.len() as u64 > octets_max {
        return Err(Error::TooLong { path: path.to_owned(), octets_max });
    }
    Ok(content)
}

/// As [`read`]; `None` if there is no such file. Any other fault is an error: a file that cannot be read is not one
/// that was never written.
///
/// # Errors
/// As [`read`].
pub fn read_if_there(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, Error> {
    match read(path, octets_max) {
        Err(error) if error.kind() == Some(io::ErrorKind::NotFound) => Ok(None),
        other => other.map(Some),
    }
}

/// Removes a file, durably. One that is not there is a success: a crash may have come between. Its octets stay on the
/// disk until something else is written over them; [`destroy`] is for keys.
///
/// # Errors
/// [`Error::Refused`]: at `Remove` the file is still there; at `Sync` a power cut may bring it back.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(Action::Remove, path)(error)),
        _ => sync_dir(parent(path)),
    }
}

/// Moves a file to another directory of the same file system under its own name, durably; a file of that name that is there
/// already stays, and the moved one gets a number. A crash leaves it in one of the two, or in both directories.
///
/// # Errors
/// [`Error::Refused`].
pub fn set_aside(path: &Path, dir: &Path) -> Result<PathBuf, Error> {
    make_dir(dir)?;
    let name = path.file_name().unwrap_or_default();
    let numbered = |number: u32| {
        let mut name = name.to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        dir.join(name)
    };
    let target = (0..).map(numbered).find(|target| !target.exists()).expect("there are more numbers than files");
    fs::rename(path, &target).map_err(refused(Action::Write, &target))?;
    sync_dir(dir)?;
    sync_dir(parent(path))?;
    Ok(target)
}

/// Overwrites a file's octets in place, makes that durable, unlinks it, makes that durable. A crash leaves the file as
/// it was, in part or wholly zeros, or gone: the caller does it again, and a file that is not there is a success. What a
/// file system or a disk keeps of old blocks is not in our hands (SECURITY.md says what that means).
///
/// # Errors
/// [`Error::Refused`]: the file may still be there, and readable.
pub fn destroy(path: &Path) -> Result<(), Error> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return sync_dir(parent(path)),
        other => other.map_err(refused(Action::Open, path))?,
    };
    let length = file.metadata().map_err(refused(Action::Read, path))?.len();
    let overwritten = file.rewind().and_then(|()| io::copy(&mut io::repeat(0).take(length), &mut file));
    let gone = overwritten.and_then(|_| file.sync_all()).and_then(|()| fs::remove_file(path));
    gone.map_err(refused(Action::Destroy, path))?;
    sync_dir(parent(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"first, longer").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(read(&path, 6).unwrap(), b"second");
        assert_eq!(mode(&path), 0o600);
        replace_derived(&path, b"third").unwrap();
        assert_eq!((read(&path, 5).unwrap(), mode(&path)), (b"third".to_vec(), 0o600));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_crash_left_is_neither_read_nor_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        replace(&path, b"old").unwrap();
        for number in 0..100 {
            let left = dir.path().join(format!("a.{number}.tmp"));
            fs::write(&left, b"half of the ne").unwrap();
            fs::set_permissions(&left, PermissionsExt::from_mode(0o666)).unwrap();
        }
        assert_eq!(read(&path, 9).unwrap(), b"old");
        replace(&path, b"new").unwrap();
        assert_eq!((read(&path, 9).unwrap(), mode(&path)), (b"new".to_vec(), 0o600));
        crate::sweep(dir.path()).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn threads_at_one_file_leave_what_one_of_them_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::thread::scope(|threads| {
            for octet in 0..4u8 {
                let path = &path;
                threads.spawn(move || (0..20).for_each(|_| replace(path, &[octet; 5000]).unwrap()));
            }
        });
        let content = read(&path, 5000).unwrap();
        assert!(content.len() == 5000 && content.iter().all(|octet| *octet == content[0]));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_under_the_temporary_name_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, b"untouched").unwrap();
        (0..100).for_each(|number| symlink(&victim, dir.path().join(format!("a.{number}.tmp"))).unwrap());
        replace(&dir.path().join("a"), b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"untouched");
        assert!(!fs::symlink_metadata(dir.path().join("a")).unwrap().is_symlink());
    }

    #[test]
    fn a_replacement_that_fails_leaves_what_was_there_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::create_dir(&path).unwrap(); // a file is not renamed onto a directory
        let error = replace(&path, b"new").unwrap_err();
        assert!(matches!(&error, Error::Refused { action: Action::Write, path: told, .. } if *told == path));
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let nowhere = replace(&dir.path().join("no/a"), b"new").unwrap_err();
        assert_eq!(nowhere.kind(), Some(io::ErrorKind::NotFound));
    }

    #[test]
    fn reading_has_a_limit_and_tells_absence_from_other_faults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert_eq!(read_if_there(&path, 6).unwrap(), None);
        replace(&path, b"second").unwrap();
        assert_eq!(read_if_there(&path, 6).unwrap(), Some(b"second".to_vec()));
        assert!(matches!(read_if_there(&path, 5), Err(Error::TooLong { octets_max: 5, .. })));
        assert!(matches!(read_if_there(dir.path(), 5), Err(Error::Refused { action: Action::Read, .. })));
    }

    #[test]
    fn destroying_overwrites_the_same_blocks_before_the_name_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        replace(&path, b"secret").unwrap();
        let other_name = dir.path().join("other");
        fs::hard_link(&path, &other_name).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read(other_name).unwrap(), [0; 6]);
        destroy(&path).unwrap(); // again, as after a crash
    }

    #[test]
    fn removing_twice_is_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        replace(&path, b"").unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
        remove(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(remove(&path), Err(Error::Refused { action: Action::Remove, .. })));
    }
}

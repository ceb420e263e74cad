//! The one place of this crate where files are written: whole, durable, or not at all; and destroyed for good.

use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// What could not be done to which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Failure {
    /// A verb: `read`, `write`.
    pub action: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Turns an [`io::Error`] into a [`Failure`] at this path.
pub fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Failure + 'a {
    move |source| Failure { action, path: path.to_owned(), source }
}

/// Makes a directory and its parents, readable by this user only; one that is there is left as it is.
pub fn make_dir(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("make", path))
}

/// Replaces a file as a whole: a temporary file, fsync, rename, fsync of the directory. After a crash there is the old
/// file or the new one. Readable by this user only.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let temporary = temporary(path);
    let written = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&temporary); // a full disk shall not keep the half that fitted
        Failure { action: "write", path: path.to_owned(), source }
    })?;
    sync_dir(parent(path))
}

/// As [`write_whole`], for files that are derived from others: they may be lost in a crash, never half written by one.
pub fn write_derived(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let temporary = temporary(path);
    fs::create_dir_all(parent(path))
        .and_then(|()| fs::write(&temporary, content))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(failed("write", path))
}

/// Reads a whole file of at most `octets_max` octets.
pub fn read(path: &Path, octets_max: u64) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let file = File::open(path).map_err(failed("open", path))?;
    file.take(octets_max.saturating_add(1)).read_to_end(&mut content).map_err(failed("read", path))?;
    if content.len() as u64 > octets_max {
        return Err(failed("read", path)(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(content)
}

/// As [`read`]; `None` if there is no such file.
pub fn read_if_there(path: &Path, octets_max: u64) -> Result<Option<Vec<u8>>, Failure> {
    match read(path, octets_max) {
        Err(failure) if failure.source.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Overwrites a file's octets in place, makes that durable, unlinks it, makes that durable. A file that is not there
/// is a success: a crash may have come between. What a file system or a disk keeps of old blocks is not in our hands
/// (SECURITY.md says what that means).
pub fn destroy(path: &Path) -> Result<(), Failure> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return sync_dir(parent(path)),
        other => other.map_err(failed("open", path))?,
    };
    let length = file.metadata().map_err(failed("read", path))?.len();
    let overwritten = file.rewind().and_then(|()| io::copy(&mut io::repeat(0).take(length), &mut file));
    overwritten.and_then(|_| file.sync_all()).and_then(|()| fs::remove_file(path)).map_err(failed("destroy", path))?;
    sync_dir(parent(path))
}

/// Makes a directory's list of names durable.
pub fn sync_dir(path: &Path) -> Result<(), Failure> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(failed("sync", path))
}

/// Names of the files in a directory, temporary ones left out.
pub fn names(path: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed("list", path))? {
        let name = entry.map_err(failed("list", path))?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".tmp") {
            names.push(name);
        }
    }
    Ok(names)
}

/// Why a directory cannot be used by this process.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Another process has it.
    #[error("{} is in use by process {pid}", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
        /// Who has it; as it wrote itself.
        pid: String,
    },
    /// A later version of the program wrote it.
    #[error("{} has version {found} of its form, this program knows {known}", dir.display())]
    Version {
        /// The directory.
        dir: PathBuf,
        /// What `version` says.
        found: String,
        /// What this program writes.
        known: &'static str,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] Failure),
}

/// A directory that is this process's as long as this value lives.
#[derive(Debug)]
pub struct Claim {
    dir: PathBuf,
    _lock: File,
}

impl Claim {
    /// Takes a directory for this process: `lock` (flock), `pid`, `version`.
    pub fn new(dir: &Path, version: &'static str) -> Result<Self, Unusable> {
        make_dir(dir)?;
        let path = dir.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed("open", &path))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let pid = read(&dir.join("pid"), 32).map(|pid| String::from_utf8_lossy(&pid).trim().to_owned());
            return Err(Unusable::Locked { dir: dir.to_owned(), pid: pid.unwrap_or_default() });
        }
        match read_if_there(&dir.join("version"), 64)? {
            None => write_whole(&dir.join("version"), format!("{version}\n").as_bytes())?,
            Some(found) => {
                let found = String::from_utf8_lossy(&found).trim().to_owned();
                if found != version {
                    return Err(Unusable::Version { dir: dir.to_owned(), found, known: version });
                }
            }
        }
        write_whole(&dir.join("pid"), format!("{}\n", std::process::id()).as_bytes())?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
    }

    /// Writes `address`, the sign that this process answers.
    pub fn announce(&self, address: std::net::SocketAddr) -> Result<(), Failure> {
        write_whole(&self.dir.join("address"), format!("http://{address}\n").as_bytes())
    }
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    path.with_file_name(name)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write_whole(&path, b"first, longer").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(read(&path, 6).unwrap(), b"second");
        assert!(read(&path, 5).is_err());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(dir.path()).unwrap(), ["a"]);
    }

    #[test]
    fn destroying_overwrites_the_same_blocks_before_the_name_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write_whole(&path, b"secret").unwrap();
        let other_name = dir.path().join("other");
        fs::hard_link(&path, &other_name).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(fs::read(other_name).unwrap(), [0; 6]);
        destroy(&path).unwrap(); // again, as after a crash
    }

    #[test]
    fn a_directory_has_one_owner_and_a_known_version() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::new(dir.path(), "1").unwrap();
        let second = Claim::new(dir.path(), "1").unwrap_err();
        assert!(matches!(second, Unusable::Locked { pid, .. } if pid == std::process::id().to_string()));
        drop(claim);
        assert!(
            matches!(Claim::new(dir.path(), "0").unwrap_err(), Unusable::Version { found, known: "0", .. } if found == "1")
        );
        Claim::new(dir.path(), "1").unwrap();
    }
}

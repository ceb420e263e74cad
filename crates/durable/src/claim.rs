//! One process at a time: an advisory lock, which the kernel drops with the process.

use crate::{Action, Error, error::refused, read_if_there, replace};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The longest `version` that is read, in octets.
const VERSION_OCTETS_MAX: u64 = 64;

/// A directory that is this process's as long as this value lives. After a crash of any kind, `kill -9` too, the kernel
/// has dropped the lock and the next process may claim it; the lock file stays, and is never removed, because two
/// processes could then lock two files of one name.
#[derive(Debug)]
pub struct Claim {
    dir: PathBuf,
    _lock: File,
}

impl Claim {
    /// Claims a directory that is there by an exclusive lock of the file `lock` in it, which is made if need be (0600)
    /// and then holds our process id. A directory with two kinds of users has two lock files.
    ///
    /// # Errors
    /// [`Error::InUse`], at once; [`Error::Refused`]. Nothing was changed then.
    pub fn take(dir: &Path, lock: &str) -> Result<Self, Error> {
        let path = dir.join(lock);
        let mut open = OpenOptions::new();
        let open = open.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.map_err(refused(Action::Open, &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(Error::InUse { dir: dir.to_owned(), pid: holder(&mut file) }),
            Err(error) => return Err(refused(Action::Lock, &path)(error.into())),
        }
        // The number is a courtesy to whoever is refused: a full disk must not keep this process from starting for it.
        let _ = file.set_len(0).and_then(|()| file.write_all(own_pid().as_bytes()));
        Ok(Self { dir: dir.to_owned(), _lock: file })
    }

    /// Writes `pid`, for people and for whoever ends this process. It is stale after a crash, until the next one.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn write_pid(&self) -> Result<(), Error> {
        replace(&self.dir.join("pid"), own_pid().as_bytes())
    }

    /// Whether the directory's form is the one that this program knows; a directory without `version` is new, and gets
    /// it, durable before anything else is put there.
    ///
    /// # Errors
    /// [`Error::Version`], with the directory as it was; [`Error::TooLong`], [`Error::Refused`].
    pub fn version(&self, known: &'static str) -> Result<(), Error> {
        let path = self.dir.join("version");
        let Some(found) = read_if_there(&path, VERSION_OCTETS_MAX)? else {
            return replace(&path, format!("{known}\n").as_bytes());
        };
        let found = String::from_utf8_lossy(&found).trim().to_owned();
        if found == known { Ok(()) } else { Err(Error::Version { dir: self.dir.clone(), found, known }) }
    }

    /// Writes `address`, the sign that this process answers: `http://HOST:PORT`. It is stale after a crash.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn announce(&self, address: SocketAddr) -> Result<(), Error> {
        replace(&self.dir.join("address"), format!("http://{address}\n").as_bytes())
    }
}

fn own_pid() -> String {
    format!("{}\n", std::process::id())
}

/// The holder's process id, as far as its file tells.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_second_claim_is_refused_and_says_by_whom_until_the_first_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path(), "lock").unwrap();
        let second = Claim::take(dir.path(), "lock").unwrap_err();
        let own = std::process::id();
        assert!(matches!(&second, Error::InUse { dir: told, pid: Some(pid) } if told == dir.path() && *pid == own));
        assert_eq!(second.to_string(), format!("{} is in use by process {own}", dir.path().display()));
        let other = Claim::take(dir.path(), "role.lock").unwrap(); // another kind of user
        drop(claim);
        Claim::take(dir.path(), "lock").unwrap();
        drop(other);
        assert_eq!(fs::metadata(dir.path().join("lock")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_holder_that_has_not_written_its_number_yet_is_another_process() {
        let dir = tempfile::tempdir().unwrap();
        let _claim = Claim::take(dir.path(), "lock").unwrap();
        fs::write(dir.path().join("lock"), b"").unwrap();
        let second = Claim::take(dir.path(), "lock").unwrap_err();
        assert_eq!(second.to_string(), format!("{} is in use by another process", dir.path().display()));
    }

    #[test]
    fn a_directory_that_is_not_there_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let error = Claim::take(&dir.path().join("no"), "lock").unwrap_err();
        assert!(matches!(error, Error::Refused { action: Action::Open, .. }));
        assert!(!dir.path().join("no").exists());
    }

    #[test]
    fn what_it_writes_is_of_this_process() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path(), "lock").unwrap();
        claim.write_pid().unwrap();
        claim.announce("127.0.0.1:8700".parse().unwrap()).unwrap();
        let text = |name| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(text("pid"), own_pid());
        assert_eq!(text("lock"), own_pid());
        assert_eq!(text("address"), "http://127.0.0.1:8700\n");
    }

    #[test]
    fn a_directory_has_the_version_that_it_was_made_with() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path(), "lock").unwrap();
        claim.version("1").unwrap();
        claim.version("1").unwrap();
        let other = claim.version("2").unwrap_err();
        assert!(matches!(&other, Error::Version { found, known: "2", .. } if found == "1"));
        assert_eq!(fs::read_to_string(dir.path().join("version")).unwrap(), "1\n");
    }
}

//! What can go wrong with a directory. No variant holds a file's content.

use std::{fmt, io, path::PathBuf};

/// Why something was not done. It is not known to be durable then, and [`crate::replace`] and [`Records`](crate::Records)
/// say what is there instead.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Refused {
        action: Action,
        /// The file or directory that it was tried with.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// Another process has claimed the directory.
    #[error("{} is in use by {}", dir.display(), .pid.map_or("another process".to_owned(), |pid| format!("process {pid}")))]
    InUse {
        dir: PathBuf,
        /// Its process id, if its lock file told: it may be writing it just now.
        pid: Option<u32>,
    },
    /// Another version of the program wrote the directory.
    #[error("{} has version {found} of its form, this program knows {known}", dir.display())]
    Version {
        dir: PathBuf,
        /// What its file `version` says.
        found: String,
        /// The one version that this program reads and writes.
        known: &'static str,
    },
    /// The file is longer than its reader takes.
    #[error("{} is longer than {octets_max} octets", path.display())]
    TooLong { path: PathBuf, octets_max: u64 },
    /// Records that others rely on are gone or damaged. The file was left as it is, as evidence.
    #[error("{} has {whole} whole entries, but {signed} had been signed: entries are lost or damaged", path.display())]
    Lost {
        path: PathBuf,
        whole: u64,
        /// Records that must be there.
        signed: u64,
    },
    /// Records that were asked for are not there, or changed since the file was opened.
    #[error("{} does not have the records {from} to {to}", path.display())]
    NoSuchRecords {
        path: PathBuf,
        /// The first one asked for.
        from: u64,
        /// One after the last.
        to: u64,
    },
    /// An earlier write to an append-only file may or may not be durable: only opening it anew tells.
    #[error("an earlier write to {} did not become durable; it must be opened again", path.display())]
    Uncertain { path: PathBuf },
}

impl Error {
    /// What the operating system said, where it was asked: tells a full disk or a missing file apart.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Refused { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}

/// What was tried with a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adding octets at the end.
    Append,
    /// Taking a torn tail away.
    Cut,
    /// Overwriting a file and unlinking it.
    Destroy,
    /// Reading a directory's names.
    List,
    /// Taking the lock of a directory.
    Lock,
    /// Making a directory that is not there yet.
    Make,
    /// Opening, or creating and opening.
    Open,
    /// Reading content or length.
    Read,
    /// Unlinking what is not wanted any more.
    Remove,
    /// Waiting until the disk has it (fsync).
    Sync,
    /// Writing beside a file and renaming over it.
    Write,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Append => "append to",
            Self::Cut => "cut",
            Self::Destroy => "destroy",
            Self::List => "list",
            Self::Lock => "lock",
            Self::Make => "make",
            Self::Open => "open",
            Self::Read => "read",
            Self::Remove => "remove",
            Self::Sync => "sync",
            Self::Write => "write",
        })
    }
}

/// Turns an [`io::Error`] into an [`Error`] at this path.
pub(crate) fn refused<'a>(action: Action, path: &'a std::path::Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Refused { action, path: path.to_owned(), source }
}

//! Why a witness does not start. None of these tells an entry's content.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why a witness is not made or does not start.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// The directory is another process's, or of another version; the copy lost entries; or a file operation failed.
    #[error(transparent)]
    Disk(#[from] durable::Error),
    /// A key that is there is never replaced.
    #[error("{} has a witness's key already", dir.display())]
    Exists { dir: PathBuf },
    /// No key is made without them.
    #[error("the operating system gives no random numbers")]
    Random(#[from] durable::random::NoRandomNumbers),
    /// A witness's key has its name in each cosignature.
    #[error("the witness's name cannot be that of its key")]
    Name(#[source] tlog::Error),
    /// The configuration's `log_key` is not one.
    #[error("log_key is not a verifier key")]
    LogKey(#[source] tlog::Error),
    /// The witness's own key was changed.
    #[error("{} is not a witness's key", path.display())]
    Signer { path: PathBuf },
    /// What the witness must never forget is not there, or not whole.
    #[error("{} is lost or damaged: without it this witness could cosign a fork", path.display())]
    State { path: PathBuf },
    /// The copy's checkpoint is not one that the log and this witness have signed.
    #[error("{} is damaged", path.display())]
    Checkpoint { path: PathBuf },
    /// The copy does not lead to its own checkpoint.
    #[error("{} is not the log that {} tells of", log.display(), checkpoint.display())]
    OtherLog { log: PathBuf, checkpoint: PathBuf },
    /// Plain HTTP to other hosts could be read and changed on its way.
    #[error("{listen} is not a loopback address, and this version has no TLS")]
    NotLoopback { listen: SocketAddr },
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        listen: SocketAddr,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// Without it, nothing would end this process in order.
    #[error("cannot wait for signals")]
    Signal(#[source] io::Error),
}

impl Error {
    /// What a person can do about it, where that is not plain from the words.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Disk(durable::Error::InUse { .. }) => "stop that one first",
            Self::Disk(durable::Error::Version { .. }) => "run the version of bulla that made it",
            Self::State { .. } => {
                "put it back from a copy made after the last cosignature, or set up a new witness with a new key"
            }
            Self::Checkpoint { .. } | Self::OtherLog { .. } | Self::Disk(durable::Error::Lost { .. }) => {
                "move the folder `mirror` away; the witness fetches the copy anew"
            }
            Self::NotLoopback { .. } => "listen on 127.0.0.1 and put a TLS proxy in front",
            Self::Listen { .. } => "if another program has this port, stop it or choose another",
            _ => return None,
        })
    }
}

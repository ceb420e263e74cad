//! Who we are in AS2: a name, and any number of key pairs that overlap. The newest valid one signs, each decrypts until it ends.

use crate::{
    Error,
    partner::as2::{has_ended, is_valid},
};
use as2::{Certificate, Name, Recipient, Signer};
use ledger::Time;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use zeroize::Zeroizing;

/// The directory of key pairs in the gateway's own.
pub const FOLDER: &str = "as2";

/// Our name and keys.
pub struct Identity {
    /// AS2-To of what is for us.
    pub name: Name,
    dir: PathBuf,
    read: Mutex<(Option<SystemTime>, Arc<Pairs>)>,
}

/// Key pairs as they were found, the newest first.
#[derive(Default)]
pub struct Pairs(Vec<(Signer, Recipient)>);

impl Identity {
    /// Reads every pair: one that cannot be used is told of at the start.
    ///
    /// # Errors
    /// [`Error::As2`].
    pub fn open(name: &str, gateway: &Path) -> Result<Self, Error> {
        let name = Name::new(name).map_err(|_| wrong("as2_name is not 1 to 128 printable letters of ASCII"))?;
        let dir = gateway.join(FOLDER);
        let changed = changed(&dir);
        let pairs = Arc::new(Pairs::read(&dir)?);
        Ok(Self { name, dir, read: Mutex::new((changed, pairs)) })
    }

    /// The pairs as they are in the directory now: a new one needs no restart. While something is wrong there, those that
    /// were read last.
    pub fn pairs(&self) -> Arc<Pairs> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = changed(&self.dir);
        if now != read.0 {
            match Pairs::read(&self.dir) {
                Ok(pairs) => *read = (now, Arc::new(pairs)),
                Err(error) => eprintln!("{error}; the keys that were read before are used"),
            }
        }
        read.1.clone()
    }
}

impl Pairs {
    fn read(dir: &Path) -> Result<Self, Error> {
        let unreadable = |error: std::io::Error| wrong(format!("cannot read {}: {}", dir.display(), error.kind()));
        let mut pairs = Vec::new();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".key.pem"));
            let Some(name) = name else { continue };
            let key = fs::read_to_string(&path).map(Zeroizing::new).map_err(unreadable)?;
            let certificate = fs::read_to_string(dir.join(format!("{name}.crt.pem"))).map_err(unreadable)?;
            let unfit = |error: as2::Error| wrong(format!("the pair {name} in {}: {error}", dir.display()));
            let signer = Signer::from_pem(&key, &certificate).map_err(unfit)?;
            pairs.push((signer, Recipient::from_pem(&key, &certificate).map_err(unfit)?));
        }
        pairs.sort_by_key(|(signer, _)| std::cmp::Reverse(*signer.certificate().validity_seconds().start()));
        Ok(Self(pairs))
    }

    /// Who signs now: the newest that is valid.
    pub fn signer(&self, now: Time) -> Option<&Signer> {
        self.0.iter().map(|(signer, _)| signer).find(|signer| is_valid(signer.certificate(), now))
    }

    /// Who decrypts now: every pair that has not ended, also one whose certificate partners were given ahead.
    pub fn recipients(&self, now: Time) -> impl Iterator<Item = &Recipient> {
        self.0.iter().map(|(_, recipient)| recipient).filter(move |recipient| !has_ended(recipient.certificate(), now))
    }

    /// Every certificate, the newest first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.0.iter().map(|(signer, _)| signer.certificate())
    }
}

fn changed(dir: &Path) -> Option<SystemTime> {
    fs::metadata(dir).and_then(|metadata| metadata.modified()).ok()
}

fn wrong(what: impl Into<String>) -> Error {
    Error::As2 { what: what.into() }
}

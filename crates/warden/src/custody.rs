//! The private keys: one small file each, wrapped under `root.key`, overwritten whole and never in a database.
//!
//! ```text
//! root.key             32 random octets; with a copy of it and of a key file, that key is no longer forgotten
//! signer               the ledger's note key
//! keys/HASH            a period's private key, wrapped; HASH is SHA-256 of the public key
//! keys/HASH.pub        its public key, as it is
//! index/MONTH          a month's index key, wrapped
//! aside/HASH           keys that this ledger does not know: kept, and never used
//! ```
//!
//! Wrapped is `nonce (12 random octets) || AES-256-GCM-SIV(key)`, with the file's purpose and name as associated data,
//! so that no file passes as another. The root is a plain file at level 0; an HSM or a passphrase takes its place later.

use crate::{
    book::{Announced, Resurfaced},
    quorum::Cosigned,
};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit,
    aead::{Aead, Payload},
};
use durable::random::{self, NoRandomNumbers, OsRandom};
use ledger::{
    Hash, Header, Month, PeriodId,
    entry::{CountIntent, Intent},
    header::Group,
};
use seal::{IndexKey, PeriodPublicKey, PeriodSecretKey};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use tlog::Signer;
use zeroize::Zeroizing;

const NONCE_OCTETS: usize = 12;
const KEY_FILE_OCTETS_MAX: u64 = 4096;

/// Why a key cannot be had. Never tells anything of a key.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] durable::Error),
    /// The directory has a warden's keys already: they are never replaced.
    #[error("{} has a warden's keys already", dir.display())]
    Exists { dir: PathBuf },
    /// The origin is not one.
    #[error("the ledger's origin cannot be the name of its key")]
    Origin(#[source] tlog::Error),
    /// No key is made without them.
    #[error(transparent)]
    Random(#[from] NoRandomNumbers),
    /// The file is not what was written there.
    #[error("the key file {} was changed, or wrapped under another root.key", path.display())]
    Damaged { path: PathBuf },
    /// The period's private key does not exist (any more).
    #[error("the private key of period {period} is not there")]
    NoKey { period: PeriodId },
    /// The opening that was logged is not for this batch or key.
    #[error("what was logged is not what is asked for")]
    NotLogged,
}

/// Makes the keys of a new warden, before its configuration exists: `root.key` and `signer`.
/// Returns the note key in verifier form, `ORIGIN+id+base64`, which others pin.
///
/// # Errors
/// [`Error::Exists`], [`Error::Origin`], [`Error::Random`], [`Error::Disk`]. A crash leaves `root.key` without `signer`:
/// then there is no warden yet, and the directory is to be made anew.
pub fn create(dir: &Path, origin: &str) -> Result<String, Error> {
    durable::make_dir(dir)?;
    let signer_path = dir.join("signer");
    if signer_path.exists() || dir.join("root.key").exists() {
        return Err(Error::Exists { dir: dir.to_owned() });
    }
    let seed = Zeroizing::new(random::octets::<32>()?);
    let signer = Signer::new(origin, &seed).map_err(Error::Origin)?;
    durable::replace(&dir.join("root.key"), Zeroizing::new(random::octets::<32>()?).as_slice())?;
    durable::replace(&signer_path, signer.to_text().as_bytes())?;
    Ok(signer.verifier().to_string())
}

/// How many keys another warden's directory had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Private keys of periods.
    pub periods: usize,
    /// Index keys.
    pub months: usize,
}

/// The keys of a running warden.
pub struct Custody {
    dir: PathBuf,
    root: Zeroizing<[u8; 32]>,
}

impl Custody {
    /// Reads `root.key` and `signer`.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Signer), Error> {
        let damaged = |name: &str| Error::Damaged { path: dir.join(name) };
        let root = Zeroizing::new(durable::read(&dir.join("root.key"), 32)?);
        let root = Zeroizing::new(root.as_slice().try_into().map_err(|_| damaged("root.key"))?);
        let signer = Zeroizing::new(durable::read(&dir.join("signer"), KEY_FILE_OCTETS_MAX)?);
        let signer = std::str::from_utf8(&signer).ok().and_then(|text| Signer::parse(text.trim_end()).ok());
        for keys in ["keys", "index"] {
            durable::make_dir(&dir.join(keys))?;
            durable::sweep(&dir.join(keys))?; // a key that a crash kept from its name is in nobody's hands
        }
        Ok((Self { dir: dir.to_owned(), root }, signer.ok_or_else(|| damaged("signer"))?))
    }

    /// Makes a period's key pair, durable before it is returned. It counts only once the ledger has it.
    pub(crate) fn make_period_key(&self, period: &PeriodId) -> Result<PeriodPublicKey, Error> {
        let secret = PeriodSecretKey::generate(&mut OsRandom);
        let public = secret.public();
        let path = self.period_path(&public.hash());
        durable::replace(&path.with_extension("pub"), &public.to_bytes())?;
        durable::replace(&path, &self.wrap(&period_label(period), secret.to_bytes().as_slice())?)?;
        Ok(public)
    }

    /// A period's public key, by its hash.
    pub(crate) fn public_key(&self, key: &Hash) -> Result<PeriodPublicKey, Error> {
        let path = self.period_path(key).with_extension("pub");
        let octets = durable::read(&path, KEY_FILE_OCTETS_MAX)?;
        let public = PeriodPublicKey::from_bytes(&octets).ok().filter(|public| public.hash() == *key);
        public.ok_or(Error::Damaged { path })
    }

    /// A period's private key, for an opening of that very batch that stands in a checkpoint with its quorum. Nothing
    /// else leads to it but [`Custody::counted_key`].
    pub(crate) fn period_key(
        &self,
        intent: &Cosigned<Intent>,
        header: &Header,
        salt: &Hash,
        group: usize,
    ) -> Result<PeriodSecretKey, Error> {
        let scope = &intent.entry().request.scope;
        let of = header.groups.get(group).ok_or(Error::NotLogged)?;
        let wanted = !of.classes.is_disjoint(scope.classes);
        if !wanted || scope.batch != header.batch || scope.header != header.salted(salt) {
            return Err(Error::NotLogged);
        }
        self.opening_key(of)
    }

    /// A period's private key, for a count of that period's people that stands in a checkpoint with its quorum.
    pub(crate) fn counted_key(
        &self,
        intent: &Cosigned<CountIntent>,
        header: &Header,
        group: usize,
    ) -> Result<PeriodSecretKey, Error> {
        let of = header.groups.get(group).ok_or(Error::NotLogged)?;
        let wanted = intent.entry().request.scope.periods.contains(&of.period);
        if wanted { self.opening_key(of) } else { Err(Error::NotLogged) }
    }

    fn opening_key(&self, of: &Group) -> Result<PeriodSecretKey, Error> {
        let path = self.period_path(&of.key);
        let wrapped = durable::read_if_there(&path, KEY_FILE_OCTETS_MAX)?;
        let wrapped = wrapped.ok_or_else(|| Error::NoKey { period: of.period.clone() })?;
        let secret = self.unwrap(&path, &period_label(&of.period), &wrapped)?;
        Ok(PeriodSecretKey::from_bytes(&secret))
    }

    /// Whether a period's private key is there.
    pub(crate) fn has_period_key(&self, key: &Hash) -> bool {
        self.period_path(key).exists()
    }

    /// Destroys a period's private key, once its end stands in a checkpoint with its quorum.
    pub(crate) fn destroy_period_key(&self, announced: &Cosigned<Announced>) -> Result<(), Error> {
        self.destroy(&announced.entry().0.key)
    }

    /// The private keys that are there, by the hashes of their public keys.
    pub(crate) fn period_keys(&self) -> Result<Vec<Hash>, Error> {
        Ok(durable::names(&self.dir.join("keys"))?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Puts a key pair where nothing uses it: an older ledger may lie here than the one that knows it.
    pub(crate) fn set_aside(&self, key: &Hash) -> Result<PathBuf, Error> {
        let (path, aside) = (self.period_path(key), self.dir.join("aside"));
        if path.with_extension("pub").exists() {
            durable::set_aside(&path.with_extension("pub"), &aside)?;
        }
        Ok(durable::set_aside(&path, &aside)?)
    }

    /// Brings back a key pair that was set aside, if it is there.
    pub(crate) fn bring_back(&self, key: &Hash) -> Result<(), Error> {
        let aside = self.dir.join("aside").join(key.to_string());
        for path in [aside.with_extension("pub"), aside] {
            if path.exists() {
                durable::set_aside(&path, &self.dir.join("keys"))?;
            }
        }
        Ok(())
    }

    /// Destroys a copy of a key that was destroyed before, once the ledger says that it was found.
    pub(crate) fn destroy_copy(&self, copy: &Cosigned<Resurfaced>) -> Result<(), Error> {
        self.destroy(&copy.entry().0.key)
    }

    fn destroy(&self, key: &Hash) -> Result<(), Error> {
        let path = self.period_path(key);
        durable::destroy(&path)?;
        Ok(durable::destroy(&path.with_extension("pub"))?)
    }

    /// A month's index key, made if there is none.
    pub(crate) fn index_key(&self, month: Month) -> Result<IndexKey, Error> {
        let path = self.index_path(month);
        if let Some(wrapped) = durable::read_if_there(&path, KEY_FILE_OCTETS_MAX)? {
            return Ok(IndexKey::from_bytes(&*self.unwrap(&path, &index_label(month), &wrapped)?));
        }
        let key = IndexKey::generate(&mut OsRandom);
        durable::replace(&path, &self.wrap(&index_label(month), key.to_bytes().as_slice())?)?;
        Ok(key)
    }

    /// The months that have an index key.
    pub(crate) fn index_months(&self) -> Result<BTreeSet<Month>, Error> {
        Ok(durable::names(&self.dir.join("index"))?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Destroys a month's index key.
    pub(crate) fn destroy_index_key(&self, month: Month) -> Result<(), Error> {
        Ok(durable::destroy(&self.index_path(month))?)
    }

    /// Takes the keys over that another warden's directory has, wrapped anew under our own root: of these periods, by the
    /// hashes of their keys, and of the months up to this one. How many there were; those that are not there stay away.
    pub(crate) fn take_over(
        &self,
        from: &Self,
        periods: &BTreeMap<Hash, PeriodId>,
        this: Month,
    ) -> Result<TakenOver, Error> {
        let mut taken = TakenOver::default();
        for (key, period) in periods {
            let (old, new) = (from.period_path(key), self.period_path(key));
            let Some(wrapped) = durable::read_if_there(&old, KEY_FILE_OCTETS_MAX)? else { continue };
            let secret = from.unwrap(&old, &period_label(period), &wrapped)?;
            durable::replace(&new.with_extension("pub"), &from.public_key(key)?.to_bytes())?;
            durable::replace(&new, &self.wrap(&period_label(period), secret.as_slice())?)?;
            taken.periods += 1;
        }
        // The next month's key was made ahead, and whoever had the other host may have it: it is made anew. One that we made,
        // or took over before, stays: tokens were made with it.
        let own = self.index_months()?;
        for month in from.index_months()?.into_iter().filter(|month| *month <= this && !own.contains(month)) {
            let key = from.index_key(month)?;
            durable::replace(&self.index_path(month), &self.wrap(&index_label(month), key.to_bytes().as_slice())?)?;
            taken.months += 1;
        }
        Ok(taken)
    }

    fn period_path(&self, key: &Hash) -> PathBuf {
        self.dir.join("keys").join(key.to_string())
    }

    fn index_path(&self, month: Month) -> PathBuf {
        self.dir.join("index").join(month.to_string())
    }

    fn cipher(&self) -> Aes256GcmSiv {
        Aes256GcmSiv::new((&*self.root).into())
    }

    fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce = random::octets::<NONCE_OCTETS>()?;
        let payload = Payload { msg: key, aad: label.as_bytes() };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).expect("GCM-SIV takes 32 octets");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn unwrap(&self, path: &Path, label: &str, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let damaged = || Error::Damaged { path: path.to_owned() };
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_OCTETS>().ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: label.as_bytes() };
        let key = Zeroizing::new(self.cipher().decrypt(&(*nonce).into(), payload).map_err(|_| damaged())?);
        Ok(Zeroizing::new(key.as_slice().try_into().map_err(|_| damaged())?))
    }
}

fn period_label(period: &PeriodId) -> String {
    format!("bulla.custody/1 period {period}")
}

fn index_label(month: Month) -> String {
    format!("bulla.custody/1 index {month}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custody() -> (tempfile::TempDir, Custody) {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), "warden.example/test").unwrap();
        let (custody, _) = Custody::open(dir.path()).unwrap();
        (dir, custody)
    }

    #[test]
    fn keys_are_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let key = create(dir.path(), "warden.example/test").unwrap();
        assert!(matches!(create(dir.path(), "warden.example/test"), Err(Error::Exists { .. })));
        assert_eq!(Custody::open(dir.path()).unwrap().1.verifier().to_string(), key);
    }

    #[test]
    fn an_index_key_is_wrapped_stable_and_bound_to_its_month() {
        let (dir, custody) = custody();
        let (november, december): (Month, Month) = ("2026-11".parse().unwrap(), "2026-12".parse().unwrap());
        let key = custody.index_key(november).unwrap();
        assert_eq!(custody.index_key(november).unwrap().name(), key.name());
        let file = std::fs::read(dir.path().join("index/2026-11")).unwrap();
        assert!(!file.windows(32).any(|w| w == key.to_bytes().as_slice()));
        std::fs::copy(dir.path().join("index/2026-11"), dir.path().join("index/2026-12")).unwrap();
        assert!(matches!(custody.index_key(december), Err(Error::Damaged { .. })));
        custody.destroy_index_key(november).unwrap();
        assert_ne!(custody.index_key(november).unwrap().name(), key.name());
    }

    /// `renew` was run once more, a month later: December's key was the old host's from then on.
    #[test]
    fn keys_are_taken_over_again_a_month_later() {
        let ((_old, from), (_new, to)) = (custody(), custody());
        let [november, december] = ["2026-11", "2026-12"].map(|month| month.parse::<Month>().unwrap());
        let [old_november, old_december] = [november, december].map(|month| from.index_key(month).unwrap().name());
        assert_eq!(to.take_over(&from, &BTreeMap::new(), november).unwrap().months, 1);
        assert_eq!(to.index_key(november).unwrap().name(), old_november);
        let own = to.index_key(december).unwrap().name();
        assert_eq!(to.take_over(&from, &BTreeMap::new(), december).unwrap().months, 0);
        assert!(to.index_key(december).unwrap().name() == own && own != old_december);
    }

    #[test]
    fn a_key_pair_is_set_aside_whole() {
        let (dir, custody) = custody();
        let period: PeriodId = "A-1/2026-11/d90".parse().unwrap();
        let (kept, unknown) = (custody.make_period_key(&period).unwrap(), custody.make_period_key(&period).unwrap());
        let octets = std::fs::read(dir.path().join("keys").join(unknown.hash().to_string())).unwrap();
        let moved = custody.set_aside(&unknown.hash()).unwrap();
        assert!(custody.has_period_key(&kept.hash()) && !custody.has_period_key(&unknown.hash()));
        assert_eq!(std::fs::read(&moved).unwrap(), octets);
        assert!(moved.with_extension("pub").exists());
        assert_eq!(custody.period_keys().unwrap(), [kept.hash()]);
        custody.bring_back(&unknown.hash()).unwrap();
        assert!(custody.has_period_key(&unknown.hash()) && custody.public_key(&unknown.hash()).is_ok());
    }
}

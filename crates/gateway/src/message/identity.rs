//! Who we are in AS2: a name, and any number of key pairs that overlap. The newest valid one signs, each RSA pair decrypts until
//! it ends. A pair that cannot be read is set aside as long as there is another one.

use crate::{
    Error,
    partner::as2::{has_ended, is_valid},
};
use as2::{Certificate, Name, Recipient, Signer};
use ledger::Time;
use std::{
    fmt, fs,
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
pub struct Pairs {
    read: Vec<Pair>,
    aside: Vec<Aside>,
}

struct Pair {
    signer: Signer,
    /// None: an EC key, to which nothing can be encrypted.
    recipient: Option<Recipient>,
}

/// A pair that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Of its files, without `.key.pem`.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

impl Identity {
    /// Reads every pair: one that cannot be used is told of at the start, and keeps nobody from using the others.
    ///
    /// # Errors
    /// [`Error::As2`], also where no pair can be used and there is one that cannot.
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
        let mut pairs = Self::default();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let Some(name) = name.as_deref().and_then(|name| name.strip_suffix(".key.pem")) else { continue };
            match Pair::read(&path, &path.with_file_name(format!("{name}.crt.pem"))) {
                Ok(pair) => pairs.read.push(pair),
                Err(why) => pairs.aside.push(Aside { name: name.to_owned(), why }),
            }
        }
        pairs.aside.sort_by(|one, other| one.name.cmp(&other.name));
        let said = pairs.aside.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        if pairs.read.is_empty() && !said.is_empty() {
            return Err(wrong(format!("no pair of keys in {} can be used: {said}", dir.display())));
        }
        if !said.is_empty() {
            eprintln!("of the AS2 keys in {}: {said}; the others are used", dir.display());
        }
        pairs.read.sort_by_key(|pair| std::cmp::Reverse(*pair.signer.certificate().validity_seconds().start()));
        Ok(pairs)
    }

    /// Pairs that cannot be used.
    pub fn aside(&self) -> &[Aside] {
        &self.aside
    }

    /// Who signs now: the newest that is valid.
    pub fn signer(&self, now: Time) -> Option<&Signer> {
        self.read.iter().map(|pair| &pair.signer).find(|signer| is_valid(signer.certificate(), now))
    }

    /// Who decrypts now: every RSA pair that has not ended, also one whose certificate partners were given ahead.
    pub fn recipients(&self, now: Time) -> impl Iterator<Item = &Recipient> {
        self.read
            .iter()
            .filter_map(|pair| pair.recipient.as_ref())
            .filter(move |recipient| !has_ended(recipient.certificate(), now))
    }

    /// To whom it may have been encrypted once: RSA pairs that have ended.
    pub fn ended(&self, now: Time) -> impl Iterator<Item = &Certificate> {
        self.encryption_certificates().filter(move |certificate| has_ended(certificate, now))
    }

    /// Every certificate that can be encrypted to.
    pub fn encryption_certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.read.iter().filter_map(|pair| pair.recipient.as_ref()).map(Recipient::certificate)
    }

    /// Every certificate, the newest first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.read.iter().map(|pair| pair.signer.certificate())
    }
}

impl Pair {
    /// What is wrong has no octet of the key in it.
    fn read(key: &Path, certificate: &Path) -> Result<Self, String> {
        let text = |path: &Path| fs::read_to_string(path).map(Zeroizing::new);
        let key = text(key).map_err(|error| format!("its key: {}", error.kind()))?;
        let certificate = text(certificate).map_err(|error| format!("its certificate: {}", error.kind()))?;
        let unfit = |error: as2::Error| error.to_string();
        let signer = Signer::of_messages_from_pem(&key, &certificate).map_err(unfit)?;
        let recipient = match Recipient::from_pem(&key, &certificate) {
            Err(as2::Error::Unsupported(as2::Feature::PublicKeyAlgorithm)) => None,
            read => Some(read.map_err(unfit)?),
        };
        Ok(Self { signer, recipient })
    }
}

impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pair {} is set aside: {}", self.name.escape_debug(), self.why)
    }
}

fn changed(dir: &Path) -> Option<SystemTime> {
    fs::metadata(dir).and_then(|metadata| metadata.modified()).ok()
}

fn wrong(what: impl Into<String>) -> Error {
    Error::As2 { what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Time {
        Time::from_milliseconds(1_800_000_000_000)
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(FOLDER)).unwrap();
        dir
    }

    fn put(dir: &Path, name: &str, (key, certificate): (&str, &str)) {
        fs::write(dir.join(FOLDER).join(format!("{name}.crt.pem")), certificate).unwrap();
        fs::write(dir.join(FOLDER).join(format!("{name}.key.pem")), key).unwrap();
    }

    fn made(algorithm: &'static rcgen::SignatureAlgorithm, first_year: i32) -> (String, String) {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.not_before = rcgen::date_time_ymd(first_year, 1, 1);
        (key.serialize_pem(), parameters.self_signed(&key).unwrap().pem())
    }

    fn wrong_with(result: Result<Identity, Error>) -> String {
        result.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_pair_that_cannot_be_read_is_set_aside_as_long_as_there_is_another() {
        let dir = folder();
        let good = made(&rcgen::PKCS_RSA_SHA256, 2025);
        put(dir.path(), "damaged", ("-----BEGIN PRIVATE KEY-----", &good.1));
        let said = wrong_with(Identity::open("US", dir.path()));
        assert!(said.contains("the pair damaged is set aside: not a PEM block \"PRIVATE KEY\""), "{said}");
        put(dir.path(), "good", (&good.0, &good.1));
        put(dir.path(), "mixed", (&made(&rcgen::PKCS_RSA_SHA256, 2025).0, &good.1));
        fs::write(dir.path().join(FOLDER).join("lonely.key.pem"), &good.0).unwrap();
        let pairs = Identity::open("US", dir.path()).unwrap().pairs();
        let aside: Vec<_> = pairs.aside().iter().map(|one| (one.name.as_str(), one.why.as_str())).collect();
        let expected = [
            ("damaged", "not a PEM block \"PRIVATE KEY\""),
            ("lonely", "its certificate: entity not found"),
            ("mixed", "the private key does not belong to the certificate"),
        ];
        assert_eq!(aside, expected);
        assert_eq!((pairs.certificates().count(), pairs.recipients(day()).count()), (1, 1));
        assert!(pairs.signer(day()).is_some());
    }

    #[test]
    fn an_ec_pair_signs_when_it_is_the_newest_and_decrypts_nothing() {
        let dir = folder();
        let (old, new) = (made(&rcgen::PKCS_RSA_SHA256, 2025), made(&rcgen::PKCS_ECDSA_P384_SHA384, 2026));
        put(dir.path(), "old", (&old.0, &old.1));
        put(dir.path(), "new", (&new.0, &new.1));
        let pairs = Identity::open("US", dir.path()).unwrap().pairs();
        let of = |pem: &str| Certificate::of_signer_from_pem(pem).unwrap().fingerprint();
        assert_eq!(pairs.signer(day()).unwrap().certificate().fingerprint(), of(&new.1));
        let decrypting: Vec<_> = pairs.recipients(day()).map(|one| one.certificate().fingerprint()).collect();
        assert_eq!(decrypting, [of(&old.1)]);
        assert!(pairs.aside().is_empty());
    }
}

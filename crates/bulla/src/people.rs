//! What people have on machines of their own, and in a demo in `demo/`: keys that sign, and keys that answers are sealed to.

use crate::named;
use anyhow::{Context, Result, bail};
use durable::random;
use ledger::{
    CountScope, FieldClass, PublicKey,
    entry::{Authority, Budget, Officer, Principal},
    opening::Purpose,
};
use std::path::Path;
use zeroize::Zeroizing;

/// Who asks, and who approves what is large and has people counted.
const PEOPLE: [&str; 2] = ["support-7", "lead-1"];

/// The people who may open, and the officers who decide that: keys in `demo/`, as they would be on those persons' own
/// machines.
pub fn make(dir: &Path) -> Result<Authority> {
    PEOPLE.into_iter().try_for_each(|person| make_person(dir, person))?;
    let officer = |file: &str| {
        Ok::<_, anyhow::Error>(Officer { organisation: "demo".parse()?, key: SecretSeed::make(&dir.join(file))? })
    };
    // Either may sign a policy or close the ledger for openings; to open it again takes both.
    Ok(Authority { threshold: 1, officers: vec![officer("authority.key")?, officer("authority-2.key")?] })
}

/// A person's two keys: one signs what is asked, answers are sealed to the other. Never over keys that are there.
pub fn make_person(dir: &Path, person: &str) -> Result<()> {
    let (key, path) = (dir.join(format!("{person}.key")), dir.join(format!("{person}.result-key")));
    if let Some(there) = [&key, &path].into_iter().find(|path| path.exists()) {
        bail!("{} is there already", there.display());
    }
    let secret = seal::period::PeriodSecretKey::generate(&mut random::OsRandom);
    durable::replace(&path, hex::encode(secret.to_bytes().as_slice()).as_bytes())?;
    SecretSeed::make(&key).map(drop)
}

/// What the first policy says of these people.
pub fn principals(dir: &Path) -> Result<Vec<Principal>> {
    let all = PEOPLE.into_iter().map(|person| principal(dir, person));
    all.map(|own| own.map(|own| if own.principal.as_str() == "lead-1" { lead(own) } else { own })).collect()
}

/// May approve what others ask for, and have people counted.
fn lead(mut own: Principal) -> Principal {
    own.purposes.insert(Purpose::Assessment);
    Principal { approves: true, counts: Some(CountScope::LEAST), ..own }
}

/// What a policy may say of a person with these keys, to begin with.
pub fn principal(dir: &Path, person: &str) -> Result<Principal> {
    let key = SecretSeed::read(&dir.join(format!("{person}.key")))?;
    Ok(Principal {
        principal: person.parse()?,
        key: PublicKey(key.verifying_key().to_bytes()),
        result_key: result_key(&dir.join(format!("{person}.result-key")))?.public().hash(),
        purposes: [Purpose::Support, Purpose::Label, Purpose::SubjectAccess, Purpose::Dispute].into(),
        classes: FieldClass::SEALED.into(),
        rows: Budget { hour: 60, day: 200, month: 1_000 },
        age_days: 400,
        alone: 20,
        approves: false,
        counts: None,
    })
}

/// A person's private result key: 64 hexadecimal digits.
pub fn result_key(path: &Path) -> Result<seal::PeriodSecretKey> {
    let text = named::text(path, named::KEY_OCTETS_MAX)?;
    let text = Zeroizing::new(text);
    let mut octets = Zeroizing::new([0; 32]);
    let read = hex::decode_to_slice(text.trim(), octets.as_mut());
    read.map_err(|_| anyhow::anyhow!("{} is not a result key", path.display()))?;
    Ok(seal::PeriodSecretKey::from_bytes(&octets))
}

/// An Ed25519 private key in a file of its own, 64 hexadecimal digits.
pub struct SecretSeed;

impl SecretSeed {
    /// Makes one; whatever was there is lost.
    pub fn make(path: &Path) -> Result<PublicKey> {
        let key = ed25519_dalek::SigningKey::from_bytes(&random::octets::<32>()?);
        durable::replace(path, hex::encode(key.to_bytes()).as_bytes())?;
        Ok(PublicKey(key.verifying_key().to_bytes()))
    }

    /// Makes one where there is nothing yet.
    pub fn make_new(path: &Path) -> Result<PublicKey> {
        if path.exists() {
            bail!("{} is there already", path.display());
        }
        Self::make(path)
    }

    /// Reads what `make` has written.
    pub fn read(path: &Path) -> Result<ed25519_dalek::SigningKey> {
        let text = named::text(path, named::KEY_OCTETS_MAX)?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut()).with_context(|| format!("{} is not a key", path.display()))?;
        Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
    }
}

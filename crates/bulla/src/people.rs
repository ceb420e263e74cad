//! What people have on machines of their own, and in a demo in `demo/`: keys that sign, and keys that answers are sealed to.

use anyhow::{Context, Result};
use durable::random;
use ledger::{
    FieldClass, PublicKey,
    entry::{Authority, Budget, Officer, Principal},
    opening::Purpose,
};
use std::{fs, path::Path};
use zeroize::Zeroizing;

/// The person who may open, and the officers who decide that: keys in `demo/`, as they would be on those persons' own
/// machines.
pub fn make(dir: &Path) -> Result<Authority> {
    SecretSeed::make(&dir.join("support-7.key"))?;
    let secret = seal::period::PeriodSecretKey::generate(&mut random::OsRandom);
    durable::replace(&dir.join("support-7.result-key"), hex::encode(secret.to_bytes().as_slice()).as_bytes())?;
    let officer = |file: &str| {
        Ok::<_, anyhow::Error>(Officer { organisation: "demo".parse()?, key: SecretSeed::make(&dir.join(file))? })
    };
    // Either may sign a policy or close the ledger for openings; to open it again takes both.
    Ok(Authority { threshold: 1, officers: vec![officer("authority.key")?, officer("authority-2.key")?] })
}

/// What the first policy says of that person.
pub fn support(dir: &Path) -> Result<Principal> {
    let key = SecretSeed::read(&dir.join("support-7.key"))?;
    let result_key = result_key(&dir.join("support-7.result-key"))?.public().hash();
    Ok(Principal {
        principal: "support-7".parse()?,
        key: PublicKey(key.verifying_key().to_bytes()),
        result_key,
        purposes: [Purpose::Support, Purpose::Label, Purpose::SubjectAccess, Purpose::Dispute].into(),
        classes: FieldClass::SEALED.into(),
        rows: Budget { hour: 60, day: 200, month: 1_000 },
        age_days: 400,
        alone: 20,
        approves: false,
    })
}

/// A person's private result key: 64 hexadecimal digits.
pub fn result_key(path: &Path) -> Result<seal::PeriodSecretKey> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
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

    /// Reads what `make` has written.
    pub fn read(path: &Path) -> Result<ed25519_dalek::SigningKey> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the key {}", path.display()))?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut()).with_context(|| format!("{} is not a key", path.display()))?;
        Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
    }
}

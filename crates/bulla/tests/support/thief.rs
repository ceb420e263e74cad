//! A thief of files: what lies in the copies that he has, opened without any process of ours and by its written form alone, as
//! `docs/format.md` and the warden's custody have it.

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit,
    aead::{Aead, Payload},
};
use api::warden::{Answer, Fields};
use ledger::{BatchId, FieldClass, Hash, Month, OpeningRequest, PeriodId, Pseudonym, header::Group};
use seal::{PeriodSecretKey, Stored, batch};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Octets of a wrapped key: nonce, key, tag.
const WRAPPED_OCTETS: usize = 12 + 32 + 16;

/// A class of a row that he has read.
#[derive(Clone)]
pub struct Read {
    pub batch: BatchId,
    pub row: u32,
    pub class: FieldClass,
    pub period: PeriodId,
    pub shipper: Pseudonym,
    pub month: Month,
    pub text: String,
}

/// What may be a key of all that lies in his copies.
#[derive(Default)]
pub struct Keys {
    root: Option<[u8; 32]>,
    wrapped: Vec<Vec<u8>>,
    /// By the hash of the public key that each would have.
    plain: BTreeMap<Hash, [u8; 32]>,
}

impl Keys {
    /// Looks through every file, whatever it is called.
    pub fn among(dir: &Path) -> Self {
        let mut keys = Self::default();
        for path in files(dir) {
            let octets = fs::read(&path).unwrap();
            if path.ends_with("root.key") {
                keys.root = octets.as_slice().try_into().ok();
            }
            if octets.len() == WRAPPED_OCTETS {
                keys.wrapped.push(octets);
            } else {
                keys.plain.extend(
                    written(&octets).into_iter().map(|key| (PeriodSecretKey::from_bytes(&key).public().hash(), key)),
                );
            }
        }
        keys
    }

    /// The private key that a group is sealed to, if it can be had.
    fn of(&self, group: &Group) -> Option<PeriodSecretKey> {
        let label = &format!("bulla.custody/1 period {}", group.period);
        let unwrapped = self.root.iter().flat_map(|root| {
            let cipher = Aes256GcmSiv::new(root.into());
            let open = move |wrapped: &Vec<u8>| -> Option<[u8; 32]> {
                let (nonce, msg) = wrapped.split_first_chunk::<12>()?;
                let key = cipher.decrypt(&(*nonce).into(), Payload { msg, aad: label.as_bytes() }).ok()?;
                key.try_into().ok()
            };
            self.wrapped.iter().filter_map(open).collect::<Vec<_>>()
        });
        let mut secrets =
            unwrapped.chain(self.plain.get(&group.key).copied()).map(|key| PeriodSecretKey::from_bytes(&key));
        secrets.find(|secret| secret.public().hash() == group.key)
    }

    /// Whether this is among what may be a key.
    pub fn have(&self, key: &[u8; 32]) -> bool {
        self.plain.values().any(|own| own == key)
    }

    /// What is in an opening's answer, if it was sealed to one of these.
    pub fn open(&self, answer: &Answer, request: &OpeningRequest) -> Option<Fields> {
        self.plain.values().find_map(|key| answer.open(request, &PeriodSecretKey::from_bytes(key)).ok())
    }

    /// Every class of every row that a copied gateway has and that these keys open.
    pub fn read(&self, gateway: &Path) -> Vec<Read> {
        let vault = vault::Vault::open(gateway).unwrap();
        let batches = vault.headers().map(|header| header.unwrap().batch);
        batches.flat_map(|batch| self.read_batch(&vault.batch(&batch).unwrap().unwrap())).collect()
    }

    fn read_batch(&self, record: &[u8]) -> Vec<Read> {
        let stored = Stored::parse(record).unwrap();
        let header = stored.header().unwrap();
        let mut read = Vec::new();
        for (number, group) in header.groups.iter().enumerate() {
            let Some(secret) = self.of(group) else { continue };
            let wrapped = stored.encapsulations(&header)[number];
            let open = batch::open(&secret, &header, number, wrapped, stored.body()).unwrap();
            for (row, class) in (0..open.records()).flat_map(|row| group.classes.iter().map(move |class| (row, class)))
            {
                let Some(value) = open.row(row, class).unwrap() else { continue };
                let text = String::from_utf8_lossy(&value).into_owned();
                let (shipper, period) = (header.shipper.clone(), group.period.clone());
                read.push(Read { batch: header.batch, row, class, period, shipper, month: header.month, text });
            }
        }
        read
    }
}

/// Every file below a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let of = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    fs::read_dir(dir).unwrap().flat_map(|entry| of(entry.unwrap().path())).collect()
}

/// Keys of 32 octets that a file may have: itself, what stands there in hexadecimal, and all that is within PEM.
fn written(octets: &[u8]) -> Vec<[u8; 32]> {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let mut found: Vec<[u8; 32]> = octets.try_into().into_iter().collect();
    let Ok(text) = std::str::from_utf8(octets) else { return found };
    let words = text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64);
    found.extend(words.map(|word| <[u8; 32]>::try_from(hex::decode(word).unwrap()).unwrap()));
    for part in text.split("-----").filter(|_| text.contains("PRIVATE KEY")) {
        let der = BASE64_STANDARD.decode(part.split_whitespace().collect::<String>()).unwrap_or_default();
        found.extend(der.windows(32).map(|window| <[u8; 32]>::try_from(window).unwrap()));
    }
    found
}

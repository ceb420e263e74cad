//! Made-up documents, and stores that fail on purpose.
#![allow(dead_code)] // each test file uses its part

pub mod control;

use ed25519_dalek::SigningKey;
use ledger::{
    BatchId, Classes, DeliveryId, FieldClass, Hash, Header, InstanceId, Month, PeriodId, Province, Time, WorkerId,
    entry::{Anchor, Channel, Intake, IntakeRecord, SealedTo, Verdict},
    header::{Count, Group, VERSION},
    word::MessageKind,
};
use seal::{Sealed, Token};
use std::{
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use vault::{
    Content, DeliveryCopy, Directory, Error, Hit, Interchange, InterchangeId, Key, Manifest, ManifestId, Name, Objects,
    Purpose, Stores, Vault,
};

pub fn worker() -> WorkerId {
    "gw-1".parse().unwrap()
}

/// 2026-11-23T00:00Z and so many milliseconds.
pub fn time(milliseconds: i64) -> Time {
    Time::from_milliseconds(1_795_392_000_000 + milliseconds)
}

pub fn month() -> Month {
    Month::of(time(0))
}

pub fn octets<const N: usize>(kind: u8, number: u32) -> [u8; N] {
    let mut octets = [kind; N];
    octets[..4].copy_from_slice(&number.to_be_bytes());
    octets
}

pub fn token(number: u32) -> Token {
    Token(octets(7, number.wrapping_mul(2_654_435_761)))
}

pub fn key(number: u32) -> Key {
    Key {
        partner: "northshop".to_owned(),
        sender: "ZZ:NORTHSHOP".to_owned(),
        receiver: "ZZ:DEMOCARRIER".to_owned(),
        control: format!("{number:09}"),
        test: false,
    }
}

pub const INSTANCE: InstanceId = InstanceId([7; 16]);

/// A batch of two parcels with these tokens, of the body with this ticket.
pub fn batch(ticket: u32, number: u32, tokens: Vec<(Token, u32)>) -> Sealed {
    let classes = Classes::from([FieldClass::Operational, FieldClass::Address]);
    let period =
        PeriodId { agreement: "A-1".parse().unwrap(), month: month(), group: "d90".parse().unwrap(), generation: 1 };
    let header = Header {
        version: VERSION.to_owned(),
        suite: seal::SUITE.to_owned(),
        batch: BatchId(octets(b'b', number)),
        agreement: "A-1".parse().unwrap(),
        shipper: "S-1".parse().unwrap(),
        carrier: "C-1".parse().unwrap(),
        month: month(),
        worker: worker(),
        instance: INSTANCE,
        ticket: u64::from(ticket),
        received: time(i64::from(number)),
        sealed: time(i64::from(number)),
        rows: 2,
        parties: 2,
        counts: vec![Count { province: Province::QC, classes, rows: 2 }],
        groups: vec![Group {
            co_holder: None,
            period,
            key: Hash(octets(b'k', 1)),
            classes: [FieldClass::Address].into(),
            commitment: Hash(octets(b'c', number)),
        }],
        body: Hash(octets(b'h', number)),
    };
    let mut tokens: Vec<_> = tokens.into_iter().map(|(token, row)| (token.mark(), row)).collect();
    tokens.sort();
    Sealed {
        header,
        salt: Hash(octets(b's', number)),
        encapsulations: vec![vec![1; seal::batch::ENCAPSULATION_OCTETS]],
        operational: vec![octets(b'0', number), octets(b'1', number), octets(b'2', number)],
        tokens,
        body: vec![b'x'; 100],
    }
}

/// Signs the intake entry that fits this content of the body with this ticket.
pub fn sign(ticket: u32, content: &Content) -> Intake {
    let anchor = |sealed: &Sealed| Anchor {
        batch: sealed.header.batch,
        header: sealed.header.salted(&sealed.salt),
        rows: sealed.header.rows,
        parties: sealed.header.parties,
        octets: sealed.octets(),
        carrier: 1,
        keys: sealed.header.groups.iter().map(|g| SealedTo { period: g.period.clone(), key: g.key }).collect(),
    };
    let interchange = content.interchange.as_ref();
    let record = IntakeRecord {
        worker: worker(),
        received: interchange.map_or(time(0), |i| i.received),
        instance: INSTANCE,
        ticket: u64::from(ticket),
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1000,
        rows: 2,
        parties: 2,
        verdict: interchange.map_or(Verdict::Duplicate, |i| i.verdict),
        shipper: Some("S-1".parse().unwrap()),
        batches: content.manifests.iter().flat_map(|m| &m.batches).map(anchor).collect(),
    };
    signed(record)
}

pub fn signed(record: IntakeRecord) -> Intake {
    Intake::new(record, &SigningKey::from_bytes(&[9; 32]))
}

/// Stages and commits, with the one intake entry that fits.
pub fn commit(vault: &Vault, ticket: u32, content: Content) -> Result<(), Error> {
    let staged = vault.stage(content.clone())?;
    vault.turn().commit(vec![sign(ticket, &content)], staged)
}

pub fn interchange(number: u32) -> Interchange {
    Interchange {
        id: InterchangeId(octets(b'i', number)),
        partner: Some("northshop".to_owned()),
        key: Some(key(number)),
        channel: Channel::Https,
        verdict: Verdict::Accepted,
        kinds: [MessageKind::X856].into(),
        received: time(i64::from(number)),
        answered: time(i64::from(number) + 5),
        octets: 1000,
        rows: 2,
        digest: octets(b'd', number),
        digest_month: month(),
        answer: format!("ISA*…*{number:09}~").into_bytes(),
    }
}

pub fn manifest(number: u32) -> Manifest {
    Manifest {
        id: ManifestId(octets(b'm', number)),
        ordinal: 0,
        agreement: "A-1".parse().unwrap(),
        token: Token(octets(b'n', number)),
        month: month(),
        purpose: Purpose::Original,
        supersedes: None,
        rows: 2,
        delivery: Some(DeliveryId(octets(b'v', number))),
        batches: vec![batch(number, number, vec![(token(number), 1), (token(number + 1), 2)])],
    }
}

pub fn copy(number: u32) -> DeliveryCopy {
    DeliveryCopy {
        id: DeliveryId(octets(b'v', number)),
        carrier: "C-1".parse().unwrap(),
        agreement: "A-1".parse().unwrap(),
        decided: 1,
        form: vault::Form::Cms,
        control: Some(number),
        octets: format!("encrypted {number}").into_bytes(),
    }
}

/// A whole accepted document: one manifest, one batch, one delivery.
pub fn content(number: u32) -> Content {
    Content {
        findings: None,
        interchange: Some(interchange(number)),
        manifests: vec![manifest(number)],
        deliveries: vec![copy(number)],
    }
}

/// Receives and commits it.
pub fn accept(vault: &Vault, number: u32) -> Result<(), Error> {
    commit(vault, number, content(number))
}

/// The two stores of a directory's vault.
pub fn stores(dir: &Path) -> Result<Stores, Error> {
    let open = |name| Ok::<_, Error>(Box::new(Directory::open(&dir.join(name))?));
    match control::bucket(dir) {
        Some(bucket) => bucket.stores(),
        None => Ok((open("segments")?, open("outbox")?)),
    }
}

/// One of them.
pub fn store(dir: &Path, name: &str) -> Box<dyn Objects> {
    let (segments, outbox) = stores(dir).unwrap();
    if name == "segments" { segments } else { outbox }
}

/// Puts other octets under a name that is given; none: takes it away.
pub fn tamper(dir: &Path, name: &str, object: &str, octets: Option<&[u8]>) {
    let (store, object) = (store(dir, name), object.parse().unwrap());
    store.delete(&object).unwrap();
    octets.into_iter().for_each(|octets| store.put(&object, &[octets]).unwrap());
}

/// The objects of a store, sorted, without the one that names it.
pub fn files(dir: &Path, name: &str) -> Vec<String> {
    let mut names: Vec<_> = store(dir, name).list().unwrap().into_iter().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| name != "store");
    names.sort();
    names
}

/// How a store fails.
#[derive(Default)]
pub struct Faults {
    /// The put that fails: 1 is the next one; 0 none.
    pub put: AtomicI64,
    /// Whether what failed is there all the same.
    pub persists: AtomicBool,
    /// Whether deletes fail: then it is as if the process had died there.
    pub deletes: AtomicBool,
    /// What happens just before the next delete.
    pub before_delete: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

/// A store that fails on purpose.
pub struct Faulty {
    store: Box<dyn Objects>,
    faults: Arc<Faults>,
}

impl Faulty {
    /// The vault's two stores over `dir`, failing alike.
    pub fn stores(dir: &Path, faults: &Arc<Faults>) -> Result<Stores, Error> {
        let failing = |store| Box::new(Self { store, faults: faults.clone() });
        let (segments, outbox) = stores(dir)?;
        Ok((failing(segments), failing(outbox)))
    }
}

fn failed() -> Error {
    Error::disk("do as told", std::io::Error::other("made to fail"))
}

impl Objects for Faulty {
    fn put(&self, name: &Name, parts: &[&[u8]]) -> Result<(), Error> {
        if self.faults.put.fetch_sub(1, Ordering::SeqCst) != 1 {
            return self.store.put(name, parts);
        }
        if self.faults.persists.load(Ordering::SeqCst) {
            self.store.put(name, parts)?;
        }
        Err(failed())
    }
    fn read(&self, name: &Name) -> Result<Vec<u8>, Error> {
        self.store.read(name)
    }
    fn read_range(&self, name: &Name, start: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.store.read_range(name, start, length)
    }
    fn delete(&self, name: &Name) -> Result<(), Error> {
        if let Some(before) = self.faults.before_delete.lock().unwrap().take() {
            before();
        }
        if self.faults.deletes.load(Ordering::SeqCst) { Err(failed()) } else { self.store.delete(name) }
    }
    fn blank(&self, name: &Name, start: u64, length: u64) -> Result<(), Error> {
        self.store.blank(name, start, length)
    }
    fn set_aside(&self, name: &Name) -> Result<(), Error> {
        self.store.set_aside(name)
    }
    fn bring_back(&self, name: &Name) -> Result<bool, Error> {
        self.store.bring_back(name)
    }
    fn list(&self) -> Result<Vec<Name>, Error> {
        self.store.list()
    }
}

/// What is found, at most so many.
pub fn hits(vault: &Vault, tokens: &[(Month, Token)], most: usize) -> Result<Vec<Hit>, Error> {
    let mut hits = Vec::new();
    vault.find(tokens, |hit| {
        hits.push(hit);
        Ok(if hits.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(hits)
}

/// A vault in that directory.
pub fn vault_in(dir: &Path) -> Result<Vault, Error> {
    Vault::open_in(dir, control::database(dir).as_ref(), control::bucket(dir).as_ref())
}

/// One whose objects lie elsewhere.
pub fn vault_with(dir: &Path, stores: impl FnOnce() -> Result<Stores, Error>) -> Result<Vault, Error> {
    Vault::open_with(dir, control::database(dir).as_ref(), stores)
}

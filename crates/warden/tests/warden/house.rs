//! A warden on a port of its own, a worker, a principal and a carrier: what every test here needs.

use crate::witness::Witness;
use api::{client::Client, warden::*};
use durable::random::{OsRandom, octets};
use ed25519_dalek::SigningKey;
use ledger::{
    Classes,
    entry::*,
    opening::{Purpose, Scope},
    *,
};
use seal::{PeriodPublicKey, PeriodSecretKey, PlannedGroup, Row, Sealed, batch};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::task::JoinHandle;
use warden::{Config, Error, config};
use zeroize::Zeroizing;

pub const INSTANCE: InstanceId = InstanceId([7; 16]);
pub const ORIGIN: &str = "warden.example/test";
const CLIENT: Client = Client::new(Duration::from_secs(20), 1 << 26);

#[path = "working.rs"]
mod working;

pub struct House {
    _dir: tempfile::TempDir,
    pub config: Config,
    pub witness: Witness,
    pub log_key: tlog::Verifier,
    pub pins: Pins,
    pub worker_key: SigningKey,
    pub principal_key: SigningKey,
    pub result_key: PeriodSecretKey,
    clock: Arc<AtomicI64>,
    task: Option<JoinHandle<Result<(), Error>>>,
    pub url: String,
    /// The next ticket.
    pub ticket: u64,
}

/// 2026-11-23T12:00Z, within the month that the periods here are of.
pub const NOW: i64 = 1_795_435_200_000;

impl House {
    pub async fn new() -> Self {
        let mut house = Self::prepared(|_| {}).await;
        house.start().await.unwrap();
        house.decide(house.first_policy()).await.unwrap();
        house
    }

    /// One that takes a chosen time for retention.
    pub async fn demo() -> Self {
        let mut house = Self::prepared(|config| config.demo = true).await;
        house.start().await.unwrap();
        house.decide(house.first_policy()).await.unwrap();
        house
    }

    /// Everything is ready, but the warden is not started.
    pub async fn prepared(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = warden::custody::create(&dir.path().join("warden"), ORIGIN).unwrap();
        let log_key: tlog::Verifier = key.parse().unwrap();
        let witness = Witness::start(ORIGIN, log_key.clone(), NOW as u64 / 1000).await;
        let (worker_key, principal_key) = (key_of(1), key_of(2));
        let result_key = PeriodSecretKey::generate(&mut OsRandom);
        let mut config = Config {
            dir: dir.path().join("warden"),
            listen: "127.0.0.1:0".parse().unwrap(),
            origin: ORIGIN.to_owned(),
            organisation: place("A test"),
            host: place("vault"),
            copies_days: 0,
            demo: false,
            quorum: 1,
            witnesses: vec![config::Witness {
                name: "w1".to_owned(),
                url: witness.url.clone(),
                vkey: witness.key.to_string(),
                organisation: place("Another"),
                host: place("w1"),
            }],
            workers: vec![EnrolledWorker {
                worker: "gw-1".parse().unwrap(),
                key: public(&worker_key),
                organisation: place("A provider"),
                host: place("gw"),
            }],
            authority: Authority {
                threshold: 1,
                officers: vec![Officer { organisation: place("A provider"), key: public(&key_of(4)) }],
            },
            alarm_url: None,
            budgets: Vec::new(),
            limits: None,
        };
        change(&mut config);
        let pins = Pins::new(&key, &[witness.key.to_string()], 1).unwrap();
        Self {
            _dir: dir,
            config,
            witness,
            log_key,
            pins,
            worker_key,
            principal_key,
            result_key,
            clock: Arc::new(AtomicI64::new(NOW)),
            task: None,
            url: String::new(),
            ticket: 1,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.config.dir.join(name)
    }

    pub async fn start(&mut self) -> Result<(), Error> {
        // What an aborted task had given to a thread may hold the directory a moment longer.
        for _ in 0..100 {
            match self.start_once().await {
                Err(Error::Disk(durable::Error::InUse { .. })) => tokio::time::sleep(Duration::from_millis(20)).await,
                other => return other,
            }
        }
        self.start_once().await
    }

    async fn start_once(&mut self) -> Result<(), Error> {
        let _ = std::fs::remove_file(self.path("address"));
        let clock = self.clock.clone();
        let clock: warden::Clock = Arc::new(move || Time::from_milliseconds(clock.load(Relaxed)));
        let mut task = tokio::spawn(warden::run_by(self.config.clone(), clock));
        loop {
            if let Ok(address) = std::fs::read_to_string(self.path("address")) {
                self.url = address.trim().to_owned();
                self.task = Some(task);
                return Ok(());
            }
            if let Ok(ended) = tokio::time::timeout(Duration::from_millis(5), &mut task).await {
                return ended.unwrap();
            }
        }
    }

    /// As by `kill -9`: nothing is said to anyone.
    pub async fn stop(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        let _ = task.await;
        // In this process a thread may go on with the file in hand: unlike after a kill, that is waited for.
        while durable::Claim::take(&self.config.dir, "lock").is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn wait(&self, milliseconds: i64) {
        self.clock.fetch_add(milliseconds, Relaxed);
    }

    pub fn now(&self) -> Time {
        Time::from_milliseconds(self.clock.load(Relaxed))
    }

    pub async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let answer = CLIENT.get(&format!("{}{path}", self.url)).await.unwrap();
        (answer.status, answer.body.to_vec())
    }

    pub async fn json<A: DeserializeOwned>(&self, path: &str) -> A {
        serde_json::from_slice(&self.get(path).await.1).unwrap()
    }

    pub async fn post<A: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> Result<A, Refusal> {
        let body = serde_json::to_vec(request).unwrap();
        let answer = CLIENT.post(&format!("{}{path}", self.url), "application/json", body).await.unwrap();
        if answer.status == 200 {
            return Ok(serde_json::from_slice(&answer.body).unwrap());
        }
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem.status, answer.status);
        Err(problem.refusal)
    }

    pub async fn entries(&self) -> Vec<Logged> {
        let (status, body) = self.get("/v1/entries").await;
        assert_eq!(status, 200);
        body.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(|line| Logged::read(line).unwrap()).collect()
    }

    pub async fn kinds(&self) -> Vec<String> {
        let kind = |logged: &Logged| serde_json::to_value(&logged.entry).unwrap()["type"].as_str().unwrap().to_owned();
        // Heartbeats come when the witness has cosigned something: they have tests of their own.
        self.entries().await.iter().map(kind).filter(|kind| kind != "heartbeat").collect()
    }

    pub fn signed<T: Request>(&self, request: T) -> Signed<T> {
        Signed::new(request, &self.worker_key)
    }

    /// Who may ask, who is delivered to, and what was agreed.
    pub fn first_policy(&self) -> PolicyRecord {
        let principal = Principal {
            principal: "support-7".parse().unwrap(),
            key: public(&self.principal_key),
            result_key: self.result_key.public().hash(),
            purposes: BTreeSet::from([Purpose::Support]),
            classes: Classes::from([FieldClass::Address, FieldClass::Contact]),
            rows: Budget { hour: 5, day: 8, month: 11 },
            age_days: 36_500,
            alone: 1_000_000,
            approves: false,
            counts: None,
        };
        let carrier = Carrier {
            carrier: "C-1".parse().unwrap(),
            key: Some(public(&key_of(3))),
            certificates: [Hash([9; 32])].into(),
            edi: BTreeSet::new(),
        };
        let group = |days: u32, classes: &[FieldClass]| RetentionGroup {
            group: format!("d{days}").parse().unwrap(),
            classes: classes.iter().copied().collect(),
            days,
        };
        let agreement = Agreement {
            agreement: "A-1".parse().unwrap(),
            shipper: "S-1".parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            groups: vec![group(30, &[FieldClass::Contact]), group(90, &[FieldClass::Address])],
        };
        let (principals, carriers, agreements) = (vec![principal], vec![carrier], vec![agreement]);
        PolicyRecord { principals, carriers, agreements, ..PolicyRecord::new(ORIGIN, 1, None) }
    }

    pub async fn decide(&self, record: PolicyRecord) -> Result<Decided, Refusal> {
        let signature = record.sign(&key_of(4));
        self.post("/v1/policy", &Policy::new(record, vec![signature])).await
    }

    pub async fn periods(&self) -> Result<PeriodList, Refusal> {
        let request = Periods { worker: "gw-1".parse().unwrap(), requested: self.now(), nonce: nonce() };
        self.post("/v1/periods", &self.signed(request)).await
    }

    /// What a gateway with this house's pins makes of a list.
    pub fn verified(&self, list: &PeriodList) -> Result<Vec<Period>, Unproven> {
        list.verify(&list.standing(&self.pins, &self.config.authority)?)
    }

    /// A batch of `parcels` parcels, sealed to this month's periods.
    pub async fn seal(&self, parcels: u32) -> Sealed {
        let listed = self.verified(&self.periods().await.unwrap()).unwrap();
        self.seal_to(parcels, listed)
    }

    pub fn seal_to(&self, parcels: u32, listed: Vec<Period>) -> Sealed {
        self.seal_people(parcels, listed, |row| value("address", row))
    }

    /// With addresses of the caller's.
    pub fn seal_people(
        &self,
        parcels: u32,
        listed: Vec<Period>,
        address: impl Fn(u32) -> Option<Zeroizing<Vec<u8>>>,
    ) -> Sealed {
        let now = self.now();
        let own = listed.into_iter().filter(|period| period.entry.period.month == Month::of(now));
        let groups = own
            .map(|p| PlannedGroup {
                period: p.entry.period,
                public: p.public,
                co_holder: None,
                classes: p.entry.classes,
            })
            .collect();
        let plan = batch::Plan {
            batch: BatchId(octets().unwrap()),
            agreement: "A-1".parse().unwrap(),
            shipper: "S-1".parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            worker: "gw-1".parse().unwrap(),
            instance: INSTANCE,
            ticket: self.ticket,
            received: now,
            sealed: now,
            groups,
        };
        let record = |row: u32| Row {
            operational: [0; 32],
            province: Province::QC,
            classes: [None, None, address(row), value("contact", row), None, None],
            parties: 2,
        };
        batch::seal(plan, record(0), (1..=parcels).map(record), vec![], &mut OsRandom).unwrap()
    }

    /// A sealed and anchored batch.
    pub async fn batch(&mut self, parcels: u32) -> Sealed {
        let sealed = self.seal(parcels).await;
        self.anchored(&sealed).await;
        sealed
    }

    pub async fn anchored(&mut self, sealed: &Sealed) {
        let intake = self.intake(&[sealed]);
        let headers = vec![Disclosed { header: sealed.header.clone(), salt: sealed.salt }];
        self.anchor_with(vec![Anchoring { intake, headers }]).await.unwrap();
    }

    pub fn scope(&self, sealed: &Sealed, rows: &[u32], classes: &[FieldClass]) -> Scope {
        Scope {
            principal: "support-7".parse().unwrap(),
            purpose: Purpose::Support,
            ticket: "T-1".parse().unwrap(),
            batch: sealed.header.batch,
            header: sealed.header.salted(&sealed.salt),
            rows: rows.iter().copied().collect(),
            classes: classes.iter().copied().collect(),
            requested: self.now(),
            nonce: nonce(),
        }
    }

    pub fn ask(&self, sealed: &Sealed, scope: Scope) -> Ask {
        Ask {
            approval: None,
            request: OpeningRequest::new(scope, &self.principal_key),
            result_key: Octets(self.result_key.public().to_bytes()),
            header: sealed.header.clone(),
            salt: sealed.salt,
            encapsulations: sealed.encapsulations.iter().cloned().map(Octets).collect(),
            body: Octets(sealed.body.clone()),
        }
    }

    pub async fn open(&self, ask: &Ask) -> Result<Answer, Refusal> {
        self.post("/v1/openings", ask).await
    }

    pub async fn retention(&self, now: Option<&str>) -> Result<RetentionDone, Refusal> {
        let (now, requested) = (now.map(|now| now.parse().unwrap()), self.now());
        let run = RetentionRun { worker: "gw-1".parse().unwrap(), now, requested, nonce: nonce() };
        self.post("/v1/retention", &self.signed(run)).await
    }
}

pub fn value(class: &str, row: u32) -> Option<Zeroizing<Vec<u8>>> {
    Some(Zeroizing::new(format!("{class} of {row}").into_bytes()))
}

pub fn place(name: &str) -> PlaceName {
    name.parse().unwrap()
}

pub fn nonce() -> Hash {
    Hash(octets().unwrap())
}

pub fn key_of(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

//! How fast the ledger is: a real warden and a real witness, each a process of its own with a directory on the disk that
//! holds the build, asked over loopback.
//!
//! ```text
//! cargo bench -p warden --bench ledger                 open alone, open together, append grouped
//! cargo bench -p warden --bench ledger -- start 100000 how long a start takes with so many entries
//! cargo bench -p warden --bench ledger -- count 950000 how long so many rows' people are counted, in 1,452 periods
//! ```
//! What is signed and sealed by others (requests, entries, batches) is made before the clock starts.
#![allow(clippy::unwrap_used, reason = "a measurement may stop where it stands")]
mod append;
mod count;
mod process;

use api::{client::Client, warden::*};
use durable::random::{OsRandom, octets};
use ed25519_dalek::SigningKey;
use ledger::{
    Classes,
    entry::*,
    opening::{Purpose, Scope},
    *,
};
use process::Process;
use seal::{PeriodSecretKey, PlannedGroup, Row, Sealed, batch};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Write,
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};
use warden::{Config, config};
use zeroize::Zeroizing;

const ORIGIN: &str = "warden.example/bench";
const INSTANCE: InstanceId = InstanceId([7; 16]);
const CLIENT: Client = Client::new(Duration::from_secs(120), 1 << 26);
/// Openings of which the slowest hundredth is told.
const ALONE: usize = 300;
/// Openings at once, and how many there are of each.
const TOGETHER: usize = 64;
const EACH: usize = 32;
#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("warden") => warden::run(read(&arguments[2])).await.unwrap(),
        Some("witness") => witness::run(read(&arguments[2])).await.unwrap(),
        Some("start") => {
            let entries = arguments[2].parse().unwrap();
            let mut house = House::new().await;
            house.append(entries, true).await;
            for _ in 0..3 {
                let start = Instant::now();
                house.start_again().await;
                println!("start with {entries} entries: {:.2} s", start.elapsed().as_secs_f64());
            }
        }
        Some("count") => House::new().await.count(arguments[2].parse().unwrap()).await,
        _ => {
            let mut house = House::new().await;
            println!("one fsync of an appended page: {}", house.fsync());
            house.append(20_000, false).await;
            house.open().await;
        }
    }
}

fn read<T: DeserializeOwned>(path: &str) -> T {
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

struct House {
    warden: Option<Process>,
    _witness: Process,
    dir: tempfile::TempDir,
    config: Config,
    pins: Pins,
    url: String,
    result_key: PeriodSecretKey,
    ticket: u64,
    ticks: u64,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let key = warden::custody::create(&dir.path().join("warden"), ORIGIN).unwrap();
        let cosigner = witness::create(&dir.path().join("witness"), "witness.example/bench").unwrap();
        let [listen, beside] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let result_key = PeriodSecretKey::generate(&mut OsRandom);
        let config = Config {
            dir: dir.path().join("warden"),
            listen,
            origin: ORIGIN.to_owned(),
            organisation: place("Post"),
            host: place("vault"),
            copies_days: 0,
            demo: false,
            quorum: 1,
            witnesses: vec![config::Witness {
                name: "w1".to_owned(),
                url: format!("http://{beside}"),
                vkey: cosigner.clone(),
                organisation: place("Audit"),
                host: place("w1"),
            }],
            workers: vec![EnrolledWorker {
                worker: worker(),
                key: public(1),
                organisation: place("Provider"),
                host: place("gw"),
            }],
            authority: Authority {
                threshold: 1,
                officers: vec![Officer { organisation: place("Post"), key: public(4) }],
            },
            alarm_url: None,
            budgets: Vec::new(),
            limits: None,
        };
        let watching = witness::Config {
            dir: dir.path().join("witness"),
            listen: beside,
            log: format!("http://{listen}"),
            origin: ORIGIN.to_owned(),
            log_key: key.clone(),
            earlier_log_keys: Vec::new(),
            limits: None,
        };
        let watcher = Process::start("witness", &watching.dir, &watching);
        let pins = Pins::new(&key, &[cosigner], 1).unwrap();
        let (url, ticket, ticks) = (format!("http://{listen}"), 1, 0);
        let mut house = Self { warden: None, _witness: watcher, dir, config, pins, url, result_key, ticket, ticks };
        while tokio::net::TcpStream::connect(beside).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.start_again().await;
        let record = house.policy();
        let signature = record.sign(&secret(4));
        let _: Decided = house.post("/v1/policy", &Policy::new(record, vec![signature])).await;
        house.begin().await;
        house
    }

    /// What every entry of a worker is of: a start.
    async fn begin(&self) {
        let record = StartRecord { worker: worker(), instance: INSTANCE, boot: BootId([7; 16]), closes: Vec::new() };
        let starting = Starting {
            worker: worker(),
            start: Start::new(record, &secret(1)),
            key: Octets(self.result_key.public().to_bytes()),
            requested: now(),
            nonce: nonce(),
        };
        let _: Started = self.post("/v1/workers/start", &Signed::new(starting, &secret(1))).await;
    }

    /// Ends the warden if there is one, and waits until a new one answers.
    async fn start_again(&mut self) {
        drop(self.warden.take());
        self.warden = Some(Process::start("warden", &self.config.dir, &self.config));
        while CLIENT.get(&format!("{}/healthz", self.url)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn policy(&self) -> PolicyRecord {
        let classes = Classes::from([FieldClass::Address]);
        let principal = Principal {
            principal: "support-7".parse().unwrap(),
            key: public(3),
            result_key: self.result_key.public().hash(),
            purposes: BTreeSet::from([Purpose::Support]),
            classes,
            rows: Budget { hour: u32::MAX, day: u32::MAX, month: u32::MAX },
            age_days: 36_500,
            alone: 1,
            approves: false,
            counts: None,
        };
        let carrier = Carrier {
            carrier: "C-1".parse().unwrap(),
            key: None,
            certificates: [Hash([9; 32])].into(),
            edi: BTreeSet::new(),
        };
        let agreement = Agreement {
            agreement: "A-1".parse().unwrap(),
            shipper: "S-1".parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            groups: vec![RetentionGroup { group: "d90".parse().unwrap(), classes, days: 90 }],
        };
        let new = PolicyRecord::new(ORIGIN, 1, None);
        PolicyRecord { principals: vec![principal], carriers: vec![carrier], agreements: vec![agreement], ..new }
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> A {
        posted(&format!("{}{path}", self.url), serde_json::to_vec(request).unwrap()).await
    }

    async fn periods(&self) -> Vec<Period> {
        let request = Periods { worker: worker(), requested: now(), nonce: nonce() };
        let listed: PeriodList = self.post("/v1/periods", &Signed::new(request, &secret(1))).await;
        let (this, standing) = (Month::of(now()), listed.standing(&self.pins, &self.config.authority).unwrap());
        listed.verify(&standing).unwrap().into_iter().filter(|p| p.entry.period.month == this).collect()
    }

    /// What the disk can do, as far as it tells.
    fn fsync(&self) -> String {
        let mut file = File::create(self.dir.path().join("page")).unwrap();
        let once = |_| {
            let start = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            start.elapsed()
        };
        percentiles((0..200).map(once).collect())
    }

    async fn seal(&mut self) -> Sealed {
        let group =
            |PeriodKey { period, classes, .. }, public| PlannedGroup { period, public, co_holder: None, classes };
        let groups = self.periods().await.into_iter().map(|p| group(p.entry, p.public));
        let plan = batch::Plan {
            batch: BatchId(octets().unwrap()),
            agreement: "A-1".parse().unwrap(),
            shipper: "S-1".parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            worker: worker(),
            instance: INSTANCE,
            ticket: self.ticket,
            received: now(),
            sealed: now(),
            groups: groups.collect(),
        };
        let row = |row: u32| Row {
            operational: [0; 32],
            province: Province::QC,
            classes: [None, None, Some(Zeroizing::new(format!("address of {row}").into_bytes())), None, None, None],
            parties: 2,
        };
        let sealed = batch::seal(plan, row(0), (1..=32).map(row), vec![], &mut OsRandom).unwrap();
        let anchor = Anchor {
            batch: sealed.header.batch,
            header: sealed.header.salted(&sealed.salt),
            rows: 32,
            parties: sealed.header.parties,
            octets: sealed.octets(),
            carrier: 1,
            keys: sealed.header.groups.iter().map(|g| SealedTo { period: g.period.clone(), key: g.key }).collect(),
        };
        let entries = vec![Anchoring { intake: self.intake(vec![anchor]), headers: Vec::new() }];
        let anchors = Anchors { worker: worker(), entries, tick: None, requested: now(), nonce: nonce() };
        let _: Anchored = self.post("/v1/anchors", &Signed::new(anchors, &secret(1))).await;
        sealed
    }

    async fn open(&mut self) {
        let sealed = self.seal().await;
        let url: Arc<str> = format!("{}/v1/openings", self.url).into();
        let mut took = Vec::new();
        for _ in 0..ALONE {
            let body = self.ask(&sealed);
            let start = Instant::now();
            let _: Answer = posted(&url, body).await;
            took.push(start.elapsed());
        }
        println!("open one row, {ALONE} times, one after the other: {}", percentiles(took));
        let asks: Vec<Vec<_>> = (0..TOGETHER).map(|_| (0..EACH).map(|_| self.ask(&sealed)).collect()).collect();
        let start = Instant::now();
        let lanes = asks.into_iter().map(|asks| {
            let url = url.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                for body in asks {
                    let start = Instant::now();
                    let _: Answer = posted(&url, body).await;
                    took.push(start.elapsed());
                }
                took
            })
        });
        let mut took = Vec::new();
        for lane in lanes.collect::<Vec<_>>() {
            took.extend(lane.await.unwrap());
        }
        let each_second = took.len() as f64 / start.elapsed().as_secs_f64();
        println!("open one row, {TOGETHER} at once: {each_second:.0} a second, {}", percentiles(took));
    }

    fn ask(&self, sealed: &Sealed) -> Vec<u8> {
        let scope = Scope {
            principal: "support-7".parse().unwrap(),
            purpose: Purpose::Support,
            ticket: "T-1".parse().unwrap(),
            batch: sealed.header.batch,
            header: sealed.header.salted(&sealed.salt),
            rows: BTreeSet::from([1]),
            classes: Classes::from([FieldClass::Address]),
            requested: now(),
            nonce: nonce(),
        };
        let ask = Ask {
            approval: None,
            request: OpeningRequest::new(scope, &secret(3)),
            result_key: Octets(self.result_key.public().to_bytes()),
            header: sealed.header.clone(),
            salt: sealed.salt,
            encapsulations: sealed.encapsulations.iter().cloned().map(Octets).collect(),
            body: Octets(sealed.body.clone()),
        };
        serde_json::to_vec(&ask).unwrap()
    }
}

async fn posted<A: DeserializeOwned>(url: &str, body: Vec<u8>) -> A {
    let answer = CLIENT.post(url, "application/json", body).await.unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap()
}

fn percentiles(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    format!("p50 {:.1} ms, p99 {:.1} ms", at(50), at(99))
}

fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

fn place(text: &str) -> PlaceName {
    text.parse().unwrap()
}

fn worker() -> WorkerId {
    "gw-1".parse().unwrap()
}

fn nonce() -> Hash {
    Hash(octets().unwrap())
}

fn now() -> Time {
    warden::system_clock()()
}

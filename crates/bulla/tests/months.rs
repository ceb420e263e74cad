//! A gateway that runs on from month to month, with a real warden and witness in this process, by one clock that is set.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/document.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod document;

use gateway::{
    Clock, Config, Gateway,
    clock::Set,
    exchange::{
        Body,
        receive::{Refused, receive},
    },
    partner::{self, Agreement, DeliveryPoint, Partner, Status, enrolment},
};
use ledger::{
    Entry, FieldClass, Logged, Month, Time,
    entry::{Authority, Channel, EnrolledWorker, Officer, Policy, TickRecord, Verdict},
};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

const ORIGIN: &str = "ledger.example/months";

/// So many ports that were free a moment ago, no two the same.
fn ports<const N: usize>() -> [SocketAddr; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// Key and certificate, as PEM.
fn certificate() -> (String, String) {
    use aws_lc_rs::{encoding::AsDer, rsa};
    let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
    let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der.as_ref().into(), &rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    (key.serialize_pem(), certificate.pem())
}

/// Warden and witness, running; the gateway's configuration for them.
fn start_roles(dir: &Path, clock: &Arc<Set>) -> Config {
    let [warden_address, witness_address] = ports();
    let warden_key = warden::custody::create(&dir.join("warden"), ORIGIN).unwrap();
    let witness_key = witness::create(&dir.join("witness"), "witness.example/months").unwrap();
    let worker_key = ed25519_dalek::SigningKey::from_bytes(&[0x5a; 32]);
    let warden_config = warden::Config {
        dir: dir.join("warden"),
        listen: warden_address,
        origin: ORIGIN.into(),
        organisation: "A test".parse().unwrap(),
        host: "vault".parse().unwrap(),
        copies_days: 0,
        witnesses: vec![warden::config::Witness {
            name: "witness".into(),
            url: format!("http://{witness_address}"),
            vkey: witness_key.clone(),
            organisation: "Another".parse().unwrap(),
            host: "w1".parse().unwrap(),
        }],
        quorum: 1,
        workers: vec![EnrolledWorker {
            worker: "gw-1".parse().unwrap(),
            key: ledger::PublicKey(worker_key.verifying_key().to_bytes()),
            organisation: "A provider".parse().unwrap(),
            host: "gw".parse().unwrap(),
        }],
        authority: authority(),
        demo: true, // takes a chosen moment
        alarm_url: None,
        budgets: Vec::new(),
        limits: None,
    };
    let witness_config = witness::Config {
        dir: dir.join("witness"),
        listen: witness_address,
        log: format!("http://{warden_address}"),
        origin: ORIGIN.into(),
        log_key: warden_key.clone(),
        earlier_log_keys: Vec::new(),
        limits: None,
    };
    let seconds = clock.clone();
    let seconds = Arc::new(move || seconds.now().milliseconds().unsigned_abs() / 1000);
    let moment = clock.clone();
    tokio::spawn(witness::run_by(witness_config, seconds));
    tokio::spawn(warden::run_by(warden_config, Arc::new(move || moment.now())));
    Config {
        dir: dir.join("gateway"),
        listen: "127.0.0.1:0".parse().unwrap(),
        worker: "gw-1".parse().unwrap(),
        warden: format!("http://{warden_address}"),
        warden_key,
        witness_keys: vec![witness_key],
        quorum: 1,
        authority: authority(),
        operators: Vec::new(),
        body_octets_max: 1 << 20,
        as2_name: None,
        control: None,
        objects: None,
        as2_url: None,
        edi: "ZZ:BULLA".parse().unwrap(),
        demo: false,
        partners: None,
    }
}

fn officer() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[90; 32])
}

fn authority() -> Authority {
    let key = ledger::PublicKey(officer().verifying_key().to_bytes());
    Authority { threshold: 1, officers: vec![Officer { organisation: "A provider".parse().unwrap(), key }] }
}

/// The officer signs what the operator has applied.
async fn decide(gateway: &Arc<Gateway>) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while gateway.gate.lease().is_none() {
        assert!(Instant::now() < deadline, "the warden gives keys");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let record = enrolment::draft(gateway).unwrap();
    let signature = record.sign(&officer());
    enrolment::decide(gateway, Policy::new(record, vec![signature])).await.unwrap();
}

fn partners(certificate: String) -> (Partner, partner::File) {
    let partner = |id: &str, edi: &str, delivery| Partner {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        pseudonym: format!("P-{id}").parse().unwrap(),
        edi: [edi.parse().unwrap()].into(),
        tokens: Default::default(),
        tls_authorities: None,
        as2: None,
        delivery,
    };
    let point =
        DeliveryPoint { url: "http://127.0.0.1:1/".into(), as2: false, certificates: vec![certificate], key: None };
    let shipper = partner("northshop", "ZZ:NORTHSHOP", None);
    let agreement = Agreement {
        id: "A-1".parse().unwrap(),
        shipper: shipper.id.clone(),
        carrier: "democarrier".parse().unwrap(),
        status: Status::Live,
        retention_days: BTreeMap::from([(FieldClass::Address, 30), (FieldClass::Linkable, 30)]),
        answer_hours: None,
        guide: None,
    };
    let carrier = partner("democarrier", "ZZ:DEMOCARRIER", Some(point));
    (
        shipper.clone(),
        partner::File { partner: vec![shipper, carrier], agreement: vec![agreement], ..Default::default() },
    )
}

fn open(config: Config, clock: &Arc<Set>) -> (Arc<Gateway>, Partner) {
    let (key, certificate) = certificate();
    durable::make_dir(&config.dir).unwrap();
    for (name, text) in [("signing.key.pem", &key), ("signing.crt.pem", &certificate), ("worker.key", &"5a".repeat(32))]
    {
        std::fs::write(config.dir.join(name), text).unwrap();
    }
    let gateway = Arc::new(Gateway::open(config, clock.clone()).unwrap());
    let (shipper, file) = partners(certificate);
    gateway.apply(file).unwrap();
    (gateway, shipper)
}

/// Until the gateway can seal what comes in this month.
async fn wait_for_keys(gateway: &Gateway, month: Month) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let period = format!("A-1/{month}/d30").parse().unwrap();
    let has =
        || gateway.gate.lease().is_some_and(|l| l.keys.index(month).is_some() && l.keys.period(&period).is_some());
    while !has() {
        assert!(Instant::now() < deadline, "no keys for {month}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks for a run as of long ago and goes away: the run goes on to its end, and intake is open after it.
async fn hang_up_on_retention(gateway: &Arc<Gateway>) {
    let before = gateway.gate.lease().unwrap();
    let run = gateway::retention::run::run(gateway, Some(time("2020-01-01T00:00:00.000Z")));
    assert!(tokio::time::timeout(Duration::ZERO, run).await.is_err(), "it takes longer than nothing");
    let deadline = Instant::now() + Duration::from_secs(60);
    let open_again = || gateway.gate.lease().is_some_and(|l| !gateway.gate.holds(&before) && !l.keys.has_no_period());
    while !open_again() {
        assert!(Instant::now() < deadline, "intake stays shut");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn send(gateway: &Gateway, partner: &Partner, control: u32) -> Result<Verdict, Refused> {
    send_of(gateway, partner, control, 2)
}

fn send_of(gateway: &Gateway, partner: &Partner, control: u32, rows: u32) -> Result<Verdict, Refused> {
    let octets = &document::notice(control, &format!("M-{control}"), rows).bytes()[..];
    let ticket = &gateway.ticket(&partner.id, Channel::Https, false).unwrap();
    let (channel, received) = (Channel::Https, gateway.now());
    let body = Body { ticket, last: true, partner, octets, received, channel, tls: false, decryption: None };
    tokio::task::block_in_place(|| receive(gateway, &body)).map(|replies| replies[0].verdict)
}

/// What it writes down of what comes would be of another time than the witnesses'.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_with_a_wrong_clock_takes_nothing_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Set::to(time("2026-11-23T12:00:00.000Z")));
    let own = Arc::new(Set::to(clock.now()));
    let (gateway, shipper) = open(start_roles(dir.path(), &clock), &own);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    decide(&gateway).await;
    wait_for_keys(&gateway, Month::of(gateway.now())).await;
    for (control, wrong) in [(1, "2026-11-23T12:06:00.000Z"), (3, "2026-11-23T11:54:00.000Z")] {
        own.set(time(wrong));
        // Nothing shows it before something is entered.
        assert_eq!(send(&gateway, &shipper, control).unwrap(), Verdict::Accepted);
        wait_until("it is seen", || gateway.taking().is_err()).await;
        assert!(matches!(send(&gateway, &shipper, control + 1), Err(Refused::Failed(gateway::Error::Clock { .. }))));
        assert_eq!(gateway.ready(), Err("this machine's clock is not that of the witnesses"));
        own.set(clock.now());
        wait_until("it agrees", || gateway.taking().is_ok()).await;
        assert_eq!(send(&gateway, &shipper, control + 1).unwrap(), Verdict::Accepted);
    }
    loops.abort();
}

async fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_runs_from_month_to_month_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Set::to(time("2026-11-23T12:00:00.000Z")));
    let (gateway, shipper) = open(start_roles(dir.path(), &clock), &clock);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    decide(&gateway).await;
    let moments = [
        "2026-11-23T12:00:00.000Z",
        "2026-12-01T00:00:01.000Z",
        "2027-01-02T00:00:00.000Z",
        "2027-02-28T23:59:00.000Z",
        "2027-03-01T00:00:00.000Z",
    ];
    for (control, moment) in (1..).zip(moments) {
        clock.set(time(moment));
        wait_for_keys(&gateway, Month::of(gateway.now())).await;
        assert_eq!(send(&gateway, &shipper, control).unwrap(), Verdict::Accepted, "{moment}");
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while gateway.vault.unanchored_count().unwrap() > 0 {
        assert!(Instant::now() < deadline, "all of it reaches the ledger");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    hang_up_on_retention(&gateway).await;
    let done = gateway::retention::run::run(&gateway, None).await.unwrap();
    let shredded: Vec<_> = done.shredded.iter().map(|period| period.period.to_string()).collect();
    assert_eq!(shredded, ["A-1/2026-11/d30", "A-1/2026-12/d30"], "January ends on the second of March");
    let lease = gateway.gate.lease().unwrap();
    assert!(lease.keys.index("2026-11".parse().unwrap()).is_none());
    assert!(lease.keys.index("2027-03".parse().unwrap()).is_some());
    loops.abort();
}

/// What a copy of the storage of until then has, by a copy of the warden's ledger and by this program.
fn stored_until(moment: &str, dir: &Path) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let copy = tempfile::tempdir().unwrap();
        let paths = [dir.join("warden/ledger"), copy.path().join("ledger"), copy.path().join("answer")];
        let [from, ledger, out] = paths.each_ref().map(|path| path.to_str().unwrap());
        std::process::Command::new("cp").args(["-r", from, ledger]).status().unwrap();
        let asked = ["assess", "--kind", "storage", "--until", moment, "--json", "--out", out, "--ledger", ledger];
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_bulla")).args(asked).output().unwrap();
        if done.status.success() {
            let found: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
            return found["recorded"]["rows"].as_u64().unwrap();
        }
        // A copy that is made while the warden writes may be none.
        assert!(Instant::now() < deadline, "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// The last tick of the ledger.
async fn last_tick(gateway: &Gateway) -> TickRecord {
    let entries = gateway::incident::ledger(gateway, "entries", Some(0), None).await.unwrap().unwrap();
    let leaves = entries.body.split(|octet| *octet == b'\n').filter(|leaf| !leaf.is_empty());
    let mut ticks = leaves.filter_map(|leaf| match Logged::read(leaf).unwrap().entry {
        Entry::Tick(tick) => Some(tick.record),
        _ => None,
    });
    ticks.next_back().unwrap()
}

/// A tick names so many open tickets at most. Where there are more, what it had seen would leave out what came with the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_does_not_name_all_that_is_open_says_nothing_of_what_was_seen() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Set::to(time("2026-11-23T12:00:00.000Z")));
    let (gateway, _) = open(start_roles(dir.path(), &clock), &clock);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    decide(&gateway).await;
    wait_for_keys(&gateway, Month::of(gateway.now())).await;
    let take = |count: usize| -> Vec<_> { (0..count).map(|_| gateway.ticket_of_test(false).unwrap()).collect() };
    let mut held = Vec::new();
    for (more, sees) in [(3_999, true), (1, false), (1, false)] {
        held.extend(take(more));
        gateway::incident::settle(&gateway).await.unwrap();
        let tick = last_tick(&gateway).await;
        assert_eq!((tick.open.len(), tick.seen.is_some()), (held.len().min(4_000), sees));
    }
    loops.abort();
}

/// By its tickets, once it has seen a note of later. The document of before has an odd number of rows, each other one has two.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_gets_after_an_end_is_left_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(Set::to(time("2026-11-23T12:00:00.000Z")));
    let (gateway, shipper) = open(start_roles(dir.path(), &clock), &clock);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    decide(&gateway).await;
    wait_for_keys(&gateway, Month::of(gateway.now())).await;
    send_of(&gateway, &shipper, 1, 9).unwrap();
    wait_until("it reaches the ledger", || gateway.vault.unanchored_count().unwrap() == 0).await;
    let (one, deadline) = (time("2026-11-23T13:00:00.000Z").milliseconds(), Instant::now() + Duration::from_secs(60));
    for control in 2.. {
        // A heartbeat is due ten minutes after the last one.
        clock.set(Time::from_milliseconds(one + i64::from(control) * 660_000));
        send(&gateway, &shipper, control).unwrap();
        wait_until("it reaches the ledger", || gateway.vault.unanchored_count().unwrap() == 0).await;
        let (all, until) = (7 + 2 * u64::from(control), stored_until("2026-11-23T12:10:00Z", dir.path()));
        assert!((11..=all).contains(&until) && until % 2 == 1, "{until} of {all}: what came before the end is in it");
        if until < all {
            break;
        }
        assert!(Instant::now() < deadline, "a heartbeat is written, and the gateway says that it has seen it");
        gateway::incident::settle(&gateway).await.unwrap();
    }
    loops.abort();
}

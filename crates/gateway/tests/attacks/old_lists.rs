//! Whoever answers in the warden's place with what the warden once truly signed.

use super::*;
use api::warden::{Decided, PeriodList, Place, Unproven};
use gateway::{Error, partner::enrolment};
use ledger::{
    Time,
    entry::{Policy, PolicyRecord},
};
use std::sync::{Arc, Mutex};

const ORIGIN: &str = "ledger.example";
const HOUR_MILLISECONDS: i64 = 3_600_000;

fn signer() -> tlog::Signer {
    tlog::Signer::new(ORIGIN, &[101; 32]).unwrap()
}

fn witness(number: u8) -> tlog::Cosigner {
    tlog::Cosigner::new(&format!("witness-{number}.example"), &[number; 32]).unwrap()
}

/// An empty list by a checkpoint of this size, cosigned by each witness at its time.
fn list(size: u64, cosigned: &[Time]) -> PeriodList {
    let text = tlog::Checkpoint::new(ORIGIN, size, [7; 32]).unwrap().to_text();
    let signed = tlog::note::sign(&text, &signer()).unwrap();
    let checkpoint = (1..).zip(cosigned).fold(signed, |signed, (number, time)| {
        let seconds = u64::try_from(time.milliseconds() / 1000).unwrap();
        tlog::note::append(&signed, &tlog::cosignature::cosign(&text, &witness(number), seconds).unwrap()).unwrap()
    });
    PeriodList { checkpoint, policies: Vec::new(), periods: Vec::new() }
}

/// A gateway, and what is answered when it asks what stands.
struct Asked {
    house: House,
    shown: Arc<Mutex<PeriodList>>,
}

impl Asked {
    fn open() -> Self {
        let shown = Arc::new(Mutex::new(list(1, &[house::now()])));
        let answered = shown.clone();
        let warden = serve(move |head, _| {
            let place = Place { time: house::now(), index: 0, proof: Vec::new() };
            let answer = match head.starts_with("post /v1/policy ") {
                true => serde_json::to_vec(&Decided { checkpoint: String::new(), place }),
                false => serde_json::to_vec(&*answered.lock().unwrap()),
            };
            (200, answer.unwrap())
        });
        let house = House::open().restarted(|config| {
            config.warden = warden;
            config.warden_key = signer().verifier().to_string();
            config.witness_keys = [1, 2].map(|number| witness(number).verifier().to_string()).into();
        });
        Self { house, shown }
    }

    /// What it says of a list of this size that each witness cosigned so many hours ago.
    async fn shows(&self, size: u64, hours: &[i64]) -> Result<(), Error> {
        let now = self.house.gateway.now().milliseconds();
        let cosigned: Vec<_> =
            hours.iter().map(|hours| Time::from_milliseconds(now - hours * HOUR_MILLISECONDS)).collect();
        *self.shown.lock().unwrap() = list(size, &cosigned);
        let (principals, carriers, agreements) = (Vec::new(), Vec::new(), Vec::new());
        let record = PolicyRecord { principals, carriers, agreements, ..PolicyRecord::new(ORIGIN, 1, None) };
        enrolment::decide(&self.house.gateway, Policy::new(record, Vec::new())).await.map(|_| ())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_list_is_shown_after_a_restart() {
    let mut asked = Asked::open();
    asked.shows(40, &[0]).await.unwrap();
    for _ in 0..2 {
        let older = asked.shows(39, &[0]).await;
        assert!(matches!(older, Err(Error::Unproven(Unproven::Older { size: 39, seen: 40 }))), "{older:?}");
        asked.house = asked.house.restarted(|_| ());
    }
    asked.shows(40, &[0]).await.unwrap();
    asked.shows(41, &[0]).await.unwrap();
    asked.house = asked.house.restarted(|_| ());
    assert!(matches!(asked.shows(40, &[0]).await, Err(Error::Unproven(Unproven::Older { size: 40, seen: 41 }))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_held_back_and_shown_a_day_later() {
    let asked = Asked::open();
    asked.shows(40, &[24, 0]).await.unwrap();
    // By the earliest of its cosignatures, whichever witness made it: one of them may lie.
    for hours in [&[25][..], &[25, 0], &[0, 25]] {
        let held = asked.shows(50, hours).await;
        assert!(matches!(held, Err(Error::Unproven(Unproven::Lease { .. }))), "{hours:?}: {held:?}");
    }
    asked.shows(45, &[0]).await.expect("what was refused was not taken as seen");
    // It is the gateway's clock that counts.
    let shown = asked.house.gateway.now();
    asked.house.clock.set(Time::from_milliseconds(shown.milliseconds() + 24 * HOUR_MILLISECONDS + 1000));
    assert!(matches!(asked.shows(45, &[25]).await, Err(Error::Unproven(Unproven::Lease { .. }))));
    asked.shows(45, &[0]).await.unwrap();
}

/// What stands in the file is a number, or the gateway does not start: a damaged one is not taken for none.
#[test]
fn the_size_that_was_seen_is_damaged() {
    let (house, dir) = (House::open(), tempfile::tempdir().unwrap());
    for name in ["signing.key.pem", "signing.crt.pem", "worker.key"] {
        std::fs::copy(house.object(".", name), dir.path().join(name)).unwrap();
    }
    let open = |seen: &str| {
        std::fs::write(dir.path().join("ledger.seen"), seen).unwrap();
        let config = gateway::Config { dir: dir.path().to_owned(), ..house.gateway.config.clone() };
        gateway::Gateway::open(config, house.clock.clone()).map(|_| ())
    };
    for damaged in ["", "40", "4o\n", "-1\n"] {
        assert!(matches!(open(damaged), Err(Error::NotASize { name: "ledger.seen" })), "{damaged:?}");
    }
    open("40\n").unwrap();
}

/// Whoever answers in the warden's place, with no key, says `stale` and shows an old checkpoint: intake goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_checkpoint_shows_no_wrong_clock() {
    let old = Time::from_milliseconds(house::now().milliseconds() - HOUR_MILLISECONDS);
    let note = list(30, &[old, old]).checkpoint;
    let warden = serve(move |head, _| {
        if head.starts_with("get /checkpoint ") {
            return (200, note.clone().into_bytes());
        }
        let refusal = api::warden::Refusal::Stale { requested: house::now(), now: house::now() };
        let problem = api::warden::Problem::from(refusal);
        (problem.status, serde_json::to_vec(&problem).unwrap())
    });
    let house = House::open().restarted(|config| {
        config.warden = warden;
        config.warden_key = signer().verifier().to_string();
        config.witness_keys = [1, 2].map(|number| witness(number).verifier().to_string()).into();
    });
    // It has seen a larger ledger.
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    house.send(&document(1, 1, |set| format!("OLD-{set}"))).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let taken = house.gateway.taking().map(drop);
    loops.abort();
    assert!(taken.is_ok(), "{taken:?}");
}

/// This machine's clock jumps, for a minute, 31 days ahead: no copy is removed by it alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_loses_no_delivery() {
    let house = House::open();
    house.send(&document(1, 1, |set| format!("JUMP-{set}"))).unwrap();
    let now = house.gateway.now();
    let loops = tokio::spawn(gateway::run(house.gateway.clone()));
    house.clock.set(now.plus_days(31));
    tokio::time::sleep(Duration::from_secs(4)).await;
    house.clock.set(now);
    tokio::time::sleep(Duration::from_secs(2)).await;
    loops.abort();
    assert!(!states(&house).contains(&DeliveryState::Expired), "{:?}", states(&house));
}

//! R12: what gateways may have stored beyond what they say is in the ledger.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{Assessment, Hypotheses, exposure, exposure::Ground};
use ledger::{
    BootId, Entry, FieldClass, Hash, Logged, Province,
    entry::{Closed, Credit, PeriodKey, Tick, TickRecord, Verdict},
};

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const STORAGE: &str = "[[hypothesis]]\nkind = \"storage\"\n";
const CARRIER: &str = "[[hypothesis]]\nkind = \"carrier-key\"\n";
const HOST: &str = "[[hypothesis]]\nkind = \"host\"\n";
const AGENT: &str = "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";

fn assess(estate: &Estate, hypothesis: &str, ground: Ground) -> Assessment {
    exposure::assess(&estate.history(), &estate.beside(), &Hypotheses::parse(hypothesis).unwrap(), ground).unwrap()
}

fn rows(estate: &Estate, hypothesis: &str) -> u64 {
    assess(estate, hypothesis, APART).at_most.rows
}

/// Ten rows that are in the ledger, behind a tick that lets 500 be stored.
fn dead() -> Estate {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    estate.at("2026-09-10T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", &[(Province::QC, &[Address], 10)])]);
    estate
}

#[test]
fn a_gateway_that_died_counts_with_what_it_may_have_stored() {
    let found = assess(&dead(), WARDEN, APART);
    assert_eq!((found.at_most.rows, found.at_most.parties, found.at_most.unbounded), (510, 1020, false));
    // Whose they are nobody knows: either shipper's.
    assert_eq!(found.at_most.shippers, 2);
    assert_eq!(found.gaps.len(), 1);
    assert_eq!((found.gaps[0].rows, found.gaps[0].parties, found.gaps[0].instance), (500, 1000, FIRST));
    let quebec = found.by_province.iter().find(|share| share.province == Province::QC).unwrap();
    assert_eq!((quebec.rows, quebec.at_most), (10, 510));
    let classes = [Operational, Linkable, Address, Contact, Remarks];
    let all = found.by_classes.iter().find(|share| share.classes == set(&classes)).unwrap();
    assert_eq!(all.rows, 500, "every class that some key of then opens");
    assert!(found.statements[0].contains("1 of their starts may have stored up to 500 rows beyond"));
    assert!(found.to_text().contains("May be stored beyond the ledger"));
    // It was not recorded by anybody.
    assert_eq!(found.recorded.rows, 10);
}

#[test]
fn each_kind_reaches_its_part_of_a_gap() {
    let estate = dead();
    let storage = assess(&estate, STORAGE, APART);
    assert_eq!((storage.at_most.rows, storage.at_most.parties, storage.gaps.len()), (0, 0, 1));
    assert_eq!(storage.by_shipper.iter().map(|share| share.operational).sum::<u64>(), 510);
    let carrier = format!("{CARRIER}certificate = \"sha256:{}\"\n", "51".repeat(32));
    assert_eq!(rows(&estate, &carrier), 500, "the ten are another carrier's");
    assert_eq!(rows(&estate, AGENT), 0, "what is not anchored is not opened");
    let host = assess(&estate, HOST, APART);
    assert!(host.at_most.unbounded && host.gaps.len() == 1, "its own disk");
    assert_eq!((host.gaps[0].rows, host.gaps[0].parties), (500, 0));
}

#[test]
fn a_start_that_knows_all_tickets_makes_it_free() {
    let mut estate = dead();
    estate.start("gw-1");
    assert_eq!((rows(&estate, WARDEN), assess(&estate, WARDEN, APART).gaps.len()), (10, 0));
    let said = &assess(&estate, WARDEN, APART).statements[0];
    assert!(said.ends_with("it has stored nothing beyond them."), "{said}");
}

/// A gateway from yesterday's backup does not know what ran since; two at once are each their own.
#[test]
fn a_restored_copy_closes_nothing_and_two_count_twice() {
    let mut estate = dead();
    estate.start_in("gw-1", BootId([9; 16]), Vec::new());
    estate.tick("gw-1", 1, 30);
    assert_eq!(rows(&estate, WARDEN), 10 + 500 + 30);
    estate.tick("gw-2", 1, 7);
    assert_eq!(rows(&estate, WARDEN), 10 + 500 + 30 + 7);
    // The first one goes on, as a copy of it in memory would.
    let mut estate = dead();
    estate.start_in("gw-1", BootId([9; 16]), vec![Closed { instance: FIRST, last: 1 }]);
    assert_eq!(rows(&estate, WARDEN), 10);
}

#[test]
fn the_last_tick_counts_and_credit_may_shrink() {
    let mut estate = dead();
    estate.tick("gw-1", 2, 0);
    assert_eq!(rows(&estate, WARDEN), 10);
    estate.tick("gw-1", 3, 90);
    assert_eq!(rows(&estate, WARDEN), 100);
}

/// It heals with the keys that could be sealed to, and not before the last of them.
#[test]
fn a_gap_is_out_of_reach_when_the_keys_of_then_are() {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    let from = |day: &str| format!("{WARDEN}from = {day}T00:00:00Z\n");
    estate.at("2027-03-01T00:00:00.000Z");
    for month in ["2026-09", "2026-10"] {
        estate.shred(&format!("A-1/{month}/d7"));
        estate.shred(&format!("A-2/{month}/d90"));
        estate.at(&format!("2027-0{}-01T00:00:00.000Z", if month == "2026-09" { 4 } else { 5 }));
    }
    estate.shred("A-1/2026-09/d90");
    estate.at("2027-06-01T00:00:00.000Z");
    assert_eq!(rows(&estate, &from("2027-06-01")), 500, "October's key lives");
    let found = assess(&estate, &from("2027-05-30"), APART);
    assert!(found.by_classes.iter().any(|share| share.classes == set(&[Operational, Linkable, Address, Contact])));
    estate.shred("A-1/2026-10/d90");
    estate.at("2027-07-01T00:00:00.000Z");
    estate.at("2027-07-10T00:00:00.000Z");
    assert_eq!(rows(&estate, &from("2027-07-05")), 0);
    assert_eq!(rows(&estate, &from("2027-05-30")), 500, "a shred after the theft undoes nothing");
    // Where the beginning is not known, the curve falls when they are gone.
    let curve = assess(&estate, WARDEN, APART).curve;
    assert_eq!((curve.first().unwrap().rows, curve.last().unwrap().rows), (500, 0));
}

/// A key that was made later may have been sealed to as well.
#[test]
fn keys_made_after_the_tick_count() {
    let mut estate = dead();
    estate.make_key("A-2/2026-11/d90", &[Address]);
    let found = assess(&estate, WARDEN, APART);
    assert_eq!(found.at_most.rows, 510);
    let sealed = |share: &&incident::assessment::ClassesShare| share.classes.contains(FieldClass::Address);
    assert_eq!(found.by_classes.iter().filter(sealed).map(|share| share.rows).sum::<u64>(), 510);
}

/// The taken warden dates a tick's leaf before the one behind which it stands. The gateway has its proof, and stores by it.
#[test]
fn a_tick_with_an_older_time_lets_the_gateway_store_more() {
    let mut estate = dead();
    let credit = Credit { rows: 60_000, parties: 240_000 };
    let worker = "gw-1".parse().unwrap();
    let record = TickRecord { worker, instance: FIRST, number: 2, next: 2, open: Vec::new(), credit, seen: None };
    let entry = Entry::Tick(Tick::new(record, &secret(1)));
    estate.force(&Logged { time: time("2026-09-09T00:00:00.000Z"), entry }.to_bytes());
    let found = assess(&estate, WARDEN, APART);
    assert_eq!((found.at_most.rows, found.at_most.parties, found.gaps.len()), (60_010, 240_020, 1));
    assert_eq!(found.voids.len(), 1);
}

/// Or all that the gateway could have sealed to is destroyed, but for a key whose entry has no effect.
#[test]
fn a_void_key_is_sealed_to_beyond_a_tick() {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    let period = "A-2/2026-11/d90".parse().unwrap();
    let made = PeriodKey {
        period,
        classes: set(&[Address]),
        key: Hash([77; 32]),
        co_holder: None,
        ends: time("2027-03-01T00:00:00.000Z"),
    };
    estate.force(&Logged { time: time("2026-08-01T00:00:00.000Z"), entry: Entry::PeriodKey(made) }.to_bytes());
    estate.at("2027-03-01T00:00:00.000Z");
    for month in ["2026-09", "2026-10"] {
        for period in ["A-1/{}/d7", "A-1/{}/d90", "A-2/{}/d90"] {
            estate.shred(&period.replace("{}", month));
        }
    }
    estate.at("2027-04-01T00:00:00.000Z");
    estate.at("2027-04-10T00:00:00.000Z");
    assert_eq!(rows(&estate, &format!("{WARDEN}from = 2027-04-05T00:00:00Z\n")), 500);
}

/// R3: on one host the worker's word is the thief's.
#[test]
fn a_worker_beside_the_taken_warden_bounds_nothing() {
    assert!(assess(&dead(), WARDEN, ONE_HOST).at_most.unbounded);
    let beside = ["gw-1.example", HOSTS[1], HOSTS[2], HOSTS[3], HOSTS[4]];
    let mut estate = Estate::on(beside, 0);
    estate.tick("gw-1", 1, 500);
    assert!(assess(&estate, WARDEN, APART).at_most.unbounded);
}

/// R14: what a process leaves in memory is gone with the next boot, not with the next start.
#[test]
fn a_hosts_memory_reaches_back_to_its_boot() {
    let boot = |estate: &mut Estate, day: &str, boot: u8| {
        estate.at(day);
        let closed = vec![estate.closed("gw-1")];
        estate.start_in("gw-1", BootId([boot; 16]), closed);
        estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", &[(Province::QC, &[Address], 1)])]);
    };
    let mut estate = Estate::new();
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", &[(Province::QC, &[Address], 100)])]);
    for (day, number) in [(2, 51), (3, 51), (4, 52), (5, 52)] {
        boot(&mut estate, &format!("2026-09-0{day}T00:00:00.000Z"), number);
    }
    estate.at("2026-09-06T00:00:00.000Z");
    estate.at("2026-09-07T00:00:00.000Z");
    let from = |day: u8| rows(&estate, &format!("{HOST}from = 2026-09-0{day}T12:00:00Z\n"));
    assert_eq!([from(5), from(4), from(3), from(2), from(1)], [2, 2, 4, 4, 104]);
    let curve = assess(&estate, HOST, APART).curve;
    assert_eq!(curve.iter().map(|point| point.rows).collect::<Vec<_>>(), [104, 4, 2]);
}

/// A copy of the directory is started on another machine; the first one runs on, with what it has in memory.
#[test]
fn a_start_elsewhere_ends_no_other_machine() {
    let rows = |closes: bool, from: &str| {
        let mut estate = Estate::new();
        estate.at("2026-09-02T00:00:00.000Z");
        estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", &[(Province::QC, &[Address], 100)])]);
        estate.at("2026-09-03T00:00:00.000Z");
        let closes = closes.then(|| estate.closed("gw-1")).into_iter().collect();
        estate.start_in("gw-1", BootId([51; 16]), closes);
        estate.at("2026-09-04T00:00:00.000Z");
        estate.at("2026-09-05T00:00:00.000Z");
        let found = assess(&estate, &format!("{HOST}{from}"), APART);
        (found.at_most.rows, found.curve.last().map(|point| point.rows))
    };
    let from = "from = 2026-09-04T12:00:00Z\n";
    assert_eq!([rows(false, from), rows(true, from)], [(100, None), (0, None)]);
    assert_eq!([rows(false, ""), rows(true, "")], [(100, Some(100)), (100, Some(0))]);
}

//! What an end leaves out: what certainly came after it, by what a gateway had seen before it gave a ticket (R9). No clock of a gateway
//! is asked.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{Assessment, Hypotheses, assessment::End, dating::Terms, exposure, exposure::Ground};
use ledger::{entry::*, replay::Taken, *};

const STORAGE: &str = "[[hypothesis]]\nkind = \"storage\"\n";
const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const NOON: &str = "to = 2026-09-10T12:00:00Z\n";
/// Of our own, named by no entry: what came by AS2 without one may have been encrypted to it.
const OURS: Hash = Hash([7; 32]);

/// So many rows for the first carrier, received now by its worker's clock.
fn receive(estate: &mut Estate, rows: u32) {
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], rows)])]);
}

/// One row came before noon, and two after that; at one a heartbeat was written.
fn noon() -> Estate {
    noon_on(HOSTS)
}

fn noon_on(hosts: Hosts) -> Estate {
    let mut estate = Estate::on(hosts, 0);
    estate.at("2026-09-10T11:00:00.000Z");
    receive(&mut estate, 1);
    estate.at("2026-09-10T13:00:00.000Z");
    receive(&mut estate, 2);
    estate.beat(&[1]);
    estate
}

fn tick(estate: &Estate, number: u64, next: u64, open: &[u64], seen: Option<TreeHead>) -> TickRecord {
    let (worker, instance) = ("gw-1".parse().unwrap(), estate.closed("gw-1").instance);
    TickRecord { worker, instance, number, next, open: open.to_vec(), credit: Credit::default(), seen }
}

/// All that it may have seen.
fn whole(estate: &Estate) -> Option<TreeHead> {
    Some(estate.head(estate.leaves.len()))
}

fn found(estate: &Estate, hypothesis: &str, ground: Ground) -> Assessment {
    exposure::assess(&estate.history(), &estate.beside(), &Hypotheses::parse(hypothesis).unwrap(), ground).unwrap()
}

fn asked(estate: &Estate, hypothesis: &str, ground: Ground) -> u64 {
    found(estate, hypothesis, ground).recorded.rows
}

/// Rows that a copy of the storage until noon has.
fn rows(estate: &Estate) -> u64 {
    let stored = |rest: &str| asked(estate, &format!("{STORAGE}{rest}"), APART);
    assert_eq!(
        stored(""),
        estate.state.intakes.iter().map(|intake| intake.rows).sum::<u64>(),
        "without an end all of it"
    );
    stored(NOON)
}

#[test]
fn tickets_from_before_the_worker_had_seen_a_later_note_count() {
    let mut estate = noon();
    assert_eq!(rows(&estate), 3, "nothing tells when either came");
    let said = tick(&estate, 1, 3, &[], whole(&estate));
    estate.tick_as(said);
    receive(&mut estate, 4);
    assert_eq!(rows(&estate), 3, "what came behind that did not come by noon");
    // Nor has who gets the carrier's key by then what was sent to it later.
    let carrier = format!("[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:{}\"\n", Hash([81; 32]));
    assert_eq!(asked(&estate, &format!("{carrier}{NOON}"), APART), 3);
    assert_eq!(asked(&estate, &carrier, APART), 7);
}

#[test]
fn a_report_says_what_each_end_leaves_out() {
    let mut estate = noon();
    let (heartbeat, to) = (estate.state.heartbeats.last().unwrap().at, time("2026-09-10T12:00:00.000Z"));
    let ends = |estate: &Estate| {
        let report = found(estate, &format!("{WARDEN}{NOON}{STORAGE}{NOON}{STORAGE}"), APART);
        (report.dating.ends.clone(), report.statements.concat(), report.to_text())
    };
    let nothing =
        End { hypothesis: 1, to, heartbeat: None, cosigned: None, documents: 0, rows: 0, first: None, time: None };
    let shown =
        End { heartbeat: Some(heartbeat.entry), cosigned: Some(time("2026-09-10T13:00:00.000Z")), ..nothing.clone() };
    let (own, said, text) = ends(&estate);
    assert_eq!(own, std::slice::from_ref(&shown), "nobody has seen the heartbeat");
    assert!(said.contains("more than 1 seconds after the end, which their clocks may be wrong by"), "{said}");
    let nothing_said = "Nothing is left out because it came after the end 2026-09-10T12:00:00.000Z of `storage`";
    assert!(said.contains(nothing_said), "{said}");
    assert!(text.contains("After 2026-09-10T12:00:00.000Z: nothing is left out"), "{text}");

    let tick_of = tick(&estate, 1, 3, &[], whole(&estate));
    estate.tick_as(tick_of);
    receive(&mut estate, 4);
    receive(&mut estate, 8);
    let first = estate.state.intakes[2].at;
    let (own, said, text) = ends(&estate);
    assert_eq!(own, [End { documents: 2, rows: 12, first: Some(first.entry), time: Some(first.time), ..shown }]);
    assert!(said.contains("2 documents with 12 rows are left out") && !said.contains("Nothing is left out"), "{said}");
    assert!(text.contains(&format!("2 documents with 12 rows left out, the first is entry {}", first.entry)), "{text}");

    // The warden's end ends nothing: no policy gives another key.
    let goes_on = "After 2026-09-10T12:00:00.000Z: it counts as going on";
    assert!(text.contains(goes_on), "{text}");
    let storage = found(&estate, &format!("{STORAGE}{NOON}"), APART);
    assert!(!storage.dating.goes_on && !storage.to_text().contains(goes_on));

    let one = found(&estate, &format!("{WARDEN}{STORAGE}to = 2026-09-10T13:00:00Z\n"), APART);
    assert_eq!(one.dating.ends, [End { to: time("2026-09-10T13:00:00.000Z"), ..nothing }], "no heartbeat is later");
}

/// As a clock that is ahead has it, it came a day later.
#[test]
fn the_clock_of_a_gateway_leaves_nothing_out() {
    let mut estate = Estate::new();
    estate.now = time("2026-09-11T11:00:00.000Z");
    receive(&mut estate, 1);
    estate.now = time("2026-09-12T13:00:00.000Z");
    estate.beat(&[1]);
    assert_eq!(rows(&estate), 1);
}

/// It was signed before noon, and was held up.
#[test]
fn a_tick_is_of_what_its_worker_had_seen_and_not_of_where_it_stands() {
    let mut estate = noon();
    let before = estate.state.heartbeats.last().unwrap().at.entry;
    let size = usize::try_from(before).unwrap();
    for (number, seen) in [(1, None), (2, Some(estate.head(size - 1))), (3, Some(estate.head(size)))] {
        let said = tick(&estate, number, 3, &[], seen);
        estate.tick_as(said);
    }
    receive(&mut estate, 4);
    assert_eq!(rows(&estate), 7);
    let said = tick(&estate, 4, 4, &[], Some(estate.head(size + 1)));
    estate.tick_as(said);
    receive(&mut estate, 8);
    assert_eq!(rows(&estate), 7, "with the heartbeat in it");
}

/// Whoever shows a gateway another tree tells it nothing of this one.
#[test]
fn what_was_seen_is_a_tree_of_this_ledger() {
    let mut estate = noon();
    let size = estate.leaves.len() as u64;
    for (number, seen) in
        [(1, TreeHead { size, root: Hash([3; 32]) }), (2, TreeHead { size: size + 50, root: Hash([3; 32]) })]
    {
        let said = tick(&estate, number, 3, &[], Some(seen));
        estate.tick_as(said);
    }
    receive(&mut estate, 4);
    assert_eq!(rows(&estate), 7);
}

/// A note says up to a second too early, and its witness's clock may be wrong by what the reader allows.
#[test]
fn a_note_is_later_by_more_than_clocks_may_be_wrong() {
    let mut estate = noon();
    let said = tick(&estate, 1, 3, &[], whole(&estate));
    estate.tick_as(said);
    receive(&mut estate, 4);
    let wrong = |clock_error| Ground { terms: Terms { clock_error, ..TERMS }, ..APART };
    let stored = |clock_error| asked(&estate, &format!("{STORAGE}{NOON}"), wrong(clock_error));
    assert_eq!((stored(3_599), stored(3_600)), (3, 7), "the heartbeat is of one o'clock");
    let until = |clock_error| asked(&estate, &format!("{STORAGE}to = 2026-09-10T12:59:59.500Z\n"), wrong(clock_error));
    assert_eq!((until(0), until(1)), (7, 7), "no terms make that less than the second whose end it leaves out");
}

/// Of several documents in a body all but the last have tickets that are given once it is read.
#[test]
fn what_was_open_then_may_have_more_documents_behind_it() {
    let mut estate = noon();
    // Its body is under way, and has a document more, which has the ticket behind it.
    let open = estate.skip("gw-1");
    let said = tick(&estate, 1, 4, &[open], whole(&estate));
    estate.tick_as(said);
    receive(&mut estate, 4);
    let said = tick(&estate, 2, 5, &[open], whole(&estate));
    estate.tick_as(said);
    receive(&mut estate, 8);
    assert_eq!(rows(&estate), 15, "nothing tells yet that it has no more");
    let said = tick(&estate, 3, 6, &[], whole(&estate));
    estate.come("gw-1", open);
    receive(&mut estate, 16);
    assert_eq!(rows(&estate), 31);
    estate.tick_as(said);
    receive(&mut estate, 25);
    assert_eq!(rows(&estate), 15, "the sixth came behind that, and stands before it");
}

#[test]
fn another_start_has_tickets_of_its_own() {
    let mut estate = noon();
    let said = tick(&estate, 1, 3, &[], whole(&estate));
    estate.tick_as(said);
    estate.start("gw-1");
    receive(&mut estate, 4);
    assert_eq!(rows(&estate), 7, "it has said nothing yet");
    estate.start("gw-1");
    estate.tick("gw-1", 1, 500);
    receive(&mut estate, 8);
    assert_eq!(rows(&estate), 7);
}

/// What a void entry says of its ticket is nobody's word, nor is what a tick without effect says.
#[test]
fn what_has_no_effect_leaves_nothing_out() {
    let mut estate = noon();
    let said = tick(&estate, 1, 3, &[], whole(&estate));
    let void = Entry::Tick(Tick::new(said.clone(), &secret(2)));
    let leaf = Logged { time: estate.now, entry: void }.to_bytes();
    assert!(matches!(estate.force(&leaf), Taken::Void(_)));
    receive(&mut estate, 4);
    assert_eq!(rows(&estate), 7);
    let said = TickRecord { next: 4, seen: whole(&estate), ..said };
    estate.tick_as(said);
    receive(&mut estate, 8);
    assert_eq!(rows(&estate), 7);
    // The same body once more.
    let again = estate.leaves.last().unwrap().clone();
    assert!(matches!(estate.force(&again), Taken::Void(_)));
    let found = asked(&estate, &format!("{STORAGE}{NOON}"), APART);
    assert_eq!(found, 15);
}

/// Its host falls with the warden's.
#[test]
fn what_a_suspect_says_leaves_nothing_out() {
    let [vault, first, second, _, other] = HOSTS;
    for (hosts, counted) in [(HOSTS, 3), ([vault, first, second, vault, other], 7)] {
        let mut estate = noon_on(hosts);
        estate.tick("gw-1", 1, 0);
        receive(&mut estate, 4);
        estate.at("2026-12-30T00:00:00.000Z").shred("A-1/2026-09/d7");
        estate.shred("A-1/2026-09/d90");
        estate.at("2026-12-31T00:00:00.000Z").at("2027-01-02T00:00:00.000Z");
        let warden = format!("{WARDEN}from = 2027-01-01T00:00:00Z\n");
        assert_eq!(asked(&estate, &warden, APART), 0, "all of it was shredded");
        assert_eq!(asked(&estate, &format!("{STORAGE}{NOON}"), APART), 3);
        assert_eq!(asked(&estate, &format!("{STORAGE}{NOON}{warden}"), APART), counted);
    }
}

/// What was on the line until noon, encrypted to a certificate of ours.
#[test]
fn of_recorded_lines_likewise() {
    let mut estate = Estate::new();
    let mut ticket = 0;
    let mut came = |estate: &mut Estate, rows| {
        ticket += 1;
        let record = IntakeRecord {
            worker: "gw-1".parse().unwrap(),
            received: estate.now,
            instance: FIRST,
            ticket,
            part: 1,
            parts: 1,
            channel: Channel::As2,
            tls: false,
            decryption: Some(OURS),
            octets: 1_000,
            rows,
            parties: rows,
            verdict: Verdict::Refused,
            shipper: None,
            batches: Vec::new(),
        };
        estate.push(Entry::Intake(Intake::new(record, &secret(1))));
    };
    estate.at("2026-09-10T11:00:00.000Z");
    came(&mut estate, 1);
    estate.at("2026-09-10T13:00:00.000Z");
    came(&mut estate, 10);
    estate.beat(&[1]);
    let said = tick(&estate, 1, 3, &[], whole(&estate));
    estate.tick_as(said);
    came(&mut estate, 100);
    let traffic = format!("[[hypothesis]]\nkind = \"traffic\"\ncertificate = \"sha256:{OURS}\"\n");
    assert_eq!(asked(&estate, &traffic, APART), 111);
    assert_eq!(asked(&estate, &format!("{traffic}{NOON}"), APART), 11);
}

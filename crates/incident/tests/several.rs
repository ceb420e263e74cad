//! More attacks, of several kinds at once: co-holders, months, statements, machines.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Assessment, Hypotheses, Level, Statement,
    bundle::{self, Parts},
    exposure,
};
use ledger::{entry::*, *};

const HOLDER: &str = "audit-1";

fn verified(estate: &Estate, hypothesis: &str) -> Assessment {
    let (note, pins) = (estate.note(), estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&pins) };
    let octets = bundle::prove(parts, &estate.beside()).unwrap().octets;
    bundle::verify(&octets, Some(&pins), &[]).unwrap().assessment
}

fn warden_until(to: &str) -> String {
    format!("[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-11-15T00:00:00Z\nto = {to}\n")
}

fn november() -> (Estate, Vec<BatchId>) {
    let mut estate = Estate::new();
    let mut record = PolicyRecord::new(ORIGIN, 2, None);
    record.co_holders = vec![CoHolder {
        co_holder: HOLDER.parse().unwrap(),
        organisation: "Audit".parse().unwrap(),
        host: "co-holder.example".parse().unwrap(),
        key: public(60),
        seal_key: Hash([61; 32]),
    }];
    let signature = record.sign(&secret(90));
    estate.push(Entry::Policy(Policy::new(record, vec![signature])));
    estate.co_holder = Some(HOLDER.parse().unwrap());
    estate.make_key("A-1/2026-11/d7", &[Remarks]);
    estate.make_key("A-1/2026-11/d90", &[Linkable, Address, Contact]);
    estate.at("2026-11-05T12:00:00.000Z");
    let batches = [10, 20, 40].map(|rows| receive(&mut estate, rows)).to_vec();
    (estate, batches)
}

fn receive(estate: &mut Estate, rows: u32) -> BatchId {
    let rows: Rows<'_> = &[(Province::QC, &[Address], rows)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)])[0]
}

fn nothing_unwrapped(seen: String) -> Unwraps {
    let record = UnwrapsRecord {
        origin: ORIGIN.into(),
        co_holder: HOLDER.parse().unwrap(),
        count: 0,
        unwraps: Vec::new(),
        seen,
    };
    Unwraps::new(record, &secret(60))
}

/// The intent is of ten minutes before the end; the list, empty, is signed ten minutes after it. The co-holder unwraps for that intent
/// for a day more (`crates/coholder/tests/coholder.rs`, `an_intent_of_before_the_list_is_unwrapped_after_it`), and the thief kept the key.
#[test]
fn the_list_is_signed_before_the_last_intent_is_too_old_to_use() {
    let (mut estate, batches) = november();
    estate.at("2026-11-30T23:50:00.000Z");
    estate.open(batches[2], &[1], &[Address], false);
    estate.at("2026-12-01T00:10:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    assert!(found.at_most.rows >= 40, "{:?}: the batch that can still be unwrapped is not counted", found.at_most);
}

/// Keys that name a co-holder, and not one batch that shows its layer.
#[test]
fn level_2_of_batches_that_have_no_layer() {
    let (mut estate, _) = november();
    let ids: Vec<_> = estate.headers.keys().copied().collect();
    ids.iter().for_each(|id| drop(estate.headers.remove(id)));
    estate.at("2026-12-03T00:00:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    assert_eq!(found.at_most.rows, 70, "everything counts");
    assert_ne!(found.level, Level::CO_HOLDER, "the warden's word alone made it level 2");
}

/// A batch whose remarks are wrapped and whose addresses are not counts as reached; and as closed.
#[test]
fn rows_that_are_reached_are_not_closed() {
    let (mut estate, batches) = november();
    let wrapped = estate.headers[&batches[0]].clone();
    let mut half = wrapped;
    half.header.batch = BatchId([201; 16]);
    half.header.ticket = 53;
    half.header.groups[1].co_holder = None;
    let anchor = estate.anchor(&half);
    let worker: WorkerId = "gw-1".parse().unwrap();
    let record = IntakeRecord {
        worker,
        received: estate.now,
        instance: FIRST,
        ticket: 53,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: anchor.rows.into(),
        parties: anchor.parties,
        verdict: Verdict::Accepted,
        shipper: None,
        batches: vec![anchor],
    };
    estate.push(Entry::Intake(Intake::new(record, &secret(1))));
    estate.headers.insert(half.header.batch, half);
    estate.at("2026-12-03T00:00:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    assert_eq!(found.at_most.rows, 10, "the addresses of the last one");
    assert_eq!(found.co_held[0].rows, 70, "what is reached is not closed: {:?}", found.statements);
}

/// A gateway may have stored beyond what it said, to any key that it could seal to: those of September and October name nobody.
#[test]
fn level_2_where_a_gap_reaches_keys_without_a_co_holder() {
    let (mut estate, _) = november();
    estate.tick("gw-1", 4, 500);
    estate.at("2026-12-03T00:00:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    assert_eq!(found.at_most.rows, 500, "the gap's rows, which no layer keeps closed");
    assert_ne!(found.level, Level::CO_HOLDER, "the figure is of keys that only the warden holds");
}

fn totals(estate: &mut Estate, shipper: &str, key: u8, window: [&str; 2], rows: u64) {
    let record = SentTotalsRecord {
        origin: ORIGIN.to_owned(),
        shipper: shipper.parse().unwrap(),
        from: time(window[0]),
        to: time(window[1]),
        bodies: rows.min(1),
        rows,
        parties: 2 * rows,
        seen: estate.note_later(2),
    };
    estate.totals.push(SentTotals::new(record, &secret(key)));
}

/// Six weeks over two months, all of it in the second; shippers' totals bound it. By month it all is of the first.
#[test]
fn a_months_figure_is_none_where_shippers_totals_bound() {
    let mut estate = Estate::new();
    let of = |name: &str, key| Shipper { shipper: name.parse().unwrap(), key: Some(public(key)), opened_by: None };
    let new = PolicyRecord::new(ORIGIN, estate.state.policies + 1, None);
    let record = PolicyRecord { shippers: vec![of("S-1", 71), of("S-2", 72)], ..new };
    let signature = record.sign(&secret(90));
    estate.push(Entry::Policy(Policy::new(record, vec![signature])));
    estate.at("2026-10-20T12:00:00.000Z");
    let rows: Rows<'_> = &[(Province::QC, &[Address], 20)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)]);
    estate.at("2026-12-31T00:00:00.000Z");
    let window = ["2026-08-31T23:59:59.000Z", "2026-12-31T00:00:01.000Z"];
    totals(&mut estate, "S-1", 71, window, 20);
    totals(&mut estate, "S-2", 72, window, 0);
    let host = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\nfrom = 2026-09-10T00:00:00Z\n";
    let hypotheses = Hypotheses::parse(host).unwrap();
    let found = exposure::assess(&estate.history(), &estate.beside(), &hypotheses, APART).unwrap();
    assert_eq!((found.at_most.rows, found.at_most.unbounded), (20, false));
    // Nobody says in which of the months they were sent: that months are no bounds then, the report says.
    assert!(found.statements.iter().any(|said| said.starts_with("By month no figure is a bound")));
}

/// A taken warden enters an intent where it has no effect, and opens.
#[test]
fn a_statement_has_what_was_opened_by_a_void_intent() {
    let (mut estate, batches) = november();
    let before = estate.state.openings.len();
    estate.asker = 5;
    let disclosed = estate.headers[&batches[2]].clone();
    let scope = opening::Scope {
        principal: "support-7".parse().unwrap(),
        purpose: opening::Purpose::Support,
        ticket: "T-1".parse().unwrap(),
        batch: batches[2],
        header: disclosed.header.salted(&disclosed.salt),
        rows: [1].into(),
        classes: [Address].into(),
        requested: estate.now,
        nonce: Hash([9; 32]),
    };
    let request = OpeningRequest::new(scope, &secret(5));
    let intent = Intent { opening: request.id(), request, approval: None };
    let leaf = Logged { time: estate.now, entry: Entry::Intent(intent) }.to_bytes();
    estate.force(&leaf);
    assert_eq!((estate.state.openings.len(), estate.state.voids.openings.len()), (before, 1));
    let statement = Statement::of(&estate.history(), &"S-1".parse().unwrap(), "2026-11".parse().unwrap());
    assert_eq!(statement.openings.len(), 1, "{}", statement.to_text());
}

/// A void entry anchors under the shipper's agreement and names another shipper.
#[test]
fn a_statement_counts_void_batches_of_the_shippers_agreement() {
    let (mut estate, batches) = november();
    let mut anchor = estate.anchor(&estate.headers[&batches[2]].clone());
    anchor.batch = BatchId([202; 16]);
    let record = IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: estate.now,
        instance: FIRST,
        ticket: 1,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: anchor.rows.into(),
        parties: anchor.parties,
        verdict: Verdict::Accepted,
        shipper: Some("S-2".parse().unwrap()),
        batches: vec![anchor],
    };
    let leaf = Logged { time: estate.now, entry: Entry::Intake(Intake::new(record, &secret(1))) }.to_bytes();
    estate.force(&leaf);
    assert_eq!(estate.state.voids.batches.len(), 1);
    let statement = Statement::of(&estate.history(), &"S-1".parse().unwrap(), "2026-11".parse().unwrap());
    assert_eq!(statement.void_batches, 1);
}

/// Two workers on one machine, in one boot. The first's directory goes on elsewhere; the machine, with the second, was never off: what
/// the first left in its memory is there, when it is taken.
#[test]
fn a_machine_goes_on_as_long_as_anybody_starts_on_it() {
    let mut hosts = HOSTS;
    hosts[4] = hosts[3];
    let mut estate = Estate::on(hosts, 0);
    let boot = BootId([55; 16]);
    for worker in ["gw-1", "gw-2"] {
        let closes = vec![estate.closed(worker)];
        estate.start_in(worker, boot, closes);
    }
    estate.at("2026-09-10T00:00:00.000Z");
    let rows: Rows<'_> = &[(Province::QC, &[Address], 20)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)]);
    estate.at("2026-09-20T00:00:00.000Z");
    let closes = vec![estate.closed("gw-1")];
    estate.start_in("gw-1", BootId([56; 16]), closes);
    estate.at("2026-09-21T00:00:00.000Z");
    // The second's process starts anew, in the boot that is said to be over.
    let closes = vec![estate.closed("gw-2")];
    estate.start_in("gw-2", boot, closes);
    estate.at("2026-10-02T00:00:00.000Z");
    let host = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-2\"]\nfrom = 2026-10-01T00:00:00Z\n";
    let hypotheses = Hypotheses::parse(host).unwrap();
    let found = exposure::assess(&estate.history(), &estate.beside(), &hypotheses, APART).unwrap();
    assert!(found.at_most.rows >= 20, "{:?}: what gw-1 received in the boot that is still running", found.at_most);
}

/// The ledger has intent and receipt: the batch was opened, so its layer was off. A co-holder that was put back from a backup, or that
/// signs what it likes, says that it never was; the ledger's own word does not raise the figure.
#[test]
fn the_list_denies_an_opening_that_the_ledger_shows() {
    let (mut estate, batches) = november();
    estate.at("2026-11-20T00:00:00.000Z");
    estate.open(batches[1], &[1], &[Address], true);
    estate.at("2026-12-03T00:00:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    assert!(found.at_most.rows >= 20, "{:?}: the opened batch", found.at_most);
}

/// No layer is around the clear column, and no list speaks of it: whoever has the key has it, as without a co-holder.
#[test]
fn no_layer_is_around_the_clear_column() {
    let (mut estate, _) = november();
    estate.at("2026-12-03T00:00:00.000Z");
    estate.unwraps = vec![nothing_unwrapped(estate.note())];
    let found = verified(&estate, &warden_until("2026-12-01T00:00:00Z"));
    let operational: u64 = found.by_month.iter().map(|share| share.operational).sum();
    assert_eq!(operational, 70);
}

/// Its gateway may have stored 500 rows beyond the ledger.
#[test]
fn a_statement_says_what_may_be_beyond_the_ledger() {
    let (mut estate, _) = november();
    estate.tick("gw-1", 4, 500);
    let statement = Statement::of(&estate.history(), &"S-1".parse().unwrap(), "2026-11".parse().unwrap());
    assert!(statement.to_text().contains("500"), "{}", statement.to_text());
}

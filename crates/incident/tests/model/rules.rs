//! Each rule switched off: the fewest deeds after which the thief reads what no report counts.

use super::{
    Prefix, Rule, Scenario,
    search::{contained, counter_example},
    *,
};

/// Far enough that no counter-example is missed, and near enough that none of these searches takes long.
const DEPTH: usize = 8;

/// What a reader may not leave out: the real report, which does not, counts all of that world.
fn reader_needs(rule: Rule, scenario: &Scenario, expected: &[Deed]) {
    let (world, path) = counter_example(scenario, rule, DEPTH).expect("without the rule the property fails");
    assert_eq!(path, expected, "the fewest deeds");
    holds(&world, scenario, &Prefix::new(scenario), &path);
}

/// What honest parties may not leave out: with them the real report misses something, and without them there is no such
/// world.
fn conduct_needs(rule: Rule, scenario: &Scenario, expected: &[Deed]) {
    let (world, path) = counter_example(scenario, rule, DEPTH).expect("without the rule the property fails");
    assert_eq!(path, expected, "the fewest deeds");
    let counted = Prefix::new(scenario).counted(&world);
    assert!(!contained(&world, scenario, counted.bits, counted.unbounded), "the real report counted it: {counted:?}");
    let honest =
        path.iter().fold(beginning(scenario, None), |world, deed| world.after(*deed, scenario, None).unwrap_or(world));
    holds(&honest, scenario, &Prefix::new(scenario), &path);
}

/// The thief enters a shred and gives it the last honest entry's time.
#[test]
fn r1_without_positions_the_warden_dates_its_own_shreds() {
    reader_needs(Rule::PositionNotTime, &WARDEN, &[Tick, Steal, Shred(0)]);
}

#[test]
fn r1_without_the_latest_time_one_of_two_witnesses_backdates() {
    reader_needs(Rule::LatestCounts, &ONE_OF_TWO_LIES, &[Tick, Steal, Shred(0), Lie]);
}

/// A key is made while the thief is there, and entered by the honest warden that comes after it.
#[test]
fn r2_a_note_does_not_show_that_a_key_was_made_late() {
    let deeds = &[Tick, Beat, Steal, Leave, MakeSecretly(1), EnterKey(1), Receive(1)];
    let expected = &[Steal, MakeSecretly(1), Leave, Tick, Beat, EnterKey(1), Receive(1), Beat];
    reader_needs(Rule::NoClockShowsAfter, &Scenario { deeds, ..WARDEN }, expected);
}

#[test]
fn r3_without_suspects_the_witness_beside_the_warden_backdates() {
    reader_needs(Rule::SuspectNeverLowers, &WITNESS_BESIDE, &[Tick, Steal, Shred(0), Lie]);
}

/// The gateway's memory is empty, and the keys are on the same host.
#[test]
fn r3_without_hosts_the_gateway_beside_the_warden_has_no_keys() {
    reader_needs(Rule::AllOnTheHost, &GATEWAY_BESIDE, &[Start, Beat, Tick, Steal]);
}

/// What the worker sends after the thief has entered something of a far future is void, and readable.
#[test]
fn r4_without_what_void_entries_raise_the_warden_voids_what_it_reads() {
    reader_needs(Rule::ReplayIsTotal, &WARDEN, &[Steal, Jump, Receive(0), Beat]);
    // By another door: a second key.
    let deeds = &[Receive(0), Beat, Steal, SecondKey(0)];
    reader_needs(Rule::ReplayIsTotal, &Scenario { deeds, ..WARDEN }, &[Steal, SecondKey(0), Receive(0), Beat]);
}

/// A ledger restored from a copy has all that was cosigned: what took effect before that is gone.
#[test]
fn r5_without_cosigning_first_a_restored_ledger_forgets() {
    conduct_needs(Rule::EffectAfterCosigned, &WARDEN, &[Receive(0), Steal, Rollback]);
    conduct_needs(Rule::EffectAfterCosigned, &PRINCIPAL, &[Steal, Open, Rollback]);
}

#[test]
fn r6_without_proofs_whoever_has_the_port_swallows_anchors() {
    conduct_needs(Rule::ProofBeforeBelief, &WARDEN, &[Steal, TakePort, Receive(0)]);
}

#[test]
fn r7_without_the_days_of_copies_an_old_copy_reads_on() {
    reader_needs(Rule::CopiesAreKept, &COPIES, &[Shred(0), Beat, Tick, Steal]);
}

#[test]
fn r7_without_resurfaced_a_key_from_a_backup_is_out_of_reach() {
    let expected = &[Shred(0), Beat, Tick, Restore(0), Tick, Steal];
    reader_needs(Rule::ResurfacedCounts, &COPIES, expected);
}

/// The thief makes a key, and the warden that comes after it enters that one as its own.
#[test]
fn r8_a_new_warden_enters_no_key_of_the_old_one() {
    let stolen = Scenario { beginning: &[Make(0), Receive(0), Beat, Steal, MakeSecretly(1)], ..RENEWED };
    conduct_needs(Rule::NewHandsNewKeys, &stolen, &[Leave, Tick, See, Renew, EnterKey(1), Receive(1), Beat]);
}

/// The new warden was there before the thief had gone.
#[test]
fn r8_a_new_warden_is_new_by_what_officers_had_seen() {
    reader_needs(Rule::OfficersSawLater, &RENEWED, &[Steal, See, Renew, Make(1), Receive(1), Beat, Leave]);
}

/// The thief is gone, and so are none of its keys.
#[test]
fn r9_a_taken_warden_ends_at_no_date() {
    let deeds = &[Tick, Receive(0), Beat, Steal, Leave, Shred(0), LoseHeaders];
    let expected = &[Steal, Leave, Tick, Beat, Receive(0), Beat];
    reader_needs(Rule::EndsByEntry, &Scenario { deeds, ..WARDEN }, expected);
}

#[test]
fn r9_without_tickets_what_was_anchored_late_is_left_out() {
    let deeds = &[Tick, Receive(0), Beat, Steal, Leave, TakePort, LeavePort];
    let expected = &[Steal, TakePort, Receive(0), Leave, Tick, Beat, LeavePort, Beat];
    reader_needs(Rule::TicketsTell, &Scenario { deeds, ..CARRIER }, expected);
}

/// A tick of before the end comes to the warden after it, and a body of the end has a ticket behind it.
#[test]
fn r9_a_tick_is_of_when_its_worker_saw_the_ledger() {
    let beginning = &[Make(0), Receive(0), Beat, TakePort, Say, Steal];
    let held = Scenario { beginning, deeds: &[Tick, Receive(0), Beat, Leave, LeavePort], ..CARRIER };
    reader_needs(Rule::SeenNotEntered, &held, &[Receive(0), Leave, Tick, Beat, LeavePort, Beat]);
}

#[test]
fn r9_with_the_workers_clock_one_that_is_ahead_leaves_out() {
    reader_needs(Rule::NoWorkersClock, &CARRIER, &[ReceiveAhead(0), Beat, Steal, Leave]);
}

#[test]
fn r13_without_the_anchor_lost_headers_hide() {
    reader_needs(Rule::LedgerAloneBounds, &WARDEN, &[Steal, LoseHeaders]);
}

#[test]
fn r14_with_a_bound_a_taken_gateway_records_nothing() {
    reader_needs(Rule::HostHasNoBound, &HOST, &[Steal, ReceiveUnrecorded(0)]);
}

#[test]
fn r14_without_the_last_start_what_was_in_memory_is_left_out() {
    reader_needs(Rule::MemoryReachesBack, &HOST, &[Tick, Steal]);
}

#[test]
fn r15_by_todays_certificate_a_new_one_hides_the_old_ones_copies() {
    reader_needs(Rule::CertificateOfItsTime, &CARRIER, &[Steal, Rotate]);
}

#[test]
fn r17_without_entering_it_a_key_from_a_backup_is_there_unseen() {
    let expected = &[Shred(0), Beat, Tick, Restore(0), Tick, Steal];
    conduct_needs(Rule::NothingDiesAtAStart, &COPIES, expected);
}

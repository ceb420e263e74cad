//! Starts and ticks: what a worker may say of what is in the ledger.

use super::*;

fn closes(instance: InstanceId, last: u64) -> Entry {
    start(SECOND, vec![Closed { instance, last }])
}

fn body(ticket: u64, part: u32, parts: u32) -> Entry {
    let own = IntakeRecord { part, parts, ..record(ticket, vec![]) };
    Entry::Intake(Intake::new(own, &secret(1)))
}

fn tick(number: u64, next: u64, open: &[u64], rows: u64) -> Entry {
    tick_having_seen(None, (number, next, open, rows))
}

fn tick_having_seen(seen: Option<TreeHead>, (number, next, open, rows): (u64, u64, &[u64], u64)) -> Entry {
    let credit = Credit { rows, parties: 2 * rows };
    let record = TickRecord { worker: worker(), instance: FIRST, number, next, open: open.to_vec(), credit, seen };
    Entry::Tick(Tick::new(record, &secret(1)))
}

/// The story up to the first start, then these.
fn after_start(entries: Vec<Entry>) -> Result<State, Rule> {
    let all = story()[..7].iter().cloned().chain(entries).collect();
    replay(all).map_err(|violation| violation.rule)
}

fn gap(entries: Vec<Entry>) -> u64 {
    let gaps = after_start(entries).unwrap().gaps();
    gaps.iter().find(|gap| gap.instance == FIRST).map_or(0, |gap| gap.credit.rows)
}

#[test]
fn an_instance_is_closed_by_a_start_that_knows_all_its_tickets() {
    let not_whole = |last| Rule::NotWhole { instance: FIRST, last };
    refused(8, closes(FIRST, 0), not_whole(0));
    refused(8, closes(FIRST, 2), not_whole(2));
    refused(8, closes(SECOND, 0), Rule::UnknownInstance { instance: SECOND });
    let twice = vec![Closed { instance: FIRST, last: 1 }, Closed { instance: FIRST, last: 1 }];
    refused(8, start(SECOND, twice), Rule::ClosesUnsorted);
    assert_eq!(after_start(vec![body(2, 1, 1), closes(FIRST, 2)]).unwrap_err(), not_whole(2), "ticket 1 is not there");
    assert_eq!(after_start(vec![body(1, 1, 2), closes(FIRST, 1)]).unwrap_err(), not_whole(1), "part 2 is not there");
    assert!(after_start(vec![body(1, 2, 2), body(1, 1, 2), closes(FIRST, 1)]).is_ok());
    assert!(after_start(vec![closes(FIRST, 0)]).is_ok(), "one that received nothing");
}

/// What a restored copy of the gateway does not know, and a tick has told.
#[test]
fn a_start_that_knows_fewer_tickets_than_a_tick_closes_nothing() {
    let closed = |next, open: &[u64]| after_start(vec![body(1, 1, 1), tick(1, next, open, 500), closes(FIRST, 1)]);
    assert_eq!(closed(4, &[2, 3]).unwrap_err(), Rule::NotWhole { instance: FIRST, last: 1 });
    assert!(closed(2, &[]).is_ok());
}

#[test]
fn an_instance_of_another_worker_is_not_closed() {
    let record = StartRecord {
        worker: "gw-2".parse().unwrap(),
        instance: SECOND,
        boot: BootId([1; 16]),
        closes: vec![Closed { instance: FIRST, last: 1 }],
    };
    refused(8, Entry::Start(Start::new(record, &secret(2))), Rule::UnknownInstance { instance: FIRST });
}

#[test]
fn a_tick_passes_no_ticket_that_is_neither_there_nor_open() {
    refused(8, tick(1, 3, &[], 5), Rule::TickSkips);
    refused(8, tick(1, 3, &[1], 5), Rule::TickSkips);
    refused(8, tick(1, LARGEST, &[2], 5), Rule::TickSkips);
    refused(8, tick(1, LARGEST + 1, &[2], 5), Rule::NumberTooLarge);
    refused(8, tick(1, 3, &[3], 5), Rule::TickOpen);
    refused(8, tick(1, 4, &[3, 2], 5), Rule::TickOpen);
    for ends in [tick(1, 2, &[], 5), tick(1, 3, &[2], 5), tick(1, 3, &[1, 2], 5), tick(7, 1, &[], 0)] {
        assert!(after_start(vec![Entry::Intake(intake()), ends]).is_ok());
    }
    assert_eq!(
        after_start(vec![body(1, 1, 2), tick(1, 2, &[], 5)]).unwrap_err(),
        Rule::TickSkips,
        "part 2 is not there"
    );
    assert!(after_start(vec![body(1, 1, 2), tick(1, 2, &[1], 5), body(1, 2, 2), tick(2, 2, &[], 5)]).is_ok());
    let open = vec![tick(1, 3, &[1, 2], 5), body(2, 1, 1), tick(2, 3, &[], 5)];
    assert_eq!(after_start(open).unwrap_err(), Rule::TickSkips, "what was open stays open until it is there");
}

#[test]
fn what_ticks_say_of_tickets_is_kept_until_it_is_let_go() {
    let seen = |size| Some(TreeHead { size, root: hash(8) });
    refused(8, tick_having_seen(seen(LARGEST + 1), (1, 2, &[], 5)), Rule::NumberTooLarge);
    let said = vec![
        body(1, 1, 1),
        tick_having_seen(seen(9), (1, 4, &[2, 3], 5)),
        tick_having_seen(seen(LARGEST), (2, 4, &[2, 3], 5)),
        body(2, 1, 1),
        body(3, 1, 1),
        tick(3, 4, &[], 5),
    ];
    let mut state = after_start(said).unwrap();
    let passed = |state: &State| -> Vec<_> {
        state.instances[&FIRST].passed.iter().map(|own| (own.next, own.open, own.seen)).collect()
    };
    assert_eq!(passed(&state), [(4, 2, seen(9)), (4, 2, seen(LARGEST)), (4, 4, None)]);
    state.settle().unwrap();
    assert_eq!(passed(&state), []);
}

#[test]
fn a_tick_is_newer_than_those_before_it() {
    let back = |found, last| Rule::TickBack { found, last };
    let then = |second| after_start(vec![Entry::Intake(intake()), tick(2, 2, &[], 5), second]).map(drop);
    assert_eq!(then(tick(2, 2, &[], 0)), Err(back(2, 2)));
    assert_eq!(then(tick(1, 2, &[], 0)), Err(back(1, 2)));
    assert_eq!(then(tick(3, 1, &[], 0)), Err(back(3, 2)));
    assert_eq!(then(tick(3, 2, &[], 0)), Ok(()));
    refused(6, tick(1, 1, &[], 0), Rule::UnknownInstance { instance: FIRST });
    let Entry::Tick(mut forged) = tick(1, 2, &[], 5) else { unreachable!() };
    forged.record.credit.rows = 0;
    refused(8, Entry::Tick(forged), Rule::WorkerSignature { worker: worker() });
}

#[test]
fn what_may_be_stored_and_not_there_is_the_last_ticks_credit_until_a_start_closes_it() {
    assert_eq!(gap(vec![]), 0, "nothing is stored before the first tick stands");
    assert_eq!(gap(vec![tick(1, 1, &[], 500)]), 500);
    assert_eq!(gap(vec![tick(1, 1, &[], 500), body(1, 1, 1), tick(2, 2, &[], 80)]), 80);
    assert_eq!(gap(vec![tick(1, 1, &[], 500), closes(FIRST, 0)]), 0);
    assert_eq!(gap(vec![tick(1, 1, &[], 500), start(SECOND, vec![])]), 500, "a start that does not know of it");
    assert_eq!(gap(vec![tick(1, 1, &[], 500), closes(FIRST, 0), body(1, 1, 1)]), 500, "a copy of it goes on");
    assert_eq!(gap(vec![tick(1, 1, &[], 500), closes(FIRST, 0), tick(2, 1, &[], 30)]), 30, "so that it says so itself");
}

#[test]
fn workers() {
    let stranger: WorkerId = "gw-9".parse().unwrap();
    let unknown = || Rule::UnknownWorker { worker: stranger.clone() };
    let handed = IndexKey { month: "2026-11".parse().unwrap(), key: hash(4), worker: stranger.clone() };
    refused(6, Entry::IndexKey(handed), unknown());
    let record_of = |worker: WorkerId| StartRecord { worker, instance: SECOND, boot: BootId([1; 16]), closes: vec![] };
    refused(6, Entry::Start(Start::new(record_of(stranger.clone()), &secret(1))), unknown());
    let forged = || Rule::WorkerSignature { worker: worker() };
    refused(6, Entry::Start(Start::new(record_of(worker()), &secret(2))), forged());
    refused(8, start(FIRST, vec![]), Rule::InstanceTwice { instance: FIRST });
    refused_intake(7, |record| record.worker = stranger.clone(), unknown());
    refused_intake(6, |_| {}, Rule::UnknownInstance { instance: FIRST });
    refused_intake(7, |record| record.instance = SECOND, Rule::UnknownInstance { instance: SECOND });
    refused_intake(7, |record| record.ticket = 0, Rule::TicketTwice { ticket: 0, part: 1 });
    refused_intake(7, |record| record.parties = LARGEST + 1, Rule::NumberTooLarge);
    refused_intake(7, |record| record.ticket = LARGEST + 1, Rule::NumberTooLarge);
    refused_intake(7, |record| record.part = 0, Rule::Part { part: 0, parts: 1 });
    refused_intake(7, |record| record.part = 2, Rule::Part { part: 2, parts: 1 });
    refused_intake(8, |record| record.ticket = 1, Rule::TicketTwice { ticket: 1, part: 1 });
    refused_intake(7, |record| record.rows = 9, Rule::RowsExceeded { sealed: 10, rows: 9 });
    let forged = Intake::new(record(1, vec![anchor(1)]), &secret(2));
    refused(7, Entry::Intake(forged), Rule::WorkerSignature { worker: worker() });
    let mut altered = intake();
    altered.record.rows = 11;
    refused(7, Entry::Intake(altered), Rule::WorkerSignature { worker: worker() });
}

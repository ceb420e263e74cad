//! Counts of people: who may ask, of which sets, and what ends one.

use super::*;

const AUTUMN: [&str; 3] = ["A-1/2026-09/d90", "A-1/2026-10/d90", "A-1/2026-11/d90"];

fn counter(least: Option<u32>) -> Principal {
    Principal { purposes: [Purpose::Assessment].into(), counts: least, ..principal() }
}

/// Three months with so many rows each, and somebody who may have people counted.
fn months(rows: [u32; 3]) -> Vec<Entry> {
    let mut all = vec![Entry::Genesis(genesis()), policy(1, |record| record.principals = vec![counter(Some(100))])];
    for (octet, period) in (51..).zip(AUTUMN) {
        all.push(Entry::PeriodKey(PeriodKey { period: period.parse().unwrap(), key: hash(octet), ..period_key() }));
    }
    all.push(start(FIRST, vec![]));
    all.extend((1..).zip(rows).map(|(ticket, rows)| received(ticket, usize::from(ticket) - 1, rows)));
    all
}

fn received(ticket: u8, month: usize, rows: u32) -> Entry {
    let octet = 51 + u8::try_from(month).unwrap();
    let keys = vec![SealedTo { period: AUTUMN[month].parse().unwrap(), key: hash(octet) }];
    let anchor = Anchor { rows, keys, ..anchor(ticket) };
    let record = IntakeRecord { rows: rows.into(), ..record(ticket.into(), vec![anchor]) };
    Entry::Intake(Intake::new(record, &secret(1)))
}

fn request(nonce: u8, months: &[usize]) -> CountRequest {
    let scope = CountScope {
        principal: principal().principal,
        ticket: "T-1".parse().unwrap(),
        periods: months.iter().map(|month| AUTUMN[*month].parse().unwrap()).collect(),
        requested: time(7),
        nonce: hash(nonce),
    };
    CountRequest::new(scope, &secret(3))
}

fn count(nonce: u8, months: &[usize]) -> Entry {
    let request = request(nonce, months);
    Entry::CountIntent(CountIntent { count: request.id(), request })
}

fn ended(nonce: u8, months: &[usize], outcome: CountOutcome, people: Option<u64>) -> Entry {
    Entry::Counted(Counted { count: request(nonce, months).id(), outcome, people })
}

fn last(entries: Vec<Entry>) -> Result<State, Rule> {
    let index = entries.len() as u64 - 1;
    replay(entries).map_err(|violation| {
        assert_eq!(violation.entry, index, "{}", violation.rule);
        violation.rule
    })
}

fn with(rows: [u32; 3], more: Vec<Entry>) -> Result<State, Rule> {
    last([months(rows), more].concat())
}

fn piece(rows: u64) -> Result<(), Rule> {
    Err(Rule::CountPiece { rows, least: 100 })
}

/// A count of which something was said, if only that they are few.
fn told(nonce: u8, months: &[usize]) -> [Entry; 2] {
    [count(nonce, months), ended(nonce, months, CountOutcome::Withheld, None)]
}

#[test]
fn no_piece_of_counted_sets_is_small() {
    let found = |rows, more: Vec<Entry>| with(rows, more).map(drop);
    let two = |rows, first: &[usize], second: &[usize]| {
        let [begun, end] = told(1, first);
        found(rows, vec![begun, end, count(2, second)])
    };
    assert_eq!(found([99, 0, 0], vec![count(1, &[0])]), piece(99));
    assert_eq!(found([0, 0, 0], vec![count(1, &[0])]), piece(0));
    assert_eq!(found([60, 60, 0], vec![count(1, &[0, 1])]), Ok(()), "small months together");
    assert_eq!(two([500, 99, 0], &[0], &[0, 1]), piece(99), "one set less the other");
    assert_eq!(two([500, 99, 0], &[0, 1], &[0]), piece(99), "the other way round");
    assert_eq!(two([500, 99, 500], &[0, 1], &[1, 2]), piece(99), "in common");
    assert_eq!(two([500, 100, 500], &[0, 1], &[1, 2]), Ok(()));
    assert_eq!(two([500, 99, 0], &[0, 1], &[0, 1]), Ok(()), "the same again");
    // In each two of these, 160 rows each, 80 are in common.
    assert_eq!(two([80; 3], &[0, 1], &[1, 2]), piece(80));
}

#[test]
fn what_came_since_is_a_piece_of_its_own() {
    let later = |rows| [&told(1, &[0])[..], &[received(4, 0, rows), count(2, &[0])]].concat();
    assert_eq!(with([500, 0, 0], later(99)).map(drop), piece(99));
    let state = with([500, 0, 0], later(100)).unwrap();
    assert_eq!(state.counts[&request(1, &[0]).id()].rows(), 500);
    assert_eq!(state.counts[&request(2, &[0]).id()].rows(), 600);
}

/// Nothing was said of its set, and nothing can be any more.
#[test]
fn a_count_that_fails_leaves_later_ones_as_they_were() {
    let failed = || vec![count(1, &[0]), ended(1, &[0], CountOutcome::Failed, None)];
    let state = with([500, 99, 0], [failed(), vec![count(2, &[0, 1])]].concat()).unwrap();
    let end = |nonce, months| state.counts[&request(nonce, months).id()].end.map(|end| (end.at.entry, end.outcome));
    assert_eq!((end(1, &[0]), end(2, &[0, 1])), (Some((10, CountOutcome::Failed)), None));
    let late = || ended(1, &[0], CountOutcome::Given, Some(200));
    assert_eq!(with([500, 99, 0], [failed(), vec![late()]].concat()).map(drop), Err(Rule::CountedTwice));
    // Two at a time are not under way: of neither the other would be looked at.
    let both = || vec![count(1, &[0]), count(2, &[0, 1])];
    let state = with([500, 99, 0], both()).unwrap();
    let end = |nonce, months| state.counts[&request(nonce, months).id()].end.map(|end| (end.at.entry, end.outcome));
    assert_eq!((end(1, &[0]), end(2, &[0, 1])), (Some((10, CountOutcome::Failed)), None));
    assert_eq!(with([500, 99, 0], [both(), vec![late()]].concat()).map(drop), Err(Rule::CountedTwice));
    // What is given then is looked at for the next.
    let given = ended(2, &[0, 1], CountOutcome::Given, Some(599));
    assert_eq!(with([500, 99, 0], [both(), vec![given, count(3, &[0])]].concat()).map(drop), piece(99));
}

#[test]
fn who_may_ask_and_of_what() {
    let asked = |who: Principal, entry: Entry| {
        let mut entries = months([500; 3]);
        entries[1] = policy(1, |record| record.principals = vec![who]);
        last([entries, vec![entry]].concat()).map(drop)
    };
    let may_not = Err(Rule::CountNotAllowed { principal: principal().principal });
    assert_eq!(asked(counter(None), count(1, &[0])), may_not);
    assert_eq!(asked(Principal { purposes: [].into(), ..counter(Some(100)) }, count(1, &[0])), may_not);
    let signed = Err(Rule::RequestSignature { principal: principal().principal });
    assert_eq!(asked(Principal { key: public(77), ..counter(Some(100)) }, count(1, &[0])), signed);
    assert_eq!(asked(counter(Some(501)), count(1, &[0])), Err(Rule::CountPiece { rows: 500, least: 501 }));
    assert_eq!(with([500; 3], vec![count(1, &[])]).map(drop), Err(Rule::CountSet));
    let named = Entry::CountIntent(CountIntent { count: hash(1), request: request(1, &[0]) });
    assert_eq!(with([500; 3], vec![named]).map(drop), Err(Rule::CountName));
    assert_eq!(with([500; 3], vec![count(1, &[0]), count(1, &[0])]).map(drop), Err(Rule::CountTwice));
    let few = policy(2, |record| record.principals = vec![counter(Some(99))]);
    assert_eq!(with([500; 3], vec![few]).map(drop), Err(Rule::CountLeast));
}

#[test]
fn how_a_count_ends() {
    use CountOutcome::{Failed, Given, Withheld};
    let end = |outcome, people| with([500; 3], vec![count(1, &[0]), ended(1, &[0], outcome, people)]).map(drop);
    for (outcome, people) in [(Given, Some(100)), (Given, Some(500)), (Withheld, None), (Failed, None)] {
        assert_eq!(end(outcome, people), Ok(()));
    }
    for (outcome, people) in [(Given, Some(99)), (Given, Some(501)), (Given, None), (Withheld, Some(200))] {
        assert_eq!(end(outcome, people), Err(Rule::CountedPeople));
    }
    let given = || ended(1, &[0], Given, Some(200));
    assert_eq!(with([500; 3], vec![given()]).map(drop), Err(Rule::CountedWithoutCount));
    assert_eq!(with([500; 3], vec![count(1, &[0]), given(), given()]).map(drop), Err(Rule::CountedTwice));
    let gone = || Shred { period: AUTUMN[0].parse().unwrap(), key: hash(51) };
    let shred = || vec![Entry::ShredIntent(gone()), Entry::Shred(gone())];
    let late = [shred(), vec![count(1, &[0]), given()]].concat();
    assert_eq!(with([500; 3], late).map(drop), Err(Rule::CountedAfterShred));
    let between = [vec![count(1, &[0])], shred(), vec![given()]].concat();
    assert!(with([500; 3], between).is_ok());
}

/// Nobody can count what nobody can open: the shred before it is not believed.
#[test]
fn a_void_end_with_a_number_shows_its_keys_alive() {
    let gone = || Shred { period: AUTUMN[0].parse().unwrap(), key: hash(51) };
    let shredded = |more: Vec<Entry>| {
        let entries = [months([500; 3]), vec![Entry::ShredIntent(gone()), Entry::Shred(gone())], more].concat();
        let mut state = State::default();
        for (index, logged) in (0..).zip(timed(entries)) {
            state.take_logged(index, logged);
        }
        state.life(6, &SealedTo { period: AUTUMN[0].parse().unwrap(), key: hash(51) }).shredded.is_some()
    };
    assert!(shredded(vec![]));
    assert!(shredded(vec![count(1, &[0]), ended(1, &[0], CountOutcome::Failed, None)]));
    for outcome in [CountOutcome::Given, CountOutcome::Withheld] {
        let people = (outcome == CountOutcome::Given).then_some(200);
        assert!(!shredded(vec![count(1, &[0]), ended(1, &[0], outcome, people)]));
        let wrong = || Entry::CountIntent(CountIntent { count: request(1, &[0]).id(), request: request(1, &[0]) });
        assert!(!shredded(vec![wrong(), wrong(), ended(1, &[0], outcome, people)]));
    }
}

//! Who holds a second layer of keys: whom policies name, which keys name them, and what they sign.

use super::*;

fn named(name: &str, octet: u8) -> CoHolder {
    CoHolder {
        co_holder: name.parse().unwrap(),
        organisation: "Audit".parse().unwrap(),
        host: format!("{name}.example").parse().unwrap(),
        key: public(octet),
        seal_key: hash(octet),
    }
}

fn only(number: u64, co_holders: Vec<CoHolder>) -> Entry {
    policy(number, |record| {
        record.principals.clear();
        record.carriers.clear();
        record.agreements.clear();
        record.co_holders = co_holders;
    })
}

/// The story's beginning, and a policy that names one.
fn known() -> State {
    let mut entries = story()[..4].to_vec();
    entries.push(only(4, vec![named("audit-1", 51)]));
    replay(entries).unwrap()
}

fn pushed(mut state: State, entry: Entry) -> Result<State, Rule> {
    let logged = Logged { time: time(100), entry };
    state.push(state.size, logged).map(|()| state).map_err(|violation| violation.rule)
}

fn sealed_with(name: &str) -> Entry {
    Entry::PeriodKey(PeriodKey { co_holder: Some(name.parse().unwrap()), ..period_key() })
}

#[test]
fn a_key_names_one_that_a_policy_named() {
    let state = pushed(known(), sealed_with("audit-1")).unwrap();
    let to = SealedTo { period: PERIOD.parse().unwrap(), key: hash(5) };
    assert_eq!(state.co_holder(&to).map(|own| own.seal_key), Some(hash(51)));
    assert_eq!(state.co_holder(&SealedTo { key: hash(6), ..to.clone() }), None, "another key");
    let rule = pushed(known(), sealed_with("audit-2")).unwrap_err();
    assert_eq!(rule, Rule::UnknownCoHolder { co_holder: "audit-2".parse().unwrap() });
    let without = pushed(known(), Entry::PeriodKey(period_key())).unwrap();
    assert_eq!(without.co_holder(&to), None);
    // Whatever else says of the key: somebody may have been shown that one, and sealed without.
    let mut shown = state;
    let leaf = Logged { time: time(101), entry: Entry::PeriodKey(period_key()) }.to_bytes();
    assert!(matches!(shown.take(shown.size, &leaf), Taken::Void(Rule::PeriodTwice { .. })));
    assert_eq!(shown.co_holder(&to), None);
}

#[test]
fn names_keys_and_hosts_are_its_own() {
    let twice = |own: CoHolder| {
        let rule = Rule::CoHolderTwice { co_holder: own.co_holder.clone() };
        assert_eq!(pushed(known(), only(5, vec![own])).unwrap_err(), rule);
    };
    twice(named("audit-1", 52));
    twice(CoHolder { key: public(51), ..named("audit-2", 52) });
    twice(CoHolder { seal_key: hash(51), ..named("audit-2", 52) });
    assert!(pushed(known(), only(5, vec![named("audit-2", 52)])).is_ok());
    let both = only(5, vec![named("audit-2", 52), named("audit-2", 53)]);
    assert!(matches!(pushed(known(), both), Err(Rule::CoHolderTwice { .. })));
    // Warden and workers of the story are all "here".
    let beside = CoHolder { host: " HERE".parse().unwrap(), ..named("audit-2", 52) };
    let rule = Rule::CoHolderBeside { co_holder: "audit-2".parse().unwrap() };
    assert_eq!(pushed(known(), only(5, vec![beside])).unwrap_err(), rule);
    let moved = policy(5, |record| {
        let host = "audit-1.EXAMPLE".parse().unwrap();
        let (worker, organisation) = ("gw-2".parse().unwrap(), "Post".parse().unwrap());
        record.workers = vec![EnrolledWorker { worker, key: public(2), organisation, host }];
    });
    let rule = Rule::CoHolderBeside { co_holder: "audit-1".parse().unwrap() };
    assert_eq!(pushed(known(), moved).unwrap_err(), rule);
}

fn list(octet: u8, change: impl FnOnce(&mut UnwrapsRecord)) -> Unwraps {
    let unwrap = |number: u64| Unwrap { number, batch: batch(1), opening: hash(1), rows: 3, time: time(9), seen: 10 };
    let (origin, co_holder) = (ORIGIN.to_owned(), "audit-1".parse().unwrap());
    let unwraps = vec![unwrap(1), unwrap(2)];
    let mut record = UnwrapsRecord { origin, co_holder, count: 2, unwraps, seen: "note".into() };
    change(&mut record);
    Unwraps::new(record, &secret(octet))
}

#[test]
fn lists() {
    let state = known();
    assert!(state.co_holder_signed(&list(51, |_| {})));
    assert!(!state.co_holder_signed(&list(52, |_| {})), "another key");
    assert!(!state.co_holder_signed(&list(51, |record| record.co_holder = "audit-2".parse().unwrap())));
    let mut altered = list(51, |_| {});
    altered.record.unwraps.pop();
    assert!(!state.co_holder_signed(&altered));
    let whole = |change: &dyn Fn(&mut UnwrapsRecord)| list(51, change).record.is_whole();
    assert!(whole(&|_| {}) && whole(&|record| (record.count, record.unwraps) = (0, vec![])));
    assert!(!whole(&|record| record.unwraps = record.unwraps.split_off(1)), "it does not begin with 1");
    assert!(!whole(&|record| record.unwraps[1].number = 3), "a hole");
    assert!(!whole(&|record| record.unwraps.truncate(1)), "cut off");
    assert!(!whole(&|record| record.count = 3));
    let record = RevocationRecord { origin: ORIGIN.into(), key: public(51) };
    let revoked = pushed(state, Entry::Revocation(Revocation::new(record, &secret(90)))).unwrap();
    assert!(!revoked.co_holder_signed(&list(51, |_| {})), "its key is nobody's any more");
}

/// What was written before there were co-holders is written so still.
#[test]
fn without_one_the_member_is_left_out() {
    let leaf = Logged { time: time(1), entry: Entry::PeriodKey(period_key()) }.to_bytes();
    let written = String::from_utf8(leaf.clone()).unwrap();
    assert!(!written.contains("co_holder"), "{written}");
    let null = written.replace("\"ends\"", "\"co_holder\":null,\"ends\"");
    assert!(Logged::read(&leaf).is_ok() && Logged::read(null.as_bytes()).is_err(), "one form");
    let leaf = Logged { time: time(1), entry: sealed_with("audit-1") }.to_bytes();
    assert!(String::from_utf8_lossy(&leaf).contains(r#""co_holder":"audit-1""#));
    assert!(Logged::read(&leaf).is_ok());
    let none = Logged { time: time(1), entry: policy(1, |_| {}) }.to_bytes();
    assert!(!String::from_utf8_lossy(&none).contains("co_holders"));
}

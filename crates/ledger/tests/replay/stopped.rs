//! What stops at once, what takes a second person, and who plays which part from a policy on.

use super::*;

fn record_of(key: PublicKey) -> RevocationRecord {
    RevocationRecord { origin: ORIGIN.into(), key }
}

fn revoked(key: u8, by: u8) -> Entry {
    Entry::Revocation(Revocation::new(record_of(public(key)), &secret(by)))
}

fn lockdown(number: u64, closed: bool, by: &[u8]) -> Entry {
    let record = LockdownRecord { origin: ORIGIN.into(), number, closed };
    let signatures = by.iter().map(|officer| record.sign(&secret(*officer))).collect();
    Entry::Lockdown(Lockdown::new(record, signatures))
}

/// The story with these entries before one of it, replayed up to there, and what becomes of that one.
fn after(place: usize, more: &[Entry]) -> Result<(), Rule> {
    let mut entries = story();
    entries.splice(place..place, more.iter().cloned());
    let mut state = replay(entries[..place + more.len()].to_vec()).unwrap();
    let logged = Logged { time: time(100), entry: entries[place + more.len()].clone() };
    state.push(state.size, logged).map_err(|violation| violation.rule)
}

#[test]
fn revocations() {
    for other in [1, 4, 9, 91] {
        refused(9, revoked(3, other), Rule::RevocationSignature);
    }
    let elsewhere = RevocationRecord { origin: "other.example".into(), ..record_of(public(3)) };
    refused(9, Entry::Revocation(Revocation::new(elsewhere, &secret(90))), Rule::RevocationSignature);
    let mut moved = Revocation::new(record_of(public(1)), &secret(90));
    moved.record.key = public(3);
    refused(9, Entry::Revocation(moved), Rule::RevocationSignature);
    refused(9, revoked(77, 90), Rule::RevokedUnknown);
    assert_eq!(after(9, &[revoked(3, 90)]), Err(Rule::Revoked), "an officer stops a person");
    assert_eq!(after(9, &[revoked(3, 3)]), Err(Rule::Revoked), "a person stops an own key");
    assert_eq!(after(7, &[revoked(1, 90)]), Err(Rule::UnknownWorker { worker: worker() }));
    let carrier = replay([&story()[..9], &[revoked(4, 90)]].concat()).unwrap();
    let word = Confirmation::new(confirmation(10), &secret(4));
    assert_eq!(carrier.carrier_keys().signed(&[(&word, &canonical::bytes(&word))]), [false]);
    let mut twice = replay([&story()[..9], &[revoked(3, 90)]].concat()).unwrap();
    let again = twice.push(10, Logged { time: time(100), entry: revoked(3, 90) });
    assert_eq!(again, Err(Violation { entry: 10, rule: Rule::RevokedUnknown }));
    // Another key is not the revoked one's.
    let renewed = policy(4, |record| {
        record.principals[0].key = public(33);
        record.carriers.clear();
        record.agreements.clear();
    });
    let replaced = [&story()[..9], &[revoked(3, 90), renewed]].concat();
    let mut state = replay(replaced).unwrap();
    let request = OpeningRequest::new(scope(), &secret(33));
    let intent = Intent { opening: request.id(), request, approval: None };
    assert_eq!(state.push(11, Logged { time: time(100), entry: Entry::Intent(intent) }), Ok(()));
    assert_eq!(state.principal_keys[&principal().principal], [(1, public(3)), (10, public(33))]);
}

#[test]
fn lockdowns() {
    refused(9, lockdown(1, false, &[90]), Rule::Lockdown); // it is open
    refused(9, lockdown(2, true, &[90]), Rule::Lockdown);
    refused(9, lockdown(1, true, &[]), Rule::Lockdown);
    refused(9, lockdown(1, true, &[91]), Rule::Lockdown);
    assert_eq!(after(9, &[lockdown(1, true, &[90])]), Err(Rule::LockedDown));
    assert_eq!(after(10, &[lockdown(1, true, &[90])]), Ok(()), "what was announced gets its receipt");
    // One officer opens again only where there is no second.
    assert_eq!(after(9, &[lockdown(1, true, &[90]), lockdown(2, false, &[90])]), Ok(()));
    let second = policy(4, |record| {
        *record = PolicyRecord::new(ORIGIN, 4, None);
        let officer = |octet| Officer { organisation: "here".parse().unwrap(), key: public(octet) };
        record.authority = Some(Authority { threshold: 1, officers: vec![officer(90), officer(92)] });
    });
    let two = [second, lockdown(1, true, &[92])];
    let mut state = replay([&story()[..9], &two].concat()).unwrap();
    for (by, rule) in [(&[90][..], Some(Rule::Lockdown)), (&[90, 90], Some(Rule::Lockdown)), (&[90, 92], None)] {
        let found = state.push(11, Logged { time: time(100), entry: lockdown(2, false, by) });
        assert_eq!(found.err().map(|violation| violation.rule), rule);
    }
}

/// Three rows where one may ask for two; by `by`, for `opening` or another, until then.
fn approved(by: u8, name: &str, hours: i64, other: bool) -> Result<(), Rule> {
    let lead = |name: &str, octet, approves| Principal {
        principal: name.parse().unwrap(),
        key: public(octet),
        approves,
        alone: 2,
        ..principal()
    };
    let people = policy(4, |record| {
        *record = PolicyRecord::new(ORIGIN, 4, None);
        record.principals = vec![lead("support-7", 3, true), lead("lead-1", 35, true), lead("clerk-1", 36, false)];
    });
    let mut state = replay([&story()[..9], &[people]].concat()).unwrap();
    let wanted = Scope { rows: BTreeSet::from([1, 2, 3]), ..scope() };
    let request = OpeningRequest::new(wanted.clone(), &secret(3));
    let named =
        if other { OpeningRequest::new(Scope { nonce: hash(99), ..wanted }, &secret(3)) } else { request.clone() };
    let expires = Time::from_milliseconds(time(7).milliseconds() + hours * 3_600_000);
    let approval = Approval::new(&named, name.parse().unwrap(), expires, &secret(by));
    let approval = (by > 0).then_some(approval);
    let intent = Intent { opening: request.id(), request, approval };
    let pushed = state.push(10, Logged { time: time(100), entry: Entry::Intent(intent) });
    pushed.map_err(|violation| violation.rule)
}

#[test]
fn a_second_person_approves_what_is_large() {
    assert_eq!(approved(35, "lead-1", 24, false), Ok(()));
    let alone = Rule::NotApproved { principal: principal().principal, alone: 2, rows: 3 };
    assert_eq!(approved(0, "lead-1", 1, false), Err(alone));
    for (by, name, hours, other) in [
        (35, "lead-1", 25, false),  // waits too long
        (35, "lead-1", -1, false),  // expired before it was asked
        (35, "lead-1", 1, true),    // another request
        (3, "lead-1", 1, false),    // another's name
        (3, "support-7", 1, false), // oneself
        (36, "clerk-1", 1, false),  // who may not
        (37, "nobody-1", 1, false), // who is not known
    ] {
        assert_eq!(approved(by, name, hours, other), Err(Rule::Approval), "{by} {name} {hours} {other}");
    }
}

#[test]
fn old_data_is_not_opened() {
    let days = |days| {
        let record = policy(4, |record| {
            *record = PolicyRecord::new(ORIGIN, 4, None);
            record.principals = vec![Principal { age_days: days, ..principal() }];
        });
        let mut state = replay([&story()[..9], &[record]].concat()).unwrap();
        let late = Scope { requested: time(5 + 86_400), ..scope() };
        state.push(10, Logged { time: time(100_000), entry: Entry::Intent(intent_of(late)) })
    };
    assert_eq!(days(1), Ok(()), "received at 5, asked for a day later");
    let rule = Rule::TooOld { principal: principal().principal, days: 0, batch: batch(1) };
    assert_eq!(days(0), Err(Violation { entry: 10, rule }));
}

#[test]
fn casts() {
    let place = |host: &str| -> PlaceName { host.parse().unwrap() };
    let key = tlog::Signer::new(ORIGIN, &[8; 32]).unwrap().verifier().to_string();
    let warden = PlacedKey { key, organisation: place("here"), host: place("there") };
    let generation = Generation { warden, copies_days: 30 };
    let Entry::Heartbeat(Heartbeat { note }) = beat(ORIGIN, 2) else { unreachable!("a heartbeat") };
    let cast = |change: &dyn Fn(&mut PolicyRecord)| {
        policy(4, |record| {
            *record = PolicyRecord::new(ORIGIN, 4, Some(note.clone()));
            change(record);
        })
    };
    let wrong = |change: &dyn Fn(&mut PolicyRecord), rule| refused(9, cast(change), rule);
    let with = |change: &dyn Fn(&mut Generation)| {
        let mut own = generation.clone();
        change(&mut own);
        own
    };
    wrong(&|record| record.generation = Some(with(&|own| own.warden.host = place("here"))), Rule::GenerationTwice);
    wrong(
        &|record| record.generation = Some(with(&|own| own.warden.key = genesis().warden.key)),
        Rule::GenerationTwice,
    );
    wrong(&|record| record.generation = Some(with(&|own| own.warden.key = "w".into())), Rule::NoteKey);
    let other = tlog::Signer::new("other.example", &[8; 32]).unwrap().verifier().to_string();
    wrong(&|record| record.generation = Some(with(&|own| own.warden.key = other.clone())), Rule::NoteKey);
    let unseen = |record: &mut PolicyRecord| {
        (record.generation, record.seen) = (Some(generation.clone()), None);
    };
    wrong(&unseen, Rule::UnseenGeneration);
    let seen = |note: &str| {
        let (generation, note) = (generation.clone(), note.to_owned());
        move |record: &mut PolicyRecord| {
            (record.generation, record.seen) = (Some(generation.clone()), Some(note.clone()))
        }
    };
    wrong(&seen("no note"), Rule::Note);
    let Entry::Heartbeat(Heartbeat { note: ahead }) = beat(ORIGIN, 10) else { unreachable!("a heartbeat") };
    wrong(&seen(&ahead), Rule::Note);
    let witnesses = |quorum| Some(Witnesses { keys: genesis().witnesses[..1].to_vec(), quorum });
    wrong(&|record| record.witnesses = witnesses(2), Rule::Quorum { quorum: 2, witnesses: 1 });
    let twice = || vec![genesis().workers[0].clone(); 2];
    wrong(&|record| record.workers = twice(), Rule::WorkerTwice { worker: worker() });
    let none = Authority { threshold: 1, officers: vec![] };
    wrong(&|record| record.authority = Some(none.clone()), Rule::Authority);

    let all = cast(&|record| {
        record.generation = Some(generation.clone());
        record.witnesses = witnesses(1);
        record.workers = vec![EnrolledWorker { key: public(34), ..genesis().workers[0].clone() }];
    });
    let state = replay([&story()[..9], &[all]].concat()).unwrap();
    let [first, second] = &state.casts[..] else { panic!("two casts") };
    assert_eq!((first.since, first.generation, second.since, second.generation), (0, 1, 9, 2));
    assert_eq!((&second.warden, second.witnesses.keys.len()), (&generation, 1));
    assert_eq!(state.worker_key(&worker()), Some(public(34)));
    assert_eq!(second.workers.len(), 2, "the other one stays");
    let signs = |size| state.cast_of(size).map(|cast| cast.generation);
    assert_eq!([signs(0), signs(1), signs(9), signs(10), signs(99)], [None, Some(1), Some(1), Some(2), Some(2)]);
    // From here on keys are of the second generation, and those of the first stay what they were.
    let made = |period: &str| {
        let made = PeriodKey { period: period.parse().unwrap(), key: hash(66), ..period_key() };
        state.clone().push(10, Logged { time: time(100), entry: Entry::PeriodKey(made) })
    };
    let rule = Rule::OtherGeneration { period: "A-1/2026-12/d90".parse().unwrap(), generation: 2 };
    assert_eq!(made("A-1/2026-12/d90"), Err(Violation { entry: 10, rule }));
    assert_eq!(made("A-1/2026-11/d90/2"), Ok(()), "the same month has a new key");
}

#[test]
fn a_period_has_one_written_form() {
    for written in ["A-1/2026-11/d90", "A-1/2026-11/d90/2", "A-1/2026-11/d90/4294967295"] {
        assert_eq!(written.parse::<PeriodId>().unwrap().to_string(), written);
    }
    for wrong in ["/1", "/0", "/02", "/+2", "/", "/2/3", "/-1", "/4294967296", "/two"] {
        assert!(format!("A-1/2026-11/d90{wrong}").parse::<PeriodId>().is_err(), "{wrong}");
    }
}

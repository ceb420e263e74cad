//! Attacks on what comes after an attack: a new warden, new keys for people and gateways, and a thief who still has the old
//! ones.

use super::*;

/// The thief is in from the middle of November to the first of December, as everybody agrees afterwards.
const SEEN: &str = "2026-12-02T00:00:00.000Z";
const ADDRESSES: Rows<'_> = &[(Province::QC, &[Address], 20)];

fn taken(kind: &str) -> String {
    format!("{kind}from = 2026-11-15T00:00:00Z\nto = 2026-12-01T00:00:00Z\n")
}

/// 20 rows under the old warden.
fn before() -> Estate {
    let mut estate = Estate::new();
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", ADDRESSES)]);
    estate.at("2026-11-14T00:00:00.000Z");
    estate
}

fn placed(host: &str) -> Generation {
    let key = warden_of(2).verifier().to_string();
    let warden = PlacedKey { key, organisation: "Post".parse().unwrap(), host: host.parse().unwrap() };
    Generation { warden, copies_days: 0 }
}

fn policy(estate: &Estate, seen: Option<String>, change: impl FnOnce(&mut PolicyRecord)) -> Entry {
    let mut record = PolicyRecord::new(ORIGIN, estate.state.policies + 1, seen);
    change(&mut record);
    let signature = record.sign(&secret(90));
    Entry::Policy(Policy::new(record, vec![signature]))
}

/// Officers see a note of this time, by these witnesses, and sign that a new warden goes on from there.
fn renew(estate: &mut Estate, seen: &str, witnesses: &[u8]) {
    estate.at(seen);
    let note = note_over(&estate.leaves, witnesses, estate.now);
    let entry = policy(estate, Some(note), |record| record.generation = Some(placed("vault-2.example")));
    estate.push(entry);
    estate.make_key("A-1/2026-12/d7/2", &[Remarks]);
    estate.make_key("A-1/2026-12/d90/2", &[Linkable, Address, Contact]);
}

/// Another 20 rows, sealed to the new keys.
fn after(estate: &mut Estate) {
    estate.at("2026-12-05T00:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", ADDRESSES)]);
    estate.at("2026-12-06T00:00:00.000Z");
    estate.beat(&[1]);
}

fn renewed(seen: &str, witnesses: &[u8]) -> Estate {
    let mut estate = before();
    renew(&mut estate, seen, witnesses);
    after(&mut estate);
    estate
}

#[test]
fn the_thief_keeps_the_old_wardens_keys() {
    let estate = renewed(SEEN, &[1]);
    let open = from(WARDEN, "2026-11-15T00:00:00Z");
    assert_eq!(bound(&verified(&estate, &open).assessment), (40, 80, 1), "before: it may be in the new one, too");
    let found = verified(&estate, &taken(WARDEN));
    assert_eq!(found.verdict, bundle::Verdict::Verified);
    assert_eq!(bound(&found.assessment), (20, 40, 1), "after: the new warden's keys were not there to be taken");
    let expected = Absent::MadeAfter { policy: 14, signed: SEEN.parse().unwrap() };
    let made: Vec<_> = found.assessment.not_included.iter().map(|own| (own.period.to_string(), own.why)).collect();
    assert_eq!(made, [("A-1/2026-12/d7/2".to_owned(), expected), ("A-1/2026-12/d90/2".to_owned(), expected)]);
}

/// What officers signed in time shows nothing if they had seen nothing later than the end.
#[test]
fn officers_sign_before_the_thief_has_left() {
    let early = renewed("2026-12-01T00:00:00.000Z", &[1]);
    assert_eq!(bound(&verified(&early, &taken(WARDEN)).assessment), (40, 80, 1));
}

/// Nobody who is suspect dates what officers saw.
#[test]
fn the_wardens_own_witness_dates_what_officers_saw() {
    let [vault, _, second, gw_1, gw_2] = HOSTS;
    let mut estate = Estate::on([vault, vault, second, gw_1, gw_2], 0);
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", ADDRESSES)]);
    renew(&mut estate, SEEN, &[1]);
    after(&mut estate);
    assert_eq!(bound(&verified(&estate, &taken(WARDEN)).assessment), (40, 80, 1), "the witness beside the warden");
    assert_eq!(bound(&verified(&renewed(SEEN, &[]), &taken(WARDEN)).assessment), (40, 80, 1), "nobody at all");
}

/// A note of another tree, or of one that never was, shows nothing.
#[test]
fn officers_are_shown_another_ledger() {
    let mut estate = before();
    estate.at(SEEN);
    let mut other = estate.leaves.clone();
    other.last_mut().unwrap().push(b' ');
    let note = note_over(&other, &[1], estate.now);
    let entry = policy(&estate, Some(note), |record| record.generation = Some(placed("vault-2.example")));
    estate.push(entry);
    estate.make_key("A-1/2026-12/d7/2", &[Remarks]);
    estate.make_key("A-1/2026-12/d90/2", &[Linkable, Address, Contact]);
    after(&mut estate);
    assert_eq!(bound(&verified(&estate, &taken(WARDEN)).assessment), (40, 80, 1));
}

/// The old key goes on signing: what it signs of the new ledger is nobody's word, at the end and in heartbeats.
#[test]
fn the_old_warden_signs_on() {
    let mut estate = renewed(SEEN, &[1]);
    let text = tlog::Checkpoint::new(ORIGIN, estate.state.size, root(&estate.leaves)).unwrap().to_text();
    let by_the_old = cosigned(&text, &[1], estate.now);
    let leaves = || estate.leaves.iter().map(|leaf| Ok::<_, Fault>(leaf.as_slice()));
    assert!(matches!(History::read(leaves(), by_the_old.as_bytes()), Err(Fault::Note(_) | Fault::WardenSignature)));
    // In a heartbeat it dates nothing: the shred behind the last honest note stays undated.
    estate.at("2026-12-08T00:00:00.000Z");
    estate.shred("A-1/2026-12/d90/2");
    let late = from(WARDEN, "2026-12-20T00:00:00Z");
    let text = tlog::Checkpoint::new(ORIGIN, estate.state.size, root(&estate.leaves)).unwrap().to_text();
    let notes = [cosigned(&text, &[1], estate.now), note_over(&estate.leaves, &[1], estate.now)];
    estate.now = time("2026-12-30T00:00:00.000Z");
    let [by_the_old, by_the_new] = notes.map(|note| {
        let mut estate = estate.clone();
        estate.push(Entry::Heartbeat(Heartbeat { note }));
        bound(&verified(&estate, &late).assessment)
    });
    assert_eq!((by_the_old, by_the_new), ((40, 80, 1), (20, 40, 1)));
}

/// A key for the generation that is to come, made while the old warden was the thief's.
#[test]
fn the_thief_makes_the_new_generations_keys_ahead() {
    let mut estate = before();
    let made = PeriodKey {
        period: "A-1/2026-12/d90/2".parse().unwrap(),
        classes: [Address].into(),
        key: Hash([9; 32]), // the very key that `renew` makes second
        ends: estate.now,
        co_holder: None,
    };
    let rule = estate.forced(Entry::PeriodKey(made));
    assert!(matches!(rule, Rule::OtherGeneration { generation: 1, .. }), "{rule}");
    renew(&mut estate, SEEN, &[1]);
    after(&mut estate);
    let known = estate.state.periods[&"A-1/2026-12/d90/2".parse().unwrap()].key;
    assert_eq!(known, Hash([9; 32]));
    assert_eq!(bound(&verified(&estate, &taken(WARDEN)).assessment), (40, 80, 1), "it was there before, so it counts");
}

/// Nobody but officers makes a generation, and none is made of a host or key that was there before, or without a note.
#[test]
fn the_thief_declares_a_generation_of_its_own() {
    let estate = before();
    let note = Some(note_over(&estate.leaves, &[1], estate.now));
    let signed = |seen: Option<String>, host: &str| policy(&estate, seen, |it| it.generation = Some(placed(host)));
    let Entry::Policy(mut forged) = signed(note.clone(), "vault-2.example") else { unreachable!() };
    forged.signatures = vec![forged.record.sign(&secret(91))];
    assert_eq!(estate.clone().forced(Entry::Policy(forged)), Rule::PolicySignatures);
    assert_eq!(estate.clone().forced(signed(note.clone(), "vault.example")), Rule::GenerationTwice);
    assert_eq!(estate.clone().forced(signed(note.clone(), " VAULT.example")), Rule::GenerationTwice);
    assert_eq!(estate.clone().forced(signed(None, "vault-2.example")), Rule::UnseenGeneration);
    let old =
        Generation { warden: PlacedKey { key: warden().verifier().to_string(), ..placed("v").warden }, copies_days: 0 };
    let entry = policy(&estate, note, |record| record.generation = Some(old));
    assert_eq!(estate.clone().forced(entry), Rule::GenerationTwice);
}

/// The agent's key was stolen and replaced: what is opened by the new one was not the thief's, if that is certain.
#[test]
fn the_thief_of_an_agents_key_leaves_before_it_is_replaced() {
    let story = |seen: Option<&str>| {
        let mut estate = before();
        let batch = *estate.headers.keys().next().unwrap();
        estate.at("2026-11-20T00:00:00.000Z").open(batch, &[1], &[Address], true);
        estate.at(seen.unwrap_or(SEEN));
        let note = note_over(&estate.leaves, &[1], estate.now);
        let mut agent = estate.state.principals[&"support-7".parse().unwrap()].clone();
        agent.key = public(33);
        let entry = policy(&estate, seen.map(|_| note), |record| record.principals = vec![agent]);
        estate.push(entry);
        estate.asker = 33;
        estate.at("2026-12-05T00:00:00.000Z").open(batch, &[2, 3], &[Address], true);
        estate.at("2026-12-06T00:00:00.000Z");
        estate
    };
    let rows = |seen: Option<&str>| verified(&story(seen), &taken(AGENT)).assessment.at_most.rows;
    assert_eq!(rows(Some(SEEN)), 1, "two by the new key, which was made after");
    assert_eq!(rows(Some("2026-12-01T00:00:00.000Z")), 3, "that it was made after is not certain");
    assert_eq!(rows(None), 3, "nobody says what the officers had seen");
    let open = verified(&story(Some(SEEN)), &from(AGENT, "2026-11-15T00:00:00Z")).assessment;
    assert_eq!(open.at_most.rows, 3, "without an end the new key may be taken, too");
}

/// The gateway's host was taken and replaced, with a key of its own; what it had recorded by then is in the window.
#[test]
fn the_thief_of_a_gateway_leaves_before_it_is_replaced() {
    let mut estate = before();
    estate.at(SEEN);
    let note = note_over(&estate.leaves, &[1], estate.now);
    let own = |host: &str| EnrolledWorker {
        worker: "gw-1".parse().unwrap(),
        key: public(34),
        organisation: "Provider".parse().unwrap(),
        host: host.parse().unwrap(),
    };
    let entry = policy(&estate, Some(note), |record| record.workers = vec![own("gw-3.example")]);
    estate.push(entry);
    estate.worker = 34;
    estate.make_key("A-1/2026-12/d7", &[Remarks]);
    estate.make_key("A-1/2026-12/d90", &[Linkable, Address, Contact]);
    after(&mut estate);
    assert_eq!(verified(&estate, &taken(HOST)).assessment.recorded.rows, 20);
    assert_eq!(verified(&estate, &from(HOST, "2026-11-15T00:00:00Z")).assessment.recorded.rows, 40);
    // The old key signs on: its entries are void, and count.
    let mut signs_on = estate.clone();
    signs_on.at("2026-12-07T00:00:00.000Z");
    let body = Intake::new(record_of(&signs_on, 90), &secret(1));
    assert!(matches!(signs_on.forced(Entry::Intake(body)), Rule::WorkerSignature { .. }));
    assert_eq!(verified(&signs_on, &taken(HOST)).assessment.recorded.rows, 27);
}

/// Seven rows that were never sealed.
fn record_of(estate: &Estate, ticket: u64) -> IntakeRecord {
    IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: estate.now,
        instance: FIRST,
        ticket,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: 7,
        parties: 14,
        verdict: Verdict::Refused,
        shipper: None,
        batches: Vec::new(),
    }
}

/// A level is lost for good where a later warden stands beside a gateway.
#[test]
fn a_later_warden_stands_beside_a_gateway() {
    let apart = verified(&renewed(SEEN, &[1]), WARDEN);
    assert_eq!(apart.level, Level::WARDEN_APART);
    let mut estate = before();
    estate.at(SEEN);
    let note = note_over(&estate.leaves, &[1], estate.now);
    let entry = policy(&estate, Some(note), |record| record.generation = Some(placed("GW-2.example")));
    estate.push(entry);
    estate.at("2026-12-06T00:00:00.000Z");
    assert_eq!(verified(&estate, WARDEN).level, Level::ONE_HOST);
}

/// The witness stood beside the warden, and was moved away with the key that it had there: the thief has that, too.
#[test]
fn the_witness_moves_off_the_wardens_host_with_its_key() {
    let [vault, first, second, gw_1, gw_2] = HOSTS;
    let story = |key: u8| {
        let mut estate = Estate::on([vault, vault, second, gw_1, gw_2], 0);
        estate.at("2026-10-05T12:00:00.000Z");
        estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", ADDRESSES)]);
        let keys = estate.state.cast().unwrap().witnesses.keys.clone();
        let moved =
            PlacedKey { key: witness(key).verifier().to_string(), host: first.parse().unwrap(), ..keys[0].clone() };
        let witnesses = Witnesses { keys: vec![moved, keys[1].clone()], quorum: 0 };
        let entry = policy(&estate, None, |record| record.witnesses = Some(witnesses));
        estate.push(entry);
        estate.shred("A-1/2026-10/d90");
        estate.now = time("2026-11-01T00:00:00.000Z");
        estate.beat(&[key]);
        estate.now = time("2026-12-05T00:00:00.000Z");
        estate
    };
    let question = from(WARDEN, "2026-12-01T00:00:00Z");
    let rows = |key| assess_at(&story(key), &question, APART).at_most.rows;
    assert_eq!(rows(7), 0, "a key of its own dates the shred");
    assert_eq!(rows(1), 20, "the key from the warden's host dates nothing, wherever it is said to be now");
}

/// After the agent's key was replaced, officers give the stolen one back, or give it with a note of today: it is the thief's.
#[test]
fn officers_give_a_stolen_agents_key_back() {
    let story = |keys: &[(&str, u8)]| {
        let mut estate = before();
        let batch = *estate.headers.keys().next().unwrap();
        for (row, (seen, key)) in (1..).zip(keys) {
            estate.at(seen);
            let note = note_over(&estate.leaves, &[1], estate.now);
            let mut agent = estate.state.principals[&"support-7".parse().unwrap()].clone();
            agent.key = public(*key);
            let entry = policy(&estate, Some(note), |record| record.principals = vec![agent]);
            estate.push(entry);
            estate.asker = *key;
            estate.open(batch, &[row], &[Address], true);
        }
        estate.at("2026-12-06T00:00:00.000Z");
        verified(&estate, &taken(AGENT)).assessment.at_most.rows
    };
    assert_eq!(story(&[(SEEN, 33), ("2026-12-03T00:00:00.000Z", 35)]), 0, "both are new");
    assert_eq!(story(&[(SEEN, 33), ("2026-12-03T00:00:00.000Z", 3)]), 1, "the second was taken");
    assert_eq!(
        story(&[("2026-11-20T00:00:00.000Z", 33), (SEEN, 3)]),
        2,
        "neither is certainly out of the thief's hands"
    );
}

/// The gateway's stolen key comes back, to the gateway or to another one of those taken.
#[test]
fn officers_give_a_stolen_gateways_key_back() {
    let story = |keys: &[u8]| {
        let mut estate = before();
        estate.make_key("A-1/2026-12/d7", &[Remarks]);
        estate.make_key("A-1/2026-12/d90", &[Linkable, Address, Contact]);
        for key in keys {
            estate.at(SEEN);
            let note = note_over(&estate.leaves, &[1], estate.now);
            let known = estate.state.cast().unwrap().workers.iter().find(|own| own.worker.as_str() == "gw-1").unwrap();
            let own = EnrolledWorker { key: public(*key), ..known.clone() };
            let entry = policy(&estate, Some(note), |record| record.workers = vec![own]);
            estate.push(entry);
            estate.worker = *key;
            estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", ADDRESSES)]);
        }
        estate.at("2026-12-06T00:00:00.000Z");
        verified(&estate, &taken(HOST)).assessment.recorded.rows
    };
    assert_eq!(story(&[34, 35]), 20, "both are new: what came before alone");
    assert_eq!(story(&[34, 1]), 40, "the second is the one that was taken");
    assert_eq!(story(&[2]), 40, "another gateway's, from before");
}

/// One of two gateways that are taken has another key: the report does not pass over the other one.
#[test]
fn one_of_two_taken_gateways_goes_on() {
    let mut estate = before();
    estate.at(SEEN);
    let note = note_over(&estate.leaves, &[1], estate.now);
    let known = estate.state.cast().unwrap().workers[0].clone();
    let entry = policy(&estate, Some(note), |record| {
        record.workers = vec![EnrolledWorker { key: public(34), ..known }];
    });
    estate.push(entry);
    estate.at("2026-12-06T00:00:00.000Z");
    let said = |kind: &str| {
        let found = assess_at(&estate, &taken(kind), APART).statements;
        found.iter().any(|said| said.contains("counts as taken until the end of the ledger"))
    };
    assert!(!said(HOST), "the first gateway alone: it has another key");
    assert!(said("[[hypothesis]]\nkind = \"host\"\n"), "both: the second one goes on");
    assert!(said("[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-2\"]\n"), "the second one alone");
}

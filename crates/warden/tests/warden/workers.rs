//! What a worker asks of the warden: periods at its start, and what it anchors.

use crate::house::*;
use api::warden::*;
use durable::random::OsRandom;
use ledger::{Disclosed, Entry, Hash, InstanceId, Month, canonical, entry::Closed};
use seal::PeriodSecretKey;

#[tokio::test]
async fn periods_are_made_for_four_months_once_and_proven() {
    let house = House::new().await;
    let list = house.periods().await.unwrap();
    let periods = house.verified(&list).unwrap();
    let names: Vec<_> = periods.iter().map(|p| p.entry.period.to_string()).collect();
    let wanted = [
        "A-1/2026-11/d30",
        "A-1/2026-11/d90",
        "A-1/2026-12/d30",
        "A-1/2026-12/d90",
        "A-1/2027-01/d30",
        "A-1/2027-01/d90",
        "A-1/2027-02/d30",
        "A-1/2027-02/d90",
    ];
    assert_eq!(names, wanted);
    assert_eq!(periods[1].entry.ends.to_string(), "2027-03-01T00:00:00.000Z");
    assert_eq!(house.kinds().await[1..], [vec!["policy"], vec!["period_key"; 8]].concat());

    let again = house.periods().await.unwrap();
    assert_eq!(house.verified(&again).unwrap(), periods);
    assert_eq!(house.kinds().await.len(), 10);

    let mut swapped = list.clone();
    swapped.periods[0].public = swapped.periods[1].public.clone();
    assert!(matches!(house.verified(&swapped), Err(Unproven::Key { .. })));
    let mut moved = list.clone();
    moved.periods[0].born.index += 1;
    assert!(matches!(house.verified(&moved), Err(Unproven::Inclusion { .. })));
    let mut alone = list.clone();
    alone.checkpoint = house.json::<Head>("/v1/head").await.signed;
    let nobody = Pins { witnesses: vec![], quorum: 1, ..house.pins.clone() };
    let unwitnessed = alone.verify(&alone.standing(&nobody, &house.config.authority).unwrap());
    assert_eq!(unwitnessed, Err(Unproven::Quorum { cosigned: 0, quorum: 1 }));
}

#[tokio::test]
async fn changed_terms_do_not_change_keys_that_were_made() {
    let house = House::new().await;
    house.periods().await.unwrap();
    let mut record = house.first_policy();
    record.number = 2;
    record.agreements[0].groups[0].days = 31;
    let refusal = house.decide(record.clone()).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Terms { .. }), "{refusal}");
}

#[tokio::test]
async fn anchors_are_written_once_and_signed_for() {
    let mut house = House::new().await;
    let sealed = house.seal(2).await;
    let (first, second, third) = (house.intake(&[&sealed]), house.intake(&[]), house.intake(&[]));

    // In any order: bodies end when they end.
    house.anchor(vec![third.clone()]).await.unwrap();
    let sent = [first.clone(), second.clone(), third.clone(), first.clone()].to_vec();
    let anchored = house.anchor(sent.clone()).await.unwrap();
    let checkpoint = house.pins.checkpoint(&anchored.checkpoint).unwrap();
    let indexes = anchored.verify(sent.clone(), None, &checkpoint).unwrap();
    assert!(indexes[2] < indexes[0] && indexes[0] == indexes[3]);
    let entries = house.entries().await;
    let standing = |index: &u64| entries[*index as usize].entry.clone();
    assert_eq!(
        indexes.iter().map(standing).collect::<Vec<_>>(),
        sent.iter().cloned().map(Entry::Intake).collect::<Vec<_>>()
    );
    // Of other entries, or without one, it proves nothing.
    let others = [first.clone(), third.clone(), second.clone(), first.clone()].to_vec();
    assert!(matches!(anchored.verify(others, None, &checkpoint), Err(Unproven::Inclusion { .. })));
    assert_eq!(anchored.verify(sent[..2].to_vec(), None, &checkpoint), Err(Unproven::Count { found: 4, sent: 2 }));

    let mut other = second.record.clone();
    other.octets += 1;
    let other = ledger::entry::Intake::new(other, &house.worker_key);
    let refusal = house.anchor(vec![other]).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Forked { ticket: 2, entry, .. } if entry == indexes[1]), "{refusal}");

    let mut forged = house.intake(&[]);
    forged.record.ticket = 9;
    assert_eq!(house.anchor(vec![forged]).await.unwrap_err(), Refusal::Signature);

    let (worker, tick) = ("gw-1".parse().unwrap(), None);
    let request = Anchors { worker, entries: vec![], tick, requested: house.now(), nonce: nonce() };
    let stolen = Signed::new(request.clone(), &house.principal_key);
    assert_eq!(house.post::<Anchored>("/v1/anchors", &stolen).await.unwrap_err(), Refusal::Signature);
    let signed = house.signed(request);
    house.post::<Anchored>("/v1/anchors", &signed).await.unwrap();
    assert_eq!(house.post::<Anchored>("/v1/anchors", &signed).await.unwrap_err(), Refusal::Replayed);
}

#[tokio::test]
async fn a_tick_is_written_behind_what_it_speaks_of() {
    let mut house = House::new().await;
    let intakes = vec![house.intake(&[]), house.intake(&[])];
    house.anchor(vec![]).await.unwrap();
    let sent: Vec<_> = intakes.iter().cloned().map(|intake| Anchoring { intake, headers: Vec::new() }).collect();
    let refusal = house.anchor_started(sent.clone(), Some(house.tick(1, 1, &[]))).await.unwrap_err();
    assert!(matches!(refusal, Refusal::NotStarted { .. }), "{refusal}");
    house.anchor(vec![intakes[0].clone()]).await.unwrap();

    let skipping = house.anchor_started(vec![], Some(house.tick(1, 3, &[]))).await.unwrap_err();
    assert!(matches!(skipping, Refusal::Rule { position: 0, .. }), "{skipping}");
    let tick = house.tick(1, 4, &[3]);
    let anchored = house.anchor_started(sent.clone(), Some(tick.clone())).await.unwrap();
    let checkpoint = house.pins.checkpoint(&anchored.checkpoint).unwrap();
    let indexes = anchored.verify(intakes.clone(), Some(tick.clone()), &checkpoint).unwrap();
    let at = anchored.tick.as_ref().unwrap().index;
    assert_eq!((indexes[1] + 1, house.entries().await[at as usize].entry.clone()), (at, Entry::Tick(tick.clone())));
    // Asked again with the same one, it stands where it stood; an older one is not taken.
    let again = house.anchor_started(sent.clone(), Some(tick.clone())).await.unwrap();
    assert_eq!(again.tick.as_ref().unwrap().index, at);
    let later = house.tick(5, 4, &[3]);
    house.anchor_started(vec![], Some(later)).await.unwrap();
    let older = house.anchor_started(vec![], Some(tick.clone())).await.unwrap_err();
    assert!(matches!(older, Refusal::Rule { .. }), "{older}");

    // A warden that leaves it out, or writes it before what it speaks of, is not believed.
    let without = Anchored { tick: None, ..anchored.clone() };
    let lacking = without.verify(intakes.clone(), Some(tick.clone()), &checkpoint);
    assert_eq!(lacking, Err(Unproven::Count { found: 0, sent: 1 }));
    let late = house.intake(&[]);
    let late = vec![Anchoring { intake: late, headers: Vec::new() }];
    let moved = house.anchor_started(late.clone(), None).await.unwrap();
    let size = house.entries().await.len() as u64;
    let behind = house.anchor_started(late.clone(), Some(house.tick(6, 4, &[]))).await.unwrap();
    assert!(moved.entries[0].index < behind.tick.unwrap().index && behind.entries[0].index < size);
}

#[tokio::test]
async fn headers_stand_beside_the_ledger_where_they_fit() {
    let mut house = House::new().await;
    let kept = |house: &House| -> Vec<Disclosed> {
        let mut headers = Vec::new();
        warden::kept::headers(&house.path("ledger"), |header| headers.push(canonical::read(&header).unwrap())).unwrap();
        headers
    };
    let of = |sealed: &seal::Sealed| Disclosed { header: sealed.header.clone(), salt: sealed.salt };
    let first = house.batch(2).await;
    assert_eq!(kept(&house), [of(&first)]);

    // One that fits no anchor, of another batch or with another salt, is left out; the entry is written all the same.
    let (second, other) = (house.seal(1).await, house.seal(1).await);
    let intake = house.intake(&[&second]);
    let wrong = vec![Disclosed { salt: Hash([3; 32]), ..of(&second) }, of(&other)];
    let index =
        house.anchor_with(vec![Anchoring { intake: intake.clone(), headers: wrong }]).await.unwrap().entries[0].index;
    assert_eq!(kept(&house), [of(&first)]);
    assert!(String::from_utf8(house.get("/metrics").await.1).unwrap().contains("bulla_warden_headers_unfit_total 2\n"));
    // Sent again with the right one it stands where it stood.
    let again =
        house.anchor_with(vec![Anchoring { intake: intake.clone(), headers: vec![of(&second)] }]).await.unwrap();
    assert_eq!((again.entries[0].index, kept(&house)), (index, vec![of(&first), of(&second)]));

    // As often as it is sent, by a gateway that waits for a witness or by whoever has its key: it stands there once.
    for _ in 0..3 {
        let headers = vec![of(&second), of(&second)];
        house.anchor_with(vec![Anchoring { intake: intake.clone(), headers }]).await.unwrap();
    }
    assert_eq!(kept(&house).len(), 2);

    // A write that a crash cut off takes nothing else with it.
    house.stop().await;
    let path = house.path("ledger/headers");
    let mut torn = std::fs::read(&path).unwrap();
    let whole = torn.len();
    torn.extend_from_slice(&[0, 0, 9, 9, 1, 2, 3]);
    std::fs::write(&path, torn).unwrap();
    assert_eq!(kept(&house).len(), 2);
    house.start().await.unwrap();
    house.anchor_with(vec![Anchoring { intake, headers: vec![of(&second)] }]).await.unwrap();
    assert_eq!((kept(&house).len(), std::fs::metadata(&path).unwrap().len()), (2, whole as u64));
}

#[tokio::test]
async fn a_start_hands_over_the_months_keys_and_is_taken_once() {
    let mut house = House::new().await;
    let key = PeriodSecretKey::generate(&mut OsRandom);
    let request = house.signed(house.start_request(&key.public(), INSTANCE, vec![]));
    let started: Started = house.post("/v1/workers/start", &request).await.unwrap();
    let months: Vec<Month> = started.handed.keys.iter().map(|k| k.month).collect();
    assert_eq!(months, ["2026-11".parse().unwrap(), "2026-12".parse().unwrap()]);
    let checkpoint = house.pins.checkpoint(&started.handed.checkpoint).unwrap();
    started.verify(&request.request, &checkpoint).unwrap();
    let entries = house.entries().await;
    assert!(
        matches!(&entries[started.place.index as usize].entry, Entry::Start(start) if start.record.instance == INSTANCE)
    );
    for sealed in &started.handed.keys {
        let opened = sealed.open(&key, &"gw-1".parse().unwrap()).unwrap();
        assert!(
            matches!(&entries[sealed.place.index as usize].entry, Entry::IndexKey(k) if k.key == opened.name() && k.month == sealed.month)
        );
        assert!(sealed.open(&key, &"gw-2".parse().unwrap()).is_err());
        sealed.verify(&"gw-1".parse().unwrap(), &checkpoint).unwrap();
        assert!(sealed.verify(&"gw-2".parse().unwrap(), &checkpoint).is_err());
    }

    // The same request again is a replay; after both sides of the nonce list are gone it writes no second start.
    assert_eq!(house.post::<Started>("/v1/workers/start", &request).await.unwrap_err(), Refusal::Replayed);
    house.stop().await;
    house.start().await.unwrap();
    let again: Started = house.post("/v1/workers/start", &request).await.unwrap();
    assert_eq!((again.place.index, again.handed.keys[0].key), (started.place.index, started.handed.keys[0].key));
    // Another start under the same name is two processes in one.
    let other = house.start_request(&key.public(), INSTANCE, vec![Closed { instance: INSTANCE, last: 0 }]);
    let refusal = house.post::<Started>("/v1/workers/start", &house.signed(other)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Forked { ticket: 0, .. }), "{refusal}");
}

#[tokio::test]
async fn a_start_closes_what_is_wholly_there_and_nothing_else() {
    let mut house = House::new().await;
    let intakes = vec![house.intake(&[]), house.intake(&[])];
    house.anchor(intakes).await.unwrap();
    let key = PeriodSecretKey::generate(&mut OsRandom).public();
    let next = InstanceId([8; 16]);
    // From an old copy of its directory a worker knows of one body only: it starts, and closes nothing.
    let old = house.start_request(&key, next, vec![Closed { instance: INSTANCE, last: 1 }]);
    let refusal = house.post::<Started>("/v1/workers/start", &house.signed(old)).await.unwrap_err();
    assert_eq!(refusal, Refusal::NotOver { instance: INSTANCE });
    let whole = house.start_request(&key, next, vec![Closed { instance: INSTANCE, last: 2 }]);
    house.post::<Started>("/v1/workers/start", &house.signed(whole)).await.unwrap();
}

#[tokio::test]
async fn entries_are_the_same_octets_whichever_range_is_asked_for() {
    let mut house = House::new().await;
    let many = (0..150).map(|_| house.intake(&[])).collect();
    house.anchor(many).await.unwrap();
    let all = house.get("/v1/entries").await.1;
    let lines: Vec<&[u8]> = all.split_inclusive(|octet| *octet == b'\n').collect();
    assert!(lines.len() > 150);
    for (from, to) in [(0, 64), (0, 65), (1, 65), (3, 140), (63, 64), (64, 128), (70, 70), (140, 3)] {
        let expected = lines.get(from..to).unwrap_or_default().concat();
        assert!(house.get(&format!("/v1/entries?from={from}&to={to}")).await == (200, expected), "{from} {to}");
    }
    assert!(house.get("/v1/entries?from=18446744073709551615").await == (200, Vec::new()));
    for wrong in ["from=x", "to=-1", "from=1&from=2"] {
        let (status, body) = house.get(&format!("/v1/entries?{wrong}")).await;
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, problem.refusal), (400, Refusal::Range), "{wrong}");
    }
    // More at once than are put together at once.
    let ask = || house.get("/v1/entries?to=150");
    let answers = tokio::join!(ask(), ask(), ask(), ask(), ask());
    for answer in <[_; 5]>::from(answers) {
        assert!(answer == (200, lines[..150].concat()));
    }
}

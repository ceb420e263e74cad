//! What a worker asks of the warden: periods at its start, and anchors in the order of its chain.

use crate::house::*;
use api::warden::*;
use durable::random::OsRandom;
use ledger::{Disclosed, Entry, Hash, Month, canonical};
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
async fn anchors_are_written_once_in_order_and_signed_for() {
    let mut house = House::new().await;
    let sealed = house.seal(2).await;
    let first = house.intake(&[&sealed]);
    let before_second = house.chain;
    let second = house.intake(&[]);
    let third = house.intake(&[]);

    let refusal = house.anchor(vec![second.clone()]).await.unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Chain { worker: "gw-1".parse().unwrap(), next: 1, previous: Hash([0; 32]), position: 0 }
    );
    // A hole after the first: the first is written, the answer says where to go on.
    let refusal = house.anchor(vec![first.clone(), third.clone()]).await.unwrap_err();
    let (next, previous) = before_second;
    assert_eq!(refusal, Refusal::Chain { worker: "gw-1".parse().unwrap(), next, previous, position: 1 });
    let anchored = house.anchor(vec![first.clone(), second.clone(), third.clone()]).await.unwrap();
    let sent = [first.clone(), second.clone(), third.clone()].to_vec();
    let indexes = anchored.verify(sent.clone(), &house.pins).unwrap();
    let entries = house.entries().await;
    let standing = |index: &u64| entries[*index as usize].entry.clone();
    assert_eq!(
        indexes.iter().map(standing).collect::<Vec<_>>(),
        sent.iter().cloned().map(Entry::Intake).collect::<Vec<_>>()
    );
    // Of other entries, or without one, it proves nothing.
    let others = [first.clone(), third.clone(), second.clone()].to_vec();
    assert!(matches!(anchored.verify(others, &house.pins), Err(Unproven::Inclusion { .. })));
    assert_eq!(anchored.verify(sent[..2].to_vec(), &house.pins), Err(Unproven::Count { found: 3, sent: 2 }));

    house.chain = before_second;
    let mut other = house.intake(&[]);
    other.record.octets += 1;
    let other = ledger::entry::Intake::new(other.record, &house.worker_key);
    let refusal = house.anchor(vec![other]).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Forked { sequence: 2, entry, .. } if entry == indexes[1]), "{refusal}");

    let mut forged = house.intake(&[]);
    forged.record.sequence = 4;
    forged.record.previous = third.hash();
    assert_eq!(house.anchor(vec![forged]).await.unwrap_err(), Refusal::Signature);

    let request = Anchors { worker: "gw-1".parse().unwrap(), entries: vec![], requested: house.now(), nonce: nonce() };
    let stolen = Signed::new(request.clone(), &house.principal_key);
    assert_eq!(house.post::<Anchored>("/v1/anchors", &stolen).await.unwrap_err(), Refusal::Signature);
    let signed = house.signed(request);
    house.post::<Anchored>("/v1/anchors", &signed).await.unwrap();
    assert_eq!(house.post::<Anchored>("/v1/anchors", &signed).await.unwrap_err(), Refusal::Replayed);
}

#[tokio::test]
async fn headers_stand_beside_the_ledger_where_they_fit() {
    let mut house = House::new().await;
    let kept = |house: &House| -> Vec<Disclosed> {
        let kept = warden::kept::read(&house.path("ledger")).unwrap();
        kept.headers.iter().map(|header| canonical::read(header).unwrap()).collect()
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
    let request = house.signed(house.start_request(&key.public()));
    let started: Started = house.post("/v1/workers/start", &request).await.unwrap();
    let months: Vec<Month> = started.handed.keys.iter().map(|k| k.month).collect();
    assert_eq!(months, ["2026-11".parse().unwrap(), "2026-12".parse().unwrap()]);
    let checkpoint = house.pins.checkpoint(&started.handed.checkpoint).unwrap();
    started.verify(&request.request, &checkpoint).unwrap();
    let entries = house.entries().await;
    assert!(matches!(&entries[started.place.index as usize].entry, Entry::Worker(start) if start.next == 1));
    for sealed in &started.handed.keys {
        let opened = sealed.open(&key, &"gw-1".parse().unwrap()).unwrap();
        assert!(
            matches!(&entries[sealed.place.index as usize].entry, Entry::IndexKey(k) if k.key == opened.name() && k.month == sealed.month)
        );
        assert!(sealed.open(&key, &"gw-2".parse().unwrap()).is_err());
        sealed.verify(&"gw-1".parse().unwrap(), &checkpoint).unwrap();
        assert!(sealed.verify(&"gw-2".parse().unwrap(), &checkpoint).is_err());
    }

    // The same request again, also after both sides of the nonce list are gone.
    assert_eq!(house.post::<Started>("/v1/workers/start", &request).await.unwrap_err(), Refusal::Replayed);
    house.stop().await;
    house.start().await.unwrap();
    assert_eq!(house.post::<Started>("/v1/workers/start", &request).await.unwrap_err(), Refusal::Replayed);
    house.wait(1000);
    let later = house.signed(house.start_request(&key.public()));
    let again: Started = house.post("/v1/workers/start", &later).await.unwrap();
    assert_eq!(again.handed.keys[0].key, started.handed.keys[0].key);
}

#[tokio::test]
async fn a_start_from_an_old_copy_is_told_where_its_chain_is() {
    let mut house = House::new().await;
    let old = house.chain;
    let intake = house.intake(&[]);
    house.anchor(vec![intake.clone()]).await.unwrap();
    house.chain = old;
    let key = PeriodSecretKey::generate(&mut OsRandom).public();
    let refusal =
        house.post::<Started>("/v1/workers/start", &house.signed(house.start_request(&key))).await.unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Chain { worker: "gw-1".parse().unwrap(), next: 2, previous: intake.hash(), position: 0 }
    );
}

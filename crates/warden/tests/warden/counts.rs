//! Counts of people: announced, cosigned, batch after batch, and one number; and what gives none.

use crate::house::*;
use api::warden::*;
use ledger::{
    CountRequest, CountScope, Entry, Hash,
    entry::{CountOutcome, Counted, Principal},
    opening::Purpose,
};
use seal::Sealed;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const PERIOD: &str = "A-1/2026-11/d90";

/// A recipient's name and postal code as the manifest writes them.
pub fn address(name: &str, postal: &str) -> Zeroizing<Vec<u8>> {
    let field = |tag: u8, value: &str| {
        let head = [tag, 2 << 3, 1, u8::try_from(value.len()).unwrap()];
        [&head[..], value.as_bytes()].concat()
    };
    Zeroizing::new([field(16, name), field(22, postal)].concat())
}

/// A warden whose principal may have people counted.
pub async fn house() -> House {
    let mut house = House::prepared(|_| {}).await;
    house.start().await.unwrap();
    let mut policy = house.first_policy();
    let own = Principal { purposes: [Purpose::Assessment].into(), counts: Some(100), ..policy.principals[0].clone() };
    policy.principals = vec![own];
    house.decide(policy).await.unwrap();
    house
}

/// An anchored batch of these people, a row each.
pub async fn people(house: &mut House, names: &[String]) -> Sealed {
    let listed = house.verified(&house.periods().await.unwrap()).unwrap();
    let parcels = u32::try_from(names.len()).unwrap();
    let of_row = |row: u32| Some(address(&names[row.checked_sub(1)? as usize], "G1A 0A2"));
    let sealed = house.seal_people(parcels, listed, of_row);
    house.anchored(&sealed).await;
    sealed
}

pub fn names(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("Person {number}")).collect()
}

pub fn request(house: &House) -> CountRequest {
    let scope = CountScope {
        principal: "support-7".parse().unwrap(),
        ticket: "T-1".parse().unwrap(),
        periods: BTreeSet::from([PERIOD.parse().unwrap()]),
        requested: house.now(),
        nonce: nonce(),
    };
    CountRequest::new(scope, &house.principal_key)
}

pub fn carried(sealed: &Sealed) -> CountBatch {
    CountBatch {
        header: sealed.header.clone(),
        salt: sealed.salt,
        encapsulations: sealed.encapsulations.iter().cloned().map(Octets).collect(),
        body: Octets(sealed.body.clone()),
    }
}

async fn begin(house: &House, request: &CountRequest) -> Result<CountBegun, Refusal> {
    house.post("/v1/counts", request).await
}

/// Begins it, and returns what whoever goes on with it must show.
async fn begun(house: &House, request: &CountRequest) -> Hash {
    begin(house, request).await.unwrap().handle
}

async fn hand(house: &House, handle: Hash, sealed: &[&Sealed]) -> Result<CountTaken, Refusal> {
    let batches = sealed.iter().map(|sealed| carried(sealed)).collect();
    house.post("/v1/counts/batches", &CountBatches { handle, batches }).await
}

async fn end(house: &House, handle: Hash) -> Result<CountAnswer, Refusal> {
    house.post("/v1/counts/end", &CountEnd { handle }).await
}

async fn last(house: &House) -> Entry {
    let entries = house.entries().await.into_iter().map(|logged| logged.entry);
    entries.rev().find(|entry| !matches!(entry, Entry::Heartbeat(_))).unwrap()
}

#[tokio::test]
async fn people_are_counted_once_and_only_after_the_intent_was_cosigned() {
    let mut house = house().await;
    let mut folded = names(50..130);
    folded.extend(["PERSON 60".to_owned(), "person-61".to_owned(), "--".to_owned(), "--".to_owned()]);
    let (one, two) = (people(&mut house, &names(0..90)).await, people(&mut house, &folded).await);
    let asked = request(&house);
    let CountBegun { count, handle, .. } = begin(&house, &asked).await.unwrap();
    assert_eq!(count, asked.id());
    assert!(matches!(last(&house).await, Entry::CountIntent(intent) if intent.request == asked));
    // What was anchored since is not of the set, and nothing counts twice.
    let since = people(&mut house, &names(1000..1010)).await;
    assert_eq!(hand(&house, handle, &[&one, &one, &since]).await.unwrap().rows, 90);
    assert_eq!(hand(&house, handle, &[&one, &two]).await.unwrap().rows, 174);
    let answer = end(&house, handle).await.unwrap();
    answer.verify(&asked, &house.pins).unwrap();
    // 130 names, and two rows that do not say of whom.
    assert_eq!((answer.people, answer.rows), (Some(132), 174));
    let counted = Counted { count: asked.id(), outcome: CountOutcome::Given, people: Some(132) };
    assert_eq!(house.entries().await[answer.counted as usize].entry, Entry::Counted(counted));
    assert_eq!(end(&house, handle).await.unwrap_err(), Refusal::NotFound);
    assert_eq!(begin(&house, &asked).await.unwrap_err(), Refusal::Replayed);
    let other = CountAnswer { people: Some(133), ..answer.clone() };
    assert!(other.verify(&asked, &house.pins).is_err() && answer.verify(&request(&house), &house.pins).is_err());
    // Ten rows since then would be alone in their piece.
    let refusal = begin(&house, &request(&house)).await.unwrap_err();
    assert!(matches!(&refusal, Refusal::NotAllowed { rule } if rule.contains("10 rows by themselves")), "{refusal}");
}

/// Each key opens its own period's batches, in whatever order these are handed over.
#[tokio::test]
async fn batches_of_two_periods_come_by_turns() {
    let mut house = house().await;
    let one = people(&mut house, &names(0..40)).await;
    house.wait(30 * 24 * 3_600_000);
    let (two, three) = (people(&mut house, &names(30..70)).await, people(&mut house, &names(60..100)).await);
    let four = people(&mut house, &names(90..130)).await;
    let periods: BTreeSet<_> = [&one, &two].map(|own| own.header.groups[1].period.clone()).into();
    assert_eq!(periods.iter().map(ToString::to_string).collect::<Vec<_>>(), [PERIOD, "A-1/2026-12/d90"]);
    let asked = CountRequest::new(CountScope { periods, ..request(&house).scope }, &house.principal_key);
    let handle = begun(&house, &asked).await;
    // One and three, so that one of two cores has batches of both.
    assert_eq!(hand(&house, handle, &[&two, &one, &three, &four]).await.unwrap().rows, 160);
    assert_eq!(end(&house, handle).await.unwrap().people, Some(130));
}

#[tokio::test]
async fn what_gives_no_number() {
    let mut house = house().await;
    let same: Vec<_> = names(0..60).into_iter().chain(names(0..60)).collect();
    let (few, more) = (people(&mut house, &same).await, people(&mut house, &names(0..1)).await);
    let withheld = request(&house);
    let its = begun(&house, &withheld).await;
    hand(&house, its, &[&few, &more]).await.unwrap();
    let answer = end(&house, its).await.unwrap();
    answer.verify(&withheld, &house.pins).unwrap();
    assert_eq!(answer.people, None, "60 people");
    assert!(matches!(
        last(&house).await,
        Entry::Counted(Counted { outcome: CountOutcome::Withheld, people: None, .. })
    ));

    let failed = Counted { count: withheld.id(), outcome: CountOutcome::Failed, people: None };
    let left_out = request(&house);
    let its = begun(&house, &left_out).await;
    hand(&house, its, &[&few]).await.unwrap();
    let refusal = end(&house, its).await.unwrap_err();
    assert!(
        matches!(&refusal, Refusal::DidNotOpen { reason, .. } if reason.contains("120 of its 121 rows")),
        "{refusal}"
    );
    assert_eq!(last(&house).await, Entry::Counted(Counted { count: left_out.id(), ..failed }));

    let changed = request(&house);
    let its = begun(&house, &changed).await;
    let mut batch = carried(&few);
    let end_of = batch.body.0.len() - 1;
    batch.body.0[end_of] ^= 1;
    let batches = CountBatches { handle: its, batches: vec![batch, carried(&more)] };
    house.post::<CountTaken>("/v1/counts/batches", &batches).await.unwrap();
    assert!(matches!(end(&house, its).await.unwrap_err(), Refusal::DidNotOpen { .. }));

    let wrong = CountRequest::new(request(&house).scope, &key_of(77));
    assert_eq!(begin(&house, &wrong).await.unwrap_err(), Refusal::Signature);
    let old = request(&house);
    house.wait(6 * 60 * 1000);
    assert!(matches!(begin(&house, &old).await.unwrap_err(), Refusal::Stale { .. }));
}

#[tokio::test]
async fn nobody_counts_without_the_right_or_the_witness() {
    let mut plain = House::new().await;
    people(&mut plain, &names(0..120)).await;
    let refusal = begin(&plain, &request(&plain)).await.unwrap_err();
    assert!(
        matches!(&refusal, Refusal::NotAllowed { rule } if rule.contains("may not have people counted")),
        "{refusal}"
    );
    assert_ne!(plain.kinds().await.last().unwrap(), "count_intent");

    let mut house = house().await;
    let sealed = people(&mut house, &names(0..120)).await;
    house.witness.stop().await;
    let asked = request(&house);
    assert!(matches!(begin(&house, &asked).await.unwrap_err(), Refusal::Quorum { .. }));
    assert_eq!(house.kinds().await.last().unwrap(), "count_intent");
    let refusal = hand(&house, Hash(asked.id().0), &[&sealed]).await.unwrap_err();
    assert_eq!(refusal, Refusal::NotFound, "no key is used for it");
}

/// What was in memory is gone with the process: an intent without an end, and the same set may be counted anew.
#[tokio::test]
async fn a_count_does_not_outlive_its_process() {
    let mut house = house().await;
    let sealed = people(&mut house, &names(0..120)).await;
    let lost = request(&house);
    let its = begun(&house, &lost).await;
    hand(&house, its, &[&sealed]).await.unwrap();
    house.stop().await;
    house.start().await.unwrap();
    assert_eq!(end(&house, its).await.unwrap_err(), Refusal::NotFound);
    assert_eq!(house.kinds().await.last().unwrap(), "count_intent");
    let again = request(&house);
    let before = begun(&house, &again).await;
    // The next one ends the one before it.
    let next = request(&house);
    let its = begun(&house, &next).await;
    assert_eq!(hand(&house, before, &[&sealed]).await.unwrap_err(), Refusal::NotFound);
    assert_eq!(end(&house, before).await.unwrap_err(), Refusal::NotFound);
    hand(&house, its, &[&sealed]).await.unwrap();
    assert_eq!(end(&house, its).await.unwrap().people, Some(120));
}

/// What is in memory of the rows is not there for good because nobody asks for the number.
#[tokio::test]
async fn a_count_that_nobody_goes_on_with_is_forgotten() {
    let mut house = house().await;
    let sealed = people(&mut house, &names(0..120)).await;
    let left = request(&house);
    let its = begun(&house, &left).await;
    house.wait(5 * 3_600_000);
    assert_eq!(hand(&house, its, &[&sealed]).await.unwrap().rows, 120);
    house.wait(2 * 3_600_000);
    assert_eq!(end(&house, its).await.unwrap_err(), Refusal::NotFound);
}

/// Whoever reaches the warden's port reads the count's name in the ledger, and can neither end nor spoil it.
#[tokio::test]
async fn nobody_goes_on_with_somebody_elses_count() {
    let mut house = house().await;
    let sealed = people(&mut house, &names(0..120)).await;
    let asked = request(&house);
    let handle = begun(&house, &asked).await;
    let Entry::CountIntent(intent) = last(&house).await else { panic!("the intent") };
    let mut near = handle;
    near.0[31] ^= 1;
    for guess in [intent.count, near, Hash([0; 32])] {
        let mut batch = carried(&sealed);
        batch.body.0[0] ^= 1;
        let batches = CountBatches { handle: guess, batches: vec![batch] };
        let taken = house.post::<CountTaken>("/v1/counts/batches", &batches).await;
        assert_eq!(taken.unwrap_err(), Refusal::NotFound);
        assert_eq!(end(&house, guess).await.unwrap_err(), Refusal::NotFound);
    }
    assert!(matches!(last(&house).await, Entry::CountIntent(_)), "nothing was entered");
    hand(&house, handle, &[&sealed]).await.unwrap();
    assert_eq!(end(&house, handle).await.unwrap().people, Some(120));
}

/// A count that was spoilt has told nothing, and no later one is refused for it.
#[tokio::test]
async fn a_count_that_fails_cuts_nothing() {
    let mut house = house().await;
    let one = people(&mut house, &names(0..120)).await;
    let spoilt = begun(&house, &request(&house)).await;
    assert!(matches!(end(&house, spoilt).await.unwrap_err(), Refusal::DidNotOpen { .. }));
    let left = begun(&house, &request(&house)).await;
    let two = people(&mut house, &names(120..130)).await;
    let its = begun(&house, &request(&house)).await;
    assert_eq!(end(&house, left).await.unwrap_err(), Refusal::NotFound);
    hand(&house, its, &[&one, &two]).await.unwrap();
    assert_eq!(end(&house, its).await.unwrap().people, Some(130));
}

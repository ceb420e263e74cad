//! The queue: order, back-off, holding, acknowledging, expiring; and what goes to the ledger.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use ed25519_dalek::SigningKey;
use ledger::{Confirmation, ConfirmationRecord, DeliveryId, Hash, Time};
use made_up::*;
use seal::Token;
use std::collections::BTreeSet;
use vault::{
    Answer, Attempt, Content, DeliveryState, Error, KEPT_DAYS_MAX, Manifest, ManifestId, Outcome, Purpose, Vault,
};

fn open(count: u32) -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    (1..=count).for_each(|number| accept(&vault, number).unwrap());
    (dir, vault)
}

fn id(number: u32) -> DeliveryId {
    copy(number).id
}

fn due(vault: &Vault, now: Time) -> Vec<DeliveryId> {
    vault.due(&"C-1".parse().unwrap(), now, 100, &BTreeSet::new()).unwrap().into_iter().map(|d| d.id).collect()
}

fn state(vault: &Vault, number: u32) -> DeliveryState {
    vault.delivery(&id(number)).unwrap().unwrap().state
}

fn attempt(at: i64, outcome: Outcome, answer: Answer) -> Attempt {
    Attempt { time: time(at), outcome, answer }
}

fn confirmation(vault: &Vault, number: u32) -> Confirmation {
    let delivery = vault.delivery(&id(number)).unwrap().unwrap();
    let record = ConfirmationRecord {
        carrier: delivery.carrier,
        delivery: delivery.id,
        batches: delivery.batches.into_iter().collect(),
        digest: delivery.digest,
        rows: 2,
        received: time(50),
    };
    Confirmation::new(record, &SigningKey::from_bytes(&[8; 32]))
}

#[test]
fn the_longest_due_goes_first_and_back_off_is_kept_over_a_restart() {
    let (dir, vault) = open(3);
    assert_eq!(due(&vault, time(5)), []);
    assert_eq!(due(&vault, time(7)), [id(1), id(2)]);
    let next = |limit, under_way: &[DeliveryId]| -> Vec<DeliveryId> {
        let found = vault.due(&"C-1".parse().unwrap(), time(100), limit, &under_way.iter().copied().collect());
        found.unwrap().into_iter().map(|delivery| delivery.id).collect()
    };
    assert_eq!((next(1, &[]), next(1, &[id(1)])), (vec![id(1)], vec![id(2)]));
    assert_eq!((next(2, &[id(2)]), next(3, &[id(3), id(1), id(2)])), (vec![id(1), id(3)], vec![]));
    let unreachable = attempt(10, Outcome::Failed, Answer::Unreachable);
    vault.record_attempt(&id(1), &unreachable, time(1000)).unwrap();
    vault.record_attempt(&id(2), &attempt(11, Outcome::Failed, Answer::Status(503)), time(500)).unwrap();
    assert_eq!(due(&vault, time(100)), [id(3)]);
    drop(vault);
    let vault = vault_in(dir.path()).unwrap();
    assert_eq!(due(&vault, time(499)), [id(3)]);
    assert_eq!(due(&vault, time(1000)), [id(3), id(2), id(1)]);
    let delivery = vault.delivery(&id(2)).unwrap().unwrap();
    assert_eq!((delivery.attempts, delivery.last_answer), (1, Some(Answer::Status(503))));
    assert_eq!(vault.attempts(&id(1)).unwrap(), [unreachable]);
    assert_eq!(delivery.batches, vault.manifest(&ManifestId(octets(b'm', 2))).unwrap().unwrap().batches);
    assert!(matches!(vault.record_attempt(&id(9), &unreachable, time(0)), Err(Error::Missing { what: "delivery" })));
}

#[test]
fn each_carrier_with_something_due_is_named_once() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let now = time(1000);
    assert_eq!(vault.carriers_due(now).unwrap(), []);
    for number in 1..=12 {
        let carrier = format!("C-{}", number % 4).parse().unwrap();
        let content = Content { deliveries: vec![vault::DeliveryCopy { carrier, ..copy(number) }], ..content(number) };
        commit(&vault, number, content).unwrap();
    }
    let carriers = |now| -> Vec<String> {
        vault.carriers_due(now).unwrap().into_iter().map(|carrier| carrier.as_str().to_owned()).collect()
    };
    assert_eq!(carriers(now), ["C-0", "C-1", "C-2", "C-3"]);
    for number in [1, 5, 9] {
        vault.acknowledge(&id(number), now, None).unwrap();
    }
    for number in [2, 6, 10] {
        vault.record_attempt(&id(number), &attempt(1000, Outcome::Failed, Answer::TimedOut), time(2000)).unwrap();
    }
    for number in [4, 8] {
        vault.hold(&id(number)).unwrap();
    }
    assert_eq!(carriers(now), ["C-0", "C-3"], "12 is left of the first");
    assert_eq!(carriers(time(2000)), ["C-0", "C-2", "C-3"]);
}

#[test]
fn what_the_carrier_took_is_sent_again_until_it_acknowledges() {
    let (_dir, vault) = open(1);
    vault.record_attempt(&id(1), &attempt(10, Outcome::Sent, Answer::Status(202)), time(100)).unwrap();
    assert_eq!(
        (state(&vault, 1), due(&vault, time(99)), due(&vault, time(100))),
        (DeliveryState::Sent, vec![], vec![id(1)])
    );
    vault.record_attempt(&id(1), &attempt(100, Outcome::Failed, Answer::TimedOut), time(200)).unwrap();
    assert_eq!(state(&vault, 1), DeliveryState::Sent, "it was taken before");
    assert!(vault.acknowledge(&id(1), time(150), None).unwrap());
    vault.record_attempt(&id(1), &attempt(160, Outcome::Failed, Answer::TimedOut), time(300)).unwrap();
    assert_eq!((state(&vault, 1), due(&vault, time(1000))), (DeliveryState::Acknowledged, vec![]));
    let history = vault.history(&ManifestId(octets(b'm', 1))).unwrap().unwrap();
    assert_eq!((history.sent, history.delivered), (Some(time(10)), Some(time(150))));
}

#[test]
fn held_ones_wait_for_release() {
    let (_dir, vault) = open(1);
    vault.hold(&id(1)).unwrap();
    assert_eq!((state(&vault, 1), due(&vault, time(1000))), (DeliveryState::Held, vec![]));
    assert!(matches!(vault.hold(&id(1)), Err(Error::State { .. })));
    vault.release(&id(1), time(2000)).unwrap();
    assert_eq!((due(&vault, time(1999)), due(&vault, time(2000))), (vec![], vec![id(1)]));
    assert!(matches!(vault.release(&id(1), time(0)), Err(Error::State { .. })));
    assert!(matches!(vault.release(&id(2), time(0)), Err(Error::Missing { .. })));
}

#[test]
fn what_no_receipt_can_end_any_more_is_not_sent_for_ever() {
    let (_dir, vault) = open(1);
    let [gone, this] = ["2026-08", "2026-11"].map(|month| month.parse().unwrap());
    for (number, month) in [(2, gone), (3, this)] {
        let form = vault::Form::As2(vault::Mic { month, sealed: vec![1; 40] });
        let with = Content { deliveries: vec![vault::DeliveryCopy { form, ..copy(number) }], ..content(number) };
        commit(&vault, number, with).unwrap();
    }
    assert_eq!(vault.hold_unconfirmable(&[gone, this]).unwrap(), []);
    assert_eq!(vault.hold_unconfirmable(&[this]).unwrap(), [id(2)]);
    assert_eq!(vault.hold_unconfirmable(&[this]).unwrap(), [], "once");
    assert_eq!([1, 2, 3].map(|number| state(&vault, number)), {
        [DeliveryState::Waiting, DeliveryState::Held, DeliveryState::Waiting]
    });
    assert_eq!(due(&vault, time(1000)), [id(1), id(3)]);
}

#[test]
fn octets_go_14_days_after_the_acknowledgement() {
    let (dir, vault) = open(2);
    vault.acknowledge(&id(1), time(0), None).unwrap();
    let ripe = time(0).plus_days(14);
    let before = Time::from_milliseconds(ripe.milliseconds() - 1);
    assert_eq!(vault.expire(before, Some(before)).unwrap(), []);
    vault.resend(&id(1), time(10)).unwrap();
    assert_eq!(vault.expire(ripe, Some(ripe)).unwrap(), [], "it is on its way again");
    vault.acknowledge(&id(1), time(0), None).unwrap();
    assert_eq!(vault.expire(ripe, Some(ripe)).unwrap(), [(id(1), true)]);
    assert_eq!(vault.expire(ripe, Some(ripe)).unwrap(), []);
    assert_eq!(files(dir.path(), "outbox"), [id(2).to_string()]);
    assert_eq!(state(&vault, 1), DeliveryState::Expired);
    assert!(matches!(vault.delivery_octets(&id(1)), Err(Error::State { .. })));
    assert!(matches!(vault.resend(&id(1), time(20)), Err(Error::State { .. })));
    assert_eq!(vault.delivery(&id(1)).unwrap().unwrap().acknowledged, Some(time(0)), "attempts, times, digest stay");
    drop(vault);
    let vault = vault_in(dir.path()).unwrap();
    assert_eq!(vault.delivery_octets(&id(2)).unwrap(), copy(2).octets);
}

#[test]
fn octets_go_30_days_after_they_were_made_whatever_the_carrier_says() {
    let (dir, vault) = open(3);
    vault.hold(&id(2)).unwrap();
    vault.acknowledge(&id(3), time(0).plus_days(29), None).unwrap();
    let made = |number| vault.delivery(&id(number)).unwrap().unwrap().created;
    let early = Time::from_milliseconds(made(1).plus_days(KEPT_DAYS_MAX).milliseconds() - 1);
    assert_eq!(vault.expire(early, Some(early)).unwrap(), []);
    let ripe = made(3).plus_days(KEPT_DAYS_MAX);
    assert_eq!(vault.expire(ripe, None).unwrap(), [], "by our clock alone");
    let mut gone = vault.expire(ripe, Some(ripe)).unwrap();
    gone.sort();
    assert_eq!(gone, [(id(1), false), (id(2), false), (id(3), true)]);
    assert!(files(dir.path(), "outbox").is_empty());
    assert_eq!(due(&vault, ripe.plus_days(1)), []);
    assert!(matches!(vault.release(&id(2), ripe), Err(Error::State { .. })));
}

#[test]
fn entries_for_the_ledger_come_in_order_until_they_are_anchored() {
    let (dir, vault) = open(2);
    let entries = vault.unanchored(10).unwrap();
    assert_eq!(entries.iter().map(|e| e.intake.record.ticket).collect::<Vec<_>>(), [1, 2]);
    for vault::Unanchored { intake, headers, .. } in &entries {
        let anchored: Vec<_> = intake.record.batches.iter().map(|anchor| (anchor.batch, anchor.header)).collect();
        let own: Vec<_> = headers.iter().map(|own| (own.header.batch, own.header.salted(&own.salt))).collect();
        assert_eq!((own, headers.is_empty()), (anchored, false), "the headers that they anchor");
    }
    assert_eq!(vault.unanchored(1).unwrap(), entries[..1]);
    let both: Vec<i64> = vec![entries[0].position, entries[1].position];
    let new = vault.anchored(&[(both[0], 7), (both[1], 8)]).unwrap();
    assert_eq!(new.into_iter().collect::<Vec<_>>(), both);
    assert!(vault.anchored(&[(both[0], 70)]).unwrap().is_empty(), "it was known");
    drop(vault);
    let vault = vault_in(dir.path()).unwrap();
    assert_eq!((vault.unanchored(10).unwrap().len(), vault.unanchored_count().unwrap()), (0, 0));
    assert_eq!(vault.interchange(&interchange(1).id).unwrap().unwrap().leaf, Some(7), "the first index stands");
    assert_eq!(vault.history(&ManifestId(octets(b'm', 2))).unwrap().unwrap().leaf, Some(8));
}

#[test]
fn a_carriers_word_is_kept_beside_its_delivery() {
    let (dir, vault) = open(2);
    let signed = confirmation(&vault, 1);
    assert!(vault.acknowledge(&id(1), time(60), Some(&signed)).unwrap());
    assert!(!vault.acknowledge(&id(1), time(61), Some(&signed)).unwrap(), "known already");
    vault.acknowledge(&id(2), time(60), None).unwrap();
    vault.resend(&id(1), time(62)).unwrap();
    assert!(vault.acknowledge(&id(1), time(63), None).unwrap());
    drop(vault);
    assert_eq!(vault_in(dir.path()).unwrap().confirmations().unwrap(), [signed], "a silent second time leaves it");
}

#[test]
fn confirmations_come_in_pages() {
    let (_dir, vault) = open(3);
    let signed = [1, 3].map(|number| (id(number), confirmation(&vault, number)));
    for (delivery, signed) in &signed {
        assert!(vault.acknowledge(delivery, time(60), Some(signed)).unwrap());
    }
    vault.acknowledge(&id(2), time(60), None).unwrap();
    let [first, last] = signed.map(|(delivery, signed)| (delivery, ledger::canonical::bytes(&signed)));
    assert_eq!(vault.confirmations_after(None, 10).unwrap(), [first.clone(), last.clone()]);
    assert_eq!(vault.confirmations_after(None, 1).unwrap(), [first]);
    assert_eq!(vault.confirmations_after(Some(id(1)), 1).unwrap(), [last]);
    assert_eq!(vault.confirmations_after(Some(id(3)), 1).unwrap(), []);
}

#[test]
fn a_confirmation_of_something_else_is_refused() {
    let (_dir, vault) = open(2);
    let other = confirmation(&vault, 2);
    assert!(matches!(vault.acknowledge(&id(1), time(60), Some(&other)), Err(Error::Inconsistent { .. })));
    let mut changed = confirmation(&vault, 1);
    changed.record.digest = Hash([0; 32]);
    assert!(matches!(vault.acknowledge(&id(1), time(60), Some(&changed)), Err(Error::Inconsistent { .. })));
    assert_eq!(state(&vault, 1), DeliveryState::Waiting);
}

#[test]
fn a_correction_never_overtakes_what_it_corrects() {
    let (_dir, vault) = open(1);
    let (purpose, supersedes) = (Purpose::Cancel, Some(ManifestId(octets(b'm', 1))));
    let cancel = Manifest { token: Token(octets(b'n', 1)), purpose, supersedes, ..manifest(2) };
    commit(&vault, 2, Content { manifests: vec![cancel], ..content(2) }).unwrap();
    vault.record_attempt(&id(1), &attempt(10, Outcome::Failed, Answer::Broken), time(500)).unwrap();
    assert_eq!(due(&vault, time(100)), [], "the original is in back-off, so the cancel waits");
    vault.resend(&id(1), time(100)).unwrap();
    assert_eq!(due(&vault, time(100)), [id(1)]);
    vault.acknowledge(&id(1), time(110), None).unwrap();
    assert_eq!(due(&vault, time(110)), [id(2)]);
    vault.record_attempt(&id(2), &attempt(120, Outcome::Failed, Answer::TimedOut), time(500)).unwrap();
    assert!(matches!(vault.resend(&id(1), time(130)), Err(Error::State { .. })), "it would undo the cancel");
}

#[test]
fn answers_are_a_closed_list() {
    for (answer, word) in
        [(Answer::Status(503), "HTTP_503"), (Answer::TimedOut, "TIMED_OUT"), (Answer::Local, "LOCAL_FAULT")]
    {
        assert_eq!((answer.to_string().as_str(), word.parse()), (word, Ok(answer)));
    }
    for bad in ["", "HTTP_", "HTTP_70000", "HTTP_-1", "Anna", "timed_out"] {
        assert!(bad.parse::<Answer>().is_err(), "{bad:?}");
    }
}

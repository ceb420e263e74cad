//! What a desk asks: pages that follow one another, filters, and the counts of a day.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use ledger::{Time, entry::Verdict, word::MessageKind};
use made_up::*;
use vault::{Answer, Attempt, Content, Interchange, Outcome, Standing, Vault, Wanted};

fn all() -> Wanted {
    Wanted { partner: None, channel: None, kind: None, standing: None, control: None, since: time(0), after: None }
}

fn controls(vault: &Vault, wanted: &Wanted) -> Vec<String> {
    let (rows, _) = vault.page(wanted, 100).unwrap();
    rows.into_iter().map(|stored| stored.interchange.key.unwrap().control).collect()
}

/// Received at that moment, with that verdict; nothing of it goes to a carrier.
fn receive(vault: &Vault, number: u32, at: Time, verdict: Verdict) {
    let mut interchange = interchange(number);
    (interchange.received, interchange.answered, interchange.verdict) = (at, at, verdict);
    commit(vault, number, Content { interchange: Some(interchange), ..Content::default() }).unwrap();
}

#[test]
fn pages_follow_one_another_even_where_many_came_at_the_same_moment() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    for number in 1..=25 {
        receive(&vault, number, time(i64::from(number / 10)), Verdict::Refused);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (rows, next) = vault.page(&Wanted { after, ..all() }, 4).unwrap();
        assert!(rows.len() <= 4);
        seen.extend(rows.into_iter().map(|stored| stored.interchange.key.unwrap().control));
        after = next;
        if after.is_none() {
            break;
        }
        // What comes meanwhile moves nothing.
        let number = 100 + u32::try_from(seen.len()).unwrap();
        receive(&vault, number, time(1000), Verdict::Refused);
    }
    let expected: Vec<String> = (1..=25).rev().map(|number| format!("{number:09}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_day_is_counted_by_hour_and_by_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let hour = 3_600_000;
    receive(&vault, 1, time(-1), Verdict::Refused);
    receive(&vault, 2, time(0), Verdict::Refused);
    receive(&vault, 3, time(hour - 1), Verdict::AcceptedInPart);
    receive(&vault, 4, time(23 * hour), Verdict::Duplicate);
    receive(&vault, 5, time(24 * hour), Verdict::Refused);
    let (from, to) = (time(0), time(24 * hour));
    assert_eq!((vault.received(None, from, to).unwrap(), vault.refused(None, from, to).unwrap()), (3, 2));
    assert_eq!(vault.received(Some("lakeshop"), from, to).unwrap(), 0);
    assert_eq!(vault.refused(Some("northshop"), from, to).unwrap(), 2);
    let hours = vault.hours(Some("northshop"), from).unwrap();
    assert_eq!((hours[0], hours[1], hours[23], hours.iter().sum::<u64>()), (2, 0, 1, 3));
    assert_eq!(vault.first_received(None).unwrap(), Some(time(-1)));
    assert_eq!(vault.first_received(Some("lakeshop")).unwrap(), None);
    assert_eq!(controls(&vault, &Wanted { standing: Some(Standing::InPart), ..all() }), ["000000003"]);
    assert_eq!(controls(&vault, &Wanted { control: Some("000000004".to_owned()), ..all() }), ["000000004"]);
    assert_eq!(controls(&vault, &Wanted { partner: Some("lakeshop".to_owned()), ..all() }), [""; 0]);
}

#[test]
fn a_kind_is_found_among_those_of_a_document() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let sent: [&[MessageKind]; 4] =
        [&[], &[MessageKind::X856], &[MessageKind::Other, MessageKind::X856], &[MessageKind::Iftmin]];
    for (number, kinds) in (1..).zip(sent) {
        let kinds = kinds.iter().copied().collect();
        let interchange = Interchange { kinds, verdict: Verdict::Refused, ..interchange(number) };
        commit(&vault, number, Content { interchange: Some(interchange), ..Content::default() }).unwrap();
    }
    let of = |kind| controls(&vault, &Wanted { kind: Some(kind), ..all() });
    assert_eq!(of(MessageKind::X856), ["000000003", "000000002"]);
    assert_eq!(
        (of(MessageKind::Other), of(MessageKind::Iftmin)),
        (vec!["000000003".to_owned()], vec!["000000004".to_owned()])
    );
    assert_eq!(of(MessageKind::X997), [""; 0]);
    let kinds = |number| vault.interchange(&interchange(number).id).unwrap().unwrap().interchange.kinds;
    assert_eq!((kinds(1).len(), kinds(3)), (0, [MessageKind::X856, MessageKind::Other].into()));
}

#[test]
fn where_deliveries_stand_is_found_from_the_interchange() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    (1..=3).for_each(|number| accept(&vault, number).unwrap());
    let agreement = "A-1".parse().unwrap();
    let standing = |standing| controls(&vault, &Wanted { standing: Some(standing), since: time(-1_000_000), ..all() });
    assert_eq!((vault.under_way(&agreement).unwrap(), standing(Standing::Waiting).len()), (3, 3));
    vault.hold(&copy(1).id).unwrap();
    assert_eq!((standing(Standing::Held), vault.under_way(&agreement).unwrap()), (vec!["000000001".to_owned()], 2));
    vault.record_attempt(&copy(2).id, &failed(), time(500)).unwrap();
    let deliveries = vault.deliveries_of(&interchange(2).id).unwrap();
    assert_eq!((deliveries.len(), deliveries[0].id, deliveries[0].attempts), (1, copy(2).id, 1));
    vault.acknowledge(&copy(3).id, time(600), None).unwrap();
    let unanswered = |before| standing(Standing::Unanswered(vec![(agreement.clone(), time(before))]));
    assert_eq!((unanswered(600), unanswered(601)), (Vec::new(), vec!["000000003".to_owned()]));
    vault.judge_deliveries(&"C-1".parse().unwrap(), &[(3, Verdict::Refused)], time(700)).unwrap();
    assert_eq!((unanswered(601), standing(Standing::Rejected)), (Vec::new(), vec!["000000003".to_owned()]));
}

fn failed() -> Attempt {
    Attempt { time: time(100), outcome: Outcome::Failed, answer: Answer::TimedOut }
}

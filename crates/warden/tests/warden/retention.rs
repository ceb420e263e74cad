//! What has ended is destroyed, and cannot be opened again.

use crate::house::*;
use api::warden::*;
use ledger::{
    Entry, FieldClass,
    entry::{Hold, PolicyRecord},
};

const ADDRESS: &[FieldClass] = &[FieldClass::Address];
const MARCH_2027: u64 = 1_803_859_200;

#[tokio::test]
async fn a_shredded_period_does_not_open_also_after_a_restart() {
    let mut house = House::demo().await;
    let sealed = house.batch(1).await;
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
    let done = house.retention(Some("2027-03-01T00:00:00.000Z")).await.unwrap();
    let shredded: Vec<_> = done.shredded.iter().map(|s| s.period.to_string()).collect();
    assert_eq!(shredded, ["A-1/2026-11/d30", "A-1/2026-11/d90", "A-1/2026-12/d30"]);
    let entries = house.entries().await;
    for period in &done.shredded {
        assert!(matches!(&entries[period.intent as usize].entry, Entry::ShredIntent(s) if s.key == period.key));
        assert!(matches!(&entries[period.shred as usize].entry, Entry::Shred(s) if s.key == period.key));
        assert!(!house.path("keys").join(period.key.to_string()).exists());
    }
    let address = &done.shredded[1];
    for _ in 0..2 {
        let refusal = house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap_err();
        assert_eq!(refusal, Refusal::Shredded { period: address.period.clone(), entry: address.shred });
        house.stop().await;
        house.start().await.unwrap();
    }
    let status: Vec<PeriodStatus> = house.json("/v1/retention").await;
    let states: Vec<_> = status.iter().map(|s| s.state).collect();
    assert_eq!(states[..3], [PeriodState::Shredded; 3]);
    assert_eq!(states[3..], [PeriodState::Live; 5]);
    let listed = house.verified(&house.periods().await.unwrap()).unwrap();
    assert_eq!(listed.len(), 5, "only what may be sealed to");
}

/// Some gateway may still believe the list of the month's last day.
#[tokio::test]
async fn what_is_kept_for_no_day_is_kept_for_a_lease() {
    let house = House::demo().await;
    let mut record = house.first_policy();
    record.number = 2;
    record.principals.clear();
    record.carriers.clear();
    record.agreements[0].agreement = "A-2".parse().unwrap();
    record.agreements[0].groups[0].days = 0;
    record.agreements[0].groups[0].group = "d0".parse().unwrap();
    house.decide(record).await.unwrap();
    house.periods().await.unwrap();
    for (now, gone) in [("2026-12-01T23:59:59.999Z", 0), ("2026-12-02T00:00:00.000Z", 1)] {
        assert_eq!(house.retention(Some(now)).await.unwrap().shredded.len(), gone, "{now}");
    }
}

#[tokio::test]
async fn without_its_witness_nothing_is_destroyed() {
    let mut house = House::demo().await;
    let sealed = house.batch(1).await;
    house.witness.stop().await;
    let refusal = house.retention(Some("2030-01-01T00:00:00.000Z")).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Quorum { .. }), "{refusal}");
    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
}

#[tokio::test]
async fn outside_of_a_demo_the_witness_says_what_time_it_is() {
    let mut house = House::new().await;
    house.batch(1).await;
    assert_eq!(house.retention(Some("2027-03-01T00:00:00.000Z")).await.unwrap_err(), Refusal::NotADemo);
    house.wait(365 * 86_400_000); // our own clock alone ends nothing
    assert_eq!(house.retention(None).await.unwrap().shredded, []);
    *house.witness.seconds.lock().unwrap() = MARCH_2027;
    let done = house.retention(None).await.unwrap();
    assert_eq!(done.time.to_string(), "2027-03-01T00:00:00.000Z");
    assert_eq!(done.shredded.len(), 3);
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_completed_by_the_next() {
    let mut house = House::demo().await;
    house.batch(1).await;
    let key = house.json::<Vec<PeriodStatus>>("/v1/retention").await[0].clone();
    // Announced, cosigned, the file is gone, and then the power fails: as if `shred` were never written.
    house.stop().await;
    std::fs::remove_file(house.path("keys").join(key.key.to_string())).unwrap();
    house.start().await.unwrap();
    assert_eq!(house.json::<Vec<PeriodStatus>>("/v1/retention").await[0].state, PeriodState::Missing);
    let done = house.retention(Some(&key.ends.to_string())).await.unwrap();
    assert_eq!(done.shredded[0].period, key.period);
}

impl House {
    /// The witness's clock and ours go on to that moment.
    fn move_to(&self, seconds: u64) {
        *self.witness.seconds.lock().unwrap() = seconds;
        self.wait(i64::try_from(seconds).unwrap() * 1000 - self.now().milliseconds());
    }

    async fn states(&self) -> Vec<(String, PeriodState)> {
        let status: Vec<PeriodStatus> = self.json("/v1/retention").await;
        status.into_iter().map(|own| (own.period.to_string(), own.state)).collect()
    }

    async fn held(&self, number: u64, until: Option<&str>) {
        let hold = Hold {
            agreement: "A-1".parse().unwrap(),
            first: "2026-10".parse().unwrap(),
            last: "2026-11".parse().unwrap(),
            until: until.map(|time| time.parse().unwrap()),
        };
        let record = PolicyRecord { holds: vec![hold], ..PolicyRecord::new(ORIGIN, number, None) };
        self.decide(record).await.unwrap();
    }
}

#[tokio::test]
async fn what_has_ended_goes_by_itself_and_what_is_held_stays() {
    let mut house = House::new().await;
    let sealed = house.batch(1).await;
    house.held(2, Some("2027-06-01T00:00:00.000Z")).await;
    house.move_to(MARCH_2027);
    let period = |name: &str, state| (name.to_owned(), state);
    let held = ["A-1/2026-11/d30", "A-1/2026-11/d90"].map(|name| period(name, PeriodState::Held));
    let states = house.states().await;
    assert_eq!((&states[..2], &states[2]), (&held[..], &period("A-1/2026-12/d30", PeriodState::Overdue)));
    // Nobody asks for it: the next look is a minute away, or that at a start.
    house.stop().await;
    house.start().await.unwrap();
    for _ in 0..500 {
        if house.states().await[2].1 == PeriodState::Shredded {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let states = house.states().await;
    assert_eq!((&states[..2], &states[2]), (&held[..], &period("A-1/2026-12/d30", PeriodState::Shredded)));
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
    assert_eq!(house.retention(None).await.unwrap().shredded, [], "nor by hand");
    // The officers say that it is over.
    house.held(3, None).await;
    let gone: Vec<_> = house.retention(None).await.unwrap().shredded.iter().map(|own| own.period.to_string()).collect();
    assert_eq!(gone, ["A-1/2026-11/d30", "A-1/2026-11/d90"]);
}

#[tokio::test]
async fn nothing_is_kept_for_more_than_ten_years() {
    let house = House::new().await;
    let mut record = house.first_policy();
    record.number = 2;
    (record.principals, record.carriers) = (vec![], vec![]);
    record.agreements[0].agreement = "A-2".parse().unwrap();
    record.agreements[0].groups[0].days = 3_654;
    let refusal = house.decide(record).await.unwrap_err();
    assert!(refusal.to_string().contains("more than ten years"), "{refusal}");
}

/// The one witness that a quorum needs says that it is March; by our own clock it is November.
#[tokio::test]
async fn one_witness_years_ahead_destroys_by_itself() {
    let mut house = House::new().await;
    house.batch(1).await;
    *house.witness.seconds.lock().unwrap() = MARCH_2027;
    house.batch(1).await; // its cosignature is published
    house.stop().await;
    house.start().await.unwrap();
    assert_eq!(house.retention(None).await.unwrap().shredded, [], "nor by hand");
    let states = house.states().await;
    assert!(states.iter().all(|(_, state)| *state == PeriodState::Live), "{states:?}");
}

async fn text(house: &House) -> String {
    String::from_utf8(house.get("/metrics").await.1).unwrap()
}

/// Were everything taken now: a gauge for each carrier, and an alarm above its budget.
#[tokio::test]
async fn what_is_held_is_a_gauge_with_a_budget() {
    let mut house = House::demo().await;
    house.batch(1).await;
    let rows = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
    };
    let held = "bulla_warden_held_rows{carrier=\"C-1\"}";
    let now = text(&house).await;
    let most = rows(&now, held).unwrap();
    assert!(most > 0, "{now}");
    assert_eq!(rows(&now, "bulla_warden_alarms_total"), Some(0));
    for (budget, alarms) in [(most, 0), (most - 1, 1)] {
        house.stop().await;
        house.config.budgets = vec![warden::Budget { carrier: "C-1".parse().unwrap(), rows: budget }];
        house.start().await.unwrap();
        let raised = |text: &str| rows(text, "bulla_warden_alarms_total") == Some(alarms);
        let mut said = text(&house).await;
        for _ in 0..100 {
            if alarms > 0 && !raised(&said) {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                said = text(&house).await;
            }
        }
        assert!(raised(&said), "{said}");
        assert_eq!(rows(&said, "bulla_warden_budget_rows{carrier=\"C-1\"}"), Some(budget));
    }
    house.retention(Some("2027-03-01T00:00:00.000Z")).await.unwrap();
    assert_eq!(rows(&text(&house).await, held), None, "what is shredded is not held");
}

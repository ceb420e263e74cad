//! A ledger of which a part is settled: no start reads that part, and nothing else is different.

use crate::house::*;
use api::warden::*;
use ledger::{Disclosed, FieldClass, entry::Intake};
use std::time::Duration;

const ADDRESS: &[FieldClass] = &[FieldClass::Address];
/// More than are settled at a time.
const ENTRIES: u64 = 33_000;
/// Of a request.
const GROUP: u64 = 3_000;

/// A batch, and what was sent to the warden of it.
struct Old {
    sealed: seal::Sealed,
    anchoring: Anchoring,
    opened: Ask,
}

impl House {
    /// A ledger that is settled beyond a batch that was opened.
    async fn settled() -> (Self, Old) {
        let mut house = Self::new().await;
        let sealed = house.seal(2).await;
        let headers = vec![Disclosed { header: sealed.header.clone(), salt: sealed.salt }];
        let anchoring = Anchoring { intake: house.intake(&[&sealed]), headers };
        house.anchor_with(vec![anchoring.clone()]).await.unwrap();
        let opened = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
        house.open(&opened).await.unwrap();
        for number in 1..=ENTRIES / GROUP {
            let entries = (0..GROUP).map(|_| Anchoring { intake: house.intake(&[]), headers: Vec::new() }).collect();
            let tick = house.tick(number, house.ticket, &[]);
            house.anchor_started(entries, Some(tick)).await.unwrap();
        }
        house.wait_for_past().await;
        (house, Old { sealed, anchoring, opened })
    }

    async fn wait_for_past(&self) {
        for _ in 0..300 {
            if self.path("ledger/past/current").exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing is settled");
    }

    /// What is old is judged as it always was.
    async fn knows(&self, old: &Old) {
        let place = |anchored: Anchored| anchored.entries[0].index;
        let kept = || std::fs::metadata(self.path("ledger/headers")).unwrap().len();
        let headers = kept();
        let again = self.anchor_started(vec![old.anchoring.clone()], None).await.unwrap();
        let index = place(again);
        assert_eq!((self.entry(index).await, kept()), (old.anchoring.intake.clone(), headers), "once, with its header");
        let other = |change: fn(&mut ledger::entry::IntakeRecord)| {
            let mut record = old.anchoring.intake.record.clone();
            change(&mut record);
            Anchoring { intake: Intake::new(record, &self.worker_key), headers: Vec::new() }
        };
        let forked = self.anchor_started(vec![other(|record| record.octets += 1)], None).await.unwrap_err();
        assert!(matches!(forked, Refusal::Forked { ticket: 1, entry, .. } if entry == index), "{forked}");
        let batch = old.sealed.header.batch.to_string();
        let twice = self.anchor_started(vec![other(|record| record.ticket = 1 << 40)], None).await.unwrap_err();
        assert!(matches!(&twice, Refusal::Rule { .. }) && twice.to_string().contains(&batch), "{twice}");
        assert_eq!(self.open(&old.opened).await.unwrap_err(), Refusal::Replayed);
    }

    async fn entry(&self, index: u64) -> Intake {
        let (_, line) = self.get(&format!("/v1/entries?from={index}&to={}", index + 1)).await;
        match ledger::Logged::read(line.trim_ascii_end()).unwrap().entry {
            ledger::Entry::Intake(intake) => intake,
            other => panic!("{}", other.kind()),
        }
    }
}

/// One house for all: it takes seconds to have so many entries.
#[tokio::test]
async fn what_is_settled_is_known_without_being_read() {
    let (mut house, old) = House::settled().await;
    house.knows(&old).await;
    starts_again(&mut house, &old).await;
    another_warden_has_saved(&house).await;
    saved_and_damaged(&mut house, &old).await;
    settled_and_lost(&mut house).await;
}

async fn starts_again(house: &mut House, old: &Old) {
    for remove in [false, true] {
        house.stop().await;
        let all = std::fs::read(house.path("ledger/log")).unwrap();
        if remove {
            std::fs::remove_dir_all(house.path("ledger/past")).unwrap();
        }
        house.start().await.unwrap();
        assert!(std::fs::read(house.path("ledger/log")).unwrap().starts_with(&all));
        house.knows(old).await;
        // A new opening of an old batch, with all that its answer proves.
        let ask = house.ask(&old.sealed, house.scope(&old.sealed, &[2], ADDRESS));
        house.open(&ask).await.unwrap().verify(&ask.request, &house.pins).unwrap();
        house.wait_for_past().await;
    }
}

/// What is damaged is as if it were not there.
async fn saved_and_damaged(house: &mut House, old: &Old) {
    house.stop().await;
    let dir = house.path("ledger/past");
    let names = durable::names(&dir).unwrap();
    let saved: Vec<_> = names.iter().map(|name| std::fs::read(dir.join(name)).unwrap()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for place in 0..names.len() {
        // They are older than the log by now, and would do all the same.
        names.iter().zip(&saved).for_each(|(name, octets)| std::fs::write(dir.join(name), octets).unwrap());
        let mut damaged = saved[place].clone();
        match place % 2 {
            0 => damaged[saved[place].len() / 2] ^= 1,
            _ => damaged.truncate(saved[place].len() / 2),
        }
        std::fs::write(dir.join(&names[place]), &damaged).unwrap();
        house.start().await.unwrap();
        house.knows(old).await;
        house.stop().await;
    }
    std::fs::remove_file(dir.join("current")).unwrap();
    house.start().await.unwrap();
}

/// What was not read at the start is looked through behind it.
async fn settled_and_lost(house: &mut House) {
    house.wait_for_past().await;
    house.stop().await;
    let log = house.path("ledger/log");
    let mut octets = std::fs::read(&log).unwrap();
    octets[5_000] ^= 1;
    std::fs::write(&log, &octets).unwrap();
    house.start().await.unwrap();
    for _ in 0..200 {
        if house.get("/healthz").await.0 == 503 {
            let intake = house.intake(&[]);
            let refusal = house.anchor(vec![intake]).await.unwrap_err();
            assert!(
                matches!(&refusal, Refusal::Stopped { reason } if reason.contains("are not those that were signed")),
                "{refusal}"
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the warden goes on with a ledger that has lost an entry");
}

/// Nobody believes what another warden has signed.
async fn another_warden_has_saved(house: &House) {
    let mut other = House::new().await;
    let sealed = other.batch(1).await;
    other.stop().await;
    std::fs::create_dir(other.path("ledger/past")).unwrap();
    for name in durable::names(&house.path("ledger/past")).unwrap() {
        let of = |house: &House| house.path("ledger/past").join(&name);
        std::fs::copy(of(house), of(&other)).unwrap();
    }
    other.start().await.unwrap();
    other.open(&other.ask(&sealed, other.scope(&sealed, &[1], ADDRESS))).await.unwrap();
}

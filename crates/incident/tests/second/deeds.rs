//! Ledgers to which anything has happened, in any order: most of what a warden or a thief can enter, with effect or without.

use super::{estate::*, honest};
use ledger::{entry::*, opening::*, *};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

const PERIODS: [&str; 6] =
    ["A-1/2026-09/d7", "A-1/2026-09/d90", "A-1/2026-10/d7", "A-1/2026-10/d90", "A-2/2026-09/d90", "A-2/2026-10/d90"];

/// So many ledgers, the same ones at each run.
pub fn estates(many: usize) -> Vec<Estate> {
    let mut runner = TestRunner::deterministic();
    let deeds = proptest::collection::vec((0..14_u8, any::<u8>(), 1..300_u32), 8..40);
    let ledgers = (0..many).map(|_| deeds.new_tree(&mut runner).unwrap().current());
    ledgers.map(|deeds| estate_of(&deeds)).collect()
}

fn estate_of(deeds: &[(u8, u8, u32)]) -> Estate {
    let mut estate = with_counter();
    for (number, (kind, pick, rows)) in (1_u64..).zip(deeds) {
        deed(&mut estate, number, *kind, usize::from(*pick), *rows);
    }
    estate.beat(&[1]);
    estate
}

fn deed(estate: &mut Estate, number: u64, kind: u8, pick: usize, rows: u32) {
    let agreement = ["A-1", "A-2"][pick % 2];
    let period = PERIODS[pick % PERIODS.len()];
    match kind {
        0..=2 => {
            let worker = ["gw-1", "gw-2"][pick / 2 % 2];
            estate.receive(
                worker,
                Verdict::Accepted,
                0,
                &[(agreement, &[(Province::QC, &[FieldClass::Address], rows)])],
            );
        }
        3 => forced(estate, ends(estate, period)),
        4 => resurfaces(estate, period, pick > 128),
        5 => opens(estate, pick, number),
        6 => holds(estate, agreement, pick),
        7 => moves(estate, agreement, pick),
        8 => repeats(estate, pick),
        9 => receives_strangely(estate, number, pick, rows),
        10 => counts(estate, pick, rows),
        11 => drop(estate.tick("gw-1", number, rows.into())),
        12 => makes_again(estate, period, pick),
        _ => later(estate, pick),
    }
}

pub fn forced(estate: &mut Estate, entries: impl IntoIterator<Item = Entry>) {
    for entry in entries {
        let leaf = Logged { time: estate.now, entry }.to_bytes();
        estate.force(&leaf);
    }
}

fn of_key(estate: &Estate, period: &str) -> Shred {
    let period: PeriodId = period.parse().unwrap();
    Shred { key: estate.state.periods[&period].key, period }
}

/// The period's key is destroyed.
fn ends(estate: &Estate, period: &str) -> [Entry; 2] {
    let own = of_key(estate, period);
    [Entry::ShredIntent(own.clone()), Entry::Shred(own)]
}

/// A copy is there, of this period's key, or of it under another period's name, which breaks a rule.
fn resurfaces(estate: &mut Estate, period: &str, misnamed: bool) {
    let mut own = of_key(estate, period);
    if misnamed {
        own.period = "A-2/2026-10/d90".parse().unwrap();
    }
    forced(estate, [Entry::Resurfaced(own)]);
}

/// With a receipt, one that says that it failed, none, or by a key that is nobody's.
fn opens(estate: &mut Estate, pick: usize, number: u64) {
    let Some(batch) = estate.headers.keys().nth(pick % estate.headers.len().max(1)).copied() else { return };
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: format!("T-{number}").parse().unwrap(),
        batch,
        header: estate.state.batches.get(&batch).map_or(Hash([1; 32]), |own| own.header),
        rows: [0, 1].into(),
        classes: set(&[Address, Contact]),
        requested: estate.now,
        nonce: Hash([4; 32]),
    };
    let request = OpeningRequest::new(scope, &secret(if pick.is_multiple_of(7) { 9 } else { 3 }));
    let opening = request.id();
    forced(estate, [Entry::Intent(Intent { opening, request, approval: None })]);
    let (outcome, answer) =
        if pick.is_multiple_of(3) { (Outcome::Failed, None) } else { (Outcome::Opened, Some(Hash([8; 32]))) };
    if !pick.is_multiple_of(5) {
        forced(estate, [Entry::Receipt(Receipt { opening, outcome, answer })]);
    }
}

/// Officers keep one month or both, or no longer.
fn holds(estate: &mut Estate, agreement: &str, pick: usize) {
    let [first, last] = [["2026-09", "2026-09"], ["2026-09", "2026-10"], ["2026-10", "2026-12"]][pick % 3];
    let until = (!pick.is_multiple_of(4)).then(|| estate.now.plus_days([20, 90, 200][pick % 3]));
    let hold = Hold {
        agreement: agreement.parse().unwrap(),
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
        until,
    };
    let entry = honest::policy(estate, None, |record| record.holds = vec![hold]);
    forced(estate, [entry]);
}

/// The agreement is another shipper's from now on, or by a policy that breaks a rule.
fn moves(estate: &mut Estate, agreement: &str, pick: usize) {
    let shipper = ["S-1", "S-2", "S-3"][pick % 3];
    let own = terms(agreement, shipper, "C-1", &[("d7", &[Remarks], 7), ("d90", &[Linkable, Address], 90)]);
    let entry = honest::policy(estate, None, |record| {
        record.agreements = vec![own];
        record.number += u64::from(pick > 128);
    });
    forced(estate, [entry]);
}

fn repeats(estate: &mut Estate, pick: usize) {
    let leaf = estate.leaves[pick % estate.leaves.len()].clone();
    estate.force(&leaf);
}

/// A body of one batch, with effect where nothing is wrong with it: sealed to keys of two months, to a key that nobody made, or to none.
fn receives_strangely(estate: &mut Estate, number: u64, pick: usize, rows: u32) {
    let of = |period: &str| {
        let Shred { period, key } = of_key(estate, period);
        SealedTo { period, key }
    };
    let mut keys = vec![of("A-1/2026-09/d7"), of("A-1/2026-10/d90")];
    match pick % 4 {
        0 => keys.clear(),
        1 => keys[1].key = Hash([250; 32]),
        _ => {}
    }
    let anchor = Anchor {
        batch: BatchId([u8::try_from(200 + number % 50).unwrap(); 16]),
        header: Hash([3; 32]),
        rows,
        parties: u64::from(rows) * 3,
        octets: 900_000,
        carrier: CARRIERS,
        keys,
    };
    let record = IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: estate.now,
        instance: FIRST,
        ticket: 1_000 + number,
        part: 1,
        parts: 1,
        channel: Channel::As2,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: u64::from(rows) + 4,
        parties: u64::from(rows) * 3,
        verdict: Verdict::Accepted,
        shipper: [None, Some("S-1"), Some("S-2"), Some("S-9")][pick / 4 % 4].map(|name| name.parse().unwrap()),
        batches: vec![anchor],
    };
    let entry = Entry::Intake(Intake::new(record, &secret(if pick.is_multiple_of(5) { 9 } else { 1 })));
    forced(estate, [entry]);
}

/// A set of cells is counted, as far as the rules let it.
fn counts(estate: &mut Estate, pick: usize, people: u32) {
    let cells = [&[0][..], &[1], &[2], &[0, 1], &[0, 1, 2]][pick % 5];
    let own = intent(estate, u8::try_from(pick).unwrap(), cells, 3);
    forced(estate, [Entry::CountIntent(own.clone()), given(&own, people.into())]);
}

/// A key is made that the period has, or that another has, both of which break a rule.
fn makes_again(estate: &mut Estate, period: &str, pick: usize) {
    let Shred { key, period } = of_key(estate, period);
    let period = if pick > 128 { "A-1/2026-11/d90".parse().unwrap() } else { period };
    let made = PeriodKey { period, classes: set(&[FieldClass::Financial]), key, ends: estate.now, co_holder: None };
    forced(estate, [Entry::PeriodKey(made)]);
}

/// Nobody's clock goes past October, whose keys are the last.
fn later(estate: &mut Estate, pick: usize) {
    let to = estate.now.plus_days([1, 4, 9][pick % 3]);
    if to < time("2026-11-01T00:00:00.000Z") {
        estate.at(&to.to_string());
    }
}

//! Random histories: gateways that receive, store, anchor in any order, are killed, restored from copies and run twice, beside a
//! warden that withholds what it likes and destroys keys, somebody who opens, carriers, shippers and a thief. What could truly be
//! read is never more than what the bundle's assessment says, or it says that there is no upper bound.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod deed;
#[path = "../estate/mod.rs"]
mod estate;
mod gateway;
mod truth;
mod world;

use deed::Deed;
use estate::*;
use incident::{
    Assessment, Hypotheses,
    bundle::{self, Parts},
    exposure,
};
use ledger::Time;
use proptest::{prelude::*, test_runner::TestRunner};
use std::cell::RefCell;
use truth::{Kind, Truth, truth};
use world::World;

/// What is asked of a history.
#[derive(Debug, Clone, Copy)]
struct Question {
    kind: Kind,
    /// With its beginning and its end, or without.
    from: bool,
    to: bool,
    copies_days: u32,
    totals: Totals,
}

/// Which totals there are.
#[derive(Debug, Clone, Copy)]
enum Totals {
    None,
    OfOne,
    /// From so many hours before the theft on.
    Since(i64),
    OfAll,
}

fn shipper() -> impl Strategy<Value = (usize, u32)> {
    (0..2_usize, 1..40_u32)
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (shipper(), prop::bool::weighted(0.8), prop::bool::weighted(0.3))
            .prop_map(|((shipper, rows), sealed, as2)| Deed::Receive { shipper, rows, sealed, as2 }),
        1 => shipper().prop_map(|(shipper, rows)| Deed::Begin { shipper, rows }),
        5 => (0usize..8, prop::bool::weighted(0.8)).prop_map(|(which, written)| Deed::Anchor(which, written)),
        5 => (0u64..90, prop::bool::weighted(0.8), prop::bool::weighted(0.8))
            .prop_map(|(credit, written, seen)| Deed::Tick(credit, written, seen)),
        1 => any::<bool>().prop_map(Deed::Restart),
        1 => Just(Deed::Copy),
        1 => Just(Deed::Restore),
        1 => any::<bool>().prop_map(Deed::Clone),
        1 => Just(Deed::Switch),
        6 => (1i64..500, prop::bool::weighted(0.8)).prop_map(|(hours, beat)| Deed::Wait(hours, beat)),
        4 => (0usize..8).prop_map(Deed::Shred),
        1 => Just(Deed::Rotate),
        2 => (0usize..8, 0..40_u32).prop_map(|(which, row)| Deed::Open(which, row)),
        2 => Just(Deed::Steal),
        1 => Just(Deed::Leave),
        1 => shipper().prop_map(|(shipper, rows)| Deed::Pass { shipper, rows }),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    let totals = prop_oneof![
        1 => Just(Totals::None),
        1 => Just(Totals::OfOne),
        3 => (0i64..300).prop_map(Totals::Since),
        2 => Just(Totals::OfAll),
    ];
    let kind = prop_oneof![
        3 => prop::sample::select(Kind::ALL.to_vec()),
        1 => Just(Kind::Host),
        2 => Just(Kind::Warden),
    ];
    (kind, prop::bool::weighted(0.7), any::<bool>(), prop::sample::select(vec![0, 60]), totals)
        .prop_map(|(kind, from, to, copies_days, totals)| Question { kind, from, to, copies_days, totals })
}

fn histories() -> impl Strategy<Value = (Vec<Deed>, Question)> {
    (prop::collection::vec(deed(), 1..60), question())
}

/// What is said of it, and what is true; nothing where the question does not fit the history.
fn answer(deeds: &[Deed], question: Question) -> Option<(Assessment, Truth, World)> {
    let Question { kind, from, to, copies_days, totals } = question;
    let mut world = World::new(copies_days);
    deeds.iter().for_each(|deed| world.does(*deed));
    let (from, to) = (world.stolen.filter(|_| from), world.left.filter(|_| to));
    let always = "2026-08-01T00:00:00.000Z".parse().unwrap();
    world.does(Deed::Wait(1, false));
    let before =
        |hours: i64| from.map_or(always, |from| Time::from_milliseconds(from.milliseconds() - hours * 3_600_000));
    let said = match totals {
        Totals::None => vec![],
        Totals::OfOne => vec![(0, always)],
        Totals::Since(hours) => vec![(0, before(hours)), (1, before(hours))],
        Totals::OfAll => vec![(0, always), (1, always)],
    };
    said.into_iter().for_each(|(shipper, since)| world.say(shipper, since));
    let date = |key, time: Option<Time>| time.map_or(String::new(), |time| format!("{key} = {time}\n"));
    let hypothesis = format!("{}{}{}", kind.toml(), date("from", from), date("to", to));
    let history = world.estate.history();
    let parsed = Hypotheses::parse(&hypothesis).unwrap();
    match exposure::assess(&history, &world.estate.beside(), &parsed, APART) {
        Err(exposure::Error::UnknownDecryption { .. }) => return None,
        other => other.unwrap(),
    };
    let (note, pins) = (world.estate.note(), world.estate.pins());
    let parts =
        Parts { leaves: &world.estate.leaves, note: note.as_bytes(), hypothesis: &hypothesis, pins: Some(&pins) };
    let made = bundle::prove(parts, &world.estate.beside()).unwrap();
    let truth = truth(&world, kind, from, to, copies_days);
    Some((made.assessment, truth, world))
}

/// The figure that a kind's truth is to be compared with.
fn figure(found: &Assessment, kind: Kind) -> u64 {
    match kind {
        Kind::Storage => found.by_shipper.iter().map(|share| share.operational + share.rows).sum(),
        _ => found.at_most.rows,
    }
}

/// For every later beginning, too.
fn contains_curve(found: &Assessment, world: &World, question: Question) -> Result<(), TestCaseError> {
    for point in &found.curve {
        let truth = truth(world, Kind::Warden, Some(point.from), None, question.copies_days);
        prop_assert!(found.at_most.unbounded || truth.rows <= point.rows, "{point:?} of {truth:?}");
    }
    Ok(())
}

#[test]
fn what_could_be_read_is_contained() {
    let ratios = RefCell::new(Vec::<(Kind, u64, u64)>::new());
    let own = ProptestConfig::default();
    let config = ProptestConfig { cases: 2 * own.cases, source_file: Some(file!()), ..own };
    let ran = TestRunner::new(config).run(&histories(), |(deeds, question)| {
        let Some((found, truth, world)) = answer(&deeds, question) else { return Ok(()) };
        let figure = figure(&found, question.kind);
        prop_assert!(truth.told <= figure, "{figure} of {truth:?}, which the ledger says that it has");
        prop_assert!(found.at_most.unbounded || truth.rows <= figure, "{figure} of {truth:?}");
        if question.kind == Kind::Warden {
            contains_curve(&found, &world, question)?;
        }
        if !found.at_most.unbounded && truth.rows > 0 {
            ratios.borrow_mut().push((question.kind, figure, truth.rows));
        }
        Ok(())
    });
    if let Err(why) = ran {
        panic!("{why}");
    }
    for kind in Kind::ALL {
        let own = ratios.borrow();
        let mut own: Vec<f64> = own.iter().filter(|own| own.0 == kind).map(|own| own.1 as f64 / own.2 as f64).collect();
        own.sort_by(f64::total_cmp);
        let often = [Kind::Host, Kind::Warden, Kind::Storage].contains(&kind);
        assert!(!own.is_empty() || !often, "{kind:?} is bounded in some history");
        let Some(worst) = own.last() else { continue };
        eprintln!("{kind:?}: {} bounded, median {:.2}, worst {worst:.1} of the truth", own.len(), own[own.len() / 2]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// And no more than what every process said that it may have.
    #[test]
    fn what_was_stored_is_in_the_ledger_or_in_a_gap(deeds in prop::collection::vec(deed(), 1..60)) {
        let deeds: Vec<Deed> = deeds.into_iter().filter(|deed| !matches!(deed, Deed::Shred(_))).collect();
        let question =
            Question { kind: Kind::Warden, from: false, to: false, copies_days: 0, totals: Totals::None };
        let (found, truth, world) = answer(&deeds, question).unwrap();
        prop_assert!(!found.at_most.unbounded);
        prop_assert!(found.at_most.rows >= truth.rows, "{} rows of {} stored", found.at_most.rows, truth.rows);
        let credits: u64 = found.gaps.iter().map(|gap| gap.rows).sum();
        prop_assert_eq!(found.at_most.rows, world.anchored() + credits);
    }
}

//! Every world that a few deeds lead to, the nearest first.

use super::{Rule, Scenario, deed::Deed, spec::Reader, world::World};
use std::collections::{HashSet, VecDeque};

/// The world after the scenario's beginning.
pub fn beginning(scenario: &Scenario, off: Option<Rule>) -> World {
    scenario.beginning.iter().fold(World::start(), |world, deed| world.after(*deed, scenario, off).unwrap())
}

/// Whether everything that the thief can read is counted; of what nobody recorded, that there is no bound.
pub fn contained(world: &World, scenario: &Scenario, bits: u8, unbounded: bool) -> bool {
    let missing = world.readable(scenario) & !bits;
    missing & world.recorded() == 0 && (missing == 0 || unbounded)
}

/// Visits worlds in which there was a theft, until `look` says that it is enough; how many there were.
pub fn explore(
    scenario: &Scenario,
    deeds: &[Deed],
    off: Option<Rule>,
    depth: usize,
    mut look: impl FnMut(&World, &[Deed]) -> bool,
) -> usize {
    let first = beginning(scenario, off);
    let (mut known, mut visited) = (HashSet::from([first.clone()]), 0);
    let mut queue = VecDeque::from([(first, Vec::new())]);
    while let Some((world, path)) = queue.pop_front() {
        if world.stolen.is_some() {
            visited += 1;
            if look(&world, &path) {
                break;
            }
        }
        if path.len() == depth {
            continue;
        }
        for deed in deeds {
            let Some(next) = world.after(*deed, scenario, off) else { continue };
            if known.insert(next.clone()) {
                queue.push_back((next, path.iter().copied().chain([*deed]).collect()));
            }
        }
    }
    visited
}

/// The fewest deeds after which something readable is not counted.
pub fn counter_example(scenario: &Scenario, off: Rule, depth: usize) -> Option<(World, Vec<Deed>)> {
    let mut found = None;
    explore(scenario, scenario.deeds, Some(off), depth, |world, path| {
        let counted = Reader::new(world, scenario, Some(off)).counted();
        let sound = contained(world, scenario, counted.bits, counted.unbounded);
        found = (!sound).then(|| (world.clone(), path.to_vec()));
        found.is_some()
    });
    found
}

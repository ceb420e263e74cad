//! Every world that a few deeds lead to, the nearest first.

use super::{Rule, Scenario, deed::Deed, spec::Reader, world::World};
use std::{
    collections::{HashSet, VecDeque},
    hash::Hash,
};

/// The world after the scenario's beginning.
pub fn beginning(scenario: &Scenario, off: Option<Rule>) -> World {
    scenario.beginning.iter().fold(World::start(), |world, deed| world.after(*deed, scenario, off).unwrap())
}

/// Whether everything that the thief can read is counted; of what nobody recorded, that there is no bound.
pub fn contained(world: &World, scenario: &Scenario, bits: u8, unbounded: bool) -> bool {
    let missing = world.readable(scenario) & !bits;
    missing & world.recorded() == 0 && (missing == 0 || unbounded)
}

/// Visits every world within so many deeds, each once, until `look` says that it is enough.
pub fn visit<W: Clone + Eq + Hash, D: Copy>(
    first: W,
    deeds: &[D],
    depth: usize,
    after: impl Fn(&W, D) -> Option<W>,
    mut look: impl FnMut(&W, &[D]) -> bool,
) {
    let mut known = HashSet::from([first.clone()]);
    let mut queue = VecDeque::from([(first, Vec::new())]);
    while let Some((world, path)) = queue.pop_front() {
        if look(&world, &path) {
            return;
        }
        if path.len() == depth {
            continue;
        }
        for deed in deeds {
            let Some(next) = after(&world, *deed) else { continue };
            if known.insert(next.clone()) {
                queue.push_back((next, path.iter().copied().chain([*deed]).collect()));
            }
        }
    }
}

/// Visits worlds in which there was a theft, until `look` says that it is enough; how many there were.
pub fn explore(
    scenario: &Scenario,
    deeds: &[Deed],
    off: Option<Rule>,
    depth: usize,
    mut look: impl FnMut(&World, &[Deed]) -> bool,
) -> usize {
    let mut visited = 0;
    let after = |world: &World, deed| world.after(deed, scenario, off);
    visit(beginning(scenario, off), deeds, depth, after, |world, path| {
        let stolen = world.stolen.is_some();
        visited += usize::from(stolen);
        stolen && look(world, path)
    });
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

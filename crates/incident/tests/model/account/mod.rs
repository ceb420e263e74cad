//! The part of the model that accounts for what came: gateways that are killed, restored and run twice, what they may store
//! beyond the ledger, and shippers' totals. Each body has four rows, and the property is "no more rows can be read than the
//! report counts, or it says that there is no upper bound; and what the ledger says is complete is counted in any case".

mod report;
mod rules;
mod spec;
mod world;

use super::search::visit;
use Deed::*;
use proptest::prelude::*;
use report::Prefix;
use spec::{Counted, counted};
use world::World;

/// One step of somebody. Processes' deeds are those of the one in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Deed {
    /// Some of a body is read; then it is all there, and stored, if the credit allows that.
    Begin,
    Store,
    /// Both at once.
    Receive,
    /// What was stored first is entered, and that is proven.
    Enter,
    /// With so much credit; proven, or entered and not heard of.
    Tick(u8),
    TickUnheard(u8),
    /// The process is killed, and starts anew.
    Restart,
    /// The directory is copied; the process is killed and starts on the copy; another one starts on it beside the first.
    Copy,
    Restore,
    Clone,
    /// The other process comes to the front.
    Other,
    /// The theft.
    Steal,
    /// The thief lets a body of a shipper through that leaves no record.
    Pass(u8),
    /// A shipper signs how much it has sent until now; or only on the last day; or for days to come, too.
    Say(u8),
    SayLate(u8),
    SayAhead(u8),
}

/// What can be switched off; the numbers are those of `docs/protocol.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// R11: a body has a ticket before it is read.
    TicketBeforeContent,
    /// R12: what a start that is not over may have counts.
    GapsCount,
    /// R12: nothing is stored beyond the credit.
    CreditBinds,
    /// R12: nor beyond a tick that may stand, though nobody has heard of it.
    SentTicksBind,
    /// R12: a copy does not say that what it is a copy of is over.
    CopiesCloseNothing,
    /// R14: without totals a host has no bound.
    HostHasNoBound,
    /// R14: every shipper says how much it sent,
    EveryShipperSays,
    /// R14: of the whole window,
    WholeWindow,
    /// R14: when it is over.
    SaidWhenOver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Warden,
    Host,
}

#[derive(Debug, Clone, Copy)]
struct Scenario {
    taken: Taken,
    beginning: &'static [Deed],
    deeds: &'static [Deed],
}

const WARDEN: Scenario = Scenario {
    taken: Taken::Warden,
    beginning: &[],
    deeds: &[Receive, Enter, Tick(4), Tick(0), TickUnheard(0), Restart, Copy, Restore, Clone, Other],
};
/// A body is killed in the middle, before the theft or after it.
const HOST: Scenario = Scenario {
    taken: Taken::Host,
    beginning: &[Tick(8)],
    deeds: &[Begin, Store, Enter, Tick(4), Restart, Copy, Restore, Clone, Other, Steal],
};
const TOTALS: Scenario = Scenario {
    taken: Taken::Host,
    beginning: &[Tick(8), Begin],
    deeds: &[Store, Enter, Restart, Steal, Pass(0), Pass(1), Say(0), Say(1), SayLate(0), SayAhead(1)],
};
const ALL: [Scenario; 3] = [WARDEN, HOST, TOTALS];

fn beginning(scenario: &Scenario, off: Option<Rule>) -> World {
    scenario.beginning.iter().fold(World::start(), |world, deed| world.after(*deed, off).unwrap())
}

fn contained(world: &World, scenario: &Scenario, counted: Counted) -> bool {
    let (all, told) = world.readable(scenario.taken);
    told <= counted.rows && (all <= counted.rows || counted.unbounded)
}

/// The spec is the code's, and with all rules on what is readable is contained.
fn holds(world: &World, scenario: &Scenario, prefix: &Prefix, path: &[Deed]) {
    let counted = counted(world, scenario.taken, None);
    assert_eq!(prefix.counted(world, scenario.taken), counted, "the code and the spec: {path:?} {world:?}");
    assert!(contained(world, scenario, counted), "{path:?} {counted:?} {world:?}");
}

/// Worlds within so many deeds, but those of a host that nobody took.
fn explore(
    scenario: &Scenario,
    off: Option<Rule>,
    depth: usize,
    mut look: impl FnMut(&World, &[Deed]) -> bool,
) -> usize {
    let mut visited = 0;
    let after = |world: &World, deed| world.after(deed, off);
    visit(beginning(scenario, off), scenario.deeds, depth, after, |world, path| {
        let asked = scenario.taken == Taken::Warden || world.stolen.is_some();
        visited += usize::from(asked);
        asked && look(world, path)
    });
    visited
}

/// The fewest deeds after which something readable is not counted.
fn counter_example(scenario: &Scenario, off: Rule, depth: usize) -> Option<(World, Vec<Deed>)> {
    let mut found = None;
    explore(scenario, Some(off), depth, |world, path| {
        let sound = contained(world, scenario, counted(world, scenario.taken, Some(off)));
        found = (!sound).then(|| (world.clone(), path.to_vec()));
        found.is_some()
    });
    found
}

#[test]
fn what_came_is_accounted_for_in_every_world_near_by() {
    let prefix = Prefix::new();
    for scenario in ALL {
        let mut bounded = false;
        let worlds = explore(&scenario, None, 3, |world, path| {
            holds(world, &scenario, &prefix, path);
            bounded |= !counted(world, scenario.taken, None).unbounded;
            false
        });
        assert!(worlds > 30, "{worlds} {scenario:?}");
        assert_eq!(bounded, !scenario.deeds.contains(&Begin), "only totals bound what a host got");
    }
}

#[test]
fn what_came_is_accounted_for_in_every_world_of_more_deeds() {
    for (scenario, depth) in ALL.into_iter().zip([7, 6, 6]) {
        let worlds = explore(&scenario, None, depth, |world, path| {
            let counted = counted(world, scenario.taken, None);
            assert!(contained(world, &scenario, counted), "{path:?} {counted:?} {world:?}");
            false
        });
        assert!(worlds > 1_000, "{worlds} {scenario:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn what_came_is_accounted_for_far_away(number in 0..ALL.len(), chosen in prop::collection::vec(0..60_usize, 4..24)) {
        let scenario = &ALL[number];
        let (mut world, mut path) = (beginning(scenario, None), Vec::new());
        let deeds = chosen.iter().map(|index| scenario.deeds[index % scenario.deeds.len()]);
        for deed in deeds.chain([Steal]) {
            if let Some(next) = world.after(deed, None) {
                world = next;
                path.push(deed);
            }
        }
        holds(&world, scenario, &Prefix::new(), &path);
    }
}

//! The report in fifty lines: what it counts, with each rule on its own switch.

use super::{
    Rule, Taken,
    world::{ALLOWED, ROWS, Total, What, World},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub rows: u8,
    pub unbounded: bool,
}

pub fn counted(world: &World, taken: Taken, off: Option<Rule>) -> Counted {
    let on = |rule| off != Some(rule);
    let intakes = || {
        world.leaves.iter().filter_map(|leaf| match leaf.what {
            What::Intake(intake) => Some(intake),
            _ => None,
        })
    };
    let stored = intakes().filter(|intake| intake.stored.is_some()).map(|_| ROWS).sum();
    match taken {
        Taken::Warden => {
            let gaps = if on(Rule::GapsCount) { gaps(world) } else { 0 };
            Counted { rows: stored + gaps, unbounded: false }
        }
        Taken::Host => {
            let broken: u8 = intakes().filter(|intake| intake.stored.is_none()).map(|_| ALLOWED).sum();
            let said: Vec<_> = (0..2).map(|shipper| said(world, shipper, off)).collect();
            let covers = |(_, covers): &(u8, bool)| *covers;
            let bounds = if on(Rule::EveryShipperSays) { said.iter().all(covers) } else { said.iter().any(covers) };
            // All that was recorded as somebody's is the second's.
            let known = [0, stored];
            let sent: u8 = said.iter().zip(known).map(|((rows, _), known)| *rows.max(&known)).sum();
            Counted { rows: broken + sent, unbounded: !bounds && on(Rule::HostHasNoBound) }
        }
    }
}

/// What each start that is not over may have by its last tick.
fn gaps(world: &World) -> u8 {
    let mut credits = BTreeMap::new();
    for leaf in &world.leaves {
        match &leaf.what {
            What::Tick(tick) => _ = credits.insert(tick.start, tick.credit),
            What::Start(_, closes) => closes.iter().for_each(|(start, _)| _ = credits.remove(start)),
            What::Intake(_) => {}
        }
    }
    credits.into_values().sum()
}

/// A shipper's rows, and whether it has spoken of all days.
fn said(world: &World, shipper: u8, off: Option<Rule>) -> (u8, bool) {
    let counts = |total: &&Total| total.shipper == shipper && total.from < total.to;
    let over = |total: &&Total| total.seen >= total.to || off == Some(Rule::SaidWhenOver);
    let mut own: Vec<_> = world.totals.iter().filter(counts).filter(over).collect();
    own.sort_by_key(|total| total.from);
    let whole = off != Some(Rule::WholeWindow);
    let reached = own.iter().fold(0, |to, total| if total.from <= to || !whole { to.max(total.to) } else { to });
    (own.iter().map(|total| total.rows).sum(), !own.is_empty() && reached >= world.day)
}

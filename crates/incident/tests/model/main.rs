//! A small explicit-state model of the protocol (`docs/protocol.md`): a warden, two witnesses, a worker, a principal, a
//! carrier and a thief, with hosts and days. Its property is "what is truly readable is contained, or the report says that
//! there is no upper bound". The world keeps what the thief can read; the report is the real one, over real leaves and
//! notes, and a spec of a hundred lines that agrees with it wherever both are asked. In the spec, and in what honest
//! parties do, each rule can be switched off: then the property fails, and the shortest way there is in the test. What
//! gateways account for, and shippers of what they sent, has a world of its own (`account`).
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod account;
mod deed;
#[path = "../estate/mod.rs"]
mod estate;
mod report;
mod rules;
mod search;
mod spec;
mod world;

use deed::Deed::{self, *};
use estate::{HOSTS, Hosts};
use proptest::prelude::*;
use report::Prefix;
use search::{beginning, contained, explore};
use spec::Reader;
use world::World;

/// What can be switched off; the numbers are those of `docs/protocol.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// R1: an entry is dated by the notes, not by what it says.
    PositionNotTime,
    /// R1: of a note's times the latest counts.
    LatestCounts,
    /// R2: no note shows that a key was made after an end.
    NoClockShowsAfter,
    /// R3: a witness on a taken host dates nothing.
    SuspectNeverLowers,
    /// R3, R16: with a host all falls that stands on it, the warden too.
    AllOnTheHost,
    /// R4: void entries raise.
    ReplayIsTotal,
    /// R5: nothing is answered or taken as anchored before it is cosigned.
    EffectAfterCosigned,
    /// R6: the gateway takes nothing as anchored without a proof.
    ProofBeforeBelief,
    /// R7: copies of the warden's files are kept for days.
    CopiesAreKept,
    /// R7: a key that was found again is not out of reach.
    ResurfacedCounts,
    /// R8: a new warden makes its own keys.
    NewHandsNewKeys,
    /// R2, R8: and counts as new by what officers had seen.
    OfficersSawLater,
    /// R9: a taken warden's end is no date.
    EndsByEntry,
    /// R9: what a worker's clock says to have come later counts.
    NoWorkersClock,
    /// R9: what came later has a later ticket, wherever it stands in the ledger.
    TicketsTell,
    /// R9: later than what the worker had seen, not than where its tick stands.
    SeenNotEntered,
    /// R13: without a header the anchor counts.
    LedgerAloneBounds,
    /// R14: a host has no upper bound.
    HostHasNoBound,
    /// R14: what its memory had before the theft counts, from the last start.
    MemoryReachesBack,
    /// R15: what was encrypted to the certificate, whichever the carrier has now.
    CertificateOfItsTime,
    /// R17: a key that comes back is entered, and destroyed.
    NothingDiesAtAStart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Warden,
    Host,
    Principal,
    Carrier,
}

/// Who stands where, what falls, and what may be done.
#[derive(Debug, Clone, Copy)]
struct Scenario {
    taken: Taken,
    /// The first witness stands on the warden's host.
    witness_beside: bool,
    /// The gateway does.
    gateway_beside: bool,
    /// How many must have cosigned; one fewer may lie.
    organisations: u32,
    copies_days: i64,
    beginning: &'static [Deed],
    deeds: &'static [Deed],
}

impl Scenario {
    const fn of(taken: Taken, deeds: &'static [Deed]) -> Self {
        let beginning = &[Make(0), Receive(0), Beat];
        Self { taken, witness_beside: false, gateway_beside: false, organisations: 1, copies_days: 0, beginning, deeds }
    }

    fn takes_warden(&self) -> bool {
        self.taken == Taken::Warden || (self.taken == Taken::Host && self.gateway_beside)
    }

    fn hosts(&self) -> Hosts<'static> {
        let [vault, first, second, gateway, other] = HOSTS;
        let beside = |host, beside| if beside { vault } else { host };
        [vault, beside(first, self.witness_beside), second, beside(gateway, self.gateway_beside), other]
    }
}

const ANYTHING_WITH_THE_WARDEN: &[Deed] = &[
    Tick,
    Receive(0),
    Shred(0),
    Beat,
    Steal,
    Leave,
    Cosign,
    EnterNote,
    Jump,
    SecondKey(0),
    Make(1),
    Receive(1),
    MakeSecretly(1),
    EnterKey(1),
    LoseHeaders,
    TakePort,
    LeavePort,
    Rollback,
    Start,
];
const WARDEN: Scenario = Scenario::of(Taken::Warden, ANYTHING_WITH_THE_WARDEN);
const WITNESS_BESIDE: Scenario = Scenario {
    witness_beside: true,
    deeds: &[Tick, Receive(0), Shred(0), Beat, Steal, Cosign, EnterNote, Lie],
    ..WARDEN
};
const ONE_OF_TWO_LIES: Scenario = Scenario { witness_beside: false, organisations: 2, ..WITNESS_BESIDE };
const COPIES: Scenario = Scenario {
    copies_days: 1,
    deeds: &[Tick, Receive(0), Shred(0), Beat, Steal, Leave, Restore(0), Make(1), Receive(1)],
    ..WARDEN
};
const HOST: Scenario = Scenario::of(
    Taken::Host,
    &[Tick, Receive(0), ReceiveUnrecorded(0), Start, Beat, Steal, Leave, Shred(0), LoseHeaders, Rollback],
);
const GATEWAY_BESIDE: Scenario = Scenario { gateway_beside: true, ..HOST };
const PRINCIPAL: Scenario =
    Scenario::of(Taken::Principal, &[Tick, Receive(0), Open, Beat, Steal, Leave, Rollback, LoseHeaders, Shred(0)]);
const CARRIER: Scenario = Scenario::of(
    Taken::Carrier,
    &[Tick, Receive(0), ReceiveAhead(0), Say, Beat, Steal, Leave, Rotate, LoseHeaders, TakePort, LeavePort, Shred(0)],
);
/// Another warden goes on, before or after the thief has gone.
const RENEWED: Scenario = Scenario {
    deeds: &[Tick, Receive(1), Shred(1), Beat, Steal, Leave, See, Renew, Make(1), MakeSecretly(1), EnterKey(1)],
    ..WARDEN
};
const ALL: [Scenario; 9] =
    [WARDEN, WITNESS_BESIDE, ONE_OF_TWO_LIES, COPIES, HOST, GATEWAY_BESIDE, PRINCIPAL, CARRIER, RENEWED];

/// The spec is the code's, and with all rules on what is readable is contained.
fn holds(world: &World, scenario: &Scenario, prefix: &Prefix, path: &[Deed]) {
    let counted = Reader::new(world, scenario, None).counted();
    assert_eq!(prefix.counted(world), counted, "the code and the spec: {scenario:?} {path:?} {world:?}");
    assert!(contained(world, scenario, counted.bits, counted.unbounded), "{scenario:?} {path:?} {world:?}");
}

#[test]
fn what_is_readable_is_contained_in_every_world_near_by() {
    for scenario in ALL {
        let prefix = Prefix::new(&scenario);
        let worlds = explore(&scenario, scenario.deeds, None, 3, |world, path| {
            holds(world, &scenario, &prefix, path);
            false
        });
        assert!(worlds > 30, "{worlds} {scenario:?}");
    }
}

#[test]
fn what_is_readable_is_contained_in_every_world_of_more_deeds() {
    for (scenario, depth) in ALL.into_iter().zip([4, 6, 6, 6, 6, 6, 6, 6, 7]) {
        let worlds = explore(&scenario, scenario.deeds, None, depth, |world, path| {
            let counted = Reader::new(world, &scenario, None).counted();
            let sound = contained(world, &scenario, counted.bits, counted.unbounded);
            assert!(sound, "{scenario:?} {path:?} {world:?}");
            false
        });
        assert!(worlds > 1_000, "{worlds} {scenario:?}");
    }
}

/// A walk of any length: what cannot be done where it stands is left out.
fn walk(scenario: &Scenario, chosen: &[usize]) -> (World, Vec<Deed>) {
    let mut path = Vec::new();
    let mut world = beginning(scenario, None);
    for index in chosen {
        let deed = scenario.deeds[index % scenario.deeds.len()];
        if let Some(next) = world.after(deed, scenario, None) {
            world = next;
            path.push(deed);
        }
    }
    if let Some(next) = world.after(Steal, scenario, None) {
        world = next;
        path.push(Steal);
    }
    (world, path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn what_is_readable_is_contained_far_away(number in 0..ALL.len(), chosen in prop::collection::vec(0..60_usize, 4..24)) {
        let (world, path) = walk(&ALL[number], &chosen);
        holds(&world, &ALL[number], &Prefix::new(&ALL[number]), &path);
    }
}

//! What certainly came after an incident was over. No clock of a gateway says so: a tick does, which says what its worker had seen
//! of the ledger before it gave the tickets that follow (`docs/protocol.md`, R9).

use crate::{History, dating::Dating, suspects::Suspects};
use ledger::{
    InstanceId, Time,
    replay::{Instance, Passed, Received},
};
use std::collections::BTreeMap;
use tlog::Tree;

/// What shows that an end is past, and who had seen it.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    /// The first heartbeat whose note is certainly later, and the earliest time in that note.
    pub shown: Option<(u64, Time)>,
    /// Of each start of a worker, the first ticket that it gave after the end; none: nothing shows that it gave any.
    tickets: BTreeMap<InstanceId, u64>,
}

impl Late {
    /// Without an end nothing is after it.
    pub fn of(to: Option<Time>, history: &History, suspects: &Suspects, dating: &Dating) -> Self {
        let Some((beat, note)) = to.and_then(|to| dating.shown_after(to)) else { return Self::default() };
        let (tree, _) = history.tree_and_signers();
        let believed = history.state.instances.iter().filter(|(_, own)| !suspects.doubts(&own.worker));
        let tickets = believed.filter_map(|(instance, own)| Some((*instance, first_after(beat, own, tree)?)));
        Self { shown: Some((beat, note.earliest)), tickets: tickets.collect() }
    }

    /// Whether a body came after the end, of an entry with effect.
    pub fn has(&self, received: &Received) -> bool {
        self.tickets.get(&received.source.instance).is_some_and(|first| received.ticket >= *first)
    }
}

/// The next ticket of the first tick that this heartbeat was seen before, and that leaves nothing open which one such tick passed: of
/// a body that was under way then, more documents may have tickets behind it.
fn first_after(beat: u64, own: &Instance, tree: &Tree) -> Option<u64> {
    let has_seen = |tick: &Passed| {
        tick.seen.is_some_and(|seen| seen.size > beat && tree.root_at(seen.size).is_ok_and(|root| root == seen.root.0))
    };
    let first = own.passed.iter().position(has_seen)?;
    let passed = own.passed[first].next;
    own.passed[first..].iter().find(|tick| tick.open >= passed).map(|tick| tick.next)
}

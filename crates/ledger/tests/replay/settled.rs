//! A state that lets go what is past judges as one that holds everything. Every ledger of these tests is replayed by both.

use super::*;
use std::{collections::HashMap, sync::Arc};

/// What was let go, and the whole ledger.
#[derive(Debug, Clone, Default)]
struct Remembered {
    batches: HashMap<BatchId, u64>,
    openings: HashMap<Hash, u64>,
    parts: HashMap<(InstanceId, u64, u32), u64>,
    entries: Vec<Logged>,
}

impl Past for Remembered {
    fn has_batch(&self, batch: &BatchId) -> bool {
        self.batches.contains_key(batch)
    }

    fn batch(&self, batch: &BatchId) -> Option<(u64, Logged)> {
        self.batches.get(batch).map(|entry| (*entry, self.entries[*entry as usize].clone()))
    }

    fn opening(&self, opening: &Hash) -> Option<(u64, Logged)> {
        self.openings.get(opening).map(|entry| (*entry, self.entries[*entry as usize].clone()))
    }

    fn part(&self, instance: &InstanceId, ticket: u64, part: u32) -> Option<u64> {
        self.parts.get(&(*instance, ticket, part)).copied()
    }
}

/// Replays with a state that after each entry lets go what it can, and is written down and read again.
pub(super) fn replayed(entries: &[Logged]) -> (State, Result<(), Violation>) {
    let (mut state, mut past) = (State::default(), Remembered::default());
    for (index, logged) in (0..).zip(entries) {
        if let Err(violation) = state.push(index, logged.clone()) {
            return (state, Err(violation));
        }
        past.entries.push(logged.clone());
        let settled = state.settle().unwrap();
        past.batches.extend(settled.batches);
        past.openings.extend(settled.openings);
        past.parts.extend(settled.parts);
        state = serde_json::from_slice(&serde_json::to_vec(&state).unwrap()).unwrap();
        state.remember(Arc::new(past.clone()));
    }
    (state, Ok(()))
}

#[test]
fn what_is_let_go_is_found() {
    let all = timed(story());
    let (state, _) = replayed(&all);
    assert!(state.batches.is_empty() && state.intakes.is_empty() && state.openings.is_empty());
    let whole = replay(story()).unwrap();
    let known = [batch(1), batch(9)];
    assert_eq!(known.map(|batch| state.has_batch(&batch)), [true, false]);
    assert_eq!(known.map(|batch| state.anchored(&batch)), known.map(|batch| whole.anchored(&batch)));
    assert_eq!(state.anchored(&batch(1)).unwrap().received, record(1, vec![]).received);
    let parts = |state: &State| {
        [(FIRST, 1, 1), (FIRST, 1, 2), (SECOND, 1, 1)].map(|(of, ticket, part)| state.part(&of, ticket, part))
    };
    assert_eq!(parts(&state), parts(&whole));
    assert_eq!(parts(&state), [Some(7), None, None]);
    assert_eq!(state.gaps(), whole.gaps());
}

#[test]
fn a_ledger_with_void_entries_lets_nothing_go() {
    let mut state = replay(story()).unwrap();
    let false_beat = Logged { time: time(15), entry: beat("other.example", 1) };
    assert!(matches!(state.take_logged(15, false_beat), Taken::Void(Rule::Note)));
    assert_eq!(state.settle(), None);
    assert_eq!(state.intakes.len(), 1);
}

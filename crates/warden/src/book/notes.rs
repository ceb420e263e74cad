//! What is remembered of past entries so that a request is answered without reading the log again.

use super::asked::Asked;
use ledger::{Entry, Hash, Logged, PrincipalId, Time, entry::Heartbeat};
use serde::{Deserialize, Serialize};

/// What the warden wants to know of past entries besides [`State`].
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Notes {
    /// The policies, in order.
    pub(super) policies: Vec<u64>,
    /// What waits for a heartbeat.
    pub(super) undated: Undated,
    /// Requests of the last thirty days.
    pub(super) asked: Asked,
}

/// What the heartbeats so far have not dated.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Undated {
    /// Below this many entries, the last heartbeat's note covers all.
    pub(crate) covered: u64,
    /// When it was written; none: no heartbeat yet.
    pub(crate) beat: Option<Time>,
    /// Behind the last entry that is not a heartbeat.
    pub(crate) any: u64,
    /// Behind the last entry that helps only from the moment on that a witness has seen it.
    pub(crate) urgent: u64,
}

impl Undated {
    fn note(&mut self, index: u64, logged: &Logged) {
        if logged.entry.makes_generation() {
            self.beat = self.beat.map(|beat| beat.min(logged.time));
        }
        match &logged.entry {
            Entry::Heartbeat(Heartbeat { note }) => {
                self.beat = Some(logged.time);
                let text = tlog::note::split(note.as_bytes()).map(|(text, _)| text);
                let size = text.and_then(tlog::Checkpoint::parse).map_or(0, |checkpoint| checkpoint.size());
                self.covered = self.covered.max(size);
            }
            Entry::Shred(_) | Entry::Start(_) | Entry::Policy(_) => (self.any, self.urgent) = (index + 1, index + 1),
            _ => self.any = index + 1,
        }
    }
}

impl Notes {
    /// What an entry is noted for, before it is given away.
    pub(super) fn of(&self, index: u64, logged: &Logged) -> Noted {
        let mut undated = self.undated;
        undated.note(index, logged);
        Noted { undated, what: What::of(index, logged) }
    }

    /// Remembers an entry that was written.
    pub(super) fn add(&mut self, Noted { undated, what }: Noted) {
        self.undated = undated;
        match what {
            What::Policy(index, renewed) => {
                self.policies.push(index);
                // The ledger's time may begin anew there: what was asked for in years to come is taken for asked now.
                if let Some(time) = renewed {
                    self.asked.not_after(time);
                }
            }
            What::Asked { time, principal, nonce, rows } => self.asked.add(time, principal, nonce, rows),
            What::Nothing => {}
        }
    }
}

/// An entry's trace, before the entry is given away.
pub(super) struct Noted {
    undated: Undated,
    what: What,
}

enum What {
    Asked {
        time: Time,
        principal: PrincipalId,
        nonce: Hash,
        rows: u64,
    },
    /// With the time, where it makes a generation.
    Policy(u64, Option<Time>),
    Nothing,
}

impl What {
    fn of(index: u64, logged: &Logged) -> Self {
        match &logged.entry {
            Entry::Intent(intent) => {
                let scope = &intent.request.scope;
                let rows = scope.rows.len() as u64;
                Self::Asked { time: logged.time, principal: scope.principal.clone(), nonce: scope.nonce, rows }
            }
            Entry::Policy(_) => Self::Policy(index, logged.entry.makes_generation().then_some(logged.time)),
            _ => Self::Nothing,
        }
    }
}

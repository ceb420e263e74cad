//! Which of a level's fields are the recipient's, the consignee's, and the others: a parcel takes from the levels above it
//! by that.

use crate::record::Role;
use std::ops::Range;

/// Kinds of fields: the recipient's, the consignee's, the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kept(pub [bool; 3]);

impl Kept {
    pub const DESTINATIONS: Self = Self([true, true, false]);
    pub const ALL: Self = Self([true; 3]);

    #[inline]
    pub fn of(role: Role) -> usize {
        match role {
            Role::Recipient => 0,
            Role::Consignee => 1,
            _ => 2,
        }
    }

    pub fn or(self, other: Self) -> Self {
        Self([0, 1, 2].map(|kind| self.0[kind] || other.0[kind]))
    }

    /// Without the recipient's and the consignee's fields where `nearer` has such.
    pub fn not_nearer(self, nearer: Self) -> Self {
        let [recipient, consignee, others] = self.0;
        Self([recipient && !nearer.0[0], consignee && !nearer.0[1], others])
    }
}

/// Fields of one kind that stand behind each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub from: u32,
    to: u32,
}

impl Run {
    /// Adds a field behind all others.
    #[inline]
    pub fn note(runs: &mut Vec<Self>, place: u32) {
        let behind = place.saturating_add(1);
        match runs.last_mut() {
            Some(run) if run.to == place => run.to = behind,
            _ => runs.push(Self { from: place, to: behind }),
        }
    }

    /// The same fields, where so many others stand before them.
    pub fn behind(self, others: u32) -> Self {
        Self { from: self.from.saturating_add(others), to: self.to.saturating_add(others) }
    }

    pub fn places(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

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
    /// The same fields, where so many others stand before them.
    pub fn behind(self, others: u32) -> Self {
        Self { from: self.from.saturating_add(others), to: self.to.saturating_add(others) }
    }

    pub fn places(self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

/// Where the fields of each kind are, while they come one behind the other.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Those that ended.
    ended: [Vec<Run>; 3],
    /// The role of the last field, and where the run of its kind begins.
    role: Role,
    from: usize,
}

impl Runs {
    /// Notes the kind of the field at a place behind all others: most are of the kind of the one before.
    pub fn note(&mut self, role: Role, place: usize) {
        if Kept::of(role) != Kept::of(self.role) {
            self.end(place);
        }
        self.role = role;
    }

    /// Whether a field of this role needs not be noted.
    #[inline]
    pub fn goes_on(&self, role: Role) -> bool {
        role == self.role
    }

    /// Ends the last run before a place.
    pub fn end(&mut self, place: usize) {
        let [from, to] =
            [self.from, place].map(|at| u32::try_from(at).expect("four billion fields do not fit into memory"));
        if from < to {
            self.ended[Kept::of(self.role)].push(Run { from, to });
        }
        self.from = place;
    }

    /// The runs of each kind that ended.
    pub fn ended(&mut self) -> &mut [Vec<Run>; 3] {
        &mut self.ended
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.ended.iter_mut().for_each(Vec::clear);
        (self.role, self.from) = (Role::None, 0);
    }
}

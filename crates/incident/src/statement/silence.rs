//! Where a statement is true and says nothing: of a name that is nobody's, of a month that the ledger does not have.

use super::{Statement, is_named};
use crate::History;
use ledger::{Month, Time};
use std::fmt;

/// Why nothing is told of anybody's parcels. It is no part of the statement, and stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The ledger does not know the shipper: whoever asks may have mistaken the name.
    Nobody,
    /// The month was over when the ledger began.
    Before {
        /// Its first entry's time, the warden's.
        began: Time,
    },
    /// The month had not begun at the ledger's end.
    After {
        /// The checkpoint's time.
        ended: Time,
    },
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str(
                "no policy of this ledger names this shipper, and no entry says that it sent anything: this says nothing of \
                 anybody's parcels",
            ),
            Self::Before { began } => write!(
                f,
                "this ledger began at {began}, by the warden's clock, when the month was over: this says nothing of what was \
                 received in it"
            ),
            Self::After { ended } => write!(
                f,
                "the month had not begun at {ended}, when this ledger ends: this says nothing of what is received in it"
            ),
        }
    }
}

impl Statement {
    /// Why this one, of that ledger, says nothing; each reason that there is.
    pub fn silences(&self, history: &History) -> Vec<Silence> {
        if self.received != Default::default() {
            return Vec::new();
        }
        let (state, ended) = (&history.state, self.checkpoint.time);
        let nobody = (!is_named(state, &self.shipper)).then_some(Silence::Nobody);
        let began = state.began.filter(|began| self.month < Month::of(*began));
        let after = (self.month > Month::of(ended)).then_some(Silence::After { ended });
        nobody.into_iter().chain(began.map(|began| Silence::Before { began })).chain(after).collect()
    }
}

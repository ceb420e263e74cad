//! A key that batches are sealed to, and all that a ledger says of it.

use super::{At, Period, State};
use crate::{
    classes::Classes,
    entry::{CoHolder, SealedTo},
};

/// What the ledger says of a key that one batch is sealed to, as far as it helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Life {
    /// When it was made; `None`: it may have existed always.
    pub born: Option<At>,
    /// When it was destroyed; `None`: nothing shows that it was.
    pub shredded: Option<At>,
}

/// A key by its name, looked up once for however many batches are sealed to it.
#[derive(Debug, Clone)]
pub struct Key<'s> {
    /// The period and the key that batches name.
    pub to: &'s SealedTo,
    /// The period, if an entry with effect made this key for it.
    pub period: Option<&'s Period>,
    /// Who, beside the warden, must have unwrapped what was sealed to it, [`State::co_holder`].
    pub co_holder: Option<&'s CoHolder>,
    /// All classes that it may open, [`State::classes`].
    pub classes: Classes,
    /// Whether an entry without effect made it, too; and whether for another period.
    again: bool,
    shared: bool,
    /// The last entry without effect that shows it alive.
    alive: u64,
}

impl Key<'_> {
    /// What is known of the key of what was sealed by this entry. Only an entry with effect, and only one that this place in
    /// the ledger does not contradict, says when the key was made and when it was destroyed.
    pub fn life(&self, sealed: u64) -> Life {
        let Some(period) = self.period else { return Life::default() };
        let alive = self.alive.max(sealed);
        // A key of two periods is not gone when one of them ends.
        let ends = !self.shared && period.resurfaced.is_none();
        Life {
            born: Some(period.born).filter(|born| !self.again && born.entry < sealed),
            shredded: period.shredded.filter(|shred| ends && shred.entry > alive),
        }
    }
}

impl State {
    /// All that is known of this key.
    pub fn key<'s>(&'s self, to: &'s SealedTo) -> Key<'s> {
        let period = self.made(to);
        let made = self.voids.period_keys.get(&to.key).map_or(&[][..], Vec::as_slice);
        let classes: Classes =
            period.map(|own| own.classes).into_iter().chain(made.iter().map(|other| other.classes)).collect();
        Key {
            to,
            period,
            co_holder: self.co_holder(to),
            classes: if period.is_none() && classes.is_empty() { Classes::SEALED } else { classes },
            again: !made.is_empty(),
            shared: made.iter().any(|other| other.period != to.period),
            alive: self.voids.alive(&to.key),
        }
    }

    /// The period whose key it is, by an entry with effect.
    pub fn made(&self, to: &SealedTo) -> Option<&Period> {
        self.periods.get(&to.period).filter(|own| own.key == to.key)
    }

    /// [`Key::life`] of one batch alone.
    pub fn life(&self, sealed: u64, to: &SealedTo) -> Life {
        self.key(to).life(sealed)
    }

    /// The classes that a period's key may open: all that any entry says of this key; of a key that no entry
    /// made, every sealed one.
    pub fn classes(&self, to: &SealedTo) -> Classes {
        self.key(to).classes
    }

    /// Who, beside the warden, must have unwrapped what was sealed to this key before it opens. No one, where any other entry
    /// speaks of the key: whoever was shown that one sealed without.
    pub fn co_holder(&self, to: &SealedTo) -> Option<&CoHolder> {
        let own = self.made(to)?;
        let only = !self.voids.period_keys.contains_key(&to.key);
        own.co_holder.as_ref().filter(|_| only).and_then(|name| self.co_holders.get(name))
    }
}

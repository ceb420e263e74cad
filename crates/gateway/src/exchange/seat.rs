//! How many bodies of one partner are under way: whoever has its credential, or speaks AS2 in its name, takes no more tickets at once
//! than these, and leaves the others theirs.

use crate::{Error, partner::PartnerId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A quarter of the connections that a gateway takes by default.
const SEATS: usize = 128;

/// Who has how many.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<BTreeMap<PartnerId, usize>>>);

/// One body's, given back when it is dropped.
pub(crate) struct Seat {
    seats: Seats,
    partner: PartnerId,
}

impl Seats {
    /// For a body of this partner.
    ///
    /// # Errors
    /// [`Error::TooManyBodies`].
    pub(crate) fn take(&self, partner: &PartnerId) -> Result<Seat, Error> {
        let mut taken = self.taken();
        let own = taken.entry(partner.clone()).or_default();
        if *own == SEATS {
            return Err(Error::TooManyBodies { partner: partner.clone() });
        }
        *own += 1;
        Ok(Seat { seats: self.clone(), partner: partner.clone() })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<PartnerId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        match taken.get_mut(&self.partner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.partner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_partner_leaves_the_others_theirs() {
        let (seats, id) = (Seats::default(), |id: &str| id.parse::<PartnerId>().unwrap());
        let mut own: Vec<_> = (0..SEATS).map(|_| seats.take(&id("northshop")).unwrap()).collect();
        assert!(matches!(seats.take(&id("northshop")), Err(Error::TooManyBodies { .. })));
        let other = seats.take(&id("lakeshop")).unwrap();
        own.pop();
        own.push(seats.take(&id("northshop")).unwrap());
        drop((own, other));
        assert!(seats.taken().is_empty());
    }
}

//! Room for bodies: a count of octets that is taken before they are kept and given back when they are gone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Others and this one together have it all.
    Everyone,
    /// This one has its half.
    Own,
}

/// How many octets may be held at once, by all and by each.
pub struct Room {
    octets_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Only of those who hold something.
    each: BTreeMap<String, usize>,
}

impl Room {
    /// Of this many octets; nobody gets more than half.
    pub fn new(octets_max: usize) -> Arc<Self> {
        Arc::new(Self { octets_max, taken: Mutex::default() })
    }

    /// A share for `who`, of nothing yet. It goes back when dropped.
    pub fn share(self: &Arc<Self>, who: String) -> Share {
        Share { room: self.clone(), who, octets: 0 }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().expect("nobody panics while counting")
    }
}

/// What one body holds.
pub struct Share {
    room: Arc<Room>,
    who: String,
    octets: usize,
}

impl Share {
    /// Makes it at least `octets` in all. Never waits: a body that waits for room holds what it has, and two such would
    /// wait for each other.
    pub fn grow_to(&mut self, octets: usize) -> Result<(), Full> {
        let more = octets.saturating_sub(self.octets);
        if more == 0 {
            return Ok(());
        }
        let mut taken = self.room.taken();
        let all = taken.all.saturating_add(more);
        let own = taken.each.get(&self.who).copied().unwrap_or(0).saturating_add(more);
        if own > self.room.octets_max / 2 {
            return Err(Full::Own);
        }
        if all > self.room.octets_max {
            return Err(Full::Everyone);
        }
        taken.all = all;
        taken.each.insert(self.who.clone(), own);
        self.octets = octets;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        taken.all -= self.octets;
        if let Some(own) = taken.each.get_mut(&self.who) {
            *own -= self.octets;
            if *own == 0 {
                taken.each.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_for_each_and_all_of_it_for_all_and_back_again() {
        let room = Room::new(100);
        let mut shares = ["a", "a", "b", "c"].map(|who| room.share(who.to_owned()));
        assert_eq!(shares[0].grow_to(30), Ok(()));
        assert_eq!(shares[0].grow_to(20), Ok(()), "it has that");
        assert_eq!(shares[1].grow_to(21), Err(Full::Own));
        assert_eq!(shares[1].grow_to(20), Ok(()));
        assert_eq!(shares[2].grow_to(45), Ok(()));
        assert_eq!(shares[3].grow_to(6), Err(Full::Everyone));
        assert_eq!(shares[3].grow_to(usize::MAX), Err(Full::Own));
        drop(shares);
        let taken = room.taken();
        assert_eq!((taken.all, taken.each.len()), (0, 0));
    }
}

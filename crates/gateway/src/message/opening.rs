//! Taking messages apart, a few at once: what is compressed may become as long as a body may be, and nobody knows yet who
//! sent it. More at a time would not be done any sooner.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

/// As many at once as there are cores, two at least.
pub(crate) struct Opening {
    most: usize,
    now: Mutex<usize>,
    ended: Condvar,
}

impl Default for Opening {
    fn default() -> Self {
        // That is asked in files: once.
        let most = thread::available_parallelism().map_or(2, usize::from).max(2);
        Self { most, now: Mutex::default(), ended: Condvar::new() }
    }
}

/// Gives the place back, also after a panic.
struct Place<'o>(&'o Opening);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.now.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_one();
    }
}

impl Opening {
    /// Waits for its turn.
    pub(crate) fn one<T>(&self, work: impl FnOnce() -> T) -> T {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = self.ended.wait_while(now, |now| *now >= self.most).unwrap_or_else(PoisonError::into_inner);
        *now += 1;
        drop(now);
        let _place = Place(self);
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        time::Duration,
    };

    #[test]
    fn no_more_at_once_than_there_are_cores_and_a_panic_takes_no_place_away() {
        let (opening, at_once, most) = (Opening::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let cores = thread::available_parallelism().map_or(2, usize::from).max(2);
        for _ in 0..2 * cores {
            let _ = catch_unwind(AssertUnwindSafe(|| opening.one(|| panic!("a test's"))));
        }
        thread::scope(|scope| {
            for _ in 0..4 * cores {
                scope.spawn(|| {
                    opening.one(|| {
                        most.fetch_max(at_once.fetch_add(1, SeqCst) + 1, SeqCst);
                        thread::sleep(Duration::from_millis(5));
                        at_once.fetch_sub(1, SeqCst);
                    });
                });
            }
        });
        assert!(most.load(SeqCst) <= cores);
    }
}

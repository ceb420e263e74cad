//! How many rows are sealed to which periods: counted now and then, since it takes as long as reading every header.

use api::gateway::record::Rows;
use gateway::{Gateway, retention::kept};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So long a page waits for the first count; later ones show the count before.
const PATIENCE: Duration = Duration::from_secs(1);
/// A count is as good as new for so long.
const FRESH: Duration = Duration::from_secs(10);
/// And for so many times as long as it took: whoever looks again and again costs a twentieth of a core at most.
const REST: u32 = 20;

/// The last count.
#[derive(Default)]
pub struct Counts {
    state: Mutex<Counted>,
    done: Condvar,
}

#[derive(Default)]
struct Counted {
    rows: Option<Arc<Rows>>,
    fresh_until: Option<Instant>,
    counting: bool,
}

impl Counts {
    /// As counted last; none: the first count takes longer than anybody waits.
    pub fn rows(self: &Arc<Self>, gateway: &Arc<Gateway>) -> Option<Arc<Rows>> {
        let mut state = self.lock();
        if !state.counting && state.fresh_until.is_none_or(|until| until <= Instant::now()) {
            state.counting = true;
            let (counts, gateway) = (self.clone(), gateway.clone());
            drop(memory::spawn_blocking(move || counts.count(&gateway)));
        }
        if state.rows.is_some() {
            return state.rows.clone();
        }
        let waited = self.done.wait_timeout_while(state, PATIENCE, |state| state.counting && state.rows.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.rows.clone()
    }

    fn count(&self, gateway: &Gateway) {
        let begun = Instant::now();
        let counted = kept::count(gateway);
        let mut state = self.lock();
        state.counting = false;
        state.fresh_until = Some(Instant::now() + FRESH.max(begun.elapsed() * REST));
        match counted {
            Ok(rows) => state.rows = Some(Arc::new(rows)),
            Err(error) => eprintln!("gateway: rows are not counted: {error}"),
        }
        self.done.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

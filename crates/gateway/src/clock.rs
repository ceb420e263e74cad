//! What time it is: asked here, so that a test can run years in seconds.

use ledger::Time;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

/// Tells the time to everything in a gateway.
pub trait Clock: Send + Sync {
    /// Now, to the millisecond.
    fn now(&self) -> Time;
}

/// The operating system's clock.
pub struct System;

impl Clock for System {
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands until it is set.
pub struct Set(AtomicI64);

impl Set {
    /// Stands at this moment.
    pub fn to(time: Time) -> Self {
        Self(AtomicI64::new(time.milliseconds()))
    }

    /// Stands at this moment from now on.
    pub fn set(&self, time: Time) {
        self.0.store(time.milliseconds(), SeqCst);
    }
}

impl Clock for Set {
    fn now(&self) -> Time {
        Time::from_milliseconds(self.0.load(SeqCst))
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Time {
        (**self).now()
    }
}

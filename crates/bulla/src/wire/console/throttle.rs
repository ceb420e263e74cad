//! Wrong tokens, counted for each address that they come from: five, then a wait that doubles.

use ledger::Time;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

const FREE_TRIES: u32 = 5;
const WAIT_SECONDS: i64 = 10;
const WAIT_SECONDS_MAX: i64 = 15 * 60;
/// Forgotten after so long without another one.
const KEPT_MILLISECONDS: i64 = 3_600_000;
const ADDRESSES_MAX: usize = 10_000;

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    last: Time,
}

impl Tries {
    fn wait_until(&self) -> i64 {
        let Some(beyond) = self.wrong.checked_sub(FREE_TRIES) else { return i64::MIN };
        let seconds = WAIT_SECONDS.saturating_mul(1_i64 << beyond.min(20)).min(WAIT_SECONDS_MAX);
        self.last.milliseconds() + seconds * 1000
    }
}

/// Who has tried what does not open.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<IpAddr, Tries>>);

impl Throttle {
    /// For how many seconds this address must wait before its next try.
    pub fn wait_seconds(&self, who: IpAddr, now: Time) -> Option<u32> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = tries.get(&who)?.wait_until().saturating_sub(now.milliseconds());
        u32::try_from(left.saturating_add(999) / 1000).ok().filter(|seconds| *seconds > 0)
    }

    /// One more that does not open.
    pub fn wrong(&self, who: IpAddr, now: Time) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES_MAX {
            tries.retain(|_, one| now.milliseconds() - one.last.milliseconds() < KEPT_MILLISECONDS);
        }
        if tries.len() >= ADDRESSES_MAX && !tries.contains_key(&who) {
            return; // tokens are 256 random bits: what keeps them from being guessed is not this map
        }
        let one = tries.entry(who).or_insert(Tries { wrong: 0, last: now });
        let kept = now.milliseconds() - one.last.milliseconds() < KEPT_MILLISECONDS;
        *one = Tries { wrong: if kept { one.wrong.saturating_add(1) } else { 1 }, last: now };
    }

    /// It knows one after all.
    pub fn right(&self, who: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let (throttle, who) = (Throttle::default(), IpAddr::from([127, 0, 0, 1]));
        let at = Time::from_milliseconds;
        for _ in 0..4 {
            throttle.wrong(who, at(0));
        }
        assert_eq!(throttle.wait_seconds(who, at(0)), None);
        throttle.wrong(who, at(0));
        assert_eq!(throttle.wait_seconds(who, at(0)), Some(10));
        assert_eq!(throttle.wait_seconds(who, at(9_500)), Some(1));
        assert_eq!(throttle.wait_seconds(who, at(10_000)), None);
        throttle.wrong(who, at(10_000));
        assert_eq!(throttle.wait_seconds(who, at(10_000)), Some(20));
        for _ in 0..40 {
            throttle.wrong(who, at(10_000));
        }
        assert_eq!(throttle.wait_seconds(who, at(10_000)), Some(900));
        assert_eq!(throttle.wait_seconds(IpAddr::from([127, 0, 0, 2]), at(10_000)), None);
        throttle.right(who);
        assert_eq!(throttle.wait_seconds(who, at(10_000)), None);
    }
}

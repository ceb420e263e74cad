//! How often somebody may ask for what costs more than a page.

use ledger::Time;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

const MINUTE: i64 = 60_000;
const ASKERS_MAX: usize = 10_000;

/// So many in a minute, for each who asks.
pub struct Rate {
    most: u32,
    asked: Mutex<HashMap<String, (i64, u32)>>,
}

impl Rate {
    pub fn new(most: u32) -> Self {
        Self { most, asked: Mutex::default() }
    }

    /// Counts one more, or says for how many seconds it is too many.
    pub fn count(&self, who: &str, now: Time) -> Result<(), u32> {
        let (now, mut asked) = (now.milliseconds(), self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        if asked.len() >= ASKERS_MAX {
            asked.retain(|_, (begun, _)| now - *begun < MINUTE);
        }
        if asked.len() >= ASKERS_MAX && !asked.contains_key(who) {
            return Err(60);
        }
        let (begun, count) = asked.entry(who.to_owned()).or_insert((now, 0));
        if !(0..MINUTE).contains(&(now - *begun)) {
            (*begun, *count) = (now, 0);
        }
        if *count >= self.most {
            return Err(u32::try_from((MINUTE - (now - *begun)) / 1000 + 1).unwrap_or(60));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_so_many_in_a_minute() {
        let (rate, at) = (Rate::new(2), Time::from_milliseconds);
        assert!(rate.count("a", at(0)).is_ok() && rate.count("a", at(1)).is_ok());
        assert_eq!(rate.count("a", at(30_000)), Err(31));
        assert!(rate.count("b", at(30_000)).is_ok());
        assert!(rate.count("a", at(60_000)).is_ok());
        assert!(rate.count("a", at(-1)).is_ok(), "a clock that was set back locks nobody out");
    }
}

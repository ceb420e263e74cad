//! Whether this machine's clock is right. When a document came, and with it the month whose keys it is sealed to and how long it is
//! kept, is said by this clock alone; so nothing is taken while the witnesses' clocks contradict it. Only a note that has just been
//! made says something about a clock: an old one is old.

use ledger::Time;
use std::{
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The verifiers' `d`: by so much clocks may differ.
const MOST_MILLISECONDS: i64 = 300_000;
/// While nothing is taken nothing is entered either: a note is asked for after so long.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// What was last learned of our clock.
#[derive(Default)]
pub(crate) struct OurClock(Mutex<State>);

#[derive(Default)]
struct State {
    wrong: Option<Wrong>,
    /// The warden finds our time wrong: it proves nothing, and a proven note is asked for.
    doubted: bool,
    /// The latest of the times that witnesses have certainly reached.
    witnessed: Option<Time>,
}

#[derive(Clone, Copy)]
struct Wrong {
    witnessed: Time,
    learned: Instant,
}

impl OurClock {
    /// A note that was certainly made between these two moments of ours, and the witnesses' times in it.
    pub(crate) fn compare(&self, asked: Time, answered: Time, cosigned: &RangeInclusive<Time>) {
        self.witness(*cosigned.start());
        let wrong = contradicts(asked, answered, cosigned);
        let wrong = wrong.then(|| Wrong { witnessed: *cosigned.end(), learned: Instant::now() });
        let mut state = self.state();
        match (&state.wrong, wrong) {
            (None, Some(Wrong { witnessed, .. })) => {
                eprintln!("nothing is taken: by this machine's clock it is {answered}, by the witnesses' {witnessed}")
            }
            (Some(_), None) => eprintln!("this machine's clock agrees with the witnesses' again"),
            _ => {}
        }
        (state.wrong, state.doubted) = (wrong, false);
    }

    /// Witnesses have certainly reached this time, whatever ours is.
    pub(crate) fn witness(&self, time: Time) {
        let mut state = self.state();
        state.witnessed = state.witnessed.max(Some(time));
    }

    /// The latest of those; none before the first.
    pub(crate) fn witnessed(&self) -> Option<Time> {
        self.state().witnessed
    }

    /// Somebody says that our time is wrong.
    pub(crate) fn doubt(&self) {
        self.state().doubted = true;
    }

    /// The witnesses' time, where ours is another.
    pub(crate) fn is_wrong(&self) -> Option<Time> {
        self.state().wrong.map(|wrong| wrong.witnessed)
    }

    /// Whether another note is due.
    pub(crate) fn is_to_ask(&self) -> bool {
        let state = self.state();
        state.doubted || state.wrong.is_some_and(|wrong| wrong.learned.elapsed() > ASK_AGAIN)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of them do, and by more than clocks may differ: one witness whose clock is wrong stops nothing.
fn contradicts(asked: Time, answered: Time, cosigned: &RangeInclusive<Time>) -> bool {
    let behind = |time: Time, other: Time| other.milliseconds().saturating_sub(time.milliseconds()) > MOST_MILLISECONDS;
    behind(answered, *cosigned.start()) || behind(*cosigned.end(), asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Time {
        Time::from_milliseconds(1_795_435_200_000 + minutes * 60_000)
    }

    #[test]
    fn five_minutes_either_way_and_one_right_witness_is_enough() {
        let wrong = |first: i64, last: i64| contradicts(at(0), at(1), &(at(first)..=at(last)));
        assert!(!wrong(-5, -5) && wrong(-6, -6), "our clock is ahead");
        assert!(!wrong(6, 6) && wrong(7, 7), "our clock is behind");
        assert!(!wrong(-60, 0) && !wrong(0, 60), "a witness's clock is wrong");
    }

    #[test]
    fn it_is_wrong_until_a_later_note_agrees() {
        let clock = OurClock::default();
        assert_eq!(clock.is_wrong(), None);
        clock.compare(at(0), at(0), &(at(30)..=at(31)));
        assert_eq!(clock.is_wrong(), Some(at(31)));
        clock.compare(at(30), at(30), &(at(30)..=at(31)));
        assert_eq!(clock.is_wrong(), None);
    }
}

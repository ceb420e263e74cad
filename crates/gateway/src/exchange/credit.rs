//! Credit: how many parcels may be stored that the ledger is not known to have.
//!
//! A tick tells the ledger how many that are at most, and so what a gateway counts with that dies. So nothing is stored beyond
//! what the last proven tick says, nor beyond one that was sent since and may stand in the ledger already. While the warden
//! answers, more is asked for and given within a moment; while it does not, the credit is what intake goes on with: as many
//! parcels as came on the busiest day so far.

use crate::Error;
use ledger::entry::{self, Intake};
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What a new gateway may store.
const LEAST: u64 = 1_000;
/// Parties of a parcel: sender, recipient, and two more.
const PARTIES: u64 = 4;
/// How long a body waits for more.
const WAIT: Duration = Duration::from_secs(10);
/// How long nothing but what is stored may be stored, once that was asked for.
const SETTLED: Duration = Duration::from_secs(30);
/// What is in the ledger is said again after so long, if anything came since.
const SAY_AGAIN: Duration = Duration::from_secs(3600);

/// All of it, in parcels.
pub(crate) struct Credits {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    /// Of the last tick that stands in the ledger; none before the first.
    proven: Option<u64>,
    /// Of ticks that were sent since, the least: one of them may stand there.
    sent: Option<u64>,
    /// Stored and not anchored.
    out: u64,
    /// What somebody waits for.
    wanted: u64,
    /// What came on the busiest day.
    usual: u64,
    /// The day under way, and what came on it.
    today: (i64, u64),
    /// Something came since the last tick that stands.
    news: bool,
    said: Option<Instant>,
    /// Until then the next tick is no larger than it must be.
    settled: Option<Instant>,
}

impl State {
    fn limit(&self) -> u64 {
        let proven = self.proven.unwrap_or(0);
        self.sent.map_or(proven, |sent| sent.min(proven))
    }
}

impl Credits {
    pub(crate) fn new(busiest: u64) -> Self {
        let state = State { usual: busiest.max(LEAST), ..State::default() };
        Self { state: Mutex::new(state), more: Condvar::new() }
    }

    /// Takes what a body's batches need, waiting for more if that is there soon; `ask` is called when it is not there now.
    ///
    /// # Errors
    /// [`Error::NoCredit`]: nothing was taken.
    pub(crate) fn take(&self, parcels: u64, ask: impl Fn()) -> Result<(), Error> {
        let (mut state, until) = (self.lock(), Instant::now() + WAIT);
        while parcels > 0 && state.out + parcels > state.limit() {
            state.wanted = state.wanted.max(state.out + parcels);
            ask();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::NoCredit);
            }
            state = self.more.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.out += parcels;
        state.news = true;
        Ok(())
    }

    /// They were stored. What is not is no day's business: tried again and again, on a full disk, it would let anything be stored.
    pub(crate) fn keep(&self, parcels: u64, day: i64) {
        let mut state = self.lock();
        let before = if state.today.0 == day { state.today.1 } else { 0 };
        state.today = (day, before + parcels);
        state.usual = state.usual.max(before + parcels);
    }

    /// It was not stored after all.
    pub(crate) fn give_back(&self, parcels: u64) {
        self.anchored(parcels);
    }

    /// The ledger does not have them after all.
    pub(crate) fn unanchored(&self, parcels: u64) {
        self.lock().out += parcels;
    }

    /// The ledger has them.
    pub(crate) fn anchored(&self, parcels: u64) {
        let mut state = self.lock();
        state.out = state.out.saturating_sub(parcels);
        self.more.notify_all();
    }

    /// What the next tick is to say, if one is due.
    pub(crate) fn due(&self) -> Option<u64> {
        let state = self.lock();
        let stale = state.news && state.said.is_none_or(|said| said.elapsed() > SAY_AGAIN);
        let over = state.settled.is_some_and(|settled| settled.elapsed() > SETTLED);
        let due = state.proven.is_none() || state.sent.is_some() || state.wanted > state.limit() || stale || over;
        due.then(|| state.usual.max(state.wanted.saturating_mul(2)))
    }

    /// What may be stored now, with what is.
    pub(crate) fn allowed(&self) -> u64 {
        self.lock().limit()
    }

    /// Before a tick leaves: it may stand in the ledger from now on. It says no less than what is out already.
    pub(crate) fn send(&self, parcels: u64) -> u64 {
        let mut state = self.lock();
        let parcels = parcels.max(state.out);
        state.sent = Some(state.sent.map_or(parcels, |sent| sent.min(parcels)));
        parcels
    }

    /// Nothing is stored for a while unless somebody asks for it: what an assessment reads of the ledger now is all that there is.
    pub(crate) fn settle(&self) {
        self.lock().settled = Some(Instant::now());
    }

    /// It stands there.
    pub(crate) fn prove(&self, parcels: u64) {
        let mut state = self.lock();
        (state.proven, state.sent, state.said) = (Some(parcels), None, Some(Instant::now()));
        (state.news, state.wanted) = (state.out > 0, 0);
        if parcels > state.out {
            state.settled = None;
        }
        self.more.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As a tick says it.
pub(crate) fn written(parcels: u64) -> entry::Credit {
    entry::Credit { rows: parcels, parties: parcels.saturating_mul(PARTIES) }
}

/// What these entries' batches need of it. Each counts by itself, because each is freed by itself.
pub(crate) fn needed(intakes: &[Intake]) -> u64 {
    let one = |intake: &Intake| {
        let rows: u64 = intake.record.batches.iter().map(|anchor| u64::from(anchor.rows)).sum();
        let parties: u64 = intake.record.batches.iter().map(|anchor| anchor.parties).sum();
        of(rows, parties)
    };
    intakes.iter().map(one).sum()
}

/// What so many parcels and parties need of it, together.
pub(crate) fn of(rows: u64, parties: u64) -> u64 {
    rows.max(parties.div_ceil(PARTIES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(credits: &Credits) -> u64 {
        credits.lock().limit()
    }

    fn stored(credits: &Credits) -> u64 {
        credits.lock().out
    }

    #[test]
    fn nothing_is_stored_before_the_first_tick_stands() {
        let credits = Credits::new(0);
        assert_eq!((limit(&credits), credits.due()), (0, Some(LEAST)));
        let sent = credits.send(LEAST);
        assert_eq!(limit(&credits), 0);
        credits.prove(sent);
        assert_eq!((limit(&credits), credits.due()), (LEAST, None));
    }

    #[test]
    fn a_smaller_tick_binds_when_it_leaves_and_a_larger_one_when_it_stands() {
        let credits = Credits::new(5_000);
        let sent = credits.send(5_000);
        credits.prove(sent);
        credits.take(700, || panic!("there is enough")).unwrap();
        assert_eq!(credits.send(100), 700, "what is stored already is said");
        assert_eq!(limit(&credits), 700);
        // Its answer was lost: the next one does not free what may stand in the ledger.
        assert_eq!(credits.send(9_000), 9_000);
        assert_eq!((limit(&credits), credits.due().is_some()), (700, true));
        credits.prove(9_000);
        assert_eq!(limit(&credits), 9_000);
        credits.anchored(700);
        assert_eq!(stored(&credits), 0);
    }

    #[test]
    fn who_needs_more_waits_until_it_is_given() {
        let credits = std::sync::Arc::new(Credits::new(0));
        let sent = credits.send(LEAST);
        credits.prove(sent);
        let asked = credits.clone();
        let loops = std::thread::spawn(move || {
            loop {
                if let Some(due) = asked.due() {
                    let sent = asked.send(due);
                    asked.prove(sent);
                    return due;
                }
                std::thread::yield_now();
            }
        });
        credits.take(30_000, || {}).unwrap();
        credits.keep(30_000, 1);
        assert_eq!((loops.join().unwrap(), stored(&credits)), (60_000, 30_000));
        // From then on that is a day's business.
        credits.anchored(30_000);
        credits.lock().said = None;
        assert_eq!(credits.due(), Some(30_000));
    }

    #[test]
    fn what_batches_need_is_their_rows_or_a_quarter_of_their_parties() {
        assert_eq!(written(10), entry::Credit { rows: 10, parties: 40 });
        assert_eq!(needed(&[]), 0);
    }
}

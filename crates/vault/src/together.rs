//! Group commit: what comes while the disk is busy is made durable together, next. Whoever comes first works for all who have
//! come by then, and then calls the first of those who came meanwhile. Nobody waits for others to come: who is alone is not slower.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    mpsc::{Sender, channel},
};

/// Those who wait for the next work.
pub(crate) struct Together<T, R>(Mutex<Line<T, R>>);

struct Line<T, R> {
    waiting: Vec<(T, Sender<Told<R>>)>,
    /// Somebody works, or is called to.
    busy: bool,
}

enum Told<R> {
    /// To work for all who wait.
    Work,
    /// What became of one's own.
    Done(R),
}

impl<T, R> Default for Together<T, R> {
    fn default() -> Self {
        Self(Mutex::new(Line { waiting: Vec::new(), busy: false }))
    }
}

impl<T, R> Together<T, R> {
    /// What becomes of `own`, which this thread or another works at with what others have brought. `work` tells of each, in order.
    pub(crate) fn join(&self, own: T, work: impl FnOnce(Vec<T>) -> Vec<R>) -> R {
        // Who panicked at the work has passed it on, and told nobody anything.
        const PASSED: &str = "whoever works for others does not panic";
        let (tell, told) = channel();
        let is_first = {
            let mut line = self.lock();
            line.waiting.push((own, tell));
            !std::mem::replace(&mut line.busy, true)
        };
        if !is_first && let Told::Done(done) = told.recv().expect(PASSED) {
            return done;
        }
        let passing = Passing(self);
        let (all, tell): (Vec<T>, Vec<_>) = std::mem::take(&mut self.lock().waiting).into_iter().unzip();
        for (tell, done) in tell.iter().zip(work(all)) {
            // Each of them waits, and this one will.
            let _ = tell.send(Told::Done(done));
        }
        drop(passing);
        match told.recv() {
            Ok(Told::Done(done)) => done,
            Ok(Told::Work) | Err(_) => unreachable!("who works is among those who wait, and called once"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line<T, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next one is called however the work ends: nobody is left waiting.
struct Passing<'t, T, R>(&'t Together<T, R>);

impl<T, R> Drop for Passing<'_, T, R> {
    fn drop(&mut self) {
        let mut line = self.0.lock();
        line.busy = line.waiting.first().is_some_and(|(_, tell)| tell.send(Told::Work).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Barrier, thread, time::Duration};

    /// All but the first come while it works.
    #[test]
    fn who_comes_meanwhile_is_worked_for_together_and_told_of_its_own() {
        let (together, sizes) = (Together::default(), Mutex::new(Vec::new()));
        let begun = Barrier::new(2);
        let work = |all: Vec<u32>, until: &dyn Fn()| {
            until();
            sizes.lock().unwrap().push(all.len());
            all.into_iter().map(|own| own * 10).collect()
        };
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                together.join(1, |all| {
                    work(all, &|| {
                        begun.wait();
                        while together.lock().waiting.len() < 7 {
                            thread::sleep(Duration::from_millis(1));
                        }
                    })
                })
            });
            begun.wait();
            let others: Vec<_> = (2..9)
                .map(|own| {
                    let (together, work) = (&together, &work);
                    scope.spawn(move || (own, together.join(own, |all| work(all, &|| {}))))
                })
                .collect();
            assert_eq!(first.join().unwrap(), 10);
            for other in others {
                let (own, done) = other.join().unwrap();
                assert_eq!(done, own * 10);
            }
        });
        assert_eq!(*sizes.lock().unwrap(), [1, 7]);
        assert_eq!(together.join(9, |all| work(all, &|| {})), 90, "and who comes alone works at once");
    }

    #[test]
    fn who_panics_at_the_work_does_not_keep_the_next_waiting() {
        let together = Together::<u32, u32>::default();
        let failed = thread::scope(|scope| scope.spawn(|| together.join(1, |_| panic!("made to"))).join());
        assert!(failed.is_err());
        assert_eq!(together.join(2, |all| all), 2);
    }
}

//! Work on all cores, whose results are taken in the order of what was given.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        mpsc::{SyncSender, channel, sync_channel},
    },
    thread,
};

/// Items that a core may be ahead of whoever takes the results: what bounds the memory.
const AHEAD: usize = 4;

/// How many cores there are.
pub fn available() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Takes what `work` makes of each item, in the items' order. Items are made on this thread, a few at a time, and only as fast as
/// their results are taken.
///
/// # Panics
/// If `work` does.
pub fn in_order<I: Send, O: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O),
) {
    let (mut items, cores) = (items.into_iter().fuse(), available());
    let (give, given) = channel::<(I, SyncSender<O>)>();
    // Whoever is free takes the next one: a core that has more to do holds nobody up.
    let given = Mutex::new(given);
    let next = || given.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let work_on = || {
        while let Ok((item, done)) = next() {
            // Nobody takes it: who took the results has panicked, which is passed on where the scope ends.
            let Ok(()) = done.send(work(item)) else { return };
        }
    };
    thread::scope(|threads| {
        (0..cores).for_each(|_| drop(threads.spawn(work_on)));
        // Gone at the end, whichever: then nobody waits for more.
        let (give, mut due) = (give, VecDeque::with_capacity(cores * AHEAD));
        loop {
            while due.len() < cores * AHEAD
                && let Some(item) = items.next()
            {
                let (done, result) = sync_channel(1);
                give.send((item, done)).expect("work does not panic");
                due.push_back(result);
            }
            let Some(result) = due.pop_front() else { return };
            take(result.recv().expect("work does not panic"));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn results_come_in_the_items_order_and_no_item_far_ahead() {
        let bound = available() * AHEAD;
        for many in [0, 1, bound - 1, bound, bound + 1, 10 * bound + 3] {
            let (made, mut taken) = (Cell::new(0), 0);
            let items = (0..many).inspect(|_| made.set(made.get() + 1));
            in_order(
                items,
                |item| item * 2,
                |result| {
                    assert_eq!(result, taken * 2);
                    assert!(made.get() - taken <= bound, "{} made, {taken} taken", made.get());
                    taken += 1;
                },
            );
            assert_eq!(taken, many);
        }
    }

    #[test]
    #[should_panic(expected = "enough")]
    fn whoever_takes_may_panic() {
        in_order(0.., |item: u64| item, |item| assert!(item < 3, "enough"));
    }
}

//! Work on all cores, whose results are taken in the order of what was given.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
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
    let (mut items, work) = (items.into_iter().fuse(), &work);
    thread::scope(|threads| {
        let lanes: Vec<(SyncSender<I>, Receiver<O>)> = (0..available())
            .map(|_| {
                let ((give, given), (done, results)) = (sync_channel(AHEAD), sync_channel(AHEAD));
                threads.spawn(move || {
                    for item in given {
                        // Nobody takes it: who took the results has panicked, which is passed on where the scope ends.
                        let Ok(()) = done.send(work(item)) else { return };
                    }
                });
                (give, results)
            })
            .collect();
        let (mut given, mut taken) = (0, 0);
        loop {
            while given - taken < lanes.len() * AHEAD
                && let Some(item) = items.next()
            {
                lanes[given % lanes.len()].0.send(item).expect("work does not panic");
                given += 1;
            }
            if taken == given {
                return;
            }
            take(lanes[taken % lanes.len()].1.recv().expect("work does not panic"));
            taken += 1;
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

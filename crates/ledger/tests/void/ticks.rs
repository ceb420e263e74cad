//! Ticks and starts without effect.

use super::*;

/// The warden cannot make a gap smaller: not with an older tick, nor by leaving out what a tick says is there.
#[test]
fn a_void_tick_lowers_nothing() {
    let instance = InstanceId([7; 16]);
    let gap = |more| taken(more).gaps().first().map_or(0, |gap| gap.credit.rows);
    assert_eq!(gap(vec![tick(1, 2, 500)]), 500);
    assert_eq!(gap(vec![tick(2, 2, 500), tick(1, 2, 0)]), 500, "an older one");
    assert_eq!(gap(vec![tick(1, 2, 500), tick(2, 3, 0)]), 500, "what it passes was left out");
    let closed = || start(8, vec![Closed { instance, last: 1 }], 1);
    assert_eq!(gap(vec![tick(1, 2, 500), closed()]), 0);
    assert_eq!(gap(vec![tick(1, 2, 500), closed(), tick(1, 2, 0)]), 500, "and it is heard of again");
    assert_eq!(gap(vec![tick(1, 2, 500), closed(), Entry::Intake(first())]), 500);
    let state = taken(vec![tick(2, 2, 500), tick(1, 2, 0)]);
    assert_eq!(voids(&state), [(8, "tick", Signer::Worker)]);
}

/// The worker is shown a tick in a cosigned tree, and stores by it: that the warden gave its leaf an older time it cannot see.
#[test]
fn a_void_tick_is_believed_by_its_worker_and_counts() {
    let gap = |more| taken(more).gaps().first().map_or(0, |gap| gap.credit.rows);
    assert_eq!(gap(vec![tick(1, 9, 60_000)]), 60_000, "the first one");
    assert_eq!(gap(vec![tick(1, 2, 500), tick(2, 9, 60_000)]), 60_000, "a larger one");
    assert_eq!(gap(vec![tick(1, 2, 500), tick(3, 9, 60_000), tick(2, 2, 10)]), 60_000, "an older one behind it");
    assert_eq!(gap(vec![tick(1, 2, 500), tick(2, 9, 60_000), tick(3, 2, 10)]), 10, "until a newer one stands");
}

/// Nor does it see that its start is void.
#[test]
fn a_start_that_is_void_has_a_gap() {
    let instance = InstanceId([66; 16]);
    let Entry::Tick(Tick { mut record, .. }) = tick(1, 1, 500) else { unreachable!() };
    record.instance = instance;
    let gaps = taken(vec![Entry::Tick(Tick::new(record, &secret(1)))]).gaps();
    assert_eq!(gaps.iter().map(|gap| (gap.instance, gap.credit.rows)).collect::<Vec<_>>(), [(instance, 500)]);
}

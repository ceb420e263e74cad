//! Who sends how much on which day: made up, and of the size that the story had.

use crate::random::Dice;
use ledger::{Month, Time};
use std::collections::BTreeMap;

/// As many as were named.
pub const SHIPPERS: usize = 44;
/// Fewer would leave a shipper without a parcel.
pub const RECIPIENTS_MIN: u64 = 1_000;
/// More are another estate than this story's.
pub const RECIPIENTS_MAX: u64 = 10_000_000;

/// One day in milliseconds.
pub const DAY: i64 = 86_400_000;
/// One hour in milliseconds.
pub const HOUR: i64 = 3_600_000;

/// A manifest to come: from whom, when, of how many parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// Which shipper, from 0; 0 is the largest.
    pub shipper: usize,
    /// When it comes in, UTC.
    pub time: Time,
    /// Parcels, each to a recipient of its own.
    pub recipients: u32,
}

/// When it begins.
pub fn begins() -> Time {
    Month { year: 2016, month: 7 }.start()
}

/// When the last manifest has come: nothing is sent from April 2019 on.
pub fn last() -> Time {
    Month { year: 2019, month: 4 }.start()
}

/// When somebody hears of it.
pub fn heard() -> Time {
    Month { year: 2021, month: 6 }.start()
}

/// All of them in order of time, with exactly so many recipients.
///
/// Shippers' sizes follow Zipf's law: the second is half of the first, the third a third. They send on working days, more before
/// Christmas, and not all of them from the beginning or to the end.
pub fn sendings(seed: u64, recipients: u64) -> Vec<Sending> {
    let weights: Vec<u64> = (1..=SHIPPERS as u64).map(|rank| 1_000_000 / rank).collect();
    let mut all = Vec::new();
    for (shipper, own) in shares(recipients, &weights).into_iter().enumerate() {
        let mut dice = Dice::new(seed, &format!("plan of {shipper}"));
        let days = days_of(shipper, &mut dice);
        let weights: Vec<u64> = days.iter().map(|day| season(*day) * (80 + dice.below(41))).collect();
        for (day, recipients) in days.into_iter().zip(shares(own, &weights)) {
            // Four shippers an hour, from eight in the morning on.
            let hour = 8 + (shipper / 4) as i64;
            let time = Time::from_milliseconds(day.milliseconds() + hour * HOUR + (shipper % 4) as i64 * 600_000);
            let recipients = u32::try_from(recipients).unwrap_or(u32::MAX);
            all.extend((recipients > 0).then_some(Sending { shipper, time, recipients }));
        }
    }
    all.sort_by_key(|sending| (sending.time, sending.shipper));
    all
}

/// The working days on which a shipper sends: the twelve largest on all, others perhaps from later on or not to the end.
fn days_of(shipper: usize, dice: &mut Dice) -> Vec<Time> {
    let (first, end) = (begins(), last());
    let total = (end.milliseconds() - first.milliseconds()) / DAY;
    let (mut from, mut to) = (0, total);
    if shipper >= 12 {
        match dice.below(3) {
            0 => from = dice.below(600) as i64,
            1 => to = total - dice.below(600) as i64,
            _ => {}
        }
    }
    let day = |number: i64| Time::from_milliseconds(first.milliseconds() + number * DAY);
    (from..to).map(day).filter(|day| weekday(*day) < 5).collect()
}

/// Monday is 0: the first day of 1970 was a Thursday.
pub fn weekday(time: Time) -> i64 {
    (time.milliseconds().div_euclid(DAY) + 3).rem_euclid(7)
}

/// How much more than usual is sent in that month, in hundredths.
fn season(day: Time) -> u64 {
    match Month::of(day).month {
        12 => 210,
        11 => 170,
        10 => 110,
        1 | 2 => 85,
        7 | 8 => 90,
        _ => 100,
    }
}

/// A whole by weights, to the last one: what rounding leaves goes to the largest remainders.
fn shares(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>().max(1);
    let exact = |weight: &u64| u128::from(*weight) * u128::from(whole);
    let mut shares: Vec<u64> = weights.iter().map(|weight| (exact(weight) / sum) as u64).collect();
    let mut left = whole - shares.iter().sum::<u64>();
    let by_remainder: BTreeMap<_, usize> =
        weights.iter().enumerate().map(|(place, weight)| ((u128::MAX - exact(weight) % sum, place), place)).collect();
    for place in by_remainder.into_values() {
        if left == 0 {
            break;
        }
        shares[place] += 1;
        left -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_so_many_from_all_shippers_on_working_days() {
        for recipients in [RECIPIENTS_MIN, 9_999, 950_000] {
            let all = sendings(7, recipients);
            assert_eq!(all.iter().map(|one| u64::from(one.recipients)).sum::<u64>(), recipients);
            let shippers: std::collections::BTreeSet<_> = all.iter().map(|one| one.shipper).collect();
            assert_eq!(shippers.len(), SHIPPERS);
            assert!(all.iter().all(|one| weekday(one.time) < 5 && one.time >= begins() && one.time < last()));
            assert!(all.is_sorted_by_key(|one| one.time));
        }
        assert_eq!(sendings(7, 5_000), sendings(7, 5_000));
        assert_ne!(sendings(7, 5_000), sendings(8, 5_000));
    }

    #[test]
    fn the_week_begins_on_monday() {
        let day = |written: &str| weekday(written.parse().unwrap());
        assert_eq!((day("2020-11-02T00:00:00.000Z"), day("2016-07-01T12:00:00.000Z")), (0, 4));
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(shares(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(shares(3, &[0, 5, 1]), [0, 3, 0]);
        assert_eq!(shares(0, &[1, 2]), [0, 0]);
    }
}

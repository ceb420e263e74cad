//! Whatever is put between the entries of an honest ledger: the replay goes on, and no figure is smaller.

use super::*;
use proptest::prelude::*;

/// What is put in: a copy of some entry, as it was, with the time of its new place, days later, with an octet changed,
/// cut short; an intake entry that the thief of the worker's key signs at that place; or any octets.
#[derive(Debug, Clone)]
enum Insert {
    Copy,
    CopyOfNow,
    CopyOfLater(u32),
    Signed(u8, u32),
    Octet(usize, u8),
    Cut(usize),
    Octets(Vec<u8>),
}

fn insertions() -> impl Strategy<Value = Vec<(usize, usize, Insert)>> {
    let insert = prop_oneof![
        Just(Insert::Copy),
        Just(Insert::CopyOfNow),
        (0..400u32).prop_map(Insert::CopyOfLater),
        (any::<u8>(), 0..99u32).prop_map(|(batch, rows)| Insert::Signed(batch, rows)),
        (any::<usize>(), 1..=255u8).prop_map(|(at, mask)| Insert::Octet(at, mask)),
        any::<usize>().prop_map(Insert::Cut),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Insert::Octets),
    ];
    prop::collection::vec((any::<usize>(), any::<usize>(), insert), 1..12)
}

fn thief(estate: &Estate, batch: u8, rows: u32) -> Vec<u8> {
    let made = estate.state.periods.keys().next().map(ToString::to_string);
    let batch = BatchId([batch % 32; 16]);
    let anchors = made.map(|period| anchor(estate, batch, rows, &period)).into_iter().collect();
    let time = estate.state.time.unwrap_or(estate.now);
    Logged { time, entry: signed(estate, anchors) }.to_bytes()
}

/// The estate with each insertion made, entry 0 aside; whether all of those that had effect can only raise.
fn played(honest: &Estate, insertions: &[(usize, usize, Insert)]) -> (Estate, bool) {
    let mut leaves: Vec<(Vec<u8>, bool)> = honest.leaves.iter().map(|leaf| (leaf.clone(), false)).collect();
    for (place, what, insert) in insertions {
        let place = 1 + place % leaves.len();
        let mut leaf = honest.leaves[what % honest.leaves.len()].clone();
        match insert {
            Insert::Copy => {}
            Insert::CopyOfNow | Insert::CopyOfLater(_) => {
                let before = Logged::read(&leaves[place - 1].0).map_or(honest.now, |before| before.time);
                let days = if let Insert::CopyOfLater(days) = insert { *days } else { 0 };
                let entry = Logged::read(&leaf).unwrap().entry;
                leaf = Logged { time: before.plus_days(days), entry }.to_bytes();
            }
            // Signed when its place in the worker's chain is known.
            Insert::Signed(batch, rows) => leaf = [&b"signed"[..], &[*batch], &rows.to_be_bytes()].concat(),
            Insert::Octet(at, mask) => {
                let at = at % leaf.len();
                leaf[at] ^= mask;
            }
            Insert::Cut(at) => leaf.truncate(at % leaf.len()),
            Insert::Octets(octets) => leaf = octets.clone(),
        }
        leaves.insert(place, (leaf, true));
    }
    let mut estate = honest.clone();
    (estate.leaves, estate.state) = (Vec::new(), State::default());
    let mut raising = true;
    for (leaf, inserted) in leaves {
        let leaf = match leaf.strip_prefix(b"signed") {
            Some(&[batch, a, b, c, d]) => thief(&estate, batch, u32::from_be_bytes([a, b, c, d])),
            _ if !inserted => renewed(&estate, leaf),
            _ => leaf,
        };
        let applied = estate.force(&leaf) == Taken::Applied;
        let lowers =
            |entry| matches!(entry, Entry::Shred(_) | Entry::ShredIntent(_) | Entry::Start(_) | Entry::Tick(_));
        if inserted && applied && lowers(Logged::read(&leaf).unwrap().entry) {
            raising = false;
        }
    }
    (estate, raising)
}

/// An honest heartbeat has a note of the tree as it was by then, with what had been put in.
fn renewed(estate: &Estate, leaf: Vec<u8>) -> Vec<u8> {
    match Logged::read(&leaf) {
        Ok(Logged { time, entry: Entry::Heartbeat(_) }) => {
            let note = note_over(&estate.leaves, &[1], time);
            Logged { time, entry: Entry::Heartbeat(Heartbeat { note }) }.to_bytes()
        }
        _ => leaf,
    }
}

fn figures((history, estate): (&History, &Estate), hypothesis: &str, ground: Ground) -> [u64; 9] {
    let hypotheses = Hypotheses::parse(hypothesis).unwrap();
    let found = exposure::assess(history, &estate.beside(), &hypotheses, ground).unwrap();
    let quebec = found.by_province.iter().find(|share| share.province == Province::QC).unwrap().at_most;
    let operational = found.by_classes.iter().map(|share| share.rows).sum();
    let AtMost { rows, parties, shippers, unbounded, .. } = found.at_most;
    let elsewhere = found.if_the_warden_stood_elsewhere.map_or(0, |at_most| at_most.rows);
    let (leaked, unexplained) = (found.index_leakage.rows, found.openings.unexplained);
    [rows, parties, shippers, unbounded.into(), quebec, operational, elsewhere, leaked, unexplained]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_entry_stops_a_replay_and_none_makes_a_figure_smaller(insertions in insertions()) {
        let honest = autumn();
        let (attacked, raising) = played(&honest, &insertions);
        prop_assert_eq!(attacked.state.size as usize, honest.leaves.len() + insertions.len());
        let (before, after) = (honest.history(), attacked.history());
        for begin in ["", "from = 2026-10-02T00:00:00Z\n", "from = 2026-12-30T00:00:01Z\nto = 2026-12-31T00:00:00Z\n"] {
            for (kind, ground) in [
                (WARDEN, ONE_HOST), (WARDEN, APART), (STORAGE, APART), (HOST, ONE_HOST),
                (HOST, APART), (AGENT, APART),
            ] {
                let hypothesis = format!("{kind}{begin}");
                let (before, after) = (figures((&before, &honest), &hypothesis, ground), figures((&after, &attacked), &hypothesis, ground));
                prop_assert!(!raising || before.iter().zip(&after).all(|(before, after)| before <= after),
                    "{hypothesis}: {before:?} and then {after:?}");
            }
        }
    }
}

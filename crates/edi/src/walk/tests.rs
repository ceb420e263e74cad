//! Ranges that follow each other are walked as each alone.

use super::*;
use proptest::prelude::*;

fn told(walk: &mut Walk<'_>) -> Vec<(Vec<Vec<u8>>, u64, u32, bool)> {
    let mut told = Vec::new();
    while let Some(segment) = walk.next_segment() {
        let parts = std::iter::once(segment.tag()).chain(segment.elements()).map(<[u8]>::to_vec).collect();
        told.push((parts, segment.offset(), segment.ordinal(), segment.is_terminated()));
    }
    told
}

proptest! {
    #[test]
    fn ranges_one_after_the_other_are_as_each_alone(
        pieces in prop::collection::vec("[A+:?\n\r']{0,40}|(A+B:C'){0,30}", 1..200),
        lines in any::<bool>(),
        skips in any::<u64>(),
    ) {
        let separators = Separators { terminator: if lines { b'\n' } else { b'\'' }, ..Separators::EDIFACT };
        let bytes = pieces.concat().into_bytes();
        let mut walk = Walk::new(&bytes, 0..0, separators, 1);
        let mut start = 0;
        for (n, piece) in pieces.iter().enumerate() {
            let range = start..start + piece.len();
            start = range.end;
            // Some are left out; others are cut where a segment goes on.
            if skips >> (n % 64) & 7 == 0 {
                continue;
            }
            walk.go_on(&bytes, range.clone(), separators, 3);
            let alone = told(&mut Walk::new(&bytes, range.clone(), separators, 3));
            prop_assert_eq!(told(&mut walk), alone, "{:?} of {}", range, bytes.escape_ascii());
        }
    }
}

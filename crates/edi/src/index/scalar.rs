//! Eight octets at a time in a plain register; for every processor.

use super::{
    BLOCK, Index,
    pass::{Classes, ROOM, SET_BITS, drive},
};

/// For each mask, which of its bits are set, the lowest first.
static WIDE_SET_BITS: [[u32; 8]; 256] = {
    let mut wide = [[0; 8]; 256];
    let mut place = 0;
    while place < 256 * 8 {
        wide[place / 8][place % 8] = SET_BITS[place / 8][place % 8] as u32;
        place += 1;
    }
    wide
};

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// For each mask, how many bits are set: not every processor counts them.
static SET_COUNTS: [u8; 256] = {
    let mut counts = [0; 256];
    let mut mask = 1;
    while mask < 256 {
        counts[mask] = counts[mask / 2] + (mask % 2) as u8;
        mask += 1;
    }
    counts
};

pub(super) fn add(index: &mut Index, blocks: &[[u8; BLOCK]]) {
    match index.delimiters.release {
        Some(release) => run::<true>(index, blocks, release),
        None => run::<false>(index, blocks, 0),
    }
}

fn run<const RELEASE: bool>(index: &mut Index, blocks: &[[u8; BLOCK]], release: u8) {
    let element = spread(index.delimiters.element);
    let terminator = spread(index.delimiters.terminator);
    let release = spread(release);
    let inner = index.delimiters.inner.map(spread);
    let classes = |block: &[u8; BLOCK]| {
        let mut classes = Classes { terminators: 0, delimiters: 0, releases: 0, unprintable: 0, inner: 0 };
        for (n, word) in words(block).enumerate() {
            let terminators = equal_high(word, terminator);
            classes.terminators |= gather(terminators) << (8 * n);
            classes.delimiters |= gather(terminators | equal_high(word, element)) << (8 * n);
            classes.unprintable |= gather(unprintable_high(word)) << (8 * n);
            classes.inner |= gather(equal_high(word, inner[0]) | equal_high(word, inner[1])) << (8 * n);
            if RELEASE {
                classes.releases |= gather(equal_high(word, release)) << (8 * n);
            }
        }
        classes
    };
    let equal = |block: &[u8; BLOCK], octet: u8| {
        let wanted = spread(octet);
        words(block).enumerate().fold(0, |bits, (n, word)| bits | gather(equal_high(word, wanted)) << (8 * n))
    };
    let write = writer(index.octets as u32);
    drive::<RELEASE>(index, blocks, classes, equal, write);
}

/// Writes the places of the bits of one mask after the other, from `at` on, and says how many they are. It always
/// writes eight places for an octet of the mask: what is too much is overwritten by the next.
#[inline(always)]
pub(super) fn writer(mut at: u32) -> impl FnMut(&mut [u32; ROOM], u64) -> usize {
    move |room, mask| {
        let mut count = 0;
        for octet in mask.to_le_bytes().map(usize::from) {
            let places: &mut [u32; 8] = room[count % BLOCK..].first_chunk_mut().expect("eight more than a block");
            *places = WIDE_SET_BITS[octet].map(|bit| at.wrapping_add(bit));
            at = at.wrapping_add(8);
            count += usize::from(SET_COUNTS[octet]);
        }
        count
    }
}

fn spread(octet: u8) -> u64 {
    u64::from(octet) * ONES
}

#[inline(always)]
fn words(block: &[u8; BLOCK]) -> impl Iterator<Item = u64> {
    block.as_chunks::<8>().0.iter().map(|octets| u64::from_le_bytes(*octets))
}

/// The high bit of each octet that is equal to that of `wanted`; exact, without a carry between octets.
#[inline(always)]
fn equal_high(word: u64, wanted: u64) -> u64 {
    let different = word ^ wanted;
    !((different & LOW).wrapping_add(LOW) | different) & HIGH
}

/// The high bit of each octet outside 0x20 to 0x7E.
#[inline(always)]
fn unprintable_high(word: u64) -> u64 {
    let seven = word & LOW;
    let from_blank = seven.wrapping_add(0x60 * ONES);
    let is_delete = seven.wrapping_add(ONES);
    (!from_blank | is_delete | word) & HIGH
}

/// The high bits of the eight octets, the first lowest.
#[inline(always)]
fn gather(high: u64) -> u64 {
    (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_octet_alone() {
        for octet in 0..=255 {
            for place in 0..8 {
                let mut octets = [b'A'; 8];
                octets[place] = octet;
                let word = u64::from_le_bytes(octets);
                let bit = 1 << place;
                assert_eq!(gather(unprintable_high(word)), if (0x20..=0x7E).contains(&octet) { 0 } else { bit });
                let others = if octet == b'A' { 0xFF } else { bit };
                assert_eq!(gather(equal_high(word, spread(octet))), others);
            }
        }
    }
}

//! What all kernels do with a block once they have compared it: released octets, places, odd blocks.

use super::{BLOCK, Carry, Index};

/// One bit for each octet of a block, the first octet lowest.
pub(super) struct Classes {
    /// Equal to the terminator.
    pub terminators: u64,
    /// Equal to the element separator or to the terminator.
    pub delimiters: u64,
    /// Equal to the release character; 0 where there is none.
    pub releases: u64,
    /// Outside 0x20 to 0x7E.
    pub unprintable: u64,
    /// Equal to the component or the repetition separator.
    pub inner: u64,
}

/// The part that all kernels share. `classes` compares a block with the delimiters, `equal` with one octet; `write` is
/// given the delimiters of one block after the other; it writes where they are, and says how many they are.
///
/// Inlined into each kernel, so that it is compiled for its processor.
#[inline(always)]
pub(super) fn drive<const RELEASE: bool>(
    index: &mut Index,
    blocks: &[[u8; BLOCK]],
    classes: impl Fn(&[u8; BLOCK]) -> Classes,
    equal: impl Fn(&[u8; BLOCK], u8) -> u64,
    mut write: impl FnMut(&mut [u32; ROOM], u64) -> usize,
) {
    let unprintable = index.delimiters.unprintable;
    let mut pass = Pass {
        at: index.octets as u32,
        carry: index.carry,
        marks: Places { places: &mut index.marks, count: index.mark_count },
        ends: Places { places: &mut index.ends, count: index.end_count },
        odd: &mut index.odd,
        split: &mut index.split,
        releases: &mut index.releases,
    };
    for block in blocks {
        pass.block::<RELEASE>(classes(block), &unprintable, |octet| equal(block, octet), &mut write);
    }
    (index.carry, index.mark_count, index.end_count) = (pass.carry, pass.marks.count, pass.ends.count);
}

struct Pass<'a> {
    at: u32,
    carry: Carry,
    marks: Places<'a>,
    ends: Places<'a>,
    odd: &'a mut [u64],
    split: &'a mut [u64],
    releases: &'a mut [u64],
}

impl Pass<'_> {
    #[inline(always)]
    fn block<const RELEASE: bool>(
        &mut self,
        classes: Classes,
        unprintable: &[Option<u8>; 3],
        equal: impl Fn(u8) -> u64,
        write: &mut impl FnMut(&mut [u32; ROOM], u64) -> usize,
    ) {
        let released = if RELEASE { released(classes.releases, &mut self.carry.released) } else { 0 };
        let delimiters = classes.delimiters & !released;
        let terminators = classes.terminators & !released;
        let before = self.marks.count as u32;
        let found = write(self.marks.room(), delimiters);
        self.marks.count = self.marks.count.wrapping_add(found);
        self.ends.write_ranks(terminators, delimiters, before);

        let at = self.at as usize / BLOCK;
        // Not written unasked: the compiler would take the bits apart and join them again for it.
        if classes.inner != 0 {
            self.split[at] = if RELEASE { classes.inner & !(released | classes.releases) } else { classes.inner };
        }
        if RELEASE && classes.releases != 0 {
            self.releases[at / 64] |= 1 << (at % 64);
        }

        let strange = classes.unprintable & !delimiters;
        let mut returns = 0;
        if strange != 0 {
            let follow = terminators << 1 | self.carry.terminated;
            let (cr, lf) = (equal(b'\r'), equal(b'\n'));
            returns = follow & cr;
            let line_ends = returns | follow & lf | (returns << 1 | self.carry.returned) & lf;
            let mut strange = strange & !line_ends;
            if strange != 0 {
                for octet in unprintable.iter().flatten() {
                    strange &= !equal(*octet) | released;
                }
            }
            self.odd[at / 64] |= u64::from(strange != 0) << (at % 64);
        }
        self.carry.terminated = terminators >> 63;
        self.carry.returned = returns >> 63;
        self.at = self.at.wrapping_add(64);
    }
}

/// Which octets of a block are released, given where release characters stand. `carry` is 1 if the one before the
/// block releases its first octet, and is set for the next block.
///
/// In a run of release characters the first, third, … release the one behind them. Subtracting the runs' beginnings
/// from the bits at odd places lets a borrow run through each run, which tells even from odd (the method of simdjson
/// for backslashes).
#[inline(always)]
fn released(releases: u64, carry: &mut u64) -> u64 {
    const ODD_PLACES: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    if releases == 0 {
        return std::mem::take(carry);
    }
    let candidates = releases & !*carry;
    let behind = candidates << 1 | ODD_PLACES;
    let codes = behind.wrapping_sub(candidates) ^ ODD_PLACES;
    let released = codes ^ (releases | *carry);
    *carry = (codes & releases) >> 63;
    released
}

/// A list of places with room for [`ROOM`] more than it will hold.
struct Places<'a> {
    places: &'a mut [u32],
    count: usize,
}

/// A block adds at most 64 places, and writes eight of them whole.
pub(super) const ROOM: usize = BLOCK + 8;

/// For each octet of a mask, which of its bits are set, the lowest first.
pub(super) const SET_BITS: [[u8; 8]; 256] = {
    let mut all = [[0; 8]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if mask >> bit & 1 == 1 {
                all[mask][count] = bit;
                count += 1;
            }
            bit += 1;
        }
        mask += 1;
    }
    all
};

impl Places<'_> {
    #[inline(always)]
    fn room(&mut self) -> &mut [u32; ROOM] {
        let room = &mut self.places[self.count..self.count.wrapping_add(ROOM)];
        room.first_chunk_mut().expect("room for one block was made before")
    }

    /// Adds for each bit of `bits` its number among those of `all`, counted from `before`.
    #[inline(always)]
    fn write_ranks(&mut self, mut bits: u64, all: u64, before: u32) {
        let found = bits.count_ones() as usize;
        let room = self.room();
        let mut write = |places: &mut [u32]| {
            for place in places {
                let below = (bits & bits.wrapping_neg()).wrapping_sub(1);
                *place = before.wrapping_add((all & below).count_ones());
                bits &= bits.wrapping_sub(1);
            }
        };
        write(&mut room[..4]);
        if found > 4 {
            room[4..BLOCK].chunks_mut(4).take((found - 1) / 4).for_each(write);
        }
        self.count = self.count.wrapping_add(found);
    }
}

//! 32 octets at a time; x86-64 with AVX2, and with BMI and POPCNT, which count and clear the bits.

use super::{
    BLOCK, Index,
    pass::{Classes, ROOM, SET_BITS, drive},
    scalar,
};
use std::arch::x86_64::{
    __m256i, _mm_cvtsi64_si128, _mm_set_epi64x, _mm256_add_epi8, _mm256_add_epi32, _mm256_cmpeq_epi8,
    _mm256_cmpgt_epi8, _mm256_cvtepu8_epi32, _mm256_extract_epi32, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setr_m128i,
};

/// As [`SET_BITS`], which has no place in memory.
static SET_BITS_TABLE: [[u8; 8]; 256] = SET_BITS;

/// Whether this processor has what [`run`] is compiled for.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

#[allow(unsafe_code, reason = "calls a function that is compiled for some processors only")]
pub(super) fn add(index: &mut Index, blocks: &[[u8; BLOCK]]) {
    if !is_available() {
        return scalar::add(index, blocks);
    }
    // SAFETY: `run` is a safe function but for the processor that it needs: it must have AVX2, BMI1, BMI2 and POPCNT,
    // which `is_available` has just found.
    unsafe {
        match index.delimiters.release {
            Some(release) => run::<true>(index, blocks, release),
            None => run::<false>(index, blocks, 0),
        }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn run<const RELEASE: bool>(index: &mut Index, blocks: &[[u8; BLOCK]], release: u8) {
    let element = spread(index.delimiters.element);
    let terminator = spread(index.delimiters.terminator);
    let release = spread(release);
    let inner = index.delimiters.inner.map(|octet| spread(octet));
    let (one, limit) = (_mm256_set1_epi8(1), _mm256_set1_epi8(0x21));
    let classes = |block: &[u8; BLOCK]| {
        let [low, high] = halves(block);
        let terminators = [_mm256_cmpeq_epi8(low, terminator), _mm256_cmpeq_epi8(high, terminator)];
        let delimiters = [
            _mm256_or_si256(terminators[0], _mm256_cmpeq_epi8(low, element)),
            _mm256_or_si256(terminators[1], _mm256_cmpeq_epi8(high, element)),
        ];
        // One more than 0x7F to 0xFE is negative, than 0xFF zero: they and all up to 0x1F are less than 0x21.
        let unprintable =
            [_mm256_cmpgt_epi8(limit, _mm256_add_epi8(low, one)), _mm256_cmpgt_epi8(limit, _mm256_add_epi8(high, one))];
        let releases =
            if RELEASE { gather([_mm256_cmpeq_epi8(low, release), _mm256_cmpeq_epi8(high, release)]) } else { 0 };
        Classes {
            terminators: gather(terminators),
            delimiters: gather(delimiters),
            releases,
            unprintable: gather(unprintable),
            inner: gather(
                [low, high]
                    .map(|half| _mm256_or_si256(_mm256_cmpeq_epi8(half, inner[0]), _mm256_cmpeq_epi8(half, inner[1]))),
            ),
        }
    };
    let equal = |block: &[u8; BLOCK], octet: u8| {
        let (halves, wanted) = (halves(block), spread(octet));
        gather([_mm256_cmpeq_epi8(halves[0], wanted), _mm256_cmpeq_epi8(halves[1], wanted)])
    };
    let mut at = _mm256_set1_epi32((index.octets as u32).cast_signed());
    // As the scalar writer: always eight places, and what is too much is overwritten by the next.
    let write = |room: &mut [u32; ROOM], mask: u64| {
        let mut count = 0;
        for octet in mask.to_le_bytes() {
            let places = room[count % BLOCK..].first_chunk_mut().expect("eight more than a block");
            let set = _mm_cvtsi64_si128(i64::from_le_bytes(SET_BITS_TABLE[usize::from(octet)]));
            store(places, _mm256_add_epi32(at, _mm256_cvtepu8_epi32(set)));
            at = _mm256_add_epi32(at, _mm256_set1_epi32(8));
            count += u32::from(octet).count_ones() as usize;
        }
        count
    };
    drive::<RELEASE>(index, blocks, classes, equal, write);
}

#[inline]
#[target_feature(enable = "avx2")]
fn spread(octet: u8) -> __m256i {
    _mm256_set1_epi8(octet.cast_signed())
}

/// The high bits of the 64 octets, the first lowest.
#[inline]
#[target_feature(enable = "avx2")]
fn gather([low, high]: [__m256i; 2]) -> u64 {
    let bits = |octets| u64::from(_mm256_movemask_epi8(octets).cast_unsigned());
    bits(high) << 32 | bits(low)
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(places: &mut [u32; 8], values: __m256i) {
    *places = [
        _mm256_extract_epi32::<0>(values),
        _mm256_extract_epi32::<1>(values),
        _mm256_extract_epi32::<2>(values),
        _mm256_extract_epi32::<3>(values),
        _mm256_extract_epi32::<4>(values),
        _mm256_extract_epi32::<5>(values),
        _mm256_extract_epi32::<6>(values),
        _mm256_extract_epi32::<7>(values),
    ]
    .map(i32::cast_unsigned);
}

/// The two halves of a block, in order. Each is one load: the compiler joins the parts.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(block: &[u8; BLOCK]) -> [__m256i; 2] {
    let [a, b, c, d, e, f, g, h] = std::array::from_fn(|n| i64::from_le_bytes(block.as_chunks::<8>().0[n]));
    [
        _mm256_setr_m128i(_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)),
        _mm256_setr_m128i(_mm_set_epi64x(f, e), _mm_set_epi64x(h, g)),
    ]
}

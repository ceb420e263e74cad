//! 64 octets at a time; x86-64 with AVX-512, of which VBMI2 writes down the places of a mask's bits by itself.

use super::{
    BLOCK, Index,
    pass::{Classes, ROOM, drive},
    scalar,
};
use std::arch::x86_64::{
    __m512i, _mm256_extract_epi64, _mm512_add_epi8, _mm512_add_epi32, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epi8_mask,
    _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32, _mm512_extracti64x4_epi64, _mm512_maskz_compress_epi8,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setr_epi64,
};

/// Whether this processor has what [`run`] is compiled for.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

#[allow(unsafe_code, reason = "calls a function that is compiled for some processors only")]
pub(super) fn add(index: &mut Index, blocks: &[[u8; BLOCK]]) {
    if !is_available() {
        return scalar::add(index, blocks);
    }
    // SAFETY: `run` is a safe function but for the processor that it needs: it must have AVX-512 F, BW and VBMI2, BMI1,
    // BMI2 and POPCNT, which `is_available` has just found.
    unsafe {
        match index.delimiters.release {
            Some(release) => run::<true>(index, blocks, release),
            None => run::<false>(index, blocks, 0),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,popcnt")]
fn run<const RELEASE: bool>(index: &mut Index, blocks: &[[u8; BLOCK]], release: u8) {
    let element = spread(index.delimiters.element);
    let terminator = spread(index.delimiters.terminator);
    let release = spread(release);
    let inner = index.delimiters.inner.map(|octet| spread(octet));
    let (one, limit) = (_mm512_set1_epi8(1), _mm512_set1_epi8(0x21));
    let classes = |block: &[u8; BLOCK]| {
        let octets = load(block);
        let terminators = _mm512_cmpeq_epi8_mask(octets, terminator);
        Classes {
            terminators,
            delimiters: terminators | _mm512_cmpeq_epi8_mask(octets, element),
            releases: if RELEASE { _mm512_cmpeq_epi8_mask(octets, release) } else { 0 },
            // One more than 0x7F to 0xFE is negative, than 0xFF zero: they and all up to 0x1F are less than 0x21.
            unprintable: _mm512_cmplt_epi8_mask(_mm512_add_epi8(octets, one), limit),
            inner: _mm512_cmpeq_epi8_mask(octets, inner[0]) | _mm512_cmpeq_epi8_mask(octets, inner[1]),
        }
    };
    let equal = |block: &[u8; BLOCK], octet: u8| _mm512_cmpeq_epi8_mask(load(block), spread(octet));
    let numbers = load(&std::array::from_fn(|n| n as u8));
    let (mut at, block) = (_mm512_set1_epi32((index.octets as u32).cast_signed()), _mm512_set1_epi32(BLOCK as i32));
    // Always sixteen places, and what is too much is overwritten by the next.
    let write = |room: &mut [u32; ROOM], mask: u64| {
        let (count, bits) = (mask.count_ones() as usize, _mm512_maskz_compress_epi8(mask, numbers));
        let places = |bits| _mm512_add_epi32(at, _mm512_cvtepu8_epi32(bits));
        let ([few, more, many, most], _) = room.as_chunks_mut::<16>() else { return count };
        store(few, places(_mm512_extracti32x4_epi32::<0>(bits)));
        if count > 16 {
            store(more, places(_mm512_extracti32x4_epi32::<1>(bits)));
            store(many, places(_mm512_extracti32x4_epi32::<2>(bits)));
            store(most, places(_mm512_extracti32x4_epi32::<3>(bits)));
        }
        at = _mm512_add_epi32(at, block);
        count
    };
    drive::<RELEASE>(index, blocks, classes, equal, write);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn spread(octet: u8) -> __m512i {
    _mm512_set1_epi8(octet.cast_signed())
}

/// A block. It is one load: the compiler joins the parts.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(block: &[u8; BLOCK]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = std::array::from_fn(|n| i64::from_le_bytes(block.as_chunks::<8>().0[n]));
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

/// One store, which the compiler joins as well.
#[inline]
#[target_feature(enable = "avx512f")]
fn store(places: &mut [u32; 16], values: __m512i) {
    let halves = [_mm512_extracti64x4_epi64::<0>(values), _mm512_extracti64x4_epi64::<1>(values)];
    for (places, half) in places.as_chunks_mut::<8>().0.iter_mut().zip(halves) {
        let pairs = [
            _mm256_extract_epi64::<0>(half),
            _mm256_extract_epi64::<1>(half),
            _mm256_extract_epi64::<2>(half),
            _mm256_extract_epi64::<3>(half),
        ];
        for (pair, both) in places.as_chunks_mut::<2>().0.iter_mut().zip(pairs.map(i64::cast_unsigned)) {
            *pair = [both as u32, (both >> 32) as u32];
        }
    }
}

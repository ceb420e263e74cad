//! 16 octets at a time; every x86-64 processor has SSE2.

use super::{
    BLOCK, Index,
    pass::{Classes, drive},
    scalar::writer,
};
use std::arch::x86_64::{
    __m128i, _mm_add_epi8, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
    _mm_set1_epi8,
};

#[allow(unsafe_code, reason = "calls a function that is compiled for processors with SSE2")]
pub(super) fn add(index: &mut Index, blocks: &[[u8; BLOCK]]) {
    // SAFETY: `run` is a safe function but for the processor that it needs: it must have SSE2, which is part of x86-64,
    // the only target that this file is compiled for.
    unsafe {
        match index.delimiters.release {
            Some(release) => run::<true>(index, blocks, release),
            None => run::<false>(index, blocks, 0),
        }
    }
}

#[target_feature(enable = "sse2")]
fn run<const RELEASE: bool>(index: &mut Index, blocks: &[[u8; BLOCK]], release: u8) {
    let element = spread(index.delimiters.element);
    let terminator = spread(index.delimiters.terminator);
    let release = spread(release);
    let inner = index.delimiters.inner.map(|octet| spread(octet));
    let (one, limit) = (_mm_set1_epi8(1), _mm_set1_epi8(0x21));
    let classes = |block: &[u8; BLOCK]| {
        let mut classes = Classes { terminators: 0, delimiters: 0, releases: 0, unprintable: 0, inner: 0 };
        for (n, octets) in parts(block).into_iter().enumerate() {
            let terminators = _mm_cmpeq_epi8(octets, terminator);
            let delimiters = _mm_or_si128(terminators, _mm_cmpeq_epi8(octets, element));
            // One more than 0x7F to 0xFE is negative, than 0xFF zero: they and all up to 0x1F are less than 0x21.
            let unprintable = _mm_cmplt_epi8(_mm_add_epi8(octets, one), limit);
            classes.terminators |= gather(terminators) << (16 * n);
            classes.delimiters |= gather(delimiters) << (16 * n);
            let inner = _mm_or_si128(_mm_cmpeq_epi8(octets, inner[0]), _mm_cmpeq_epi8(octets, inner[1]));
            classes.unprintable |= gather(unprintable) << (16 * n);
            classes.inner |= gather(inner) << (16 * n);
            if RELEASE {
                classes.releases |= gather(_mm_cmpeq_epi8(octets, release)) << (16 * n);
            }
        }
        classes
    };
    let equal = |block: &[u8; BLOCK], octet: u8| {
        let wanted = spread(octet);
        let parts = parts(block).into_iter().enumerate();
        parts.fold(0, |bits, (n, octets)| bits | gather(_mm_cmpeq_epi8(octets, wanted)) << (16 * n))
    };
    let write = writer(index.octets as u32);
    drive::<RELEASE>(index, blocks, classes, equal, write);
}

#[inline]
#[target_feature(enable = "sse2")]
fn spread(octet: u8) -> __m128i {
    _mm_set1_epi8(octet.cast_signed())
}

#[inline]
#[target_feature(enable = "sse2")]
fn gather(octets: __m128i) -> u64 {
    u64::from(_mm_movemask_epi8(octets).cast_unsigned())
}

/// The four parts of a block, in order. Each is one load: the compiler joins the two halves.
#[inline]
#[target_feature(enable = "sse2")]
fn parts(block: &[u8; BLOCK]) -> [__m128i; 4] {
    let half = |n: usize| i64::from_le_bytes(block.as_chunks::<8>().0[n]);
    [
        _mm_set_epi64x(half(1), half(0)),
        _mm_set_epi64x(half(3), half(2)),
        _mm_set_epi64x(half(5), half(4)),
        _mm_set_epi64x(half(7), half(6)),
    ]
}

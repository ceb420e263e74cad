//! The operating system's random numbers, as the pure crates want them.

use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// getrandom(2).
///
/// # Panics
/// If the operating system has no random numbers: no key may be made then.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl OsRandom {
    /// So many random octets.
    pub fn octets<const N: usize>() -> [u8; N] {
        let mut octets = [0; N];
        fill(&mut octets);
        octets
    }
}

fn fill(octets: &mut [u8]) {
    getrandom::fill(octets).expect("the operating system gives random numbers");
}

impl TryRng for OsRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes(Self::octets()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes(Self::octets()))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        fill(octets);
        Ok(())
    }
}

impl TryCryptoRng for OsRandom {}

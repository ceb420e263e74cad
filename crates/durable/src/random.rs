//! The operating system's random numbers, as the pure crates want them.

use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// The operating system gives no random numbers: no key, nonce or name may be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomNumbers(#[source] getrandom::Error);

/// So many random octets, of getrandom(2).
///
/// # Errors
/// [`NoRandomNumbers`], on a kernel without that call, or in a sandbox that forbids it.
pub fn octets<const N: usize>() -> Result<[u8; N], NoRandomNumbers> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(NoRandomNumbers)?;
    Ok(octets)
}

/// getrandom(2) as a generator: `seal` and `as2` take one that cannot fail.
///
/// # Panics
/// If the operating system has no random numbers (see [`octets`], which says so instead): a key of anything else would be
/// worse than none.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl TryRng for OsRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_ne_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_ne_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        getrandom::fill(octets).expect("the operating system gives random numbers");
        Ok(())
    }
}

impl TryCryptoRng for OsRandom {}

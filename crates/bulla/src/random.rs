//! The operating system's random numbers, as the pure crates want them passed in.

use anyhow::Result;
use rand_core::{TryCryptoRng, TryRng};

/// Each call asks the operating system; a failure there ends the process (assumption A4 would not hold).
pub struct OsRandom;

impl TryRng for OsRandom {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(octets).expect("the operating system gives random numbers");
        Ok(())
    }
}

impl TryCryptoRng for OsRandom {}

/// So many random octets.
pub fn octets<const N: usize>() -> Result<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|e| anyhow::anyhow!("the operating system gives no random numbers: {e}"))?;
    Ok(octets)
}

//! Numbers that look random and are the same for the same seed: what a drill makes up, its keys too, protects nobody.

use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use std::convert::Infallible;

/// SHA-256 of seed, name and a counter, one digest after the other.
pub struct Dice {
    stem: Sha256,
    counter: u64,
    rest: Vec<u8>,
}

impl Dice {
    /// Dice of their own for each name: one that is thrown once more changes no other's numbers.
    pub fn new(seed: u64, name: &str) -> Self {
        let stem = Sha256::new_with_prefix(b"bulla.drill/1\n").chain_update(seed.to_be_bytes()).chain_update(name);
        Self { stem, counter: 0, rest: Vec::new() }
    }

    /// A number below `sides`, which is at least 1; what is too much by rounding is nothing that a drill would notice.
    pub fn below(&mut self, sides: u64) -> u64 {
        let Ok(number) = self.try_next_u64();
        ((u128::from(number) * u128::from(sides)) >> 64) as u64
    }

    /// One of these.
    pub fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[usize::try_from(self.below(list.len() as u64)).unwrap_or_default()]
    }

    /// So many octets.
    pub fn octets<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        let Ok(()) = self.try_fill_bytes(&mut octets);
        octets
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.octets()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.octets()))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        for octet in octets {
            if self.rest.is_empty() {
                self.rest = self.stem.clone().chain_update(self.counter.to_be_bytes()).finalize().to_vec();
                self.counter += 1;
            }
            *octet = self.rest.pop().unwrap_or_default();
        }
        Ok(())
    }
}

impl TryCryptoRng for Dice {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_name_give_the_same_numbers_and_others_give_others() {
        let first = |seed, name| Dice::new(seed, name).octets::<40>();
        assert_eq!(first(1, "keys"), first(1, "keys"));
        assert_ne!(first(1, "keys"), first(2, "keys"));
        assert_ne!(first(1, "keys"), first(1, "people"));
        let mut dice = Dice::new(1, "sides");
        let mut seen = [0; 6];
        (0..6_000).for_each(|_| seen[dice.below(6) as usize] += 1);
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
    }
}

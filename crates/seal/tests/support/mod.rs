//! What the tests share: fixed randomness and a small plan with made-up data.
#![allow(dead_code)] // each test binary uses its part

use ledger::{BatchId, FieldClass, InstanceId, Province, Time};
use rand_core::{Infallible, TryCryptoRng, TryRng};
use seal::{PeriodSecretKey, Plan, PlannedGroup, Row};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Gives out exactly these octets, and panics after them: a vector states how many are drawn.
pub struct Fixed {
    octets: Vec<u8>,
    drawn: usize,
}

impl Fixed {
    pub fn new(octets: Vec<u8>) -> Self {
        Self { octets, drawn: 0 }
    }

    /// Octets that any seed gives: SHA-256(seed || counter), block by block.
    pub fn seeded(seed: &str, octets: usize) -> Self {
        let block = |n: u32| Sha256::new().chain_update(seed).chain_update(n.to_be_bytes()).finalize();
        let mut stream: Vec<u8> = (0..octets.div_ceil(32) as u32).flat_map(block).collect();
        stream.truncate(octets);
        Self::new(stream)
    }

    pub fn left(&self) -> usize {
        self.octets.len() - self.drawn
    }
}

impl TryRng for Fixed {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_be_bytes(word))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_be_bytes(word))
    }
    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.copy_from_slice(&self.octets[self.drawn..self.drawn + octets.len()]);
        self.drawn += octets.len();
        Ok(())
    }
}
impl TryCryptoRng for Fixed {}

/// Octets that a batch of so many groups draws: salt, secrets, encapsulations.
pub fn drawn_octets(groups: usize) -> usize {
    32 + groups * (32 + 64)
}

pub fn secret_key(name: &str) -> PeriodSecretKey {
    PeriodSecretKey::generate(&mut Fixed::seeded(name, 32))
}

pub fn plan(groups: &[(&str, &[FieldClass])]) -> Plan {
    let group = |(name, classes): &(&str, &[FieldClass])| PlannedGroup {
        period: format!("A-5e1f/2026-11/{name}").parse().unwrap(),
        public: secret_key(name).public(),
        co_holder: None,
        classes: classes.iter().copied().collect(),
    };
    let received: Time = "2026-11-23T22:41:00.000Z".parse().unwrap();
    Plan {
        batch: BatchId(*b"\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
        agreement: "A-5e1f".parse().unwrap(),
        shipper: "S-3f9c01d27ab4".parse().unwrap(),
        carrier: "C-77d0e4a9012b".parse().unwrap(),
        worker: "gw-1".parse().unwrap(),
        instance: InstanceId(*b"\x0f\x1e\x2d\x3c\x4b\x5a\x69\x78\x87\x96\xa5\xb4\xc3\xd2\xe1\xf0"),
        ticket: 42,
        received,
        sealed: Time::from_milliseconds(received.milliseconds() + 7),
        groups: groups.iter().map(group).collect(),
    }
}

pub fn row(province: Province, parties: u32, classes: &[(FieldClass, &[u8])]) -> Row {
    let mut operational = [0; 32];
    operational[0] = 1;
    operational[31] = province as u8;
    let mut row = Row { operational, province, classes: Default::default(), parties };
    for (class, value) in classes {
        row.classes[usize::from(class.number())] = Some(Zeroizing::new(value.to_vec()));
    }
    row
}

//! What is so in a world: what the thief can read of it, and what whoever writes its ledger needs.

use super::{
    super::{Scenario, Taken},
    World, key_bit,
};

impl World {
    /// Bits of the bodies that the thief can read, of those that the ledger is said to have or that nobody recorded.
    pub fn readable(&self, scenario: &Scenario) -> u8 {
        let mut bits = self.loot_bodies;
        match scenario.taken {
            Taken::Carrier if self.taken() => bits |= self.under_first_certificate(),
            // Root on the gateway: whatever comes from now on passes through its hands.
            Taken::Host if self.taken() => bits |= self.memory,
            _ => {}
        }
        for (body, number) in self.bodies.iter().zip(0..) {
            if self.loot_keys & key_bit(body.period, body.second) != 0 {
                bits |= 1 << number;
            }
            if body.recorded && !body.anchored {
                bits &= !(1 << number);
            }
        }
        bits
    }

    /// A body's number in its process.
    pub fn ticket(&self, number: usize) -> u8 {
        let own = self.bodies[number].start;
        1 + self.bodies[..number].iter().filter(|body| body.start == own && body.recorded).count() as u8
    }

    /// Which warden made a period's key, from 0.
    pub fn generation_of(&self, period: u8) -> u8 {
        self.keys[usize::from(period)].generation
    }

    /// Bits of the bodies of which there is a record.
    pub fn recorded(&self) -> u8 {
        self.bodies.iter().zip(0..).filter(|(body, _)| body.recorded).map(|(_, number)| 1 << number).sum()
    }
}

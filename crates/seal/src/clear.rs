//! The clear column as a segment stores it: the manifest's own 32 octets whole, and of the parcels' those that are not the same in all.
//!
//! Most of a manifest's parcels have the same service, carrier, day and country: these octets are kept once.

use crate::Error;

/// Octets of a record's clear part, as everybody but a segment has it.
pub const CLEAR_OCTETS: usize = 32;
/// Octets of a [`Front`].
pub const FRONT_OCTETS: usize = 2 * CLEAR_OCTETS + 4;

/// What stands before the parcels' own octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Front {
    /// Record 0.
    head: [u8; CLEAR_OCTETS],
    /// What all parcels have; 0 where they differ.
    alike: [u8; CLEAR_OCTETS],
    /// Which octets differ, the first one in the highest bit.
    differ: u32,
}

impl Front {
    /// Of these records, record 0 first.
    pub(crate) fn of(records: &[[u8; CLEAR_OCTETS]]) -> Self {
        let (head, parcels) = records.split_first().map_or(([0; CLEAR_OCTETS], records), |(head, rest)| (*head, rest));
        let mut alike = parcels.first().copied().unwrap_or_default();
        let mut differing = [0; CLEAR_OCTETS];
        for parcel in parcels {
            (0..CLEAR_OCTETS).for_each(|at| differing[at] |= parcel[at] ^ alike[at]);
        }
        let mut differ = 0;
        for (at, _) in differing.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            differ |= place(at);
            alike[at] = 0;
        }
        Self { head, alike, differ }
    }

    /// Reads its written form.
    ///
    /// # Errors
    /// [`Error::Record`] for octets that no writer makes.
    pub fn from_bytes(octets: &[u8; FRONT_OCTETS]) -> Result<Self, Error> {
        let ([head, alike], differ) = octets.as_chunks::<CLEAR_OCTETS>() else {
            unreachable!("68 octets are two of 32 and four")
        };
        let differ = u32::from_be_bytes(*differ.first_chunk().expect("four octets are left"));
        let front = Self { head: *head, alike: *alike, differ };
        let one_form = front.differing().all(|at| alike[at] == 0);
        if one_form { Ok(front) } else { Err(Error::Record { rule: "what differs is nothing that all have" }) }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&self.alike);
        out.extend_from_slice(&self.differ.to_be_bytes());
    }

    /// Octets that each parcel has of its own.
    pub const fn own_octets(&self) -> usize {
        self.differ.count_ones() as usize
    }

    /// The manifest's own record.
    pub const fn head(&self) -> [u8; CLEAR_OCTETS] {
        self.head
    }

    /// A parcel, from its own octets; none if these are not as many as it has.
    pub fn parcel(&self, own: &[u8]) -> Option<[u8; CLEAR_OCTETS]> {
        let mut whole = self.alike;
        self.differing().zip(own).for_each(|(at, octet)| whole[at] = *octet);
        (own.len() == self.own_octets()).then_some(whole)
    }

    pub(crate) fn write_own(&self, parcel: &[u8; CLEAR_OCTETS], out: &mut Vec<u8>) {
        out.extend(self.differing().map(|at| parcel[at]));
    }

    fn differing(&self) -> impl Iterator<Item = usize> + use<> {
        let differ = self.differ;
        (0..CLEAR_OCTETS).filter(move |at| differ & place(*at) != 0)
    }
}

const fn place(at: usize) -> u32 {
    1 << (CLEAR_OCTETS - 1 - at)
}

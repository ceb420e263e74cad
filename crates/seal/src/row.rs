//! One cell: a record's octets of one class, padded, under a key that is used this once.

use crate::packing;
use aes::Aes256Enc;
use aes_gcm_siv::{
    AesGcmSiv, KeyInit, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};
use hkdf::Hkdf;
use ledger::{BatchId, FieldClass, Hash};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The longest value of one class of one record: a cell of 1 MiB less the packing's first octet and the padding's.
pub const VALUE_OCTETS_MAX: usize = CELL_OCTETS_MAX - 2;
const CELL_OCTETS_MAX: usize = 1 << 20;
/// The highest length code; [`cell_octets`] of it is 1 MiB.
pub(crate) const CODE_MAX: u8 = 33;
pub(crate) const TAG_OCTETS: usize = 16;

/// Octets of the padded value that a code stands for: 16, 24, 32, 48, 64, … 1 MiB; 0 for none.
pub(crate) fn padded_octets(code: u8) -> Option<usize> {
    match code {
        0 => Some(0),
        1..=CODE_MAX if code % 2 == 1 => Some(16 << (code / 2)),
        1..=CODE_MAX => Some(24 << (code / 2 - 1)),
        _ => None,
    }
}

/// Octets that a cell takes in the body: padded value and tag; none for code 0.
pub(crate) fn cell_octets(code: u8) -> Option<usize> {
    padded_octets(code).map(|padded| if padded == 0 { 0 } else { padded + TAG_OCTETS })
}

/// The smallest code whose cell takes a packed value of so many octets and the padding's first.
pub(crate) fn code_for(packed_octets: usize) -> Option<u8> {
    (1..=CODE_MAX).find(|code| padded_octets(*code).is_some_and(|padded| packed_octets < padded))
}

/// What one batch secret gives: the group's class keys. Wiped when dropped.
pub(crate) struct GroupKeys {
    batch: BatchId,
    extracted: Hkdf<Sha256>,
}

impl GroupKeys {
    pub(crate) fn new(batch: BatchId, secret: &[u8; 32]) -> Self {
        Self { batch, extracted: Hkdf::new(Some(&batch.0), secret) }
    }

    /// What the header says of the secret: binding, as AES-GCM and AES-GCM-SIV are not.
    pub(crate) fn commitment(&self) -> Hash {
        Hash(*expand(&self.extracted, &[b"bulla.batch/3 commitment"]))
    }

    pub(crate) fn class(&self, class: FieldClass) -> ClassKey {
        let key = expand(&self.extracted, &[b"bulla.batch/3 class", &[class.number()]]);
        ClassKey {
            batch: self.batch,
            class,
            extracted: Hkdf::from_prk(key.as_slice()).expect("32 octets are a key of HKDF-SHA256"),
        }
    }
}

/// One class of one batch. Wiped when dropped.
pub(crate) struct ClassKey {
    batch: BatchId,
    class: FieldClass,
    extracted: Hkdf<Sha256>,
}

impl ClassKey {
    /// Appends a cell to `column`; `code` is that of the packed value's length.
    pub(crate) fn seal(&self, row: u32, code: u8, packed: &[u8], column: &mut Vec<u8>) {
        let padded = padded_octets(code).expect("a code of `code_for`");
        // Reserved before the value is written: a column that moves would leave the value behind.
        column.reserve(padded + TAG_OCTETS);
        let start = column.len();
        column.extend_from_slice(packed);
        column.push(0x80);
        column.resize(start + padded, 0);
        let cell = InOutBuf::from(&mut column[start..]);
        let tag = self.cipher(row).encrypt_inout_detached(&Nonce::default(), &self.associated(row), cell);
        column.extend_from_slice(&tag.expect("a cell is far below the limit of AES-GCM-SIV"));
    }

    /// The value of a cell; none if the octets are not those that were sealed here.
    pub(crate) fn open(&self, row: u32, cell: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (padded, tag) = cell.split_at_checked(cell.len().checked_sub(TAG_OCTETS)?)?;
        let tag = Tag::try_from(tag).ok()?;
        let mut packed = Zeroizing::new(padded.to_vec());
        let buffer = InOutBuf::from(packed.as_mut_slice());
        self.cipher(row).decrypt_inout_detached(&Nonce::default(), &self.associated(row), buffer, &tag).ok()?;
        let end = packed.iter().rposition(|octet| *octet != 0).filter(|end| packed[*end] == 0x80)?;
        packing::unpack(&packed[..end])
    }

    /// GCM-SIV never runs AES backwards: `Aes256Enc` spares the decryption half of two key schedules a cell.
    fn cipher(&self, row: u32) -> AesGcmSiv<Aes256Enc> {
        let key = expand(&self.extracted, &[&row.to_be_bytes()]);
        AesGcmSiv::new_from_slice(key.as_slice()).expect("32 octets are a key of AES-256")
    }

    fn associated(&self, row: u32) -> [u8; 21] {
        let mut octets = [0; 21];
        octets[..16].copy_from_slice(&self.batch.0);
        octets[16] = self.class.number();
        octets[17..].copy_from_slice(&row.to_be_bytes());
        octets
    }
}

fn expand(extracted: &Hkdf<Sha256>, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    extracted.expand_multi_info(info, key.as_mut_slice()).expect("one block is within HKDF's limit");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_few_and_rise() {
        let lengths: Vec<_> = (0..=CODE_MAX).map(|code| padded_octets(code).unwrap()).collect();
        assert_eq!(lengths[..10], [0, 16, 24, 32, 48, 64, 96, 128, 192, 256]);
        assert!(lengths.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(lengths[usize::from(CODE_MAX)], CELL_OCTETS_MAX);
        assert_eq!(padded_octets(CODE_MAX + 1), None);
    }

    #[test]
    fn a_value_gets_the_smallest_cell_that_holds_it_and_one_octet() {
        let cases =
            [(0, Some(1)), (15, Some(1)), (16, Some(2)), (23, Some(2)), (24, Some(3)), (31, Some(3)), (32, Some(4))];
        for (octets, code) in cases {
            assert_eq!(code_for(octets), code, "{octets} octets");
        }
        assert_eq!(code_for(VALUE_OCTETS_MAX + 1), Some(CODE_MAX));
        assert_eq!(code_for(VALUE_OCTETS_MAX + 2), None);
    }

    #[test]
    fn a_cell_opens_only_at_its_place() {
        let keys = GroupKeys::new(BatchId([7; 16]), &[9; 32]);
        let mut column = vec![];
        keys.class(FieldClass::Address).seal(3, 1, b"\xff12 Elm\x80\x00", &mut column);
        assert_eq!(column.len(), 32);
        assert_eq!(keys.class(FieldClass::Address).open(3, &column).unwrap().as_slice(), b"12 Elm\x80\x00");
        assert!(keys.class(FieldClass::Address).open(4, &column).is_none());
        assert!(keys.class(FieldClass::Contact).open(3, &column).is_none());
        assert!(GroupKeys::new(BatchId([8; 16]), &[9; 32]).class(FieldClass::Address).open(3, &column).is_none());
        for octets in 0..32 {
            assert!(keys.class(FieldClass::Address).open(3, &column[..octets]).is_none());
        }
    }
}

//! TA1 and 997, built from findings.

use crate::{Finding, Interchange};

/// The control numbers of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// ISA13, at most 999,999,999.
    pub interchange: u32,
    /// GS06 of the first group, at most 999,999,999; a further group takes the next.
    pub group: u32,
}

/// When an acknowledgement is written, as its envelope says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// What a TA1 says: TA104 and TA105.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// `A`, `E` or `R`.
    pub status: u8,
    /// At most 999.
    pub code: u16,
}
impl Note {
    /// Nothing is wrong.
    pub const ACCEPTED: Self = Self { status: b'A', code: 0 };
    /// The control number was used before, with another content.
    pub const DUPLICATE: Self = Self { status: b'R', code: 25 };
    /// The receiver is not one of ours.
    pub const UNKNOWN_RECEIVER: Self = Self { status: b'R', code: 9 };
    /// The sender is not one who may send this.
    pub const SENDER_REFUSED: Self = Self { status: b'R', code: 6 };
}

/// What the envelope's findings say.
pub fn note(_interchange: &Interchange<'_>, _findings: &[Finding]) -> Note {
    Note::ACCEPTED
}

/// The TA1 in an interchange of its own; `None` if there is no ISA to answer, or nothing but a TA1 in it.
pub fn ta1(_interchange: &Interchange<'_>, _note: Note, _numbers: Numbers, _at: Moment) -> Option<Vec<u8>> {
    None
}

/// One 997 a group; `None` if there is no group to answer.
pub fn x997(_interchange: &Interchange<'_>, _findings: &[Finding], _numbers: Numbers, _at: Moment) -> Option<Vec<u8>> {
    None
}

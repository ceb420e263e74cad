//! Segment ids that X12 or EDIFACT know: only these are ever echoed.

use std::fmt;

/// A segment id from the list of known ones; any other is [`KnownTag::MASKED`], so that a finding
/// never repeats octets of a damaged document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownTag([u8; 3]);

impl KnownTag {
    /// Stands for an id that is not known; also the form in which AK301 names it.
    pub const MASKED: Self = Self(*b"ZZZ");
    /// Stands for a finding that belongs to no segment.
    pub const NONE: Self = Self([0; 3]);

    /// The id, if it is in the list, else [`Self::MASKED`].
    pub fn new(tag: &[u8]) -> Self {
        match pack(tag) {
            Some(packed) if is_known(tag) => Self(packed),
            _ => Self::MASKED,
        }
    }

    /// Two or three letters and digits; empty for [`Self::NONE`].
    pub fn as_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(3);
        &self.0[..end]
    }

    /// Whether the id is in the list.
    pub fn is_known(&self) -> bool {
        *self != Self::MASKED && *self != Self::NONE
    }
}

impl fmt::Display for KnownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(self.as_bytes()).unwrap_or("ZZZ"))
    }
}

impl fmt::Debug for KnownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn is_known(tag: &[u8]) -> bool {
    std::str::from_utf8(tag).is_ok_and(crate::tables::is_known_tag)
}

fn pack(tag: &[u8]) -> Option<[u8; 3]> {
    let mut packed = [0; 3];
    packed.get_mut(..tag.len())?.copy_from_slice(tag);
    Some(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_ids_are_echoed() {
        for (tag, shown) in [("N1", "N1"), ("MAN", "MAN"), ("JONES", "ZZZ"), ("J0N", "ZZZ"), ("", "ZZZ"), ("n1", "ZZZ")]
        {
            assert_eq!(KnownTag::new(tag.as_bytes()).to_string(), shown);
        }
        assert_eq!(KnownTag::NONE.to_string(), "");
    }
}

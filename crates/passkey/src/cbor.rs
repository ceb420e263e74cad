//! As much of CBOR (RFC 8949) as authenticators write: CTAP2's canonical form, every length stated. A value is found in the octets, not
//! built from them: nothing is allocated, whatever a length says.

use crate::Refused;

/// Maps in maps in maps: attestation statements go no deeper.
const DEPTH_MAX: u32 = 8;

/// Octets from which values are taken one after the other.
pub(crate) struct Reader<'o>(&'o [u8]);

/// A key of a map, where it is one that is looked for.
#[derive(PartialEq, Eq)]
pub(crate) enum Name<'o> {
    Number(i64),
    Text(&'o str),
}

impl<'o> Reader<'o> {
    pub(crate) fn new(octets: &'o [u8]) -> Self {
        Self(octets)
    }

    pub(crate) fn rest(&self) -> &'o [u8] {
        self.0
    }

    pub(crate) fn take(&mut self, count: u64) -> Result<&'o [u8], Refused> {
        let count = usize::try_from(count).map_err(|_| Refused::Form)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Refused::Form)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Major type and argument of the next item.
    fn head(&mut self) -> Result<(u8, u64), Refused> {
        let first = self.take(1)?[0];
        let argument = match first & 0x1f {
            small @ 0..24 => u64::from(small),
            // 28 to 30 mean nothing, 31 leaves the length open.
            size @ 24..28 => {
                let octets = self.take(1 << (size - 24))?;
                octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet))
            }
            _ => return Err(Refused::Form),
        };
        Ok((first >> 5, argument))
    }

    pub(crate) fn map(&mut self) -> Result<u64, Refused> {
        self.of_type(5)
    }

    pub(crate) fn octets(&mut self) -> Result<&'o [u8], Refused> {
        let length = self.of_type(2)?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'o str, Refused> {
        let length = self.of_type(3)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Refused::Form)
    }

    fn of_type(&mut self, wanted: u8) -> Result<u64, Refused> {
        let (own, argument) = self.head()?;
        if own == wanted { Ok(argument) } else { Err(Refused::Form) }
    }

    pub(crate) fn number(&mut self) -> Result<i64, Refused> {
        let (own, argument) = self.head()?;
        let number = i64::try_from(argument).map_err(|_| Refused::Form)?;
        match own {
            0 => Ok(number),
            1 => Ok(-1 - number),
            _ => Err(Refused::Form),
        }
    }

    pub(crate) fn name(&mut self) -> Result<Name<'o>, Refused> {
        match self.0.first().map(|first| first >> 5) {
            Some(3) => self.text().map(Name::Text),
            _ => self.number().map(Name::Number),
        }
    }

    /// Over one value, whatever it is.
    pub(crate) fn skip(&mut self) -> Result<(), Refused> {
        self.skip_within(DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: u32) -> Result<(), Refused> {
        let depth = depth.checked_sub(1).ok_or(Refused::Form)?;
        let (own, argument) = self.head()?;
        let items = match own {
            2 | 3 => return self.take(argument).map(drop),
            4 => argument,
            5 => argument.checked_mul(2).ok_or(Refused::Form)?,
            6 => 1,
            _ => 0,
        };
        // Each item takes an octet at least: this ends where the octets do.
        (0..items).try_for_each(|_| self.skip_within(depth))
    }
}

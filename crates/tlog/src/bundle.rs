//! Entry bundles of C2SP tlog-tiles: entries with 16-bit big-endian lengths before them, 1 to 256 of them.

use crate::{Error, tile::FULL_WIDTH};

/// The longest entry, in octets.
pub const ENTRY_OCTETS_MAX: usize = u16::MAX as usize;

/// The octets of a bundle of these entries.
///
/// # Errors
/// [`Error::EntryTooLong`]; [`Error::TileWidth`] unless there are 1 to 256 entries.
pub fn encode<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, Error> {
    if entries.is_empty() || entries.len() > usize::from(FULL_WIDTH) {
        return Err(Error::TileWidth { width: entries.len() });
    }
    let mut octets = Vec::with_capacity(entries.iter().map(|e| 2 + e.as_ref().len()).sum());
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong { octets: entry.len() })?;
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(entry);
    }
    Ok(octets)
}

/// The entries of a bundle that has exactly `width` of them.
///
/// # Errors
/// [`Error::TileWidth`]; [`Error::TileLength`] if an entry is cut off, or octets are left after the last.
pub fn decode(octets: &[u8], width: u16) -> Result<Vec<&[u8]>, Error> {
    if width == 0 || width > FULL_WIDTH {
        return Err(Error::TileWidth { width: width.into() });
    }
    let wrong = Error::TileLength { width, octets: octets.len() };
    let mut entries = Vec::with_capacity(width.into());
    let mut rest = octets;
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(wrong.clone())?;
        let (entry, after) = after.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(wrong.clone())?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(wrong) }
}

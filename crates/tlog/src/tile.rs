//! Tiles of C2SP tlog-tiles: which there are, their paths, their octets.
//!
//! A tile is up to 256 hashes of complete subtrees side by side; level 0 has leaf hashes, level `l` the roots of full
//! tiles of level `l - 1`. An entry bundle has the entries under a tile of level 0.

use crate::{Error, Hash, Tree, bundle, error::malformed};
use std::{fmt, ops::Range, str::FromStr};

/// Hashes in a full tile, entries in a full bundle.
pub const FULL_WIDTH: u16 = 256;

/// The greatest level that a path may have.
const LEVEL_MAX: u8 = 63;

/// A tile's or bundle's place. Displayed and parsed as the path below the log's prefix.
///
/// ```
/// let path: tlog::Path = "tile/0/x001/234.p/17".parse()?;
/// assert_eq!(path, tlog::Path::Tile { level: 0, index: 1234, width: 17 });
/// assert_eq!(path.to_string(), "tile/0/x001/234.p/17");
/// # Ok::<(), tlog::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Path {
    /// Hashes: `tile/<level>/<index>[.p/<width>]`
    Tile {
        /// 0 to 63; from 8 on no tree has any.
        level: u8,
        /// Zero-based within the level.
        index: u64,
        /// Hashes, 1 to 256; less than 256 in a partial tile.
        width: u16,
    },
    /// Leaves: `tile/entries/<index>[.p/<width>]`
    Entries {
        /// Counted from 0, 256 leaves each.
        index: u64,
        /// Entries, 1 to 256; less than 256 in a partial bundle.
        width: u16,
    },
}

impl Path {
    /// How many hashes or entries it has, 1 to 256.
    pub fn width(&self) -> u16 {
        match *self {
            Self::Tile { width, .. } | Self::Entries { width, .. } => width,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match *self {
            Self::Tile { level, index, width } => {
                write!(f, "tile/{level}/")?;
                (index, width)
            }
            Self::Entries { index, width } => {
                f.write_str("tile/entries/")?;
                (index, width)
            }
        };
        write_index(f, index / 1000)?;
        write!(f, "{:03}", index % 1000)?;
        if width < FULL_WIDTH { write!(f, ".p/{width}") } else { Ok(()) }
    }
}

/// The groups before the last, each with its `x`.
fn write_index(f: &mut fmt::Formatter<'_>, thousands: u64) -> fmt::Result {
    if thousands == 0 {
        return Ok(());
    }
    write_index(f, thousands / 1000)?;
    write!(f, "x{:03}/", thousands % 1000)
}

impl FromStr for Path {
    type Err = Error;

    /// Reads a path in its one written form.
    fn from_str(text: &str) -> Result<Self, Error> {
        const LONGEST: usize = "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255".len();
        let wrong = || malformed("tile path");
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let (level, rest) = text.strip_prefix("tile/").and_then(|t| t.split_once('/')).ok_or_else(wrong)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| wrong())?),
            None => (rest, FULL_WIDTH),
        };
        let index = read_index(index).ok_or_else(wrong)?;
        let path = match level {
            "entries" => Self::Entries { index, width },
            level => {
                Self::Tile { level: level.parse().ok().filter(|l| *l <= LEVEL_MAX).ok_or_else(wrong)?, index, width }
            }
        };
        // Leading zeros, signs, widths of 0, 256 and more: all of them would be written differently.
        if width > 0 && path.to_string() == text { Ok(path) } else { Err(wrong()) }
    }
}

fn read_index(text: &str) -> Option<u64> {
    let mut index: u64 = 0;
    for group in text.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        index = index.checked_mul(1000)?.checked_add(digits.parse::<u16>().ok()?.into())?;
    }
    Some(index)
}

/// The octets of a tile of `tree`: its hashes one after another, `32 * width` octets.
///
/// # Errors
/// [`Error::TileNotInTree`] if the tree is too small for it, [`Error::TileWidth`].
pub fn contents(tree: &Tree, level: u8, index: u64, width: u16) -> Result<Vec<u8>, Error> {
    if width == 0 || width > FULL_WIDTH {
        return Err(Error::TileWidth { width: width.into() });
    }
    let absent = Error::TileNotInTree { level, index, width, size: tree.size() };
    let first = index.checked_mul(FULL_WIDTH.into()).ok_or(absent.clone())?;
    let mut octets = Vec::with_capacity(usize::from(width) * size_of::<Hash>());
    for offset in 0..u64::from(width) {
        let node = first.checked_add(offset).and_then(|node| tree.complete(u32::from(level) * 8, node));
        octets.extend_from_slice(&node.ok_or(absent.clone())?);
    }
    Ok(octets)
}

/// The answer to `GET /PATH` for a path such as `tile/0/x001/234.p/5`, of the tree as it is now. `read` gives entries, from
/// wherever they are kept; it is asked for those that the tree has, and only for them.
///
/// # Errors
/// As [`Path`]'s parsing and [`contents`]; [`Error::SizeBeyondTree`] for entries that the tree does not have yet;
/// whatever `read` says.
pub fn served<E: From<Error>>(
    tree: &Tree,
    path: &str,
    read: impl FnOnce(Range<u64>) -> Result<Vec<Vec<u8>>, E>,
) -> Result<Vec<u8>, E> {
    match path.parse()? {
        Path::Tile { level, index, width } => Ok(contents(tree, level, index, width)?),
        Path::Entries { index, width } => {
            let range = entries(index, width);
            if range.end > tree.size() {
                return Err(Error::SizeBeyondTree { asked: range.end, size: tree.size() }.into());
            }
            Ok(bundle::encode(&read(range)?)?)
        }
    }
}

/// The entries of the bundle at `index`, by their indexes in the log; at most up to the greatest index that there is.
pub fn entries(index: u64, width: u16) -> Range<u64> {
    let first = index.saturating_mul(FULL_WIDTH.into());
    first..first.saturating_add(width.into())
}

/// The hashes in a tile's octets.
///
/// # Errors
/// [`Error::TileWidth`]; [`Error::TileLength`] unless there are exactly `32 * width` octets.
pub fn hashes(octets: &[u8], width: u16) -> Result<Vec<Hash>, Error> {
    if width == 0 || width > FULL_WIDTH {
        return Err(Error::TileWidth { width: width.into() });
    }
    let (hashes, rest) = octets.as_chunks::<32>();
    if hashes.len() != usize::from(width) || !rest.is_empty() {
        return Err(Error::TileLength { width, octets: octets.len() });
    }
    Ok(hashes.to_vec())
}

/// All tiles of hashes that a tree of `size` leaves has, level by level, full ones and the last partial one.
pub fn tiles(size: u64) -> impl Iterator<Item = Path> {
    tiles_between(0, size)
}

/// The tiles of hashes to be written when a tree grows from `old` to `new` leaves: new or wider than before.
/// None if it does not grow. A partial tile that became full is there only as the full one.
pub fn tiles_between(old: u64, new: u64) -> impl Iterator<Item = Path> {
    // 256^8 is 2^64: a hash of level 8 has more leaves than a size can say.
    (0..8u8).flat_map(move |level| {
        let bits = 8 * u32::from(level);
        widths(old >> bits, new >> bits).map(move |(index, width)| Path::Tile { level, index, width })
    })
}

/// The entry bundles to be written when a log grows from `old` to `new` entries.
pub fn bundles_between(old: u64, new: u64) -> impl Iterator<Item = Path> {
    widths(old, new).map(|(index, width)| Path::Entries { index, width })
}

/// Index and width of the tiles that change when a level grows from `old` to `new` hashes.
fn widths(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    let full = u64::from(FULL_WIDTH);
    let indexes = if new > old { old / full..new.div_ceil(full) } else { 0..0 };
    indexes.map(move |index| {
        let width = (new - index * full).min(full);
        (index, u16::try_from(width).expect("at most 256"))
    })
}

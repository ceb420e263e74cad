//! Files that a person names, which may be anything: nobody waits for one that nobody writes, and no more of it is read than is wanted.

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileTypeExt,
    path::Path,
};

/// Why what was named is not read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the field is the word in the message
pub enum Unread {
    #[error(transparent)]
    System(#[from] io::Error),
    #[error("neither a file nor a pipe")]
    NeitherFileNorPipe,
    #[error("a pipe that nobody writes to")]
    NobodyWrites,
    #[error("larger than {most} octets")]
    TooLarge { most: u64 },
}

/// What was named, open to be read.
#[derive(Debug)]
pub enum Named {
    /// A file that lies there.
    File(File),
    /// A pipe that somebody writes to (standard input, `<(…)`, a fifo), and its first octet where that was in it already.
    Pipe(Option<u8>, File),
}

/// All of what this path names.
///
/// # Errors
/// [`Unread`]: also if there is more than `most`.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    Named::open(path)?.to_end(most)
}

impl Named {
    /// Opens it without waiting for anybody.
    ///
    /// # Errors
    /// [`Unread`], but for a size.
    pub fn open(path: &Path) -> Result<Self, Unread> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?);
        let kind = file.metadata()?.file_type();
        if kind.is_fifo() {
            return Self::pipe(file);
        }
        if kind.is_file() { Ok(Self::File(file)) } else { Err(Unread::NeitherFileNorPipe) }
    }

    /// A pipe that nobody has open for writing is at its end at once; where somebody has, it is waited for, as with any pipe.
    fn pipe(file: File) -> Result<Self, Unread> {
        let mut first = [0];
        let first = match rustix::io::read(&file, &mut first) {
            Ok(0) => return Err(Unread::NobodyWrites),
            Ok(_) => Some(first[0]),
            Err(Errno::AGAIN) => None,
            Err(other) => return Err(io::Error::from(other).into()),
        };
        rustix::fs::fcntl_setfl(&file, OFlags::empty()).map_err(io::Error::from)?;
        Ok(Self::Pipe(first, file))
    }

    /// All of it.
    ///
    /// # Errors
    /// [`Unread`]: of a file that is larger than `most`, before any of it is read.
    pub fn to_end(self, most: u64) -> Result<Vec<u8>, Unread> {
        match self {
            Self::File(file) => {
                let octets = file.metadata()?.len();
                if octets > most {
                    return Err(Unread::TooLarge { most });
                }
                // With room for one more, at which a file that grows is seen, and none of it is moved while it is read.
                up_to(Vec::with_capacity(octets as usize + 1), file, most)
            }
            Self::Pipe(first, file) => up_to(Vec::new(), first.as_slice().chain(file), most),
        }
    }
}

/// Never reads more than one octet too many.
fn up_to(mut octets: Vec<u8>, from: impl Read, most: u64) -> Result<Vec<u8>, Unread> {
    from.take(most.saturating_add(1)).read_to_end(&mut octets)?;
    if octets.len() as u64 > most { Err(Unread::TooLarge { most }) } else { Ok(octets) }
}

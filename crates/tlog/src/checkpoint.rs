//! Checkpoints (C2SP tlog-checkpoint): which log, how many leaves, which root.

use crate::{
    Error, Hash,
    error::malformed,
    text::{self, is_note_text},
};

/// What a log says of its tree: the text of a note that is still to be signed, or was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    /// Extension lines, each with its newline; they are signed, and mean nothing here.
    extensions: String,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// [`Error::Malformed`] for an origin that is empty or has control characters.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, Error> {
        if origin.is_empty() || origin.contains('\n') || !is_note_text(origin) {
            return Err(malformed("origin"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: String::new() })
    }

    /// Reads a checkpoint's text, which ends in a newline; everything has one written form.
    ///
    /// # Errors
    /// [`Error::Malformed`], also as in [`new`](Self::new).
    pub fn parse(written: &str) -> Result<Self, Error> {
        let wrong = || malformed("checkpoint");
        let body = written.strip_suffix('\n').filter(|b| is_note_text(b)).ok_or_else(wrong)?;
        let mut lines = body.splitn(4, '\n');
        let mut line = || lines.next().ok_or_else(wrong);
        let (origin, size, root) = (line()?, line()?, line()?);
        let mut checkpoint = Self::new(origin, text::decimal(size)?, text::hash(root)?)?;
        if let Some(extensions) = lines.next() {
            if extensions.split('\n').any(str::is_empty) {
                return Err(wrong());
            }
            checkpoint.extensions = format!("{extensions}\n");
        }
        Ok(checkpoint)
    }

    /// The text to be signed, ending in a newline.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.origin, self.size, text::base64(&self.root), self.extensions)
    }

    /// The log's name, unique to it: the checkpoint's first line.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves the tree had.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root at this size.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Extension lines, if any: not the log's statement about its tree, and not to be relied on.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.extensions.lines()
    }
}

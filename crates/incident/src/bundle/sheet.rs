//! A bundle that is being written: each section where it will stand, and the index before them at last.

use super::{
    OCTETS_MAX, Refusal, SECTIONS, index,
    octets::{Octets, Piece},
};
use std::io::{BufWriter, Seek, SeekFrom, Write};

/// What it is written on: an empty file, or an empty vector.
pub(super) struct Sheet<F: Write> {
    file: BufWriter<F>,
    /// Where each section so far begins, and the last one ends.
    edges: Vec<u64>,
}

impl<F: Octets + Write + Seek> Sheet<F> {
    pub fn new(file: F) -> Result<Self, Refusal> {
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.write_all(&[b' '; index::OCTETS])?;
        Ok(Self { file, edges: vec![index::OCTETS as u64] })
    }

    /// Writes the next section.
    pub fn section(&mut self, write: impl FnOnce(&mut BufWriter<F>) -> Result<(), Refusal>) -> Result<(), Refusal> {
        write(&mut self.file)?;
        self.file.flush()?;
        let octets = self.file.stream_position()?;
        self.edges.push(octets);
        if octets > OCTETS_MAX { Err(Refusal::TooLarge { octets }) } else { Ok(()) }
    }

    /// What is written so far; the others have no octets yet.
    pub fn sections(&self) -> Vec<Piece<'_, F>> {
        let edge = |section: usize| self.edges.get(section).or(self.edges.last()).copied().unwrap_or_default();
        (0..SECTIONS.len()).map(|own| Piece::new(self.file.get_ref(), edge(own)..edge(own + 1))).collect()
    }

    /// The whole, once all sections are written.
    pub fn done(mut self) -> Result<F, Refusal> {
        let index = index::written(&self.sections())?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(index.as_bytes())?;
        self.file.into_inner().map_err(|failed| failed.into_error().into())
    }
}

//! Lines of a file, read and written some at a time, on all cores.

use super::{
    Refusal,
    octets::{Octets, Piece},
};
use ledger::cores;
use std::{
    io::{self, BufRead, Read, Write},
    iter, mem,
};

/// Octets that are read at a time, and the rest of a line.
const AT_A_TIME: u64 = 1 << 17;
/// Lines that are made at a time.
const BLOCK: usize = 256;

/// Shows what each core makes of a few lines, which come as one piece, in their order.
pub(super) fn each_block<T: Send, B: Octets + ?Sized>(
    file: &Piece<'_, B>,
    read: impl Fn(&[u8]) -> T + Sync,
    show: impl FnMut(T),
) -> io::Result<()> {
    let (mut blocks, mut failed) = (Blocks { file: file.clone(), begun: Vec::new() }, None);
    // A file that failed once fails for ever.
    let sound = iter::from_fn(|| blocks.next().unwrap_or_else(|error| failed.replace(error).and(None)));
    cores::in_order(sound, |block| read(&block), show);
    failed.map_or(Ok(()), Err)
}

/// The lines of a block, without their ends.
pub(super) fn of(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    iter::from_fn(move || {
        let whole = rest;
        let octets = rest.skip_until(b'\n').ok().filter(|octets| *octets > 0)?;
        let line = &whole[..octets];
        Some(line.strip_suffix(b"\n").unwrap_or(line))
    })
}

/// Whether the last line is ended, if there is one.
pub(super) fn are_ended<B: Octets + ?Sized>(file: &Piece<'_, B>) -> io::Result<bool> {
    Ok(file.octets() == 0 || file.part(file.octets() - 1, 1)? == b"\n")
}

/// Writes the line of each item that has one; they are made on all cores, a few at a time.
pub(super) fn write<T: Sync>(
    to: &mut impl Write,
    items: &[T],
    line: impl Fn(&T) -> Option<Vec<u8>> + Sync,
) -> Result<(), Refusal> {
    let lines = |items: &[T]| {
        let mut block = Vec::new();
        for line in items.iter().filter_map(&line) {
            block.extend(line);
            block.push(b'\n');
        }
        block
    };
    let mut written = Ok(());
    cores::in_order(items.chunks(BLOCK), lines, |block| {
        if written.is_ok() {
            written = to.write_all(&block);
        }
    });
    Ok(written?)
}

/// Whole lines, one block after the other; the last line of the file may not be ended.
struct Blocks<'b, B: ?Sized> {
    file: Piece<'b, B>,
    /// Of the next block: the beginning of its first line.
    begun: Vec<u8>,
}

impl<B: Octets + ?Sized> Blocks<'_, B> {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = mem::take(&mut self.begun);
        loop {
            let begun = block.len();
            // No more than there is.
            block.resize(begun + self.file.octets().min(AT_A_TIME) as usize, 0);
            if block.len() == begun {
                return Ok(Some(block).filter(|block| !block.is_empty()));
            }
            self.file.read_exact(&mut block[begun..])?;
            if let Some(end) = block[begun..].iter().rposition(|octet| *octet == b'\n') {
                self.begun = block.split_off(begun + end + 1);
                return Ok(Some(block));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_long_they_are() {
        let long = "x".repeat(AT_A_TIME as usize);
        for (text, lines) in [
            (String::new(), vec![]),
            ("\n".to_owned(), vec![""]),
            ("a\n\nb".to_owned(), vec!["a", "", "b"]),
            (format!("{long}\n{long}{long}\n{long}"), vec![&long[..], &format!("{long}{long}"), &long]),
            (format!("{}\nb\n", &long[1..]), vec![&long[1..], "b"]),
        ] {
            let octets = text.into_bytes();
            let (piece, mut found) = (Piece::new(&octets, 0..octets.len() as u64), Vec::new());
            let read = |block: &[u8]| of(block).map(<[u8]>::to_vec).collect::<Vec<_>>();
            each_block(&piece, read, |lines| found.extend(lines)).unwrap();
            assert!(found.iter().eq(lines.iter().map(|line| line.as_bytes())), "{} lines", lines.len());
            assert_eq!(are_ended(&piece).unwrap(), octets.last().is_none_or(|octet| *octet == b'\n'));
        }
    }
}

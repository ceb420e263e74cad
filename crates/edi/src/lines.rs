//! Where lines begin: counted once for a file, however many interchanges and findings it has.

/// Octets between two counts.
const BLOCK: usize = 4096;

/// What ends a line, and for each block of the file what holds at its first octet.
#[derive(Debug)]
pub(crate) struct Lines {
    end: u8,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    line: u32,
    /// Where this line begins.
    start: usize,
}

impl Lines {
    /// A line ends with a line feed; in a file without any, with a carriage return.
    pub fn of(bytes: &[u8]) -> Self {
        let end = if counted(bytes).contains(&b'\n') { b'\n' } else { b'\r' };
        let mut block = Block { line: 1, start: 0 };
        let before = |(at, octets)| {
            let next = block.behind(at * BLOCK, octets, end);
            std::mem::replace(&mut block, next)
        };
        let blocks = (0..).zip(bytes.chunks(BLOCK)).map(before).collect();
        Self { end, blocks }
    }

    /// The line of an octet of the same bytes, from 1.
    pub fn line(&self, bytes: &[u8], offset: u64) -> u32 {
        let (block, octets) = self.before(bytes, offset);
        block.line.saturating_add(count(octets, self.end))
    }

    /// Its column in its line, from 1.
    pub fn column(&self, bytes: &[u8], offset: u64) -> u32 {
        let (block, octets) = self.before(bytes, offset);
        let at = clamped(bytes, offset);
        let column = at - block.behind(at - octets.len(), octets, self.end).start;
        u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The block of an octet, and what stands in it before the octet.
    fn before<'b>(&self, bytes: &'b [u8], offset: u64) -> (Block, &'b [u8]) {
        let offset = clamped(bytes, offset);
        let at = (offset / BLOCK).min(self.blocks.len().saturating_sub(1));
        let block = self.blocks.get(at).copied().unwrap_or(Block { line: 1, start: 0 });
        (block, &bytes[at * BLOCK..offset])
    }
}

fn clamped(bytes: &[u8], offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len())
}

fn count(octets: &[u8], end: u8) -> u32 {
    u32::try_from(counted(octets).iter().filter(|&&octet| octet == end).count()).unwrap_or(u32::MAX)
}

impl Block {
    /// The same behind these octets, which stand at `at`.
    fn behind(self, at: usize, octets: &[u8], end: u8) -> Self {
        let line = self.line.saturating_add(count(octets, end));
        let last = if line > self.line { octets.iter().rposition(|&octet| octet == end) } else { None };
        Self { line, start: last.map_or(self.start, |last| at + last + 1) }
    }
}

/// The same octets; a test counts how many are looked at.
#[cfg(not(test))]
#[inline(always)]
fn counted(octets: &[u8]) -> &[u8] {
    octets
}

#[cfg(test)]
fn counted(octets: &[u8]) -> &[u8] {
    tests::LOOKED_AT.set(tests::LOOKED_AT.get() + octets.len());
    octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Rules, interchanges};
    use proptest::prelude::*;
    use std::cell::Cell;

    std::thread_local! {
        pub(super) static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
    }

    /// Octets looked at for the lines of so many interchanges, and how many findings these have.
    fn looked_at(count: usize, between: &str) -> (usize, usize) {
        let one = format!(
            "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260102*0304*U*00401*000000001*0*P*>~\
             IEA*1*000000001~{between}"
        );
        let file = one.repeat(count);
        LOOKED_AT.set(0);
        let (limits, rules) = (Limits::default(), Rules::default());
        let mut findings = 0;
        for (interchange, found, _) in interchanges(file.as_bytes(), &limits, &rules) {
            findings += found.len();
            found.iter().for_each(|finding| _ = interchange.column(finding.offset));
        }
        (LOOKED_AT.get(), findings)
    }

    /// Issue 14: each interchange counted the lines of the whole file, each column looked for line ends in all of it.
    #[test]
    fn issue_14_lines_are_counted_once_for_a_file() {
        for between in ["", "\n", "\r\n"] {
            let (once, findings) = looked_at(200, between);
            let (twice, twice_findings) = looked_at(400, between);
            assert_eq!((findings >= 200, twice_findings), (true, findings * 2));
            assert!(twice <= once * 5 / 2, "{once} octets, {twice} for twice the file");
        }
    }

    proptest! {
        #[test]
        fn places_are_those_of_a_plain_count(
            pieces in prop::collection::vec(("[\r\na]{0,3}", 0usize..3000), 0..8),
            at in any::<prop::sample::Index>(),
        ) {
            let text: String = pieces.iter().map(|(ends, length)| ends.clone() + &"b".repeat(*length)).collect();
            let offset = at.index(text.len() + 1);
            let end = if text.contains('\n') { '\n' } else { '\r' };
            let line = text[..offset].matches(end).count() + 1;
            let column = offset - text[..offset].rfind(end).map_or(0, |last| last + 1) + 1;
            let (lines, octets, offset) = (Lines::of(text.as_bytes()), text.as_bytes(), offset as u64);
            prop_assert_eq!((lines.line(octets, offset), lines.column(octets, offset)), (line as u32, column as u32));
        }
    }
}

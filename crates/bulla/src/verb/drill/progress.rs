//! A bar on a terminal, for work whose end is known.

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Cells of the bar.
const CELLS: u64 = 30;

/// Shows nothing unless standard error is a terminal.
pub struct Bar {
    whole: u64,
    done: AtomicU64,
    shown: bool,
}

impl Bar {
    /// Of so much work.
    pub fn of(whole: u64) -> Self {
        Self { whole: whole.max(1), done: AtomicU64::new(0), shown: io::stderr().is_terminal() }
    }

    /// So much more of it is done.
    pub fn add(&self, work: u64) {
        let before = self.done.fetch_add(work, Relaxed);
        let part = |done: u64| done.min(self.whole) * 1_000 / self.whole;
        if self.shown && part(before) != part(before + work) {
            tell(&line(before + work, self.whole));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.shown {
            tell("\r\x1b[K");
        }
    }
}

/// A terminal that is gone is no reason to stop.
fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn line(done: u64, whole: u64) -> String {
    let done = done.min(whole);
    let full = usize::try_from(done * CELLS / whole).unwrap_or_default();
    let empty = usize::try_from(CELLS).unwrap_or_default() - full;
    let next = if done == whole { ", assessing" } else { "" };
    format!("\r\x1b[K[{}{}] {}% of the parcels are told{next}", "#".repeat(full), ".".repeat(empty), done * 100 / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_at_its_end_and_never_fuller() {
        assert!(line(0, 10).contains(&format!("[{}] 0%", ".".repeat(30))));
        assert!(line(5, 10).contains("] 50% of"));
        assert_eq!(line(10, 10), line(11, 10));
        assert!(line(10, 10).contains(&format!("[{}] 100% of the parcels are told, assessing", "#".repeat(30))));
    }
}

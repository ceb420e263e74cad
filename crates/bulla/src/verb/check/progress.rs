//! What is being done, on a terminal, while a big file takes its time: one line, which goes away.

use std::{
    io::{self, IsTerminal, Write},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Nothing is shown of what takes no longer.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(250);
/// Back to the line's beginning, and what stood there erased.
const ERASE: &str = "\r\x1b[K";

/// Shows what is being done until it is dropped.
pub struct Progress {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Of work on so many octets, if they are known. Shows nothing unless standard error is a terminal.
    pub fn of(doing: &'static str, octets: Option<usize>) -> Self {
        let show = || {
            let (done, ended) = mpsc::channel();
            let thread = thread::Builder::new().name("progress".to_owned()).spawn(move || {
                let (since, mut wait, mut shown) = (Instant::now(), PATIENCE, false);
                while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    (wait, shown) = (TICK, true);
                    tell(&format!("{ERASE}{}", line(doing, octets, since.elapsed())));
                }
                if shown {
                    tell(ERASE);
                }
            });
            Some((done, thread.ok()?))
        };
        Self { thread: if io::stderr().is_terminal() { show() } else { None } }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.thread.take() {
            drop(done);
            // A thread that only writes leaves nothing behind.
            _ = thread.join();
        }
    }
}

/// A terminal that is gone is no reason to stop.
fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn line(doing: &str, octets: Option<usize>, since: Duration) -> String {
    let size = octets.map_or(String::new(), |octets| format!(" {} MB", octets.div_ceil(1_000_000)));
    format!("{doing}{size}, {} s so far", since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown() {
        assert_eq!(line("checking", Some(2_147_483_648), Duration::from_millis(3900)), "checking 2148 MB, 3 s so far");
        assert_eq!(line("reading", None, Duration::from_secs(61)), "reading, 61 s so far");
    }

    #[test]
    fn short_work_shows_nothing_and_waits_for_nothing() {
        drop(Progress::of("checking", Some(1)));
    }
}

//! What this process takes.

use std::time::Instant;

/// What it gives, and its seconds: by the clock, and of all cores, which other processes change less.
pub fn timed<T>(what: impl FnOnce() -> T) -> (T, String) {
    let (start, before) = (Instant::now(), processor());
    let result = what();
    (result, format!("{:.2} s (cores {:.2} s)", start.elapsed().as_secs_f64(), processor() - before))
}

/// Seconds of processor time of this process: `utime` and `stime` of proc(5), in hundredths.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// The most memory that this process ever had, with all that the bench made: `VmHWM` of proc(5), in KiB.
pub fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

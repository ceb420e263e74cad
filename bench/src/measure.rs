//! Processor time and memory of one reader.

use crate::{
    made::{Document, Plan},
    reader::Reader,
};
use rustix::time::{ClockId, clock_gettime};
use std::{fs, hint::black_box, process::Command, time::Duration};

/// What this thread has used of the processor: time in which others run is not counted.
pub fn processor_time() -> Duration {
    let at = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(at.tv_sec.try_into().unwrap_or(0), at.tv_nsec.try_into().unwrap_or(0))
}

/// A measurement is repeated until it has taken so long.
const MEASURED_AT_LEAST: Duration = Duration::from_millis(150);

/// MB (10^6 octets) per second of processor time, from reading once or, if that is short, several times.
///
/// # Errors
/// Why the reader cannot read it, or that it counted something else than there is.
pub fn rate(reader: &Reader, document: &Document) -> Result<f64, &'static str> {
    let mut used = Duration::ZERO;
    let mut octets = 0.0;
    while used < MEASURED_AT_LEAST {
        used += once(reader, document)?;
        octets += document.bytes.len() as f64;
    }
    Ok(octets / 1e6 / used.as_secs_f64())
}

/// Reads once, what the reader made is dropped within the time.
///
/// # Errors
/// As [`rate`].
pub fn once(reader: &Reader, document: &Document) -> Result<Duration, &'static str> {
    let before = processor_time();
    let counted = black_box((reader.read)(black_box(&document.bytes)));
    let used = processor_time().saturating_sub(before);
    if counted?.agrees(&document.counted) { Ok(used) } else { Err("counts something else than there is") }
}

/// Makes the caches forget what was read last, so that a small document comes from memory as a big one does.
pub fn forget(scratch: &mut [u8]) {
    for octet in scratch.iter_mut().step_by(64) {
        *octet = octet.wrapping_add(1);
    }
    black_box(scratch);
}

/// The middle one; of an even number the lower of the two.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// Memory of a process that read one document once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// The document.
    pub document_octets: u64,
    /// The most that was resident, document and program included.
    pub octets: u64,
    /// By how much reading raised it.
    pub beyond_octets: u64,
}

/// Runs a reader in a process of its own.
///
/// # Errors
/// What that process said.
pub fn peak(reader: &Reader, plan: &Plan) -> Result<Peak, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let parcels = plan.parcels.to_string();
    let mut child = Command::new(program);
    child.args(["once", "--reader", reader.name, "--kind", reader.kind.name(), "--parcels", &parcels]);
    if plan.newlines {
        child.arg("--newlines");
    }
    let output = child.output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [document_octets, octets, beyond_octets] => Ok(Peak { document_octets, octets, beyond_octets }),
        _ => Err("the child said something else".to_owned()),
    }
}

/// What [`peak`]'s process does.
///
/// # Errors
/// As [`rate`].
pub fn peak_here(reader: &Reader, plan: &Plan) -> Result<Peak, &'static str> {
    let document = plan.make();
    // The highest mark goes back to what is resident now. Where that is not allowed, making the document, which is
    // written once into memory set aside, has not raised it above that either.
    _ = fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:").ok_or("no /proc")?;
    once(reader, &document)?;
    let octets = status("VmHWM:").ok_or("no /proc")?;
    Ok(Peak { document_octets: document.bytes.len() as u64, octets, beyond_octets: octets.saturating_sub(before) })
}

/// A line of /proc/self/status, in octets. `ru_maxrss` would not do: a child begins with its parent's.
fn status(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix(key))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::{Counted, Kind};
    use crate::reader::Work;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn who_does_not_read_is_not_measured() {
        let reader = |read| Reader { name: "lazy", does: "", kind: Kind::X856, work: Work::Tokens, read };
        let document = Plan::new(Kind::X856, 3).make();
        let counts_one = |_: &[u8]| Ok(Counted::parcels(1));
        assert_eq!(rate(&reader(counts_one), &document), Err("counts something else than there is"));
        assert_eq!(rate(&reader(|_: &[u8]| Err("refused")), &document), Err("refused"));
    }

    #[test]
    fn time_passes() {
        let before = processor_time();
        let sum = (0..2_000_000u64).fold(0, |a, b| black_box(a ^ b));
        black_box(sum);
        assert!(processor_time() > before);
    }
}

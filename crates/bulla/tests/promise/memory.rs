//! What running processes still hold in their memory of what went through them.

use crate::{
    house::House,
    scan::{Hit, Index},
};
use rustix::process::Pid;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::fs::FileExt,
    process::Command,
    time::{Duration, Instant},
};

/// The roles through which, or through whose hands, what is readable could go.
const HANDLING: [&str; 3] = ["gateway", "warden", "witness"];
/// How long it may take until all is freed that will be: a task ends, a connection closes.
pub const IDLE: Duration = Duration::from_secs(20);

/// Whether this user may trace a process that is not dumpable, as root may.
pub fn may_search(pid: Pid) -> bool {
    File::open(format!("/proc/{}/mem", pid.as_raw_nonzero())).is_ok()
}

/// All mappings of a process that can be written: heap, stacks, static data.
pub fn search(house: &House, role: &str, index: &Index) -> BTreeSet<Hit> {
    let process = format!("/proc/{}", house.pid(role).as_raw_nonzero());
    let memory = File::open(format!("{process}/mem")).expect("the memory of a process that runs");
    let mut hits = BTreeSet::new();
    for line in fs::read_to_string(format!("{process}/maps")).expect("its mappings").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (range, name) = (words[0], words.get(5).unwrap_or(&"anonymous"));
        if !words[1].starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').expect("a range");
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).expect("hexadecimal"));
        let mut octets = vec![0; usize::try_from(end - start).expect("it fits in memory")];
        // A mapping may be gone by now.
        if memory.read_exact_at(&mut octets, start).is_ok() {
            index.plain(&format!("{role}'s {name} {range}"), &octets, &mut hits);
        }
    }
    hits
}

/// A core dump of a process, which root can have of any: its memory and the registers of its threads.
pub fn dump(house: &House, role: &str, index: &Index) -> BTreeSet<Hit> {
    let pid = house.pid(role).as_raw_nonzero().to_string();
    let core = house.given("core", b"");
    let ran = Command::new("gcore").arg("-o").arg(&core).arg(&pid).output().expect("gcore, of gdb");
    let path = core.with_extension(&pid);
    let octets = fs::read(&path).unwrap_or_else(|_| panic!("no dump: {}", String::from_utf8_lossy(&ran.stderr)));
    fs::remove_file(path).expect("its own file");
    assert!(octets.starts_with(b"\x7fELF") && octets.len() > 1 << 20, "{} octets of a dump", octets.len());
    let mut hits = BTreeSet::new();
    index.plain(&format!("{role}'s core dump"), &octets, &mut hits);
    hits
}

/// Searches the processes until they hold nothing, or are idle for so long.
pub fn search_idle(house: &House, index: &Index, idle: Duration) -> BTreeSet<Hit> {
    let end = Instant::now() + idle;
    loop {
        let hits: BTreeSet<Hit> = HANDLING.iter().flat_map(|role| search(house, role, index)).collect();
        if hits.is_empty() || Instant::now() > end {
            return hits;
        }
    }
}

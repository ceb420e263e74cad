//! A role as a process: this program again, with the role's name.

use serde::Serialize;
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

/// It ends with its value.
pub struct Process(Child);

impl Process {
    pub fn start(role: &str, dir: &Path, config: &impl Serialize) -> Self {
        let path = dir.with_extension("toml");
        fs::write(&path, toml::to_string(config).unwrap()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        Self(command.arg(role).arg(path).stdin(Stdio::null()).spawn().unwrap())
    }

    /// Seconds of processor time until now: `utime` and `stime` of proc(5), in hundredths.
    pub fn processor(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
    }

    /// The most memory that it ever had: `VmHWM` of proc(5), in KiB.
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

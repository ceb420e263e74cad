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
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

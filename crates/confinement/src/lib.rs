//! What a role may still do once it knows what it needs: its own files, its ports, and the system calls of a server. The
//! kernel holds it to that (landlock, seccomp), whatever code then runs in the process.
//!
//! A binary calls [`confine`] in its first thread, after it has read its configuration and before it starts another
//! thread: a thread has the limits of the one that started it. Nothing takes them back. It is done as far as the kernel
//! can, and said in a line; a kernel that can do less keeps no role from running.
//!
//! In scope: files, TCP ports, signals and abstract sockets of other processes, system calls. Out of scope: UDP, which no
//! kernel that this was tested with confines, and what the role's user may do, which the units in `systemd/` say.

mod address;
mod calls;
mod reach;

use address::Address;
use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

/// What a role needs when it runs. All else is closed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// Below these it reads and writes.
    owned: BTreeSet<PathBuf>,
    /// These, and what is below, it reads.
    read: BTreeSet<PathBuf>,
    /// The port on which it listens; 0 is any that is free.
    listening: u16,
    /// The ports to which it connects; none: all.
    connecting: Option<BTreeSet<u16>>,
    /// Whether it looks up names of hosts: that takes files, sockets and libraries of the system's.
    naming: bool,
}

impl Needs {
    /// A role with a directory, that listens on a port and connects to nobody.
    pub fn new(dir: &Path, listening: u16) -> Self {
        let owned = BTreeSet::from([dir.to_owned()]);
        Self { owned, read: BTreeSet::new(), listening, connecting: Some(BTreeSet::new()), naming: false }
    }

    /// As before, and connects to where this URL leads. What is no URL leads nowhere, as whoever asks it will say.
    #[must_use]
    pub fn connecting_to(mut self, url: &str) -> Self {
        let Some(Address { port, named }) = Address::of(url) else { return self };
        self.naming |= named;
        self.connecting.iter_mut().for_each(|ports| ports.extend([port]));
        self
    }

    /// As before, and connects to whoever is named while it runs: to every port, and with names looked up.
    #[must_use]
    pub fn connecting_anywhere(self) -> Self {
        Self { connecting: None, naming: true, ..self }
    }

    /// As before, and reads this file, or what is below this folder.
    #[must_use]
    pub fn reading(mut self, path: &Path) -> Self {
        self.read.insert(path.to_owned());
        self
    }

    /// As before, and reads this file again and again, whatever takes its place: all that lies in its folder, and in the
    /// folder where it is if its name is only a link.
    #[must_use]
    pub fn reading_again(mut self, file: &Path) -> Self {
        let places = [Some(file.to_owned()), file.canonicalize().ok()];
        for folder in places.iter().flatten().filter_map(|place| place.parent()) {
            let here = folder.as_os_str().is_empty();
            self.read.insert(if here { PathBuf::from(".") } else { folder.to_owned() });
        }
        self
    }
}

/// What the kernel now holds this process to. Shown as a line for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// No file is opened but those that are needed.
    pub files: bool,
    /// No TCP port is bound or connected to but those that are needed.
    pub ports: bool,
    /// No signal goes to another process, and no connection to another's abstract socket.
    pub processes: bool,
    /// No system call is made but those of a server: no program is started, no other process looked into, nothing mounted.
    pub calls: bool,
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.files, "files", "Linux 5.19 with landlock"),
            (self.ports, "ports", "Linux 6.7 with landlock"),
            (self.processes, "signals", "Linux 6.12 with landlock"),
            (self.calls, "system calls", "seccomp, on x86_64 or aarch64"),
        ];
        let held: Vec<&str> = all.iter().filter(|(holds, ..)| *holds).map(|(_, what, _)| *what).collect();
        f.write_str("confined: ")?;
        f.write_str(&if held.is_empty() { "nothing".to_owned() } else { held.join(", ") })?;
        for (_, what, needed) in all.iter().filter(|(holds, ..)| !holds) {
            write!(f, "; not {what}, which takes {needed}")?;
        }
        Ok(())
    }
}

/// Confines the thread that calls this, and all that it starts from here on. What the kernel cannot do is left, and told.
pub fn confine(needs: &Needs) -> Confinement {
    // The filter last: it permits neither of landlock's calls.
    let reach = reach::restrict(needs);
    let calls = calls::restrict(needs.naming).is_some();
    let since = |abi| reach.is_some_and(|has| has >= abi);
    Confinement { files: since(reach::FILES), ports: since(reach::PORTS), processes: since(reach::PROCESSES), calls }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_cannot_do_is_told_with_what_it_takes() {
        let told = |files, ports, processes, calls| Confinement { files, ports, processes, calls }.to_string();
        assert_eq!(told(true, true, true, true), "confined: files, ports, signals, system calls");
        assert_eq!(
            told(true, false, false, true),
            "confined: files, system calls; not ports, which takes Linux 6.7 with landlock; not signals, which takes Linux 6.12 with landlock"
        );
        assert!(told(false, false, false, false).starts_with("confined: nothing; not files"));
    }

    #[test]
    fn a_file_that_is_read_again_may_be_replaced_beside_it_and_behind_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().canonicalize().unwrap();
        let [live, archive] = ["live", "archive"].map(|name| place.join(name));
        [&live, &archive].iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        std::fs::write(archive.join("1.pem"), "").unwrap();
        std::os::unix::fs::symlink(archive.join("1.pem"), live.join("cert.pem")).unwrap();
        let needs = Needs::new(Path::new("/d"), 1).reading_again(&live.join("cert.pem"));
        assert_eq!(needs.read, BTreeSet::from([live, archive]));
        let needs = Needs::new(Path::new("/d"), 1).reading_again(Path::new("not-there.pem"));
        assert_eq!(needs.read, BTreeSet::from([PathBuf::from(".")]));
    }
}

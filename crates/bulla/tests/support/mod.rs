//! The real binary as real processes: a demo installation in a directory of its own, verbs, raw HTTP, and faults.
//!
//! Nothing here sleeps for a fixed time: what is waited for has a deadline, generous because machines are slow.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod agent;
pub mod answer;
#[path = "../../../passkey/tests/authenticator/mod.rs"]
pub mod authenticator;
pub mod console;
pub mod document;
pub mod elsewhere;
pub mod http;
pub mod partner;
pub mod passkeys;
pub mod tls;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

const BULLA: &str = env!("CARGO_BIN_EXE_bulla");
/// How long anything may take that is waited for.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How long the first start and a verb may take on a busy machine.
pub const LONG: Duration = Duration::from_secs(120);
const ROLES: [&str; 4] = ["gateway", "warden", "witness", "carrier"];

/// A folder that goes when its test succeeds, and stays to be looked at when it fails.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bulla-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the processes left is in {}", self.0.display());
        } else {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// How a verb ended.
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("this output is text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|e| panic!("not JSON: {e}\n{}\n{}", self.text(), self.stderr))
    }

    /// The verb must end so.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", String::from_utf8_lossy(&self.stdout), self.stderr);
        self
    }
}

/// Runs the binary to its end, or kills it at the deadline.
pub fn bulla(arguments: &[&str], logs: &Path) -> Ran {
    bulla_reading(arguments, "", logs, logs)
}

/// As [`bulla`], with something to read; its standard output is kept in a folder of its own.
pub fn bulla_reading(arguments: &[&str], input: &str, shown: &Path, logs: &Path) -> Ran {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("verb-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let (out, err) = (shown.join(format!("{name}.out")), logs.join(format!("{name}.err")));
    let mut child = command(arguments, &out, &err).stdin(Stdio::piped()).spawn().unwrap();
    // Who refuses before it reads is gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let deadline = Instant::now() + LONG;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("bulla {arguments:?} did not end\n{}", fs::read_to_string(&err).unwrap_or_default());
        }
        sleep(Duration::from_millis(5));
    };
    let stderr = String::from_utf8_lossy(&fs::read(&err).unwrap()).into_owned();
    Ran { code: status.code().unwrap_or(-1), stdout: fs::read(&out).unwrap(), stderr }
}

/// The binary with all that it may write beside its messages: home, temporary files, what a crash leaves.
fn command(arguments: &[&str], out: &Path, err: &Path) -> Command {
    let home = err.parent().unwrap().join("home");
    fs::create_dir_all(home.join("tmp")).unwrap();
    let mut command = Command::new(BULLA);
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    command.env("HOME", &home).env("TMPDIR", home.join("tmp")).current_dir(&home);
    command.env_remove("RUST_LOG").env("RUST_BACKTRACE", "full");
    command.stdout(File::create(out).unwrap()).stderr(File::options().create(true).append(true).open(err).unwrap());
    command
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_within(DEADLINE, what, ask)
}

/// As [`wait_for`], for as long as this may take.
#[track_caller]
pub fn wait_within<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {} seconds for: {what}", limit.as_secs());
        sleep(Duration::from_millis(25));
    }
}

/// A sample of the repository.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// `bulla serve --demo` and everything that it started.
pub struct Server {
    folder: Folder,
    serve: Option<Child>,
    again: Vec<Child>,
}

impl Server {
    /// A new installation, ready.
    pub fn start() -> Self {
        let mut server = Self { folder: Folder::new(), serve: None, again: Vec::new() };
        server.serve();
        server
    }

    /// Starts `serve` on this directory, and waits until it is ready.
    pub fn serve(&mut self) {
        self.serve_until_said();
        self.wait_until_ready();
    }

    /// As [`Server::serve`], but its own word that it is ready is enough: for a gateway that speaks TLS.
    pub fn serve_until_said(&mut self) {
        let data = self.data();
        let (out, err) = (self.folder.path().join("serve.out"), self.folder.path().join("serve.err"));
        let arguments = ["serve", "--demo", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let mut child = command(&arguments, &out, &err).spawn().unwrap();
        let deadline = Instant::now() + LONG;
        while !fs::read_to_string(&out).unwrap_or_default().lines().any(|line| line.starts_with("ready http")) {
            let ended = child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                let _ = kill_process_group(pid_of(&child), Signal::KILL);
                let _ = child.wait();
                panic!("serve is not ready ({ended:?}): {}", fs::read_to_string(&err).unwrap_or_default());
            }
            sleep(Duration::from_millis(20));
        }
        self.serve = Some(child);
    }

    /// The whole installation, signal to `serve` only; its roles end with it.
    pub fn stop(&mut self, signal: Signal) {
        if let Some(mut child) = self.serve.take() {
            kill_process(pid_of(&child), signal).unwrap();
            child.wait().unwrap();
        }
        ROLES.iter().for_each(|role| self.kill(role, Signal::TERM));
        self.again.drain(..).for_each(|mut child| drop(child.wait()));
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn dir(&self, role: &str) -> PathBuf {
        self.data().join(role)
    }

    /// A place beside the data.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All that the processes wrote for people.
    pub fn output(&self) -> String {
        let read = |name| String::from_utf8_lossy(&fs::read(self.beside(name)).unwrap_or_default()).into_owned();
        read("serve.out") + &read("serve.err") + &read("roles.out") + &read("roles.err")
    }

    /// A verb on this installation.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let data = self.data();
        let all: Vec<&str> = arguments.iter().copied().chain(["--data", data.to_str().unwrap()]).collect();
        bulla(&all, self.folder.path())
    }

    /// The `127.0.0.1:PORT` of a gateway that speaks plain HTTP.
    pub fn address(&self) -> String {
        let text = fs::read_to_string(self.dir("gateway").join("address")).expect("the gateway has an address");
        text.trim().strip_prefix("http://").expect("plain HTTP").to_owned()
    }

    /// A bearer token of the demo.
    pub fn token(&self, who: &str) -> String {
        fs::read_to_string(self.dir("demo").join(format!("{who}.token"))).unwrap().trim().to_owned()
    }

    /// Posts a document as northshop.
    pub fn post(&self, body: &[u8]) -> http::Response {
        http::post(&self.address(), "/v1/interchanges", &self.token("northshop"), body).expect("the gateway answers")
    }

    /// A JSON answer for the operator.
    pub fn get(&self, path: &str) -> Value {
        let answer = http::get(&self.address(), path, &self.token("operator")).expect("the gateway answers");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap_or_else(|e| panic!("{path}: {e}: {}", answer.text()))
    }

    /// Until the gateway has its keys.
    pub fn wait_until_ready(&self) {
        wait_for("the gateway's keys", || http::get(&self.address(), "/readyz", "").ok().filter(|a| a.status == 200));
    }

    /// Until the ledger has everything.
    pub fn wait_until_anchored(&self) {
        wait_for("all entries in the ledger", || {
            let answer = http::get(&self.address(), "/metrics", "").ok()?;
            answer.text().lines().any(|line| line == "bulla_unanchored 0").then_some(())
        });
    }

    /// Until a heartbeat has dated the newest shred.
    pub fn wait_until_dated(&self) {
        wait_for("a heartbeat after the last shred", || {
            let entries = self.entries();
            let last = |kind: &str| entries.iter().rposition(|entry| entry["entry"]["type"] == kind);
            (last("heartbeat")? > last("shred")?).then_some(())
        });
    }

    /// Until the carrier has acknowledged everything, and the ledger knows.
    pub fn wait_until_delivered(&self) -> Vec<Value> {
        let deliveries = wait_for("all deliveries acknowledged", || {
            let list = self.get("/v1/deliveries").as_array().cloned().unwrap_or_default();
            list.iter().all(|d| d["state"] == "acknowledged").then_some(list)
        });
        self.wait_until_anchored();
        deliveries
    }

    /// The ledger's entries, as far as they are cosigned or not.
    pub fn entries(&self) -> Vec<Value> {
        let answer =
            http::get(&self.address(), "/v1/ledger/entries?from=0&to=100000", "").expect("the gateway answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A running role's process id; none if it does not run.
    pub fn pid(&self, role: &str) -> Option<Pid> {
        let text = fs::read_to_string(self.dir(role).join("pid")).ok()?;
        let number: i32 = text.trim().parse().ok()?;
        // The number may be another's by now; of a process that ended the command line is empty. Who is not root may not
        // see more of a process that is not dumpable.
        let own = |line: Vec<u8>| String::from_utf8_lossy(&line).contains(&*self.dir(role).to_string_lossy());
        Pid::from_raw(number).filter(|_| fs::read(format!("/proc/{number}/cmdline")).is_ok_and(own))
    }

    /// Ends a role, and waits until it has ended.
    pub fn kill(&self, role: &str, signal: Signal) {
        if let Some(pid) = self.pid(role) {
            let _ = kill_process(pid, signal);
            wait_for(&format!("the end of {role}"), || has_ended(pid).then_some(()));
        }
    }

    /// Starts a role by hand, as the message of `serve` says.
    pub fn start_role(&mut self, role: &str) {
        let started = self.try_role(role, &[]);
        assert!(started, "{role} ended: {}", fs::read_to_string(self.beside("roles.err")).unwrap_or_default());
    }

    /// As [`Server::start_role`], in this environment; false where it ended before it had an address.
    pub fn try_role(&mut self, role: &str, environment: &[(&str, &str)]) -> bool {
        self.reap();
        let address = self.dir(role).join("address");
        let _ = fs::remove_file(&address);
        let config = self.dir(role).join(format!("{role}.toml"));
        let (out, err) = (self.beside("roles.out"), self.beside("roles.err"));
        let mut command = command(&[role, "--config", config.to_str().unwrap()], &out, &err);
        self.again.push(command.envs(environment.iter().copied()).spawn().unwrap());
        wait_for(&format!("the start of {role}"), || {
            let ended = self.again.last_mut().and_then(|child| child.try_wait().unwrap());
            ended.map(|_| false).or_else(|| address.exists().then_some(true))
        })
    }

    /// `kill -9`, and a new start.
    pub fn restart(&mut self, role: &str) {
        self.kill(role, Signal::KILL);
        self.start_role(role);
        if role == "gateway" {
            self.wait_until_ready();
        }
    }

    /// The carrier's inbox: delivery ids.
    pub fn inbox(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.dir("carrier").join("inbox")) else { return Vec::new() };
        let names = files.flatten().map(|file| file.file_name().into_string().unwrap());
        let mut ids: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".p7m")?.to_owned())).collect();
        ids.sort();
        ids
    }

    fn reap(&mut self) {
        self.again.retain_mut(|child| child.try_wait().is_ok_and(|status| status.is_none()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- output of the processes\n{}---", self.output());
        }
        let roles: Vec<Pid> = ROLES.iter().filter_map(|role| self.pid(role)).collect();
        for mut child in self.serve.take().into_iter().chain(self.again.drain(..)) {
            // Also what `serve` started: it stays in that group.
            let _ = kill_process_group(pid_of(&child), Signal::KILL);
            let _ = child.wait();
        }
        let deadline = Instant::now() + DEADLINE;
        let lives =
            |pid: &Pid| !fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default().is_empty();
        while roles.iter().any(lives) && Instant::now() < deadline {
            sleep(Duration::from_millis(5));
        }
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Whether a process has let go of its files, too: while it ends it has no executable any more and still holds its lock, and
/// its first thread may be gone before the others.
fn has_ended(pid: Pid) -> bool {
    let process = format!("/proc/{}", pid.as_raw_nonzero());
    let stat = fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().unwrap_or_default();
    let alone = || fs::read_dir(format!("{process}/task")).map_or(0, Iterator::count) <= 1;
    stat.is_empty() || (state.starts_with(['Z', 'X']) && alone())
}

/// A whole folder, as a thief or a backup takes it. Of one in use a file may go while it is copied: then once more.
pub fn copy(from: &Path, to: &Path) {
    wait_for("a copy", || {
        let _ = fs::remove_dir_all(to);
        let ran = Command::new("cp").arg("-a").arg(from).arg(to).stderr(Stdio::null()).status().unwrap();
        ran.success().then_some(())
    });
}

//! `bulla serve --demo` in a directory of its own, what is asked of it, and everything that it says.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const BULLA: &str = env!("CARGO_BIN_EXE_bulla");
const ROLES: [&str; 4] = ["gateway", "warden", "witness", "carrier"];

pub struct House {
    root: tempfile::TempDir,
    serve: Child,
    address: String,
    verbs: usize,
}

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl House {
    pub fn start() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        for folder in ["output", "tmp", "home", "given"] {
            fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        let output = |name: &str| File::create(root.path().join("output").join(name)).expect("a file");
        let serve = command(root.path())
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(root.path().join("data"))
            .stdout(output("serve.stdout"))
            .stderr(output("serve.stderr"))
            .spawn()
            .expect("bulla starts");
        let mut house = Self { root, serve, address: String::new(), verbs: 0 };
        let path = house.data().join("gateway/address");
        house.wait("the gateway's address", || fs::read_to_string(&path).is_ok());
        let address = fs::read_to_string(&path).expect("an address");
        house.address = address.trim().trim_start_matches("http://").to_owned();
        house.wait_for("keys from the warden", |house| house.get("/readyz").status == 200);
        house
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// What processes wrote and answered, and what verbs made.
    pub fn output(&self) -> PathBuf {
        self.root.path().join("output")
    }

    /// Documents for verbs: not looked into.
    pub fn given(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.root.path().join("given").join(name);
        fs::write(&path, octets).expect("a file");
        path
    }

    /// All that may be looked into: data, output, and where temporary files and the like would be.
    pub fn places(&self) -> [PathBuf; 4] {
        ["data", "output", "tmp", "home"].map(|name| self.root.path().join(name))
    }

    /// The demo's token of somebody.
    pub fn token(&self, of: &str) -> String {
        fs::read_to_string(self.data().join(format!("demo/{of}.token"))).expect("a token")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, b"")
    }

    /// The answer is kept with what processes write.
    pub fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("the gateway listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        let credential = token.map(|t| format!("authorization: Bearer {t}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{credential}content-type: application/edi-x12\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        // A gateway that refuses by the header does not wait for the body.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut octets = Vec::new();
        let _ = stream.read_to_end(&mut octets);
        self.keep("answers", &octets);
        let end = octets.windows(4).position(|w| w == b"\r\n\r\n").expect("an HTTP answer");
        let head = String::from_utf8_lossy(&octets[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("an HTTP status");
        Answer { status, head, body: octets[end + 4..].to_vec() }
    }

    /// A verb; its output is kept.
    pub fn bulla(&mut self, arguments: &[&str], input: &str) -> Output {
        let output = self.bulla_unkept(arguments, input);
        self.keep(&format!("verb-{:03}-{}.stdout", self.verbs, arguments[0]), &output.stdout);
        output
    }

    /// A verb that shows on purpose: what it writes to stdout is not kept, its messages are.
    pub fn bulla_unkept(&mut self, arguments: &[&str], input: &str) -> Output {
        self.verbs += 1;
        let mut child = command(self.root.path())
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bulla starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("bulla ends");
        self.keep(&format!("verb-{:03}-{}.stderr", self.verbs, arguments[0]), &output.stderr);
        output
    }

    fn keep(&self, name: &str, octets: &[u8]) {
        let file = File::options().create(true).append(true).open(self.output().join(name));
        file.and_then(|mut file| file.write_all(octets)).expect("the output is kept");
    }

    /// Until the carrier and the ledger have everything.
    pub fn settle(&mut self) {
        self.wait_for("delivery and anchoring", |house| {
            let metrics = String::from_utf8_lossy(&house.get("/metrics").body).into_owned();
            let list = house.ask("GET", "/v1/deliveries", Some(&house.token("operator")), b"");
            let deliveries = String::from_utf8_lossy(&list.body).into_owned();
            metrics.contains("bulla_unanchored 0\n")
                && !deliveries.contains("\"waiting\"")
                && !deliveries.contains("\"sent\"")
        });
    }

    /// Ends all processes as a service manager would.
    pub fn stop(&mut self) {
        let roles: Vec<String> =
            ROLES.iter().filter_map(|role| fs::read_to_string(self.data().join(role).join("pid")).ok()).collect();
        let pid = rustix::process::Pid::from_child(&self.serve);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("serve runs");
        self.serve.wait().expect("serve ends");
        self.wait("the roles' end", || roles.iter().all(|pid| !Path::new("/proc").join(pid.trim()).exists()));
    }

    fn wait_for(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !done(self) {
            let ended = self.serve.try_wait().expect("a child");
            assert!(ended.is_none() && Instant::now() < deadline, "{what} did not come: {}", self.said());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn wait(&mut self, what: &str, mut done: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done() {
            assert!(Instant::now() < deadline, "{what} did not come: {}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.output().join("serve.stderr")).unwrap_or_default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // Its roles end with it.
        let _ = self.serve.kill();
        let _ = self.serve.wait();
    }
}

/// Bulla with its temporary files and home where they are looked into.
fn command(root: &Path) -> Command {
    let mut command = Command::new(BULLA);
    command.env("TMPDIR", root.join("tmp")).env("HOME", root.join("home")).current_dir(root.join("home"));
    command.env_remove("RUST_LOG").env("RUST_BACKTRACE", "full");
    command
}

//! SeaweedFS, an S3-compatible store, for tests: one that all test processes of a run share, because it takes seconds to start,
//! or one of a test's own, to kill. `BULLA_SEAWEEDFS` names its program; `scripts/check` brings it.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// Its program; none: nothing of this is tested.
pub fn program() -> Option<PathBuf> {
    let named = std::env::var_os("BULLA_SEAWEEDFS").map(PathBuf::from);
    if named.is_none() {
        eprintln!("skipped: BULLA_SEAWEEDFS names no program `weed` of SeaweedFS");
    }
    named
}

/// A part of the shared store that nobody else has.
pub fn url(part: &str) -> String {
    static SHARED: OnceLock<(PathBuf, u16)> = OnceLock::new();
    let (folder, port) = SHARED.get_or_init(shared);
    bucket(folder, *port, &format!("{}-{part}", std::process::id()))
}

fn bucket(folder: &Path, port: u16, prefix: &str) -> String {
    format!("s3://bulla/{prefix}?endpoint=http://127.0.0.1:{port}&keys={}", folder.join("keys").display())
}

/// A server of this test's own. It ends with the process that holds the other end of its lifeline.
pub struct Server {
    dir: tempfile::TempDir,
    ports: Vec<u16>,
    process: Child,
}

/// Waits for the end of whoever started it.
const LIFELINE: &str = "read -r _; kill -KILL $server; wait";
/// Waits until no test has it any more. Whoever wants one holds `lock` meanwhile, and then `users` for as long as it lives.
const SHARED: &str = "exec 8>\"$1/lock\" 9>\"$1/users\"; while kill -0 $server 2>/dev/null; do sleep 2; if flock -n 8; then \
    if flock -n 9; then rm -f \"$1/port\"; kill -KILL $server; wait; rm -rf \"$2\"; exit; fi; flock -u 8; fi; done";

impl Server {
    /// Starts one.
    pub fn start() -> Self {
        let dir = tempfile::tempdir_in(base()).unwrap();
        let ports = free_ports();
        let process = run(dir.path(), &dir.path().join("data"), &ports, LIFELINE);
        is_up(dir.path(), ports[0]);
        Self { dir, ports, process }
    }

    /// Its bucket.
    pub fn url(&self) -> String {
        bucket(self.dir.path(), self.ports[0], "gateway")
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }

    /// Starts it again, with what it has.
    pub fn start_again(&mut self) {
        self.process = run(self.dir.path(), &self.dir.path().join("data"), &self.ports, LIFELINE);
        is_up(self.dir.path(), self.ports[0]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn shared() -> (PathBuf, u16) {
    let folder = base().join(format!("bulla-test-seaweed-{}", std::env::var("USER").unwrap_or_default()));
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let users = File::create(folder.join("users")).unwrap();
    users.lock_shared().unwrap();
    // For as long as this process lives.
    std::mem::forget(users);
    let known = fs::read_to_string(folder.join("port")).ok().and_then(|text| text.parse().ok());
    if let Some(port) = known.filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
        return (folder, port);
    }
    let ports = free_ports();
    drop(run(&folder, &folder.join(format!("data-{}", ports[0])), &ports, SHARED));
    is_up(&folder, ports[0]);
    fs::write(folder.join("port"), ports[0].to_string()).unwrap();
    (folder, ports[0])
}

/// In memory, where there is such a place.
fn base() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

fn free_ports() -> Vec<u16> {
    let held: Vec<_> = (0..8).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

/// Made up.
const KEYS: [&str; 2] = ["bulla", "made-up"];

fn run(folder: &Path, data: &Path, ports: &[u16], until: &str) -> Child {
    fs::create_dir_all(data).unwrap();
    fs::write(folder.join("keys"), KEYS.join("\n")).unwrap();
    let [id, secret] = KEYS;
    let identities = format!(
        r#"{{"identities":[{{"name":"bulla","credentials":[{{"accessKey":"{id}","secretKey":"{secret}"}}],"actions":["Admin"]}}]}}"#
    );
    fs::write(folder.join("s3.json"), identities).unwrap();
    let names = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"];
    let ports: String = names
        .iter()
        .chain(&["filer.port", "filer.port.grpc"])
        .zip(ports)
        .map(|(name, port)| format!(" -{name}={port}"))
        .collect();
    let script = format!(
        "\"$0\" server -dir=\"$2\" -ip=127.0.0.1 -ip.bind=127.0.0.1{ports} -s3 -s3.config=\"$1/s3.json\" -s3.port.iceberg=0 \
         -s3.port.lance=0 -s3.iam=false -volume.max=20 -master.volumeSizeLimitMB=64 -master.telemetry=false \
         >\"$2/log\" 2>&1 </dev/null & server=$!; {until}"
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).arg(program().unwrap()).arg(folder).arg(data).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
}

/// Until it takes objects, in the bucket that it makes for the first one.
fn is_up(folder: &Path, port: u16) {
    let (start, bucket) = (Instant::now(), vault::Bucket::of(bucket(folder, port, "begun")));
    while bucket.stores().is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "SeaweedFS does not start");
        thread::sleep(Duration::from_millis(100));
    }
}

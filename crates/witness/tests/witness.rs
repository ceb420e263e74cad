//! A witness in this process, and a made-up log that it follows.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

use axum::{Router, extract::Path as UrlPath, http::StatusCode, routing::get};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tlog::{Checkpoint, Signer, Tree, Verifier, leaf_hash, note};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use witness::{Config, Error};

const ORIGIN: &str = "log.example/test";
const SECONDS: u64 = 1_790_000_000;

fn leaves(size: u64) -> Vec<Vec<u8>> {
    (0..size).map(|n| format!("entry {n}").into_bytes()).collect()
}

fn tree(size: u64) -> Tree {
    leaves(size).iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn signer() -> Signer {
    Signer::new(ORIGIN, &[1; 32]).unwrap()
}

fn checkpoint(size: u64) -> String {
    note::sign(&Checkpoint::new(ORIGIN, size, tree(size).root()).unwrap().to_text(), &signer()).unwrap()
}

/// As C2SP tlog-witness has it.
fn add_checkpoint(old: u64, new: u64) -> String {
    let proof = tree(new).consistency(old, new).unwrap();
    tlog::AddCheckpoint { old_size: old, proof, checkpoint: checkpoint(new) }.to_text()
}

/// Serves the bundles of the log above, or of another one.
async fn log(honest: bool) -> String {
    let tile = async move |UrlPath(path): UrlPath<String>| {
        let path: tlog::Path = format!("tile/{path}").parse().unwrap();
        let tlog::Path::Entries { index, width } = path else { return (StatusCode::NOT_FOUND, Vec::new()) };
        let range = tlog::tile::entries(index, width);
        let mut entries = leaves(range.end).split_off(range.start as usize);
        if !honest {
            entries[0][0] ^= 1;
        }
        (StatusCode::OK, tlog::bundle::encode(&entries).unwrap())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/tile/{*path}", get(tile));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn config(dir: &Path, log: String) -> Config {
    let listen = "127.0.0.1:0".parse().unwrap();
    let log_key = signer().verifier().to_string();
    Config {
        dir: dir.to_owned(),
        listen,
        log,
        origin: ORIGIN.into(),
        log_key,
        earlier_log_keys: Vec::new(),
        limits: None,
    }
}

/// Runs until it is stopped, as a crash would.
struct Running {
    address: SocketAddr,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn start(config: Config) -> Self {
        let path = config.dir.join("address");
        let _ = std::fs::remove_file(&path);
        let task = tokio::spawn(witness::run_by(config, Arc::new(|| SECONDS)));
        let text = wait_for(async || std::fs::read_to_string(&path).ok()).await;
        let address = text.trim().strip_prefix("http://").unwrap().parse().unwrap();
        Self { address, task }
    }

    async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer.split_off(end + 4))
    }

    async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        self.ask("GET", path, "").await
    }
}

async fn wait_for<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come within ten seconds");
}

#[tokio::test]
async fn it_cosigns_what_continues_and_serves_a_copy_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let key: Verifier = witness::create(dir.path(), "witness.example/test").unwrap().parse().unwrap();
    let config = config(dir.path(), log(true).await);
    let running = Running::start(config.clone()).await;
    assert_eq!(running.get("/checkpoint").await.0, 404);

    let (status, line) = running.ask("POST", "/add-checkpoint", &add_checkpoint(0, 3)).await;
    assert_eq!(status, 200);
    let cosigned = format!("{}{}", checkpoint(3), String::from_utf8(line).unwrap().trim_end()) + "\n";
    let keys = [signer().verifier(), key];
    let opened = note::open(cosigned.as_bytes(), &keys).unwrap();
    assert_eq!(opened.by(&keys[1]).and_then(|signature| signature.time), Some(SECONDS));
    // Another first checkpoint would be a fork: it is told the size that it missed.
    assert_eq!(running.ask("POST", "/add-checkpoint", &add_checkpoint(0, 4)).await, (409, b"3\n".to_vec()));
    let whole = async || Some(running.get("/checkpoint").await.1).filter(|note| *note == cosigned.as_bytes());
    wait_for(whole).await;
    running.stop().await;

    let running = Running::start(config).await;
    assert_eq!(running.get("/checkpoint").await, (200, cosigned.clone().into_bytes()));
    assert_eq!(running.get("/tile/0/000.p/3").await, (200, tlog::tile::contents(&tree(3), 0, 0, 3).unwrap()));
    assert_eq!(running.get("/tile/entries/000.p/3").await, (200, tlog::bundle::encode(&leaves(3)).unwrap()));
    assert_eq!(running.get("/tile/entries/000.p/4").await.0, 404);
    assert_eq!(running.get("/healthz").await, (200, b"ok, 3 entries copied\n".to_vec()));
    assert_eq!(running.ask("POST", "/add-checkpoint", &add_checkpoint(3, 300)).await.0, 200);
    let served = async || Some(running.get("/tile/entries/001.p/44").await).filter(|(status, _)| *status == 200);
    assert_eq!(wait_for(served).await.1, tlog::bundle::encode(&leaves(300)[256..]).unwrap());
}

#[tokio::test]
async fn a_log_that_serves_other_entries_gets_no_more_cosignatures() {
    let dir = tempfile::tempdir().unwrap();
    witness::create(dir.path(), "witness.example/test").unwrap();
    let running = Running::start(config(dir.path(), log(false).await)).await;
    assert_eq!(running.ask("POST", "/add-checkpoint", &add_checkpoint(0, 3)).await.0, 200);
    let fault = wait_for(async || Some(running.get("/healthz").await).filter(|(status, _)| *status == 503)).await.1;
    assert_eq!(fault, b"the log's entries are not those of the checkpoint of size 3 that it signed\n");
    assert_eq!(running.ask("POST", "/add-checkpoint", &add_checkpoint(3, 4)).await, (503, fault));
    assert!(std::fs::read_to_string(dir.path().join("mirror/fault")).unwrap().starts_with(&checkpoint(3)));
}

#[tokio::test]
async fn what_it_must_not_forget_stops_its_start() {
    let dir = tempfile::tempdir().unwrap();
    witness::create(dir.path(), "witness.example/test").unwrap();
    assert!(matches!(witness::create(dir.path(), "witness.example/test"), Err(Error::Exists { .. })));
    let config = config(dir.path(), "http://127.0.0.1:1".into());
    let state = dir.path().join("state");
    for damage in [&b""[..], b"not a state"] {
        std::fs::write(&state, damage).unwrap();
        let error = witness::run(config.clone()).await.unwrap_err();
        assert!(matches!(&error, Error::State { path } if *path == state));
        assert!(error.hint().is_some());
    }
    std::fs::remove_file(&state).unwrap();
    assert!(matches!(witness::run(config.clone()).await, Err(Error::State { .. })));
    std::fs::create_dir(&state).unwrap(); // there, and cannot be read: not lost yet
    assert!(matches!(witness::run(config).await, Err(Error::Disk(durable::Error::Refused { .. }))));
}

#[tokio::test]
async fn a_directory_is_one_witnesss_of_this_version() {
    let dir = tempfile::tempdir().unwrap();
    witness::create(dir.path(), "witness.example/test").unwrap();
    let config = config(dir.path(), "http://127.0.0.1:1".into());
    let running = Running::start(config.clone()).await;
    let own = std::process::id();
    let second = witness::run(config.clone()).await.unwrap_err();
    assert!(matches!(second, Error::Disk(durable::Error::InUse { pid: Some(pid), .. }) if pid == own));
    assert_eq!(std::fs::read_to_string(dir.path().join("pid")).unwrap(), format!("{own}\n"));
    running.stop().await;
    std::fs::write(dir.path().join("version"), "2\n").unwrap();
    let newer = witness::run(config.clone()).await.unwrap_err();
    assert!(matches!(newer, Error::Disk(durable::Error::Version { .. })));
    let open = Config { listen: "0.0.0.0:0".parse().unwrap(), ..config };
    assert!(matches!(witness::run(open).await, Err(Error::NotLoopback { .. })));
}

/// The limits themselves are tested where they are made, in `door`.
#[tokio::test]
async fn who_is_silent_or_stops_within_a_body_does_not_stay() {
    let dir = tempfile::tempdir().unwrap();
    witness::create(dir.path(), "witness.example/test").unwrap();
    let short = Duration::from_millis(300);
    let limits = Some(door::Limits { header: short, silence: short, ..door::Limits::default() });
    let witness = Running::start(Config { limits, ..config(dir.path(), log(true).await) }).await;
    let say = async |text: &str| {
        let mut stream = TcpStream::connect(witness.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all));
        read.await.expect("the connection ends").unwrap();
        String::from_utf8(all).unwrap()
    };
    let start = std::time::Instant::now();
    assert_eq!(say("").await, "");
    assert_eq!(say("POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n").await, "");
    assert!(start.elapsed() >= 2 * short);
    let head = "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length:";
    let said = say(&format!("{head} 9\r\n\r\nold")).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    let said = say(&format!("{head} 99999999\r\n\r\nold")).await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert_eq!(witness.ask("POST", "/add-checkpoint", &add_checkpoint(0, 3)).await.0, 200, "others go on");
    witness.stop().await;
}

//! TLS as the system's `openssl` speaks it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use super::{
    tls::{Error, Files},
    *,
};
use axum::routing::get;
use rustix::process::{Signal, getpid, kill_process};
use std::{fs, net::SocketAddr, path::Path, process::Stdio, time::Instant};
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    signal::unix::{SignalKind, signal},
};

const DEADLINE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// A new self-signed certificate and its key, in `NAME.crt` and `NAME.key`.
fn write(dir: &Path, name: &str, subject: &str) {
    let made = rcgen::generate_simple_self_signed(vec![subject.to_owned()]).unwrap();
    fs::write(dir.join(format!("{name}.crt")), made.cert.pem()).unwrap();
    fs::write(dir.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
}

fn files(dir: &Path) -> Files {
    Files { certificate: dir.join("a.crt"), key: dir.join("a.key"), client_ca: None }
}

async fn start(files: Files, look: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(|Extension(edge): Extension<Edge>| async move { edge.tls.to_string() }));
    let server = Server::with_tls(router, || (), Limits::default(), Some(Tls::open_looking(files, look).unwrap()));
    tokio::spawn(async move { server.serve(listener, std::future::pending()).await });
    address
}

/// What `openssl s_client` prints after one request, of all it is told and answered.
async fn s_client(address: SocketAddr, arguments: &[&str]) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-ign_eof", "-connect", &address.to_string()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // It may be gone already.
    let _ = input.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let output = timeout(DEADLINE, child.wait_with_output()).await.expect("openssl ends").unwrap();
    drop(input);
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The certificate that is served, in its lines.
async fn shown(address: SocketAddr) -> String {
    let said = s_client(address, &["-showcerts"]).await;
    said.lines().filter(|line| line.starts_with("-----BEGIN") || line.len() == 64).collect()
}

fn answered(said: &str) -> bool {
    said.contains("HTTP/1.1 200 OK") && said.contains("\r\n\r\ntrue")
}

#[tokio::test]
async fn versions() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "first.example");
    let address = start(files(dir.path()), LOOK).await;
    for version in ["-tls1_2", "-tls1_3"] {
        let said = s_client(address, &[version]).await;
        assert!(answered(&said), "{version}: {said}");
    }
    for version in ["-tls1", "-tls1_1"] {
        // By itself this openssl would not even ask.
        let said = s_client(address, &[version, "-cipher", "DEFAULT@SECLEVEL=0"]).await;
        assert!(said.contains("Cipher is (NONE)") && said.contains("SSL alert number"), "{version}: {said}");
    }
}

#[tokio::test]
async fn a_new_certificate_is_served_and_a_broken_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "first.example");
    write(dir.path(), "b", "second.example");
    let address = start(files(dir.path()), LOOK).await;
    let shown = async || shown(address).await;
    let first = shown().await;
    // The new certificate with the old key.
    fs::rename(dir.path().join("b.crt"), dir.path().join("a.crt")).unwrap();
    tokio::time::sleep(4 * LOOK).await;
    assert_eq!(shown().await, first, "half of it is not used");
    fs::rename(dir.path().join("b.key"), dir.path().join("a.key")).unwrap();
    let end = Instant::now() + DEADLINE;
    while shown().await == first {
        assert!(Instant::now() < end, "the new certificate is never served");
    }
    let second = shown().await;
    fs::write(dir.path().join("a.crt"), "no certificate").unwrap();
    tokio::time::sleep(4 * LOOK).await;
    assert_eq!(shown().await, second);
}

#[tokio::test]
async fn a_hangup_signal_has_the_files_read_again() {
    // Where nobody listens for it yet, it would end this process.
    let _listening = signal(SignalKind::hangup()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "first.example");
    write(dir.path(), "b", "second.example");
    // By itself it would look again in an hour.
    let address = start(files(dir.path()), Duration::from_secs(3600)).await;
    let first = shown(address).await;
    assert!(first.starts_with("-----BEGIN"), "{first}");
    for kind in ["crt", "key"] {
        fs::rename(dir.path().join(format!("b.{kind}")), dir.path().join(format!("a.{kind}"))).unwrap();
    }
    tokio::time::sleep(4 * LOOK).await;
    assert_eq!(shown(address).await, first, "nobody has said so yet");
    kill_process(getpid(), Signal::HUP).unwrap();
    let end = Instant::now() + DEADLINE;
    while shown(address).await == first {
        assert!(Instant::now() < end, "the new certificate is never served");
    }
}

#[tokio::test]
async fn clients_without_a_certificate_are_not_let_in_where_one_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "first.example");
    write(dir.path(), "other", "other.example");
    let make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -days 9 \
        -keyout ca.key -out ca.crt && openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=c \
        -keyout c.key -out c.csr && printf 'extendedKeyUsage=clientAuth\nsubjectAltName=DNS:c.example\n' >c.ext && \
        openssl x509 -req -in c.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 9 -extfile c.ext -out c.crt";
    let made = Command::new("sh").args(["-c", make]).current_dir(dir.path()).output().await.unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let address = start(Files { client_ca: Some(dir.path().join("ca.crt")), ..files(dir.path()) }, LOOK).await;
    let path = |name: &str| dir.path().join(name).display().to_string();
    assert!(!answered(&s_client(address, &[]).await));
    assert!(!answered(&s_client(address, &["-cert", &path("other.crt"), "-key", &path("other.key")]).await));
    let said = s_client(address, &["-cert", &path("c.crt"), "-key", &path("c.key")]).await;
    assert!(answered(&said), "{said}");
}

#[test]
fn files_that_are_none_are_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "first.example");
    write(dir.path(), "b", "second.example");
    let open = |certificate: &str, key: &str| {
        let (certificate, key) = (dir.path().join(certificate), dir.path().join(key));
        Tls::open(Files { certificate, key, client_ca: None }).err()
    };
    assert!(open("a.crt", "a.key").is_none());
    assert!(matches!(open("none.crt", "a.key"), Some(Error::File { path, .. }) if path.ends_with("none.crt")));
    assert!(matches!(open("a.key", "a.key"), Some(Error::Pem { what: "certificate", .. })));
    assert!(matches!(open("a.crt", "a.crt"), Some(Error::Pem { what: "private key", .. })));
    assert!(matches!(open("a.crt", "b.key"), Some(Error::Unusable(_))));
}

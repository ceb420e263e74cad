//! What a gateway's configuration makes of its edge: where it listens, by what, and with which limits. The limits
//! themselves are tested beside the server, with shorter times than an operator can set.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::{
    fs::{Mode, OFlags},
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
};
use support::{Server, bulla, document::notice, http, wait_for};

/// Changes `gateway.toml`; gives what was there.
fn configure(server: &Server, change: impl FnOnce(&mut toml::Table)) -> String {
    let path = server.dir("gateway").join("gateway.toml");
    let before = fs::read_to_string(&path).unwrap();
    let mut table: toml::Table = before.parse().unwrap();
    change(&mut table);
    fs::write(&path, table.to_string()).unwrap();
    before
}

fn restore(server: &Server, text: &str) {
    fs::write(server.dir("gateway").join("gateway.toml"), text).unwrap();
}

/// The gateway must refuse this configuration; what it said.
#[track_caller]
fn refused(server: &Server, change: impl FnOnce(&mut toml::Table)) -> String {
    let before = configure(server, change);
    let path = server.dir("gateway").join("gateway.toml");
    let ran = bulla(&["gateway", "--config", path.to_str().unwrap()], server.beside(".").as_path()).expect(2);
    restore(server, &before);
    ran.stderr
}

fn table(text: &str) -> toml::Value {
    toml::Value::Table(text.parse().unwrap())
}

/// A new self-signed certificate and key, and the table that names them.
fn certificate(dir: &Path) -> toml::Value {
    let made = rcgen::generate_simple_self_signed(vec!["gateway.example".to_owned()]).unwrap();
    let (certificate, key) = (dir.join("tls.crt"), dir.join("tls.key"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    table(&format!("certificate = {certificate:?}\nkey = {key:?}"))
}

/// One request by TLS; all of the answer.
fn by_tls(address: &str, request: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-quiet", "-ign_eof", "-tls1_2", "-connect", address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(request).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_is_not_safe_does_not_start() {
    let server = Server::start();
    server.kill("gateway", Signal::TERM);
    let said = refused(&server, |config| {
        config.insert("listen".into(), "0.0.0.0:0".into());
    });
    assert!(
        said.contains("0.0.0.0:0 is not a loopback address") && said.contains("hint: give a [tls] table"),
        "{said}"
    );
    let said = refused(&server, |config| {
        config.insert("tls".into(), table("certificate = \"/none.pem\"\nkey = \"/none.pem\""));
    });
    assert!(said.contains("cannot read /none.pem"), "{said}");
    let said = refused(&server, |config| {
        config.insert("limits".into(), table("octets_in_flight_max = 209715199"));
    });
    assert!(said.contains("less than twice body_octets_max"), "{said}");
    for wrong in ["header_seconds = 0", "silence_seconds = 1.5", "connection_max = 5"] {
        let said = refused(&server, |config| {
            config.insert("limits".into(), table(wrong));
        });
        assert!(said.contains("not a valid configuration"), "{wrong}: {said}");
    }
}

#[test]
fn by_tls_documents_come_and_the_ledger_says_so() {
    let mut server = Server::start();
    server.kill("gateway", Signal::TERM);
    let tls = certificate(&server.dir("gateway"));
    let before = configure(&server, |config| {
        config.insert("tls".into(), tls);
        // All addresses: with a certificate it may.
        config.insert("listen".into(), "0.0.0.0:0".into());
        config.insert("limits".into(), table("connections_max = 20\nheader_seconds = 5"));
    });
    server.start_role("gateway");
    let address = fs::read_to_string(server.dir("gateway").join("address")).unwrap();
    let address = address.trim().strip_prefix("https://0.0.0.0:").unwrap_or_else(|| panic!("{address}"));
    let address = format!("127.0.0.1:{address}");
    wait_for("the gateway's keys", || {
        let said = by_tls(&address, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        said.starts_with("HTTP/1.1 200").then_some(())
    });
    let body = notice(61, "TLS-1", 1).bytes();
    let head = format!(
        "POST /v1/interchanges HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\n\r\n",
        server.token("northshop"),
        body.len()
    );
    let said = by_tls(&address, &[head.as_bytes(), &body].concat());
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.contains("bulla-verdict: accepted"), "{said}");

    server.kill("gateway", Signal::TERM);
    restore(&server, &before);
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(&notice(62, "PLAIN-1", 1).bytes()).status, 200);
    server.wait_until_delivered();
    let told = |value: &str| server.entries().iter().filter(|entry| entry.to_string().contains(value)).count();
    assert_eq!((told("\"tls\":true"), told("\"tls\":false")), (1, 1));
}

#[test]
fn who_is_turned_away_is_in_the_metrics() {
    let mut server = Server::start();
    server.kill("gateway", Signal::TERM);
    configure(&server, |config| {
        config.insert("limits".into(), table("silence_seconds = 1"));
    });
    server.start_role("gateway");
    server.wait_until_ready();
    let count = || {
        let text = http::get(&server.address(), "/metrics", "").unwrap().text();
        let line = text.lines().find_map(|line| line.strip_prefix("bulla_turned_away_total{status=\"408\"} "));
        line.unwrap_or_else(|| panic!("{text}")).parse::<u32>().unwrap()
    };
    assert_eq!(count(), 0);
    let mut half = std::net::TcpStream::connect(server.address()).unwrap();
    let token = server.token("northshop");
    let head = format!(
        "POST /v1/interchanges HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 1000\r\n\r\nISA*"
    );
    half.write_all(head.as_bytes()).unwrap();
    let mut said = String::new();
    half.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert_eq!(count(), 1);
}

#[test]
fn serve_keeps_the_tables_of_the_process() {
    let mut server = Server::start();
    server.stop(Signal::TERM);
    configure(&server, |config| {
        config.insert("limits".into(), table("connections_max = 20"));
    });
    server.serve();
    let text = fs::read_to_string(server.dir("gateway").join("gateway.toml")).unwrap();
    assert!(text.contains("[limits]\nconnections_max = 20\n"), "{text}");
}

#[test]
fn a_reload_ends_no_gateway_that_has_nothing_to_read_again() {
    let server = Server::start();
    server.wait_until_ready();
    rustix::process::kill_process(server.pid("gateway").expect("it runs"), Signal::HUP).unwrap();
    assert_eq!(http::get(&server.address(), "/healthz", "").expect("it still answers").status, 200);
}

#[test]
fn a_terminal_that_closes_ends_what_was_begun_there_and_a_reload_does_not() {
    let server = Server::start();
    server.kill("gateway", Signal::TERM);
    let config = server.dir("gateway").join("gateway.toml");
    fs::remove_file(server.dir("gateway").join("address")).unwrap();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let inside = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_bulla"))
        .args(["gateway", "--config", config.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(inside))
        .spawn()
        .unwrap();
    wait_for("its address", || server.dir("gateway").join("address").exists().then_some(()));
    let hang_up = |pid| rustix::process::kill_process(pid, Signal::HUP).unwrap();
    let pid = rustix::process::Pid::from_child(&gateway);
    hang_up(pid);
    server.wait_until_ready();
    drop(terminal);
    // To whom would it say anything? To say it would be a panic.
    hang_up(pid);
    let ended = wait_for("its end", || gateway.try_wait().unwrap());
    assert!(ended.success(), "{ended}");
}

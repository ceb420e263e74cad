//! Under which names the console lets anybody in, by which cookies, and that nobody who stops reading a gateway's messages stops it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{
    fs,
    process::{Command, Stdio},
};
use support::{
    Server,
    console::{address, door, form},
    http, wait_for,
};

#[test]
fn a_demo_is_entered_by_its_own_name_and_port_only() {
    let server = Server::start();
    let (own, by_address) = (address(&server), server.address());
    let sent_on = http::get(&by_address, "/console/login", "").unwrap();
    let there = format!("http://{own}/console/login");
    assert_eq!((sent_on.status, sent_on.header("location")), (307, Some(&*there)));
    let (cookie, form) = door(&server);
    let enter = |host: &str| {
        // The name in the request is what counts, wherever it was sent.
        let fields = [("Cookie", &*cookie), ("Content-Type", "application/x-www-form-urlencoded")];
        http::post_named(&by_address, host, "/console/demo", &fields, format!("form={form}").as_bytes()).unwrap().status
    };
    for host in [&*by_address, "localhost:1", "localhost", "localhost.example", "[::1]:1"] {
        assert_eq!(enter(host), 403, "{host}");
    }
    // A page at another port of this machine can have a passkey of `localhost` asked: it gets no challenge to relay.
    let ask = |host: &str| {
        let fields = [("Cookie", &*cookie), ("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("form={form}");
        http::post_named(&by_address, host, "/console/passkey/ask", &fields, body.as_bytes()).unwrap().status
    };
    assert_eq!([ask("localhost:1"), ask(&by_address), ask(&own)], [403, 403, 200]);
    assert_eq!(enter(&own), 303);
}

#[test]
fn where_all_come_by_tls_only_cookies_count_that_this_host_has_set_by_tls() {
    let mut server = Server::start();
    server.kill("gateway", Signal::TERM);
    let path = server.dir("gateway").join("gateway.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("console = \"https://bulla.example\"\n{config}").replace("demo = true", "demo = false"))
        .unwrap();
    server.start_role("gateway");
    let at = server.address();
    let page = http::get(&at, "/console/login", "").unwrap();
    let door = page.cookie("__Host-bulla_door").unwrap().to_owned();
    let set = page.fields().find(|(_, value)| value.starts_with("__Host-")).unwrap().1;
    assert!(set.contains("; Path=/;") && set.contains("; Secure") && !set.contains("Domain"), "{set}");
    let body = format!("form={}&token={}", form(&page), server.token("operator"));
    let enter = |cookie: String| {
        let fields = [("Cookie", &*cookie), ("Content-Type", "application/x-www-form-urlencoded")];
        http::post_with(&at, "/console/login", &fields, body.as_bytes()).unwrap()
    };
    assert_eq!(enter(format!("bulla_door={door}")).status, 403, "a cookie that came by another way");
    let entered = enter(format!("__Host-bulla_door={door}"));
    let session = entered.cookie("__Host-bulla_session").unwrap_or_else(|| panic!("{}", entered.text()));
    let desk = |cookie: String| http::get_with(&at, "/console", &[("Cookie", &cookie)]).unwrap().status;
    assert_eq!(desk(format!("bulla_session={session}")), 303);
    assert_eq!(desk(format!("__Host-bulla_session={session}")), 200);
}

#[test]
fn a_gateway_whose_messages_nobody_reads_works_on() {
    let server = Server::start();
    server.kill("gateway", Signal::TERM);
    let dir = server.dir("gateway");
    fs::remove_file(dir.join("address")).ok();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_bulla"));
    gateway.args(["gateway", "--config"]).arg(dir.join("gateway.toml")).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = gateway.stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take()); // from here on each of its messages breaks a pipe
    wait_for("the gateway's address", || dir.join("address").exists().then_some(()));
    server.wait_until_ready();
    let wanted = br#"{"label":"x","partner":null,"scopes":["read"],"days":1}"#;
    let issued = http::post(&server.address(), "/v1/tokens", &server.token("operator"), wanted).unwrap();
    assert_eq!(issued.status, 200, "an act that leaves a line in the log: {}", issued.text());
    assert!(child.try_wait().unwrap().is_none(), "it runs");
    child.kill().unwrap();
    child.wait().unwrap();
}

//! After somebody was in: a new warden on another host goes on with the ledger, keys are revoked, and nothing opens until
//! two officers say so. Real processes, and only what a person would type.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{
    path::Path,
    process::{Command, Stdio},
};
use support::{Server, bulla, document::notice, http, wait_for};

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Opens a parcel's address for support; what it says on stderr.
fn open(server: &Server, tracking: &str, code: i32) -> String {
    let arguments =
        ["open", "--tracking", tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-1"];
    let ran = server.run(&arguments).expect(code);
    assert_eq!(ran.text().contains("FENWILLOW"), code == 0, "{}", ran.text());
    ran.stderr
}

/// The periods that the newest intake entry's batches are sealed to.
fn sealed_to(server: &Server) -> Vec<String> {
    let entries = server.entries();
    let last = entries.iter().rev().find(|entry| entry["entry"]["type"] == "intake").unwrap();
    let keys = last["entry"]["record"]["batches"][0]["keys"].as_array().unwrap();
    keys.iter().map(|key| key["period"].as_str().unwrap().to_owned()).collect()
}

/// The new warden's directory and configuration: its key as `init` prints it, another host.
fn init(server: &Server, old: &Path) -> String {
    let dir = server.dir("warden");
    let made = bulla(&["warden", "init", "--dir", &text(&dir), "--origin", "ledger.example/demo"], &server.beside("."));
    let config = std::fs::read_to_string(old.join("warden.toml")).unwrap();
    let (own, rest) = config.split_once("host = \"this host\"").unwrap();
    std::fs::write(dir.join("warden.toml"), format!("{own}host = \"second host\"{rest}")).unwrap();
    made.expect(0).text().trim().to_owned()
}

/// The witness is told by its operator whose checkpoints it cosigns from now on.
fn tell_the_witness(server: &mut Server, key: &str) {
    let path = server.dir("witness").join("witness.toml");
    let mut config: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let old = config.insert("log_key".into(), key.into()).unwrap();
    config.insert("earlier_log_keys".into(), toml::Value::Array(vec![old]));
    std::fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
    server.restart("witness");
}

/// By whoever has its directory: no witness cosigns for it any more.
fn the_old_one_is_started(server: &Server, old: &Path) {
    let mut config: toml::Table = toml::from_str(&std::fs::read_to_string(old.join("warden.toml")).unwrap()).unwrap();
    config.insert("dir".into(), text(old).into());
    config.insert("listen".into(), "127.0.0.1:0".into());
    let (file, address) = (server.beside("stolen.toml"), old.join("address"));
    std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    let _ = std::fs::remove_file(&address);
    let mut child = Command::new(env!("CARGO_BIN_EXE_bulla"));
    let mut child = child.args(["warden", "--config", &text(&file)]).stderr(Stdio::null()).spawn().unwrap();
    let address = wait_for("the old warden's start", || std::fs::read_to_string(&address).ok());
    let head = wait_for("the witness's refusal", || {
        let answer = http::get(address.trim().trim_start_matches("http://"), "/v1/head", "").ok()?;
        let head: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        head["witnesses"][0]["problem"].is_string().then_some(head)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(head["witnesses"][0]["problem"].as_str().unwrap().contains("403"), "{head}");
}

#[test]
fn the_warden_was_taken_and_another_goes_on() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "BEFORE-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let first = sealed_to(&server);
    let before = server.entries();
    server.kill("warden", Signal::KILL);
    let old = server.beside("old-warden");
    std::fs::rename(server.dir("warden"), &old).unwrap();
    let key = init(&server, &old);
    let (config, ledger) = (text(&server.dir("warden").join("warden.toml")), text(&old.join("ledger")));
    let (draft, logs) = (text(&server.beside("draft.json")), server.beside("."));
    let verb = |arguments: &[&str]| bulla(arguments, &logs);
    verb(&["warden", "draft", "--config", &config, "--ledger", &ledger, "--out", &draft]).expect(0);
    let renew = ["warden", "renew", "--config", &config, "--ledger", &ledger, "--keys", &text(&old), &draft];
    let unsigned = verb(&renew).expect(2);
    assert!(unsigned.stderr.contains("not signed by as many officers"), "{}", unsigned.stderr);
    let officer = text(&server.dir("demo").join("authority.key"));
    let signed = verb(&["authority", "sign", &draft, "--key", &officer]).expect(0).text();
    for said in ["A NEW WARDEN", "on host second host", &key, "signed after this checkpoint", "ledger.example/demo"] {
        assert!(signed.contains(said), "{signed}");
    }
    let renewed = verb(&renew).expect(0).text();
    assert!(renewed.contains(&format!("generation 2 signs the ledger from entry {} on", before.len())), "{renewed}");
    assert_eq!(verb(&renew).expect(0).text(), renewed, "interrupted, it is run again");
    // Before the witness is told, nothing opens: it goes on cosigning for nobody else.
    server.start_role("warden");
    assert!(open(&server, "9900000001000001", 1).contains("witness"));
    tell_the_witness(&mut server, &key);
    // The gateway was never told: it reads in the ledger who keeps it now, and has new keys for the same month.
    wait_for("a document sealed to the new generation", || {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(100);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let status = server.post(&notice(number, &format!("AFTER-{number}"), 1).bytes()).status;
        assert!([200, 503].contains(&status), "{status}");
        server.wait_until_anchored();
        sealed_to(&server).iter().all(|period| period.ends_with("/2")).then_some(())
    });
    let second: Vec<_> = sealed_to(&server).iter().map(|period| period.trim_end_matches("/2").to_owned()).collect();
    assert_eq!(second, first, "the same months and groups, other keys");
    open(&server, "9900000001000001", 0);
    the_old_one_is_started(&server, &old);
    // A gateway that starts anew knows the first key from its configuration, and the rest from the ledger.
    server.restart("gateway");
    open(&server, "9900000001000001", 0);
    let (out, pins) = (server.beside("case"), text(&server.dir("demo").join("pins.toml")));
    server.run(&["assess", "--kind", "warden", "--out", &text(&out), "--pins", &pins]).expect(0);
    let verified = server.run(&["verify", &text(&out.join("bundle.bulla")), "--pins", &pins]).expect(0);
    assert!(verified.text().contains("VERIFIED: "), "{}", verified.text());
    assert!(verified.text().contains(&key), "the new warden's key signs: {}", verified.text());
}

#[test]
fn nothing_opens_until_two_officers_say_so() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "LOCKED-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    open(&server, "9900000001000001", 0);
    let key = |name: &str| text(&server.dir("demo").join(name));
    let file = text(&server.beside("unlock.json"));
    server.run(&["authority", "unlock", "--out", &file]).expect(2);
    let locked = server.run(&["authority", "lock", "--key", &key("authority-2.key")]).expect(0).stderr;
    assert!(locked.contains("closed for openings: this is ledger entry "), "{locked}");
    assert!(open(&server, "9900000001000001", 1).contains("two officers open it again"));
    assert!(server.run(&["authority", "lock", "--key", &key("authority.key")]).expect(2).stderr.contains("already"));
    server.run(&["authority", "unlock", "--out", &file]).expect(0);
    let sign = |name: &str| bulla(&["authority", "sign", &file, "--key", &key(name)], &server.beside(".")).expect(0);
    sign("authority.key");
    let alone = server.run(&["authority", "submit", &file]).expect(1).stderr;
    assert!(alone.contains("too few officers"), "{alone}");
    sign("authority-2.key");
    server.run(&["authority", "submit", &file]).expect(0);
    open(&server, "9900000001000001", 0);
    // The agent's own key is stolen: one officer, or the agent, stops it.
    let entries = server.entries();
    let agent = entries.iter().find_map(|entry| entry["entry"]["record"]["principals"][0]["key"].as_str());
    let agent = agent.unwrap().to_owned();
    server.run(&["authority", "revoke", &agent, "--key", &key("support-7.key")]).expect(0);
    assert!(open(&server, "9900000001000001", 1).contains("revoked"));
}

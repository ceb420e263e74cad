//! After somebody was in: a new warden on another host goes on with the ledger, keys are revoked, and nothing opens until
//! two officers say so. Real processes, and only what a person would type.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
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
    let policy = server.run(&["ledger", "pins", "--policy"]).expect(0).text();
    let logs: Vec<_> = policy.lines().filter_map(|line| line.strip_prefix("log ")).collect();
    assert_eq!(logs, [key.as_str()], "other tools are told of the new generation");
    assert!(policy.contains("\nwitness witness.example/demo ") && policy.ends_with("\nquorum witnesses\n"), "{policy}");
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
    let policy = server.run(&["ledger", "pins", "--policy"]).expect(0).text();
    assert!(policy.contains("\nlog ledger.example/demo+") && policy.ends_with("\nquorum witnesses\n"), "{policy}");
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

/// A second witness's process, ended with the test.
struct Second(Child);

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Second {
    /// Makes its key, configures it as the first one but for its own place, and starts it: the key, and where it is.
    fn start(server: &Server) -> (Self, String, String) {
        let (dir, name) = (server.beside("second-witness"), "witness.example/second");
        let made = bulla(&["witness", "init", "--dir", &text(&dir), "--name", name], &server.beside("."));
        let first = std::fs::read_to_string(server.dir("witness").join("witness.toml")).unwrap();
        let mut config: toml::Table = toml::from_str(&first).unwrap();
        config.insert("dir".into(), text(&dir).into());
        config.insert("listen".into(), "127.0.0.1:0".into());
        let (file, address) = (server.beside("second.toml"), dir.join("address"));
        std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_bulla"));
        let child = child.args(["witness", "--config", &text(&file)]).stderr(Stdio::null()).spawn().unwrap();
        let running = Self(child);
        let address = wait_for("the second witness's start", || std::fs::read_to_string(&address).ok());
        (running, made.expect(0).text().trim().to_owned(), address.trim().to_owned())
    }
}

/// Officers put another witness in the first one's place: gateways hear of it, readers have to be told.
#[test]
fn another_witness_takes_over() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "BEFORE-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let (_second, key, url) = Second::start(&server);
    server.kill("warden", Signal::KILL);
    let path = server.dir("warden").join("warden.toml");
    let mut config: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let place = |text: &str| toml::Value::from(text);
    let own = [("name", "second"), ("url", &url), ("vkey", &key), ("organisation", "audit"), ("host", "another host")];
    let own: toml::Table = own.into_iter().map(|(name, value)| (name.to_owned(), place(value))).collect();
    config.insert("witnesses".into(), toml::Value::Array(vec![own.into()]));
    std::fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
    let (config, ledger) = (text(&path), text(&server.dir("warden").join("ledger")));
    let (draft, logs) = (text(&server.beside("draft.json")), server.beside("."));
    // Without officers the changed configuration is not taken.
    assert!(bulla(&["warden", "--config", &config], &logs).expect(2).stderr.contains("renew"));
    let verb = |arguments: &[&str]| bulla(arguments, &logs).expect(0).text();
    verb(&["warden", "draft", "--config", &config, "--ledger", &ledger, "--out", &draft]);
    let said = verb(&["authority", "sign", &draft, "--key", &text(&server.dir("demo").join("authority.key"))]);
    assert!(said.contains("1 of these witnesses must cosign") && said.contains(&key), "{said}");
    assert!(
        verb(&["warden", "renew", "--config", &config, "--ledger", &ledger, &draft]).contains("generation 1 signs")
    );
    server.start_role("warden");
    assert_eq!(server.post(&notice(2, "AFTER-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    // Who pins the first witness believes nothing that only the second one has seen.
    let old = text(&server.dir("demo").join("pins.toml"));
    let asked =
        ["open", "--tracking", "9900000002000001", "--class", "address", "--purpose", "support", "--ticket", "C-1"];
    assert!(server.run(&[&asked[..], &["--pins", &old]].concat()).expect(2).stderr.contains("cosigned"));
    let pins = server.beside("pins.toml");
    std::fs::write(&pins, server.run(&["ledger", "pins"]).expect(0).text()).unwrap();
    assert!(std::fs::read_to_string(&pins).unwrap().contains(&key));
    let opened = server.run(&[&asked[..], &["--pins", &text(&pins)]].concat()).expect(0).text();
    assert!(opened.contains("FENWILLOW"), "{opened}");
    let out = server.beside("case");
    server.run(&["assess", "--kind", "storage", "--out", &text(&out), "--pins", &text(&pins)]).expect(0);
    let bundle = text(&out.join("bundle.bulla"));
    server.run(&["verify", &bundle, "--pins", &text(&pins)]).expect(0);
    assert!(server.run(&["verify", &bundle, "--pins", &old]).expect(1).stderr.contains("cosign"));
}

/// More parcels at once than one person may open: another one approves exactly these, once.
#[test]
fn a_second_person_approves_a_large_request() {
    let server = Server::start();
    let whole = notice(1, "LARGE-1", 25);
    let document = String::from_utf8(whole.bytes()).unwrap().replace("DTM*011", "REF*CN*WHOLE-1~\nDTM*011");
    let segments = |text: &str| text.split("SE*").nth(1).unwrap().split('*').next().unwrap().to_owned();
    let count = segments(&document);
    let more = (count.parse::<u32>().unwrap() + 1).to_string();
    let document = document.replace(&format!("SE*{count}*"), &format!("SE*{more}*"));
    assert_eq!(server.post(document.as_bytes()).status, 200, "{document}");
    server.wait_until_anchored();
    let file = text(&server.beside("request.json"));
    let ask = |more: &[&str]| {
        let all =
            ["open", "--tracking", "WHOLE-1", "--all", "--class", "address", "--purpose", "dispute", "--ticket", "C-2"];
        server.run(&[&all[..], more].concat())
    };
    let alone = ask(&[]).expect(1);
    assert!(alone.stderr.contains("a second person must approve"), "{}", alone.stderr);
    ask(&["--request", &file]).expect(0);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("WHOLE-1"), "what was searched for is not in it");
    // The one who asks cannot be the one who approves.
    server.run(&["approve", &file, "--principal", "support-7"]).expect(0);
    assert!(ask(&["--approved", &file]).expect(1).stderr.contains("approval"));
    let shown = server.run(&["approve", &file]).expect(0).text();
    assert!(shown.contains("support-7 wants, for dispute C-2, linkable, address of 25 rows"), "{shown}");
    let opened = ask(&["--approved", &file]).expect(0).text();
    assert!((1..=25).all(|parcel| opened.contains(&whole.street(parcel))), "{opened}");
    // Once, and for nothing else.
    assert!(ask(&["--approved", &file]).expect(1).stderr.contains("made before"));
    let other = server.run(&[
        "open",
        "--tracking",
        "WHOLE-1",
        "--all",
        "--class",
        "contact",
        "--purpose",
        "dispute",
        "--ticket",
        "C-2",
        "--approved",
        &file,
    ]);
    assert!(other.expect(1).stderr.contains("a second person must approve"));
}

/// The file of people is one that a person reads, changes and has signed: somebody comes, somebody goes.
#[test]
fn somebody_comes_and_somebody_goes() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "PEOPLE-1", 1).bytes()).status, 200);
    server.wait_until_anchored();
    let people = server.run(&["authority", "people"]).expect(0).text();
    let mut file: toml::Table = toml::from_str(&people).unwrap();
    let names = |file: &toml::Table| -> Vec<String> {
        let all = file["principal"].as_array().unwrap().iter();
        all.map(|own| own["principal"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&file), ["lead-1", "support-7"]);
    let made = ["authority", "person", "support-8", "--dir", &text(&server.dir("demo"))];
    let table: toml::Table = toml::from_str(&bulla(&made, &server.beside(".")).expect(0).text()).unwrap();
    assert!(bulla(&made, &server.beside(".")).expect(2).stderr.contains("is there already"));
    let list = file["principal"].as_array_mut().unwrap();
    list.retain(|own| own["principal"].as_str() != Some("support-7"));
    list.extend(table["principal"].as_array().unwrap().clone());
    let (path, draft) = (text(&server.beside("people.toml")), text(&server.beside("draft.json")));
    std::fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
    let said = server.run(&["authority", "draft", &path, "--out", &draft]).expect(0).text();
    assert!(said.contains("principal support-8: may open") && said.contains("principal support-7: may open"), "{said}");
    assert!(!said.contains("lead-1") && !said.contains("worker"), "what stays is not named: {said}");
    let officer = text(&server.dir("demo").join("authority.key"));
    bulla(&["authority", "sign", &draft, "--key", &officer], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", &draft]).expect(0);
    let ask = |who: &str| {
        let what =
            ["open", "--tracking", "9900000001000001", "--class", "address", "--purpose", "support", "--ticket", "C-1"];
        server.run(&[&what[..], &["--principal", who]].concat())
    };
    assert!(ask("support-8").expect(0).text().contains("FENWILLOW"));
    assert!(ask("support-7").expect(1).stderr.contains("may open 0 rows"));
    let again = server.run(&["authority", "people"]).expect(0).text();
    assert_eq!(names(&toml::from_str(&again).unwrap()), ["lead-1", "support-7", "support-8"]);
}

/// Officers replace a gateway's own key, by way of that gateway: it said that the warden had not taken what stood in the ledger.
#[test]
fn a_gateways_key_is_replaced_by_way_of_itself() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "OLD-KEY", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let (path, draft) = (text(&server.beside("people.toml")), text(&server.beside("draft.json")));
    let (own, new) = (server.dir("gateway").join("worker.key"), server.beside("new.key"));
    let made = bulla(&["totals", "init", "--key", &text(&new)], &server.beside(".")).expect(0).text();
    let mut file: toml::Table = toml::from_str(&server.run(&["authority", "people"]).expect(0).text()).unwrap();
    file["worker"][0].as_table_mut().unwrap().insert("key".into(), made.trim().into());
    std::fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
    server.run(&["authority", "draft", &path, "--out", &draft]).expect(0);
    let officer = text(&server.dir("demo").join("authority.key"));
    bulla(&["authority", "sign", &draft, "--key", &officer], &server.beside(".")).expect(0);
    let said = server.run(&["authority", "submit", &draft]).expect(0);
    assert!(said.stderr.contains("decided: policy 2 is ledger entry "), "{}", said.stderr);
    server.kill("gateway", Signal::TERM);
    std::fs::copy(new, own).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(&notice(2, "NEW-KEY", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let entries = server.entries();
    let rows = entries.iter().filter(|entry| entry["entry"]["type"] == "intake");
    let rows: Vec<_> = rows.map(|entry| entry["entry"]["record"]["rows"].as_u64().unwrap()).collect();
    assert_eq!(rows, [2, 3]);
}

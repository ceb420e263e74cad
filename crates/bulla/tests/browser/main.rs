//! The console and the agent's page in a browser, by keyboard only: each view's main task, in both languages, narrow and wide,
//! light and dark. No page asks anybody else for anything, breaks a rule of axe-core, scrolls sideways or names a recipient.
//!
//! Debian's Chromium, driven by playwright-core: `scripts/check` installs them, and `BULLA_BROWSER` names the folder of what is npm's.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../support/mod.rs"]
mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use support::{
    Server,
    agent::Agent,
    document::{Notice, notice},
    passkeys,
};

const PARCELS: u32 = 3;

/// What came in, one of each fate.
struct Sent {
    good: Notice,
    refused: String,
    waiting: String,
    /// Of all of them.
    planted: Vec<String>,
}

fn planted(sent: &Notice) -> impl Iterator<Item = String> {
    (1..=PARCELS).flat_map(|parcel| [sent.name(parcel), sent.street(parcel), sent.tracking(parcel), sent.order(parcel)])
}

fn with_wrong_date(sent: &Notice) -> String {
    String::from_utf8(sent.bytes()).unwrap().replace("DTM*011*20261102", "DTM*011*20261340")
}

/// Sends what is good, erring and refused, opens an address, and sends once more what the carrier is not there for.
fn fill(server: &Server) -> Sent {
    let notices = [(181, "M-181"), (182, "M-182"), (183, "M-181"), (184, "M-184")]
        .map(|(control, number)| notice(control, number, PARCELS));
    let post = |body: &[u8], status| {
        let answer = server.post(body);
        assert_eq!(answer.status, status, "{}", answer.text());
        answer.header("bulla-interchange").unwrap().to_owned()
    };
    let [good, erring, again, last] = &notices;
    post(&good.bytes(), 200);
    post(with_wrong_date(erring).as_bytes(), 200);
    let refused = post(&again.bytes(), 422);
    server.wait_until_delivered();
    let tracking = good.tracking(1);
    let asked = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-17"];
    server.run(&asked).expect(0);
    server.kill("carrier", Signal::TERM);
    let waiting = post(&last.bytes(), 200);
    server.wait_until_anchored();
    Sent { refused, waiting, planted: notices.iter().flat_map(planted).collect(), good: good.clone() }
}

/// What the script is told.
fn told(server: &Server, agent: &Agent, sent: &Sent, shots: &Path) -> Value {
    let [console, own] =
        [support::console::address(server), agent.address.clone()].map(|address| format!("http://{address}"));
    json!({
        "origins": [console, own],
        "entry": format!("{own}{}", agent.entry),
        "agent": format!("{own}{}", agent.place()),
        "refused": sent.refused,
        "waiting": sent.waiting,
        "tracking": sent.good.tracking(2),
        "name": sent.good.name(2),
        "manifest": sent.good.number,
        "document": with_wrong_date(&notice(185, "M-185", PARCELS)),
        "planted": sent.planted,
        "shots": shots,
    })
}

fn run(script: &str, folder: &OsStr, told: &Value) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(script);
    let mut node = Command::new("node");
    node.arg(script).env("NODE_PATH", Path::new(folder).join("node_modules"));
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("node");
    child.stdin.take().unwrap().write_all(told.to_string().as_bytes()).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// Where the packages are; none: the tests are skipped.
fn packages() -> Option<OsString> {
    let folder = std::env::var_os("BULLA_BROWSER");
    if folder.is_none() {
        eprintln!("skipped: BULLA_BROWSER names no folder with playwright-core and axe-core");
    }
    folder
}

/// Where pictures stay, to be looked at.
fn shots() -> PathBuf {
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console");
    fs::create_dir_all(&shots).unwrap();
    shots
}

#[test]
fn each_views_task_by_keyboard_in_both_languages_narrow_and_wide() {
    let Some(folder) = packages() else { return };
    let server = Server::start();
    let sent = fill(&server);
    let agent = Agent::start(&server, &[]);
    let shots = shots();
    let wrong = run("run.js", &folder, &told(&server, &agent, &sent, &shots));
    assert!(wrong.is_empty(), "screenshots are in {}; wrong:\n{wrong}", shots.display());
}

#[test]
fn people_come_in_by_passkeys_of_a_browser() {
    let Some(folder) = packages() else { return };
    let server = Server::start();
    let (link, shots) = (passkeys::printed_link(&server), shots());
    let origin = passkeys::Browser::at(&server).origin();
    let told = json!({ "origins": [origin], "link": link, "planted": [], "shots": shots });
    let wrong = run("entrance.js", &folder, &told);
    assert!(wrong.is_empty(), "screenshots are in {}; wrong:\n{wrong}", shots.display());
}

#[test]
fn a_desk_stays_as_it_is_now() {
    let Some(folder) = packages() else { return };
    let server = Server::start();
    let (first, second) = (notice(195, "M-195", PARCELS), notice(196, "M-196", PARCELS));
    assert_eq!(server.post(&first.bytes()).status, 200);
    let (origin, shots) = (format!("http://{}", support::console::address(&server)), shots());
    let told = json!({
        "origins": [origin],
        "send": { "url": format!("http://{}/v1/interchanges", server.address()), "token": server.token("northshop"), "body": String::from_utf8(second.bytes()).unwrap() },
        "planted": planted(&first).chain(planted(&second)).collect::<Vec<_>>(),
        "shots": shots,
    });
    let wrong = run("live.js", &folder, &told);
    assert!(wrong.is_empty(), "screenshots are in {}; wrong:\n{wrong}", shots.display());
}

#[test]
fn a_file_is_tested_without_logging_in() {
    let Some(folder) = packages() else { return };
    let mut server = Server::start();
    server.kill("gateway", Signal::TERM);
    let path = server.dir("gateway").join("gateway.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("open_tests = true\n{text}")).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    let (sent, shots) = (notice(197, "M-197", PARCELS), shots());
    let told = json!({
        "origins": [format!("http://{}", support::console::address(&server))],
        "document": with_wrong_date(&sent),
        "planted": planted(&sent).collect::<Vec<_>>(),
        "shots": shots,
    });
    let wrong = run("open.js", &folder, &told);
    assert!(wrong.is_empty(), "screenshots are in {}; wrong:\n{wrong}", shots.display());
}

#[test]
fn an_incidents_beginning_is_moved_by_a_slider() {
    let Some(folder) = packages() else { return };
    let server = Server::start();
    assert_eq!(server.post(&notice(191, "M-191", PARCELS).bytes()).status, 200);
    server.wait_until_anchored();
    let (origin, shots) = (format!("http://{}", support::console::address(&server)), shots());
    let planted: Vec<_> = planted(&notice(191, "M-191", PARCELS)).collect();
    let wrong = run("since.js", &folder, &json!({ "origins": [origin], "planted": planted, "shots": shots }));
    assert!(wrong.is_empty(), "screenshots are in {}; wrong:\n{wrong}", shots.display());
}

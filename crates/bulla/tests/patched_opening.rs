//! Openings through a gateway whose binary a thief has changed (`gateway::taken`): it keeps what is asked and answered, asks the warden
//! for other rows and with its own key, asks again, and answers something else. What it reads of that is never above what is answered;
//! what must not succeed does not, by the warden's ledger and before the person's eyes. Only in a build with `--features leaky`.
#![cfg(feature = "leaky")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;
#[path = "support/thief.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod thief;

use api::warden::{Answer, Asked, Fields};
use ledger::FieldClass;
use rustix::process::Signal;
use serde_json::Value;
use std::{collections::BTreeSet, fs};
use support::{
    Ran, Server,
    answer::{asked, assess, at_most},
    document::{Notice, notice},
};
use thief::Keys;

/// A document that came before the thief did, and then his binary.
fn taken(plan: &str) -> (Server, Notice) {
    let mut server = Server::start();
    let document = notice(1, "SEEN-1", 8);
    assert_eq!(server.post(&document.bytes()).status, 200);
    server.wait_until_anchored();
    server.kill("gateway", Signal::KILL);
    assert!(server.try_role("gateway", &[("BULLA_TAKEN", plan)]));
    server.wait_until_ready();
    (server, document)
}

/// An agent opens an address.
fn open(server: &Server, tracking: &str, case: &str) -> Ran {
    let ask = ["open", "--tracking", tracking, "--class", "address", "--purpose", "support", "--ticket", case];
    server.run(&ask)
}

/// Rows that the ledger says were asked for in this case, and how often something was opened.
fn logged(server: &Server, case: &str) -> (Vec<Value>, usize) {
    let entries: Vec<_> = server.entries().into_iter().map(|entry| entry["entry"].clone()).collect();
    let own = entries.iter().filter(|entry| entry["request"]["scope"]["ticket"] == case);
    let (rows, openings): (Vec<_>, Vec<_>) =
        own.map(|intent| (intent["request"]["scope"]["rows"].clone(), intent["opening"].clone())).unzip();
    let receipts = entries.iter().filter(|entry| entry["type"] == "receipt" && openings.contains(&entry["opening"]));
    (rows, receipts.filter(|receipt| receipt["outcome"] == "opened").count())
}

/// What the thief has kept.
struct Kept(Vec<Vec<u8>>);

impl Kept {
    fn of(server: &Server) -> Self {
        let files = fs::read_dir(server.dir("gateway").join("kept")).unwrap();
        Self(files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect())
    }

    fn all<T: serde::de::DeserializeOwned>(&self) -> Vec<T> {
        self.0.iter().filter_map(|octets| serde_json::from_slice(octets).ok()).collect()
    }

    /// What these keys open of the answers.
    fn opened(&self, keys: &Keys) -> Vec<Fields> {
        let requests: Vec<Asked> = self.all();
        let opens = |answer: Answer| {
            let own = requests.iter().find(|asked| asked.request.id() == answer.opening)?;
            keys.open(&answer, &own.request)
        };
        self.all().into_iter().filter_map(opens).collect()
    }

    /// Whether this stands in something that nobody sealed.
    fn shows(&self, text: &str) -> bool {
        self.0.iter().any(|octets| String::from_utf8_lossy(octets).contains(text))
    }
}

/// Rows of which he has read this class.
fn rows(fields: &[Fields], class: FieldClass) -> BTreeSet<u32> {
    let all = fields.iter().flat_map(|fields| &fields.fields);
    all.filter(|field| field.class == class && field.value.is_some()).map(|field| field.row).collect()
}

#[test]
fn a_changed_gateway_carries_openings_and_reads_the_numbers_that_are_looked_for() {
    let (server, document) = taken("");
    for parcel in [1, 2, 4] {
        let shown = open(&server, &document.tracking(parcel), "CASE-1").expect(0).text();
        assert!(shown.contains(&document.street(parcel)), "whoever asks sees nothing of the thief: {shown}");
    }
    let kept = Kept::of(&server);
    assert_eq!((kept.all::<Asked>().len(), kept.all::<Answer>().len()), (3, 3), "he has all that passed through");
    let looked_for: Vec<_> = (1..=8).filter(|parcel| kept.shows(&document.tracking(*parcel))).collect();
    assert_eq!(looked_for, [1, 2, 4], "the numbers that were asked for, in the clear");
    assert!((1..=8).all(|parcel| !kept.shows(&document.street(parcel)) && !kept.shows(&document.name(parcel))));
    assert_eq!(
        kept.opened(&Keys::among(&server.dir("gateway"))).len(),
        0,
        "and no answer, with any key of the gateway's"
    );

    // Those rows passed through a process that may have kept them before he came, or shortly after.
    let (found, text) = assess(&server, "host", &["--workers", "gw-1"]);
    assert_eq!((at_most(&found), &found["recorded"]["rows"]), (None, &8.into()));
    assert!(text.contains("NO UPPER BOUND"), "{text}");
    assert_eq!(found["index_leakage"]["rows"], 8, "and any of their numbers, or a guessed one, he can confirm");

    // The agent's keys were stolen as well: what he kept, he reads.
    let read = kept.opened(&Keys::among(&server.dir("demo")));
    let classes = [FieldClass::Address, FieldClass::Linkable, FieldClass::Contact];
    let read = classes.map(|class| rows(&read, class).len() as u64);
    assert_eq!(read, [3, 3, 0]);
    let (found, _) = assess(&server, "principal", &["--principal", "support-7"]);
    assert_eq!(at_most(&found), Some(read[0]));
    assert_eq!(found["by_classes"], serde_json::json!([{ "classes": ["linkable", "address"], "rows": 3 }]));
    let both = "[[hypothesis]]\nkind = \"host\"\n\n[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";
    fs::write(server.beside("both.toml"), both).unwrap();
    let (found, _) = asked(&server, &["--hypothesis", server.beside("both.toml").to_str().unwrap()]);
    assert_eq!(at_most(&found), None);
}

/// What the thief asks instead of what he was given to ask, the person's signature and key do not fit: no key was used.
#[test]
fn what_a_changed_gateway_asks_instead_is_refused() {
    let (server, document) = taken("other=CASE-2 mine=CASE-3 again=CASE-4");
    let refused = |case: &str, why: &str| {
        let ran = open(&server, &document.tracking(3), case).expect(1);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(why), "{}", ran.stderr);
    };
    refused("CASE-2", "the signature does not fit the request");
    refused("CASE-3", "the key in the request is not");
    assert_eq!((logged(&server, "CASE-2"), logged(&server, "CASE-3")), ((vec![], 0), (vec![], 0)));
    // The first time it was what the person had asked for, and the person is told of the second.
    refused("CASE-4", "the request was made before");
    assert_eq!(logged(&server, "CASE-4"), (vec![serde_json::json!([3])], 1));

    let kept = Kept::of(&server);
    assert_eq!(kept.opened(&Keys::among(&server.dir("gateway"))).len(), 0, "his own key opens none of it");
    let read = rows(&kept.opened(&Keys::among(&server.dir("demo"))), FieldClass::Address);
    assert_eq!(read, [3].into(), "nor does the agent's, but what was opened");
    let (found, _) = assess(&server, "principal", &["--principal", "support-7"]);
    assert_eq!(at_most(&found), Some(1));
}

/// What the thief passes on instead of what he was given is not shown; what the warden opened meanwhile counts.
#[test]
fn what_a_changed_gateway_answers_instead_is_not_shown() {
    let (server, document) = taken(&format!("old=CASE-5 mute=CASE-6 next={}", notice(1, "", 8).tracking(6)));
    let failed = |parcel: u32, case: &str, code: i32, why: &str| {
        let ran = open(&server, &document.tracking(parcel), case).expect(code);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(why), "{}", ran.stderr);
        assert!(!ran.stderr.contains("FENWILLOW"), "nothing of anybody is shown: {}", ran.stderr);
    };
    open(&server, &document.tracking(1), "CASE-1").expect(0);
    failed(2, "CASE-5", 2, "this is not proven to be the warden's answer");
    failed(4, "CASE-6", 1, "not opened");
    failed(6, "CASE-7", 2, "the gateway named another row");
    let opened = |row: u32| (vec![serde_json::json!([row])], 1);
    assert_eq!((logged(&server, "CASE-5"), logged(&server, "CASE-6")), (opened(2), opened(4)));
    let steered = (vec![serde_json::json!([7]), serde_json::json!([0])], 2);
    assert_eq!(logged(&server, "CASE-7"), steered, "the next one's row, and whether its manifest has that number");

    let read = Kept::of(&server).opened(&Keys::among(&server.dir("demo")));
    assert_eq!(
        rows(&read, FieldClass::Address),
        [1, 2, 4, 7].into(),
        "with the agent's key he reads what nobody was shown"
    );
    let (found, _) = assess(&server, "principal", &["--principal", "support-7"]);
    assert_eq!(at_most(&found), Some(4));
}

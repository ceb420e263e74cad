//! Stolen warden files, really used. Warden, witness and gateway run as processes that stand on three hosts, by what they say in the
//! ledger; periods end, documents go on coming, and thieves come before, between and after. What each truly reads is never above
//! what is answered.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;
#[path = "support/thief.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod thief;

use ledger::{FieldClass, Time};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use support::{
    Server,
    document::{Notice, notice},
    http,
};
use thief::{Keys, Read};

/// The documents that were sent, each with its shipper and its recipients' province.
#[derive(Default)]
struct Sent(Vec<(Notice, &'static str, &'static str)>);

impl Sent {
    fn send(&mut self, server: &Server, shipper: &'static str, province: &'static str, parcels: u32) {
        let control = self.0.len() as u32 + 1;
        let sender = shipper.to_uppercase();
        let own = Notice { sender, ..notice(control, &format!("M-{control}"), parcels) };
        let place = if province == "QC" { "N4*QUEBEC*QC*G1A 0A2" } else { "N4*TORONTO*ON*M5V 2T6" };
        let text = String::from_utf8(own.bytes()).unwrap();
        let text = text
            .replace("N4*QUEBEC*QC*G1A 0A2*CA~", &format!("{place}*CA~\nPER*IC*DISPATCH*TE*514555{control:04}~"))
            .replace(&format!("SE*{}*", 7 * parcels + 7), &format!("SE*{}*", 8 * parcels + 7));
        let answer =
            http::post(&server.address(), "/v1/interchanges", &server.token(shipper), text.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        server.wait_until_delivered();
        self.0.push((own, shipper, province));
    }

    /// Whose parcel it is that stands in what was read.
    fn parcel(&self, read: &[Read]) -> Option<(u32, u32, &'static str)> {
        let has = |value: String| read.iter().any(|read| read.text.contains(&value));
        self.0.iter().find_map(|(own, _, province)| {
            let mut parcels = 1..=own.parcels;
            let parcel = parcels.find(|parcel| has(own.tracking(*parcel)) && has(own.street(*parcel)))?;
            Some((own.control, parcel, *province))
        })
    }
}

/// Copies of both directories, and when he came for them.
struct Thief {
    from: String,
    warden: PathBuf,
    gateway: PathBuf,
}

impl Thief {
    fn comes(server: &Server, name: &str) -> Self {
        // By then whatever was destroyed before now certainly is, by pins that allow a second.
        let from = Time::from_milliseconds(jiff::Timestamp::now().as_millisecond() + 1_001);
        let has_come = || jiff::Timestamp::now().as_millisecond() >= from.milliseconds();
        support::wait_for("the thief", || has_come().then_some(()));
        let from = from.to_string();
        let [warden, gateway] = ["warden", "gateway"].map(|role| {
            let copy = server.beside(&format!("{name}-{role}"));
            support::copy(&server.dir(role), &copy);
            copy
        });
        Self { from, warden, gateway }
    }

    /// What he reads of a gateway's directory.
    fn reads(&self, gateway: &Path) -> Vec<Read> {
        Keys::among(&self.warden).read(gateway)
    }
}

/// What he has of each parcel; of a batch's own record he has it of each.
fn rows(read: &[Read]) -> BTreeMap<(ledger::BatchId, u32), Vec<Read>> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for own in read.iter().filter(|own| own.row > 0) {
        rows.entry((own.batch, own.row)).or_default().push(own.clone());
    }
    for own in read.iter().filter(|own| own.row == 0) {
        rows.iter_mut().filter(|((batch, _), _)| *batch == own.batch).for_each(|(_, all)| all.push(own.clone()));
    }
    rows
}

fn classes(read: &[Read]) -> BTreeSet<FieldClass> {
    read.iter().map(|own| own.class).collect()
}

fn assess(server: &Server, more: &[&str]) -> Value {
    let (out, pins) = (server.beside("answer"), server.beside("pins.toml"));
    let (out, pins) = (out.to_str().unwrap(), pins.to_str().unwrap());
    let found = server.run(&[&["assess", "--json", "--out", out, "--pins", pins], more].concat()).expect(0).json();
    let verified = server.run(&["verify", &format!("{out}/bundle.bulla"), "--pins", pins]).expect(0).text();
    assert!(verified.contains("VERIFIED") && found["level"] == 1, "{verified}");
    assert_eq!((&found["at_most"]["unbounded"], &found["gaps"]), (&false.into(), &serde_json::json!([])));
    found
}

/// The list's rows of those shares that fit.
fn share(found: &Value, list: &str, fits: impl Fn(&Value) -> bool) -> u64 {
    let shares = found[list].as_array().unwrap().iter().filter(|share| fits(share));
    shares.map(|share| share["rows"].as_u64().unwrap()).sum()
}

/// Every figure that is answered is at least what was read. How many rows those were.
fn contained(sent: &Sent, read: &[Read], found: &Value) -> u64 {
    let rows = rows(read);
    let parcels: BTreeSet<_> = rows.values().map(|own| sent.parcel(own).expect("a parcel of ours")).collect();
    assert_eq!(parcels.len(), rows.len(), "he has each parcel's number and street");
    let count = |of: &dyn Fn(&[Read]) -> bool| rows.values().filter(|own| of(own)).count() as u64;
    assert!(rows.len() as u64 <= found["at_most"]["rows"].as_u64().unwrap(), "{found}");
    for own in rows.values() {
        let (shipper, month, classes) = (own[0].shipper.to_string(), own[0].month.to_string(), classes(own));
        let of_cell = count(&|row| row[0].shipper == own[0].shipper && row[0].month == own[0].month);
        let cell = |share: &Value| share["shipper"] == *shipper && share["month"] == *month;
        assert!(of_cell <= share(found, "by_shipper_month", cell), "{shipper} {month}: {found}");
        assert!(of_cell <= share(found, "by_shipper", |share| share["shipper"] == *shipper), "{shipper}: {found}");
        assert!(of_cell <= share(found, "by_month", |share| share["month"] == *month), "{month}: {found}");
        let province = sent.parcel(own).unwrap().2;
        let there = count(&|row| sent.parcel(row).unwrap().2 == province);
        assert!(there <= share(found, "by_province", |share| share["province"] == province), "{province}: {found}");
        let of_classes = count(&|row| self::classes(row).is_superset(&classes));
        let exposed = |share: &Value| {
            let all: BTreeSet<FieldClass> = serde_json::from_value(share["classes"].clone()).unwrap();
            all.is_superset(&classes)
        };
        assert!(of_classes <= share(found, "by_classes", exposed), "{classes:?}: {found}");
        let out = found["not_included"].as_array().unwrap();
        assert!(out.iter().all(|out| own.iter().all(|read| out["period"] != read.period.to_string())), "{found}");
    }
    rows.len() as u64
}

/// Officers hold lakeshop's month, so that northshop's periods end alone; when the first of those does.
fn hold_lakeshop(server: &Server) -> String {
    let partners: toml::Table = fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap().parse().unwrap();
    let agreement = |shipper: &str| {
        let all = partners["agreement"].as_array().unwrap();
        all.iter().find(|own| own["shipper"].as_str() == Some(shipper)).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (held, other) = (agreement("lakeshop"), agreement("northshop"));
    let status = server.run(&["retention", "status", "--json"]).expect(0).json();
    let of = |own: &&Value| own["period"].as_str().unwrap().starts_with(&format!("{other}/"));
    let first = status.as_array().unwrap().iter().filter(of).min_by_key(|own| own["ends"].to_string()).unwrap();
    let month = first["period"].as_str().unwrap().split('/').nth(1).unwrap();
    let hold = format!(
        "\n[[hold]]\nagreement = \"{held}\"\nfirst = \"{month}\"\nlast = \"{month}\"\nuntil = \"2090-01-01T00:00:00.000Z\"\n"
    );
    let (file, draft) = (server.beside("people.toml"), server.beside("draft.json"));
    fs::write(&file, server.run(&["authority", "people"]).expect(0).text() + &hold).unwrap();
    let (file, draft) = (file.to_str().unwrap(), draft.to_str().unwrap());
    server.run(&["authority", "draft", file, "--out", draft]).expect(0);
    let key = server.dir("demo").join("authority.key");
    support::bulla(&["authority", "sign", draft, "--key", key.to_str().unwrap()], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", draft]).expect(0);
    first["ends"].as_str().unwrap().to_owned()
}

/// Nothing of northshop's is sealed any more once its first period has ended: from then on all is lakeshop's.
fn story(server: &Server) -> (Sent, [Thief; 3]) {
    let mut sent = Sent::default();
    sent.send(server, "northshop", "QC", 3);
    sent.send(server, "lakeshop", "ON", 4);
    let before = Thief::comes(server, "before");
    sent.send(server, "northshop", "ON", 2);
    let first = hold_lakeshop(server);
    server.run(&["retention", "run", "--now", &first]).expect(0);
    server.wait_until_dated();
    sent.send(server, "lakeshop", "QC", 5);
    let between = Thief::comes(server, "between");
    server.run(&["retention", "run", "--now", "2080-01-01"]).expect(0);
    server.wait_until_dated();
    sent.send(server, "lakeshop", "ON", 1);
    let after = Thief::comes(server, "after");
    sent.send(server, "lakeshop", "QC", 2);
    let tracking = sent.0[1].0.tracking(1);
    server.run(&["open", "--tracking", &tracking, "--purpose", "support", "--ticket", "CASE-1"]).expect(0);
    server.wait_until_anchored();
    (sent, [before, between, after])
}

#[test]
fn stolen_warden_files_open_no_more_than_what_is_answered() {
    let server = Server::apart(0);
    let (sent, thieves) = story(&server);
    let later = server.beside("later-gateway");
    support::copy(&server.dir("gateway"), &later);
    // His own copy of the gateway, and the gateway as it is now: of northshop's 5 and lakeshop's 12.
    let truth = [(7, 17, 17), (14, 17, 12), (10, 12, 12)];
    for (thief, (copied, now, contact)) in thieves.iter().zip(truth) {
        let (old, new) = (thief.reads(&thief.gateway), thief.reads(&later));
        let found = assess(&server, &["--kind", "warden", "--from", &thief.from]);
        assert_eq!((contained(&sent, &old, &found), contained(&sent, &new, &found)), (copied, now));
        assert_eq!(found["at_most"]["rows"], now, "and not one more: {found}");
        let numbers = |class: &str| {
            share(&found, "by_classes", |share| share["classes"].as_array().unwrap().contains(&class.into()))
        };
        assert_eq!((numbers("contact"), numbers("address")), (contact, now));
        let reads = rows(&new).values().filter(|own| classes(own).contains(&FieldClass::Contact)).count() as u64;
        assert_eq!(reads, contact, "what was shredded and dated before he came stays shut");
        // That he went away again before what came later, and before what was shredded later, is nobody's to believe.
        let gone = assess(&server, &["--kind", "warden", "--from", &thief.from, "--until", &thief.from]);
        assert_eq!((contained(&sent, &new, &gone), &gone["at_most"]["rows"]), (now, &now.into()));
        let unknown = assess(&server, &["--kind", "warden"]);
        assert_eq!((contained(&sent, &new, &unknown), &unknown["at_most"]["rows"]), (now, &17.into()));
        let file = server.beside("both.toml");
        let both =
            format!("[[hypothesis]]\nkind = \"storage\"\n\n[[hypothesis]]\nkind = \"warden\"\nfrom = {}\n", thief.from);
        fs::write(&file, both).unwrap();
        let both = assess(&server, &["--hypothesis", file.to_str().unwrap()]);
        assert_eq!((contained(&sent, &new, &both), &both["at_most"]["rows"]), (now, &now.into()));
    }
    // The last one has the first one's copy of the gateway, too.
    assert_eq!(rows(&thieves[2].reads(&thieves[0].gateway)).len(), 4);
}

/// Copies of the warden's files are kept for thirty days: the first thief's copy is one of those, and it comes to the last one.
#[test]
fn a_kept_copy_of_the_wardens_files_undoes_a_shred() {
    let server = Server::apart(30);
    let (sent, [kept, _, after]) = story(&server);
    let read = kept.reads(&after.gateway);
    let found = assess(&server, &["--kind", "warden", "--from", &after.from]);
    assert_eq!((contained(&sent, &read, &found), &found["at_most"]["rows"]), (15, &17.into()));
    assert_eq!(found["not_included"], serde_json::json!([]));
    // Whoever comes when the last of those is gone has no more than what the last thief found there.
    let gone = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(31 * 24)).to_string();
    let found = assess(&server, &["--kind", "warden", "--from", &gone]);
    assert_eq!((contained(&sent, &after.reads(&after.gateway), &found), &found["at_most"]["rows"]), (10, &12.into()));
}

/// No copy was to be kept, and there was one: the warden finds it, says so, and what it opens counts from then on.
#[test]
fn a_copy_that_came_back_counts() {
    let mut server = Server::apart(0);
    let (sent, [kept, _, after]) = story(&server);
    server.kill("warden", Signal::KILL);
    let copied = fs::read_dir(kept.warden.join("keys")).unwrap().map(|entry| entry.unwrap().path());
    for path in copied {
        fs::copy(&path, server.dir("warden").join("keys").join(path.file_name().unwrap())).unwrap();
    }
    server.start_role("warden");
    support::wait_for("what resurfaced", || {
        server.entries().iter().any(|entry| entry["entry"]["type"] == "resurfaced").then_some(())
    });
    server.wait_until_anchored();
    let read = kept.reads(&after.gateway);
    let found = assess(&server, &["--kind", "warden", "--from", &after.from]);
    assert_eq!((contained(&sent, &read, &found), &found["at_most"]["rows"]), (15, &17.into()));
}

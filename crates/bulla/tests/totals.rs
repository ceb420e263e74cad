//! What shippers sign of what they sent: the commands that they and their officers would type. What it bounds is tested in
//! `incident/tests/sent`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use support::{Server, bulla, document::notice};

fn day(ago: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago);
    then.to_string()[..10].to_owned()
}

#[test]
fn a_shipper_signs_days_that_are_over() {
    let server = Server::start();
    let sent = server.beside("sent.edi");
    std::fs::write(&sent, notice(1, "M-1", 3).bytes()).unwrap();
    assert_eq!(server.post(&notice(1, "M-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let path = |name: &str| server.beside(name).to_str().unwrap().to_owned();
    let public = bulla(&["totals", "init", "--key", &path("totals.key")], &server.beside(".")).expect(0).text();
    assert!(
        bulla(&["totals", "init", "--key", &path("totals.key")], &server.beside("."))
            .expect(2)
            .stderr
            .contains("already")
    );
    let intake = server.entries().into_iter().find(|entry| entry["entry"]["type"] == "intake").unwrap();
    let shipper = intake["entry"]["record"]["shipper"].as_str().unwrap().to_owned();

    let people = server.run(&["authority", "people"]).expect(0).text();
    let file = format!("{people}\n[[shipper]]\nshipper = \"{shipper}\"\nkey = \"{}\"\n", public.trim());
    std::fs::write(path("people.toml"), &file).unwrap();
    let drafted =
        server.run(&["authority", "draft", &path("people.toml"), "--out", &path("draft.json")]).expect(0).text();
    assert!(drafted.contains(&format!("shipper {shipper}: its totals of what it sends count")), "{drafted}");
    let key = server.dir("demo").join("authority.key");
    bulla(&["authority", "sign", &path("draft.json"), "--key", key.to_str().unwrap()], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", &path("draft.json")]).expect(0);
    assert!(server.run(&["authority", "people"]).expect(0).text().contains(public.trim()));

    std::fs::create_dir(server.beside("totals")).unwrap();
    let sign = |day: &str, out: &str, more: &[&str]| {
        let (key, out) = (path("totals.key"), path(out));
        let own = ["totals", "sign", "--shipper", &shipper, "--day", day, "--key", &key, "--out", &out];
        server.run(&[&own, more].concat())
    };
    assert!(sign(&day(0), "totals/today.json", &[]).expect(2).stderr.contains("the day is not over"));
    let before = sign(&day(3), "totals/b.json", &["--through", &day(1), "--counts", "2,480,960"]).expect(0).text();
    assert!(before.contains("480") && before.contains("960"), "{before}");
    let counted = sign(&day(4), "totals/a.json", &[sent.to_str().unwrap()]).expect(0);
    assert_eq!(counted.stderr, "");
    let counted = counted.text();
    let line = counted.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.contains("Z 1 3 "), "a body of three parcels: {line}");
    let show = || bulla(&["totals", "show", &path("totals")], &server.beside(".")).expect(0);
    assert_eq!((show().text().lines().count(), &*show().stderr), (3, ""));
    std::fs::copy(path("totals/a.json"), path("totals/a.txt")).unwrap();
    let others = format!("note: in {} only *.json is read; of other names, and not read: 1\n", path("totals"));
    assert_eq!((show().text().lines().count(), show().stderr), (3, others.clone()));
    // By the gateway's name for it, which no ledger has to have.
    let more = ["--shipper", "northshop", "--day", &day(1), "--key", &path("totals.key"), "--out", &path("north.json")];
    let named = server.run(&[&["totals", "sign"][..], &more].concat()).expect(0);
    assert!(named.stderr.starts_with("note: signed for `northshop`; ") && named.text().contains("northshop"));

    // At level 0 they bound nothing: whoever has the host has the warden.
    let assess = ["assess", "--kind", "host", "--totals", &path("totals"), "--json", "--out", &path("host")];
    let assessed = server.run(&assess).expect(0);
    assert!(assessed.stderr.starts_with(&format!("{others}totals read: 2\n")), "{}", assessed.stderr);
    let found = assessed.json();
    assert_eq!((&found["at_most"]["unbounded"], &found["sent"]), (&true.into(), &serde_json::json!([])));
    std::fs::write(server.beside("totals/c.json"), "{}").unwrap();
    assert!(server.run(&assess).expect(2).stderr.contains("c.json is no file of totals"));
}

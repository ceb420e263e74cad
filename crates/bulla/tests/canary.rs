//! A made-up parcel goes the whole way; and whoever else opens it is heard.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use support::{Server, bulla, http};

#[test]
fn a_made_up_parcel_goes_the_whole_way_and_whoever_else_opens_it_is_heard() {
    let server = Server::start();
    let path = |name: &str| server.beside(name).to_str().unwrap().to_owned();
    let token = server.dir("demo").join("lakeshop.token");
    let run = |principal: &str| {
        let whole = ["canary", "run", "--sender", "LAKESHOP", "--receiver", "DEMOCARRIER", "--principal", principal];
        server.run(&[&whole[..], &["--shipper-token", token.to_str().unwrap()]].concat())
    };
    let found = run("support-7").expect(0).text();
    assert!(found.contains("was sent, sealed, entered, opened by support-7 and found as it was"), "{found}");
    let alarms = || {
        let address = std::fs::read_to_string(server.dir("warden").join("address")).unwrap();
        let text = http::get(address.trim().trim_start_matches("http://"), "/metrics", "").unwrap();
        let text = String::from_utf8(text.body).unwrap();
        text.lines().find_map(|line| line.strip_prefix("bulla_warden_alarms_total ")).unwrap().to_owned()
    };
    assert_eq!(alarms(), "0", "nobody has said that they are made up");
    let intake = server.entries().into_iter().find(|entry| entry["entry"]["type"] == "intake").unwrap();
    let shipper = intake["entry"]["record"]["shipper"].as_str().unwrap();
    let people = server.run(&["authority", "people"]).expect(0).text();
    let file = format!("{people}\n[[shipper]]\nshipper = \"{shipper}\"\nopened_by = \"support-7\"\n");
    std::fs::write(path("people.toml"), file).unwrap();
    let draft = path("draft.json");
    let words = server.run(&["authority", "draft", &path("people.toml"), "--out", &draft]).expect(0).text();
    assert!(words.contains("ITS PEOPLE ARE MADE UP, only support-7 opens them"), "{words}");
    let key = server.dir("demo").join("authority.key");
    bulla(&["authority", "sign", &draft, "--key", key.to_str().unwrap()], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", &draft]).expect(0);
    run("support-7").expect(0);
    assert_eq!(alarms(), "0");
    // Somebody who may open, and has no reason to open this.
    run("lead-1").expect(0);
    assert_eq!(alarms(), "1");
    let found = server.run(&["assess", "--kind", "warden", "--json", "--out", &path("case")]).expect(0).json();
    assert_eq!((&found["made_up"]["rows"], &found["recorded"]["rows"]), (&3.into(), &3.into()), "never subtracted");
    // A receiver that nobody has: it is said, and the exit code tells.
    let nobody = ["canary", "run", "--sender", "LAKESHOP", "--receiver", "NOBODY", "--principal", "support-7"];
    let refused = server.run(&[&nobody[..], &["--shipper-token", token.to_str().unwrap()]].concat()).expect(1).stderr;
    assert!(refused.contains("was not taken"), "{refused}");
}

//! Guides as people use them: docs/guides.md does what it says, and a document is judged alike wherever it is looked at.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{fs, path::PathBuf, process::Command};
use support::{
    Ran, Server,
    console::{form, get, log_in, post},
    document::notice,
    http,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Each command of the chapter, with what stands below it.
fn commands(chapter: &str) -> Vec<(String, String)> {
    let blocks = chapter.split("```").filter_map(|block| block.trim_start().strip_prefix("$ "));
    blocks.map(|block| block.split_once('\n').unwrap()).map(|(c, out)| (c.to_owned(), out.to_owned())).collect()
}

#[test]
fn the_chapter_s_commands_say_what_stands_there() {
    let server = Server::start();
    let chapter = fs::read_to_string(root().join("docs/guides.md")).unwrap();
    let mut ran = Vec::new();
    for (command, shown) in commands(&chapter) {
        let words: Vec<_> = command.strip_prefix("bulla ").unwrap().split(' ').collect();
        let mut bulla = Command::new(env!("CARGO_BIN_EXE_bulla"));
        bulla.current_dir(root()).args(&words);
        if words[0] == "check" {
            let output = bulla.output().unwrap();
            assert_eq!(String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), shown, "{command}");
        } else {
            assert!(bulla.arg("--data").arg(server.data()).output().unwrap().status.success(), "{command}");
        }
        ran.push(words[0].to_owned());
    }
    assert_eq!(ran, ["check", "check", "partner"]);
    // Its example is a guide, and grants what the shipped one does.
    let example = chapter.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file = server.beside("example.toml");
    fs::write(&file, example).unwrap();
    let sample = root().join("guides/samples/plain-856.edi");
    let said = server_less(&["check", sample.to_str().unwrap(), "--guide", file.to_str().unwrap()]);
    assert!(said.1.ends_with("1 findings, accepted\n"), "{said:?}");
}

fn server_less(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bulla")).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

const GUIDE: &str = "guide = \"northshop-856\"\nabout = \"Ship notices of a made-up shop\"\nform = \"x12\"\nmessages = [\"856\"]\n\
    [acknowledge]\nwith = [\"999\"]\n[[strict]]\ncode = \"INVALID_DATE\"\nsegment = \"DTM\"\n";

/// A folder with two guides and the demo's partners, of whom northshop's agreement names one.
fn folder(server: &Server) -> PathBuf {
    let folder = server.beside("partners");
    fs::create_dir_all(&folder).unwrap();
    let mut table: toml::Table = fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap().parse().unwrap();
    for agreement in table["agreement"].as_array_mut().unwrap() {
        if agreement["shipper"].as_str() == Some("northshop") {
            agreement.as_table_mut().unwrap().insert("guide".into(), "northshop-856".into());
        }
    }
    fs::write(folder.join("a-partners.toml"), table.to_string()).unwrap();
    fs::write(folder.join("northshop.toml"), GUIDE).unwrap();
    fs::write(folder.join("other.toml"), GUIDE.replace("northshop-856", "other-856")).unwrap();
    folder
}

fn guide_path(folder: &std::path::Path) -> PathBuf {
    folder.join("northshop.toml")
}

fn wrong_date(control: u32) -> String {
    let text = String::from_utf8(notice(control, &format!("M-{control}"), 2).bytes()).unwrap();
    text.replace("DTM*011*20261102", "DTM*011*20261340")
}

/// The answer's groups, without what is drawn anew.
fn sets(answer: &str) -> String {
    answer.split("ST*").nth(1).unwrap_or_default().split("GE*").next().unwrap().to_owned()
}

#[test]
fn a_document_is_judged_alike_when_checked_tested_and_sent() {
    let mut server = Server::start();
    let apply = |server: &Server, path: &PathBuf| -> Ran { server.run(&["partner", "apply", path.to_str().unwrap()]) };
    assert_eq!(server.post(wrong_date(81).as_bytes()).status, 200, "without a guide it is accepted with errors");
    let folder = folder(&server);
    apply(&server, &folder).expect(0);
    let listed = server.run(&["partner", "list"]).expect(0).text();
    assert!(listed.contains("northshop-856  856") && listed.contains("other-856"), "{listed}");
    assert_eq!(server.run(&["partner", "show", "northshop-856"]).expect(0).text(), GUIDE);

    let document = wrong_date(82);
    let sent = server.post(document.as_bytes());
    assert_eq!((sent.status, sent.header("bulla-verdict")), (422, Some("refused")));
    let answered = sets(&sent.text());
    assert!(answered.starts_with("999*0001") && answered.contains("IK4*2*373*8"), "{answered}");

    let file = server.beside("document.edi");
    fs::write(&file, &document).unwrap();
    let guide = guide_path(&folder);
    let arguments = ["check", file.to_str().unwrap(), "--guide", guide.to_str().unwrap(), "--ack", "all"];
    let output = Command::new(env!("CARGO_BIN_EXE_bulla")).args(arguments).output().unwrap();
    assert_eq!((output.status.code(), sets(&String::from_utf8(output.stdout).unwrap())), (Some(1), answered.clone()));

    // By AS2 it is the same document, and comes again; another one is judged alike.
    let by_as2 = server.beside("as2.edi");
    fs::write(&by_as2, wrong_date(86)).unwrap();
    server.run(&["send", "--as2", by_as2.to_str().unwrap()]);
    let came = &server.get("/v1/interchanges")[0];
    assert_eq!(came["verdict"], "refused");
    let path = format!("/v1/interchanges/{}/acknowledgement", came["id"].as_str().unwrap());
    let own = http::get(&server.address(), &path, &server.token("northshop")).unwrap().text();
    assert_eq!(sets(&own).replace("*86*", "*82*"), answered.replace("*86*", "*82*"));
    // What `send` says of a file is said by the guide, too.
    let told =
        server.run(&["send", file.to_str().unwrap(), "--guide", guide_path(&folder).to_str().unwrap()]).expect(1);
    assert!(told.stderr.contains("refused: INVALID_DATE"), "{}", told.stderr);

    let (own, operator) = (log_in(&server, "northshop"), log_in(&server, "operator"));
    let page = |session: &str| get(&server, "/console/test", session);
    let offered = |session: &str| page(session).text().matches("value=\"guide:").count();
    assert_eq!((offered(&own), offered(&operator)), (1, 2), "a partner's own, an operator all");
    let agreement = page(&own).text().split("value=\"agreement:").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let test = |session: &str, by: &str| {
        let text: String = document.bytes().map(|octet| format!("%{octet:02X}")).collect();
        post(&server, "/console/test", session, &[], &format!("form={}&by={by}&text={text}", form(&page(session))))
    };
    for by in ["guide:northshop-856".to_owned(), format!("agreement:{agreement}")] {
        let said = test(&own, &by);
        // It stands there a segment a line.
        let shown = said.text().replace('\n', "");
        assert!(said.status == 200 && shown.contains(&answered), "{by}: {shown}");
    }
    assert!(test(&operator, "").text().contains("997*0001"), "by none it is as everybody's");
    assert_eq!(test(&own, "guide:other-856").status, 404, "another's is as if it were not there");

    // One that cannot be leaves everything as it was, now and after a start.
    fs::write(&guide, GUIDE.replace("INVALID_DATE", "INVALID_DAY")).unwrap();
    let refused = apply(&server, &guide).expect(2);
    assert!(
        refused.stderr.contains("guide northshop-856, line 8: INVALID_DAY is no code of a finding: write it as"),
        "{}",
        refused.stderr
    );
    server.restart("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(wrong_date(83).as_bytes()).status, 422);
    let lake = wrong_date(84).replace("NORTHSHOP      ", "LAKESHOP       ").replace("*NORTHSHOP*", "*LAKESHOP*");
    let lake = http::post(&server.address(), "/v1/interchanges", &server.token("lakeshop"), lake.as_bytes()).unwrap();
    assert_eq!(lake.status, 200, "the other agreement has no guide");
}

#[test]
fn a_gateway_does_not_start_with_a_guide_that_it_cannot_read() {
    let mut server = Server::start();
    server.run(&["partner", "apply", folder(&server).to_str().unwrap()]).expect(0);
    server.kill("gateway", rustix::process::Signal::TERM);
    let path = server.dir("gateway").join("guides.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("INVALID_DATE", "INVALID_DAY", 1)).unwrap();
    assert!(!server.try_role("gateway", &[]));
    assert!(server.output().contains("guide northshop-856, line 8: INVALID_DAY is no code"), "{}", server.output());
    fs::write(&path, text).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(wrong_date(85).as_bytes()).status, 422);
}

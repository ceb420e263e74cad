//! Keys, passwords and places of AS2: pairs that cannot be read, EC pairs, receipts to `https://`, Basic authentication.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::Disposition;
use rustix::process::Signal;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};
use support::{
    Server,
    document::notice,
    example, http,
    partner::{How, Partner, USUAL, apply, certificates, id, partner_of, post},
    tls::authority,
    wait_for,
};

/// A server of somebody else's, by TLS, that takes what it gets and says 200: `openssl s_server`.
struct Elsewhere {
    server: Child,
    port: u16,
    got: Receiver<String>,
}

impl Elsewhere {
    fn start(server: &Server, ca: &rcgen::CertifiedIssuer<'static, rcgen::KeyPair>) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let (certificate, key_path) = (server.beside("elsewhere.crt"), server.beside("elsewhere.key"));
        fs::write(&certificate, parameters.signed_by(&key, ca).unwrap().pem()).unwrap();
        fs::write(&key_path, key.serialize_pem()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-cert"]);
        command.arg(&certificate).arg("-key").arg(&key_path);
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut answers, said) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        let (sender, got) = channel();
        thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                // The last line of a signed receipt; its reader answers with what it is told.
                if line.starts_with("--as2=") && line.trim_end().ends_with("--") {
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = answers.write_all(answer.as_bytes()).and_then(|()| answers.flush());
                }
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        wait_for("openssl s_server", || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { server, port, got }
    }

    /// Lines up to one that has this in it.
    fn until(&self, what: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| line.contains(what)) {
            lines.push(
                self.got.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("no {what}: {lines:?}")),
            );
        }
        lines
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn metric(server: &Server, name: &str) -> u64 {
    let text = http::get(&server.address(), "/metrics", "").unwrap().text();
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn a_receipt_goes_by_itself_to_an_https_place_whose_authority_the_partner_named() {
    let server = Server::start();
    let ((ca, pem), (_, other)) = (authority(&server, "theirs"), authority(&server, "nobody"));
    let place = Elsewhere::start(&server, &ca);
    let origin = format!("https://localhost:{}", place.port);
    let named = |authorities: PathBuf| {
        apply(&server, |file| {
            let shipper = partner_of(file, "northshop");
            shipper.insert("tls_authorities".into(), fs::read_to_string(authorities).unwrap().into());
            let as2 = shipper["as2"].as_table_mut().unwrap();
            as2.insert("receipts".into(), toml::Value::Array(vec![origin.clone().into()]));
        });
    };
    named(other);
    let (partner, same, url) = (Partner::of(&server), id(), format!("{origin}/receipts"));
    let message = partner.message(&notice(1, "ASYNC-TLS-1", 2).bytes(), &same, How { deliver_to: Some(&url), ..USUAL });
    let answer = post(&server, &message);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    wait_for("an attempt that fails", || (metric(&server, "bulla_receipt_failures_total") > 0).then_some(()));
    assert!(place.got.try_recv().is_err(), "whom nobody trusts gets nothing");
    named(pem);
    let head = place.until("content-type: multipart/signed").join("\n").to_ascii_lowercase();
    assert!(head.starts_with("post /receipts http/1.1") && head.contains("as2-version: 1.3"), "{head}");
    let receipt = place.until("Received-Content-MIC").join("\n");
    assert!(receipt.contains(&format!("Original-Message-ID: {same}")), "{receipt}");
    assert!(receipt.contains("Disposition: automatic-action/MDN-sent-automatically; processed"), "{receipt}");
    wait_for("a receipt that was taken", || (metric(&server, "bulla_receipts_sent_total") == 1).then_some(()));
}

fn ready(server: &Server) -> String {
    let answer = http::get(&server.address(), "/readyz", "").unwrap();
    assert_eq!(answer.status, 200);
    answer.text()
}

#[test]
fn a_pair_that_cannot_be_read_is_named_and_keeps_nobody_from_starting() {
    let mut server = Server::start();
    let folder = server.dir("gateway").join("as2");
    assert_eq!(ready(&server), "ready\n");
    let own = Partner::of(&server);
    server.kill("gateway", Signal::TERM);
    fs::write(folder.join("torn.key.pem"), "-----BEGIN PRIVATE KEY-----\n").unwrap();
    fs::write(folder.join("torn.crt.pem"), "").unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(ready(&server), "ready\nAS2: the pair torn is set aside: not a PEM block \"CERTIFICATE\"\n");
    assert!(server.output().contains("the pair torn is set aside"), "{}", server.output());
    let same = id();
    let message = own.message(&notice(1, "TORN-1", 1).bytes(), &same, USUAL);
    assert_eq!(own.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    fs::remove_file(folder.join("torn.key.pem")).unwrap();
    assert_eq!(ready(&server), "ready\n", "without another start");
}

#[test]
fn an_ec_pair_of_ours_signs_receipts_beside_the_rsa_pair_that_decrypts() {
    let server = Server::start();
    let mut partner = Partner::of(&server);
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    // Newer than the one that the demo has, and valid today.
    let newest = certificates(&server)[0].validity_seconds().start() + 1;
    parameters.not_before = (std::time::UNIX_EPOCH + Duration::from_secs(newest)).into();
    let certificate = parameters.self_signed(&key).unwrap().pem();
    let folder = server.dir("gateway").join("as2");
    fs::write(folder.join("ec.crt.pem"), &certificate).unwrap();
    fs::write(folder.join("ec.key.pem"), key.serialize_pem()).unwrap();
    let same = id();
    let message = partner.message(&notice(1, "EC-1", 1).bytes(), &same, USUAL);
    let answer = post(&server, &message);
    assert!(partner.judged(&same, &message, &answer).is_err(), "it is not the RSA pair that signed");
    partner.gateway = vec![as2::Certificate::of_signer_from_pem(&certificate).unwrap()];
    assert_eq!(partner.judged(&same, &message, &answer), Ok(Disposition::Processed));
    let sent = server.run(&["send", example("manifest-856.edi").to_str().unwrap(), "--as2"]);
    assert!(sent.code == 0 && sent.stderr.contains("signed by the gateway"), "{}", sent.stderr);
}

/// Takes one request at a time, says 401 to it, and hands its head on.
fn asking() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut octets, mut part) = (stream.unwrap(), Vec::new(), [0; 65536]);
            while !octets.windows(4).any(|four| four == b"\r\n\r\n") {
                let read = stream.read(&mut part).unwrap();
                octets.extend_from_slice(&part[..read]);
            }
            let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            let _ = stream.write_all(b"HTTP/1.1 401 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            if sender.send(String::from_utf8(octets[..end].to_vec()).unwrap()).is_err() {
                return;
            }
        }
    });
    (origin, heads)
}

#[test]
fn a_password_goes_to_the_partner_that_asks_for_it_and_nowhere_else() {
    let server = Server::start();
    let (origin, heads) = asking();
    let folder = server.dir("gateway").join("as2");
    let change = |with: bool| {
        apply(&server, |file| {
            let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
            as2.insert("url".into(), format!("{origin}/as2").into());
            let basic = "user = \"bulla\"\npassword_file = \"north.password\"".parse::<toml::Table>().unwrap();
            if with {
                as2.insert("basic".into(), basic.into());
            }
        });
    };
    change(false);
    let (partner, same) = (Partner::of(&server), id());
    post(&server, &partner.message(&notice(1, "BASIC-1", 1).bytes(), &same, USUAL));
    let authorization = |head: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value.to_owned())
    };
    let next = || heads.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(authorization(&next()), None);
    change(true);
    wait_for("a word of the missing file", || {
        server.output().contains("north.password entity not found").then_some(())
    });
    fs::write(folder.join("north.password"), "made up: pass\n").unwrap();
    let said = wait_for("a request with a password", || authorization(&next()));
    assert_eq!(said, "Basic YnVsbGE6bWFkZSB1cDogcGFzcw==");
    // Nobody is told of it, and it is nobody else's.
    let shown = server.run(&["delivery", "list"]).expect(0).text() + &server.output();
    assert!(!shown.contains("made up: pass") && !shown.contains("YnVsbGE6"), "{shown}");
    let refused = server.beside("refused.toml");
    let mut file: toml::Table = fs::read_to_string(server.beside("changed.toml")).unwrap().parse().unwrap();
    partner_of(&mut file, "northshop")["as2"]["url"] = "http://as2.north.example/as2".into();
    fs::write(&refused, file.to_string()).unwrap();
    let told = server.run(&["partner", "apply", refused.to_str().unwrap()]);
    assert!(told.code != 0 && told.stderr.contains("a password goes by https:// only"), "{}", told.stderr);
}

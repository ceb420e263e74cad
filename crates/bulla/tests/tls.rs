//! `https://` from end to end: a gateway with a certificate that an authority of this test has signed, and the program's
//! own verbs as its clients.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{fs, path::PathBuf};
use support::{
    Ran, Server, bulla, example,
    tls::{authority, give_certificate, port},
    wait_for,
};

#[test]
fn who_is_trusted_gets_the_document_and_nobody_else() {
    let mut server = Server::start();
    let warden = fs::read_to_string(server.dir("warden").join("address")).unwrap();
    server.kill("gateway", Signal::TERM);
    let ((ours, ca), (_, other)) = (authority(&server, "ours"), authority(&server, "other"));
    give_certificate(&server, &ours);
    server.start_role("gateway");
    let port = port(&server);
    let (file, token) = (example("manifest-856.edi"), server.dir("demo").join("northshop.token"));
    let send = |to: &str, ca: &PathBuf| -> Ran {
        let [file, token, ca] = [&file, &token, ca].map(|path| path.to_str().unwrap());
        bulla(&["send", file, "--to", to, "--token-file", token, "--ca", ca], &server.beside("."))
    };

    let localhost = format!("https://localhost:{port}");
    let said = send(&localhost, &other).expect(2).stderr;
    let wanted = format!("the certificate that localhost:{port} shows is not signed by anyone who is trusted here");
    assert!(said.contains(&wanted) && said.contains("hint: name the authority that signed it: --ca FILE"), "{said}");
    let said = send(&format!("https://127.0.0.1:{port}"), &ca).expect(2).stderr;
    assert!(said.contains("is for another name") && said.contains("localhost"), "{said}");
    let plain = warden.trim().replace("http://", "https://");
    let said = send(&plain, &ca).expect(2).stderr;
    assert!(said.contains("does not speak TLS"), "{said}");
    let said = send(&localhost, &file).expect(2).stderr;
    assert!(said.contains("there is no certificate in PEM form"), "{said}");
    let said = send(&format!("http://localhost:{port}"), &ca).expect(2).stderr;
    assert!(said.contains("ended the connection") && said.contains("https://"), "{said}");
    assert_eq!(server.run(&["interchange", "list", "--json"]).expect(0).json(), serde_json::json!([]), "nothing came");

    // It may be without its keys yet.
    let sent = wait_for("the gateway's keys", || Some(send(&localhost, &ca)).filter(|ran| ran.code != 2));
    let sent = sent.expect(0);
    assert!(sent.text().starts_with("ISA*") && sent.stderr.contains("accepted: interchange"), "{}", sent.stderr);
    // On the gateway's own host its certificate is known, whatever names it has.
    let listed = server.run(&["interchange", "list", "--json"]).expect(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[test]
fn serve_starts_a_gateway_with_tls() {
    let mut server = Server::start();
    server.stop(Signal::TERM);
    let (ours, _) = authority(&server, "ours");
    give_certificate(&server, &ours);
    server.serve_until_said();
    assert!(server.output().lines().any(|line| line.starts_with("ready https://127.0.0.1:")), "{}", server.output());
    assert!(!server.output().contains("has no keys"), "it was asked by TLS whether it has them");
    let said = || server.output().contains("the certificate of us (server) ends, ").then_some(());
    wait_for("it is said that the certificate ends", said);
    server.run(&["send", example("manifest-856.edi").to_str().unwrap()]).expect(0);
}

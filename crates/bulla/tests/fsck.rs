//! What an operator does after a bad disk: `bulla fsck`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::fs;
use support::{Server, bulla, document::notice};

/// Which parcel the index finds.
fn found(server: &Server, tracking: &str) -> usize {
    let found = server.run(&["find", "--json", "--tracking", tracking]).expect(0).json();
    found.as_array().unwrap().len()
}

#[test]
fn a_disk_is_checked_and_its_index_made_anew() {
    let mut server = Server::start();
    let documents: Vec<_> = (1..=3).map(|number| notice(number, &format!("FSCK-{number}"), 3)).collect();
    for document in &documents {
        assert_eq!(server.post(&document.bytes()).status, 200);
    }
    let running = server.run(&["fsck"]).expect(2);
    assert!(running.stderr.contains("stop the gateway first"), "{}", running.stderr);
    server.stop(Signal::TERM);

    let whole = server.run(&["fsck"]).expect(0).text();
    assert!(
        whole.starts_with("3 batches") && whole.contains("all that the control database names is whole, and found"),
        "{whole}"
    );
    fs::remove_dir_all(server.dir("gateway").join("runs")).unwrap();
    server.run(&["fsck", "--rebuild-index"]).expect(0);
    server.serve();
    documents.iter().for_each(|document| assert_eq!(found(&server, &document.tracking(1)), 1));
    server.stop(Signal::TERM);

    // One octet of a sealed body, and a copy on its way.
    let files = |store: &str| -> Vec<_> {
        let all = fs::read_dir(server.dir("gateway").join(store)).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| !path.ends_with("store")).collect()
    };
    let segment = &files("segments")[0];
    let mut octets = fs::read(segment).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    fs::write(segment, octets).unwrap();
    fs::remove_file(&files("outbox")[0]).unwrap();
    let damaged = server.run(&["fsck"]).expect(1).text();
    let batch = segment.file_name().unwrap().to_str().unwrap();
    assert!(damaged.contains("1 batches are damaged or missing") && damaged.contains(batch), "{damaged}");
    assert!(damaged.contains("1 delivery copies are damaged or missing"), "{damaged}");

    let nothing = server.beside("nothing");
    let mistyped = bulla(&["fsck", "--data", nothing.to_str().unwrap()], &server.beside("")).expect(2);
    assert!(mistyped.stderr.contains("is no gateway's directory"), "{}", mistyped.stderr);
    assert!(!nothing.exists());
}

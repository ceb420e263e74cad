//! Whatever a person names: nobody is waited for who is not there, and nothing is read beyond a limit.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    bundle::{self, Parts},
    named::{self, Named, Unread},
};
use std::{
    fs::File,
    io::{Seek, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

const GIGABYTE: u64 = 1 << 30;

fn fifo(dir: &Path) -> PathBuf {
    let path = dir.join("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

fn prove(estate: &Estate) -> Vec<u8> {
    let (note, hypothesis) = (estate.note(), "[[hypothesis]]\nkind = \"storage\"\n");
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&estate.pins()) };
    bundle::prove(parts, &estate.beside()).unwrap().octets
}

/// What a refused file says, and up to where it was read.
fn read_of(path: &Path, most: u64) -> (String, u64) {
    let named = Named::open(path).unwrap();
    let Named::File(file) = &named else { panic!("{named:?}") };
    let mut same_place = file.try_clone().unwrap();
    let refused = named.to_end(most).unwrap_err();
    (refused.to_string(), same_place.stream_position().unwrap())
}

#[test]
fn of_what_is_too_large_nothing_is_read_or_one_octet_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    File::create(&path).unwrap().set_len(GIGABYTE).unwrap();
    assert_eq!(read_of(&path, GIGABYTE - 1), (format!("larger than {} octets", GIGABYTE - 1), 0));
    // Its length is told as nought.
    assert_eq!(read_of(Path::new("/proc/self/status"), 9), ("larger than 9 octets".to_owned(), 10));

    File::create(&path).unwrap().write_all(b"ten octets").unwrap();
    assert_eq!(named::read(&path, 10).unwrap(), b"ten octets");
    assert_eq!(read_of(&path, 9), ("larger than 9 octets".to_owned(), 0));
}

#[test]
fn what_is_no_file_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["/dev/zero", "/dev/null", dir.path().to_str().unwrap()] {
        assert!(matches!(Named::open(path.as_ref()), Err(Unread::NeitherFileNorPipe)), "{path}");
    }
    let none = Named::open(&dir.path().join("none"));
    assert!(matches!(none, Err(Unread::System(error)) if error.kind() == std::io::ErrorKind::NotFound));
}

#[test]
fn a_pipe_is_waited_for_where_somebody_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    assert!(matches!(Named::open(&path), Err(Unread::NobodyWrites)));
    for before in ["", "b", "before "] {
        // Open both ways, nobody is waited for.
        let mut writer = File::options().read(true).write(true).open(&path).unwrap();
        writer.write_all(before.as_bytes()).unwrap();
        let named = Named::open(&path).unwrap();
        let written = std::thread::spawn(move || writer.write_all(b"and after").unwrap());
        assert_eq!(named.to_end(20).unwrap(), format!("{before}and after").as_bytes());
        written.join().unwrap();
    }
    let mut writer = File::options().read(true).write(true).open(&path).unwrap();
    writer.write_all(b"ten octets").unwrap();
    assert!(matches!(named::read(&path, 9), Err(Unread::TooLarge { most: 9 })));
}

/// By a shell, in a folder with a bundle and its pins.
fn verified(dir: &Path, words: &str) -> Output {
    let line = format!("exec \"$0\" {words}");
    let verify = env!("CARGO_BIN_EXE_bulla-verify");
    Command::new("bash").args(["-c", &line, verify]).current_dir(dir).output().unwrap()
}

#[test]
fn a_verifier_takes_pipes_and_refuses_what_never_ends() {
    let (dir, estate) = (tempfile::tempdir().unwrap(), autumn());
    std::fs::write(dir.path().join("bundle"), prove(&estate)).unwrap();
    std::fs::write(dir.path().join("pins"), estate.pins_text()).unwrap();
    std::fs::write(dir.path().join("note"), estate.note()).unwrap();
    File::create(dir.path().join("sparse")).unwrap().set_len(5 * GIGABYTE).unwrap();
    fifo(dir.path());
    for words in [
        "bundle --pins pins --note note",
        "<(cat bundle) --pins <(cat pins) --note <(cat note)",
        "/dev/stdin --pins pins < bundle",
        "/dev/stdin --pins pins < <(cat bundle)",
        "bundle --pins /dev/stdin < pins",
    ] {
        let ran = verified(dir.path(), words);
        assert_eq!(ran.status.code(), Some(0), "{words}: {ran:?}");
    }
    let pins = incident::pins::OCTETS_MAX;
    for (words, said) in [
        ("/dev/zero", "/dev/zero: neither a file nor a pipe".to_owned()),
        ("bundle --pins /dev/zero", "/dev/zero: neither a file nor a pipe".to_owned()),
        ("bundle --note .", ".: neither a file nor a pipe".to_owned()),
        ("fifo", "fifo: a pipe that nobody writes to".to_owned()),
        ("bundle --note fifo", "fifo: a pipe that nobody writes to".to_owned()),
        ("bundle --pins sparse", format!("sparse: larger than {pins} octets")),
        ("bundle --pins <(cat /dev/zero)", format!("larger than {pins} octets")),
    ] {
        let ran = verified(dir.path(), words);
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{words}: {stderr}");
        assert!(stderr.starts_with("could not: ") && stderr.ends_with(&format!("{said}\n")), "{words}: {stderr}");
    }
    // A bundle stays where it is, and its index says how long it is.
    assert_eq!(verified(dir.path(), "sparse").status.code(), Some(1));
}

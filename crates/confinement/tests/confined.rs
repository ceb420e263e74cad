//! What a confined thread tries and the kernel refuses. Each test confines a thread of its own, which ends with it: the
//! others of this process stay free.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use confinement::{Confinement, Needs, confine};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
    sync::mpsc,
    thread,
};

/// In a thread that is confined to these needs.
fn confined<T: Send>(needs: &Needs, act: impl FnOnce(Confinement) -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(|| act(confine(needs))).join().unwrap())
}

/// Says so where the kernel cannot do it, as it can where this is developed.
fn holds(holds: bool, what: &str) -> bool {
    if !holds {
        eprintln!("NOT TESTED: this kernel does not confine {what}");
    }
    holds
}

fn kind<T>(tried: std::io::Result<T>) -> ErrorKind {
    tried.err().expect("refused").kind()
}

#[test]
fn its_own_files_and_no_others() {
    let place = tempfile::tempdir().unwrap();
    let [own, other] = ["own", "other"].map(|name| place.path().join(name));
    [&own, &own.join("below"), &other].iter().for_each(|dir| fs::create_dir(dir).unwrap());
    fs::write(other.join("secret"), "s").unwrap();
    std::os::unix::fs::symlink(other.join("secret"), own.join("link")).unwrap();
    let act = |confinement: Confinement| {
        if !holds(confinement.files, "files") {
            return;
        }
        fs::write(own.join("new"), "1").unwrap();
        fs::rename(own.join("new"), own.join("below/new")).unwrap();
        fs::hard_link(own.join("below/new"), own.join("again")).unwrap();
        assert_eq!(fs::read_to_string(own.join("again")).unwrap(), "1");
        assert_eq!(fs::read_dir(&own).unwrap().count(), 3);
        File::options().write(true).open(own.join("again")).unwrap().set_len(0).unwrap();
        fs::remove_file(own.join("below/new")).unwrap();
        fs::remove_dir(own.join("below")).unwrap();
        for outside in
            [&other.join("secret"), &own.join("link"), Path::new("/etc/passwd"), Path::new("/proc/1/environ")]
        {
            assert_eq!(kind(File::open(outside)), ErrorKind::PermissionDenied, "{}", outside.display());
        }
        assert_eq!(kind(fs::read_dir("/")), ErrorKind::PermissionDenied);
        assert_eq!(kind(fs::write(other.join("new"), "2")), ErrorKind::PermissionDenied);
        assert_eq!(kind(fs::remove_file(other.join("secret"))), ErrorKind::PermissionDenied);
        assert_eq!(kind(fs::rename(own.join("again"), other.join("again"))), ErrorKind::PermissionDenied);
    };
    confined(&Needs::new(&own, 0), act);
    assert_eq!(fs::read_to_string(other.join("secret")).unwrap(), "s", "and who is not confined reads it");
}

#[test]
fn what_is_only_read_is_not_written() {
    let place = tempfile::tempdir().unwrap();
    let [own, tls] = ["own", "tls"].map(|name| place.path().join(name));
    [&own, &tls].iter().for_each(|dir| fs::create_dir(dir).unwrap());
    let (certificate, partners) = (tls.join("cert.pem"), place.path().join("partners.toml"));
    fs::write(&certificate, "first").unwrap();
    fs::write(&partners, "p").unwrap();
    let needs = Needs::new(&own, 0).reading_again(&certificate).reading(&partners);
    let (confined_now, is_confined) = mpsc::channel();
    let (renewed_now, is_renewed) = mpsc::channel();
    let act = move |confinement: Confinement| {
        confined_now.send(()).unwrap();
        is_renewed.recv().unwrap();
        if !holds(confinement.files, "files") {
            return;
        }
        assert_eq!(fs::read_to_string(&partners).unwrap(), "p");
        assert_eq!(fs::read_to_string(&certificate).unwrap(), "second");
        assert_eq!(kind(fs::write(&certificate, "x")), ErrorKind::PermissionDenied);
        assert_eq!(kind(fs::write(certificate.with_file_name("new"), "x")), ErrorKind::PermissionDenied);
    };
    thread::scope(|scope| {
        scope.spawn(|| confined(&needs, act));
        is_confined.recv().unwrap();
        // Another file takes the name, as a renewal does.
        fs::write(tls.join("next"), "second").unwrap();
        fs::rename(tls.join("next"), tls.join("cert.pem")).unwrap();
        renewed_now.send(()).unwrap();
    });
}

#[test]
fn its_own_ports_and_no_others() {
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let [there, elsewhere] = [&there, &elsewhere].map(|listener| listener.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let needs = Needs::new(dir.path(), free).connecting_to(&format!("http://{there}/tile"));
    confined(&needs, |confinement| {
        if !holds(confinement.ports, "ports") {
            return;
        }
        let own = TcpListener::bind(("127.0.0.1", free)).unwrap();
        TcpStream::connect(there).unwrap();
        assert_eq!(kind(TcpListener::bind("127.0.0.1:0")), ErrorKind::PermissionDenied);
        assert_eq!(kind(TcpStream::connect(elsewhere)), ErrorKind::PermissionDenied);
        drop(own);
    });
    let needs = Needs::new(dir.path(), 0).connecting_anywhere();
    confined(&needs, |confinement| {
        if !holds(confinement.ports, "ports") {
            return;
        }
        TcpListener::bind("127.0.0.1:0").unwrap();
        TcpStream::connect(elsewhere).unwrap();
        assert_eq!(kind(TcpListener::bind(("127.0.0.1", free))), ErrorKind::PermissionDenied);
    });
}

#[test]
fn no_program_and_no_process_is_started() {
    let dir = tempfile::tempdir().unwrap();
    // As a thief would who can write: a program of his own.
    fs::copy("/bin/true", dir.path().join("true")).unwrap();
    for needs in [Needs::new(dir.path(), 0), Needs::new(dir.path(), 0).connecting_anywhere()] {
        confined(&needs, |confinement| {
            if !holds(confinement.calls, "system calls") {
                return;
            }
            for program in [Path::new("/bin/true"), &dir.path().join("true")] {
                assert_eq!(kind(Command::new(program).status()), ErrorKind::Unsupported, "{}", program.display());
            }
            // In this process's place, without a fork.
            let replaced = std::os::unix::process::CommandExt::exec(&mut Command::new("/bin/true"));
            assert_eq!(replaced.kind(), ErrorKind::Unsupported);
        });
    }
    assert!(Command::new(dir.path().join("true")).status().unwrap().success(), "who is not confined starts it");
}

#[test]
fn what_a_server_does_it_still_does() {
    let dir = tempfile::tempdir().unwrap();
    confined(&Needs::new(dir.path(), 0), |confinement| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // A thread of a confined one is confined, too.
        let asked = thread::Builder::new().name("asks".to_owned()).spawn(move || {
            let mut stream = TcpStream::connect(address);
            let refused = stream.as_ref().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
            let _ = stream.as_mut().map(|stream| stream.write_all(b"x").unwrap());
            refused
        });
        let refused = asked.unwrap().join().unwrap();
        assert_eq!(refused, confinement.ports, "it connects to nobody");
        let (mut one, mut two) = UnixStream::pair().unwrap();
        one.write_all(b"y").unwrap();
        let mut octet = [0];
        two.read_exact(&mut octet).unwrap();
        assert_eq!(&octet, b"y");
        UdpSocket::bind("127.0.0.1:0").unwrap();
        vec![1_u8; 64 << 20].iter().for_each(|octet| assert_eq!(*octet, 1));
        if confinement.calls {
            assert_eq!(kind(UnixStream::connect("/run/nowhere")).to_string(), "unsupported");
        }
    });
}

#[test]
fn what_is_confined_looks_up_names_if_it_must() {
    let dir = tempfile::tempdir().unwrap();
    let found = |needs: &Needs| {
        confined(needs, |_| std::net::ToSocketAddrs::to_socket_addrs("localhost:1").map(|found| found.count()))
    };
    assert!(found(&Needs::new(dir.path(), 0).connecting_to("http://localhost:1")).unwrap() > 0);
}

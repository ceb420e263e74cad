//! That the roles that really run are confined, and that this is the kernel's doing and not only said.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};
use support::{Folder, Server};

const ROLES: [&str; 4] = ["gateway", "warden", "witness", "carrier"];

#[test]
fn every_thread_of_every_role_has_the_filter() {
    let server = Server::start();
    server.wait_until_ready();
    let said = server.output();
    for role in ROLES {
        assert!(said.contains(&format!("{role}: confined: ")), "{role} says what holds: {said}");
        if said.contains("not system calls") {
            eprintln!("NOT TESTED: this kernel does not confine system calls");
            return;
        }
        let pid = server.pid(role).expect("it runs").as_raw_nonzero();
        let threads: Vec<_> = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten().collect();
        assert!(threads.len() > 1, "{role} has threads");
        for thread in threads {
            // One may have ended.
            let Ok(status) = fs::read_to_string(thread.path().join("status")) else { continue };
            for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
                assert!(status.lines().any(|is| is == line), "{role}: {line}\n{status}");
            }
        }
    }
}

/// A link that somebody has put into a role's directory leads nowhere but there, whatever the role's user may read: it is
/// confined before it reads its key.
#[test]
fn no_link_leads_out_of_a_roles_directory() {
    let folder = Folder::new();
    let dir = folder.path().join("witness");
    fs::create_dir(&dir).unwrap();
    let (shown, program) = (dir.display().to_string(), env!("CARGO_BIN_EXE_bulla"));
    let init = Command::new(program).args(["witness", "init", "--dir", &shown, "--name", "w.example/1"]).output();
    assert!(init.unwrap().status.success());
    let key = tlog::Signer::new("l.example", &[7; 32]).unwrap().verifier();
    let text = format!(
        "dir = {shown:?}\nlisten = \"127.0.0.1:0\"\nlog = \"http://127.0.0.1:1\"\norigin = \"l.example\"\nlog_key = \"{key}\"\n"
    );
    let config = folder.path().join("witness.toml");
    fs::write(&config, text).unwrap();
    let (inside, beyond) = (dir.join("kept"), folder.path().join("elsewhere"));
    fs::copy(dir.join("signer"), &beyond).unwrap();
    fs::rename(dir.join("signer"), &inside).unwrap();
    let runs = |target: &Path| {
        let link = dir.join("link");
        symlink(target, &link).unwrap();
        fs::rename(&link, dir.join("signer")).unwrap();
        let _ = fs::remove_file(dir.join("address"));
        let mut command = Command::new(program);
        command.args(["witness", "--config", &config.display().to_string()]).stdout(Stdio::null());
        let mut witness = command.stderr(Stdio::piped()).spawn().unwrap();
        let ended = support::wait_for("a start or a refusal", || {
            dir.join("address").exists().then_some(None).or_else(|| witness.try_wait().unwrap().map(Some))
        });
        let _ = witness.kill();
        let said = String::from_utf8(witness.wait_with_output().unwrap().stderr).unwrap();
        (ended.and_then(|status| status.code()), said)
    };
    let (ended, said) = runs(&inside);
    assert_eq!(ended, None, "it follows a link within its directory: {said}");
    if said.contains("not files") {
        eprintln!("NOT TESTED: this kernel does not confine files");
        return;
    }
    let (ended, said) = runs(&beyond);
    assert_eq!(ended, Some(2), "it does not follow one that leads out of it: {said}");
    assert!(said.to_lowercase().contains("permission denied"), "{said}");
}

/// Seen under systemd 252: without `seccomp` among them a role runs on, and says that its system calls are not confined.
#[test]
fn the_units_leave_a_role_what_it_confines_itself_by() {
    for role in ["gateway", "warden", "witness"] {
        let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../systemd/bulla-{role}.service"));
        let text = fs::read_to_string(unit).unwrap();
        let allowed: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("SystemCallFilter="))
            .filter(|calls| !calls.starts_with('~'))
            .flat_map(str::split_whitespace)
            .collect();
        for call in ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "mlockall"] {
            assert!(allowed.contains(&call), "{role}: {call}");
        }
    }
}

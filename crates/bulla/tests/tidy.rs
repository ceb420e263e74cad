//! The house's rules, checked: who may use whom, what stays out, how long files get.

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf, process::Command};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is two levels up")
}

fn sources() -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("a readable folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut found);
    assert!(found.len() > 20, "the walk found the sources");
    found
}

/// DESIGN section 8's "who may use whom", as ARCHITECTURE.md states it.
#[test]
fn crate_edges() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("edi", &[][..]),
        ("as2", &[]),
        ("tlog", &[]),
        ("durable", &[]),
        ("ledger", &["tlog"]),
        ("manifest", &["edi"]),
        ("seal", &["ledger"]),
        ("vault", &["seal", "ledger", "durable"]),
        ("api", &["seal", "ledger", "tlog"]),
        ("warden", &["api", "seal", "ledger", "tlog", "durable"]),
        ("witness", &["tlog", "durable"]),
        ("incident", &["ledger", "tlog"]),
        (
            "bulla",
            &[
                "api", "edi", "as2", "tlog", "durable", "ledger", "manifest", "seal", "vault", "warden", "witness",
                "incident",
            ],
        ),
    ]);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert_eq!(packages.len(), allowed.len(), "each crate is in the table above");
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        assert!(architecture.contains(&format!("`{name}`")), "ARCHITECTURE.md names `{name}`");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = dependency["name"].as_str().expect("a name");
            let ours = allowed.contains_key(used) && dependency["kind"].is_null();
            assert!(!ours || allowed[name].contains(&used), "{name} must not use {used}");
        }
    }
}

#[test]
fn no_left_overs() {
    let banned = [concat!("todo", "!("), concat!("dbg", "!("), concat!("unimplemented", "!("), concat!("#[ign", "ore")];
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a readable source");
        for word in banned {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn files_stay_short() {
    for path in sources() {
        let lines = fs::read_to_string(&path).expect("a readable source").lines().count();
        assert!(lines <= 800, "{} has {lines} lines; split it", path.display());
    }
}

#[test]
fn unsafe_is_forbidden_everywhere() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for entry in fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).expect("a crate's Cargo.toml");
        // `edi` calls functions that are compiled for some processors only, in two files.
        let denied = entry.file_name() == "edi" && manifest.contains("unsafe_code = \"deny\"");
        assert!(
            manifest.contains("[lints]\nworkspace = true") || denied,
            "{} takes the workspace's lints",
            entry.path().display()
        );
    }
    let allow = concat!("allow(", "unsafe_code");
    let allowing = sources().into_iter().filter(|path| fs::read_to_string(path).expect("readable").contains(allow));
    let mut files: Vec<_> = allowing.map(|path| path.strip_prefix(root()).expect("ours").to_owned()).collect();
    files.sort();
    // The third counts allocations.
    let expected = ["src/index/avx2.rs", "src/index/sse2.rs", "tests/index.rs"];
    assert_eq!(files, expected.map(|path| Path::new("crates/edi").join(path)));
}

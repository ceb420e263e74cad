//! The house's rules, checked: who may use whom, what stays out, how long files get.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    path::PathBuf,
    process::Command,
};

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

/// What the binary uses: nearly everything.
const BULLA: &[&str] = &[
    "api",
    "console",
    "gateway",
    "edi",
    "as2",
    "tlog",
    "durable",
    "door",
    "ledger",
    "manifest",
    "seal",
    "vault",
    "warden",
    "witness",
    "incident",
    "report",
    "drill",
    "memory",
    "passkey",
    "confinement",
];

/// DESIGN section 8's "who may use whom", as ARCHITECTURE.md states it.
#[test]
fn crate_edges() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("edi", &[][..]),
        ("as2", &[]),
        ("tlog", &[]),
        ("durable", &[]),
        ("door", &[]),
        ("memory", &[]),
        ("passkey", &[]),
        ("confinement", &[]),
        ("ledger", &["tlog"]),
        ("manifest", &["edi", "ledger"]),
        ("seal", &["ledger"]),
        ("coholder", &["seal", "ledger", "tlog"]),
        ("vault", &["seal", "ledger", "durable"]),
        ("api", &["seal", "ledger", "tlog"]),
        ("warden", &["api", "seal", "ledger", "tlog", "durable", "door", "memory", "confinement"]),
        ("witness", &["tlog", "durable", "door", "memory", "confinement"]),
        ("gateway", &["api", "edi", "as2", "durable", "ledger", "manifest", "memory", "seal", "vault"]),
        ("incident", &["ledger", "tlog"]),
        ("report", &["incident", "ledger"]),
        (
            "drill",
            &["coholder", "edi", "gateway", "incident", "ledger", "manifest", "report", "seal", "tlog", "warden"],
        ),
        ("console", &["api", "ledger"]),
        ("bulla", BULLA),
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

/// What is in a binary is what has to be trusted: the processes that must be small stay small, and ARCHITECTURE.md says how
/// small. Each crate and version that is compiled for them counts once, build scripts and procedural macros too.
#[test]
fn small_binaries() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for binary in ["warden", "witness"] {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--locked", "--package", binary, "--edges", "normal,build", "--prefix", "none"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let crates: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        assert!(crates.len() > 50 && crates.len() < 160, "bulla-{binary} is made of {} crates", crates.len());
        let sentence = format!("`bulla-{binary}` of {} crates", crates.len());
        assert!(architecture.contains(&sentence), "ARCHITECTURE.md says: {sentence}");
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

/// Files that are longer than 400 lines, and why.
const LONG_FILES: [(&str, &str); 2] = [
    ("seal/tests/vectors/cases.rs", "a table of vectors, one function a case"),
    ("incident/tests/bundle.rs", "one way to forge a bundle after the other"),
];
/// Functions that are longer than 70 lines, and why.
const LONG_FUNCTIONS: [(&str, &str, &str); 2] = [
    ("seal/tests/vectors/cases.rs", "refusals", "a list of cases"),
    ("manifest/tests/guides.rs", "what_is_wrong_is_told_with_its_line_and_what_to_do", "a list of cases"),
];

fn name_of(path: &Path) -> String {
    path.strip_prefix(root().join("crates")).expect("a source is under crates").display().to_string()
}

#[test]
fn files_stay_short() {
    for path in sources() {
        let (name, lines) = (name_of(&path), fs::read_to_string(&path).expect("a readable source").lines().count());
        let excepted = LONG_FILES.iter().any(|(file, _)| *file == name);
        assert_eq!(lines > 400, excepted, "{name} has {lines} lines; split it, or take it off the list");
    }
}

/// Name and length of each function; as rustfmt writes them, one ends at a brace under its first letter.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let words = start.split_whitespace().take_while(|word| !word.starts_with("fn(")).collect::<Vec<_>>();
        let Some(place) = words.iter().position(|word| *word == "fn").filter(|place| *place < 5) else { continue };
        let plain = words[..place].iter().all(|w| w.starts_with("pub") || ["async", "const", "unsafe"].contains(w));
        if !plain || line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - start.len()]);
        let length = lines[first..].iter().position(|line| *line == end).map_or(0, |last| last + 1);
        let name: String = words[place + 1].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        found.push((name, length));
    }
    found
}

#[test]
fn functions_stay_short() {
    let mut seen = 0;
    for path in sources() {
        let name = name_of(&path);
        for (function, lines) in functions(&fs::read_to_string(&path).expect("a readable source")) {
            seen += 1;
            let excepted = LONG_FUNCTIONS.iter().any(|(file, known, _)| (*file, *known) == (&name, &function));
            assert_eq!(lines > 70, excepted, "{name}: {function} has {lines} lines");
        }
    }
    assert!(seen > 1000, "the functions were found: {seen}");
}

/// The module of a source, as a path within its crate: `exchange/store`, `lib` at the top.
fn module(path: &Path) -> String {
    let name = path.with_extension("").display().to_string();
    name.strip_suffix("/mod").unwrap_or(&name).to_owned()
}

/// Which modules of its crate a source names, by `crate::` and `super::`.
fn named(own: &str, text: &str, all: &[String]) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    // What a comment names is not needed.
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    let parent = own.rsplit_once('/').map_or("", |(parent, _)| parent);
    for (word, from) in [("crate::", ""), ("super::", parent)] {
        for rest in code.split(word).skip(1) {
            for item in items(rest) {
                let path = item.replace("::", "/");
                let path = if from.is_empty() { path } else { format!("{from}/{path}") };
                let longest = all.iter().filter(|m| path == **m || path.starts_with(&format!("{m}/")));
                found.extend(longest.max_by_key(|m| m.len()).cloned());
            }
        }
    }
    found.retain(|module| module != own);
    found
}

/// `a::b` of `a::b;`, and each `a::x` of `a::{x, y::z}`.
fn items(text: &str) -> Vec<String> {
    let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let head: String = text.chars().take_while(|c| !end(*c)).collect();
    let rest = &text[head.len()..];
    if !rest.starts_with('{') || !(head.is_empty() || head.ends_with("::")) {
        return vec![head];
    }
    let mut depth = 0;
    let close = rest.find(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let mut all = Vec::new();
    let (mut depth, mut from) = (0, 1);
    let inner = &rest[..close.unwrap_or(rest.len())];
    for (place, c) in inner.char_indices().skip(1).chain([(inner.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            let item = inner[from..place].trim();
            all.extend(items(item).into_iter().map(|item| format!("{head}{item}")));
            from = place + 1;
        }
    }
    all
}

/// No module needs another that needs it: whoever reads one from its top needs nothing twice. Circles
/// that stay are named with their reason.
#[test]
fn modules_make_no_circles() {
    let mut circles: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let crate_name = entry.file_name().into_string().expect("a crate's name");
        let src = entry.path().join("src");
        let own: Vec<PathBuf> = sources().into_iter().filter(|path| path.starts_with(&src)).collect();
        let relative = |path: &Path| module(path.strip_prefix(&src).expect("within the crate"));
        let all: Vec<String> = own.iter().map(|path| relative(path)).collect();
        let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in &own {
            let text = fs::read_to_string(path).expect("a readable source");
            edges.insert(relative(path), named(&relative(path), &text, &all));
        }
        // What needs nothing that is left is taken away, until only circles are left.
        loop {
            let free = |needs: &Vec<String>| needs.iter().all(|needed| !edges.contains_key(needed));
            let gone: Vec<String> = edges.iter().filter(|(_, needs)| free(needs)).map(|(m, _)| m.clone()).collect();
            if gone.is_empty() {
                break;
            }
            edges.retain(|module, _| !gone.contains(module));
        }
        // And what is only on the way to one.
        loop {
            let needed: Vec<String> = edges.values().flatten().cloned().collect();
            let before = edges.len();
            edges.retain(|module, _| needed.contains(module));
            if edges.len() == before {
                break;
            }
        }
        circles.extend(edges.into_keys().map(|module| (crate_name.clone(), module)));
    }
    circles.sort();
    let mut known = Vec::new();
    for (name, modules, _) in KNOWN_CIRCLES {
        known.extend(modules.iter().map(|module| (name.to_owned(), (*module).to_owned())));
    }
    assert_eq!(circles, known);
}

/// Circles that stay: crate, modules, reason.
const KNOWN_CIRCLES: [(&str, &[&str], &str); 3] = [
    ("edi", &["tables/library", "tables/outline"], "an outline is checked against the library that it stands in"),
    (
        "tlog",
        &["bundle", "cosignature", "error", "key", "note", "text", "tile"],
        "one error for the crate, which quotes each format's limits",
    ),
    ("witness", &["mirror", "rules"], "a copy is kept of what was cosigned, and cosigned is what the copy leads to"),
];

#[test]
fn unsafe_is_forbidden_everywhere() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for entry in fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).expect("a crate's Cargo.toml");
        // `edi` calls functions that are compiled for some processors only, in two files; `memory` clears vector registers.
        let denied = ["edi", "memory"].iter().any(|name| entry.file_name() == *name)
            && manifest.contains("unsafe_code = \"deny\"");
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
    // The fourth counts allocations.
    let expected = [
        "edi/src/index/avx2.rs",
        "edi/src/index/avx512.rs",
        "edi/src/index/sse2.rs",
        "edi/tests/index.rs",
        "memory/src/freed.rs",
        "memory/src/thread.rs",
    ];
    assert_eq!(files, expected.map(|path| Path::new("crates").join(path)));
}

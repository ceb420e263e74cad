//! The README's commands, as they stand there, in their order, against a demo: each ends as the text around it says.

mod support;

use std::{fs, path::Path};
use support::Server;

/// The commands whose exit code is not 0.
const REFUSED: [(&str, usize, i32); 3] = [
    // The second one, after a byte of the bundle was changed; one without pins; an opening after everything was forgotten.
    ("verify assessment/bundle.bulla --pins bulla-data/demo/pins.toml", 1, 1),
    ("verify assessment/bundle.bulla", 0, 3),
    ("open --tracking 9999157075900001 --class address --purpose support --ticket CASE-19", 0, 1),
];

fn commands(readme: &str) -> Vec<String> {
    let lines = readme.lines().filter_map(|line| line.strip_prefix("$ ").or_else(|| line.strip_prefix("> ")));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_readme_s_commands_do_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
    let readme = fs::read_to_string(root.join("README.md")).expect("README.md");
    let server = Server::start();
    let out = server.beside("assessment");
    let mut times = std::collections::BTreeMap::<String, usize>::new();
    let mut ran = 0;
    for command in commands(&readme) {
        if command.starts_with("printf X | dd of=assessment/bundle.bulla") {
            let bundle = out.join("bundle.bulla");
            let mut octets = fs::read(&bundle).expect("a bundle");
            octets[5000] ^= 1;
            fs::write(bundle, octets).expect("written");
        }
        let Some(words) = command.strip_prefix("bulla ") else { continue };
        server.wait_until_delivered();
        let seen = times.entry(words.to_owned()).or_default();
        let refused = REFUSED.iter().find(|(command, time, _)| (*command, *time) == (words, *seen));
        let code = refused.map_or(0, |(.., code)| *code);
        *seen += 1;
        let place = |word: &str| match word.strip_prefix("assessment") {
            Some(rest) => format!("{}{rest}", out.display()),
            None if word.starts_with("bulla-data/demo/") => {
                word.replacen("bulla-data/demo", &server.dir("demo").display().to_string(), 1)
            }
            None if word.starts_with("examples/") => root.join(word).display().to_string(),
            None => word.to_owned(),
        };
        let words: Vec<String> = words.split_whitespace().map(place).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        server.run(&words).expect(code);
        ran += 1;
    }
    assert!(ran >= 16, "the commands were found: {ran}");
}

//! The languages say the same things, and everything that is said has words.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use console::{Language, Words};
use std::{collections::BTreeSet, fs, path::Path};

fn places(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_places() {
    let [english, french] = Language::ALL.map(Language::words);
    let keys = |words: &'static Words| words.all().map(|(key, _)| key).collect::<BTreeSet<_>>();
    assert_eq!(keys(english), keys(french));
    for (key, sentence) in english.all() {
        let other = french.say(key);
        assert_eq!(places(sentence), places(other), "{key}");
        assert!(!sentence.trim().is_empty() && !other.trim().is_empty(), "{key}");
        if let Some(stem) = key.strip_suffix("_one") {
            assert!(english.has(&format!("{stem}_other")), "{key} has its plural");
        }
    }
}

#[test]
fn french_has_its_spaces_and_counts_nothing_as_one() {
    for (key, sentence) in Language::French.words().all() {
        for mark in [" :", " ;", " ?", " !", "« ", " »"] {
            assert!(!sentence.contains(mark), "{key}: a no-break space at {mark:?}");
        }
    }
    let words = Language::French.words();
    assert!(words.count("pulse.waiting", 0).contains("entrée l"));
    assert!(Language::English.words().count("pulse.waiting", 0).contains("entries"));
    assert_eq!(
        (Language::French.number(1_234_567), Language::English.number(999)),
        ("1\u{202f}234\u{202f}567".into(), "999".into())
    );
}

#[test]
fn what_templates_and_code_say_has_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["templates", "src"].into_iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap().flatten());
    let words = Language::English.words();
    let groups: BTreeSet<&str> = words.all().map(|(key, _)| key.split_once('.').unwrap().0).collect();
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(file.path()).unwrap();
        for quoted in text.split('"').skip(1) {
            let Some((group, name)) = quoted.split_once('.') else { continue };
            let plain =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !groups.contains(group) || !plain || name == "html" {
                continue;
            }
            let stem = |key: &str| words.all().any(|(own, _)| own.starts_with(&format!("{key}_")));
            assert!(words.has(quoted) || stem(quoted), "{quoted} in {}", file.path().display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn templates_have_no_text_of_their_own() {
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap().flatten() {
        let text = fs::read_to_string(file.path()).unwrap();
        let mut outside = String::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find(['<', '{']) {
            outside += &rest[..open];
            let end = match &rest[open..] {
                tag if tag.starts_with("{{") => "}}",
                tag if tag.starts_with("{%") => "%}",
                tag if tag.starts_with('<') => ">",
                _ => "}",
            };
            let after = &rest[open..];
            rest = after.find(end).map_or("", |at| &after[at + end.len()..]);
        }
        outside += rest;
        let words: Vec<_> =
            outside.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 2 && *word != "Bulla").collect();
        assert!(words.is_empty(), "{}: {words:?}", file.path().display());
    }
}

#[test]
fn a_browser_gets_the_first_language_that_is_spoken_here() {
    for (asked, expected) in
        [("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("de, en-GB", "en"), ("de", "en"), ("", "en"), ("FR", "fr")]
    {
        assert_eq!(Language::accepted(asked).code(), expected, "{asked}");
    }
}

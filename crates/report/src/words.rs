//! The page's sentences: a file a language, the same keys in each. Places are `{named}`, never glued.

use crate::Language;
use std::{collections::BTreeMap, sync::LazyLock};

static EN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| read(include_str!("../words/en.toml")));
static FR: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| read(include_str!("../words/fr.toml")));

fn read(text: &str) -> BTreeMap<String, String> {
    toml::from_str(text).expect("a test reads both files")
}

/// A sentence as it stands. A key that is not there is shown as itself: a test compares templates and files.
pub fn say(language: Language, key: &str) -> String {
    let words = match language {
        Language::En => &EN,
        Language::Fr => &FR,
    };
    words.get(key).cloned().unwrap_or_else(|| key.to_owned())
}

/// A sentence with its places filled.
pub fn fill(language: Language, key: &str, places: &[(&str, String)]) -> String {
    let sentence = say(language, key);
    let mut filled = String::with_capacity(sentence.len() + 40);
    let mut rest = sentence.as_str();
    // In one walk: what a place is filled with is not looked at again.
    while let Some((before, (name, after))) = rest.split_once('{').and_then(|(a, b)| Some((a, b.split_once('}')?))) {
        filled += before;
        filled += places.iter().find(|(of, _)| *of == name).map_or("", |(_, value)| value.as_str());
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sentence: &str) -> Vec<&str> {
        let mut places: Vec<_> = sentence.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(EN.keys().collect::<Vec<_>>(), FR.keys().collect::<Vec<_>>());
        for (key, sentence) in EN.iter() {
            assert_eq!(places(sentence), places(&FR[key]), "{key}");
        }
    }

    #[test]
    fn french_has_its_spaces() {
        for (key, sentence) in FR.iter() {
            for mark in [" :", " ;", " ?", " !", "« ", " »"] {
                assert!(!sentence.contains(mark), "{key}: a no-break space at {mark:?}");
            }
        }
    }

    #[test]
    fn a_place_is_filled_once() {
        let filled = fill(Language::En, "from_to", &[("from", "{to}".into()), ("to", "B".into())]);
        assert_eq!(filled, "from {to} to B");
    }
}

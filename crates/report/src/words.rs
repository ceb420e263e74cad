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

/// A sentence with its places filled: `{rows}` by what it is, `{rows:row|rows}` by the first word if that is one, otherwise by the second.
pub fn fill(language: Language, key: &str, places: &[(&str, String)]) -> String {
    let sentence = say(language, key);
    let mut filled = String::with_capacity(sentence.len() + 40);
    let mut rest = sentence.as_str();
    // In one walk: what a place is filled with is not looked at again.
    while let Some((before, (place, after))) = rest.split_once('{').and_then(|(a, b)| Some((a, b.split_once('}')?))) {
        let (name, forms) = place.split_once(':').unwrap_or((place, ""));
        let value = places.iter().find(|(of, _)| *of == name).map_or("", |(_, value)| value.as_str());
        filled += before;
        filled += match forms.split_once('|') {
            Some((one, _)) if language.is_one(value) => one,
            Some((_, more)) => more,
            None => value,
        };
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places(sentence: &str) -> Vec<&str> {
        let places = sentence.split('{').skip(1).filter_map(|part| part.split(['}', ':']).next());
        let places: BTreeSet<_> = places.collect();
        places.into_iter().collect()
    }

    #[test]
    fn a_word_is_as_its_number_is() {
        let rows = |language, rows: &str| {
            let places = [("rows", rows.to_owned()), ("shippers", "1".into()), ("parties", "2".into())];
            fill(language, "no_bound", &places)
        };
        for (number, words) in [("0", "0 rows (parcels)"), ("1", "1 row (parcel)"), ("1,001", "1,001 rows (parcels)")] {
            assert!(rows(Language::En, number).ends_with(&format!(": {words} of 1 shipper, 2 parties.")), "{number}");
        }
        for (number, words) in [("0", "0 ligne (colis)"), ("1", "1 ligne (colis)"), ("2", "2 lignes (colis)")] {
            assert!(
                rows(Language::Fr, number).ends_with(&format!(": {words} de 1 expéditeur, 2 parties.")),
                "{number}"
            );
        }
        // Each choice is between two.
        for sentence in EN.values().chain(FR.values()) {
            let places = sentence.split('{').skip(1).filter_map(|part| part.split('}').next());
            assert!(places.filter_map(|place| place.split_once(':')).all(|(_, forms)| forms.split('|').count() == 2));
        }
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

//! What pages say, in each language: a file of whole sentences with named places, nothing of it in code or templates.
//!
//! A sentence with a count has a key for each plural form that its language has: `desk.late.one`, `desk.late.other`.

use std::{collections::BTreeMap, fmt::Display, sync::OnceLock};

/// A language that the console speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// All of them, the one for whoever asks for none first.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// As in HTML's `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The one with this code.
    pub fn with_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The first that a browser's `Accept-Language` names and that is spoken here.
    pub fn accepted(header: &str) -> Self {
        let code = |range: &str| range.trim().split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase();
        header.split(',').find_map(|range| Self::with_code(&code(range))).unwrap_or(Self::English)
    }

    /// What it has to say.
    pub fn words(self) -> &'static Words {
        static ENGLISH: OnceLock<Words> = OnceLock::new();
        static FRENCH: OnceLock<Words> = OnceLock::new();
        match self {
            Self::English => ENGLISH.get_or_init(|| Words::read(self, include_str!("../words/en.toml"))),
            Self::French => FRENCH.get_or_init(|| Words::read(self, include_str!("../words/fr.toml"))),
        }
    }

    /// French counts 0 as one thing.
    fn plural(self, count: u64) -> &'static str {
        match (self, count) {
            (_, 1) | (Self::French, 0) => "one",
            _ => "other",
        }
    }

    /// A number with its thousands apart.
    pub fn number(self, number: u64) -> String {
        let (digits, mut text) = (number.to_string(), String::new());
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place) % 3 == 0 {
                text.push(if self == Self::French { '\u{202f}' } else { ',' });
            }
            text.push(digit);
        }
        text
    }
}

/// The sentences of a language.
pub struct Words {
    language: Language,
    sentences: BTreeMap<String, String>,
}

impl Words {
    fn read(language: Language, file: &str) -> Self {
        let table: toml::Table = file.parse().expect("the file of words is tested");
        let mut sentences = BTreeMap::new();
        for (group, entries) in table {
            for (name, sentence) in entries.as_table().into_iter().flatten() {
                let sentence = sentence.as_str().unwrap_or_default();
                sentences.insert(format!("{group}.{name}"), sentence.to_owned());
            }
        }
        Self { language, sentences }
    }

    /// A sentence without places; its key where there is none, which a test finds before a reader does.
    pub fn say<'s>(&'s self, key: &'s str) -> &'s str {
        self.sentences.get(key).map_or(key, String::as_str)
    }

    /// Whether there is a sentence of this key.
    pub fn has(&self, key: &str) -> bool {
        self.sentences.contains_key(key)
    }

    /// A sentence with these in its places.
    pub fn with(&self, key: &str, places: &[(&str, &dyn Display)]) -> String {
        let mut sentence = String::new();
        let mut rest = self.say(key);
        while let Some((before, after)) = rest.split_once('{') {
            sentence += before;
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            if let Some((_, value)) = places.iter().find(|(place, _)| *place == name) {
                sentence += &value.to_string();
            }
            rest = after;
        }
        sentence + rest
    }

    /// A sentence about so many; `{n}` is the number.
    pub fn count(&self, key: &str, count: u64) -> String {
        self.count_with(key, count, &[])
    }

    /// The same with other places besides.
    pub fn count_with(&self, key: &str, count: u64, places: &[(&str, &dyn Display)]) -> String {
        let number = self.language.number(count);
        let places: Vec<(&str, &dyn Display)> =
            [("n", &number as &dyn Display)].into_iter().chain(places.iter().copied()).collect();
        self.with(&format!("{key}_{}", self.language.plural(count)), &places)
    }

    /// Every key with its sentence.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sentences.iter().map(|(key, sentence)| (key.as_str(), sentence.as_str()))
    }
}

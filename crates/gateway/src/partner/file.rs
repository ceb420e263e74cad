//! A file of partners, agreements or a guide, as it is applied.

use super::{Agreement, Partner, Wrong};
use serde::{Deserialize, Serialize};

/// A file of partners and agreements, with guides that they name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Texts of guides, each as its own file has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guide: Vec<String>,
    /// Shippers and carriers, by unique id.
    #[serde(default)]
    pub partner: Vec<Partner>,
    /// Who may send to whom.
    #[serde(default)]
    pub agreement: Vec<Agreement>,
}

impl File {
    /// Reads a file of partners and agreements, or the file of one guide, which is known by the keys that only a guide has.
    ///
    /// # Errors
    /// [`Wrong::File`]. A guide is judged when it is applied, with the agreements that name it.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let table: toml::Table = text.parse().map_err(|error| wrong(text, &error))?;
        let of_guides = |key: &&str| table.get(*key).is_some_and(toml::Value::is_str);
        if ["guide", "about", "form"].iter().any(of_guides) {
            return Ok(Self { guide: vec![text.to_owned()], ..Self::default() });
        }
        toml::from_str(text).map_err(|error| wrong(text, &error))
    }
}

/// What is wrong and in which line, without the line itself: it may have a token in it.
fn wrong(text: &str, error: &toml::de::Error) -> Wrong {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or_else(String::new, |before| format!("line {}: ", before.matches('\n').count() + 1));
    Wrong::File { what: format!("{line}{}", error.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_of_partners_is_told_with_its_line() {
        let told = |text: &str| File::read(text).unwrap_err().to_string();
        assert_eq!(
            told("\n\npartner = 1"),
            "the file is not valid: line 3: invalid type: integer `1`, expected a sequence"
        );
        assert!(told("a = \"SECRET").starts_with("the file is not valid: line 1: "));
        assert!(!told("a = \"SECRET").contains("SECRET"));
        assert_eq!(File::read("guide = \"g\"").unwrap().guide, ["guide = \"g\""]);
    }
}

//! Command lines that are printed for people to copy.

use std::path::Path;

/// A path as a word of a POSIX shell: between quotation marks where the shell would take it for something else.
pub fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:=@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        for (path, written) in [
            ("out/a.bulla", "out/a.bulla"),
            ("/Été/c-worst.bulla", "/Été/c-worst.bulla"),
            ("two words/a.bulla", "'two words/a.bulla'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
            ("", "''"),
        ] {
            assert_eq!(word(Path::new(path)), written);
        }
    }
}

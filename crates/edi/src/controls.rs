//! Control numbers and references: which were there before.

use crate::syntax;
use std::collections::HashSet;

/// Those that were there. Most count up: these take no memory, and no time to be hashed.
#[derive(Default)]
pub(crate) struct Controls<'i> {
    /// The first and the last of a run of numbers without gaps.
    run: Option<(u32, u32)>,
    others: HashSet<&'i [u8]>,
}

impl<'i> Controls<'i> {
    /// Whether it was not there before; it is from now on.
    pub fn insert(&mut self, control: &'i [u8]) -> bool {
        // With leading zeros it is another text, though the same number.
        let number = Some(control).filter(|text| !text.starts_with(b"0")).and_then(syntax::number);
        match (number, &mut self.run) {
            (Some(number), Some((first, last))) if (*first..=*last).contains(&number) => false,
            (Some(number), Some((_, last))) if number == *last + 1 && !self.others.contains(control) => {
                *last = number;
                true
            }
            (Some(number), run @ None) if self.others.is_empty() => {
                *run = Some((number, number));
                true
            }
            _ => self.others.insert(control),
        }
    }

    pub fn clear(&mut self) {
        self.run = None;
        self.others.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Controls;

    #[test]
    fn each_text_once() {
        let mut controls = Controls::default();
        for (text, new) in [
            ("1", true),
            ("2", true),
            ("02", true),
            ("2", false),
            ("4", true),
            ("3", true),
            ("4", false),
            ("5", true),
            ("5", false),
            ("1", false),
            ("A", true),
            ("A", false),
            ("02", false),
            ("999999999", true),
            ("9999999999", true),
            ("", true),
        ] {
            assert_eq!(controls.insert(text.as_bytes()), new, "{text}");
        }
        controls.clear();
        assert!(controls.insert(b"02") && controls.insert(b"2") && !controls.insert(b"2"));
    }
}

//! Which of the rules that no table states speak of a segment: asked once a table, not once a segment.

use super::{card, card::Texts, day, hierarchy, measure, sscc};

/// Which rules speak of segments with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Concerns {
    pub weight: bool,
    pub sscc: bool,
    pub day: bool,
    /// HL and what is summed up with it.
    pub levels: bool,
    /// Which elements are text and which are telephone numbers: they may hold a card number.
    pub texts: Option<Texts>,
}

impl Concerns {
    pub fn of(tag: &str) -> Self {
        let tag = tag.as_bytes();
        Self {
            weight: measure::concerns(tag),
            sscc: sscc::concerns(tag),
            day: day::concerns(tag),
            levels: hierarchy::concerns(tag),
            texts: card::texts(tag),
        }
    }
}

//! Counts of people: what is said before a key is used for one, and what came of it.

use crate::{CountRequest, identifier::Hash};
use serde::{Deserialize, Serialize};

/// People will be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountIntent {
    /// The hash of `request`, [`CountRequest::id`].
    pub count: Hash,
    /// The whole request, so that anyone can check who asked for what.
    pub request: CountRequest,
}

/// What became of a count. Lowers no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The `count` that it ends; it has one end at most.
    pub count: Hash,
    /// Whether there is a number.
    pub outcome: CountOutcome,
    /// How many people, two spellings taken for two; exactly when it is given.
    pub people: Option<u64>,
}

/// How a count ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountOutcome {
    /// With a number.
    Given,
    /// They are fewer than a number is given of.
    Withheld,
    /// Something did not open.
    Failed,
}

impl CountOutcome {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Withheld => "withheld",
            Self::Failed => "failed",
        }
    }
}

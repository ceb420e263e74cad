//! What is wrong with a document, as it is kept with it: codes, places, and the shape of what stands around them. Nothing of what stands
//! there, and not how long it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// In the order of their places: what refuses something first of all, as far as not all are kept.
    pub list: Vec<Finding>,
    /// At least so many more there were.
    pub more: u64,
    /// By which rules the document is made.
    pub syntax: Syntax,
    /// The segments with findings, and two around each.
    pub structure: Vec<Line>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What, as a code of a closed list.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The segment's place in the document, ISA or UNB being 1; 0: the whole document.
    pub segment: u32,
    /// The segment's id, or that of the one that is missing there; none where it is not a known one.
    pub tag: Option<String>,
    /// The element's place in the segment, from 1, and 99 for all behind it; 0: the whole segment.
    pub element: u16,
    /// The component's place in the element, likewise.
    pub component: u16,
    /// The rule that was broken, in words.
    pub rule: String,
}

/// A segment, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its place in the document.
    pub segment: u32,
    /// Its id; none where it is not a known one: that could be text of the document.
    pub tag: Option<String>,
    /// How many elements it has; 99: or more.
    pub elements: u16,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is refused for it.
    Refusal,
    /// It is accepted with it, and the acknowledgement says so.
    Error,
    /// It is noted.
    Warning,
}

/// By which rules a document is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Syntax {
    /// ASC X12.
    X12,
    /// UN/EDIFACT.
    Edifact,
}

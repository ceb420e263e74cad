//! A partner's guide: a TOML file that says how one partner's documents deviate from the rules, each deviation by name.
//!
//! ```
//! let text = r#"
//! guide = "lakeside-856"
//! about = "Ship notices of a made-up shop"
//! form = "x12"
//! messages = ["856"]
//! versions = ["004010"]
//!
//! [[leniency]]
//! name = "party-without-name"
//! code = "CONDITION_MISSING"
//! segment = "N1"
//! element = 2
//! why = "pick-up points have an address only"
//!
//! [[require]]
//! segment = "MAN"
//! qualifier = "CP"
//!
//! [map]
//! tracking = ["MAN*CP", "REF*2I"]
//! "#;
//! use manifest::guide::{Form, Guide, Target};
//! use manifest::Tag;
//! let guide = Guide::parse(text).unwrap();
//! assert_eq!((guide.form, guide.leniencies[0].name.as_str()), (Form::X12, "party-without-name"));
//! assert_eq!(guide.places(Target::Value(Tag::Tracking))[1].to_string(), "REF*2I");
//!
//! let wrong = Guide::parse(&text.replace("CONDITION", "CONDITIONS")).unwrap_err();
//! assert_eq!(wrong.to_string(), "line 10: CONDITIONS_MISSING is no code of a finding: \
//!                                write it as `bulla check` shows it, such as CONDITION_MISSING");
//! ```
//!
//! # The file
//!
//! | key | value |
//! |---|---|
//! | `guide` | its name: a-z, 0-9 and dashes, at most 40 |
//! | `about` | one sentence for people |
//! | `form` | `x12`, `edifact`, `json` or `csv` |
//! | `messages` | `["856"]`, `["IFTMIN"]`; not for JSON and CSV |
//! | `versions` | `["004010"]`, `["D.96A"]`; where left out, all that are read; not for JSON and CSV |
//! | `characters` | `basic`, `extended`, `latin-1` or `utf-8`; where left out, what the document declares |
//! | `wrapped_lines` | `true`: line ends in the middle of segments, as old mailboxes put them after 80 octets, are ignored; counted under this name |
//! | `[acknowledge]` | `by = "gateway"` (also where left out) or `"carrier"`; `with`, of `ta1`, `997`, `999`, `contrl`; `copy_bad_data = true` opts in to copies of bad data in them |
//! | `[[leniency]]` | `name`, `code`, perhaps `segment` and `element`, and `why`: findings that match are warnings, counted under the name |
//! | `[[strict]]` | `code`, perhaps `segment` and `element`: findings that match refuse the set |
//! | `[[require]]` | `segment`, perhaps `qualifier` (its first element): each set must have one |
//! | `[map]` | which qualifier carries what: `tracking = ["MAN*CP"]`, `recipient = ["NAD+DP", "NAD+CN"]`, the first that is there; for CSV: our column, the partner's headings: `recipient_name = ["Ship To"]`, `ignored = ["Row"]` |
//!
//! Nothing is lenient that is not named, and some things never are: see [`Wrong::NeverAllowed`]. Unknown keys are
//! refused. JSON and CSV have no leniencies: what is not of their form can be written as such (see [`crate::json`]).

mod error;
mod map;
mod parse;

pub use error::{Error, Wrong};
pub use map::{Place, Target};

use crate::csv::Headings;
use std::collections::BTreeMap;

/// What kind of documents a partner sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Form {
    X12,
    Edifact,
    Json,
    Csv,
}

/// Which characters may be in values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// X12's basic set: capitals, digits, blanks and some punctuation.
    Basic,
    /// X12's extended set: small letters and more punctuation, too.
    Extended,
    /// ISO 8859-1, an octet a letter, accents too.
    Latin1,
    /// UTF-8, a letter in up to four octets.
    Utf8,
}

/// Whose acknowledgement the partner gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Ours, as soon as the document is durable.
    #[default]
    Gateway,
    /// The carrier's, when it comes.
    Carrier,
}

/// The acknowledgements that a guide can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Answer {
    Ta1,
    X997,
    X999,
    Contrl,
}

/// What the partner is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acknowledge {
    /// Whether it comes from us or from the carrier.
    pub by: By,
    /// With what; empty where the guide leaves it to the form.
    pub with: Vec<Answer>,
    /// Whether answers may repeat values that were bad.
    pub copy_bad_data: bool,
}

/// What a rule is about: a code, in a segment or in any, at an element or at any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What was found, as `bulla check` names it.
    pub code: edi::Code,
    /// A segment's id, two or three letters and digits.
    pub segment: Option<String>,
    /// The element's place, from 1.
    pub element: Option<u16>,
}

/// A finding that is only a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leniency {
    /// Under which it is counted.
    pub name: String,
    /// The findings that it speaks of, and no others.
    pub scope: Scope,
    /// Words for whoever reads the guide; nothing depends on them.
    pub why: String,
}

/// A segment that each set must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// The segment's id, as it stands in the document.
    pub segment: String,
    /// Its first element (or that element's first component).
    pub qualifier: Option<String>,
}

/// How one partner's documents deviate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// By which agreements name it.
    pub name: String,
    /// Words for whoever reads the guide; nothing depends on them.
    pub about: String,
    /// What the partner sends.
    pub form: Form,
    /// Which messages; empty for JSON and CSV.
    pub messages: Vec<String>,
    /// Which versions; empty: all that are read.
    pub versions: Vec<String>,
    /// `None`: what the document declares.
    pub characters: Option<Characters>,
    /// Whether line ends in the middle of segments are ignored.
    pub wrapped_lines: bool,
    /// What the partner is answered.
    pub acknowledge: Acknowledge,
    /// What is only a warning.
    pub leniencies: Vec<Leniency>,
    /// Findings that refuse the set, whatever they are otherwise.
    pub stricts: Vec<Scope>,
    /// What must be there.
    pub requires: Vec<Require>,
    places: BTreeMap<Target, Vec<Place>>,
    headings: Headings,
}

/// One rule of a guide for the reader of EDI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule<'g> {
    /// Findings that match are warnings, counted under the name.
    Allow {
        /// Of the leniency that granted it.
        name: &'g str,
        /// The findings that it speaks of, and no others.
        scope: &'g Scope,
    },
    /// Findings that match refuse.
    Refuse(&'g Scope),
    /// Which characters may be in values.
    Characters(Characters),
    /// Line ends in the middle of segments are ignored, and counted under this name.
    WrappedLines {
        /// `wrapped_lines`, as the key in the file.
        name: &'static str,
    },
}

impl Guide {
    /// Reads a guide from the text of its file.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line and what to do.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::guide(text)
    }

    /// What the guide moves, for the reader of EDI.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let allowed = self.leniencies.iter().map(|l| Rule::Allow { name: &l.name, scope: &l.scope });
        let wrapped = self.wrapped_lines.then_some(Rule::WrappedLines { name: "wrapped_lines" });
        let characters = self.characters.map(Rule::Characters);
        allowed.chain(self.stricts.iter().map(Rule::Refuse)).chain(characters).chain(wrapped)
    }

    /// Where the partner puts a value, the first that is there; empty: where the message usually has it.
    pub fn places(&self, target: Target) -> &[Place] {
        self.places.get(&target).map_or(&[], Vec::as_slice)
    }

    /// The partner's own names of a CSV file's columns.
    pub fn headings(&self) -> &Headings {
        &self.headings
    }
}

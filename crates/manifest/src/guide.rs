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
//! "#;
//! use manifest::guide::{Form, Guide};
//! let guide = Guide::parse(text).unwrap();
//! assert_eq!((guide.form, guide.leniencies[0].name.as_str()), (Form::X12, "party-without-name"));
//! let (_, findings, used) = edi::read_by(b"ISA*", &edi::Limits::default(), guide.rules());
//! assert_eq!((findings[0].code, used), (edi::Code::IsaUnreadable, vec![0]));
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
//! | `messages` | `["856"]`, `["IFTMIN"]`: others are refused, but for acknowledgements; not for JSON and CSV |
//! | `versions` | `["004010"]`, `["D.96A"]`: others are refused; where left out, all that are read; not for JSON and CSV |
//! | `characters` | `basic`, `extended`, `latin-1` or `utf-8`; where left out, what the document declares |
//! | `[acknowledge]` | `with`, of `ta1`, `997`, `999`, `contrl`; where left out, what the form and the version ask for |
//! | `[[leniency]]` | `name`, `code`, perhaps `segment` and `element`, and `why`: findings that match are warnings, counted under the name |
//! | `[[strict]]` | `code`, perhaps `segment` and `element`: findings that match refuse the set, unless a leniency speaks of them |
//! | `[[require]]` | `segment`, perhaps `qualifier` (its first element): each set must have one, or is accepted with errors; a `[[strict]]` of `REQUIRED_BY_PARTNER` refuses |
//! | `[map]` | CSV only: our column, the partner's headings: `recipient_name = ["Ship To"]`, `ignored = ["Row"]` |
//!
//! Nothing is lenient that is not named, and some things never are: see [`Wrong::NeverAllowed`]. Unknown keys are
//! refused. JSON and CSV have no leniencies: what is not of their form can be written as such (see [`crate::json`]). A guide
//! moves what is right and what is answered. It never moves a value to another class, so that it changes nothing of who may read what.

mod error;
mod foreign;
mod parse;

pub use error::{Error, Wrong};

use crate::csv::Headings;

/// What kind of documents a partner sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Form {
    X12,
    Edifact,
    Json,
    Csv,
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
#[derive(Debug, Clone)]
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
    /// With what the partner is answered; empty where the guide leaves it to the form.
    pub answers: Vec<Answer>,
    /// What is only a warning.
    pub leniencies: Vec<Leniency>,
    /// Findings that refuse the set, whatever they are otherwise.
    pub stricts: Vec<Scope>,
    /// What must be there.
    pub requires: Vec<Require>,
    rules: edi::Rules,
    headings: Headings,
}

impl Guide {
    /// Reads a guide from the text of its file.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line and what to do.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::guide(text)
    }

    /// What the guide moves, for the reader of EDI; the leniencies come first, in their order.
    pub fn rules(&self) -> &edi::Rules {
        &self.rules
    }

    /// A finding for each group of a version and each set of a message that the guide does not name, but for those that
    /// were refused for that anyway. Acknowledgements are of every guide.
    pub fn foreign(&self, interchange: &edi::Interchange<'_>, findings: &[edi::Finding]) -> Vec<edi::Finding> {
        foreign::foreign(self, interchange, findings)
    }

    /// Whether the partner is answered with this, where there is cause.
    pub fn answers_with(&self, answer: Answer) -> bool {
        self.answers.is_empty() || self.answers.contains(&answer)
    }

    /// The partner's own names of a CSV file's columns.
    pub fn headings(&self) -> &Headings {
        &self.headings
    }
}

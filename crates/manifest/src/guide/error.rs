//! What is wrong with a guide, and what to do about it.

/// What is wrong with a guide, and where. It shows what stands in the guide, which holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {wrong}")]
pub struct Error {
    /// The line in the guide's file, from 1.
    pub line: u32,
    /// What is wrong there, and what to do.
    pub wrong: Wrong,
}

/// The kinds of things that can be wrong with a guide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Wrong {
    #[error("{message}: see toml.io for the form of the file")]
    Toml { message: String },
    #[error("{message}: correct its spelling or remove it")]
    UnknownKey { message: String },
    #[error("{message}: add it")]
    MissingKey { message: String },
    #[error("`{name}` is no name: use a-z, 0-9 and dashes, at most {most}")]
    Name { name: String, most: usize },
    #[error("two leniencies are called `{name}`: give each its own name, they are counted by it")]
    NameTwice { name: String },
    #[error("`{key}` is empty: say it in a sentence")]
    Blank { key: &'static str },
    #[error("{text} is no {what}: {instead}")]
    Unknown { text: String, what: &'static str, instead: &'static str },
    /// [`edi::Code::is_fixed`]: `CARD_NUMBER`; no interchange, an unreadable or too large one; missing trailers: what was
    /// cut off is never taken.
    #[error("{code} is never allowed: a document with it cannot be taken; remove the leniency")]
    NeverAllowed { code: edi::Code },
    #[error("{code} is a warning already: remove the leniency")]
    WarningAlready { code: edi::Code },
    #[error("{code} refuses already: remove the rule")]
    RefusesAlready { code: edi::Code },
    #[error("{code} is told by no acknowledgement: the partner would not know what was refused; remove the rule")]
    Untold { code: edi::Code },
    #[error("an element needs its segment: add `segment`")]
    ElementWithoutSegment,
    #[error("elements are numbered from 1: write the element's place in the segment")]
    ElementZero,
    #[error("`{key}` has no meaning for {form}: remove it")]
    NotForForm { key: &'static str, form: &'static str },
    #[error("no message is named: say which ones the partner sends, such as {such_as}")]
    NoMessage { such_as: &'static str },
    #[error("`{place}` is mapped twice: leave it at one key")]
    MappedTwice { place: String },
    #[error("`{column}` is none of our columns: see docs/messages.md, or put the heading under `ignored`")]
    UnknownColumn { column: String },
}

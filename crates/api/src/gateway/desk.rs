//! What a desk shows: the day in figures, and pages of interchanges with where each stands. Counts, times and codes; nothing of
//! a document.

use super::{Delivery, Interchange};
use ledger::{Time, entry::Channel, word::MessageKind};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// The day, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// As of when.
    pub now: Time,
    /// Interchanges received since midnight, UTC.
    pub received: u64,
    /// Of those, how many were not taken.
    pub refused: u64,
    /// Deliveries that their carriers do not have yet.
    pub waiting: u64,
    /// Delivered documents of which the carrier's own acknowledgement is due and within its time.
    pub unanswered: u64,
    /// The same, but later than was agreed.
    pub overdue: u64,
    /// Received in each hour since midnight, UTC.
    pub hours: [u64; 24],
    /// What is usual; none until there are enough days like this one to say so.
    pub usual: Option<Usual>,
}

/// The same weekday of earlier weeks, lowest to highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// How many of those days were counted.
    pub days: usize,
    /// Received by this time of the day.
    pub by_now: (u64, u64),
    /// Received in each hour.
    pub hours: [(u64, u64); 24],
}

/// An interchange with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document.
    pub interchange: Interchange,
    /// The protocol that brought it.
    pub channel: Channel,
    /// What its messages are.
    pub kinds: BTreeSet<MessageKind>,
    /// When its acknowledgement was made.
    pub answered: Time,
    /// What went to carriers.
    pub deliveries: Vec<Delivery>,
    /// By when the carriers' own acknowledgement of what they have was agreed, where it has not come.
    pub answer_due: Option<Time>,
}

/// A part of the list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The interchanges.
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is more.
    pub older: Option<Place>,
}

/// Between two interchanges of the list: written `MILLISECONDS-NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the last one of a page was received.
    pub received: Time,
    /// Which of those of that moment it is.
    pub position: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.received.milliseconds(), self.position)
    }
}

impl FromStr for Place {
    type Err = ledger::Malformed;
    fn from_str(text: &str) -> Result<Self, ledger::Malformed> {
        let parts =
            text.split_once('-').and_then(|(time, position)| Some((time.parse().ok()?, position.parse().ok()?)));
        let (time, position) = parts.ok_or(ledger::Malformed { wanted: "place in a list" })?;
        Ok(Self { received: Time::from_milliseconds(time), position })
    }
}

/// Where interchanges stand that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Some of its manifests were refused.
    InPart,
    /// Nothing of it was taken.
    Refused,
    /// A delivery is under way.
    Waiting,
    /// A delivery was stopped by hand.
    Held,
    /// The carrier's own acknowledgement is due and within its time.
    Unanswered,
    /// The carrier's own acknowledgement is later than was agreed.
    Overdue,
    /// The carrier has refused what it was delivered.
    Rejected,
}

impl Standing {
    /// Each with its word in URLs.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::InPart, "in-part"),
        (Self::Refused, "refused"),
        (Self::Waiting, "waiting"),
        (Self::Held, "held"),
        (Self::Unanswered, "unanswered"),
        (Self::Overdue, "overdue"),
        (Self::Rejected, "rejected"),
    ];
}

/// Which interchanges are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose; a partner gets its own only, whatever stands here.
    pub partner: Option<String>,
    /// By which protocol they came.
    pub channel: Option<Channel>,
    /// What at least one of their messages is.
    pub kind: Option<MessageKind>,
    /// Where they stand.
    pub standing: Option<Standing>,
    /// Their control number.
    pub control: Option<String>,
    /// Received then or later.
    pub since: Time,
    /// Where the page before ended.
    pub after: Option<Place>,
}

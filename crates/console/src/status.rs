//! Where something stands: a shape, then a word, then a colour. The three columns of the list have it from here, and so has the
//! page of one interchange.

use crate::{Words, when};
use api::gateway::{Delivery, desk::Row};
use ledger::{
    Time,
    entry::Verdict,
    word::DeliveryState::{Acknowledged, Expired, Held, Sent, Waiting},
};

/// One status, ready to be shown.
pub(crate) struct Status {
    /// Decides the colour.
    pub class: &'static str,
    /// The shape.
    pub glyph: &'static str,
    /// The word.
    pub word: String,
    /// What is said beside it; mostly nothing.
    pub note: String,
}

impl Status {
    pub(crate) fn new(words: &Words, shape: &'static str, key: &str, note: String) -> Self {
        let class = if shape == "hold" { "none" } else { shape };
        Self { class, glyph: shape, word: words.say(key).to_owned(), note }
    }

    /// Whether somebody must act.
    pub(crate) fn is_out(&self) -> bool {
        matches!(self.class, "late" | "refused")
    }
}

/// What we think of it.
pub(crate) fn valid(words: &Words, verdict: Verdict) -> Status {
    let (shape, key, note) = match verdict {
        Verdict::Accepted => ("ok", "status.valid", ""),
        Verdict::AcceptedWithErrors => ("ok", "status.valid_notes", ""),
        Verdict::AcceptedInPart => ("late", "status.in_part", ""),
        Verdict::Refused => ("refused", "status.refused", ""),
        Verdict::Duplicate => ("refused", "status.refused", "status.note_duplicate"),
        Verdict::NotEdi => ("refused", "status.refused", "status.note_not_edi"),
        Verdict::Broken => ("refused", "status.refused", "status.note_broken"),
    };
    let note = if note.is_empty() { "" } else { words.say(note) };
    Status::new(words, shape, key, note.to_owned())
}

/// Whether the carriers have it; what is worst counts.
pub(crate) fn delivered(words: &Words, row: &Row, now: Time) -> Status {
    let worst = row.deliveries.iter().max_by_key(|delivery| match delivery.state {
        Held => 3,
        Expired if delivery.acknowledged.is_none() => 4,
        Waiting | Sent => 2,
        Acknowledged | Expired => 1,
    });
    worst.map_or_else(|| Status::new(words, "none", "status.not_to_deliver", String::new()), |one| way(words, one, now))
}

/// Where one delivery is.
pub(crate) fn way(words: &Words, delivery: &Delivery, now: Time) -> Status {
    let had = delivery.acknowledged.map(|time| when::short(words, time, now));
    match (delivery.state, had) {
        (Held, _) => Status::new(words, "hold", "status.held", words.say("status.note_held").to_owned()),
        (Waiting | Sent, _) => {
            let tries = u64::from(delivery.attempts);
            let note = if tries == 0 { String::new() } else { words.count("status.note_tries", tries) };
            Status::new(words, "waiting", "status.waiting", note)
        }
        (Acknowledged | Expired, Some(time)) => Status::new(words, "ok", "status.delivered", time),
        (Acknowledged | Expired, None) => Status::new(words, "refused", "status.not_delivered", String::new()),
    }
}

/// What the carriers think of it; what is worst counts.
pub(crate) fn acknowledged(words: &Words, row: &Row, now: Time) -> Status {
    let rank = |delivery: &&Delivery| match delivery.answer.as_deref() {
        Some("refused") => 5,
        Some("overdue") => 4,
        Some("accepted-in-part") => 3,
        Some(_) => 1,
        None => 0,
    };
    let note = |delivery: &Delivery| delivery.answered.map_or_else(String::new, |time| when::short(words, time, now));
    let worst = row.deliveries.iter().max_by_key(rank);
    match worst.and_then(|delivery| Some((delivery.answer.as_deref()?, delivery))) {
        Some(("refused", delivery)) => Status::new(words, "refused", "status.rejected", note(delivery)),
        Some(("overdue", _)) => {
            let late = row.answer_due.map_or_else(String::new, |due| when::after(words, due, now));
            Status::new(words, "late", "status.overdue", late)
        }
        Some(("accepted-in-part", delivery)) => Status::new(words, "late", "status.in_part", note(delivery)),
        _ if row.answer_due.is_some() => {
            let due = row.answer_due.map_or_else(String::new, |due| when::short(words, due, now));
            Status::new(words, "waiting", "status.waiting", words.with("status.note_due", &[("time", &due)]))
        }
        Some((_, delivery)) => Status::new(words, "ok", "status.accepted", note(delivery)),
        None => Status::new(words, "none", "status.none_due", String::new()),
    }
}

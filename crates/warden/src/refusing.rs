//! From what fails at this machine's edges to what the warden says of it.

use crate::api::Refusal;
use door::{Full, Unread};

/// What the disk says, for whoever asked: the operation and the kind of failure, never a file's content.
///
/// A function, because neither type is of this crate: `.map_err(disk)?`.
pub(crate) fn disk(error: durable::Error) -> Refusal {
    let kind = error.kind().map_or_else(String::new, |kind| format!(": {kind}"));
    Refusal::Disk { reason: format!("{error}{kind}") }
}

/// What the door says of a body.
pub(crate) fn unread(unread: Unread) -> Refusal {
    match unread {
        Unread::TooLarge { octets_max } => Refusal::TooLong { octets_max },
        Unread::Silent | Unread::TooSlow => Refusal::TooSlow,
        Unread::CutOff => Refusal::CutOff,
        Unread::NoRoom(Full::Everyone) => Refusal::Crowded,
        Unread::NoRoom(Full::Own) => Refusal::TooMuch,
    }
}

//! What somebody can do about deliveries.

/// What was just done to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sent again.
    Resend,
    /// Stopped.
    Hold,
    /// Let go on.
    Release,
}

impl Act {
    /// Each with its word in URLs.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Resend, "resend"), (Self::Hold, "hold"), (Self::Release, "release")];

    /// The one with this word.
    pub fn with_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own)| *own == word).map(|(act, _)| act)
    }

    /// Its word in URLs.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(act, _)| *act == self).map_or("", |(_, word)| word)
    }
}

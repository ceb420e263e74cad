//! What became of a message (RFC 4130, 7.4.3 and 7.5; names of files: draft-ietf-ediint-rfc4130bis, 8.5.4).

/// A disposition, as an MDN states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Taken.
    Processed,
    /// Taken before: this MDN is about the first.
    DuplicateDocument,
    /// Taken, with another warning than those known here.
    OtherWarning,
    /// Nobody who is trusted signed it.
    AuthenticationFailed,
    /// It does not decrypt.
    DecryptionFailed,
    /// It does not decompress, or into too much.
    DecompressionFailed,
    /// It is not what was signed.
    IntegrityCheckFailed,
    /// Not signed, not encrypted, or too weakly for what was agreed.
    InsufficientMessageSecurity,
    /// A file in it has a name that nothing may have: a path, a control character.
    IllegalFileName,
    /// Two files in it have one name.
    DuplicateFileName,
    /// Nobody here deals with this sender, or under this name.
    UnknownTradingRelationship,
    /// Anything else that went wrong here.
    UnexpectedProcessingError,
    /// Refused, with another error than those known here.
    OtherError,
    /// A receipt in this format cannot be made.
    UnsupportedFormat,
    /// A receipt with none of these digests can be made.
    UnsupportedMicAlgorithms,
}

const TABLE: [(Disposition, &str); 13] = [
    (Disposition::Processed, "processed"),
    (Disposition::DuplicateDocument, "processed/warning: duplicate-document"),
    (Disposition::AuthenticationFailed, "processed/error: authentication-failed"),
    (Disposition::DecryptionFailed, "processed/error: decryption-failed"),
    (Disposition::DecompressionFailed, "processed/error: decompression-failed"),
    (Disposition::IntegrityCheckFailed, "processed/error: integrity-check-failed"),
    (Disposition::InsufficientMessageSecurity, "processed/error: insufficient-message-security"),
    (Disposition::IllegalFileName, "processed/error: illegal-filename"),
    (Disposition::DuplicateFileName, "processed/error: duplicate-filename"),
    (Disposition::UnknownTradingRelationship, "processed/error: unknown-trading-relationship"),
    (Disposition::UnexpectedProcessingError, "processed/error: unexpected-processing-error"),
    (Disposition::UnsupportedFormat, "failed/failure: unsupported format"),
    (Disposition::UnsupportedMicAlgorithms, "failed/failure: unsupported MIC-algorithms"),
];

impl Disposition {
    /// Whether the message was taken.
    pub fn is_processed(self) -> bool {
        matches!(self, Self::Processed | Self::DuplicateDocument | Self::OtherWarning)
    }

    /// Type and modifier, as an MDN has them after the mode.
    pub fn to_field(self) -> &'static str {
        let known = match self {
            Self::OtherError => Self::UnexpectedProcessingError,
            Self::OtherWarning => Self::Processed,
            known => known,
        };
        TABLE.iter().find(|(disposition, _)| *disposition == known).map_or("failed", |(_, text)| text)
    }

    /// Reads a field `Disposition: mode; type/modifier: text`, in upper or lower case. `None` for a type
    /// that is neither `processed` nor `failed`.
    pub fn read(field: &str) -> Option<Self> {
        let (_, stated) = field.split_once(';')?;
        let stated: String = stated.split_whitespace().collect::<Vec<_>>().concat().to_ascii_lowercase();
        let same = |text: &str| text.replace(' ', "").to_ascii_lowercase() == stated;
        if let Some((known, _)) = TABLE.iter().find(|(_, text)| same(text)) {
            return Some(*known);
        }
        let modifier = stated.split_once(':').map_or("", |(_, modifier)| modifier);
        let known = TABLE.iter().find(|(_, text)| {
            !modifier.is_empty() && text.split_once(": ").is_some_and(|(_, own)| own.replace(' ', "") == modifier)
        });
        match (stated.as_str(), known) {
            (text, _) if text.starts_with("processed/warning") => Some(Self::OtherWarning),
            (text, Some((known, _))) if text.starts_with("failed") && known.is_processed() => Some(Self::OtherError),
            (text, Some((known, _))) if text.starts_with("processed") || text.starts_with("failed") => Some(*known),
            (text, None) if text.starts_with("processed/") || text.starts_with("failed") => Some(Self::OtherError),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_in_any_case() {
        for (disposition, text) in TABLE {
            let field = format!("automatic-action/MDN-sent-automatically; {text}");
            assert_eq!(Disposition::read(&field), Some(disposition));
            assert_eq!(Disposition::read(&field.to_ascii_uppercase()), Some(disposition));
        }
        let read = |text: &str| Disposition::read(&format!("a/b;{text}"));
        assert_eq!(read("processed/Error: decryption-failed"), Some(Disposition::DecryptionFailed));
        assert_eq!(read("failed/error:authentication-failed"), Some(Disposition::AuthenticationFailed));
        assert_eq!(read("processed/error: sender-equals-receiver"), Some(Disposition::OtherError));
        assert_eq!(read("processed/warning: late"), Some(Disposition::OtherWarning));
        assert_eq!(read("failed/failure: duplicate-document"), Some(Disposition::OtherError), "not taken");
        assert_eq!(read("deleted"), None);
        assert_eq!(Disposition::read("processed"), None);
    }
}

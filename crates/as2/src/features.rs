//! EDIINT-Features (RFC 6017): what a partner's software can do besides.

/// As it is offered in a message or in a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Several documents in one message (RFC 6362).
    pub multiple_attachments: bool,
}

const MULTIPLE_ATTACHMENTS: &str = "multiple-attachments";

impl Features {
    /// A list in commas; names that are not known say nothing.
    pub fn read(field: &str) -> Self {
        let named = |name| field.split(',').any(|known| known.trim().eq_ignore_ascii_case(name));
        Self { multiple_attachments: named(MULTIPLE_ATTACHMENTS) }
    }

    /// The field, where there is anything to be offered.
    pub fn to_field(self) -> Option<&'static str> {
        self.multiple_attachments.then_some(MULTIPLE_ATTACHMENTS)
    }
}

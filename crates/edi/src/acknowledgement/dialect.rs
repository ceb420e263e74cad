//! The tables by which 997 and 999 differ: segment ids, and which codes each has for what was found.

use crate::{Answer, Code};

/// One way of answering groups.
#[derive(Debug, PartialEq)]
pub(super) struct Dialect {
    /// ST01.
    pub kind: &'static [u8],
    /// What GS08 and ST03 name; none: the version of the group that is answered, and no ST03.
    pub guide: Option<&'static [u8]>,
    /// The segment that names a faulty one.
    pub segment: &'static str,
    /// The last segment of a set that it can name: data element 719 has six digits until 005010, and ten then. What is
    /// wrong beyond it is in the verdict only.
    pub last_position: u32,
    /// The segment that names a faulty element.
    pub element: &'static str,
    /// The segment with the verdict on a set.
    pub verdict: &'static str,
    /// Codes that are not [`Code::answer`]'s.
    other: &'static [(Code, &'static str)],
    /// What the verdict on a set says, once more, of segments that a partner's guide asks for.
    guided_reason: Option<&'static str>,
}

impl Dialect {
    /// The acknowledgement of all versions.
    pub const X997: Self = Self {
        kind: b"997",
        guide: None,
        segment: "AK3",
        last_position: 999_999,
        element: "AK4",
        verdict: "AK5",
        other: &[],
        guided_reason: None,
    };

    /// That of 005010 and of guides: it tells repetitions, components and what a guide asks for apart.
    pub const X999: Self = Self {
        kind: b"999",
        guide: Some(b"005010X231A1"),
        segment: "IK3",
        last_position: u32::MAX,
        element: "IK4",
        verdict: "IK5",
        other: &[
            (Code::TooManyRepetitions, "12"),
            (Code::TooManyComponents, "13"),
            // Fewer of a segment than the guide's minimum.
            (Code::RequiredByPartner, "I8"),
        ],
        guided_reason: Some("I5"),
    };

    /// The code of a finding in a segment or an element.
    pub fn of(&self, code: Code) -> String {
        match (self.other.iter().find(|(other, _)| *other == code), code.answer()) {
            (Some((_, text)), _) => (*text).to_owned(),
            (None, Answer::Segment(number) | Answer::Element(number) | Answer::Set(number)) => number.to_string(),
            (None, Answer::Interchange(_) | Answer::Group(_) | Answer::Nowhere) => String::new(),
        }
    }

    /// What the verdict on a set says of a finding.
    pub fn of_set(&self, code: Code) -> Option<String> {
        match (code.answer(), self.guided_reason) {
            (Answer::Set(reason), _) => Some(reason.to_string()),
            (Answer::Segment(_), Some(guided)) if code == Code::RequiredByPartner => Some(guided.to_owned()),
            (Answer::Segment(_) | Answer::Element(_), _) => Some("5".to_owned()),
            _ => None,
        }
    }
}

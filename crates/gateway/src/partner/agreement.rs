//! Agreements: shipper and carrier, how far they are, and what is kept for how long.

use super::PartnerId;
use ledger::{AgreementId, Classes, FieldClass, GroupId, entry::RetentionGroup};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// How far an agreement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Written, not in use: its documents are refused.
    Draft,
    /// Documents are checked and acknowledged; nothing is kept or delivered.
    Test,
    /// As `test`, until comparing with another gateway is built.
    Shadow,
    /// In use: what comes is delivered.
    Live,
    /// Stopped: its documents are refused.
    Suspended,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Test => "test",
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Suspended => "suspended",
        })
    }
}

/// Shipper and carrier, and what was agreed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The ledger's name for it.
    pub id: AgreementId,
    /// The partner that sends under it.
    pub shipper: PartnerId,
    /// The partner that is delivered to.
    pub carrier: PartnerId,
    /// How far it is.
    pub status: Status,
    /// Days after the end of the month of receipt, per accepted class; a class that is not here is not accepted.
    pub retention_days: BTreeMap<FieldClass, u32>,
    /// The guide by which its documents are read and answered. Left out: the messages' own rules, and what they are answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// Within how many hours the carrier answers what is delivered with an acknowledgement of its own (997, 999); what has none by
    /// then is overdue. Left out: it answers nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_hours: Option<u32>,
}

impl Agreement {
    /// The classes that it accepts; numbers without a person always.
    pub fn accepts(&self) -> Vec<FieldClass> {
        self.retention_days.keys().copied().chain([FieldClass::Operational]).collect()
    }

    /// Classes that are kept equally long form one retention group, `d90`.
    pub fn groups(&self) -> Vec<RetentionGroup> {
        let mut by_days: BTreeMap<u32, Classes> = BTreeMap::new();
        for (class, days) in &self.retention_days {
            *by_days.entry(*days).or_default() |= Classes::of(&[*class]);
        }
        let group = |days: u32| format!("d{days}").parse::<GroupId>().expect("d and digits are a group's name");
        let mut groups: Vec<_> =
            by_days.into_iter().map(|(days, classes)| RetentionGroup { group: group(days), classes, days }).collect();
        groups.sort_by(|a, b| a.group.cmp(&b.group));
        groups
    }
}

//! From findings to what becomes of each set, group and interchange.

use crate::{Finding, Interchange, Severity};

/// What becomes of an interchange, a group or a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Taken, with nothing to tell but warnings.
    Accepted,
    /// Taken; there are findings of severity `Error`.
    AcceptedWithErrors,
    /// Some of its sets are taken, some refused. Never of a set.
    InPart,
    /// Nothing of it is taken.
    Refused,
    /// It is no EDI: there is no header that could be answered. Never of a group or a set.
    NotEdi,
}

impl Verdict {
    /// Whether anything of it is taken.
    pub fn takes_any(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedWithErrors | Self::InPart)
    }

    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Warning => Self::Accepted,
            Severity::Error => Self::AcceptedWithErrors,
            Severity::Refusal => Self::Refused,
        }
    }

    /// Of a whole, from its parts' and its own.
    fn join(own: Severity, parts: impl Iterator<Item = Verdict>) -> Self {
        let own = Self::of(own);
        let (mut taken, mut refused, mut errors) = (false, false, own == Self::AcceptedWithErrors);
        for part in parts {
            taken |= part.takes_any();
            refused |= matches!(part, Self::Refused | Self::InPart);
            errors |= part == Self::AcceptedWithErrors;
        }
        match (own, taken, refused, errors) {
            (Self::Refused, ..) | (_, false, true, _) => Self::Refused,
            (_, true, true, _) => Self::InPart,
            (_, _, false, true) => Self::AcceptedWithErrors,
            (_, _, false, false) => Self::Accepted,
        }
    }
}

/// The verdicts on everything in an interchange, from one pass over its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    interchange: Verdict,
    /// The interchange itself, apart from its groups, is refused.
    envelope_refused: bool,
    groups: Vec<(Verdict, bool, Vec<Verdict>)>,
}

impl Verdicts {
    /// `findings` are those of `read`, and of the caller's own rules.
    pub fn new(interchange: &Interchange<'_>, findings: &[Finding]) -> Self {
        let mut own = Severity::Warning;
        let mut of_groups: Vec<(Severity, Vec<Severity>)> =
            interchange.groups.iter().map(|g| (Severity::Warning, vec![Severity::Warning; g.sets.len()])).collect();
        for finding in findings {
            let group = finding.group.and_then(|g| of_groups.get_mut(g));
            let worst = match (group, finding.set) {
                (None, _) => &mut own,
                (Some((group, _)), None) => group,
                (Some((group, sets)), Some(set)) => sets.get_mut(set).unwrap_or(group),
            };
            *worst = finding.severity.max(*worst);
        }
        let envelope_refused = own == Severity::Refusal;
        let groups: Vec<(Verdict, bool, Vec<Verdict>)> = of_groups
            .into_iter()
            .map(|(group, sets)| {
                let group = if envelope_refused { Severity::Refusal } else { group };
                let refused = group == Severity::Refusal;
                let of_set = |set| if refused { Verdict::Refused } else { Verdict::of(set) };
                let sets: Vec<Verdict> = sets.into_iter().map(of_set).collect();
                (Verdict::join(group, sets.iter().copied()), refused, sets)
            })
            .collect();
        let whole = match interchange.header {
            None => Verdict::NotEdi,
            Some(_) => Verdict::join(own, groups.iter().map(|g| g.0)),
        };
        Self { interchange: whole, envelope_refused, groups }
    }

    /// On the interchange as a whole.
    pub fn interchange(&self) -> Verdict {
        self.interchange
    }

    /// Whether ISA to IEA itself is broken, whatever its groups are: answered by a TA1 alone.
    pub fn envelope_is_refused(&self) -> bool {
        self.envelope_refused
    }

    /// On the group with this index; `Refused` if there is none.
    pub fn group(&self, group: usize) -> Verdict {
        self.groups.get(group).map_or(Verdict::Refused, |g| g.0)
    }

    /// On the set with this index in the group with that; `Refused` if there is none.
    pub fn set(&self, group: usize, set: usize) -> Verdict {
        self.groups.get(group).and_then(|g| g.2.get(set)).copied().unwrap_or(Verdict::Refused)
    }
}

/// The verdict on the interchange alone, see [`Verdicts`].
pub fn verdict(interchange: &Interchange<'_>, findings: &[Finding]) -> Verdict {
    Verdicts::new(interchange, findings).interchange()
}

//! Reading: octets in, findings and manifests out. Nothing is copied, nothing is kept.

use super::judge::Address;
use crate::partner::{Agreement, EdiId};
use edi::{Census, Code, Finding, Interchange, Limits, Severity, Syntax};
use ledger::{FieldClass, entry::Verdict};
use manifest::Manifest;

/// A body with everything that was found in it.
pub(crate) struct Read<'a> {
    /// Its structure, as far as it goes.
    pub(crate) interchange: Interchange<'a>,
    /// What is wrong with it.
    pub(crate) findings: Vec<Finding>,
    /// Parcels and parties in all of it, at most; of a body that was not read to its end, what its size allows.
    pub(crate) census: Census,
}

/// A manifest and where it stood.
pub(crate) struct Placed<'a> {
    /// Index into the interchange's groups.
    pub(crate) group: usize,
    /// Index into the group's sets.
    pub(crate) set: usize,
    /// What was announced, borrowed from the body.
    pub(crate) manifest: Manifest<'a>,
}

impl<'a> Read<'a> {
    /// Reads and checks a body.
    pub(crate) fn new(body: &'a [u8], octets_max: usize) -> Self {
        let limits = Limits { octets: octets_max, ..Limits::default() };
        let (mut interchange, findings) = edi::read(body, &limits);
        if interchange.syntax == Syntax::Edifact {
            // No answer to it can be written yet, and it has no route: taken for no EDI, and counted by its size.
            interchange.header = None;
        }
        let census = edi::census(&interchange);
        Self { interchange, findings, census }
    }

    /// What becomes of it by what was found in it, and by `more` that was decided since.
    pub(crate) fn verdict(&self, more: &[Finding]) -> Verdict {
        match edi::verdict(&self.interchange, &self.with(more)) {
            edi::Verdict::Accepted => Verdict::Accepted,
            edi::Verdict::AcceptedWithErrors => Verdict::AcceptedWithErrors,
            edi::Verdict::InPart => Verdict::AcceptedInPart,
            edi::Verdict::Refused => Verdict::Refused,
            edi::Verdict::NotEdi => Verdict::NotEdi,
        }
    }

    /// All findings, with `more` that was decided since.
    pub(crate) fn with(&self, more: &[Finding]) -> Vec<Finding> {
        self.findings.iter().chain(more).cloned().collect()
    }

    /// From whom and for whom it says that it is.
    pub(crate) fn address(&self) -> Option<Address> {
        let header = self.interchange.header.filter(|_| self.verdict(&[]) != Verdict::NotEdi)?;
        let control = header.control();
        let digits = control.len() == 9 && control.iter().all(u8::is_ascii_digit);
        Some(Address {
            sender: EdiId::from_header(header.sender_qualifier(), header.sender()),
            receiver: EdiId::from_header(header.receiver_qualifier(), header.receiver()),
            control: digits.then(|| String::from_utf8_lossy(control).into_owned()),
            production: header.is_production(),
        })
    }

    /// The manifests of all sets that are accepted so far, and a finding for each such set that is no manifest after all.
    pub(crate) fn manifests(&self, agreement: &Agreement) -> (Vec<Placed<'a>>, Vec<Finding>) {
        let accepts: Vec<FieldClass> =
            agreement.retention_days.keys().copied().chain([FieldClass::Operational]).collect();
        let verdicts = edi::Verdicts::new(&self.interchange, &self.findings);
        let mut manifests = Vec::new();
        let mut refused = Vec::new();
        for (group, of) in self.interchange.groups.iter().enumerate() {
            for (set, of) in of.sets.iter().enumerate().filter(|(set, _)| verdicts.set(group, *set).takes_any()) {
                match manifest::mapping::read(&self.interchange, of, &accepts) {
                    Ok(manifest) => manifests.push(Placed { group, set, manifest }),
                    // Its parcels inherit too much, or it is no message of ours: both are told as the latter, which is
                    // what X12 has a code for.
                    Err(manifest::mapping::Error::Unsupported | manifest::mapping::Error::Inherited { .. }) => {
                        refused.push(Finding::in_set(&self.interchange, group, set, 1, Code::SetUnsupported));
                    }
                }
            }
        }
        (manifests, refused)
    }

    /// The finding that refuses a set for a reason that lies outside of the document.
    pub(crate) fn refusal(&self, group: usize, set: usize, code: Code) -> Finding {
        // The segment after ST carries the manifest's number or purpose: BSN02, or near B2A.
        let finding = Finding::in_set(&self.interchange, group, set, 2, code).element(2, 396);
        Finding { severity: Severity::Refusal, ..finding }
    }
}

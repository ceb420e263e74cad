//! Reading: octets in, findings and manifests out. Nothing is copied, nothing is kept.

use crate::{
    exchange::seal::class,
    partner::{Agreement, Partner},
};
use edi::{Census, Code, Finding, Interchange, Limits, Severity, Syntax};
use ledger::entry::Verdict;
use manifest::{Class, Manifest};

/// A body with everything that was found in it.
pub struct Reading<'a> {
    /// Its structure, as far as it goes.
    pub interchange: Interchange<'a>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Parcels and parties in all of it, at most; of a body that was not read to its end, what its size allows.
    pub census: Census,
}

impl<'a> Reading<'a> {
    /// Reads and checks a body.
    pub fn new(body: &'a [u8], octets_max: usize) -> Self {
        let limits = Limits { octets: octets_max, ..Limits::default() };
        let (mut interchange, findings) = edi::read(body, &limits);
        if interchange.syntax == Syntax::Edifact {
            // No answer to it can be written yet, and it has no route: taken for no EDI, and counted by its size.
            interchange.header = None;
        }
        let census = edi::census(&interchange);
        Self { interchange, findings, census }
    }

    /// What becomes of it, by its findings.
    pub fn verdict(&self) -> Verdict {
        match edi::verdict(&self.interchange, &self.findings) {
            edi::Verdict::Accepted => Verdict::Accepted,
            edi::Verdict::AcceptedWithErrors => Verdict::AcceptedWithErrors,
            edi::Verdict::InPart => Verdict::AcceptedInPart,
            edi::Verdict::Refused => Verdict::Refused,
            edi::Verdict::NotEdi => Verdict::NotEdi,
        }
    }

    /// `QUALIFIER:ID` of the sender.
    pub fn sender(&self) -> Option<String> {
        self.interchange.header.map(|isa| edi_id(isa.sender_qualifier(), isa.sender()))
    }

    /// `QUALIFIER:ID` of the receiver.
    pub fn receiver(&self) -> Option<String> {
        self.interchange.header.map(|isa| edi_id(isa.receiver_qualifier(), isa.receiver()))
    }

    /// The manifests of all sets that are accepted so far, with the group and set they came in. A set that is no
    /// manifest after all is refused by a finding.
    pub fn manifests(&mut self, agreement: &Agreement) -> Vec<Placed<'a>> {
        let accepts: Vec<Class> =
            agreement.retention_days.keys().map(|c| class(*c)).chain([Class::Operational]).collect();
        let verdicts = edi::Verdicts::new(&self.interchange, &self.findings);
        let mut manifests = Vec::new();
        let mut refused = Vec::new();
        for (group, of) in self.interchange.groups.iter().enumerate() {
            for (set, of) in of.sets.iter().enumerate().filter(|(set, _)| verdicts.set(group, *set).takes_any()) {
                match manifest::mapping::read(&self.interchange, of, &accepts) {
                    Ok(manifest) => manifests.push(Placed { group, set, manifest }),
                    Err(_) => refused.push(Finding::in_set(&self.interchange, group, set, 1, Code::SetUnsupported)),
                }
            }
        }
        self.findings.extend(refused);
        manifests
    }

    /// Forgets what an acknowledgement would repeat, unless it can be nobody's name: groups' addresses that are not the
    /// partners' own (the envelope's then stand for them), versions and sets' control numbers that are no numbers.
    pub fn forget_names(&mut self, sender: &Partner, receiver: &Partner) {
        let nothing: &'a [u8] = b"";
        let own = |partner: &Partner, id: &[u8]| {
            partner.edi.iter().any(|own| own.split_once(':').is_some_and(|(_, own)| own.as_bytes() == id))
        };
        for group in &mut self.interchange.groups {
            if !own(sender, group.sender) {
                group.sender = nothing;
            }
            if !own(receiver, group.receiver) {
                group.receiver = nothing;
            }
            if !is_version(group.version) {
                group.version = nothing;
            }
            for set in group.sets.iter_mut().filter(|set| !is_control(set.control)) {
                set.control = nothing;
            }
        }
    }

    /// Refuses a set for a reason that lies outside of the document.
    pub fn refuse(&mut self, group: usize, set: usize, code: Code) {
        // The segment after ST carries the manifest's number or purpose: BSN02, or near B2A.
        let finding = Finding::in_set(&self.interchange, group, set, 2, code).element(2, 396);
        self.findings.push(Finding { severity: Severity::Refusal, ..finding });
    }
}

/// A manifest and where it stood.
pub struct Placed<'a> {
    /// Index into the interchange's groups.
    pub group: usize,
    /// Index into the group's sets.
    pub set: usize,
    /// What was announced.
    pub manifest: Manifest<'a>,
}

/// `004010`, and what an industry's guide adds: `005010X231A1`.
fn is_version(text: &[u8]) -> bool {
    let (number, guide) = text.split_at(text.len().min(6));
    let digits = number.len() == 6 && number.starts_with(b"00") && number.iter().all(u8::is_ascii_digit);
    digits && (guide.is_empty() || guide.len() <= 6 && guide[0].is_ascii_uppercase())
}

/// ST02 as it is in use: digits, or something that ends in four of them.
fn is_control(text: &[u8]) -> bool {
    text.iter().rev().take(4).all(u8::is_ascii_digit)
}

fn edi_id(qualifier: &[u8], id: &[u8]) -> String {
    format!("{}:{}", String::from_utf8_lossy(qualifier), String::from_utf8_lossy(id))
}

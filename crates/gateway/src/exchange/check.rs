//! Checking without a gateway: a body is read and judged as [`receive`](super::receive::receive) does it, on a route that
//! takes everything. What a gateway knows besides is not known here: that a manifest's number is new, that what a
//! document cancels stands, that its control number is.

use super::{
    acknowledge,
    guided::By,
    judge::{self, Announced, Earlier, NoRoute},
    read::{self, Placed, Read},
};
use crate::partner::{Agreement, Partners};
use edi::{
    Finding, Interchange,
    acknowledgement::{Echo, Numbers, contrl, note, ta1, x997, x999},
};
use ledger::{FieldClass, Time, entry::Verdict};
use manifest::{
    Purpose,
    guide::{Guide, Leniency},
};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use vault::ManifestId;

/// One interchange of a body, judged.
pub struct Checked<'a> {
    read: Read<'a>,
    findings: Vec<Finding>,
    verdict: Verdict,
    /// False: it goes nowhere, and what is said of that is not said of its content.
    routed: bool,
}

/// Reads and judges each interchange of a body, in their order, by a guide or by the messages' own rules.
pub fn check(body: &[u8], octets_max: usize, guide: Option<&Guide>, mut take: impl FnMut(Checked<'_>)) {
    let judged = read::each(body, octets_max, By::One(guide), |read| {
        take(Checked::new(read));
        Ok::<(), Infallible>(())
    });
    match judged {
        Ok(()) => {}
    }
}

/// Whether a document would go its way under an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It would.
    Fits,
    /// It would go its way under another one of the same shipper's.
    Other,
    /// It names a sender for whom the shipper may not send.
    Sender,
    /// It is for nobody with whom the shipper has an agreement.
    Receiver,
    /// The agreement that it is for is not in use.
    NotInUse,
}

/// The same as [`check`], as if the agreement's shipper had sent it: each is read by the guide of the agreement that it goes its way
/// under. What goes nowhere is refused, whatever is in it, and is read by the guide of this one.
pub fn check_under(
    partners: &Partners,
    agreement: &Agreement,
    body: &[u8],
    octets_max: usize,
    mut take: impl FnMut(Checked<'_>, Fit),
) {
    let by = match partners.partner(&agreement.shipper) {
        Some(shipper) => By::Agreement(partners, shipper, partners.guide_of(agreement)),
        None => By::One(None),
    };
    let judged = read::each(body, octets_max, by, |read| {
        let fit = fit(partners, agreement, &read);
        let checked = Checked::under(read, &agreement.accepts());
        let refused = matches!(fit, Fit::Sender | Fit::Receiver | Fit::NotInUse) && checked.verdict != Verdict::NotEdi;
        take(if refused { Checked { verdict: Verdict::Refused, routed: false, ..checked } } else { checked }, fit);
        Ok::<(), Infallible>(())
    });
    match judged {
        Ok(()) => {}
    }
}

fn fit(partners: &Partners, agreement: &Agreement, read: &Read<'_>) -> Fit {
    let Some((address, shipper)) = read.address().zip(partners.partner(&agreement.shipper)) else { return Fit::Sender };
    match judge::route(partners, shipper, &address) {
        Ok(route) if route.agreement.id == agreement.id => Fit::Fits,
        Ok(_) => Fit::Other,
        Err(NoRoute::Sender) => Fit::Sender,
        Err(NoRoute::Receiver) => Fit::Receiver,
        Err(NoRoute::Agreement(_)) => Fit::NotInUse,
    }
}

impl<'a> Checked<'a> {
    fn new(read: Read<'a>) -> Self {
        Self::under(read, &FieldClass::ALL)
    }

    fn under(read: Read<'a>, accepts: &[FieldClass]) -> Self {
        if read.address().is_none() {
            let findings = read.with(&[]);
            return Self { read, findings, verdict: Verdict::NotEdi, routed: true };
        }
        let (placed, mut more) = read.manifests(accepts);
        let announced: Vec<_> = placed.iter().map(announced).collect();
        read.corrected(&placed, &announced, &mut more);
        let (verdict, mut findings) = (read.verdict(&more), read.with(&more));
        findings.sort_by_key(|finding| finding.offset);
        Self { read, findings, verdict, routed: true }
    }

    /// Its structure, as far as it goes.
    pub fn interchange(&self) -> &Interchange<'a> {
        &self.read.interchange
    }

    /// All that is wrong with it, in the order of its octets.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// A finding with its octet and line in the body as it came, and its column there. [`Checked::findings`] count the
    /// octets of [`Checked::interchange`], which was read without the line ends of a body that was cut into lines.
    pub fn in_body(&self, finding: &Finding) -> (Finding, u32) {
        let Some(wrapping) = self.read.wrapping else {
            return (finding.clone(), self.read.interchange.column(finding.offset));
        };
        let (line, column) = wrapping.line_and_column(finding.offset);
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let offset = wrapping.offset(finding.offset);
        (Finding { offset, line: narrow(line), ..finding.clone() }, narrow(column))
    }

    /// The leniencies of the guide that were used, and how often.
    pub fn granted(&self) -> impl Iterator<Item = (&'a Leniency, u64)> {
        let leniencies = self.read.guide.map_or(&[][..], |guide| &guide.leniencies);
        leniencies.iter().zip(self.read.used.iter().copied()).filter(|(_, used)| *used > 0)
    }

    /// What would become of it.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What a gateway would answer at that time, but for the control number; empty if it would not answer.
    pub fn answer(&self, now: Time) -> Vec<u8> {
        if self.verdict == Verdict::NotEdi || !self.routed {
            return Vec::new();
        }
        let number = || Ok::<_, Infallible>(NUMBERS);
        match acknowledge::answer_to(&self.read, &self.findings, &Echo::ALL, number, now) {
            Ok(answer) => answer,
        }
    }

    /// The TA1 alone, whether it is asked for or not; none where there is nothing that a TA1 answers.
    pub fn ta1(&self, now: Time) -> Option<Vec<u8>> {
        ta1(&self.read.interchange, note(&self.findings), &Echo::ALL, NUMBERS, acknowledge::moment(now))
    }

    /// The 997 alone, whatever the envelope is; none where there is nothing that a 997 answers.
    pub fn x997(&self, now: Time) -> Option<Vec<u8>> {
        x997(&self.read.interchange, &self.findings, &Echo::ALL, NUMBERS, acknowledge::moment(now))
    }

    /// The 999 alone, whatever the groups' versions are; none where there is nothing that a 999 answers.
    pub fn x999(&self, now: Time) -> Option<Vec<u8>> {
        x999(&self.read.interchange, &self.findings, &Echo::ALL, NUMBERS, acknowledge::moment(now))
    }

    /// The CONTRL; none where there is nothing that a CONTRL answers.
    pub fn contrl(&self, now: Time) -> Option<Vec<u8>> {
        contrl(&self.read.interchange, &self.findings, &Echo::ALL, NUMBERS, acknowledge::moment(now))
    }
}

const NUMBERS: Numbers = Numbers { interchange: 1, group: 1 };

/// As if its number were new, and as if there were what it cancels.
fn announced(placed: &Placed<'_>) -> Announced<[u8; 32]> {
    let number = manifest::parcel::normalise(placed.number.expose());
    let purpose = placed.purpose;
    let standing = Earlier { id: ManifestId([0; 16]), cancelled: false };
    Announced {
        number: (!number.is_empty()).then(|| Sha256::digest(&*number).into()),
        purpose,
        earlier: (purpose == Purpose::Cancel).then_some(standing),
    }
}

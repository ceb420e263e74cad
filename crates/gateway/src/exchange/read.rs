//! Reading: octets in, findings and manifests out. Nothing is copied, nothing is kept.

use super::judge::{self, Address, Announced};
use crate::partner::EdiId;
use edi::{Census, Code, Finding, Interchange, Limits, Rules, Severity, Syntax};
use ledger::{FieldClass, entry::Verdict};
use manifest::Manifest;

/// One interchange of a body with everything that was found in it.
pub(crate) struct Read<'a> {
    /// Its share of the body: what stands before the next one, or to the end.
    pub(crate) octets: &'a [u8],
    /// Its structure, as far as it goes.
    pub(crate) interchange: Interchange<'a>,
    /// What is wrong with it.
    pub(crate) findings: Vec<Finding>,
    /// Parcels and parties in all of it, at most; of one that was not read to its end, what its size allows.
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
    /// Reads and checks the interchanges of a body, one after the other: what was found in one is dropped before the
    /// one after the next is read. There is always one, even in an empty body.
    pub(crate) fn each<E>(
        body: &'a [u8],
        octets_max: usize,
        mut take: impl FnMut(Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let limits = Limits { octets: octets_max, ..Limits::default() };
        let rules = Rules::default();
        let mut interchanges = edi::interchanges(body, &limits, &rules).peekable();
        let mut from = 0;
        while let Some((interchange, findings, _)) = interchanges.next() {
            let to = if interchanges.peek().is_some() { interchange.range().end } else { body.len() };
            take(Self::of(interchange, findings, &body[from..to]))?;
            from = to;
        }
        Ok(())
    }

    /// How many interchanges a body has, but not more than one above `most`.
    pub(crate) fn count(body: &[u8], octets_max: usize, most: usize) -> usize {
        let limits = Limits { octets: octets_max, findings: 0, ..Limits::default() };
        edi::interchanges(body, &limits, &Rules::default()).take(most.saturating_add(1)).count()
    }

    fn of(interchange: Interchange<'a>, findings: Vec<Finding>, octets: &'a [u8]) -> Self {
        let whole = interchange.header.is_some() && interchange.is_complete();
        let census = if whole { edi::census(&interchange) } else { Census::of_octets(octets.len() as u64) };
        Self { octets, interchange, findings, census }
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
        let own_form = match self.interchange.syntax {
            Syntax::X12 => control.len() == 9 && control.iter().all(u8::is_ascii_digit),
            Syntax::Edifact => (1..=14).contains(&control.len()) && control.iter().all(u8::is_ascii_alphanumeric),
        };
        Some(Address {
            sender: EdiId::from_header(header.sender_qualifier(), header.sender()),
            receiver: EdiId::from_header(header.receiver_qualifier(), header.receiver()),
            control: own_form.then(|| String::from_utf8_lossy(control).into_owned()),
            production: header.is_production(),
        })
    }

    /// The manifests of all sets that are accepted so far, and a finding for each such set that is no manifest after all.
    /// Acknowledgements are passed over: they announce nothing.
    pub(crate) fn manifests(&self, accepts: &[FieldClass]) -> (Vec<Placed<'a>>, Vec<Finding>) {
        let verdicts = edi::Verdicts::new(&self.interchange, &self.findings);
        let mut manifests = Vec::new();
        let mut refused = Vec::new();
        for (group, of) in self.interchange.groups.iter().enumerate() {
            let announces = |of: &edi::Set<'_>| !matches!(of.kind, b"997" | b"999" | b"CONTRL");
            let sets = of.sets.iter().enumerate().filter(|(set, _)| verdicts.set(group, *set).takes_any());
            for (set, of) in sets.filter(|(_, of)| announces(of)) {
                match manifest::mapping::read(&self.interchange, of, accepts) {
                    Ok(manifest) => manifests.push(Placed { group, set, manifest }),
                    // Its parcels inherit too much, or it is no message of ours: both are told as the latter, which is
                    // what X12 has a code for.
                    Err(manifest::mapping::Error::Unsupported | manifest::mapping::Error::Inherited { .. }) => {
                        let code = match self.interchange.syntax {
                            Syntax::X12 => Code::SetUnsupported,
                            Syntax::Edifact => Code::MessageUnsupported,
                        };
                        refused.push(Finding::in_set(&self.interchange, group, set, 1, code));
                    }
                }
            }
        }
        (manifests, refused)
    }

    /// The manifests whose number and purpose fit what stands, with whose place each takes among those that are kept;
    /// a finding in `more` for each other. One of `announced` for each of `placed`.
    pub(crate) fn corrected<'m, N: Ord + Copy>(
        &self,
        placed: &'m [Placed<'a>],
        announced: &[Announced<N>],
        more: &mut Vec<Finding>,
    ) -> Vec<Kept<'a, 'm, N>> {
        let mut kept = Vec::new();
        // `corrections` counts all manifests, what is sealed only those that are kept.
        let mut places = vec![0; placed.len()];
        let decided = judge::corrections(announced);
        for (place, ((item, announced), decided)) in placed.iter().zip(announced).zip(decided).enumerate() {
            match (decided, announced.number) {
                (Ok(takes), Some(number)) => {
                    let takes = match takes {
                        judge::Takes::Here(earlier) => judge::Takes::Here(places[earlier]),
                        other => other,
                    };
                    places[place] = kept.len();
                    kept.push((&item.manifest, number, takes));
                }
                (Err(code), _) => more.push(self.refusal(item.group, item.set, code)),
                (Ok(_), None) => more.push(self.refusal(item.group, item.set, Code::ElementMissing)),
            }
        }
        kept
    }

    /// The finding that refuses a set for a reason that lies outside of the document.
    fn refusal(&self, group: usize, set: usize, code: Code) -> Finding {
        // The segment after ST or UNH carries the manifest's number or purpose: BSN02, or near B2A; in BGM.
        let number = match self.interchange.syntax {
            Syntax::X12 => 396,
            Syntax::Edifact => 1004,
        };
        let finding = Finding::in_set(&self.interchange, group, set, 2, code).element(2, number);
        Finding { severity: Severity::Refusal, ..finding }
    }
}

/// A manifest that will be sealed: what its number is told apart by, and whose place it takes.
pub(crate) type Kept<'a, 'm, N> = (&'m Manifest<'a>, N, judge::Takes);

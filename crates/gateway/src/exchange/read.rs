//! Reading: octets in, findings and manifests out. Nothing is kept, and nothing copied but what was cut into lines.

use super::{
    guided::By,
    judge::{self, Address, Announced},
};
use crate::partner::EdiId;
use edi::{Census, Code, Finding, Interchange, Interchanges, Limits, Rules, Severity, Syntax, Unwrapped, Wrapping};
use ledger::{FieldClass, entry::Verdict, word::MessageKind};
use manifest::{
    Manifest, Personal, Purpose,
    guide::{Answer, Guide},
};
use std::{borrow::Cow, collections::BTreeSet};
use zeroize::Zeroizing;

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
    /// How its lines were cut, if it was read from a copy without line ends: findings count that copy's octets.
    pub(crate) wrapping: Option<Wrapping>,
    /// By which it was read, beside the messages' own rules.
    pub(crate) guide: Option<&'a Guide>,
    /// How often each of the guide's leniencies was used, in their order.
    pub(crate) used: Vec<u64>,
}

/// Parcels of a document that are kept between judging and sealing. Those behind them are mapped once more when they are
/// sealed: of a large document, all of them would take more memory than the document.
const KEPT_MAX: usize = 16_384;

/// A manifest and where it stood.
pub(crate) struct Placed<'a> {
    /// Index into the interchange's groups.
    pub(crate) group: usize,
    /// Index into the group's sets.
    pub(crate) set: usize,
    /// What it is called.
    pub(crate) number: Personal<'a>,
    /// What it does to an earlier one.
    pub(crate) purpose: Purpose,
    /// How many parcels it has.
    pub(crate) parcels: usize,
    /// All that was announced, borrowed from the body; none if it is not kept.
    manifest: Option<Manifest<'a>>,
}

/// Reads and checks the interchanges of a body, one after the other, each by its guide: what was found in one is dropped before the
/// next is read. There is always one, even in an empty body. A body that was cut into lines of one length
/// is read from a copy without them, and the first interchange says so.
pub(crate) fn each<E>(
    body: &[u8],
    octets_max: usize,
    by: By<'_>,
    take: impl FnMut(Read<'_>) -> Result<(), E>,
) -> Result<(), E> {
    match joined(body, octets_max) {
        Some((copy, wrapping)) => each_of((&copy, body), Some(wrapping), octets_max, by, take),
        None => each_of((body, body), None, octets_max, by, take),
    }
}

/// The interchanges of a text, whose octets stand in `body`.
fn each_of<'a, E>(
    (text, body): (&'a [u8], &'a [u8]),
    wrapping: Option<Wrapping>,
    octets_max: usize,
    by: By<'a>,
    mut take: impl FnMut(Read<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let limits = Limits { octets: octets_max, ..Limits::default() };
    let plain = Rules::default();
    let mut here = Place { body, from: 0, wrapping, rest: edi::interchanges(text, &limits, &plain) };
    let (mut guide, mut first) = (by.guess(), true);
    while let Some((mut read, mut next)) = here.read_by(guide, &plain) {
        let own = by.of(|| read.address());
        if own.map(std::ptr::from_ref) != guide.map(std::ptr::from_ref) {
            // What its header says is the same by any guide, and so is where it ends.
            guide = own;
            let Some(again) = here.read_by(guide, &plain) else { break };
            (read, next) = again;
        }
        if std::mem::take(&mut first) && wrapping.is_some() {
            read.findings.insert(0, Finding { line: 1, ..Finding::of_interchange(Code::LinesWrapped) });
        }
        take(read)?;
        here = next;
    }
    Ok(())
}

/// Where an interchange begins, or the body ends.
struct Place<'a, 'r> {
    body: &'a [u8],
    from: usize,
    wrapping: Option<Wrapping>,
    rest: Interchanges<'a, 'r>,
}

impl<'a: 'r, 'r> Place<'a, 'r> {
    /// The interchange that begins here, and where the next one does.
    fn read_by(&self, guide: Option<&'a Guide>, plain: &'r Rules) -> Option<(Read<'a>, Self)> {
        let Self { body, from, wrapping, .. } = *self;
        let mut rest = self.rest.clone().by(guide.map_or(plain, Guide::rules));
        let found = rest.next()?;
        let end = found.0.range().end;
        let in_body = wrapping.map_or(end, |wrapping| usize::try_from(wrapping.offset(end as u64)).unwrap_or(end));
        let to = if rest.is_over() { body.len() } else { in_body };
        Some((Read::of(found, &body[from..to], wrapping, guide), Self { body, from: to, wrapping, rest }))
    }
}

/// How many interchanges a body has, but not more than one above `most`.
pub(crate) fn count(body: &[u8], octets_max: usize, most: usize) -> usize {
    let limits = Limits { octets: octets_max, findings: 0, ..Limits::default() };
    let joined = joined(body, octets_max);
    let text = joined.as_ref().map_or(body, |(copy, _)| copy);
    edi::interchanges(text, &limits, &Rules::default()).take(most.saturating_add(1)).count()
}

/// A body without the line ends that cut it, wiped when it is dropped. None if it was not cut, or is too large to be
/// read at all.
fn joined(body: &[u8], octets_max: usize) -> Option<(Zeroizing<Vec<u8>>, Wrapping)> {
    let small = Some(body).filter(|body| body.len() <= octets_max)?;
    let Unwrapped { octets, wrapping, .. } = edi::unwrapped(small)?;
    Some((Zeroizing::new(octets), wrapping))
}

impl<'a> Read<'a> {
    fn of(
        (interchange, mut findings, used): (Interchange<'a>, Vec<Finding>, Vec<u64>),
        octets: &'a [u8],
        wrapping: Option<Wrapping>,
        guide: Option<&'a Guide>,
    ) -> Self {
        let whole = interchange.header.is_some() && interchange.is_complete();
        let census = if whole { edi::census(&interchange) } else { Census::of_octets(octets.len() as u64) };
        findings.extend(guide.map(|guide| guide.foreign(&interchange, &findings)).unwrap_or_default());
        Self { octets, interchange, findings, census, wrapping, guide, used }
    }

    /// Whether its sender is answered with this, where there is cause.
    pub(crate) fn is_answered_with(&self, answer: Answer) -> bool {
        self.guide.is_none_or(|guide| guide.answers_with(answer))
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

    /// What its messages say that they are.
    pub(crate) fn kinds(&self) -> BTreeSet<MessageKind> {
        let sets = self.interchange.groups.iter().flat_map(|group| &group.sets);
        sets.map(|set| MessageKind::of(set.kind)).collect()
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
        let mut parcels = 0_usize;
        let mut mapper = manifest::mapping::Mapper::default();
        for (group, of) in self.interchange.groups.iter().enumerate() {
            let announces = |of: &edi::Set<'_>| !matches!(of.kind, b"997" | b"999" | b"CONTRL");
            let sets = of.sets.iter().enumerate().filter(|(set, _)| verdicts.set(group, *set).takes_any());
            for (set, of) in sets.filter(|(_, of)| announces(of)) {
                match mapper.read(&self.interchange, of, accepts) {
                    Ok(manifest) => {
                        parcels = parcels.saturating_add(manifest.parcels.len());
                        manifests.push(Placed::new(group, set, manifest, parcels <= KEPT_MAX));
                    }
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

    /// What was announced there, and of that what `accepts` takes, which is what it was mapped with.
    ///
    /// # Errors
    /// Those of mapping, which it did not have when it was placed.
    pub(crate) fn manifest<'m>(
        &self,
        placed: &'m Placed<'a>,
        accepts: &[FieldClass],
    ) -> Result<Cow<'m, Manifest<'a>>, manifest::mapping::Error> {
        match &placed.manifest {
            Some(kept) => Ok(Cow::Borrowed(kept)),
            None => {
                let set = &self.interchange.groups[placed.group].sets[placed.set];
                manifest::mapping::read(&self.interchange, set, accepts).map(Cow::Owned)
            }
        }
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
                    kept.push((item, number, takes));
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
pub(crate) type Kept<'a, 'm, N> = (&'m Placed<'a>, N, judge::Takes);

impl<'a> Placed<'a> {
    fn new(group: usize, set: usize, manifest: Manifest<'a>, kept: bool) -> Self {
        let (number, purpose, parcels) = (manifest.number.clone(), manifest.purpose, manifest.parcels.len());
        Self { group, set, number, purpose, parcels, manifest: kept.then_some(manifest) }
    }
}

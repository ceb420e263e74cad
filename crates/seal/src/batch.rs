//! Sealing a batch, and opening one retention group of it.

use crate::{
    BODY_OCTETS_MAX, Body, Error, Mark, PeriodPublicKey, PeriodSecretKey, SUITE, TOKENS_MAX, Token,
    body::{self, Column},
    packing, period,
    row::{ClassKey, GroupKeys, TAG_OCTETS, code_for, padded_octets},
};
use ledger::{
    AgreementId, BatchId, Classes, FieldClass, Hash, Header, InstanceId, Month, PeriodId, Province, Pseudonym, Time,
    WorkerId,
    header::{Count, Group, VERSION},
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Octets of one encapsulation: HPKE of a 32-octet secret.
pub const ENCAPSULATION_OCTETS: usize = period::OVERHEAD_OCTETS + 32;
/// Octets of one with a co-holder's layer around it.
pub const WRAPPED_OCTETS: usize = period::OVERHEAD_OCTETS + ENCAPSULATION_OCTETS;
const ROWS_MAX: u32 = 65_536;

/// What is known of a batch before its rows.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The batch's name: 16 random octets, never used before. It salts every key of the batch.
    pub batch: BatchId,
    /// The agreement under which it came.
    pub agreement: AgreementId,
    /// Who sent it, by pseudonym.
    pub shipper: Pseudonym,
    /// Whom it is for.
    pub carrier: Pseudonym,
    /// The gateway's worker that seals it.
    pub worker: WorkerId,
    /// The start of that worker's process in which the body came.
    pub instance: InstanceId,
    /// The body's number in that instance.
    pub ticket: u64,
    /// When the body had arrived; its month is the periods' month.
    pub received: Time,
    /// The moment of sealing, by the worker's clock.
    pub sealed: Time,
    /// The retention groups, in any order; every class that a row holds is in exactly one.
    pub groups: Vec<PlannedGroup>,
}

/// A retention group of a [`Plan`].
#[derive(Debug, Clone)]
pub struct PlannedGroup {
    /// The period whose key it is sealed to.
    pub period: PeriodId,
    /// Its key, as the ledger names it.
    pub public: PeriodPublicKey,
    /// The key of the co-holder whom the ledger's `period_key` names, where it names one.
    pub co_holder: Option<PeriodPublicKey>,
    /// The classes sealed to it.
    pub classes: Classes,
}

/// One record before sealing: record 0 is the manifest's own, a parcel each from 1.
pub struct Row {
    /// `manifest::Operational`, the one class kept clear; opaque here.
    pub operational: [u8; 32],
    /// The recipient's, for the header's counts; not used of record 0.
    pub province: Province,
    /// By [`FieldClass::number`]; index 0 stays empty. An empty value counts as none.
    pub classes: [Option<Zeroizing<Vec<u8>>>; 6],
    /// Persons or companies that the record names.
    pub parties: u32,
}

/// A sealed batch, before it is written as a segment record ([`Sealed::to_bytes`]).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The header, which is kept clear.
    pub header: Header,
    /// The salt of [`Header::salted`].
    pub salt: Hash,
    /// The batch secrets, one for each of `header.groups`: [`ENCAPSULATION_OCTETS`] each, [`WRAPPED_OCTETS`] with a co-holder.
    pub encapsulations: Vec<Vec<u8>>,
    /// The clear column: record 0 first.
    pub operational: Vec<[u8; 32]>,
    /// Of each token its mark. Sorted, no pair twice.
    pub tokens: Vec<(Mark, u32)>,
    /// Everything sealed, see [`Body`].
    pub body: Vec<u8>,
}

impl Sealed {
    /// Octets that say something of somebody, 32 clear ones a record and the body: what the batch's anchor says.
    pub fn octets(&self) -> u64 {
        (size_of_val(self.operational.as_slice()) + self.body.len()) as u64
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, {} octets)", self.header.batch, self.body.len())
    }
}

/// Seals a manifest's record and its parcels.
///
/// `rng` gives, in this order: the salt (32 octets), a secret (32) for each group by period, 64 octets of
/// encapsulation for each group by period, and another 64 after these where it has a co-holder. Rows are taken one by one and wiped as soon as they are sealed.
pub fn seal(
    mut plan: Plan,
    head: Row,
    parcels: impl IntoIterator<Item = Row>,
    tokens: Vec<(Token, u32)>,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, Error> {
    plan.groups.sort_by(|a, b| a.period.cmp(&b.period));
    let mut salt = Hash([0; 32]);
    rng.fill_bytes(&mut salt.0);
    let secrets: Vec<_> = plan.groups.iter().map(|_| random_secret(rng)).collect();
    let keys: Vec<_> = secrets.iter().map(|secret| GroupKeys::new(plan.batch, secret)).collect();

    let mut writer = Writer::new(&plan, &keys);
    writer.add(head)?;
    for parcel in parcels {
        writer.add(parcel)?;
    }
    if writer.records < 2 {
        return Err(Error::Rows);
    }
    if let Some((_, row)) = tokens.iter().find(|(_, row)| *row >= writer.records) {
        return Err(Error::TokenWithoutRecord { row: *row });
    }
    let mut tokens: Vec<_> = tokens.into_iter().map(|(token, row)| (token.mark(), row)).collect();
    tokens.sort_unstable();
    tokens.dedup();
    if tokens.len() > TOKENS_MAX {
        return Err(Error::TooManyTokens);
    }

    let (header, operational, body) = writer.finish(&plan, &keys);
    check(&header)?;
    let info = header.digest();
    let encapsulate = |(group, secret): (&PlannedGroup, &Zeroizing<[u8; 32]>)| {
        let aad = group.period.to_string();
        let inner = period::seal_to(&group.public, &info.0, aad.as_bytes(), secret.as_slice(), rng)?;
        match &group.co_holder {
            Some(co_holder) => period::seal_to(co_holder, wrap_info(&info).as_bytes(), aad.as_bytes(), &inner, rng),
            None => Ok(inner),
        }
    };
    let encapsulations = plan.groups.iter().zip(&secrets).map(encapsulate).collect::<Result<_, _>>()?;
    Ok(Sealed { header, salt, encapsulations, operational, tokens, body })
}

/// Text, and longer than a digest: what is sealed to a co-holder is never taken for what is sealed to a period.
fn wrap_info(header: &Hash) -> String {
    format!("bulla.co-holder/1 {header}")
}

fn random_secret(rng: &mut impl CryptoRng) -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 32]);
    rng.fill_bytes(secret.as_mut_slice());
    secret
}

/// What grows while rows come in.
struct Writer {
    records: u32,
    octets: usize,
    parties: u64,
    head_held: u8,
    /// Rows by province and by the classes held, a bit for each [`FieldClass::number`].
    counts: BTreeMap<(Province, u8), u32>,
    operational: Vec<[u8; 32]>,
    /// By class number less one; no key: no group keeps the class.
    columns: [(FieldClass, Option<ClassKey>, Column); 5],
    /// The value that is being sealed.
    packed: Zeroizing<Vec<u8>>,
}

impl Writer {
    fn new(plan: &Plan, keys: &[GroupKeys]) -> Self {
        let columns = FieldClass::SEALED.map(|class| {
            let group = plan.groups.iter().position(|group| group.classes.contains(class));
            (class, group.map(|group| keys[group].class(class)), Column::default())
        });
        let (counts, packed) = (BTreeMap::new(), Zeroizing::new(Vec::new()));
        Self { records: 0, octets: 0, parties: 0, head_held: 0, counts, operational: vec![], columns, packed }
    }

    fn add(&mut self, record: Row) -> Result<(), Error> {
        let row = self.records;
        if row > ROWS_MAX {
            return Err(Error::Rows);
        }
        if record.classes[0].is_some() {
            return Err(Error::ClassWithoutGroup { row, class: FieldClass::Operational });
        }
        let mut held = 1;
        for ((class, key, column), value) in self.columns.iter_mut().zip(&record.classes[1..]) {
            let Some(value) = value.as_ref().filter(|value| !value.is_empty()) else {
                column.codes.push(0);
                continue;
            };
            let class = *class;
            let key = key.as_ref().ok_or(Error::ClassWithoutGroup { row, class })?;
            packing::pack(value, &mut self.packed);
            let code = code_for(self.packed.len()).ok_or(Error::ValueTooLong { row, class, octets: value.len() })?;
            // Checked before the cell is made; what is not counted yet (codes, head) is small beside the slack.
            self.octets += padded_octets(code).expect("a code of `code_for`") + TAG_OCTETS;
            if self.octets > BODY_OCTETS_MAX - (1 << 20) {
                return Err(Error::BodyTooLong);
            }
            key.seal(row, code, &self.packed, &mut column.cells);
            column.codes.push(code);
            held |= 1 << class.number();
        }
        if row == 0 {
            self.head_held = held;
        } else {
            *self.counts.entry((record.province, held | self.head_held)).or_default() += 1;
        }
        self.parties += u64::from(record.parties);
        self.operational.push(record.operational);
        self.records += 1;
        Ok(())
    }

    fn finish(self, plan: &Plan, keys: &[GroupKeys]) -> (Header, Vec<[u8; 32]>, Vec<u8>) {
        let body = body::write(self.records, &self.columns.map(|(class, _, column)| (class, column)));
        let count = |((province, held), rows)| Count { province, classes: classes(held), rows };
        let mut counts: Vec<_> = self.counts.into_iter().map(count).collect();
        counts.sort();
        let group = |(planned, keys): (&PlannedGroup, &GroupKeys)| Group {
            period: planned.period.clone(),
            key: planned.public.hash(),
            classes: planned.classes,
            commitment: keys.commitment(),
            co_holder: planned.co_holder.as_ref().map(PeriodPublicKey::hash),
        };
        let header = Header {
            version: VERSION.to_owned(),
            suite: SUITE.to_owned(),
            batch: plan.batch,
            agreement: plan.agreement.clone(),
            shipper: plan.shipper.clone(),
            carrier: plan.carrier.clone(),
            month: Month::of(plan.received),
            worker: plan.worker.clone(),
            instance: plan.instance,
            ticket: plan.ticket,
            received: plan.received,
            sealed: plan.sealed,
            rows: self.records - 1,
            parties: self.parties,
            counts,
            groups: plan.groups.iter().zip(keys).map(group).collect(),
            body: Hash(Sha256::digest(&body).into()),
        };
        (header, self.operational, body)
    }
}

fn classes(held: u8) -> Classes {
    let sealed = FieldClass::SEALED.into_iter().filter(|class| held & (1 << class.number()) != 0);
    Classes::OPERATIONAL | sealed.collect()
}

/// One retention group of a batch, unwrapped: its rows open one by one. The keys are wiped when it is dropped.
pub struct OpenGroup<'a> {
    body: Body<'a>,
    keys: Vec<(FieldClass, ClassKey)>,
}

/// Takes the co-holder's layer from a group's encapsulation: what is left opens with the period's private key, and with nothing
/// else. Checked, in this order: the header's rules and suite, that the group has such a layer and `secret` is its key, HPKE.
///
/// # Errors
/// [`Error::NoSuchGroup`], [`Error::NotWrapped`], [`Error::WrongKey`], [`Error::Unsealable`], or a rule of the header's.
pub fn unwrap(secret: &PeriodSecretKey, header: &Header, group: usize, wrapped: &[u8]) -> Result<Vec<u8>, Error> {
    check(header)?;
    let of = header.groups.get(group).ok_or(Error::NoSuchGroup { group })?;
    let key = of.co_holder.ok_or(Error::NotWrapped)?;
    if secret.public().hash() != key {
        return Err(Error::WrongKey);
    }
    let aad = of.period.to_string();
    let inner = period::open_from(secret, wrap_info(&header.digest()).as_bytes(), aad.as_bytes(), wrapped)?;
    // Still sealed: no secret is left behind where it is copied from.
    Ok(inner.to_vec())
}

/// Unwraps a group's secret, without opening a row: what a sample of new batches needs, too.
///
/// Of a group with a co-holder, `encapsulation` is what [`unwrap`] left. Checked, in this order: the header's rules and suite, that
/// `secret` is the group's key, that `body` is the header's, HPKE, the commitment, and that the header's counts are those of the body's columns.
pub fn open<'a>(
    secret: &PeriodSecretKey,
    header: &Header,
    group: usize,
    encapsulation: &[u8],
    body: &'a [u8],
) -> Result<OpenGroup<'a>, Error> {
    check(header)?;
    let of = header.groups.get(group).ok_or(Error::NoSuchGroup { group })?;
    if secret.public().hash() != of.key {
        return Err(Error::WrongKey);
    }
    if Hash(Sha256::digest(body).into()) != header.body {
        return Err(Error::BodyDigest);
    }
    let info = header.digest();
    let opened = period::open_from(secret, &info.0, of.period.to_string().as_bytes(), encapsulation)?;
    // Whoever sealed a secret of another length also knew the header; it commits to 32 octets.
    let batch_secret: &[u8; 32] = opened.as_slice().try_into().map_err(|_| Error::Commitment)?;
    let keys = GroupKeys::new(header.batch, batch_secret);
    if !bool::from(keys.commitment().0.ct_eq(&of.commitment.0)) {
        return Err(Error::Commitment);
    }
    let body = Body::parse(body)?;
    check_counts(header, &body)?;
    let keys = of.classes.iter().map(|class| (class, keys.class(class))).collect();
    Ok(OpenGroup { body, keys })
}

impl OpenGroup<'_> {
    /// One class of one record; none if the record does not hold it.
    pub fn row(&self, row: u32, class: FieldClass) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let (_, key) = self.keys.iter().find(|(of, _)| *of == class).ok_or(Error::ClassNotInGroup { class })?;
        if row >= self.body.records() {
            return Err(Error::NoSuchRecord { row });
        }
        let Some(cell) = self.body.cell(row, class) else { return Ok(None) };
        key.open(row, cell).map(Some).ok_or(Error::Cell { row, class })
    }

    /// Records: the manifest's own and the parcels.
    pub fn records(&self) -> u32 {
        self.body.records()
    }
}

/// The header's own rules, and that this code knows its suite.
pub(crate) fn check(header: &Header) -> Result<(), Error> {
    let ensure = |holds, rule| if holds { Ok(()) } else { Err(Error::HeaderRule { rule }) };
    header.check().map_err(|rule| Error::HeaderRule { rule })?;
    ensure(header.suite == SUITE, "suite")?;
    // With a class in one group only, this makes five groups the most.
    ensure(header.groups.iter().all(|group| !group.classes.is_empty()), "a group keeps at least one class")
}

/// A worker that counts fewer classes than it sealed would lower an assessment's bound.
pub(crate) fn check_counts(header: &Header, body: &Body) -> Result<(), Error> {
    let rule = |rule| Error::HeaderRule { rule };
    if u64::from(header.rows) + 1 != u64::from(body.records()) {
        return Err(rule("rows are the body's records less one"));
    }
    let head = body.held(0);
    let mut sealed = BTreeMap::<Classes, u32>::new();
    let mut by_bits = BTreeMap::<u8, u32>::new();
    (1..body.records()).for_each(|row| *by_bits.entry(body.held(row) | head).or_default() += 1);
    by_bits.into_iter().for_each(|(held, rows)| *sealed.entry(classes(held)).or_default() += rows);
    let mut counted = BTreeMap::<Classes, u32>::new();
    header.counts.iter().for_each(|count| *counted.entry(count.classes).or_default() += count.rows);
    if sealed == counted { Ok(()) } else { Err(rule("counts are those of the body's columns")) }
}

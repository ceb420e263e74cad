//! Both sealed copies of a manifest, made in memory in one pass: the vault copy, sealed to the periods' public keys, and
//! the delivery copy, signed by us and encrypted to the carrier's certificate.

use crate::{keys::Keys, partner::Agreement, random::OsRandom};
use anyhow::{Context, Result};
use ledger::{FieldClass, Month, PeriodId, Province, Pseudonym, Time, WorkerId};
use manifest::{Class, Manifest, Record, parcel::Kind};
use seal::{Plan, PlannedGroup, Row, Sealed, Token};
use zeroize::Zeroizing;

/// Parcels of one batch, at most.
const ROWS_MAX: usize = 65_536;

/// Whose batch it is, and its place in the worker's record.
pub struct Origin<'a> {
    /// What was agreed.
    pub agreement: &'a Agreement,
    /// The shipper, as the ledger calls it.
    pub shipper: &'a Pseudonym,
    /// The carrier, as the ledger calls it.
    pub carrier: &'a Pseudonym,
    /// Who seals.
    pub worker: &'a WorkerId,
    /// The intake entry that will name it.
    pub sequence: u64,
    /// When the body had arrived.
    pub received: Time,
    /// Now.
    pub sealed: Time,
}

/// The manifest's number as a token of this month's key.
pub fn manifest_token(manifest: &Manifest<'_>, keys: &Keys, month: Month) -> Option<Token> {
    let number = manifest::parcel::normalise(manifest.number.expose());
    keys.index(month).map(|key| key.token(seal::Kind::Manifest, &number))
}

/// Seals a manifest into one batch, or several if it has more than 65,536 parcels.
pub fn vault_copies(manifest: &Manifest<'_>, origin: &Origin<'_>, keys: &Keys) -> Result<Vec<Sealed>> {
    let month = Month::of(origin.received);
    let index = keys.index(month).context("the warden gave no index key for this month")?;
    let groups = planned_groups(origin.agreement, month, keys)?;
    let mut copies = Vec::new();
    for (chunk, parcels) in manifest.parcels.chunks(ROWS_MAX).enumerate() {
        let plan = Plan {
            batch: ledger::BatchId(crate::random::octets()?),
            agreement: origin.agreement.id.clone(),
            shipper: origin.shipper.clone(),
            carrier: origin.carrier.clone(),
            worker: origin.worker.clone(),
            sequence: origin.sequence,
            received: origin.received,
            sealed: origin.sealed,
            groups: groups.clone(),
        };
        let mut tokens = tokens(manifest, 0, 0, index);
        for row in 1..=parcels.len() {
            tokens.extend(self::tokens(manifest, chunk * ROWS_MAX + row, row, index));
        }
        let sealed = seal::batch::seal(plan, row(&manifest.head), parcels.iter().map(row), tokens, &mut OsRandom)?;
        copies.push(sealed);
    }
    Ok(copies)
}

/// Signs with our key, encrypts to the carrier's certificate: only its key reads this.
pub fn delivery_copy(document: &[u8], signer: &as2::Signer, certificate: &str) -> Result<Vec<u8>> {
    let signed = as2::cms::sign(document, signer)?;
    let certificate = as2::Certificate::from_pem(certificate)?;
    Ok(as2::cms::encrypt(&signed, &[certificate], &mut OsRandom)?)
}

fn planned_groups(agreement: &Agreement, month: Month, keys: &Keys) -> Result<Vec<PlannedGroup>> {
    let planned = |group: ledger::entry::RetentionGroup| {
        let period = PeriodId { agreement: agreement.id.clone(), month, group: group.group };
        let public = keys.period(&period).with_context(|| format!("there is no key for period {period}: a retention run has shredded it, or the warden does not know the agreement yet"))?;
        Ok(PlannedGroup { public: public.clone(), period, classes: group.classes })
    };
    agreement.groups().into_iter().map(planned).collect()
}

fn tokens(manifest: &Manifest<'_>, of: usize, row: usize, index: &seal::IndexKey) -> Vec<(Token, u32)> {
    let kind = |kind| match kind {
        Kind::Tracking => seal::Kind::Tracking,
        Kind::Order => seal::Kind::Order,
        Kind::Manifest => seal::Kind::Manifest,
    };
    let row = u32::try_from(row).expect("rows of a batch are at most 65,536");
    manifest.search_values(of).iter().map(|(of, value)| (index.token(kind(*of), value), row)).collect()
}

fn row(record: &Record<'_>) -> Row {
    let class = |class| Some(record.class_bytes(class)).filter(|octets: &Zeroizing<Vec<u8>>| !octets.is_empty());
    let classes = [
        None,
        class(Class::Linkable),
        class(Class::Address),
        class(Class::Contact),
        class(Class::Remarks),
        class(Class::Financial),
    ];
    Row { operational: record.operational.to_bytes(), province: province(record), classes, parties: record.parties }
}

fn province(record: &Record<'_>) -> Province {
    use manifest::operational::Province as Of;
    match record.operational.province {
        Of::AB => Province::AB,
        Of::BC => Province::BC,
        Of::MB => Province::MB,
        Of::NB => Province::NB,
        Of::NL => Province::NL,
        Of::NS => Province::NS,
        Of::NT => Province::NT,
        Of::NU => Province::NU,
        Of::ON => Province::ON,
        Of::PE => Province::PE,
        Of::QC => Province::QC,
        Of::SK => Province::SK,
        Of::YT => Province::YT,
        Of::Abroad => Province::Abroad,
        Of::Unknown => Province::Unknown,
    }
}

/// The manifest's word for a class; the same list, in a crate that does not know the ledger.
pub fn class(class: FieldClass) -> Class {
    match class {
        FieldClass::Operational => Class::Operational,
        FieldClass::Linkable => Class::Linkable,
        FieldClass::Address => Class::Address,
        FieldClass::Contact => Class::Contact,
        FieldClass::Remarks => Class::Remarks,
        FieldClass::Financial => Class::Financial,
    }
}

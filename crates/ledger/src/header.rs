//! The clear header of a sealed batch: what a thief of the gateway's disk may know, and all that an
//! assessment needs. Its salted hash is in the ledger; it outlives the keys by five years.

use crate::{
    canonical::{
        self, NotCanonical,
        form::{Form, InForm},
    },
    classes::Classes,
    identifier::*,
    word::Province,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format's name, the first thing to look at.
pub const VERSION: &str = "bulla.batch/3";

/// The clear header of one sealed batch. Canonical JSON is its one written form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The format of batch and header, [`VERSION`].
    pub version: String,
    /// The algorithms, by name and draft number; `seal::SUITE`.
    pub suite: String,
    /// The batch's random name; also the salt of its keys.
    pub batch: BatchId,
    /// The agreement under which it came.
    pub agreement: AgreementId,
    /// Who sent it, by pseudonym.
    pub shipper: Pseudonym,
    /// Whom it was for.
    pub carrier: Pseudonym,
    /// The calendar month of `received`, in UTC.
    pub month: Month,
    /// The worker that sealed it.
    pub worker: WorkerId,
    /// The start of that worker's process in which the body came.
    pub instance: InstanceId,
    /// The body's number in that instance: known before the body is sealed, whatever else is being received, so that
    /// bodies are sealed side by side. Its intake entries name the same.
    pub ticket: u64,
    /// When the body had arrived.
    pub received: Time,
    /// When it was sealed.
    pub sealed: Time,
    /// Parcels in it: 1 to 65,536. The manifest's own record (record 0) is not counted.
    pub rows: u32,
    /// Persons or companies named in it, senders too; at most, the same one counted each time.
    pub parties: u64,
    /// `rows`, split by province and by the exact set of classes that a row holds (its manifest's
    /// record's classes included); sorted, no pair twice, the sum is `rows`.
    pub counts: Vec<Count>,
    /// One per retention group, sorted by period.
    pub groups: Vec<Group>,
    /// SHA-256 of the sealed body (section "Body" of `docs/format.md`).
    pub body: Hash,
}

/// So many rows of this province hold exactly these classes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The province of these rows' recipients.
    pub province: Province,
    /// Exactly these, `operational` always among them.
    pub classes: Classes,
    /// How many rows have this province and these classes.
    pub rows: u32,
}

/// Which classes were sealed to which period's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The unit of retention.
    pub period: PeriodId,
    /// SHA-256 of the period's public key.
    pub key: Hash,
    /// The classes of this group, never `operational`.
    pub classes: Classes,
    /// Commitment to the group's secret, see `seal`.
    pub commitment: Hash,
    /// SHA-256 of the co-holder's public key, to which the outer layer around the group's secret is sealed; none: there is no outer
    /// layer, and the member is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_holder: Option<Hash>,
}

/// A batch's header with the salt that opens its anchor in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    /// The header, whose hash is in the ledger.
    pub header: Header,
    /// 32 random octets, kept beside the header.
    pub salt: Hash,
}

impl InForm for Header {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            agreement: form.behind(r#"{"agreement":"#)?,
            batch: form.behind(r#","batch":"#)?,
            body: form.behind(r#","body":"#)?,
            carrier: form.behind(r#","carrier":"#)?,
            counts: form.behind(r#","counts":"#)?,
            groups: form.behind(r#","groups":"#)?,
            instance: form.behind(r#","instance":"#)?,
            month: form.behind(r#","month":"#)?,
            parties: form.behind(r#","parties":"#)?,
            received: form.behind(r#","received":"#)?,
            rows: form.behind(r#","rows":"#)?,
            sealed: form.behind(r#","sealed":"#)?,
            shipper: form.behind(r#","shipper":"#)?,
            suite: form.behind(r#","suite":"#)?,
            ticket: form.behind(r#","ticket":"#)?,
            version: form.behind(r#","version":"#)?,
            worker: form.behind(r#","worker":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for Count {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            classes: form.behind(r#"{"classes":"#)?,
            province: form.behind(r#","province":"#)?,
            rows: form.behind(r#","rows":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for Group {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            classes: form.behind(r#"{"classes":"#)?,
            co_holder: form.perhaps(r#","co_holder":"#)?,
            commitment: form.behind(r#","commitment":"#)?,
            key: form.behind(r#","key":"#)?,
            period: form.behind(r#","period":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for Disclosed {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { header: form.behind(r#"{"header":"#)?, salt: form.behind(r#","salt":"#)? };
        form.ended(own, "}")
    }
}

impl Disclosed {
    /// Reads what a header is written as beside its salt; only the canonical form is accepted.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn read(written: &[u8]) -> Result<Self, NotCanonical> {
        canonical::read_expected(written)
    }

    /// What [`Header::salted`] gives for it, whose canonical form this is: of the header as it is written there.
    pub fn salted_as(&self, written: &[u8]) -> Hash {
        const BEHIND: usize = br#","salt":""}"#.len() + 2 * 32;
        let header = br#"{"header":"#.len()..written.len().saturating_sub(BEHIND);
        salted(&self.salt, written.get(header).unwrap_or_default())
    }
}

fn salted(salt: &Hash, written: &[u8]) -> Hash {
    let hash = Sha256::new().chain_update(b"bulla.header/1\n").chain_update(salt.0).chain_update(written);
    Hash(hash.finalize().into())
}

impl Header {
    /// The one written form.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(self)
    }

    /// SHA-256 of the written form: the `info` of the batch's HPKE encapsulations.
    pub fn digest(&self) -> Hash {
        Hash(Sha256::digest(self.to_bytes()).into())
    }

    /// What the ledger holds of it: SHA-256(`"bulla.header/1\n"` || salt || written form). The salt
    /// keeps a reader of the ledger from confirming guesses of the header.
    pub fn salted(&self, salt: &Hash) -> Hash {
        salted(salt, &self.to_bytes())
    }

    /// What the types alone do not ensure; the name of the first rule broken.
    pub fn check(&self) -> Result<(), &'static str> {
        let ensure = |holds, rule| if holds { Ok(()) } else { Err(rule) };
        ensure(self.version == VERSION, "version")?;
        ensure((1..=65_536).contains(&self.rows), "rows are 1 to 65,536")?;
        ensure(self.month == Month::of(self.received), "month is that of received")?;
        ensure(
            self.counts.windows(2).all(|w| (w[0].province, w[0].classes) < (w[1].province, w[1].classes)),
            "counts are sorted",
        )?;
        ensure(
            self.counts.iter().map(|c| u64::from(c.rows)).sum::<u64>() == u64::from(self.rows),
            "counts add up to rows",
        )?;
        ensure(self.counts.iter().all(|c| Classes::OPERATIONAL.is_subset(c.classes)), "every count is operational")?;
        ensure(self.groups.windows(2).all(|w| w[0].period < w[1].period), "groups are sorted")?;
        ensure(
            self.groups.iter().all(|g| g.period.agreement == self.agreement && g.period.month == self.month),
            "periods are the batch's own",
        )?;
        let mut grouped = Classes::NONE;
        for group in &self.groups {
            ensure(group.classes.is_disjoint(grouped | Classes::OPERATIONAL), "a class is in one group")?;
            grouped |= group.classes;
        }
        let held: Classes = self.counts.iter().map(|c| c.classes).collect();
        ensure(held.is_subset(grouped | Classes::OPERATIONAL), "every class held is in a group")
    }
}

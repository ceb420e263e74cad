//! From the segments of a transaction set or message to the canonical manifest.
//!
//! **Parcels.** In an 856 a parcel is an HL\*P; in a shipment without any, a T; else a distinct MAN; else the S. An
//! order, a tare or a MAN without a pack, beside others that have one, is a parcel too: never fewer than there are. In
//! a 215 it is a CD3, or an SMD without one.
//!
//! **What goes where.** A parcel has what its level says and what the levels below it say that are no parcels
//! themselves; what the levels above it say, up to the shipment; of the shipment only the recipient, and that only
//! without a nearer one. The rest of the shipment is record 0, together with the header. Where a set has several
//! shipments, each parcel has all that its shipment says. Weight, size and pieces are never inherited; service,
//! carrier and ship date always are.
//!
//! **What is left out** (counted in [`Manifest::unmapped`]): item lines (LIN, SN1, SLN), equipment (TD3), terms (FOB),
//! dates other than the ship date, and what the reader does not know. Fields of classes that the agreement does
//! not accept are counted in [`Manifest::dropped`].

mod gather;
mod iftmin;
mod number;
#[cfg(test)]
mod shapes;
mod steps;
mod x215;
mod x856;

#[cfg(test)]
mod tests;

use crate::{
    Class,
    operational::{self, Operational},
    parcel::{Manifest, Purpose, Record, Source, value},
    record::{Field, Personal, Role, Tag},
};
use edi::{Interchange, Segment, Set};
use gather::{Draft, Gather, Kept};
use std::collections::HashSet;
use steps::each;

/// Octets that parcels may inherit from the levels above them, in one set, at most: a small document could otherwise
/// ask for a large text in each of its many parcels. 16 octets are added for each field and level.
pub const INHERITED_OCTETS_MAX: u64 = 128 << 20;
/// The same for each octet of the set, so that many small sets cannot ask for more than one large set. A parcel takes
/// some 25 octets and inherits an address, references and a remark: some 1,000.
const INHERITED_AN_OCTET: u64 = 64;
/// Granted to each set, however small; less than an envelope's worth of work.
const INHERITED_ALWAYS: u64 = 64 << 10;

/// How many octets the parcels of a set of so many octets may inherit; never more than [`INHERITED_OCTETS_MAX`].
pub fn inherited_octets_max(set: usize) -> u64 {
    let share = (set as u64).saturating_mul(INHERITED_AN_OCTET).saturating_add(INHERITED_ALWAYS);
    share.min(INHERITED_OCTETS_MAX)
}

/// Why a set has no manifest. Without values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither an 856 nor a 215 nor an IFTMIN.
    #[error("it is neither an 856 nor a 215 nor an IFTMIN")]
    Unsupported,
    /// Its parcels inherit more than [`inherited_octets_max`].
    #[error("the parcels inherit more than {most} octets from the levels above them")]
    Inherited {
        /// What [`inherited_octets_max`] allows the set.
        most: u64,
    },
}

/// Maps one set. `accepts` are the classes that the agreement accepts; [`Class::Operational`] always is.
///
/// The set should have been accepted by [`edi::read`]; of one that did not, whatever can be read is mapped.
///
/// # Errors
/// [`Error`]: the set must be refused.
pub fn read<'a>(interchange: &Interchange<'a>, set: &Set<'a>, accepts: &[Class]) -> Result<Manifest<'a>, Error> {
    let assembly = Assembly::new(accepts, inherited_octets_max(set.octets.len()));
    match set.kind {
        b"856" => x856::read(interchange.walk(set), assembly),
        b"215" => x215::read(interchange.walk(set), assembly),
        b"IFTMIN" => iftmin::read(interchange.walk(set), assembly),
        _ => Err(Error::Unsupported),
    }
}

/// Which fields of a level a record takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    /// The recipient and who stands in for one.
    Destinations,
    /// All but the recipient and the consignee where parcels have them.
    Except {
        recipient: bool,
        consignee: bool,
    },
    /// The parties that are not the recipient.
    OtherParties,
    /// All but those parties.
    Own,
}

impl Keep {
    /// The kinds of fields that it can take.
    fn kinds(self) -> Kept {
        if self == Self::Destinations { Kept::DESTINATIONS } else { Kept::ALL }
    }

    fn takes(self, role: Role) -> bool {
        match self {
            Self::All => true,
            Self::Destinations => role.is_destination(),
            Self::Except { recipient, consignee } => match role {
                Role::Recipient => !recipient,
                Role::Consignee => !consignee,
                _ => true,
            },
            Self::OtherParties => role != Role::None && !role.is_destination(),
            Self::Own => role == Role::None || role.is_destination(),
        }
    }
}

/// A level's share in a record.
#[derive(Clone, Copy)]
struct Share<'g, 'a> {
    level: &'g Gather<'a>,
    keep: Keep,
    /// Its MANs too; not where they are parcels of their own.
    marks: bool,
    /// Levels above the parcel: a nearer recipient hides theirs, and what they give counts as inherited.
    above: bool,
}

/// Brings levels together into records, and counts.
struct Assembly<'c> {
    accepts: &'c [Class],
    inherited: u64,
    inherited_max: u64,
    dropped: [u32; 6],
    unmapped: u32,
    /// Whether any parcel has the shipment's recipient, the shipment's consignee.
    recipient: bool,
    consignee: bool,
    /// For each share of the record at work, what is nearer to the parcel; kept for its memory.
    nearer: Vec<Kept>,
}

impl<'c> Assembly<'c> {
    fn new(accepts: &'c [Class], inherited_max: u64) -> Self {
        Self {
            accepts,
            inherited: 0,
            inherited_max,
            dropped: [0; 6],
            unmapped: 0,
            recipient: false,
            consignee: false,
            nearer: Vec::new(),
        }
    }

    /// One record; `shares` outermost first, `mark` for a parcel that is a MAN.
    fn record<'a>(
        &mut self,
        shares: &[Share<'_, 'a>],
        mark: Option<&[Field<'a>]>,
        draft: Draft,
        pieces: u16,
    ) -> Result<Record<'a>, Error> {
        self.find_nearer(shares);
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut parties = 0u16;
        for (at, share) in each(shares.iter()).enumerate() {
            let kept = if share.above { share.keep.kinds().not_nearer(self.nearer[at]) } else { share.keep.kinds() };
            let offset = parties;
            let marks = if share.marks { share.level.marks.as_slice() } else { &[] };
            for field in
                each(share.level.only(kept)).chain(each(marks.iter()).flatten()).filter(|f| share.keep.takes(f.role))
            {
                if share.above && share.keep == Keep::Destinations {
                    self.recipient |= field.role == Role::Recipient;
                    self.consignee |= field.role == Role::Consignee;
                }
                if share.above {
                    self.charge(field.value.expose().len())?;
                }
                let mut field = field.clone();
                if field.party != 0 {
                    let Some(party) = field.party.checked_add(offset) else {
                        self.unmapped = self.unmapped.saturating_add(1);
                        continue;
                    };
                    field.party = party;
                    parties = parties.max(party);
                }
                fields.push(field);
            }
            self.charge(0)?;
        }
        fields.extend(mark.into_iter().flatten().cloned());
        one_of_each(&mut fields);
        let operational = operational(&fields, draft, pieces);
        fields.retain(|f| self.accepted(f));
        Ok(Record::new(operational, fields))
    }

    /// For each share, what the ones behind it have.
    fn find_nearer(&mut self, shares: &[Share<'_, '_>]) {
        self.nearer.clear();
        self.nearer.resize(shares.len(), Kept::default());
        let mut nearer = Kept::default();
        for (share, of_share) in each(shares.iter().zip(&mut self.nearer).rev()) {
            *of_share = nearer;
            nearer = nearer.or(share.level.has());
        }
    }

    fn charge(&mut self, octets: usize) -> Result<(), Error> {
        self.inherited = self.inherited.saturating_add(octets as u64).saturating_add(16);
        if self.inherited > self.inherited_max { Err(Error::Inherited { most: self.inherited_max }) } else { Ok(()) }
    }

    fn accepted(&mut self, field: &Field<'_>) -> bool {
        let class = field.class();
        let accepted = self.accepts.contains(&class);
        if !accepted {
            let dropped = &mut self.dropped[usize::from(class.number())];
            *dropped = dropped.saturating_add(1);
        }
        accepted
    }

    fn finish<'a>(
        self,
        source: Source,
        purpose: Purpose,
        number: Personal<'a>,
        head: Record<'a>,
        parcels: Vec<Record<'a>>,
    ) -> Manifest<'a> {
        Manifest { source, purpose, number, head, parcels, dropped: self.dropped, unmapped: self.unmapped }
    }
}

/// A record has one order without a qualifier (the one that PRF holds), the others get PO; a currency is named once.
fn one_of_each(fields: &mut Vec<Field<'_>>) {
    let po = crate::record::Qualifier::new(b"PO").expect("two letters are a code");
    let (mut ordered, mut currencies) = (false, HashSet::new());
    fields.retain_mut(|field| match field.tag {
        Tag::Order if field.qualifier.as_bytes().is_empty() => {
            if std::mem::replace(&mut ordered, true) {
                field.qualifier = po;
            }
            true
        }
        Tag::Currency => currencies.insert(field.clone()),
        _ => true,
    });
}

fn operational(fields: &[Field<'_>], draft: Draft, pieces: u16) -> Operational {
    let recipient = fields.iter().any(|f| f.role == Role::Recipient);
    let role = if recipient { Role::Recipient } else { Role::Consignee };
    let of = |tag| value(fields, role, tag);
    let (province, country) = operational::place(of(Tag::Region), of(Tag::PostalCode), of(Tag::Country));
    Operational {
        service: draft.service,
        carrier: draft.carrier,
        weight_grams: draft.weight_grams,
        length_mm: draft.length_mm,
        width_mm: draft.width_mm,
        height_mm: draft.height_mm,
        ship_date: draft.ship_date,
        province,
        country,
        pieces: draft.pieces.unwrap_or(pieces),
    }
}

impl Draft {
    /// Whether it has a weight or a size, which nothing else takes from it.
    fn weighs(self) -> bool {
        [self.weight_grams, self.length_mm, self.width_mm, self.height_mm].iter().any(Option::is_some)
    }

    /// What a level below takes of it where it says nothing itself.
    fn inheritable(self) -> Self {
        Self { service: self.service, carrier: self.carrier, ship_date: self.ship_date, ..Self::default() }
    }

    /// This, and where it says nothing, `above`'s inheritable numbers.
    fn under(self, above: Self) -> Self {
        Self {
            service: self.service.or(above.service),
            carrier: self.carrier.or(above.carrier),
            ship_date: self.ship_date.or(above.ship_date),
            ..self
        }
    }
}

/// Whether the envelope's or the hierarchy's own: it says nothing that could be lost.
fn structural(segment: &Segment<'_, '_>) -> bool {
    matches!(segment.tag(), b"ST" | b"SE" | b"CTT" | b"HL" | b"BSN" | b"B2A" | b"B1")
}

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

mod arena;
mod draft;
mod gather;
mod iftmin;
mod kinds;
mod levels;
mod memory;
mod number;
mod picks;
#[cfg(test)]
mod shapes;
mod steps;
mod tags;
mod texts;
mod x215;
mod x856;

#[cfg(test)]
mod tests;

use crate::{
    Class,
    entry::Entry,
    fields::Fields,
    operational::Operational,
    parcel::{Manifest, Purpose, Record, Source},
    record::{Personal, Role},
};
use arena::{Arena, Said};
use draft::Draft;
use edi::{Interchange, Set, Walk};
use kinds::Kept;
use memory::Memory;
use std::{fmt, ops::Range};
use steps::each;
use texts::Texts;

/// Octets that parcels may inherit from the levels above them, in one set, at most: a small document could otherwise
/// ask for a large text in each of its many parcels. 16 octets are added for each field and level.
pub const INHERITED_OCTETS_MAX: u64 = 128 << 20;
const INHERITED_A_FIELD: u64 = 16;
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
    Mapper::default().read(interchange, set, accepts)
}

/// Maps one set after the other, which takes less time than each alone. It keeps the last manifest's values until the
/// next one, or until it is dropped.
#[derive(Default)]
pub struct Mapper<'a> {
    memory: Memory<'a>,
    walk: Option<Walk<'a>>,
}

impl<'a> Mapper<'a> {
    /// As [`read`].
    ///
    /// # Errors
    /// [`Error`]: the set must be refused.
    pub fn read(
        &mut self,
        interchange: &Interchange<'a>,
        set: &Set<'a>,
        accepts: &[Class],
    ) -> Result<Manifest<'a>, Error> {
        let walk = interchange.walk_in(&mut self.walk, set);
        let octets = interchange.bytes().get(set.octets.clone()).unwrap_or_default();
        self.memory.texts = Texts::of(octets, interchange.alphabet());
        let assembly = Assembly::new(&mut self.memory, accepts, inherited_octets_max(set.octets.len()));
        match set.kind {
            b"856" => x856::read(walk, assembly),
            b"215" => x215::read(walk, assembly),
            b"IFTMIN" => iftmin::read(walk, assembly),
            _ => Err(Error::Unsupported),
        }
    }
}

impl fmt::Debug for Mapper<'_> {
    /// Shows nothing of what it keeps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapper").finish_non_exhaustive()
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

    /// Those of the roles whose fields it takes, a bit for each.
    fn roles(self) -> u16 {
        const DESTINATIONS: u16 = bit(Role::Recipient) | bit(Role::Consignee);
        let unless = |hidden: bool, role| if hidden { !bit(role) } else { u16::MAX };
        match self {
            Self::All => u16::MAX,
            Self::Destinations => DESTINATIONS,
            Self::Except { recipient, consignee } => {
                unless(recipient, Role::Recipient) & unless(consignee, Role::Consignee)
            }
            Self::OtherParties => !(bit(Role::None) | DESTINATIONS),
            Self::Own => bit(Role::None) | DESTINATIONS,
        }
    }
}

/// The bit of a role, of which there are thirteen.
const fn bit(role: Role) -> u16 {
    1 << (role as u16 % 16)
}

/// A level's share in a record.
#[derive(Clone, Copy)]
struct Share<'g> {
    level: &'g Said,
    keep: Keep,
    /// Its MANs too; not where they are parcels of their own.
    marks: bool,
    /// Levels above the parcel: a nearer recipient hides theirs, and what they give counts as inherited.
    above: bool,
}

/// Brings levels together into records, and counts.
struct Assembly<'m, 'a> {
    memory: &'m mut Memory<'a>,
    /// Those of all records made so far.
    fields: Vec<Entry>,
    /// Their values that are not among the set's octets.
    made: Vec<Personal<'a>>,
    /// By the numbers of the classes.
    accepts: [bool; 6],
    inherited: u64,
    inherited_max: u64,
    dropped: [u32; 6],
    unmapped: u32,
    /// Whether any parcel has the shipment's recipient, the shipment's consignee.
    recipient: bool,
    consignee: bool,
}

impl<'m, 'a> Assembly<'m, 'a> {
    fn new(memory: &'m mut Memory<'a>, classes: &[Class], inherited_max: u64) -> Self {
        let mut accepts = [false; 6];
        classes.iter().for_each(|class| accepts[usize::from(class.number())] = true);
        Self {
            fields: memory.fields(),
            made: Vec::new(),
            memory,
            accepts,
            inherited: 0,
            inherited_max,
            dropped: [0; 6],
            unmapped: 0,
            recipient: false,
            consignee: false,
        }
    }

    /// One record; `shares` outermost first, `mark` for a parcel that is a MAN.
    fn record(
        &mut self,
        arena: &Arena<'a>,
        shares: &[Share<'_>],
        mark: Option<Range<usize>>,
        draft: Draft,
        pieces: u16,
    ) -> Result<Made, Error> {
        self.find_nearer(shares);
        self.memory.picks.restart();
        let mut parties = 0u16;
        for (at, share) in each(shares.iter()).enumerate() {
            parties = self.take(arena, share, self.kept(at, share), parties)?;
            self.charge(INHERITED_A_FIELD)?;
        }
        for field in mark.into_iter().flat_map(|mark| arena.fields(mark)) {
            self.memory.picks.add(field, field.party);
        }
        self.memory.picks.name_currencies_once(arena);
        let operational = self.memory.picks.operational(arena, draft, pieces);
        let start = self.fields.len();
        let parties = self.memory.picks.write(&self.accepts, &mut self.dropped, &mut self.fields);
        let [start, end] = [start, self.fields.len()].map(place);
        Ok(Made { operational, fields: start..end, parties })
    }

    /// Adds a level's share to a record that has so many parties; how many it has then.
    fn take(&mut self, arena: &Arena<'a>, share: &Share<'_>, kept: Kept, offset: u16) -> Result<u16, Error> {
        if let Some(places) = arena.all(share.level, kept, share.marks) {
            return Ok(offset.max(self.take_fields(arena.fields(places), share, offset)?));
        }
        let mut parties = offset;
        let marks = share.marks.then(|| arena.marked(share.level));
        for places in arena.only(share.level, kept).chain(marks) {
            parties = parties.max(self.take_fields(arena.fields(places), share, offset)?);
        }
        Ok(parties)
    }

    /// The same of some fields. What a parcel has of them from a level above it is counted when all were taken.
    #[inline]
    fn take_fields(&mut self, fields: &[Entry], share: &Share<'_>, offset: u16) -> Result<u16, Error> {
        let roles = share.keep.roles();
        let (mut parties, mut taken, mut octets) = (0, 0, 0u64);
        for field in each(fields.iter()) {
            let role = bit(field.role);
            if roles & role == 0 {
                continue;
            }
            taken |= role;
            // They are fewer than there is memory for.
            octets = octets.wrapping_add(field.value.len() as u64).wrapping_add(INHERITED_A_FIELD);
            let party = if field.party == 0 { Some(0) } else { field.party.checked_add(offset) };
            let Some(party) = party else {
                self.unmapped = self.unmapped.saturating_add(1);
                continue;
            };
            parties = parties.max(party);
            self.memory.picks.add(field, party);
        }
        if share.above {
            if share.keep == Keep::Destinations {
                self.recipient |= taken & bit(Role::Recipient) != 0;
                self.consignee |= taken & bit(Role::Consignee) != 0;
            }
            self.charge(octets)?;
        }
        Ok(parties)
    }

    /// Which fields a share gives, by what is nearer.
    fn kept(&self, at: usize, share: &Share<'_>) -> Kept {
        let kinds = share.keep.kinds();
        if share.above { kinds.not_nearer(self.memory.nearer[at]) } else { kinds }
    }

    /// For each share, what the ones behind it have.
    fn find_nearer(&mut self, shares: &[Share<'_>]) {
        self.memory.nearer.clear();
        self.memory.nearer.resize(shares.len(), Kept::default());
        let mut nearer = Kept::default();
        for (share, of_share) in each(shares.iter().zip(&mut self.memory.nearer).rev()) {
            *of_share = nearer;
            nearer = nearer.or(share.level.has());
        }
    }

    fn charge(&mut self, octets: u64) -> Result<(), Error> {
        self.inherited = self.inherited.saturating_add(octets);
        if self.inherited > self.inherited_max { Err(Error::Inherited { most: self.inherited_max }) } else { Ok(()) }
    }

    /// Takes back the levels' memory, and keeps the values that were made.
    fn keep_arena(&mut self, arena: Arena<'a>) {
        self.made = self.memory.keep_arena(arena);
    }

    fn finish(
        self,
        source: Source,
        purpose: Purpose,
        number: Personal<'a>,
        head: Made,
        parcels: Vec<Made>,
    ) -> Manifest<'a> {
        let fields = self.memory.share(self.made, self.fields);
        let record = |made: Made| Record {
            operational: made.operational,
            fields: Fields::of(&fields, made.fields),
            parties: made.parties,
        };
        let (head, parcels) = (record(head), parcels.into_iter().map(record).collect());
        Manifest { source, purpose, number, head, parcels, dropped: self.dropped, unmapped: self.unmapped }
    }
}

/// A record whose fields are among those of its manifest.
struct Made {
    operational: Operational,
    fields: Range<u32>,
    parties: u32,
}

/// A place among fields.
fn place(at: usize) -> u32 {
    u32::try_from(at).expect("four billion fields do not fit into memory")
}

/// Whether the envelope's or the hierarchy's own: it says nothing that could be lost.
fn structural(tag: u64) -> bool {
    matches!(tag, tags::ST | tags::SE | tags::CTT | tags::HL | tags::BSN | tags::B2A | tags::B1)
}

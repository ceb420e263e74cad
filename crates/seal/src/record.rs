//! The segment record: a sealed batch as a segment stores it, found and read without being opened.

use crate::{
    BODY_OCTETS_MAX, Error, Mark, Sealed, Token,
    batch::{self, ENCAPSULATION_OCTETS, WRAPPED_OCTETS},
    body::RECORDS_MAX,
    clear::{CLEAR_OCTETS, FRONT_OCTETS, Front},
};
use ledger::{Hash, Header, canonical};
use sha2::{Digest, Sha256};

/// The longest header: 5 groups and 480 counts take less than half of these 128 KiB.
pub const HEADER_OCTETS_MAX: usize = 128 << 10;
/// The most tokens of one record: 16 a parcel.
pub const TOKENS_MAX: usize = 1 << 20;

/// Octets of an [`entry`].
pub const ENTRY_OCTETS: usize = MARK_OCTETS + RECORD_OCTETS;
const MARK_OCTETS: usize = 8;
const RECORD_OCTETS: usize = 3;

const MAGIC: &[u8; 8] = b"BULLASEG";
const VERSION: u32 = 2;
const GROUPS_MAX: usize = 5;
const PRELUDE_OCTETS: usize = 76;
const DIGEST_OCTETS: usize = 32;
/// What a co-holder's layer adds to an encapsulation.
const OUTER_OCTETS: usize = WRAPPED_OCTETS - ENCAPSULATION_OCTETS;

impl Sealed {
    /// The segment record; [`Stored::parse`] reads it back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = self.header.to_bytes();
        let front = Front::of(&self.operational);
        let parcels = self.operational.get(1..).unwrap_or_default();
        let tokens = self.tokens.len() * ENTRY_OCTETS;
        let groups = self.encapsulations.iter().map(Vec::len).sum::<usize>();
        let column = FRONT_OCTETS + parcels.len() * front.own_octets();
        let clear = PRELUDE_OCTETS + header.len() + groups + column + tokens;
        let total = clear + DIGEST_OCTETS + self.body.len();

        let mut record = Vec::with_capacity(total);
        record.extend_from_slice(MAGIC);
        record.extend_from_slice(&VERSION.to_be_bytes());
        record.extend_from_slice(&(total as u64).to_be_bytes());
        let (records, own) = (self.operational.len(), front.own_octets());
        for length in [header.len(), self.encapsulations.len(), records, self.tokens.len(), self.body.len(), own] {
            let length = u32::try_from(length).expect("every part of a batch is below 4 GiB");
            record.extend_from_slice(&length.to_be_bytes());
        }
        record.extend_from_slice(&self.salt.0);
        record.extend_from_slice(&header);
        self.encapsulations.iter().for_each(|encapsulation| record.extend_from_slice(encapsulation));
        front.write(&mut record);
        parcels.iter().for_each(|parcel| front.write_own(parcel, &mut record));
        for (mark, row) in &self.tokens {
            record.extend_from_slice(&mark.0);
            record.extend_from_slice(&row.to_be_bytes()[4 - RECORD_OCTETS..]);
        }
        let digest = Sha256::digest(&record);
        record.extend_from_slice(&digest);
        record.extend_from_slice(&self.body);
        record
    }
}

/// A segment record whose layout was checked, over the octets that it was read from.
///
/// Reading it costs no hashing and no JSON: [`Stored::header`] and [`Stored::verify`] are asked for.
#[derive(Clone, Copy)]
pub struct Stored<'a> {
    clear: &'a [u8],
    header: &'a [u8],
    salt: &'a [u8; 32],
    groups: usize,
    encapsulations: &'a [u8],
    records: u32,
    front: Front,
    parcels: &'a [u8],
    tokens: &'a [[u8; ENTRY_OCTETS]],
    digest: &'a [u8],
    body: &'a [u8],
}

impl<'a> Stored<'a> {
    /// Reads exactly one record: lengths and limits, not what stands in it.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let ensure = |holds, rule| if holds { Ok(()) } else { Err(Error::Record { rule }) };
        let (prelude, _) =
            octets.split_at_checked(PRELUDE_OCTETS).ok_or(Error::Record { rule: "it ends in its prelude" })?;
        ensure(&prelude[..8] == MAGIC, "it begins with BULLASEG")?;
        let word = |at: usize| u32::from_be_bytes([prelude[at], prelude[at + 1], prelude[at + 2], prelude[at + 3]]);
        ensure(word(8) == VERSION, "version 2")?;
        let total = (u64::from(word(12)) << 32) | u64::from(word(16));
        ensure(total == octets.len() as u64, "its length is what it says")?;
        let [header, groups, records, tokens, body, own] = [20, 24, 28, 32, 36, 40].map(|at| word(at) as usize);
        ensure(header <= HEADER_OCTETS_MAX, "a header of at most 128 KiB")?;
        ensure(groups <= GROUPS_MAX, "at most five groups")?;
        ensure((2..=RECORDS_MAX as usize).contains(&records), "2 to 65,537 records")?;
        ensure(tokens <= TOKENS_MAX, "at most 1,048,576 tokens")?;
        ensure(body <= BODY_OCTETS_MAX, "a body of at most 256 MiB")?;
        ensure(own <= CLEAR_OCTETS, "at most 32 clear octets of a parcel's own")?;
        // With these limits no sum or product comes near 2^32.
        let parcels = (records - 1) * own;
        let others = header + FRONT_OCTETS + parcels + tokens * ENTRY_OCTETS + DIGEST_OCTETS + body;
        // Which of them have a co-holder's layer the header says; how many, what is left does.
        let wrapped = octets.len().checked_sub(PRELUDE_OCTETS + others).filter(|left| {
            let outer = left.checked_sub(groups * ENCAPSULATION_OCTETS);
            outer.is_some_and(|outer| outer % OUTER_OCTETS == 0 && outer / OUTER_OCTETS <= groups)
        });
        let wrapped = wrapped.ok_or(Error::Record { rule: "its parts fill it" })?;
        let lengths = [header, wrapped, FRONT_OCTETS, parcels, tokens * ENTRY_OCTETS, DIGEST_OCTETS, body];

        let mut at = PRELUDE_OCTETS;
        let parts = lengths.map(|length| {
            at += length;
            &octets[at - length..at]
        });
        let [header, encapsulations, front, parcels, tokens, digest, body] = parts;
        let front = Front::from_bytes(front.first_chunk().expect("68 octets"))?;
        ensure(front.own_octets() == own, "as many octets differ as parcels have of their own")?;
        let salt = prelude[44..].try_into().expect("the prelude ends with 32 octets of salt");
        let clear = &octets[..octets.len() - body.len() - DIGEST_OCTETS];
        let tokens = tokens.as_chunks().0;
        let records = u32::try_from(records).expect("at most 65,537 records");
        Ok(Self { clear, header, salt, groups, encapsulations, records, front, parcels, tokens, digest, body })
    }

    /// The header, checked by its own rules and against this record's counts.
    pub fn header(&self) -> Result<Header, Error> {
        let header: Header = canonical::read(self.header).map_err(Error::HeaderForm)?;
        batch::check(&header)?;
        let groups = header.groups.len() == self.groups && lengths(&header).sum::<usize>() == self.encapsulations.len();
        if groups && header.rows + 1 == self.records {
            Ok(header)
        } else {
            Err(Error::HeaderRule { rule: "groups and rows are those of the record" })
        }
    }

    /// The header's octets, unchecked.
    pub fn header_bytes(&self) -> &'a [u8] {
        self.header
    }

    /// The salt of [`Header::salted`].
    pub fn salt(&self) -> Hash {
        Hash(*self.salt)
    }

    /// The encapsulations, one a group of `header`, which is [`Self::header`]; of another header, none that it has no octets for.
    pub fn encapsulations(&self, header: &Header) -> Vec<&'a [u8]> {
        let mut rest = self.encapsulations;
        let next = |length| {
            let (own, more) = rest.split_at_checked(length)?;
            rest = more;
            Some(own)
        };
        lengths(header).map_while(next).collect()
    }

    /// Records: the manifest's own and the parcels.
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The clear octets of a record; none if it is not there.
    pub fn operational(&self, row: u32) -> Option<[u8; CLEAR_OCTETS]> {
        let Some(parcel) = row.checked_sub(1) else { return Some(self.front.head()) };
        let own = self.front.own_octets();
        let octets = self.parcels.get(parcel as usize * own..)?.get(..own)?;
        self.front.parcel(octets).filter(|_| row < self.records)
    }

    /// What stands before the parcels' own octets in the clear column.
    pub fn front(&self) -> Front {
        self.front
    }

    /// Octets of the clear column.
    pub fn column_octets(&self) -> usize {
        FRONT_OCTETS + self.parcels.len()
    }

    /// The records that a token stands for, rising; mostly one or none. A binary search.
    pub fn find(&self, token: &Token) -> impl Iterator<Item = u32> + use<'a> {
        let sought = token.mark().0;
        let from = self.tokens.partition_point(|entry| entry[..MARK_OCTETS] < sought[..]);
        self.tokens[from..].iter().take_while(move |own| own[..MARK_OCTETS] == sought).map(|own| entry(own).1)
    }

    /// All tokens' marks with their records, sorted: what token runs are rebuilt from.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = (Mark, u32)> + use<'a> {
        self.tokens.iter().map(entry)
    }

    /// The sealed body, see [`crate::Body`].
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Everything that can be checked without a key: digests, the header, the order of the tokens.
    pub fn verify(&self) -> Result<Header, Error> {
        if Sha256::digest(self.clear).as_slice() != self.digest {
            return Err(Error::RecordDigest);
        }
        let header = self.header()?;
        if Hash(Sha256::digest(self.body).into()) != header.body {
            return Err(Error::BodyDigest);
        }
        let entries = || self.tokens.iter();
        if !entries().zip(entries().skip(1)).all(|(a, b)| a < b) {
            return Err(Error::Record { rule: "tokens are sorted, none twice" });
        }
        if let Some((_, row)) = entries().map(entry).find(|(_, row)| *row >= self.records()) {
            return Err(Error::TokenWithoutRecord { row });
        }
        batch::check_counts(&header, &crate::Body::parse(self.body)?)?;
        Ok(header)
    }
}

/// Octets of each group's encapsulation.
fn lengths(header: &Header) -> impl Iterator<Item = usize> {
    header.groups.iter().map(|group| if group.co_holder.is_some() { WRAPPED_OCTETS } else { ENCAPSULATION_OCTETS })
}

/// A token's mark and the record that it stands for, as a segment has them.
pub fn entry(octets: &[u8; ENTRY_OCTETS]) -> (Mark, u32) {
    let (mark, row) = octets.split_at(MARK_OCTETS);
    let row = row.iter().fold(0, |row, octet| row << 8 | u32::from(*octet));
    (Mark(*mark.first_chunk().expect("8 of 11 octets")), row)
}

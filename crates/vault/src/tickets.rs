//! Tickets: that a body came is noted before its first octet is read, and how much of it may have been read before more is.
//!
//! A file for each start of the worker, `tickets/INSTANCE`, of records of 24 octets: ticket and octets (big-endian, 8 each),
//! channel, TLS, six zeros. A later record of a ticket replaces an earlier one. One with zero octets says that every ticket
//! below it is in SQL, but those with a record behind it.
//!
//! It is written and not synced: it has to outlive the process, whose memory the machine may still have, and not the
//! machine, which takes both. What was answered is in SQL by then. Only what a tick tells the ledger of is synced before: a
//! start that knows fewer tickets than that closes nothing.

use crate::{
    Error, Vault,
    control::{Sql, column, params},
};
use ledger::{InstanceId, entry::Channel};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What may be read of a body before more is noted; and what one counts with whose record a power cut took.
pub const ALLOWANCE: u64 = 1 << 16;
const RECORD: usize = 24;
/// Records after which the file is written anew with those that are still wanted.
const RECORDS_MAX: u64 = 1 << 16;
/// The largest file that is read: what a process may leave that never wrote it anew.
const FILE_OCTETS_MAX: u64 = 1 << 30;

/// A body that came and has left no intake entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Its ticket.
    pub ticket: u64,
    /// Octets that may have been read of it.
    pub octets: u64,
    /// The protocol that brought it.
    pub channel: Channel,
    /// Whether the channel was encrypted by TLS at this process.
    pub tls: bool,
}

/// An earlier start, as this directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Which one.
    pub instance: InstanceId,
    /// Its last ticket; 0 if it gave none.
    pub last: u64,
    /// Bodies that have left no intake entry.
    pub broken: Vec<Noted>,
    /// Whether it certainly ended: what started in another directory, of which this is a copy, may still run there.
    pub ended: bool,
}

/// The tickets of the start under way.
pub struct Tickets {
    instance: InstanceId,
    state: Mutex<State>,
}

struct State {
    path: PathBuf,
    file: File,
    /// What was last done with the file did not succeed whole: before the next record it is opened again, and cut.
    torn: bool,
    records: u64,
    next: u64,
    /// What the ledger is not known to have.
    open: BTreeMap<u64, Open>,
}

enum Open {
    /// Under way.
    Body(Noted),
    /// In SQL, or about to be; so many entries of it are not anchored yet.
    Stored(u32, Noted),
}

impl Tickets {
    fn begin(dir: &Path, instance: InstanceId) -> Result<Self, Error> {
        durable::make_dir(dir)?;
        let path = dir.join(instance.to_string());
        // The ledger will know this start: its file must be there then, even if it is empty.
        durable::replace(&path, &[])?;
        let file = opened(&path)?;
        let state = State { path, file, torn: false, records: 0, next: 1, open: BTreeMap::new() };
        Ok(Self { instance, state: Mutex::new(state) })
    }

    /// The start that they are of.
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Notes that a body begins, of which so many octets may be read.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]: then no octet of it may be read.
    pub fn take(&self, octets: u64, channel: Channel, tls: bool) -> Result<u64, Error> {
        let mut state = self.lock();
        let ticket = state.next;
        let noted = Noted { ticket, octets: octets.max(ALLOWANCE), channel, tls };
        state.write(&[noted])?;
        state.next += 1;
        state.open.insert(ticket, Open::Body(noted));
        if state.records > RECORDS_MAX + 2 * state.open.len() as u64 {
            // It is noted. What does not succeed now is tried with the next one.
            let _ = state.shrink();
        }
        Ok(ticket)
    }

    /// Notes that more of it may be read.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]: then no more of it may be read.
    pub fn raise(&self, ticket: u64, octets: u64) -> Result<(), Error> {
        let mut state = self.lock();
        let Some(Open::Body(noted)) = state.open.get(&ticket) else { return Ok(()) };
        if noted.octets >= octets {
            return Ok(());
        }
        let noted = Noted { octets, ..*noted };
        state.write(&[noted])?;
        state.open.insert(ticket, Open::Body(noted));
        Ok(())
    }

    /// A body that has left no intake entry yet.
    pub fn noted(&self, ticket: u64) -> Option<Noted> {
        match self.lock().open.get(&ticket) {
            Some(Open::Body(noted)) => Some(*noted),
            _ => None,
        }
    }

    /// So many intake entries of it will be in SQL next: from then on they are what becomes of it.
    pub fn storing(&self, ticket: u64, entries: u32) {
        if let Some(open) = self.lock().open.get_mut(&ticket)
            && let Open::Body(noted) = *open
        {
            *open = Open::Stored(entries, noted);
        }
    }

    /// They are not there after all.
    pub fn not_stored(&self, ticket: u64) {
        if let Some(open) = self.lock().open.get_mut(&ticket)
            && let Open::Stored(_, noted) = *open
        {
            *open = Open::Body(noted);
        }
    }

    /// One of its entries is in the ledger.
    pub fn anchored(&self, ticket: u64) {
        let mut state = self.lock();
        match state.open.get_mut(&ticket) {
            Some(Open::Stored(left, _)) if *left > 1 => *left -= 1,
            _ => drop(state.open.remove(&ticket)),
        }
    }

    /// One of its entries is not in the ledger after all.
    pub fn unanchored(&self, noted: Noted) {
        let mut state = self.lock();
        match state.open.entry(noted.ticket).or_insert(Open::Stored(0, noted)) {
            Open::Stored(left, _) => *left += 1,
            Open::Body(_) => {}
        }
    }

    /// The next ticket, and those before it that the ledger is not known to have; of more than `most`, the first. After a
    /// power cut they are known still.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`].
    pub fn open(&self, most: usize) -> Result<(u64, Vec<u64>), Error> {
        let synced = |source| Error::disk("sync the tickets", source);
        let (next, open, file) = {
            let state = self.lock();
            let next = state.open.keys().nth(most).copied().unwrap_or(state.next);
            let open = state.open.keys().copied().take(most).collect();
            (next, open, state.file.try_clone().map_err(synced)?)
        };
        // Bodies that come meanwhile do not wait. One that is written anew meanwhile is synced by that.
        file.sync_data().map_err(synced)?;
        Ok((next, open))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it in hand has written a whole record or none that is known of.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, noted: &[Noted]) -> Result<(), Error> {
        if self.torn {
            self.mend()?;
        }
        let octets: Vec<u8> = noted.iter().flat_map(record).collect();
        if let Err(source) = self.file.write_all(&octets) {
            // Half a record would move all that follow.
            self.torn = true;
            let _ = self.mend();
            return Err(Error::disk("note a ticket", source));
        }
        self.records += noted.len() as u64;
        Ok(())
    }

    /// The file of this name, which may be another one since it was written anew, with whole records only.
    fn mend(&mut self) -> Result<(), Error> {
        self.file = opened(&self.path)?;
        let cut = self.file.set_len(self.records * RECORD as u64);
        cut.map_err(|source| Error::disk("cut a torn ticket off", source))?;
        self.torn = false;
        Ok(())
    }

    /// Writes the file anew: a server of years gives more tickets than anybody wants to read at its next start.
    fn shrink(&mut self) -> Result<(), Error> {
        let below = Noted { ticket: self.next, octets: 0, channel: Channel::Https, tls: false };
        // One that is about to be stored may yet be broken.
        let bodies = self.open.values().map(|(Open::Body(noted) | Open::Stored(_, noted))| *noted);
        let kept: Vec<Noted> = [below].into_iter().chain(bodies).collect();
        // Nothing more is written to the old one, which may have no name any more, whatever fails.
        self.torn = true;
        durable::replace(&self.path, &kept.iter().flat_map(record).collect::<Vec<u8>>())?;
        self.records = kept.len() as u64;
        self.mend()
    }
}

fn opened(path: &Path) -> Result<File, Error> {
    OpenOptions::new().append(true).open(path).map_err(|source| Error::disk("open the tickets", source))
}

fn record(noted: &Noted) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&noted.ticket.to_be_bytes());
    record[8..16].copy_from_slice(&noted.octets.to_be_bytes());
    let channel = CHANNELS.iter().position(|channel| *channel == noted.channel).unwrap_or(0);
    (record[16], record[17]) = (u8::try_from(channel).unwrap_or(0), noted.tls.into());
    record
}

const CHANNELS: [Channel; 3] = [Channel::Https, Channel::As2, Channel::Sftp];

fn read(record: &[u8; RECORD]) -> Noted {
    let number = |at: usize| u64::from_be_bytes(std::array::from_fn(|octet| record[at + octet]));
    let channel = CHANNELS.get(usize::from(record[16])).copied().unwrap_or(Channel::Https);
    Noted { ticket: number(0), octets: number(8), channel, tls: record[17] == 1 }
}

impl Vault {
    /// Begins a start of the worker, whose tickets are from 1.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`].
    pub fn begin(&self, instance: InstanceId) -> Result<Tickets, Error> {
        Tickets::begin(&self.tickets, instance)
    }

    /// The starts before this one that are not over, in no order.
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::Damaged`].
    pub fn earlier(&self, now: InstanceId) -> Result<Vec<Earlier>, Error> {
        let mut all = Vec::new();
        for name in durable::names(&self.tickets)? {
            let instance: InstanceId = name.parse().map_err(|_| Error::Damaged { what: "a name in tickets/" })?;
            if instance != now {
                let octets = durable::read(&self.tickets.join(&name), FILE_OCTETS_MAX)?;
                let stored = self.control.read(|c| tickets_of(c, instance))?;
                all.push(Earlier { ended: !self.is_copy, ..earlier(instance, &octets, &stored) });
            }
        }
        Ok(all)
    }

    /// What began in another directory, of which this is a copy, is put aside: from now on this is one of its own.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`].
    pub fn take_place(&self) -> Result<(), Error> {
        // The directory of the tickets is the vault's.
        let dir = self.tickets.parent().unwrap_or(&self.tickets);
        if crate::place::is_copy(dir)? { crate::place::take(dir) } else { Ok(()) }
    }

    /// Forgets a start that is over: the ledger says so, or nobody here ever will.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn is_over(&self, instance: InstanceId) -> Result<(), Error> {
        Ok(durable::remove(&self.tickets.join(instance.to_string()))?)
    }
}

fn tickets_of(connection: &Sql<'_>, instance: InstanceId) -> Result<BTreeSet<u64>, Error> {
    let sql = "SELECT DISTINCT ticket FROM anchor WHERE instance = ?1";
    Ok(connection.all(sql, params![instance.0], |row| column::count(row, 0))?.into_iter().collect())
}

fn earlier(instance: InstanceId, octets: &[u8], stored: &BTreeSet<u64>) -> Earlier {
    let (mut below, mut known) = (1, BTreeMap::new());
    // A record that was cut off was never said to be written.
    for (at, noted) in (0..).zip(octets.as_chunks::<RECORD>().0.iter().map(read)) {
        // Tickets have no holes. What the file cannot say is not counted up to: it is no record, nor is what follows.
        let is_first = at == 0 && noted.octets == 0;
        if noted.ticket > below + at && !is_first {
            break;
        }
        // A power cut may leave zeros.
        if noted.ticket == 0 {
            continue;
        }
        if noted.octets == 0 {
            below = noted.ticket;
        } else {
            known.insert(noted.ticket, noted);
        }
    }
    let last = [stored.last().copied(), known.keys().last().copied(), Some(below - 1)].into_iter().flatten().max();
    let last = last.unwrap_or(0);
    // A power cut may have taken records, but none of a body that was answered.
    let lost = |ticket| Noted { ticket, octets: ALLOWANCE, channel: Channel::Https, tls: false };
    let lost = (below..=last).map(|ticket| (ticket, lost(ticket))).filter(|(ticket, _)| !known.contains_key(ticket));
    let lost: Vec<_> = lost.collect();
    known.extend(lost);
    let broken = known.into_values().filter(|noted| !stored.contains(&noted.ticket)).collect();
    Earlier { instance, last, broken, ended: true }
}

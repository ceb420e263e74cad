//! This start of the worker's process, and its tickets: a body's number is known and noted before its first octet is read, so
//! that nothing passes through unseen, and bodies are read and sealed side by side and their headers name what is theirs.

use super::{
    credit::Credits,
    seat::{Seat, Seats},
};
use crate::Error;
use durable::random;
use ledger::{BootId, InstanceId, entry::Channel};
use sha2::{Digest, Sha256};
use std::{
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use vault::{Noted, Tickets, Vault};

/// The system's name for the machine's last boot.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";
/// A larger body is noted in steps, each so many times the one before.
const STEP: u64 = 16;
/// A start is entered once more no sooner than this after the last time.
const BEGIN_AGAIN: Duration = Duration::from_secs(60);

/// One start.
pub(crate) struct Instance {
    pub(crate) boot: BootId,
    pub(crate) credits: Credits,
    pub(crate) seats: Seats,
    /// Which start was entered once more, and when.
    again: Mutex<Option<(InstanceId, Instant)>>,
    /// One tick is under way at a time.
    pub(crate) ticking: tokio::sync::Mutex<()>,
    /// Entries are sent by one at a time, so that each is taken off what is stored and not in the ledger once.
    pub(crate) shipping: tokio::sync::Mutex<()>,
    shared: Arc<Shared>,
    ticks: AtomicU64,
}

struct Shared {
    tickets: Tickets,
    body_octets_max: u64,
    /// Bodies that ended without an intake entry.
    broken: Mutex<Vec<u64>>,
}

/// One body's number in this start. Whoever drops it before the body has left an intake entry leaves it to the loop that anchors,
/// which notes the body as broken.
pub struct Ticket {
    shared: Arc<Shared>,
    number: u64,
    /// Given back with it.
    seat: Option<Seat>,
}

impl Instance {
    pub(crate) fn begin(vault: &Vault, body_octets_max: usize) -> Result<Self, Error> {
        let tickets = vault.begin(InstanceId(random::octets()?))?;
        let shared = Arc::new(Shared { tickets, body_octets_max: body_octets_max as u64, broken: Mutex::default() });
        let credits = Credits::new(vault.busiest_day()?);
        Ok(Self {
            boot: boot()?,
            credits,
            seats: Seats::default(),
            again: Mutex::default(),
            ticking: Default::default(),
            shipping: Default::default(),
            shared,
            ticks: AtomicU64::new(0),
        })
    }

    pub(crate) fn id(&self) -> InstanceId {
        self.shared.tickets.instance()
    }

    /// For a body that begins.
    pub(crate) fn ticket(&self, octets: u64, channel: Channel, tls: bool) -> Result<Ticket, Error> {
        let number = self.shared.tickets.take(octets, channel, tls)?;
        Ok(Ticket { shared: self.shared.clone(), number, seat: None })
    }

    pub(crate) fn tickets(&self) -> &Tickets {
        &self.shared.tickets
    }

    /// Whether a start may be entered once more: whoever only says that it must be shall not have it done without end.
    pub(crate) fn may_begin_again(&self, instance: InstanceId) -> bool {
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        let just = again.is_some_and(|(own, when)| own == instance && when.elapsed() < BEGIN_AGAIN);
        if !just {
            *again = Some((instance, Instant::now()));
        }
        !just
    }

    pub(crate) fn next_tick(&self) -> u64 {
        self.ticks.fetch_add(1, Relaxed) + 1
    }

    /// Bodies that ended and are to be noted as broken, at most so many; whether there are more.
    pub(crate) fn broken(&self, most: usize) -> (Vec<Noted>, bool) {
        let mut left = self.shared.broken();
        let rest = left.len().saturating_sub(most);
        let numbers = left.split_off(rest);
        drop(left);
        (numbers.into_iter().filter_map(|number| self.shared.tickets.noted(number)).collect(), rest > 0)
    }

    /// It could not be noted now.
    pub(crate) fn still_broken(&self, ticket: u64) {
        self.shared.broken().push(ticket);
    }
}

impl Shared {
    fn broken(&self) -> std::sync::MutexGuard<'_, Vec<u64>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// A body of its own, and not a part of one.
    pub(crate) fn seated(self, seat: Seat) -> Self {
        let mut own = self;
        own.seat = Some(seat);
        own
    }

    pub(crate) fn instance(&self) -> InstanceId {
        self.shared.tickets.instance()
    }

    /// From 1, in the order of arrival.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Notes that so many octets may be read of it; before they are.
    ///
    /// # Errors
    /// [`Error::Disk`]: then they may not.
    pub fn allow(&self, octets: u64) -> Result<(), Error> {
        let mut allowed = vault::ALLOWANCE;
        while allowed < octets {
            allowed = allowed.saturating_mul(STEP);
        }
        // No body is larger than the largest that is taken.
        let most = self.shared.body_octets_max.max(octets);
        Ok(self.shared.tickets.raise(self.number, allowed.min(most))?)
    }

    /// Has its intake entries made durable by `store`: from then on they are what becomes of it.
    pub(crate) fn store(
        &self,
        entries: usize,
        store: impl FnOnce() -> Result<(), vault::Error>,
    ) -> Result<(), vault::Error> {
        // Said before: they may be in the ledger before the next line runs.
        self.shared.tickets.storing(self.number, u32::try_from(entries).unwrap_or(u32::MAX));
        let stored = store();
        if !matches!(stored, Ok(()) | Err(vault::Error::Uncertain)) {
            self.shared.tickets.not_stored(self.number);
        }
        stored
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.shared.tickets.noted(self.number).is_some() {
            self.shared.broken().push(self.number);
        }
    }
}

/// Not the system's own name for it: the ledger is read by others.
fn boot() -> Result<BootId, Error> {
    let name = fs::read(BOOT).map_err(|source| Error::File { name: BOOT, source })?;
    let digest = Sha256::new().chain_update(b"bulla.boot/1\n").chain_update(name.trim_ascii()).finalize();
    let mut boot = [0; 16];
    boot.copy_from_slice(&digest[..16]);
    Ok(BootId(boot))
}

//! What earlier starts of the worker have left: each body that came leaves an intake entry, and then the start is over.

use super::{credit, instance::Instance};
use crate::{Error, Gateway};
use edi::Census;
use ledger::{
    InstanceId, Time,
    entry::{Closed, Intake, IntakeRecord, Start, StartRecord, Verdict},
};
use std::{
    cmp::Reverse,
    sync::{Mutex, PoisonError},
};
use vault::Noted;

/// Starts that one entry closes, at most: a leaf holds some 1,100. A process that ends at once, again and again, leaves more.
const CLOSES_MAX: usize = 500;
/// Broken bodies that are noted in one transaction.
const TOGETHER: usize = 256;

/// The entry with which this process starts, until the ledger has it: asked for again, it is the same one.
#[derive(Default)]
pub(crate) struct Starting(Mutex<Option<Start>>);

impl Starting {
    /// As it was sent before, or a new one that closes these.
    pub(crate) fn entry(&self, gateway: &Gateway, over: &[Closed]) -> Start {
        let mut entry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entry.get_or_insert_with(|| start(gateway, gateway.instance.id(), over)).clone()
    }

    /// The ledger will not have it as it is.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn start(gateway: &Gateway, instance: InstanceId, over: &[Closed]) -> Start {
    let (worker, boot) = (gateway.config.worker.clone(), gateway.instance.boot);
    Start::new(StartRecord { worker, instance, boot, closes: over.to_vec() }, &gateway.worker_key)
}

/// A start of this boot or an earlier one, once more. It closes nothing: what it closed stays open, and counts with its credit.
pub(crate) fn again(gateway: &Gateway, instance: InstanceId) -> Start {
    start(gateway, instance, &[])
}

/// What came in this start is not in the ledger, whatever was proven of it.
pub(crate) fn unanchor(gateway: &Gateway, instance: InstanceId) -> Result<(), Error> {
    let own = &gateway.instance;
    let back = |intake: Intake| {
        let IntakeRecord { ticket, octets, channel, tls, .. } = intake.record;
        if instance == own.id() {
            own.tickets().unanchored(Noted { ticket, octets, channel, tls });
            own.credits.unanchored(credit::needed(&[intake]));
        }
    };
    gateway.vault.unanchor(instance)?.into_iter().for_each(back);
    Ok(())
}

/// Notes what earlier starts left without an entry, and says which of them are over then; sorted. In a copy of the directory
/// in which they ran none is: it may be running still, with its credit, and make of a body that is open here what it likes. An
/// entry for it would be in the way of that one.
pub(crate) fn take_up(gateway: &Gateway) -> Result<Vec<Closed>, Error> {
    let mut over = Vec::new();
    for earlier in gateway.vault.earlier(gateway.instance.id())? {
        if !earlier.ended {
            gateway.vault.is_over(earlier.instance)?;
            continue;
        }
        for some in earlier.broken.chunks(TOGETHER) {
            let entry = |noted| broken(gateway, earlier.instance, noted, gateway.now());
            gateway.vault.note_each(&some.iter().map(entry).collect::<Vec<_>>())?;
        }
        over.push(Closed { instance: earlier.instance, last: earlier.last });
    }
    // Not before: a process that ends in between would take the first one's starts for its own.
    gateway.vault.take_place()?;
    Ok(closable(over))
}

/// As many as one entry closes, those that took something first; the others are left to the next start.
fn closable(mut over: Vec<Closed>) -> Vec<Closed> {
    over.sort_by_key(|closed| Reverse(closed.last));
    over.truncate(CLOSES_MAX);
    over.sort_by_key(|closed| closed.instance);
    over
}

/// Notes bodies of this start that ended without an entry, as many as are noted together; whether there are more. What cannot be
/// noted now stays open.
pub(crate) fn note_broken(gateway: &Gateway) -> Result<bool, Error> {
    let instance: &Instance = &gateway.instance;
    let (bodies, more) = instance.broken(TOGETHER);
    let intakes: Vec<_> = bodies.iter().map(|noted| broken(gateway, instance.id(), noted, gateway.now())).collect();
    bodies.iter().for_each(|noted| instance.tickets().storing(noted.ticket, 1));
    match gateway.vault.note_each(&intakes) {
        Ok(()) => {}
        // They may be there: the next start knows.
        Err(uncertain @ vault::Error::Uncertain) => return Err(uncertain.into()),
        Err(error) => {
            for noted in &bodies {
                instance.tickets().not_stored(noted.ticket);
                instance.still_broken(noted.ticket);
            }
            return Err(error.into());
        }
    }
    bodies.iter().for_each(|_| gateway.metrics.count_body(Verdict::Broken));
    Ok(more)
}

/// Of a body of which nothing is known but how much of it may have been read.
fn broken(gateway: &Gateway, instance: InstanceId, noted: &Noted, received: Time) -> Intake {
    let Census { rows, parties } = Census::of_octets(noted.octets);
    let record = IntakeRecord {
        worker: gateway.config.worker.clone(),
        received,
        instance,
        ticket: noted.ticket,
        part: 1,
        parts: 1,
        channel: noted.channel,
        tls: noted.tls,
        decryption: None,
        octets: noted.octets,
        rows,
        parties,
        verdict: Verdict::Broken,
        shipper: None,
        batches: Vec::new(),
    };
    Intake::new(record, &gateway.worker_key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{BootId, Entry, Logged};

    /// With more than fit in a leaf, the warden refuses the start, and so every later one: nothing is ever taken again.
    #[test]
    fn a_process_that_ends_at_once_a_thousand_times_can_still_be_followed() {
        let instance = |number: u64| {
            let mut octets = [0; 16];
            octets[..8].copy_from_slice(&number.to_be_bytes());
            InstanceId(octets)
        };
        let all: Vec<_> =
            (0..1_500).map(|number| Closed { instance: instance(number), last: number / 1_499 }).collect();
        let closes = closable(all);
        assert!(closes.iter().any(|closed| closed.last > 0) && closes.is_sorted_by_key(|closed| closed.instance));
        let worker = "gw-1".parse().unwrap();
        let record = StartRecord { worker, instance: instance(9_999), boot: BootId([1; 16]), closes };
        let start = Start::new(record, &ed25519_dalek::SigningKey::from_bytes(&[1; 32]));
        assert!(Logged { time: Time::from_milliseconds(0), entry: Entry::Start(start) }.to_bytes().len() < 65_535);
    }
}

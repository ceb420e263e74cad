//! The same world as a real ledger, and what the code says of it.

use super::{
    super::estate::*,
    Taken,
    spec::Counted,
    world::{ALLOWED, Intake as Received, ROWS, Total, What, World},
};
use incident::{Hypotheses, exposure};
use ledger::{entry::*, *};

const FIRST_DAY: &str = "2026-09-02T00:00:00.000Z";
const SHIPPERS: [&str; 2] = ["S-1", "S-2"];
const PERIOD: &str = "A-2/2026-09/d90";

fn moment(day: i64) -> Time {
    Time::from_milliseconds(time(FIRST_DAY).milliseconds() + day * 3_600_000)
}

/// So many seconds after the day's first moment: what comes on a day comes later than that.
fn soon(day: i64, seconds: i64) -> Time {
    Time::from_milliseconds(moment(day).milliseconds() + seconds * 1000)
}

fn worker() -> WorkerId {
    "gw-1".parse().unwrap()
}

fn instance(start: u8) -> InstanceId {
    if start == 0 { FIRST } else { InstanceId([200 + start; 16]) }
}

/// What is the same in every world: both shippers' keys, and that somebody had seen them.
#[derive(Debug, Clone)]
pub struct Prefix(Estate);

impl Prefix {
    pub fn new() -> Self {
        let mut estate = Estate::new();
        let of = |(shipper, octet): (&str, u8)| Shipper {
            shipper: shipper.parse().unwrap(),
            key: Some(public(octet)),
            opened_by: None,
        };
        let new = PolicyRecord::new(ORIGIN, estate.state.policies + 1, None);
        let record = PolicyRecord { shippers: SHIPPERS.into_iter().zip(71..).map(of).collect(), ..new };
        let signature = record.sign(&secret(90));
        estate.push(Entry::Policy(Policy::new(record, vec![signature])));
        estate.at("2026-09-01T12:00:00.000Z");
        estate.at(FIRST_DAY);
        Self(estate)
    }

    /// What `exposure::assess` says of this world.
    pub fn counted(&self, world: &World, taken: Taken) -> Counted {
        let (mut estate, offset) = (self.0.clone(), self.0.leaves.len());
        for leaf in &world.leaves {
            let entry = entry(&estate, &leaf.what, moment(leaf.day));
            estate.now = moment(leaf.day);
            let applied = estate.force(&Logged { time: estate.now, entry }.to_bytes());
            assert_eq!(applied, ledger::replay::Taken::Applied, "honest entries have effect: {world:?}");
        }
        estate.now = moment(world.day);
        for total in &world.totals {
            let seen = note_over(&estate.leaves[..offset + total.size], &[1], soon(total.seen, 2));
            estate.totals.push(signed(total, seen));
        }
        let text = match taken {
            Taken::Warden => "[[hypothesis]]\nkind = \"warden\"\n".to_owned(),
            Taken::Host => {
                let from = world.stolen.map_or(String::new(), |day| format!("from = {}\n", moment(day)));
                format!("[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\n{from}")
            }
        };
        let hypotheses = Hypotheses::parse(&text).unwrap();
        let found = exposure::assess(&estate.history(), &estate.beside(), &hypotheses, APART).unwrap();
        Counted { rows: found.at_most.rows.try_into().unwrap(), unbounded: found.at_most.unbounded }
    }
}

/// Up to the last moment that the final note may mean; what was seen is of a moment that certainly is no earlier.
fn signed(total: &Total, seen: String) -> SentTotals {
    let record = SentTotalsRecord {
        origin: ORIGIN.to_owned(),
        shipper: SHIPPERS[usize::from(total.shipper)].parse().unwrap(),
        from: if total.from == 0 { time("2026-08-01T00:00:00.000Z") } else { soon(total.from, 1) },
        to: soon(total.to, 1),
        bodies: u64::from(total.rows / ROWS),
        rows: total.rows.into(),
        parties: 2 * u64::from(total.rows),
        seen,
    };
    SentTotals::new(record, &secret(71 + total.shipper))
}

fn entry(estate: &Estate, what: &What, received: Time) -> Entry {
    let key = secret(1);
    match what {
        What::Start(start, closes) => {
            let closes = closes.iter().map(|(start, last)| Closed { instance: instance(*start), last: (*last).into() });
            let (instance, boot) = (instance(*start), estate.state.instances[&FIRST].boot);
            Entry::Start(Start::new(StartRecord { worker: worker(), instance, boot, closes: sorted(closes) }, &key))
        }
        What::Tick(tick) => {
            let rows = tick.credit.into();
            let record = TickRecord {
                worker: worker(),
                instance: instance(tick.start),
                number: tick.number.into(),
                next: tick.next.into(),
                open: tick.open.iter().map(|ticket| (*ticket).into()).collect(),
                credit: Credit { rows, parties: 2 * rows },
                seen: None,
            };
            Entry::Tick(Tick::new(record, &key))
        }
        What::Intake(intake) => Entry::Intake(Intake::new(received_as(estate, intake, received), &key)),
    }
}

fn sorted(closes: impl Iterator<Item = Closed>) -> Vec<Closed> {
    let mut closes: Vec<_> = closes.collect();
    closes.sort_by_key(|closed| closed.instance);
    closes
}

fn received_as(estate: &Estate, own: &Received, received: Time) -> IntakeRecord {
    let rows = u32::from(if own.stored.is_some() { ROWS } else { ALLOWED });
    let period: PeriodId = PERIOD.parse().unwrap();
    let key = estate.state.periods[&period].key;
    let anchor = |body: usize| Anchor {
        batch: BatchId([160 + u8::try_from(body).unwrap(); 16]),
        header: Hash([222; 32]),
        rows,
        parties: 2 * u64::from(rows),
        octets: 1_000,
        carrier: CARRIERS,
        keys: vec![SealedTo { period: period.clone(), key }],
    };
    IntakeRecord {
        worker: worker(),
        received,
        instance: instance(own.start),
        ticket: own.ticket.into(),
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: rows.into(),
        parties: 2 * u64::from(rows),
        verdict: if own.stored.is_some() { Verdict::Accepted } else { Verdict::Broken },
        shipper: own.stored.map(|_| SHIPPERS[1].parse().unwrap()),
        batches: own.stored.map(anchor).into_iter().collect(),
    }
}

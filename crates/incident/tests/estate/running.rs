//! Workers' starts, and what they say of their tickets.

use super::{Estate, root};
use ledger::{entry::*, *};

impl Estate {
    /// On a machine that was started anew; what ran before is over.
    pub fn start(&mut self, worker: &str) -> u64 {
        let boot = BootId([101 + u8::try_from(self.state.instances.len()).unwrap(); 16]);
        let closes = self.running.get(&worker.parse().unwrap()).map(|_| self.closed(worker));
        self.start_in(worker, boot, closes.into_iter().collect())
    }

    pub fn start_in(&mut self, worker: &str, boot: BootId, closes: Vec<Closed>) -> u64 {
        let worker: WorkerId = worker.parse().unwrap();
        let instance = InstanceId([101 + u8::try_from(self.state.instances.len()).unwrap(); 16]);
        self.running.insert(worker.clone(), (instance, 1));
        let key = self.key_of(&worker);
        self.push(Entry::Start(Start::new(StartRecord { worker, instance, boot, closes }, &key)))
    }

    /// The worker says that all is there, what it may store beyond, and that it has seen the whole ledger.
    pub fn tick(&mut self, worker: &str, number: u64, rows: u64) -> u64 {
        let worker: WorkerId = worker.parse().unwrap();
        let (instance, next) = self.running[&worker];
        let (credit, seen) = (Credit { rows, parties: 2 * rows }, Some(self.head(self.leaves.len())));
        self.tick_as(TickRecord { worker, instance, number, next, open: Vec::new(), credit, seen })
    }

    /// The ledger of so many entries.
    pub fn head(&self, size: usize) -> TreeHead {
        TreeHead { size: size as u64, root: Hash(root(&self.leaves[..size])) }
    }

    /// A tick, signed by its worker.
    pub fn tick_as(&mut self, record: TickRecord) -> u64 {
        let key = self.key_of(&record.worker);
        self.push(Entry::Tick(Tick::new(record, &key)))
    }

    /// Gives a ticket, whose body is under way.
    pub fn skip(&mut self, worker: &str) -> u64 {
        let (_, next) = self.running.get_mut(&worker.parse::<WorkerId>().unwrap()).unwrap();
        *next += 1;
        *next - 1
    }

    /// That body was nothing, and is entered.
    pub fn come(&mut self, worker: &str, ticket: u64) {
        let name: WorkerId = worker.parse().unwrap();
        let (instance, next) = self.running[&name];
        self.running.insert(name.clone(), (instance, ticket));
        self.receive(worker, Verdict::NotEdi, 0, &[]);
        self.running.insert(name, (instance, next));
    }

    /// The start under way, with the tickets that it gave.
    pub fn closed(&self, worker: &str) -> Closed {
        let (instance, next) = self.running[&worker.parse().unwrap()];
        Closed { instance, last: next - 1 }
    }
}

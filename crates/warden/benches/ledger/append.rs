//! Entries as gateways send them: grouped, with a tick behind each group.

use super::*;

/// Entries of a request.
const GROUP: u64 = 5_000;
/// Entries that are made ready before the clock goes on.
const AT_ONCE: u64 = 100_000;

impl House {
    /// Entries of a batch each, ticks between them, with the batches' headers or without.
    pub async fn append(&mut self, count: u64, headers: bool) {
        let periods = self.periods().await;
        let keys: Vec<_> =
            periods.iter().map(|p| SealedTo { period: p.entry.period.clone(), key: p.entry.key }).collect();
        let template = self.seal().await.header;
        let mut took = Duration::ZERO;
        for first in (0..count).step_by(AT_ONCE as usize) {
            let last = count.min(first + AT_ONCE);
            let mut bodies = Vec::new();
            for start in (first..last).step_by(GROUP as usize) {
                let entries = (start..last.min(start + GROUP)).map(|_| self.anchoring(&template, &keys, headers));
                let (entries, tick) = (entries.collect(), Some(self.tick()));
                let anchors = Anchors { worker: worker(), entries, tick, requested: now(), nonce: nonce() };
                bodies.push(serde_json::to_vec(&Signed::new(anchors, &secret(1))).unwrap());
            }
            let start = Instant::now();
            for body in bodies {
                let _: Anchored = posted(&format!("{}/v1/anchors", self.url), body).await;
            }
            took += start.elapsed();
        }
        println!("append {count} entries, {GROUP} a request: {:.0} a second", count as f64 / took.as_secs_f64());
    }

    fn anchoring(&mut self, template: &Header, keys: &[SealedTo], with_header: bool) -> Anchoring {
        let (batch, salt) = (BatchId(octets().unwrap()), nonce());
        let header = Header { batch, ticket: self.ticket, ..template.clone() };
        let anchor = Anchor {
            batch,
            header: header.salted(&salt),
            rows: header.rows,
            parties: header.parties,
            octets: 10_000,
            carrier: 1,
            keys: keys.to_vec(),
        };
        let headers = if with_header { vec![Disclosed { header, salt }] } else { Vec::new() };
        Anchoring { intake: self.intake(vec![anchor]), headers }
    }

    /// After all that was taken in so far.
    fn tick(&mut self) -> Tick {
        self.ticks += 1;
        let record = TickRecord {
            worker: worker(),
            instance: INSTANCE,
            number: self.ticks,
            next: self.ticket,
            open: Vec::new(),
            credit: Credit::default(),
            seen: None,
        };
        Tick::new(record, &secret(1))
    }

    pub fn intake(&mut self, batches: Vec<Anchor>) -> Intake {
        let record = IntakeRecord {
            worker: worker(),
            received: now(),
            instance: INSTANCE,
            ticket: self.ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: false,
            decryption: None,
            octets: 10_000,
            rows: batches.iter().map(|anchor| u64::from(anchor.rows)).sum(),
            parties: batches.iter().map(|anchor| anchor.parties).sum(),
            verdict: Verdict::Accepted,
            shipper: Some("S-1".parse().unwrap()),
            batches,
        };
        let intake = Intake::new(record, &secret(1));
        self.ticket += 1;
        intake
    }
}

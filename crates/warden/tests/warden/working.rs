//! What a worker says: starts, entries, ticks.

use super::*;

impl House {
    pub fn intake(&mut self, batches: &[&Sealed]) -> Intake {
        let anchor = |sealed: &&Sealed| Anchor {
            batch: sealed.header.batch,
            header: sealed.header.salted(&sealed.salt),
            rows: sealed.header.rows,
            parties: sealed.header.parties,
            octets: sealed.octets(),
            carrier: 1,
            keys: sealed.header.groups.iter().map(|g| SealedTo { period: g.period.clone(), key: g.key }).collect(),
        };
        let record = IntakeRecord {
            worker: "gw-1".parse().unwrap(),
            received: self.now(),
            instance: INSTANCE,
            ticket: self.ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: false,
            decryption: None,
            octets: 1000,
            rows: batches.iter().map(|sealed| u64::from(sealed.header.rows)).sum(),
            parties: 10,
            verdict: Verdict::Accepted,
            shipper: Some("S-1".parse().unwrap()),
            batches: batches.iter().map(anchor).collect(),
        };
        let intake = Intake::new(record, &self.worker_key);
        self.ticket += 1;
        intake
    }

    /// Entries whose headers nobody has.
    pub async fn anchor(&self, intakes: Vec<Intake>) -> Result<Anchored, Refusal> {
        self.anchor_with(intakes.into_iter().map(|intake| Anchoring { intake, headers: Vec::new() }).collect()).await
    }

    pub async fn anchor_with(&self, entries: Vec<Anchoring>) -> Result<Anchored, Refusal> {
        match self.anchor_started(entries.clone(), None).await {
            Err(Refusal::NotStarted { instance: INSTANCE }) => {
                let start = self.start_request(&PeriodSecretKey::generate(&mut OsRandom).public(), INSTANCE, vec![]);
                self.post::<Started>("/v1/workers/start", &self.signed(start)).await?;
                self.wait_for_heartbeat().await;
                self.anchor_started(entries, None).await
            }
            anchored => anchored,
        }
    }

    pub async fn anchor_started(&self, entries: Vec<Anchoring>, tick: Option<Tick>) -> Result<Anchored, Refusal> {
        let anchors = Anchors { worker: "gw-1".parse().unwrap(), entries, tick, requested: self.now(), nonce: nonce() };
        self.post("/v1/anchors", &self.signed(anchors)).await
    }

    pub fn tick(&self, number: u64, next: u64, open: &[u64]) -> Tick {
        let (worker, credit) = ("gw-1".parse().unwrap(), Credit { rows: 1000, parties: 3000 });
        let record = TickRecord { worker, instance: INSTANCE, number, next, open: open.to_vec(), credit, seen: None };
        Tick::new(record, &self.worker_key)
    }

    pub fn start_request(&self, key: &PeriodPublicKey, instance: InstanceId, closes: Vec<Closed>) -> Starting {
        let worker: WorkerId = "gw-1".parse().unwrap();
        let record = StartRecord { worker: worker.clone(), instance, boot: BootId([1; 16]), closes };
        let start = Start::new(record, &self.worker_key);
        Starting { worker, start, key: Octets(key.to_bytes()), requested: self.now(), nonce: nonce() }
    }

    /// A start is dated at once, where a witness answers: not somewhere among what a test looks at.
    async fn wait_for_heartbeat(&self) {
        for _ in 0..100 {
            let entries = self.entries().await;
            if matches!(entries.last().map(|logged| &logged.entry), Some(Entry::Heartbeat(_))) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

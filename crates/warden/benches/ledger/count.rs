//! How long people are counted: the size of the case that Bulla was made for, while all of it is held.
//!
//! Keys are made for the month that it is, so that each of its periods is an agreement's own: the warden does the same work for it.

use super::*;
use std::collections::BTreeSet;

/// 44 shippers' 33 months.
const PERIODS: u32 = 44 * 33;
/// Documents of each.
const BATCHES: u32 = 19;
/// Agreements of one policy: more have no room in an entry.
const AT_ONCE: u32 = 400;
/// As `gateway/disclosure/count` hands them over.
const OCTETS_AT_ONCE: usize = 4 << 20;

impl House {
    /// All rows of all periods, two thirds of them different people.
    pub async fn count(&mut self, rows: u32) {
        self.agree().await;
        let periods = self.periods().await;
        let periods: Vec<_> =
            periods.into_iter().filter(|own| own.entry.period.agreement.as_str().starts_with("B-")).collect();
        let each = rows.div_ceil(PERIODS * BATCHES);
        let (sealed, people) = self.sealed(&periods, each).await;
        println!("{} periods, {} batches of {each} rows", periods.len(), sealed.len());
        for _ in 0..3 {
            self.counted(&periods, &sealed, people).await;
        }
    }

    /// An agreement for each period, and somebody who may have people counted.
    async fn agree(&self) {
        let of_house = self.policy();
        let counter = Principal {
            purposes: BTreeSet::from([Purpose::Assessment]),
            counts: Some(100),
            ..of_house.principals[0].clone()
        };
        for (number, first) in (2..).zip((0..PERIODS).step_by(AT_ONCE as usize)) {
            let named = |own: u32| Agreement {
                agreement: format!("B-{own}").parse().unwrap(),
                ..of_house.agreements[0].clone()
            };
            let agreements = (first..PERIODS.min(first + AT_ONCE)).map(named).collect();
            let principals = vec![counter.clone()];
            let record = PolicyRecord { principals, agreements, ..PolicyRecord::new(ORIGIN, number, None) };
            let signature = record.sign(&secret(4));
            let _: Decided = self.post("/v1/policy", &Policy::new(record, vec![signature])).await;
        }
    }

    /// All batches, anchored, and how many people are in them.
    async fn sealed(&mut self, periods: &[Period], each: u32) -> (Vec<Sealed>, u64) {
        let (mut all, mut row, mut named) = (Vec::new(), 0_u32, BTreeSet::new());
        let people = PERIODS * BATCHES * each / 3 * 2;
        for period in periods {
            let mut entries = Vec::new();
            for _ in 0..BATCHES {
                let first = row;
                row += each;
                let person = |number: u32| (first + number).wrapping_mul(13) % people;
                named.extend((1..=each).map(person));
                let sealed = self.seal_people(period, each, person);
                let keys = vec![SealedTo { period: period.entry.period.clone(), key: period.entry.key }];
                let anchor = Anchor {
                    batch: sealed.header.batch,
                    header: sealed.header.salted(&sealed.salt),
                    rows: each,
                    parties: sealed.header.parties,
                    octets: sealed.octets(),
                    carrier: 1,
                    keys,
                };
                entries.push(Anchoring { intake: self.intake(vec![anchor]), headers: Vec::new() });
                all.push(sealed);
            }
            let anchors = Anchors { worker: worker(), entries, tick: None, requested: now(), nonce: nonce() };
            let _: Anchored = self.post("/v1/anchors", &Signed::new(anchors, &secret(1))).await;
        }
        (all, named.len() as u64)
    }

    fn seal_people(&self, period: &Period, rows: u32, person: impl Fn(u32) -> u32) -> Sealed {
        let PeriodKey { period: id, classes, .. } = period.entry.clone();
        let groups = vec![PlannedGroup { period: id.clone(), public: period.public.clone(), co_holder: None, classes }];
        let plan = batch::Plan {
            batch: BatchId(octets().unwrap()),
            agreement: id.agreement,
            shipper: "S-1".parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            worker: worker(),
            instance: INSTANCE,
            ticket: self.ticket,
            received: now(),
            sealed: now(),
            groups,
        };
        let row = |row: u32| Row {
            operational: [0; 32],
            province: Province::QC,
            classes: [None, None, (row > 0).then(|| address(person(row))), None, None, None],
            parties: 2,
        };
        batch::seal(plan, row(0), (1..=rows).map(row), vec![], &mut OsRandom).unwrap()
    }

    async fn counted(&self, periods: &[Period], sealed: &[Sealed], people: u64) {
        let scope = CountScope {
            principal: "support-7".parse().unwrap(),
            ticket: "T-1".parse().unwrap(),
            periods: periods.iter().map(|own| own.entry.period.clone()).collect(),
            requested: now(),
            nonce: nonce(),
        };
        let request = CountRequest::new(scope, &secret(3));
        let (start, warden) = (Instant::now(), self.warden.as_ref().unwrap());
        let before = warden.processor();
        let CountBegun { handle, .. } = self.post("/v1/counts", &request).await;
        let began = start.elapsed();
        let mut rest = sealed;
        while !rest.is_empty() {
            let (mut octets, mut batches) = (0, Vec::new());
            while octets < OCTETS_AT_ONCE
                && let Some(own) = rest.split_off_first()
            {
                octets += own.body.len();
                batches.push(CountBatch {
                    header: own.header.clone(),
                    salt: own.salt,
                    encapsulations: own.encapsulations.iter().cloned().map(Octets).collect(),
                    body: Octets(own.body.clone()),
                });
            }
            let _: CountTaken = self.post("/v1/counts/batches", &CountBatches { handle, batches }).await;
        }
        let taken = start.elapsed();
        let answer: CountAnswer = self.post("/v1/counts/end", &CountEnd { handle }).await;
        answer.verify(&request, &self.pins).unwrap();
        assert_eq!(answer.people, Some(people));
        println!(
            "{people} people in {} rows: {:.2} s (begun after {:.2} s, batches {:.2} s, ended {:.2} s), the warden's cores {:.2} s, {} MB at most",
            answer.rows,
            start.elapsed().as_secs_f64(),
            began.as_secs_f64(),
            (taken - began).as_secs_f64(),
            (start.elapsed() - taken).as_secs_f64(),
            warden.processor() - before,
            warden.peak() / 1024,
        );
    }
}

/// Name, street, town and postal code of whom it goes to, as `manifest` writes them.
fn address(person: u32) -> Zeroizing<Vec<u8>> {
    let field = |tag: u8, value: &str| {
        let head = [tag, 2 << 3, 1, u8::try_from(value.len()).unwrap()];
        [&head[..], value.as_bytes()].concat()
    };
    let (name, street) = (format!("OLVERIN QUASTERBY {person}"), format!("{person} HOLLOW MILL ROAD"));
    Zeroizing::new([field(16, &name), field(18, &street), field(20, "QUENBOROUGH"), field(22, "G1A 0A2")].concat())
}

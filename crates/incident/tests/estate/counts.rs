//! An estate in which people are counted.

use super::*;

/// Three periods whose keys open addresses.
pub const CELLS: [&str; 3] = ["A-1/2026-09/d90", "A-2/2026-09/d90", "A-1/2026-10/d90"];

/// Somebody may have people counted.
pub fn with_counter() -> Estate {
    let mut estate = Estate::new();
    let counter = Principal {
        purposes: BTreeSet::from([Purpose::Assessment, Purpose::Support]),
        counts: Some(100),
        ..estate.state.principals[&"support-7".parse().unwrap()].clone()
    };
    let policy = estate.policy(vec![counter], vec![], vec![]);
    estate.push(policy);
    estate
}

/// 200, 150 and 120 rows in three cells, and somebody who may have people counted.
pub fn of_counts() -> Estate {
    let mut estate = with_counter();
    for (month, agreement, rows) in [("2026-09", "A-1", 200), ("2026-09", "A-2", 150), ("2026-10", "A-1", 120)] {
        estate.at(&format!("{month}-02T00:00:00.000Z"));
        estate.receive("gw-1", Verdict::Accepted, 0, &[(agreement, &[(Province::QC, &[FieldClass::Address], rows)])]);
    }
    estate
}

/// A count of these cells, as one asks whose key this is.
pub fn intent(estate: &Estate, nonce: u8, cells: &[usize], by: u8) -> CountIntent {
    let scope = CountScope {
        principal: "support-7".parse().unwrap(),
        ticket: "T-1".parse().unwrap(),
        periods: cells.iter().map(|cell| CELLS[*cell].parse().unwrap()).collect(),
        requested: estate.now,
        nonce: Hash([nonce; 32]),
    };
    let request = CountRequest::new(scope, &secret(by));
    CountIntent { count: request.id(), request }
}

/// Its number.
pub fn given(intent: &CountIntent, people: u64) -> Entry {
    Entry::Counted(Counted { count: intent.count, outcome: CountOutcome::Given, people: Some(people) })
}

impl Estate {
    /// A count of these cells that ends with this number; the index of its end.
    pub fn count(&mut self, cells: &[usize], people: u64) -> u64 {
        let own = intent(self, u8::try_from(self.state.counts.len()).unwrap(), cells, 3);
        self.push(Entry::CountIntent(own.clone()));
        self.push(given(&own, people))
    }
}

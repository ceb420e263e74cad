//! What is held now, carrier by carrier: were everything taken this minute, so many rows could be read. A carrier may have a budget;
//! above it there is an alarm.

use crate::{alarm, config::Budget, warden::Warden};
use ledger::{AgreementId, Month, Pseudonym, replay::State};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is posted to `alarm_url`, as JSON.
#[derive(Serialize)]
struct Exceeded<'w> {
    /// Which alarm: always `budget`.
    alarm: &'static str,
    /// Whose budget.
    carrier: &'w Pseudonym,
    /// What is held.
    rows: u64,
    /// What may be.
    budget: u64,
}

/// Rows that some key still opens or a copy of it that was found, by carrier; what no agreement with effect is for counts under none.
///
/// A walk over the periods: a batch is sealed to all retention groups of its agreement, so that of a month's periods the one with the
/// most rows has them all.
pub(crate) fn by_carrier(state: &State) -> BTreeMap<Option<Pseudonym>, u64> {
    let mut months: BTreeMap<(&AgreementId, Month, u32), u64> = BTreeMap::new();
    for (id, period) in
        state.periods.iter().filter(|(_, period)| period.shredded.is_none() || period.resurfaced.is_some())
    {
        let month = months.entry((&id.agreement, id.month, id.generation)).or_default();
        *month = state.rows.get(&period.key).copied().unwrap_or_default().max(*month);
    }
    let mut carriers = BTreeMap::new();
    for ((agreement, ..), rows) in months.into_iter().filter(|(_, rows)| *rows > 0) {
        let terms = state.agreements.get(agreement).and_then(|versions| versions.last());
        let own: &mut u64 = carriers.entry(terms.map(|terms| terms.carrier.clone())).or_default();
        *own = own.saturating_add(rows);
    }
    carriers
}

/// Raises an alarm for each carrier that is above its budget and was not at the last look.
pub(crate) fn look(warden: &Arc<Warden>, above: &mut BTreeSet<Pseudonym>) {
    if warden.config.budgets.is_empty() {
        return;
    }
    let held = by_carrier(warden.book().state());
    for Budget { carrier, rows: budget } in &warden.config.budgets {
        let rows = held.get(&Some(carrier.clone())).copied().unwrap_or_default();
        if rows <= *budget {
            above.remove(carrier);
        } else if above.insert(carrier.clone()) {
            eprintln!("warden: ALARM: {rows} rows of carrier {carrier} are held, {budget} may be");
            alarm::raise(warden, &Exceeded { alarm: "budget", carrier, rows, budget: *budget });
        }
    }
}

/// For `/metrics`.
pub(crate) fn to_text(warden: &Warden) -> String {
    let held = by_carrier(warden.book().state());
    let line = |(carrier, rows): (&Option<Pseudonym>, &u64)| {
        let carrier = carrier.as_ref().map_or("unknown", Pseudonym::as_str);
        format!("bulla_warden_held_rows{{carrier=\"{carrier}\"}} {rows}\n")
    };
    let budgets = warden.config.budgets.iter();
    let budgets = budgets.map(|own| format!("bulla_warden_budget_rows{{carrier=\"{}\"}} {}\n", own.carrier, own.rows));
    let lines = held.iter().map(line);
    ["# TYPE bulla_warden_held_rows gauge\n".to_owned()]
        .into_iter()
        .chain(lines)
        .chain(["# TYPE bulla_warden_budget_rows gauge\n".to_owned()])
        .chain(budgets)
        .collect()
}

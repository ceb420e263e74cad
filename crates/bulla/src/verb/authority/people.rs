//! The readable file of who may ask, who works and who decides: what the ledger says as TOML, and a changed file as the next policy.

use crate::{
    named, people,
    verb::{Access, log, pins},
};
use anyhow::{Context, Result};
use ledger::{
    Entry, PrincipalId, WorkerId,
    entry::{Authority, Budget, EnrolledWorker, Hold, PolicyRecord, Principal, Shipper},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// All of them, as they are to be. Who is left out of `principal` may ask nothing any more.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Who signs the next policy.
    authority: Authority,
    /// Who may ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    principal: Vec<Principal>,
    /// Whose signed totals count, by which key, and whose people are made up; one that is left out has neither.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shipper: Vec<Shipper>,
    /// What is kept beyond its retention; one that is left out is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hold: Vec<Hold>,
    /// Whose intake entries count; one that is left out stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    worker: Vec<EnrolledWorker>,
}

/// What the ledger says now, proven to follow from its first entry.
struct Now {
    file: File,
    origin: String,
    number: u64,
}

/// The file as it would be written now.
pub fn show(access: &Access) -> Result<String> {
    let text = toml::to_string_pretty(&now(access)?.file)?;
    Ok(format!(
        "# Who signs policies, who may ask to open, what is kept beyond its retention, and which gateways work, as policies have decided so far.\n{text}"
    ))
}

/// The next policy: what a file says otherwise.
pub fn draft(access: &Access, path: &Path) -> Result<PolicyRecord> {
    let text = named::text(path, named::PAPER_OCTETS_MAX)?;
    let wanted: File = toml::from_str(&text).with_context(|| format!("{} is not a file of people", path.display()))?;
    let Now { file, origin, number } = now(access)?;
    let seen = log::checkpoint(access)?;
    let mut record = PolicyRecord::new(&origin, number + 1, Some(seen));
    record.authority = Some(wanted.authority).filter(|authority| *authority != file.authority);
    record.workers = wanted.worker.into_iter().filter(|worker| !file.worker.contains(worker)).collect();
    record.principals = principals(wanted.principal, file.principal);
    record.shippers = shippers(wanted.shipper, file.shipper);
    record.holds = holds(wanted.hold, file.hold);
    Ok(record)
}

/// Makes a person's two keys in a directory, and the table of the file for that person: to be changed, and never more than is
/// needed.
pub fn person(name: &PrincipalId, dir: &Path) -> Result<String> {
    #[derive(Serialize)]
    struct One {
        principal: [Principal; 1],
    }
    people::make_person(dir, name.as_str())?;
    Ok(toml::to_string_pretty(&One { principal: [people::principal(dir, name.as_str())?] })?)
}

/// Who is new or changed, and who may ask nothing any more.
fn principals(wanted: Vec<Principal>, now: Vec<Principal>) -> Vec<Principal> {
    let gone = |own: &Principal| wanted.iter().all(|other| other.principal != own.principal);
    let ended = |own: Principal| Principal { rows: Budget::NONE, alone: 0, approves: false, counts: None, ..own };
    let gone: Vec<_> = now.iter().filter(|own| gone(own)).cloned().map(ended).collect();
    wanted.into_iter().chain(gone).filter(|own| !now.contains(own)).collect()
}

/// Whose key is new or changed, and whose is none any more.
fn shippers(wanted: Vec<Shipper>, now: Vec<Shipper>) -> Vec<Shipper> {
    let gone = now.iter().filter(|own| wanted.iter().all(|other| other.shipper != own.shipper));
    let gone: Vec<_> = gone.map(|own| Shipper { key: None, opened_by: None, ..own.clone() }).collect();
    wanted.into_iter().filter(|own| !now.contains(own)).chain(gone).collect()
}

/// What is new or changed, and what is over.
fn holds(wanted: Vec<Hold>, now: Vec<Hold>) -> Vec<Hold> {
    let months = |hold: &Hold| (hold.agreement.clone(), hold.first, hold.last);
    let gone = now.iter().filter(|own| wanted.iter().all(|other| months(other) != months(own)));
    let gone: Vec<_> = gone.cloned().map(|own| Hold { until: None, ..own }).collect();
    wanted.into_iter().filter(|own| !now.contains(own)).chain(gone).collect()
}

fn now(access: &Access) -> Result<Now> {
    let (first, list, standing) = pins::proven(access)?;
    let mut workers: BTreeMap<WorkerId, EnrolledWorker> = BTreeMap::new();
    let mut enrol = |worker: &EnrolledWorker| {
        workers.insert(worker.worker.clone(), worker.clone());
    };
    first.workers.iter().for_each(&mut enrol);
    for included in &list.policies {
        if let Entry::Policy(policy) = &included.logged.entry {
            policy.record.workers.iter().for_each(&mut enrol);
        }
    }
    let principal = standing.principals.into_values().collect();
    let shipper = standing.shippers.into_values().collect();
    let (hold, worker) = (standing.holds, workers.into_values().collect());
    let file = File { authority: standing.authority, principal, shipper, hold, worker };
    Ok(Now { file, origin: first.origin, number: standing.number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_that_is_left_out_is_over_and_one_that_is_unchanged_is_not_named() {
        let hold = |last: &str, until: Option<&str>| Hold {
            agreement: "A-1".parse().unwrap(),
            first: "2026-11".parse().unwrap(),
            last: last.parse().unwrap(),
            until: until.map(|until| until.parse().unwrap()),
        };
        let (soon, late) = (Some("2027-01-01T00:00:00.000Z"), Some("2028-01-01T00:00:00.000Z"));
        let now = vec![hold("2026-11", soon), hold("2026-12", soon), hold("2027-01", soon)];
        let decided = holds(vec![hold("2026-11", soon), hold("2026-12", late)], now);
        assert_eq!(decided, [hold("2026-12", late), hold("2027-01", None)]);
    }

    #[test]
    fn who_is_left_out_may_ask_nothing_and_who_is_unchanged_is_not_named() {
        let dir = tempfile::tempdir().unwrap();
        let [kept, changed, gone] = ["kept-1", "changed-1", "gone-1"].map(|name| {
            people::make_person(dir.path(), name).unwrap();
            people::principal(dir.path(), name).unwrap()
        });
        let more = Principal { alone: 99, ..changed.clone() };
        let decided = principals(vec![kept.clone(), more.clone()], vec![kept, changed, gone.clone()]);
        let ended = Principal { rows: Budget::NONE, alone: 0, approves: false, counts: None, ..gone };
        assert_eq!(decided, [more, ended.clone()]);
        assert!(principals(vec![], vec![ended]).is_empty(), "who is gone is gone once");
    }
}

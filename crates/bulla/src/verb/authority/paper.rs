//! What officers sign, as a file that goes from one to the next, and as words that they read before.

use super::{carry, write};
use crate::{
    named,
    people::SecretSeed,
    verb::{Access, Ending},
};
use anyhow::{Context, Result};
use ledger::{
    Hash,
    entry::{
        Authority, Budget, CoHolder, EnrolledWorker, Generation, Hold, Lockdown, LockdownRecord, OfficerSignature,
        PlacedKey, Policy, PolicyRecord, Principal, Shipper, Witnesses,
    },
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A draft, with the signatures that it has so far.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Paper {
    /// Whom to trust.
    Policy(Box<Policy>),
    /// Whether anything is opened.
    Lockdown(Lockdown),
}

impl Paper {
    /// Reads a file that a draft was written to.
    pub fn read(path: &Path) -> Result<Self> {
        let octets = named::octets(path, named::PAPER_OCTETS_MAX)?;
        serde_json::from_slice(&octets).with_context(|| format!("{} is nothing that officers sign", path.display()))
    }

    /// Shows it, adds the signature of this key, and writes it back.
    pub fn sign(self, path: &Path, key: &Path) -> Result<()> {
        print!("{}", self.in_words());
        let key = SecretSeed::read(key)?;
        let signed = match self {
            Self::Policy(policy) => {
                let all = added(policy.signatures, policy.record.sign(&key));
                Self::Policy(Box::new(Policy::new(policy.record, all)))
            }
            Self::Lockdown(said) => {
                let all = added(said.signatures, said.record.sign(&key));
                Self::Lockdown(Lockdown::new(said.record, all))
            }
        };
        write(path, &signed)?;
        eprintln!("signed: {} has {} signatures", path.display(), signed.signatures().len());
        Ok(())
    }

    /// Takes it to the warden.
    pub fn submit(&self, access: &Access) -> Result<Ending> {
        match self {
            Self::Policy(policy) => {
                carry(access, "/v1/policy", policy, &format!("decided: policy {}", policy.record.number))
            }
            Self::Lockdown(said) => {
                let what = if said.record.closed { "closed for openings: this" } else { "open for openings: this" };
                carry(access, "/v1/lockdown", said, what)
            }
        }
    }

    fn signatures(&self) -> &[OfficerSignature] {
        match self {
            Self::Policy(policy) => &policy.signatures,
            Self::Lockdown(said) => &said.signatures,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Policy(policy) => policy_in_words(&policy.record),
            Self::Lockdown(said) => lockdown_in_words(&said.record),
        }
    }
}

/// Each officer signs once: an own signature from before is replaced.
fn added(before: Vec<OfficerSignature>, own: OfficerSignature) -> Vec<OfficerSignature> {
    before.into_iter().filter(|signed| signed.key != own.key).chain([own.clone()]).collect()
}

/// What an officer reads before signing.
pub fn policy_in_words(record: &PolicyRecord) -> String {
    let mut text = format!("policy {} of {}\n", record.number, record.origin);
    if record.is_empty() {
        text += "  nothing is drafted\n";
    }
    for principal in &record.principals {
        let classes: Vec<_> = principal.classes.iter().map(|class| class.as_str()).collect();
        let (name, key, Budget { hour, day, month }) = (&principal.principal, &principal.key, principal.rows);
        let Principal { alone, age_days, approves, counts, .. } = principal;
        let counts = counts.map(|least| format!(", and may have people counted where they are at least {least}"));
        text += &format!(
            "  principal {name}: may open {} of the last {age_days} days (at most {hour} rows an hour, {day} a day, {month} in 30 \
             days, {alone} at once without a second person){}{}, key {key}\n",
            classes.join(", "),
            if *approves { ", and may approve what others ask for" } else { "" },
            counts.unwrap_or_default()
        );
    }
    for carrier in &record.carriers {
        let names = carrier.edi.len();
        let one = |certificate: &Hash| format!("certificate sha256:{certificate}");
        let certificates: Vec<_> = carrier.certificates.iter().map(one).collect();
        text += &format!(
            "  carrier {}: documents are encrypted to {} and addressed to it under {names} names\n",
            carrier.carrier,
            certificates.join(" or to ")
        );
    }
    for terms in &record.agreements {
        let groups: Vec<_> =
            terms.groups.iter().map(|group| format!("{} for {} days", classes(group), group.days)).collect();
        text += &format!(
            "  agreement {}: {} sends to {}; kept: {}\n",
            terms.agreement,
            terms.shipper,
            terms.carrier,
            groups.join("; ")
        );
    }
    text += &of_shippers(record);
    for EnrolledWorker { worker, key, organisation, host } in &record.workers {
        text += &format!("  worker {worker}: at {organisation}, on host {host}, key {key}\n");
    }
    if let Some(Generation { warden, copies_days }) = &record.generation {
        text += &format!(
            "  A NEW WARDEN keeps the ledger and the private keys: {}; copies of its files are kept for {copies_days} days\n",
            placed(warden)
        );
    }
    if let Some(Witnesses { keys, quorum }) = &record.witnesses {
        text += &format!("  {quorum} of these witnesses must cosign:\n");
        keys.iter().for_each(|key| text += &format!("    {}\n", placed(key)));
    }
    if let Some(Authority { threshold, officers }) = &record.authority {
        text += &format!("  {threshold} of these officers sign the next policy:\n");
        officers.iter().for_each(|officer| text += &format!("    {}, key {}\n", officer.organisation, officer.key));
    }
    if let Some(note) = &record.seen {
        text += "  signed after this checkpoint of the ledger, which an officer compares with what a witness shows:\n";
        note.lines().for_each(|line| text += &format!("    | {line}\n"));
    }
    text
}

/// Whose word and whose people are what, what is kept beyond its retention, and who holds a second layer of keys.
fn of_shippers(record: &PolicyRecord) -> String {
    let mut text = String::new();
    for Shipper { shipper, key, opened_by } in &record.shippers {
        text += &match key {
            Some(key) => format!("  shipper {shipper}: its totals of what it sends count, signed by key {key}\n"),
            None => format!("  shipper {shipper}: its totals of what it sends count no more\n"),
        };
        if let Some(principal) = opened_by {
            text += &format!(
                "  shipper {shipper}: ITS PEOPLE ARE MADE UP, only {principal} opens them, anybody else raises the alarm\n"
            );
        }
    }
    for Hold { agreement, first, last, until } in &record.holds {
        let what = match until {
            Some(until) => format!("kept until {until}, whatever its retention"),
            None => "kept no longer than its retention".to_owned(),
        };
        text += &format!("  agreement {agreement}, {first} to {last}: {what}\n");
    }
    for CoHolder { co_holder, organisation, host, key, seal_key } in &record.co_holders {
        text += &format!(
            "  co-holder {co_holder}: at {organisation}, on host {host}, signs what it unwraps by key {key}, unwraps what is sealed \
             to key {seal_key}\n"
        );
    }
    text
}

fn placed(PlacedKey { key, organisation, host }: &PlacedKey) -> String {
    format!("at {organisation}, on host {host}, key {key}")
}

/// What an officer reads before signing that the ledger is closed or opened.
pub fn lockdown_in_words(LockdownRecord { origin, number, closed }: &LockdownRecord) -> String {
    let what = if *closed { "nothing is opened any more" } else { "what may be opened is opened again" };
    format!("lockdown {number} of {origin}\n  {what}\n")
}

fn classes(group: &ledger::entry::RetentionGroup) -> String {
    group.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(" ")
}

//! `bulla approve`: the second person's word for a request that one may not make alone.

use super::{Access, Ending};
use crate::{named, people::SecretSeed};
use anyhow::{Context, Result};
use clap::Args;
use gateway::{Clock, clock::System};
use ledger::{
    Hash, OpeningRequest, PrincipalId, Time,
    opening::{Approval, Scope},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Read what somebody wants to open, and sign it as the second person that a large request needs
///
/// The file is what `bulla open --request FILE` wrote. What is signed is good for exactly these rows and classes, once, and until it
/// expires; who asked then opens with `bulla open --approved FILE`.
#[derive(Args)]
pub struct Approve {
    /// The file with the requests
    file: PathBuf,
    /// Who approves; demo/PRINCIPAL.key signs
    #[arg(long, default_value = "lead-1")]
    principal: PrincipalId,
    /// For how many hours from now on, at most so many that it expires a day after it was asked
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=24))]
    hours: u8,
    #[command(flatten)]
    access: Access,
}

/// A signed request that waits for a second person, or has that person's word.
#[derive(Clone, Serialize, Deserialize)]
pub struct Waiting {
    pub request: OpeningRequest,
    pub approval: Option<Approval>,
}

impl Approve {
    /// Shows each request and signs it.
    pub fn run(&self) -> Result<Ending> {
        let key = SecretSeed::read(&self.access.demo(&format!("{}.key", self.principal)))?;
        let mut waiting = read(&self.file)?;
        for Waiting { request, approval } in &mut waiting {
            print!("{}", in_words(&request.scope));
            let last = |from: Time, hours: i64| Time::from_milliseconds(from.milliseconds() + hours * 3_600_000);
            let expires = last(System.now(), self.hours.into()).min(last(request.scope.requested, Approval::HOURS_MAX));
            *approval = Some(Approval::new(request, self.principal.clone(), expires, &key));
            println!("  approved by {}, until {expires}", self.principal);
        }
        write(&self.file, &waiting)?;
        Ok(Ending::Done)
    }
}

/// Reads a file of requests.
pub fn read(path: &Path) -> Result<Vec<Waiting>> {
    let octets = named::octets(path, named::PAPER_OCTETS_MAX)?;
    serde_json::from_slice(&octets).with_context(|| format!("{} holds no requests to open", path.display()))
}

/// Writes it: names of rows and batches, nothing of what is in them.
pub fn write(path: &Path, waiting: &[Waiting]) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(waiting)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The waiting request for exactly this.
pub fn find<'a>(waiting: &'a [Waiting], wanted: &Scope) -> Option<&'a Waiting> {
    // When it was asked, and its random number, are the request's own.
    let same = |scope: &Scope| Scope { requested: wanted.requested, nonce: wanted.nonce, ..scope.clone() } == *wanted;
    waiting.iter().find(|waiting| same(&waiting.request.scope))
}

fn in_words(scope: &Scope) -> String {
    let Scope { principal, purpose, ticket, batch, rows, classes, requested, .. } = scope;
    let classes = classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", ");
    let names = |rows: &BTreeSet<u32>| rows.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    format!(
        "{principal} wants, for {purpose} {ticket}, {classes} of {} rows of batch {batch}, asked at {requested}\n  rows {}\n",
        rows.len(),
        names(rows)
    )
}

/// 32 random octets: no two requests are the same.
pub fn nonce() -> Result<Hash> {
    Ok(Hash(durable::random::octets()?))
}

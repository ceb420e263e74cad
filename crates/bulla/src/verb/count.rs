//! `bulla count`: how many people there are, by the warden's word; nobody sees who.

use super::{Access, Ending, access::problem, approve, pins};
use crate::{named, people::SecretSeed};
use anyhow::{Context, Result, bail};
use api::warden::{CountAnswer, PeriodState, PeriodStatus};
use clap::Args;
use gateway::{Clock, clock::System};
use incident::Assessment;
use ledger::{CountRequest, CountScope, FieldClass, Month, PeriodId, PrincipalId, Pseudonym, Ticket};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Count the people in what is held, without showing anybody
///
/// An assessment says rows and parties, the same person counted each time. The warden opens names and postal codes of whole months
/// in its memory, counts those that differ, and says a number: at most so many people. It logs and has cosigned who asked before it
/// does. Sets that would tell of a few people by themselves, alone or together with earlier counts, are refused.
/// Example: bulla count --of assessment.json --ticket CASE-17 --principal privacy-1
#[derive(Args)]
pub struct Count {
    /// Of these shippers (pseudonyms, as the ledger names them); without, of all
    #[arg(long, value_delimiter = ',', conflicts_with = "of")]
    shipper: Vec<Pseudonym>,
    /// From this month of receipt on
    #[arg(long, conflicts_with = "of")]
    first: Option<Month>,
    /// Up to this month of receipt
    #[arg(long, conflicts_with = "of")]
    last: Option<Month>,
    /// Of every shipper and month in which this assessment (JSON) has rows
    #[arg(long)]
    of: Option<PathBuf>,
    /// The case behind it: 1 to 32 of A-Z, 0-9, -
    #[arg(long)]
    ticket: Ticket,
    /// Who asks; demo/PRINCIPAL.key signs
    #[arg(long)]
    principal: PrincipalId,
    /// The key that signs, instead of the demo's
    #[arg(long)]
    key: Option<PathBuf>,
    /// What you know of the ledger from elsewhere; the demo's pins are found in --data
    #[arg(long)]
    pins: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

impl Count {
    /// Chooses whole periods, asks, and shows the number once it is proven to be the warden's.
    pub fn run(&self) -> Result<Ending> {
        let known = pins::own(&self.access, self.pins.as_deref())?;
        let key = self.key.clone().unwrap_or_else(|| self.access.demo(&format!("{}.key", self.principal)));
        let (periods, gone) = self.periods()?;
        if periods.is_empty() {
            bail!("nothing of that can be counted: no period with addresses is held");
        }
        if !CountScope::fits(&periods) {
            bail!("one count has no room for the names of {} periods: count fewer shippers or months", periods.len());
        }
        if gone > 0 {
            eprintln!("{gone} periods of the set are shredded, or will be, and are not counted");
        }
        let scope = CountScope {
            principal: self.principal.clone(),
            ticket: self.ticket.clone(),
            periods,
            requested: System.now(),
            nonce: approve::nonce()?,
        };
        let request = CountRequest::new(scope, &SecretSeed::read(&key)?);
        let answer = self.access.post("/v1/counts", "application/json", serde_json::to_vec(&request)?)?;
        if answer.status != 200 {
            eprintln!("not counted: {}", problem(&answer));
            return Ok(Ending::Refused);
        }
        let answer: CountAnswer = serde_json::from_slice(&answer.body).context("the answer is not the warden's")?;
        let signers = pins::signers(&self.access, &known)?;
        answer.verify(&request, &signers).context("this is not proven to be the warden's answer")?;
        let (rows, periods) = (answer.rows, request.scope.periods.len());
        match answer.people {
            Some(people) => println!("at most {people} people in {rows} rows of {periods} periods"),
            None => println!("too few people in {rows} rows of {periods} periods: the number is not given"),
        }
        eprintln!(
            "in the ledger: intent {}, number {}; nothing was opened before this was cosigned:",
            answer.intent, answer.counted
        );
        eprint!("{}", answer.checkpoint);
        Ok(Ending::Done)
    }

    /// Periods of the set that hold addresses, and how many of these are out of reach.
    fn periods(&self) -> Result<(BTreeSet<PeriodId>, usize)> {
        let agreements = pins::proven(&self.access)?.2.agreements;
        let cells = self.of.as_deref().map(cells).transpose()?;
        let within = |period: &PeriodId| {
            let Some(terms) = agreements.get(&period.agreement) else { return false };
            match &cells {
                Some(cells) => cells.contains(&(terms.shipper.clone(), period.month)),
                None => {
                    let shipper = self.shipper.is_empty() || self.shipper.contains(&terms.shipper);
                    let first = self.first.is_none_or(|first| first <= period.month);
                    shipper && first && self.last.is_none_or(|last| period.month <= last)
                }
            }
        };
        let all: Vec<PeriodStatus> = self.access.get_json("/v1/retention")?;
        use PeriodState::{Held, Live, Overdue};
        let of_set = all.into_iter().filter(|own| own.classes.contains(FieldClass::Address) && within(&own.period));
        let (held, gone): (Vec<_>, Vec<_>) = of_set.partition(|own| matches!(own.state, Live | Held | Overdue));
        Ok((held.into_iter().map(|own| own.period).collect(), gone.len()))
    }
}

/// Shippers and months in which an assessment has rows.
fn cells(path: &Path) -> Result<BTreeSet<(Pseudonym, Month)>> {
    let octets = named::octets(path, named::LIST_OCTETS_MAX)?;
    let assessment: Assessment =
        ledger::canonical::read(&octets).with_context(|| format!("{} is not an assessment", path.display()))?;
    let exposed = assessment.by_shipper_month.into_iter().filter(|own| own.rows > 0);
    exposed
        .map(|own| {
            Ok((own.shipper.context("some of its rows are of nobody known: name shippers and months")?, own.month))
        })
        .collect()
}

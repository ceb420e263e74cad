//! `bulla open`: the one verb that shows personal data, because the warden opened it for this person and ticket.

use super::{Access, Ending, access::problem, find, pins};
use crate::people::{self, SecretSeed};
use anyhow::{Context, Result, bail};
use api::{
    gateway::{Parcel, Query},
    warden::{self, Asked, Fields},
};
use clap::Args;
use durable::random;
use ed25519_dalek::SigningKey;
use gateway::{Clock, clock::System};
use incident::Pins;
use ledger::{
    FieldClass, OpeningRequest, PrincipalId, Ticket,
    opening::{Purpose, Scope},
};
use manifest::{Record, parcel};
use seal::{Kind, PeriodSecretKey};
use std::{collections::BTreeSet, path::PathBuf};
use zeroize::Zeroizing;

/// Open sealed fields of a parcel
///
/// The warden writes who asks for what and why into its ledger, makes that durable and has it cosigned by its witness,
/// and only then opens. The answer is sealed to the requester's own key, and shown once the opened row's own numbers, or its
/// manifest's, have the one that was asked for: so `linkable` is always opened, too.
/// Example: bulla open --tracking - --class address,contact --purpose support --ticket CASE-17
#[derive(Args)]
pub struct Open {
    /// A tracking number or SSCC; - reads them from standard input
    #[arg(long)]
    tracking: String,
    /// What to open: address, contact, linkable, remarks, financial
    #[arg(long, value_delimiter = ',', default_value = "address")]
    class: Vec<FieldClass>,
    /// Why: support, label, subject-access, dispute
    #[arg(long)]
    purpose: String,
    /// The case behind it: 1 to 32 of A-Z, 0-9, -
    #[arg(long)]
    ticket: Ticket,
    /// Open every parcel found, not only a single one
    #[arg(long)]
    all: bool,
    /// What you know of the ledger from elsewhere; the demo's pins are found in --data
    #[arg(long)]
    pins: Option<PathBuf>,
    /// Who asks; demo/PRINCIPAL.key signs, demo/PRINCIPAL.result-key opens the answer
    #[arg(long, default_value = "support-7")]
    principal: PrincipalId,
    #[command(flatten)]
    access: Access,
}

impl Open {
    /// Finds, asks the warden, unseals, prints.
    pub fn run(&self) -> Result<Ending> {
        let purpose: Purpose = serde_json::from_value(self.purpose.clone().into())
            .context("--purpose is one of support, label, subject-access, dispute, resend, assessment, notice")?;
        let asker = Asker {
            key: SecretSeed::read(&self.access.demo(&format!("{}.key", self.principal)))?,
            secret: people::result_key(&self.access.demo(&format!("{}.result-key", self.principal)))?,
            known: pins::own(&self.access, self.pins.as_deref())?,
            purpose,
        };
        let mut found = false;
        for number in find::numbers(&self.tracking)? {
            let parcels = find::search(&self.access, &Query { tracking: Some(number.clone()), ..Query::default() })?;
            if parcels.len() > 1 && !self.all {
                bail!(
                    "{} parcels have this number\n\nhint: --all opens each of them, and each is logged",
                    parcels.len()
                );
            }
            for parcel in &parcels {
                found = true;
                if !self.open(&asker, parcel, number.as_bytes())? {
                    return Ok(Ending::Refused);
                }
            }
        }
        if !found {
            eprintln!(
                "nothing found under that number: nothing of it is kept, or its month was shredded with its index key"
            );
            return Ok(Ending::Refused);
        }
        Ok(Ending::Done)
    }

    /// Opens a parcel and shows it, if the number that was asked for is its own or its whole manifest's: the gateway says
    /// which row has it, and could name another. False if the warden refuses.
    fn open(&self, asker: &Asker, parcel: &Parcel, number: &[u8]) -> Result<bool> {
        // The row's own numbers come with it: that is how we see that it is the row asked for.
        let classes: BTreeSet<_> = self.class.iter().copied().chain([FieldClass::Linkable]).collect();
        let Some((fields, answer)) = self.ask(asker, parcel, parcel.row, classes)? else { return Ok(false) };
        if !has_number(&fields, parcel.row, number)? {
            // A number of the manifest's own record stands for all its parcels. Reading it is an opening of its own.
            let head = self.ask(asker, parcel, 0, BTreeSet::from([FieldClass::Linkable]))?;
            let Some((head, _)) = head else { return Ok(false) };
            if !has_number(&head, 0, number)? {
                bail!(
                    "what was opened is not the parcel that was asked for, and is not shown: the gateway named another row\n\n\
                     hint: the opening is in the ledger all the same; tell whoever answers for privacy"
                );
            }
        }
        self.print(&fields)?;
        eprintln!("opening {}", answer.opening);
        eprintln!(
            "in the ledger: intent {}, receipt {}; nothing was opened before this was cosigned:",
            answer.intent, answer.receipt
        );
        eprint!("{}", answer.checkpoint);
        Ok(true)
    }

    /// These classes of one row, proven to be the warden's answer; none if it refuses, which is said.
    fn ask(
        &self,
        asker: &Asker,
        parcel: &Parcel,
        row: u32,
        classes: BTreeSet<FieldClass>,
    ) -> Result<Option<(Fields, warden::Answer)>> {
        let scope = Scope {
            principal: self.principal.clone(),
            purpose: asker.purpose,
            ticket: self.ticket.clone(),
            batch: parcel.batch,
            header: parcel.header,
            rows: [row].into(),
            classes,
            requested: System.now(),
            nonce: ledger::Hash(random::octets()?),
        };
        let request = OpeningRequest::new(scope, &asker.key);
        let result_key = asker.secret.public().to_bytes().into();
        let asked = Asked { request: request.clone(), result_key, approval: None };
        let answer = self.access.post("/v1/openings", "application/json", serde_json::to_vec(&asked)?)?;
        if answer.status != 200 {
            eprintln!("not opened: {}", problem(&answer));
            return Ok(None);
        }
        let answer: warden::Answer = serde_json::from_slice(&answer.body).context("the answer is not the warden's")?;
        // Nothing is unsealed before this: whoever stands between could have sealed something to us.
        let signers = pins::signers(&self.access, &asker.known)?;
        answer.verify(&request, &signers).context("this is not proven to be the warden's answer")?;
        let fields = answer.open(&request, &asker.secret).context("the answer was not sealed to this key")?;
        Ok(Some((fields, answer)))
    }

    fn print(&self, fields: &Fields) -> Result<()> {
        for cell in fields.fields.iter().filter(|cell| self.class.contains(&cell.class)) {
            let Some(value) = &cell.value else {
                println!("row {:<6} {:10} (none)", cell.row, cell.class.as_str());
                continue;
            };
            for field in &Record::decode(cell.class, &value.0).context("the opened fields are damaged")? {
                let (role, name) = (field.role.as_str(), field.tag.as_str());
                let qualifier = String::from_utf8_lossy(field.qualifier.as_bytes()).into_owned();
                let value = Zeroizing::new(String::from_utf8_lossy(field.value.expose()).into_owned());
                println!("row {:<6} {:10} {role:12} {name:14} {qualifier:4} {}", cell.row, cell.class.as_str(), *value);
            }
        }
        Ok(())
    }
}

/// Who asks, with what, and whose word is believed.
struct Asker {
    key: SigningKey,
    secret: PeriodSecretKey,
    known: Pins,
    purpose: Purpose,
}

/// Whether a row that was opened has this tracking number or SSCC.
fn has_number(fields: &Fields, row: u32, number: &[u8]) -> Result<bool> {
    let own = fields.fields.iter().find(|cell| cell.row == row && cell.class == FieldClass::Linkable);
    let Some(value) = own.and_then(|cell| cell.value.as_ref()) else { return Ok(false) };
    let decoded = Record::decode(FieldClass::Linkable, &value.0).context("the opened fields are damaged")?;
    Ok(parcel::is_found_by(&decoded, Kind::Tracking, number))
}

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
use gateway::{Clock, clock::System};
use ledger::{
    FieldClass, OpeningRequest, PrincipalId, Ticket,
    opening::{Purpose, Scope},
};
use manifest::Record;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Open sealed fields of a parcel
///
/// The warden writes who asks for what and why into its ledger, makes that durable and has it cosigned by its witness,
/// and only then opens. The answer is sealed to the requester's own key.
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
        let key = SecretSeed::read(&self.access.demo(&format!("{}.key", self.principal)))?;
        let secret = people::result_key(&self.access.demo(&format!("{}.result-key", self.principal)))?;
        let known = pins::own(&self.access, self.pins.as_deref())?;
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
                let request = OpeningRequest::new(self.scope(parcel, purpose)?, &key);
                let asked = Asked { request: request.clone(), result_key: secret.public().to_bytes().into() };
                let answer = self.access.post("/v1/openings", "application/json", serde_json::to_vec(&asked)?)?;
                if answer.status != 200 {
                    eprintln!("not opened: {}", problem(&answer));
                    return Ok(Ending::Refused);
                }
                let answer: warden::Answer =
                    serde_json::from_slice(&answer.body).context("the answer is not the warden's")?;
                // Nothing is unsealed before this: whoever stands between could have sealed something to us.
                let signers = pins::signers(&self.access, &known)?;
                answer.verify(&request, &signers).context("this is not proven to be the warden's answer")?;
                let fields = answer.open(&request, &secret).context("the answer was not sealed to this key")?;
                self.show(&fields, number.as_bytes(), parcel.row)?;
                eprintln!("opening {}", answer.opening);
                eprintln!(
                    "in the ledger: intent {}, receipt {}; nothing was opened before this was cosigned:",
                    answer.intent, answer.receipt
                );
                eprint!("{}", answer.checkpoint);
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

    /// Shows what was opened, if the number that was asked for is among the row's own: the gateway says which row has it, and
    /// could name another.
    fn show(&self, fields: &Fields, number: &[u8], row: u32) -> Result<()> {
        let wanted = manifest::parcel::normalise(number);
        let mut lines = Vec::new();
        let mut same = false;
        for cell in &fields.fields {
            let Some(value) = &cell.value else {
                lines.push(Zeroizing::new(format!("row {:<6} {:10} (none)", cell.row, cell.class.as_str())));
                continue;
            };
            let decoded = Record::decode(cell.class, &value.0).context("the opened fields are damaged")?;
            for field in &decoded {
                let own = cell.row == row && cell.class == FieldClass::Linkable;
                same |= own && manifest::parcel::normalise(field.value.expose()) == wanted;
                let (role, name) = (field.role.as_str(), field.tag.as_str());
                let qualifier = String::from_utf8_lossy(field.qualifier.as_bytes()).into_owned();
                let value = Zeroizing::new(String::from_utf8_lossy(field.value.expose()).into_owned());
                if self.class.contains(&cell.class) {
                    let line = format!(
                        "row {:<6} {:10} {role:12} {name:14} {qualifier:4} {}",
                        cell.row,
                        cell.class.as_str(),
                        *value
                    );
                    lines.push(Zeroizing::new(line));
                }
            }
        }
        if !same {
            bail!(
                "what was opened is not the parcel that was asked for, and is not shown: the gateway named another row\n\n\
                 hint: the opening is in the ledger all the same; tell whoever answers for privacy"
            );
        }
        lines.iter().for_each(|line| println!("{}", **line));
        Ok(())
    }

    fn scope(&self, parcel: &Parcel, purpose: Purpose) -> Result<Scope> {
        Ok(Scope {
            principal: self.principal.clone(),
            purpose,
            ticket: self.ticket.clone(),
            batch: parcel.batch,
            header: parcel.header,
            rows: [parcel.row].into(),
            // The row's own numbers come with it: that is how we see that it is the row asked for.
            classes: self.class.iter().copied().chain([FieldClass::Linkable]).collect(),
            requested: System.now(),
            nonce: ledger::Hash(random::octets()?),
        })
    }
}

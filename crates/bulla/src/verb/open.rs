//! `bulla open`: the one verb that shows personal data, because the warden opened it for this person and ticket.

use super::{Access, Ending, access::problem, find, verify::pins};
use crate::setup::SecretSeed;
use anyhow::{Context, Result, bail};
use api::{
    gateway::{Parcel, Query},
    warden::{self, Fields},
};
use clap::Args;
use durable::random;
use gateway::{Clock, clock::System};
use incident::{Pins, pins::Role};
use ledger::{
    FieldClass, OpeningRequest, PrincipalId, Ticket,
    opening::{Purpose, Scope},
};
use manifest::Record;
use seal::PeriodSecretKey;
use std::collections::BTreeSet;
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
        let secret = result_key(&self.access, &self.principal)?;
        let pins = pins(&self.access, None)?.as_ref().map(signers).transpose()?;
        let mut found = false;
        for number in find::numbers(&self.tracking)? {
            for parcel in find::search(&self.access, &Query { tracking: Some(number), ..Query::default() })? {
                found = true;
                let scope = self.scope(&parcel, purpose)?;
                let request = OpeningRequest::new(scope, &key);
                let answer = self.access.post("/v1/openings", "application/json", serde_json::to_vec(&request)?)?;
                if answer.status != 200 {
                    eprintln!("not opened: {}", problem(&answer));
                    return Ok(Ending::Refused);
                }
                let answer: warden::Answer =
                    serde_json::from_slice(&answer.body).context("the answer is not the warden's")?;
                if let Some(pins) = &pins {
                    answer.verify(&request, pins).context("the warden's proof of the intent is not good")?;
                }
                let fields = answer.open(&request, &secret).context("the answer was not sealed to this key")?;
                print(&fields)?;
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

    fn scope(&self, parcel: &Parcel, purpose: Purpose) -> Result<Scope> {
        Ok(Scope {
            principal: self.principal.clone(),
            purpose,
            ticket: self.ticket.clone(),
            batch: parcel.batch,
            header: parcel.header,
            rows: [parcel.row].into(),
            classes: self.class.iter().copied().collect::<BTreeSet<_>>(),
            requested: System.now(),
            nonce: ledger::Hash(random::octets()?),
        })
    }
}

/// The pinned warden and witnesses, all of whom must have signed.
fn signers(pins: &Pins) -> Result<warden::Pins> {
    let of = |role| pins.list().iter().filter(move |pin| pin.role == role).map(|pin| pin.key.clone());
    let witnesses: Vec<_> = of(Role::Witness).collect();
    let key = of(Role::Warden).next().context("the pins name no warden")?;
    Ok(warden::Pins { warden: key, quorum: witnesses.len(), witnesses })
}

fn result_key(access: &Access, principal: &PrincipalId) -> Result<PeriodSecretKey> {
    let path = access.demo(&format!("{principal}.result-key"));
    let text =
        Zeroizing::new(std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?);
    let mut octets = Zeroizing::new([0; 32]);
    if hex::decode_to_slice(text.trim(), octets.as_mut()).is_err() {
        bail!("{} is not a result key", path.display());
    }
    Ok(PeriodSecretKey::from_bytes(&octets))
}

fn print(fields: &Fields) -> Result<()> {
    for cell in &fields.fields {
        let Some(value) = &cell.value else {
            println!("row {:<6} {:10} (none)", cell.row, cell.class.as_str());
            continue;
        };
        let decoded = Record::decode(cell.class, &value.0).context("the opened fields are damaged")?;
        for field in &decoded {
            let (role, name) = (field.role.as_str(), field.tag.as_str());
            let qualifier = String::from_utf8_lossy(field.qualifier.as_bytes()).into_owned();
            let value = String::from_utf8_lossy(field.value.expose());
            println!("row {:<6} {:10} {role:12} {name:14} {qualifier:4} {value}", cell.row, cell.class.as_str(),);
        }
    }
    Ok(())
}

//! `bulla open`: the one verb that shows personal data, because the warden opened it for this person and ticket.

use super::{
    Access, Ending,
    access::problem,
    approve::{self, Waiting},
    find, pins,
};
use crate::people::{self, SecretSeed};
use anyhow::{Context, Result, bail};
use api::{
    gateway::{Parcel, Query},
    warden::{self, Asked, Fields},
};
use clap::Args;
use ed25519_dalek::SigningKey;
use gateway::{Clock, clock::System};
use incident::Pins;
use ledger::{
    BatchId, FieldClass, Hash, OpeningRequest, PrincipalId, Ticket,
    opening::{Purpose, Scope},
};
use manifest::{Record, parcel};
use seal::{Kind, PeriodSecretKey};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
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
    /// Open every parcel found, not only a single one; those of one batch in one request
    #[arg(long)]
    all: bool,
    /// Ask nothing: write the signed requests here, for a second person to approve with `bulla approve`
    #[arg(long, conflicts_with = "approved")]
    request: Option<PathBuf>,
    /// The requests that a second person has approved; the other arguments as before
    #[arg(long)]
    approved: Option<PathBuf>,
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
    /// One class of single parcels, for support.
    pub fn of(
        principal: PrincipalId,
        ticket: Ticket,
        class: FieldClass,
        pins: Option<PathBuf>,
        access: Access,
    ) -> Self {
        let (tracking, purpose, all) = (String::new(), Purpose::Support.as_str().to_owned(), false);
        Self {
            tracking,
            class: vec![class],
            purpose,
            ticket,
            all,
            request: None,
            approved: None,
            pins,
            principal,
            access,
        }
    }

    /// What is opened of the one parcel that has this number, not shown; none while there is no such parcel, or the warden refuses.
    pub fn single(&self, number: &str) -> Result<Option<Fields>> {
        let asker = self.asker()?;
        let query = Query { tracking: Some(number.to_owned().into()), ..Query::default() };
        let parcels = find::search(&self.access, &query)?;
        let [parcel] = parcels.as_slice() else { return Ok(None) };
        let (of, rows) = ((parcel.batch, parcel.header), BTreeSet::from([parcel.row]));
        Ok(self.checked(&asker, of, rows, number.as_bytes())?.map(|(fields, _)| fields))
    }

    fn asker(&self) -> Result<Asker> {
        let purpose: Purpose = serde_json::from_value(self.purpose.clone().into())
            .context("--purpose is one of support, label, subject-access, dispute, resend, assessment, notice")?;
        Ok(Asker {
            key: SecretSeed::read(&self.access.demo(&format!("{}.key", self.principal)))?,
            secret: people::result_key(&self.access.demo(&format!("{}.result-key", self.principal)))?,
            known: pins::own(&self.access, self.pins.as_deref())?,
            purpose,
            waiting: RefCell::new(self.approved.as_deref().map(approve::read).transpose()?.unwrap_or_default()),
        })
    }

    /// Finds, asks the warden, unseals, prints.
    pub fn run(&self) -> Result<Ending> {
        let asker = self.asker()?;
        let mut found = false;
        for number in find::numbers(&self.tracking)? {
            let parcels = find::search(&self.access, &Query { tracking: Some(number.clone()), ..Query::default() })?;
            if parcels.len() > 1 && !self.all {
                bail!(
                    "{} parcels have this number\n\nhint: --all opens each of them, and each is logged",
                    parcels.len()
                );
            }
            for ((batch, header), rows) in by_batch(&parcels) {
                found = true;
                if !self.open(&asker, (batch, header), rows, number.as_bytes())? {
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
        if let Some(path) = &self.request {
            approve::write(path, &asker.waiting.borrow())?;
            let file = path.display();
            eprintln!(
                "nothing is opened yet: bulla approve {file}, by a second person; then bulla open … --approved {file}"
            );
        }
        Ok(Ending::Done)
    }

    /// Opens parcels of a batch and shows them. False if the warden refuses.
    fn open(&self, asker: &Asker, of: (BatchId, Hash), rows: BTreeSet<u32>, number: &[u8]) -> Result<bool> {
        if self.request.is_some() {
            let scope = self.scope(asker, of, rows, self.classes())?;
            let waiting = Waiting { request: OpeningRequest::new(scope, &asker.key), approval: None };
            asker.waiting.borrow_mut().push(waiting);
            return Ok(true);
        }
        let Some((fields, answer)) = self.checked(asker, of, rows, number)? else { return Ok(false) };
        self.print(&fields)?;
        eprintln!("opening {}", answer.opening);
        eprintln!(
            "in the ledger: intent {}, receipt {}; nothing was opened before this was cosigned:",
            answer.intent, answer.receipt
        );
        eprint!("{}", answer.checkpoint);
        Ok(true)
    }

    /// The rows' own numbers come with them: that is how we see that they are what was asked for.
    fn classes(&self) -> BTreeSet<FieldClass> {
        self.class.iter().copied().chain([FieldClass::Linkable]).collect()
    }

    /// What is opened of parcels of a batch, if the number that was asked for is their own or their whole manifest's: the gateway
    /// says which rows have it, and could name others. None if the warden refuses.
    fn checked(
        &self,
        asker: &Asker,
        of: (BatchId, Hash),
        rows: BTreeSet<u32>,
        number: &[u8],
    ) -> Result<Option<(Fields, warden::Answer)>> {
        let scope = self.scope(asker, of, rows.clone(), self.classes())?;
        let Some((fields, answer)) = self.ask(asker, scope)? else { return Ok(None) };
        let own = rows.iter().map(|row| has_number(&fields, *row, number)).collect::<Result<Vec<_>>>()?;
        if own.contains(&false) {
            // A number of the manifest's own record stands for all its parcels. Reading it is an opening of its own.
            let head = self.scope(asker, of, BTreeSet::from([0]), BTreeSet::from([FieldClass::Linkable]))?;
            let Some((head, _)) = self.ask(asker, head)? else { return Ok(None) };
            if !has_number(&head, 0, number)? {
                bail!(
                    "what was opened is not the parcel that was asked for, and is not shown: the gateway named another row\n\n\
                     hint: the opening is in the ledger all the same; tell whoever answers for privacy"
                );
            }
        }
        Ok(Some((fields, answer)))
    }

    fn scope(
        &self,
        asker: &Asker,
        (batch, header): (BatchId, Hash),
        rows: BTreeSet<u32>,
        classes: BTreeSet<FieldClass>,
    ) -> Result<Scope> {
        Ok(Scope {
            principal: self.principal.clone(),
            purpose: asker.purpose,
            ticket: self.ticket.clone(),
            batch,
            header,
            rows,
            classes,
            requested: System.now(),
            nonce: approve::nonce()?,
        })
    }

    /// What is asked for, proven to be the warden's answer; none if it refuses, which is said.
    fn ask(&self, asker: &Asker, scope: Scope) -> Result<Option<(Fields, warden::Answer)>> {
        let Waiting { request, approval } = match approve::find(&asker.waiting.borrow(), &scope) {
            Some(approved) => approved.clone(),
            None => Waiting { request: OpeningRequest::new(scope, &asker.key), approval: None },
        };
        let result_key = asker.secret.public().to_bytes().into();
        let asked = Asked { request: request.clone(), result_key, approval };
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
    /// Requests that were approved, or that wait for that.
    waiting: RefCell<Vec<Waiting>>,
}

/// One request names rows of one batch.
fn by_batch(parcels: &[Parcel]) -> BTreeMap<(BatchId, Hash), BTreeSet<u32>> {
    let mut batches: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for parcel in parcels {
        batches.entry((parcel.batch, parcel.header)).or_default().insert(parcel.row);
    }
    batches
}

/// Whether a row that was opened has this tracking number or SSCC.
fn has_number(fields: &Fields, row: u32, number: &[u8]) -> Result<bool> {
    let own = fields.fields.iter().find(|cell| cell.row == row && cell.class == FieldClass::Linkable);
    let Some(value) = own.and_then(|cell| cell.value.as_ref()) else { return Ok(false) };
    let decoded = Record::decode(FieldClass::Linkable, &value.0).context("the opened fields are damaged")?;
    Ok(parcel::is_found_by(&decoded, Kind::Tracking, number))
}

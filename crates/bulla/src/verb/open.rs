//! `bulla open`: the one verb that shows personal data, because the warden opened it for this person and ticket.

use super::{
    Access, Ending,
    approve::{self, Waiting},
    asker::{Asker, Case, Keys, Opened, purpose},
    find,
};
use anyhow::{Context, Result, bail};
use api::{
    gateway::{Parcel, Query},
    warden::Fields,
};
use clap::Args;
use ledger::{BatchId, FieldClass, Hash, PrincipalId, Ticket, opening::Purpose};
use manifest::Record;
use std::{
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
    /// Of the parcels found, only those of this batch (`bulla find` shows it)
    #[arg(long)]
    batch: Option<BatchId>,
    /// Of those, only the one in this row
    #[arg(long, requires = "batch")]
    row: Option<u32>,
    /// Open every parcel found, not only a single one; those of one batch in one request
    #[arg(long)]
    all: bool,
    /// Ask nothing: write the signed requests here, for a second person to approve with `bulla approve`
    #[arg(long, conflicts_with = "approved")]
    request: Option<PathBuf>,
    /// The requests that a second person has approved; the other arguments as before
    #[arg(long)]
    approved: Option<PathBuf>,
    #[command(flatten)]
    keys: Keys,
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
        let keys = Keys::of(principal, pins);
        let (batch, row) = (None, None);
        Self {
            tracking,
            class: vec![class],
            purpose,
            ticket,
            batch,
            row,
            all,
            request: None,
            approved: None,
            keys,
            access,
        }
    }

    /// What is opened of the one parcel that has this number, not shown; none while there is no such parcel, or the warden refuses.
    pub fn single(&self, number: &str) -> Result<Option<Fields>> {
        let (asker, case) = self.asker()?;
        let query = Query { tracking: Some(number.to_owned().into()), ..Query::default() };
        let parcels = find::search(&self.access, &query)?;
        let [parcel] = parcels.as_slice() else { return Ok(None) };
        let (of, rows) = ((parcel.batch, parcel.header), BTreeSet::from([parcel.row]));
        Ok(checked(&asker, &case, of, &rows, number.as_bytes())?.map(|opened| opened.fields))
    }

    fn asker(&self) -> Result<(Asker, Case)> {
        let classes = self.class.iter().copied().collect();
        let case = Case { purpose: purpose(&self.purpose)?, ticket: self.ticket.clone(), classes };
        let approved = self.approved.as_deref().map(approve::read).transpose()?.unwrap_or_default();
        Ok((self.keys.asker(&self.access, approved)?, case))
    }

    /// Finds, asks the warden, unseals, prints.
    pub fn run(&self) -> Result<Ending> {
        let (asker, case) = self.asker()?;
        let (mut found, mut waiting) = (false, Vec::new());
        for number in find::numbers(&self.tracking)? {
            let mut parcels =
                find::search(&self.access, &Query { tracking: Some(number.clone()), ..Query::default() })?;
            let any = !parcels.is_empty();
            parcels.retain(|own| self.batch.is_none_or(|batch| own.batch == batch));
            parcels.retain(|own| self.row.is_none_or(|row| own.row == row));
            if any && parcels.is_empty() {
                bail!("no parcel of this number is there\n\nhint: `bulla find --tracking` shows batch and row of each");
            }
            if parcels.len() > 1 && !self.all {
                bail!(
                    "{} parcels have this number\n\nhint: `bulla find --tracking` shows them: name one with --batch and --row, or \
                     open each of them with --all; each opening is logged",
                    parcels.len()
                );
            }
            for (of, rows) in by_batch(&parcels) {
                found = true;
                if self.request.is_some() {
                    waiting.push(Waiting { request: asker.signed(&case, of, rows)?, approval: None });
                } else if !self.open(&asker, &case, of, &rows, number.as_bytes())? {
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
            approve::write(path, &waiting)?;
            let file = path.display();
            eprintln!(
                "nothing is opened yet: bulla approve {file}, by a second person; then bulla open … --approved {file}"
            );
        }
        Ok(Ending::Done)
    }

    /// Opens parcels of a batch and shows them. False if the warden refuses.
    fn open(
        &self,
        asker: &Asker,
        case: &Case,
        of: (BatchId, Hash),
        rows: &BTreeSet<u32>,
        number: &[u8],
    ) -> Result<bool> {
        let Some(Opened { fields, answer }) = checked(asker, case, of, rows, number)? else { return Ok(false) };
        self.print(&fields)?;
        eprintln!("opening {}", answer.opening);
        eprintln!(
            "in the ledger: intent {}, receipt {}; nothing was opened before this was cosigned:",
            answer.intent, answer.receipt
        );
        eprint!("{}", answer.checkpoint);
        Ok(true)
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

/// What is opened; none if the warden refuses, which is said.
fn checked(
    asker: &Asker,
    case: &Case,
    of: (BatchId, Hash),
    rows: &BTreeSet<u32>,
    number: &[u8],
) -> Result<Option<Opened>> {
    let answered = asker.checked(case, of, rows, number)?;
    Ok(answered.inspect_err(|refusal| eprintln!("not opened: {refusal}")).ok())
}

/// One request names rows of one batch.
fn by_batch(parcels: &[Parcel]) -> BTreeMap<(BatchId, Hash), BTreeSet<u32>> {
    let mut batches: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for parcel in parcels {
        batches.entry((parcel.batch, parcel.header)).or_default().insert(parcel.row);
    }
    batches
}

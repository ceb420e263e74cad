//! Somebody who opens, with keys of their own: signs what is asked, and unseals nothing that is not proven to be the warden's answer.

use super::{
    Access,
    access::problem,
    approve::{self, Waiting},
    pins,
};
use crate::people::{self, SecretSeed};
use anyhow::{Context, Result, bail};
use api::warden::{self, Asked, Fields};
use clap::Args;
use ed25519_dalek::SigningKey;
use gateway::{Clock, clock::System};
use incident::Pins;
use ledger::{
    BatchId, Classes, FieldClass, Hash, OpeningRequest, PrincipalId, PublicKey, Ticket,
    opening::{Purpose, Scope},
};
use manifest::parcel;
use seal::{Kind, PeriodSecretKey};
use std::{collections::BTreeSet, path::PathBuf};

/// Who asks, with which keys, and whose word is believed.
#[derive(Args, Clone)]
pub struct Keys {
    /// Who asks; demo/PRINCIPAL.key signs, demo/PRINCIPAL.result-key opens the answer
    #[arg(long, default_value = "support-7")]
    principal: PrincipalId,
    /// The key that signs, instead of the demo's; the .result-key beside it opens the answer
    #[arg(long)]
    key: Option<PathBuf>,
    /// What you know of the ledger from elsewhere; the demo's pins are found in --data
    #[arg(long)]
    pins: Option<PathBuf>,
}

impl Keys {
    /// A demo's keys of this person.
    pub fn of(principal: PrincipalId, pins: Option<PathBuf>) -> Self {
        Self { principal, key: None, pins }
    }

    /// Reads them. What a second person has approved is asked as it was approved.
    pub fn asker(&self, access: &Access, approved: Vec<Waiting>) -> Result<Asker> {
        let key = self.key.clone().unwrap_or_else(|| access.demo(&format!("{}.key", self.principal)));
        Ok(Asker {
            access: access.clone(),
            principal: self.principal.clone(),
            key: SecretSeed::read(&key)?,
            secret: people::result_key(&key.with_extension("result-key"))?,
            known: pins::own(access, self.pins.as_deref())?,
            approved,
        })
    }
}

/// Why, and what of a parcel.
#[derive(Clone)]
pub struct Case {
    pub purpose: Purpose,
    pub ticket: Ticket,
    /// What is shown.
    pub classes: Classes,
}

impl Case {
    /// The rows' own numbers come with them: that is how we see that they are what was asked for.
    pub fn asked(&self) -> Classes {
        self.classes | Classes::of(&[FieldClass::Linkable])
    }
}

/// The purpose with this word.
pub fn purpose(word: &str) -> Result<Purpose> {
    serde_json::from_value(word.into())
        .context("--purpose is one of support, label, subject-access, dispute, resend, assessment, notice")
}

/// What the warden has opened, and its word for it.
pub struct Opened {
    pub fields: Fields,
    pub answer: warden::Answer,
}

/// What was opened, or why not, in the warden's words.
pub type Answered = std::result::Result<Opened, String>;

/// Somebody with keys of their own.
pub struct Asker {
    pub access: Access,
    pub principal: PrincipalId,
    key: SigningKey,
    secret: PeriodSecretKey,
    known: Pins,
    approved: Vec<Waiting>,
}

impl Asker {
    /// The key that others know this person by.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// What is opened of parcels of a batch, if the number that was asked for is their own or their whole manifest's: the gateway
    /// says which rows have it, and could name others.
    pub fn checked(&self, case: &Case, of: (BatchId, Hash), rows: &BTreeSet<u32>, number: &[u8]) -> Result<Answered> {
        let opened = match self.ask(self.scope(case, of, rows.clone(), case.asked())?)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let own = rows.iter().map(|row| has_number(&opened.fields, *row, number)).collect::<Result<Vec<_>>>()?;
        if own.contains(&false) {
            // A number of the manifest's own record stands for all its parcels. Reading it is an opening of its own.
            let head = self.scope(case, of, BTreeSet::from([0]), Classes::of(&[FieldClass::Linkable]))?;
            let head = match self.ask(head)? {
                Ok(head) => head,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if !has_number(&head.fields, 0, number)? {
                bail!(
                    "what was opened is not the parcel that was asked for, and is not shown: the gateway named another row\n\n\
                     hint: the opening is in the ledger all the same; tell whoever answers for privacy"
                );
            }
        }
        Ok(Ok(opened))
    }

    /// A signed request for a second person to approve; nothing is asked.
    pub fn signed(&self, case: &Case, of: (BatchId, Hash), rows: BTreeSet<u32>) -> Result<OpeningRequest> {
        Ok(OpeningRequest::new(self.scope(case, of, rows, case.asked())?, &self.key))
    }

    fn scope(
        &self,
        case: &Case,
        (batch, header): (BatchId, Hash),
        rows: BTreeSet<u32>,
        classes: Classes,
    ) -> Result<Scope> {
        Ok(Scope {
            principal: self.principal.clone(),
            purpose: case.purpose,
            ticket: case.ticket.clone(),
            batch,
            header,
            rows,
            classes,
            requested: System.now(),
            nonce: approve::nonce()?,
        })
    }

    /// What is asked for, proven to be the warden's answer.
    fn ask(&self, scope: Scope) -> Result<Answered> {
        let Waiting { request, approval } = match approve::find(&self.approved, &scope) {
            Some(approved) => approved.clone(),
            None => Waiting { request: OpeningRequest::new(scope, &self.key), approval: None },
        };
        let result_key = self.secret.public().to_bytes().into();
        let asked = Asked { request: request.clone(), result_key, approval };
        let answer = self.access.post("/v1/openings", "application/json", serde_json::to_vec(&asked)?)?;
        if answer.status != 200 {
            return Ok(Err(problem(&answer)));
        }
        let answer: warden::Answer = serde_json::from_slice(&answer.body).context("the answer is not the warden's")?;
        // Nothing is unsealed before this: whoever stands between could have sealed something to us.
        let signers = pins::signers(&self.access, &self.known)?;
        answer.verify(&request, &signers).context("this is not proven to be the warden's answer")?;
        let fields = answer.open(&request, &self.secret).context("the answer was not sealed to this key")?;
        Ok(Ok(Opened { fields, answer }))
    }
}

/// Whether a row that was opened has this tracking number or SSCC.
fn has_number(fields: &Fields, row: u32, number: &[u8]) -> Result<bool> {
    let own = fields.fields.iter().find(|cell| cell.row == row && cell.class == FieldClass::Linkable);
    let Some(value) = own.and_then(|cell| cell.value.as_ref()) else { return Ok(false) };
    let decoded = manifest::Record::decode(FieldClass::Linkable, &value.0).context("the opened fields are damaged")?;
    Ok(parcel::is_found_by(&decoded, Kind::Tracking, number))
}

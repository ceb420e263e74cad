//! `bulla statement`: what of mine do you still hold?

use super::{
    Access, Ending,
    assess::{evidence, question::Question},
    pins,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use incident::bundle;
use ledger::{Month, Pseudonym};
use report::Language;
use std::path::PathBuf;

/// What is still held of a shipper's month, until when, what was shredded, and who opened what of it and why
///
/// It follows from the ledger alone, which witnesses cosign. With --out, the ledger is written as a bundle: from that, whoever has
/// pins computes the same statement with `bulla-verify BUNDLE --pins FILE --statement SHIPPER/MONTH`.
/// Example: bulla statement --shipper northshop --month 2026-11
#[derive(Args)]
pub struct Statement {
    /// The shipper: its id, or as the ledger calls it
    #[arg(long)]
    shipper: String,
    /// The month of receipt, in UTC: 2026-11
    #[arg(long)]
    month: Month,
    /// Write the bundle that proves it to this file
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write it as a page to this file, and in French beside it (held.html and held.fr.html): one file each that asks nobody for
    /// anything, and prints
    #[arg(long)]
    html: Option<PathBuf>,
    /// What you know of the ledger from elsewhere
    #[arg(long)]
    pins: Option<PathBuf>,
    /// Instead of asking the gateway: a warden's DIR/ledger, or a copy of it
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Statement {
    /// Fetches, computes, prints.
    pub fn run(&self) -> Result<Ending> {
        let shipper = self.shipper()?;
        let dir = std::env::temp_dir();
        let evidence = match &self.ledger {
            Some(ledger) => evidence::read(ledger, &dir)?,
            None => evidence::fetch(&self.access, &dir)?,
        };
        let beside = evidence.beside()?;
        let pins = self.pins.as_deref().map(pins::read).transpose()?;
        let hypothesis = "[[hypothesis]]\nkind = \"storage\"\n";
        let question = Question { evidence: &evidence, beside: &beside, hypothesis, pins: pins.as_ref() };
        let proven = match &self.out {
            Some(path) => question.answer_at(path)?,
            None => question.answer()?,
        };
        let (history, verified) = bundle::open(&proven.octets, pins.as_ref(), &[])?;
        let statement = incident::Statement::of(&history, &shipper, self.month);
        if let Some(english) = &self.html {
            for (path, language) in [(english.clone(), Language::En), (english.with_extension("fr.html"), Language::Fr)]
            {
                let page = report::statement(&statement, verified.verdict, verified.level, language);
                std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
                eprintln!("written: {}", path.display());
            }
        }
        if let Some(path) = &self.out {
            let path = path.display();
            eprintln!(
                "written: {path}; check it: bulla-verify {path} --pins FILE --statement {shipper}/{}",
                self.month
            );
        }
        if self.json {
            println!("{}", String::from_utf8_lossy(&statement.to_bytes()));
        } else {
            print!("{}\n{}", statement.to_text(), verified.to_text());
        }
        Ok(Ending::Done)
    }

    /// The ledger knows pseudonyms only.
    fn shipper(&self) -> Result<Pseudonym> {
        if self.ledger.is_none() {
            let all: gateway::partner::File = self.access.get_json("/v1/partners")?;
            if let Some(own) = all.partner.iter().find(|own| own.id.as_str() == self.shipper) {
                return Ok(own.pseudonym.clone());
            }
        }
        match self.shipper.parse() {
            Ok(pseudonym) => Ok(pseudonym),
            Err(_) => bail!("there is no shipper `{}`\n\nhint: bulla partner list", self.shipper),
        }
    }
}

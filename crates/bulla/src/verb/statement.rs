//! `bulla statement`: what of mine do you still hold?

use super::{
    Access, Ending,
    assess::{evidence, question::Question},
    pins,
};
use crate::{draft::Draft, shell::word};
use anyhow::{Result, anyhow};
use clap::Args;
use gateway::partner::Partner;
use incident::{bundle, statement::Silence};
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
        let in_french = self.html.as_ref().map(|english| english.with_extension("fr.html"));
        let paths = [&self.out, &self.html, &in_french].map(Option::as_deref);
        let [draft, english, french] = Draft::each(paths)?;
        let (shipper, is_ours) = self.shipper()?;
        let dir = std::env::temp_dir();
        let evidence = match &self.ledger {
            Some(ledger) => evidence::read(ledger, &dir)?,
            None => evidence::fetch(&self.access, &dir)?,
        };
        let beside = evidence.beside()?;
        let pins = self.pins.as_deref().map(pins::read).transpose()?;
        let hypothesis = "[[hypothesis]]\nkind = \"storage\"\n";
        let question = Question { evidence: &evidence, beside: &beside, hypothesis, pins: pins.as_ref() };
        let proven = match &draft {
            Some(draft) => question.answer_on(draft.file()?)?,
            None => question.answer()?,
        };
        let (history, verified) = bundle::open(&proven.octets, pins.as_ref(), &[])?;
        let statement = incident::Statement::of(&history, &shipper, self.month);
        let silences = statement.silences(&history);
        if !is_ours && silences.contains(&Silence::Nobody) {
            return Err(self.nobody());
        }
        draft.map_or(Ok(()), Draft::keep)?;
        for silence in &silences {
            eprintln!("note: {silence}");
        }
        for (page, path, language) in [(english, &self.html, Language::En), (french, &in_french, Language::Fr)] {
            let (Some(page), Some(path)) = (page, path) else { continue };
            let text = report::statement(&statement, &silences, verified.verdict, verified.level, language);
            page.write(text.as_bytes())?;
            eprintln!("written: {}", path.display());
        }
        if let Some(path) = &self.out {
            let (shown, path, month) = (path.display(), word(path), self.month);
            eprintln!("written: {shown}; check it: bulla-verify {path} --pins FILE --statement {shipper}/{month}");
        }
        if self.json {
            println!("{}", String::from_utf8_lossy(&statement.to_bytes()));
        } else {
            print!("{}\n{}", statement.to_text(), verified.to_text());
        }
        Ok(Ending::Done)
    }

    /// The ledger knows pseudonyms only. Whether the gateway knows it: officers may not have signed it yet.
    fn shipper(&self) -> Result<(Pseudonym, bool)> {
        if self.ledger.is_none() {
            let all: gateway::partner::File = self.access.get_json("/v1/partners")?;
            let named = |own: &&Partner| [own.id.as_str(), own.pseudonym.as_str()].contains(&self.shipper.as_str());
            if let Some(own) = all.partner.iter().find(named) {
                return Ok((own.pseudonym.clone(), true));
            }
        }
        Ok((self.shipper.parse().map_err(|_| self.nobody())?, false))
    }

    fn nobody(&self) -> anyhow::Error {
        let hint = match self.ledger {
            Some(_) => "name it as the ledger does: `bulla partner list` shows that, where the gateway is",
            None => "bulla partner list",
        };
        anyhow!("there is no shipper `{}`: no policy of the ledger names it\n\nhint: {hint}", self.shipper)
    }
}

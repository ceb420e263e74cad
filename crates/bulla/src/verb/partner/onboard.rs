//! `bulla partner onboard`: what an AS2 partner is told of us, and what it told us of itself.

use crate::verb::{
    Access, Ending,
    access::problem,
    as2::{ours, show},
};
use anyhow::{Context, Result, bail};
use clap::Args;
use gateway::partner::{As2, File};
use std::path::{Path, PathBuf};

/// Connect a partner by AS2: print what it enters on its side, and take over what it has sent back
///
/// Without --name it only prints. Example: bulla partner onboard lakeshop --name LAKESHOP --certificate lakeshop.pem
#[derive(Args)]
pub struct Onboard {
    /// The id that `bulla partner list` shows
    id: String,
    /// Its name in AS2: AS2-From of its messages; case counts
    #[arg(long, requires = "certificate")]
    name: Option<String>,
    /// Its certificate (PEM), with which it signs; one more beside those that are known
    #[arg(long, requires = "name")]
    certificate: Option<PathBuf>,
    /// Where it takes our acknowledgements, encrypted to the same certificate
    #[arg(long, requires = "name")]
    url: Option<String>,
    #[command(flatten)]
    access: Access,
}

impl Onboard {
    pub fn run(&self) -> Result<Ending> {
        let all: File = self.access.get_json("/v1/partners")?;
        let found = all.partner.into_iter().find(|partner| partner.id.as_str() == self.id);
        let mut partner = found.context("no partner of this id")?;
        show(&self.access, &ours(&self.access)?)?;
        let (Some(name), Some(certificate)) = (&self.name, &self.certificate) else {
            eprintln!("next: bulla partner onboard {} --name … --certificate … with what it sends back", self.id);
            return Ok(Ending::Done);
        };
        let as2 = partner.as2.get_or_insert_with(|| As2::named(name));
        as2.name.clone_from(name);
        let pem = read(certificate)?;
        if !as2.signing.contains(&pem) {
            as2.signing.push(pem);
        }
        as2.url = self.url.clone().or_else(|| as2.url.take());
        let file = File { partner: vec![partner], ..Default::default() };
        let answer = self.access.post("/v1/partners", "application/toml", toml::to_string(&file)?.into_bytes())?;
        if answer.status >= 300 {
            bail!("{}", problem(&answer));
        }
        eprintln!("{}: its messages as {name} are taken, signed by this certificate and encrypted to ours", self.id);
        Ok(Ending::Done)
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

//! `bulla partner onboard`: what an AS2 partner is told of us, and what it told us of itself.

use crate::named;
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
/// Without any of what it sent back it only prints. Example: bulla partner onboard lakeshop --name LAKESHOP --certificate lakeshop.pem.
/// When it has a next certificate: bulla partner onboard lakeshop --certificate next.pem; the old one stays until it ends.
#[derive(Args)]
pub struct Onboard {
    /// The id that `bulla partner list` shows
    id: String,
    /// Its name in AS2: AS2-From of its messages; case counts. Needed once
    #[arg(long)]
    name: Option<String>,
    /// Its certificate (PEM), with which it signs; one more beside those that are known
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// Its certificate (PEM) for what it is sent, where that is not the one it signs with; one more beside those that are known
    #[arg(long)]
    encryption: Option<PathBuf>,
    /// Where it takes our acknowledgements, encrypted to its newest valid certificate
    #[arg(long)]
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
        if self.is_nothing() {
            eprintln!("next: bulla partner onboard {} --name … --certificate … with what it sends back", self.id);
            return Ok(Ending::Done);
        }
        let as2 = self.with_what_it_sent(partner.as2.take())?;
        let said = format!(
            "{}: its messages as {} are taken, signed by {} of its certificates and encrypted to ours",
            self.id,
            as2.name,
            as2.signing.len()
        );
        partner.as2 = Some(as2);
        let file = File { partner: vec![partner], ..Default::default() };
        let answer = self.access.post("/v1/partners", "application/toml", toml::to_string(&file)?.into_bytes())?;
        if answer.status >= 300 {
            bail!("{}", problem(&answer));
        }
        eprintln!("{said}");
        Ok(Ending::Done)
    }

    fn is_nothing(&self) -> bool {
        self.name.is_none() && self.certificate.is_none() && self.encryption.is_none() && self.url.is_none()
    }

    /// How it speaks AS2, with what is new of it.
    fn with_what_it_sent(&self, known: Option<As2>) -> Result<As2> {
        let mut as2 = match (known, &self.name) {
            (Some(known), name) => As2 { name: name.clone().unwrap_or_else(|| known.name.clone()), ..known },
            (None, Some(name)) => As2::named(name),
            (None, None) => bail!("it is not connected by AS2 yet: give its --name, and its --certificate"),
        };
        add(&mut as2.signing, self.certificate.as_deref())?;
        add(&mut as2.encryption, self.encryption.as_deref())?;
        as2.url = self.url.clone().or(as2.url);
        Ok(as2)
    }
}

/// One more certificate, unless it is there.
fn add(certificates: &mut Vec<String>, path: Option<&Path>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let pem = read(path)?;
    if !certificates.contains(&pem) {
        certificates.push(pem);
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    named::text(path, named::KEY_OCTETS_MAX)
}

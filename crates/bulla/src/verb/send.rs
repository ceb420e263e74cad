//! `bulla send`: post a document, print its acknowledgement.

mod as2;

use super::{Access, Ending, access::problem, check};
use anyhow::{Result, bail};
use clap::Args;
use std::{io::Write, path::PathBuf};

/// Send an EDI file; its acknowledgement (TA1, 997) goes to standard output
///
/// Example: bulla send examples/manifest-856.edi
///
/// With --as2 it goes as an AS2 message, signed by the demo shipper and encrypted to the gateway, and the signed receipt is
/// checked; the acknowledgement is then `bulla interchange ack`.
#[derive(Args)]
pub struct Send {
    /// The file; - for standard input
    file: PathBuf,
    /// The demo shipper whose token is shown: northshop or lakeshop
    #[arg(long = "as", default_value = "northshop")]
    shipper: String,
    /// Tell what is wrong in the file by this guide, if the agreement names it; a TOML file
    #[arg(long, conflicts_with = "as2")]
    guide: Option<PathBuf>,
    /// As an AS2 message of the demo shipper
    #[arg(long)]
    as2: bool,
    #[command(flatten)]
    access: Access,
}

impl Send {
    pub fn run(&self) -> Result<Ending> {
        let guide = self.guide.as_deref().map(check::read_guide).transpose()?;
        let octets = check::read(&self.file)?;
        if self.as2 {
            return as2::send(&self.access, &self.shipper, &octets);
        }
        let body = octets.to_vec();
        let answer =
            self.access.ask(hyper::Method::POST, "/v1/interchanges", &self.shipper, "application/edi-x12", body)?;
        let header = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
        match answer.status {
            200 | 422 => {
                std::io::stdout().write_all(&answer.body)?;
                if !answer.body.ends_with(b"\n") {
                    println!();
                }
                eprintln!("{}: interchange {}", header("bulla-verdict"), header("bulla-interchange"));
            }
            400 | 403 | 409 | 413 => {
                eprintln!("refused: {}", problem(&answer));
                return Ok(Ending::Refused);
            }
            _ => bail!("{}\n\nhint: nothing was acknowledged; send it again once this is mended", problem(&answer)),
        }
        let findings = check::print_findings(&octets, guide.as_ref(), &mut |line| eprintln!("  {line}"));
        if answer.status == 200 {
            eprintln!("next: bulla delivery list");
            return Ok(Ending::Done);
        }
        if findings == 0 {
            eprintln!(
                "  nothing is wrong in the file itself: its control number, manifest number or receiver was refused"
            );
        }
        Ok(Ending::Refused)
    }
}

//! `bulla as2`: who this gateway is to its AS2 partners.

use super::{Access, Ending, retention, table::time};
use anyhow::Result;
use api::gateway::{As2 as Ours, As2Renewal};
use clap::Subcommand;

/// Who this gateway is to its AS2 partners
#[derive(Subcommand)]
pub enum As2 {
    /// Name, address and certificates: what a partner's software is told
    Show {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Make the next pair of keys, good for two years
    ///
    /// It decrypts at once and signs from its first day on: give partners its certificate before that day. The old ones go on
    /// decrypting until they end.
    Renew {
        /// Its first day (2027-05-01); today where it is left out
        #[arg(long)]
        from: Option<String>,
        #[command(flatten)]
        access: Access,
    },
}

impl As2 {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Show { json, access } => {
                let ours = ours(access)?;
                if *json { println!("{}", serde_json::to_string(&ours)?) } else { show(access, &ours)? }
            }
            Self::Renew { from, access } => {
                let wanted = As2Renewal { from: from.as_deref().map(retention::moment).transpose()? };
                let ours: Ours = access.post_json("/v1/as2/keys", &wanted)?;
                show(access, &ours)?;
                eprintln!("give partners the first certificate; intake goes on with all of them");
            }
        }
        Ok(Ending::Done)
    }
}

/// As the gateway says it.
pub fn ours(access: &Access) -> Result<Ours> {
    access.get_json("/v1/as2")
}

/// What a partner enters on its side.
pub fn show(access: &Access, ours: &Ours) -> Result<()> {
    println!("AS2 name   {}", ours.name);
    println!("URL        {}/as2", access.address()?);
    println!("messages   signed and encrypted; SHA-256 or better, AES-128 or better, RSA; compressed or not");
    println!("receipts   as they are asked for: signed or not, in the answer or, where it was agreed, by themselves");
    for certificate in &ours.certificates {
        let (from, until) = (time(certificate.from), time(certificate.until));
        println!("\ncertificate sha256:{}", certificate.sha256);
        println!("from {from} until {until}{}", if certificate.signs { "; it signs now" } else { "" });
        print!("{}", certificate.pem);
    }
    Ok(())
}

//! `bulla partner`: shippers, carriers and their agreements.

mod onboard;

use super::{
    Access, Ending,
    access::problem,
    authority,
    table::{self, Table},
};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use gateway::partner::File;
use std::path::{Path, PathBuf};

/// Shippers, carriers and their agreements
#[derive(Subcommand)]
pub enum Partner {
    /// Everyone, with their agreements; the ends of carriers' certificates are in /metrics
    List {
        #[command(flatten)]
        access: Access,
    },
    /// One of them, as JSON
    Show {
        /// The id that `bulla partner list` shows
        id: String,
        #[command(flatten)]
        access: Access,
    },
    Onboard(onboard::Onboard),
    /// Take over partners and agreements from a TOML file, or all *.toml of a folder
    ///
    /// To whom documents are encrypted, and who exchanges with whom, is used only once officers have signed it: see
    /// `bulla authority`. The demo's own file is bulla-data/demo/partners.toml: change a status there to `suspended`, apply
    /// it, and send.
    Apply {
        /// The file or folder
        path: PathBuf,
        /// An officer's private key, to sign at once what needs it; the demo's is found in --data
        #[arg(long)]
        authority_key: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
}

impl Partner {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::List { access } => list(access)?,
            Self::Show { id, access } => {
                let all: File = access.get_json("/v1/partners")?;
                let found = all.partner.iter().find(|partner| partner.id.as_str() == id);
                println!("{}", serde_json::to_string_pretty(found.context("no partner of this id")?)?);
            }
            Self::Onboard(it) => return it.run(),
            Self::Apply { path, authority_key, access } => {
                for file in files(path)? {
                    let text = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                    let answer = access.post("/v1/partners", "application/toml", text)?;
                    if answer.status >= 300 {
                        bail!("{}: {}", file.display(), problem(&answer));
                    }
                    eprintln!("{}: applied", file.display());
                }
                return authority::decide(access, authority_key.as_deref());
            }
        }
        Ok(Ending::Done)
    }
}

fn list(access: &Access) -> Result<()> {
    let all: File = access.get_json("/v1/partners")?;
    let mut table = Table::new(&["PARTNER", "NAME", "IN THE LEDGER", "EDI"]);
    for item in all.partner {
        table.row([item.id.to_string(), item.name, item.pseudonym.to_string(), table::list(&item.edi)]);
    }
    table.print();
    println!();
    let mut table = Table::new(&["AGREEMENT", "SHIPPER", "CARRIER", "STATUS", "DAYS KEPT"]);
    for item in all.agreement {
        let days = item.retention_days.iter().map(|(class, days)| format!("{class} {days}"));
        let days = days.collect::<Vec<_>>().join(", ");
        let ids = [item.id.to_string(), item.shipper.to_string(), item.carrier.to_string()];
        table.row(ids.into_iter().chain([item.status.to_string(), days]));
    }
    table.print();
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    Ok(files)
}

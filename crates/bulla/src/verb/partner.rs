//! `bulla partner`: shippers, carriers and their agreements.

mod onboard;

use super::{
    Access, Ending,
    access::problem,
    authority,
    table::{self, Table},
};
use crate::named;
use anyhow::{Result, bail};
use clap::Subcommand;
use gateway::partner::File;
use manifest::guide::Guide;
use std::path::{Path, PathBuf};

/// Shippers, carriers and their agreements
#[derive(Subcommand)]
pub enum Partner {
    /// Everyone, with their agreements; the ends of carriers' certificates are in /metrics
    List {
        #[command(flatten)]
        access: Access,
    },
    /// One of them, as JSON; or a guide, as it was applied
    Show {
        /// The id or the guide's name that `bulla partner list` shows
        id: String,
        #[command(flatten)]
        access: Access,
    },
    Onboard(onboard::Onboard),
    /// Take over partners, agreements and guides from a TOML file, or all *.toml of a folder
    ///
    /// A guide is a file of its own, which agreements name (`guide = "…"`): it says what is right in a partner's documents, and
    /// counts from the next document on. What is wrong in it is refused with its line, and the guide that was there stays.
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
                let guide = guides(&all).find(|(guide, _)| guide.name == *id);
                match (found, guide) {
                    (Some(partner), _) => println!("{}", serde_json::to_string_pretty(partner)?),
                    (None, Some((_, text))) => print!("{text}"),
                    (None, None) => bail!("no partner and no guide of this name"),
                }
            }
            Self::Onboard(it) => return it.run(),
            Self::Apply { path, authority_key, access } => {
                for (file, text) in files(path)? {
                    let answer = access.post("/v1/partners", "application/toml", text.into_bytes())?;
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
    let read: Vec<_> = guides(&all).map(|(guide, _)| [guide.name, guide.messages.join(", "), guide.about]).collect();
    let mut table = Table::new(&["PARTNER", "NAME", "IN THE LEDGER", "EDI"]);
    for item in all.partner {
        table.row([item.id.to_string(), item.name, item.pseudonym.to_string(), table::list(&item.edi)]);
    }
    table.print();
    println!();
    let mut table = Table::new(&["AGREEMENT", "SHIPPER", "CARRIER", "STATUS", "GUIDE", "DAYS KEPT"]);
    for item in all.agreement {
        let days = item.retention_days.iter().map(|(class, days)| format!("{class} {days}"));
        let days = days.collect::<Vec<_>>().join(", ");
        let ids = [item.id.to_string(), item.shipper.to_string(), item.carrier.to_string()];
        let guide = item.guide.unwrap_or_else(|| "-".to_owned());
        table.row(ids.into_iter().chain([item.status.to_string(), guide, days]));
    }
    table.print();
    if !read.is_empty() {
        println!();
        let mut table = Table::new(&["GUIDE", "MESSAGES", "ABOUT"]);
        read.into_iter().for_each(|row| table.row(row));
        table.print();
    }
    Ok(())
}

/// The gateway has read each of them; this program may be older, and passes over what it does not know.
fn guides(file: &File) -> impl Iterator<Item = (Guide, &str)> {
    file.guide.iter().filter_map(|text| Some((Guide::parse(text).ok()?, text.as_str())))
}

/// Guides come before whatever may name them.
fn files(path: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let all = std::fs::read_dir(path)?.flatten().map(|entry| entry.path());
        paths = all.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
        paths.sort();
    }
    let read = |path: PathBuf| {
        let text = named::text(&path, named::PAPER_OCTETS_MAX)?;
        Ok((path, text))
    };
    let mut files = paths.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    files.sort_by_key(|(_, text)| File::read(text).is_ok_and(|file| file.guide.is_empty()));
    Ok(files)
}

//! `bulla token`: what may be asked of the HTTP interface, by whom, until when.

use super::{
    Access, Ending,
    access::json,
    table::{self, Table, or_none},
};
use anyhow::{Context, Result, bail};
use api::gateway::{IssuedToken, Scope, Token as Listed, WantedToken};
use clap::{Args, Subcommand};
use ledger::Time;
use std::path::PathBuf;

const DAY: i64 = 86_400_000;

/// Tokens of the HTTP interface: what each is good for, and until when
#[derive(Subcommand)]
pub enum Token {
    Issue(Issue),
    /// All of them; never the token itself
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Take one back: it is good for nothing from now on
    Revoke {
        /// The id that `bulla token list` shows
        id: String,
        #[command(flatten)]
        access: Access,
    },
}

/// Make a token and print it, this once: the gateway keeps its digest only
///
/// Example: bulla token issue "north shop's ERP" --partner northshop --scope send --scope read > northshop.token
#[derive(Args)]
pub struct Issue {
    /// What it is for: a line that tells it from others in the list
    label: String,
    /// Whose it is; without it, an operator's
    #[arg(long)]
    partner: Option<String>,
    /// What it is good for, several times: a partner's send, read, find; an operator's all of read, find, deliver, open,
    /// retention, assess, partners, policy, tokens
    #[arg(long, required = true)]
    scope: Vec<Scope>,
    /// For how many days, at most 1095
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// Write it to this new file, for its owner only, instead of stdout
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

impl Token {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Issue(it) => it.run()?,
            Self::List { json: as_json, access } => list(access, *as_json)?,
            Self::Revoke { id, access } => {
                let path = format!("/v1/tokens/{id}/revoke");
                let token: Listed = json(&access.post(&path, "application/json", Vec::new())?)?;
                eprintln!("{} ({}) is revoked", token.id, token.label);
            }
        }
        Ok(Ending::Done)
    }
}

impl Issue {
    fn run(&self) -> Result<()> {
        if let Some(there) = self.out.as_ref().filter(|path| path.exists()) {
            bail!("{} is there already", there.display());
        }
        let wanted = WantedToken {
            label: self.label.clone(),
            partner: self.partner.clone(),
            scopes: self.scope.iter().copied().collect(),
            days: Some(self.days),
        };
        let IssuedToken { token, secret } = self.access.post_json("/v1/tokens", &wanted)?;
        match &self.out {
            Some(path) => durable::replace(path, secret.as_bytes()).with_context(|| {
                format!("{} is issued, and could not be written: revoke it and issue another", token.id)
            })?,
            None => println!("{}", *secret),
        }
        eprintln!("{} is good for {}, until {}; it is not shown again", token.id, scopes(&token), or_none(token.ends));
        Ok(())
    }
}

fn scopes(token: &Listed) -> String {
    token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

fn list(access: &Access, as_json: bool) -> Result<()> {
    let all: Vec<Listed> = access.get_json("/v1/tokens")?;
    if as_json {
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    let mut table = Table::new(&["TOKEN", "LABEL", "OF", "SCOPES", "ENDS", "LAST USE", "MADE BY"]);
    for token in all {
        let (scopes, ends) = (scopes(&token), ends(&token));
        let whose = token.partner.unwrap_or_else(|| "operator".to_owned());
        table.row([token.id, token.label, whose, scopes, ends, or_none(token.used), or_none(token.by)]);
    }
    table.print();
    Ok(())
}

/// By this machine's clock, as people read it.
fn ends(token: &Listed) -> String {
    if let Some(revoked) = token.revoked {
        return format!("revoked {}", table::time(revoked));
    }
    let Some(ends) = token.ends else { return "never (configured)".to_owned() };
    let now = jiff::Timestamp::now().as_millisecond();
    let left = (ends.milliseconds() - now).div_euclid(DAY);
    let day: String = Time::to_string(&ends).chars().take(10).collect();
    if left < 0 { format!("ended {day}") } else { format!("{day}, {left} days") }
}

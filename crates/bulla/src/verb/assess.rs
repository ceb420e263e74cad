//! `bulla assess`: replays the ledger and the batches' headers, computes the exposure here, and packs the proof.

mod dates;
pub mod evidence;
pub mod question;
pub mod signed;

use super::{Access, Ending, pins, retention};
use crate::{
    draft::{self, Draft},
    named,
    shell::word,
};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use gateway::{Clock, clock::System};
use incident::{Hypotheses, hypothesis};
use question::Question;
use report::Language;
use std::path::PathBuf;

/// What doc comments cannot show: lines.
const SEVERAL: &str = "\
Several things that happened, in a file for --hypothesis, which is one question; each has the keys of its kind alone:

  [[hypothesis]]
  kind = \"storage\"

  [[hypothesis]]
  kind = \"host\"
  from = 2026-11-02T00:00:00Z
  to = 2026-11-20T00:00:00Z
  workers = [\"gw-1\"]

Kinds:
  storage      the gateway's disk, database or backups were copied
  host         the gateway's host was taken: who was there saw what passed through
  warden       the host with the private keys was taken
  co-holder    the host of another organisation that holds a second layer's key
  collusion    warden and co-holder together
  principal    a person's or program's key that may ask for openings (principal)
  carrier-key  a carrier's private key, with delivery copies (certificate)
  traffic      one of the gateway's own keys, with recorded traffic (certificate)";

/// At most what could have been read, under a stated hypothesis, with proof
///
/// Example: bulla assess --kind host --from 2026-11-02 --until 2026-11-20 --out assessment
///
/// The gateway is gone, or not to be asked: bulla assess --kind storage --out assessment --ledger bulla-data/warden/ledger
#[derive(Args)]
#[command(after_long_help = SEVERAL)]
pub struct Assess {
    /// A TOML file with one or more `[[hypothesis]]` tables; a `from` or `to` may be written as for --from
    #[arg(long, conflicts_with = "kind")]
    hypothesis: Option<PathBuf>,
    /// Instead of a file, one of: storage, host, warden, co-holder, principal, carrier-key, traffic, collusion
    #[arg(long)]
    kind: Option<String>,
    /// From when: a day, from its midnight in UTC (2026-11-02), or a moment (RFC 3339: 2026-11-02T08:30:00-05:00); absent: unknown
    #[arg(long, requires = "kind")]
    from: Option<String>,
    /// Until when, written likewise; absent: until now
    #[arg(long, requires = "kind")]
    until: Option<String>,
    /// Which workers were taken, for kind host
    #[arg(long, requires = "kind", value_delimiter = ',')]
    workers: Vec<String>,
    /// Whose key was taken, for kind principal
    #[arg(long, requires = "kind")]
    principal: Option<String>,
    /// `sha256:…` of the carrier's certificate, for kind carrier-key; of one of our own, for kind traffic (`bulla as2 show`)
    #[arg(long, requires = "kind")]
    certificate: Option<String>,
    /// Where bundle.bulla, assessment.json and assessment.txt are written
    #[arg(long)]
    out: PathBuf,
    /// What you know of the ledger from elsewhere: it decides the level, and what a date needs. Without it the level is 0
    #[arg(long)]
    pins: Option<PathBuf>,
    /// Instead of asking the gateway: a warden's DIR/ledger, or a copy of it (it holds no key). Nothing is confirmed then, and
    /// partners have no names
    #[arg(long, conflicts_with = "to")]
    ledger: Option<PathBuf>,
    /// Shippers' signed totals of what they sent, files or folders, whose *.json are read: they bound a taken host (`bulla totals`)
    #[arg(long)]
    totals: Vec<PathBuf>,
    /// Co-holders' signed lists of what they unwrapped, files or folders, whose *.json are read: under a taken warden only what is on
    /// them counts
    #[arg(long)]
    unwraps: Vec<PathBuf>,
    /// Also write the page assessment.html, and assessment.fr.html in French: pictures and tables in one file that asks nobody for
    /// anything, and prints
    #[arg(long)]
    html: bool,
    /// Print the assessment as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

/// Says of a beginning that has not come that nothing is known of what comes until then: less is reached, and that is no answer to what was.
fn say_what_is_to_come(hypotheses: &Hypotheses) {
    let now = System.now();
    let begins = hypotheses.list().iter().filter_map(|own| own.from);
    if let Some(from) = { begins }.find(|from| *from > now) {
        eprintln!(
            "note: the hypothesis begins at {from}, and it is {now}: what comes until then is in no figure, and what is there now may be gone"
        );
    }
}

impl Assess {
    /// Fetches, computes, writes, prints.
    pub fn run(&self) -> Result<Ending> {
        let hypothesis = self.hypothesis()?;
        // Before anything is fetched: that of a large ledger takes minutes.
        let read = Hypotheses::parse(&hypothesis)
            .map_err(|fault| anyhow!("{fault}\n\nhint: `bulla assess --help` has an example"))?;
        say_what_is_to_come(&read);
        let dir = &self.out;
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let evidence = match &self.ledger {
            Some(ledger) => evidence::read(ledger, dir)?,
            None => evidence::fetch(&self.access, dir)?,
        };
        let mut beside = evidence.beside()?;
        beside.totals = signed::read(&self.totals, named::PAPER_OCTETS_MAX, "totals")?;
        if !self.totals.is_empty() {
            eprintln!("totals read: {}", beside.totals.len());
        }
        beside.unwraps = signed::read(&self.unwraps, named::LIST_OCTETS_MAX, "what a co-holder unwrapped")?;
        let pins = self.pins.as_deref().map(pins::read).transpose()?;
        let question = Question { evidence: &evidence, beside: &beside, hypothesis: &hypothesis, pins: pins.as_ref() };
        let draft = Draft::of(&dir.join("bundle.bulla"))?;
        let proven = question.answer_on(draft.file()?)?;
        draft.keep()?;
        let json = proven.assessment.to_bytes();
        let text = proven.assessment.to_text();
        let mut files = vec![("assessment.json", json.clone()), ("assessment.txt", text.clone().into_bytes())];
        if self.html {
            let page = |language| report::page(&proven.assessment, language).into_bytes();
            files.extend([("assessment.html", page(Language::En)), ("assessment.fr.html", page(Language::Fr))]);
        }
        self.write(&files)?;
        if self.json {
            println!("{}", String::from_utf8_lossy(&json));
        } else {
            let named = if self.ledger.is_some() { text } else { evidence::with_names(text, &self.access)? };
            print!("{named}");
        }
        let dir = self.out.display();
        let names = ["bundle.bulla"].into_iter().chain(files.iter().map(|(name, _)| *name));
        let names: Vec<_> = names.map(|name| format!("{dir}/{name}")).collect();
        let bundle = word(&self.out.join("bundle.bulla"));
        eprintln!("written: {}; check it: bulla verify {bundle} --pins FILE", names.join(", "));
        Ok(Ending::Done)
    }

    fn write(&self, files: &[(&str, Vec<u8>)]) -> Result<()> {
        for (name, octets) in files {
            draft::write(&self.out.join(name), octets)?;
        }
        Ok(())
    }

    fn hypothesis(&self) -> Result<String> {
        if let Some(path) = &self.hypothesis {
            return dates::in_full(&named::text(path, hypothesis::OCTETS_MAX as u64)?);
        }
        let Some(kind) = &self.kind else { bail!("state a hypothesis\n\nhint: --hypothesis FILE, or --kind storage") };
        let mut text = format!("[[hypothesis]]\nkind = {}\n", quoted(kind));
        for (name, moment) in [("from", &self.from), ("to", &self.until)] {
            if let Some(moment) = moment {
                text += &format!("{name} = {}\n", retention::moment(moment)?);
            }
        }
        if !self.workers.is_empty() {
            text += &format!("workers = [{}]\n", self.workers.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(", "));
        }
        for (name, value) in [("principal", &self.principal), ("certificate", &self.certificate)] {
            if let Some(value) = value {
                text += &format!("{name} = {}\n", quoted(value));
            }
        }
        Ok(text)
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

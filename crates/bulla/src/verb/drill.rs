//! `bulla drill`: the story that this software was made for, told again, with the answer that took six months.

mod png;
mod progress;
mod written;

use super::Ending;
use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use drill::{Audience, picture, words};
use progress::Bar;
use report::Language;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What can be drilled.
#[derive(Subcommand)]
pub enum Drill {
    /// November 2020: 44 shippers' manifests of July 2016 to March 2019, and what of them could have been read
    ///
    /// Everything is made up and nothing leaves this process: manifests are written, read, sealed and entered as a gateway would,
    /// on a clock of the drill's own, keys are destroyed by the warden's rules, and each figure is assessed from the ledger, proven,
    /// verified, and compared with a count of the manifests' text. Exit code 1: a figure differs, and the drill is failed.
    /// Example: bulla drill canada-post --recipients 20000 --svg drill.svg
    CanadaPost(CanadaPost),
}

/// The story's options.
#[derive(Args)]
pub struct CanadaPost {
    /// How many there are, from 1,000 to 10,000,000
    #[arg(long, default_value_t = 950_000)]
    recipients: u64,
    /// Another seed makes up another estate of the same size
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    /// Write the picture here
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Write the picture here as PNG, with this machine's fonts, for where no SVG can be shown
    #[arg(long)]
    png: Option<PathBuf>,
    /// Write each answer's bundle here, with the pins that `bulla verify` and `bulla-verify` want; some 40 MB each at full size
    #[arg(long)]
    out: Option<PathBuf>,
    /// Of the table and the picture
    #[arg(long, value_enum, default_value = "en")]
    language: Tongue,
}

/// In which language.
#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    /// English
    En,
    /// French
    Fr,
}

impl Drill {
    /// Runs it.
    pub fn run(&self) -> Result<Ending> {
        let Self::CanadaPost(it) = self;
        it.run()
    }
}

impl CanadaPost {
    fn run(&self) -> Result<Ending> {
        let language = match self.language {
            Tongue::En => Language::En,
            Tongue::Fr => Language::Fr,
        };
        if !self.json {
            println!("{}\n", words::story(language, drill::plan::SHIPPERS, self.recipients));
        }
        if let Some(dir) = &self.out {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        // Both stories are told at the same time.
        let listener = Listener { bar: Bar::of(2 * self.recipients), out: self.out.as_deref() };
        let outcome = drill::run(self.seed, self.recipients, &listener)?;
        drop(listener);
        self.draw(&picture::svg(&outcome, language))?;
        if let Some(dir) = &self.out {
            write(&dir.join("kept.pins.toml"), outcome.pins[0].as_bytes())?;
            write(&dir.join("forgotten.pins.toml"), outcome.pins[1].as_bytes())?;
        }
        if self.json {
            println!("{}", String::from_utf8_lossy(&written::json(&outcome)));
        } else {
            written::print(&outcome, language);
        }
        let differs = outcome.differs();
        for one in &differs {
            eprintln!("FAILED: {one}");
        }
        Ok(if differs.is_empty() { Ending::Done } else { Ending::Refused })
    }
}

impl CanadaPost {
    fn draw(&self, svg: &str) -> Result<()> {
        if let Some(path) = &self.svg {
            write(path, svg.as_bytes())?;
        }
        if let Some(path) = &self.png {
            write(path, &png::png(svg)?)?;
        }
        Ok(())
    }
}

/// Shows how far it is, and keeps what is to be kept.
struct Listener<'o> {
    bar: Bar,
    out: Option<&'o Path>,
}

impl Audience for Listener<'_> {
    fn heard(&self, recipients: u32) {
        self.bar.add(recipients.into());
    }

    fn bundle(&self, name: &str, octets: &[u8]) -> io::Result<()> {
        self.out.map_or(Ok(()), |dir| std::fs::write(dir.join(format!("{name}.bulla")), octets))
    }
}

fn write(path: &Path, octets: &[u8]) -> Result<()> {
    std::fs::write(path, octets).with_context(|| format!("cannot write {}", path.display()))
}

//! `bulla drill`: the story that this software was made for, told again, with the answer that took six months.

mod png;
mod progress;
mod written;

use super::Ending;
use crate::draft::{self, Draft};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum, value_parser};
use drill::{
    Audience, picture,
    plan::{RECIPIENTS_MAX, RECIPIENTS_MIN},
    words,
};
use png::Fonts;
use progress::Bar;
use report::Language;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
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
    #[arg(long, default_value_t = 950_000, value_parser = value_parser!(u64).range(RECIPIENTS_MIN..=RECIPIENTS_MAX))]
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
    /// Write each answer's bundle here, with the pins that `bulla verify` and `bulla-verify` want: ten files of 30 to 35 MB at 5,000
    /// recipients, of 54 to 97 MB at 950,000
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
        let files = self.begin()?;
        if !self.json {
            println!("{}\n", words::story(language, drill::plan::SHIPPERS, self.recipients));
        }
        // Both stories are told at the same time.
        let bar = Bar::of(2 * self.recipients);
        let listener = Listener { bar, out: self.out.as_deref(), written: Mutex::default() };
        let outcome = drill::run(self.seed, self.recipients, &listener)?;
        let bundles = listener.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        drop(listener.bar);
        let drawn = picture::svg(&outcome, language);
        files.svg.map_or(Ok(()), |svg| svg.write(drawn.as_bytes()))?;
        files.png.map_or(Ok(()), |(png, fonts)| png.write(&png::png(&drawn, &fonts)?))?;
        if self.json {
            println!("{}", String::from_utf8_lossy(&written::json(&outcome)));
        } else {
            written::print(&outcome, language);
        }
        if let (Some(dir), Some(pins)) = (&self.out, files.pins) {
            pins.write(outcome.pins.as_bytes())?;
            eprintln!("\n{}", written::checks(bundles, &dir.join(PINS)));
        }
        let differs = outcome.differs();
        for one in &differs {
            eprintln!("FAILED: {one}");
        }
        Ok(if differs.is_empty() { Ending::Done } else { Ending::Refused })
    }

    /// Before the run, which takes minutes: whether what comes of it can be written, and by nobody else meanwhile.
    fn begin(&self) -> Result<Files> {
        if let Some(dir) = &self.out {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        let pins = self.out.as_ref().map(|dir| dir.join(PINS));
        let [pins, svg, png] = Draft::each([pins.as_deref(), self.svg.as_deref(), self.png.as_deref()])?;
        for (path, picture) in [(&self.svg, &svg), (&self.png, &png)] {
            if let (Some(dir), Some(path), Some(picture)) = (&self.out, path, picture)
                && picture.is_in(dir, BUNDLE)
            {
                bail!("cannot write {}: bundles are to be there", path.display());
            }
        }
        let png = png.map(|png| Ok::<_, anyhow::Error>((png, Fonts::here()?))).transpose()?;
        Ok(Files { pins, svg, png })
    }
}

/// What the run holds until its end. `pins` stands for all that is in its folder: so the bundles in one are of one run.
struct Files {
    pins: Option<Draft>,
    svg: Option<Draft>,
    png: Option<(Draft, Fonts)>,
}

/// In the folder of the bundles.
const PINS: &str = "pins.toml";
/// How a bundle's name ends.
const BUNDLE: &str = "bulla";

/// Shows how far it is, and keeps what is to be kept.
struct Listener<'o> {
    bar: Bar,
    out: Option<&'o Path>,
    written: Mutex<Vec<PathBuf>>,
}

impl Audience for Listener<'_> {
    fn heard(&self, recipients: u32) {
        self.bar.add(recipients.into());
    }

    fn bundle(&self, name: &str, octets: &[u8]) -> io::Result<()> {
        let Some(dir) = self.out else { return Ok(()) };
        let path = dir.join(format!("{name}.{BUNDLE}"));
        draft::write(&path, octets).map_err(|error| io::Error::other(format!("{error:#}")))?;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(path);
        Ok(())
    }
}

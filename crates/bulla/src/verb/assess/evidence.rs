//! What an assessment is made from: the ledger and what stands beside it, from a gateway or from the ledger's own files.

use crate::verb::{Access, access, log};
use anyhow::{Context, Result, bail};
use api::warden::Head;
use incident::bundle::{Entries, Lines, write_leaf};
use ledger::{Confirmation, canonical};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

/// Leaves up to the checkpoint, and what stands beside them. A large ledger is gigabytes: entries, headers and carriers' words lie in
/// files without a name, which are gone with this.
pub struct Evidence {
    pub note: Vec<u8>,
    pub leaves: Entries<File>,
    headers: File,
    confirmations: File,
}

impl Evidence {
    /// What stands beside the leaves. Whoever gave it may be whom the assessment is about: what they leave out, or spoil, costs
    /// precision and never the answer.
    pub fn beside(&self) -> Result<Lines<'_, File>> {
        let (beside, wrong) = Lines::of(&self.headers)?;
        left_out(wrong, "batches' headers");
        Ok(beside.confirmed(&self.confirmations)?)
    }
}

/// As the gateway gives and passes it on; its files are in this directory.
pub fn fetch(access: &Access, dir: &Path) -> Result<Evidence> {
    settle(access)?;
    wait_for_cosignature(access)?;
    let note = log::checkpoint(access)?;
    let mut leaves = Draft::new(dir)?;
    log::each_leaf(access, 0, log::size_of(&note)?, |leaf| leaves.write(|file| write_leaf(file, leaf)))?;
    let mut headers = Draft::new(dir)?;
    log::each_line(access, "/v1/batches", |line| headers.line(line))?;
    let (mut confirmations, mut wrong) = (Draft::new(dir)?, 0);
    log::each_line(access, "/v1/confirmations", |line| match serde_json::from_slice::<Confirmation>(line) {
        Ok(confirmation) => confirmations.line(&canonical::bytes(&confirmation)),
        Err(_) => wrong += 1,
    })?;
    left_out(wrong, "carriers' confirmations");
    let (leaves, headers, confirmations) = (Entries(leaves.done()?), headers.done()?, confirmations.done()?);
    Ok(Evidence { note: note.into_bytes(), leaves, headers, confirmations })
}

/// From a warden's `DIR/ledger`; its files are in this directory.
pub fn read(ledger: &Path, dir: &Path) -> Result<Evidence> {
    let not_one = || {
        format!(
            "{} is not a warden's ledger\n\nhint: the directory DIR/ledger of a warden, with its files checkpoint, log and headers",
            ledger.display()
        )
    };
    let note = warden::kept::checkpoint(ledger).with_context(not_one)?;
    let mut left = log::size_of(std::str::from_utf8(&note).with_context(not_one)?)?;
    let (mut leaves, mut headers) = (Draft::new(dir)?, Draft::new(dir)?);
    let entries = warden::kept::entries(ledger, |leaf| {
        if left > 0 {
            left -= 1;
            leaves.write(|file| write_leaf(file, &leaf));
        }
    });
    entries.with_context(not_one)?;
    if let Err(why) = warden::kept::headers(ledger, |header| headers.line(&header)) {
        eprintln!("batches whose headers are missing count with all that they can hold: {why}");
    }
    let (leaves, headers, confirmations) = (Entries(leaves.done()?), headers.done()?, Draft::new(dir)?.done()?);
    Ok(Evidence { note, leaves, headers, confirmations })
}

/// A file without a name that is being written; what goes wrong is told at its end.
struct Draft {
    file: BufWriter<File>,
    written: io::Result<()>,
}

impl Draft {
    fn new(dir: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(dir).with_context(|| format!("cannot write in {}", dir.display()))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 18, file), written: Ok(()) })
    }

    fn write(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        if self.written.is_ok() {
            self.written = write(&mut self.file);
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.write(|file| {
            file.write_all(line)?;
            file.write_all(b"\n")
        });
    }

    fn done(self) -> Result<File> {
        let failed = "cannot write what the assessment is made from";
        self.written.context(failed)?;
        self.file.into_inner().context(failed)
    }
}

fn left_out(wrong: usize, what: &str) {
    if wrong > 0 {
        eprintln!("{wrong} of the {what} cannot be read and are left out");
    }
}

/// A gateway that answers has everything entered, and stores nothing meanwhile: what it could have stored counts otherwise.
fn settle(gateway: &Access) -> Result<()> {
    let answer = gateway.post("/v1/settle", "application/json", Vec::new())?;
    match answer.status {
        200..300 => Ok(()),
        401 | 403 => bail!("{}", access::problem(&answer)),
        _ => {
            eprintln!("the gateway cannot say now that all it has is in the ledger: what it may have beyond counts");
            Ok(())
        }
    }
}

/// Gives the witness a moment to cosign what was written last; without it the assessment is as of an older checkpoint.
fn wait_for_cosignature(access: &Access) -> Result<()> {
    let mut wanted = None;
    for _ in 0..30 {
        let head: Head = access.get_json("/v1/ledger/head")?;
        let wanted = *wanted.get_or_insert(head.size);
        if head.cosigned_size >= wanted {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    eprintln!("the newest entries are not cosigned: the witness does not answer; this is as of an older checkpoint");
    Ok(())
}

/// The ledger knows pseudonyms only; whoever reads on this screen may know the names.
pub fn with_names(text: String, access: &Access) -> Result<String> {
    let all: gateway::partner::File = access.get_json("/v1/partners")?;
    let named = |text: String, partner: &gateway::partner::Partner| {
        let pseudonym = partner.pseudonym.as_str();
        text.replace(pseudonym, &format!("{pseudonym} ({})", partner.id))
    };
    Ok(all.partner.iter().fold(text, named))
}

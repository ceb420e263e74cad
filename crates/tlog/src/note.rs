//! Signed notes (C2SP signed-note): a text, an empty line, signature lines.

use crate::{
    Algorithm, Checkpoint, Error, Signer, Verifier, cosignature,
    error::malformed,
    key::check_name,
    text::{self, is_note_text},
};
use std::fmt;

/// Signature lines in a note. Each known one costs a verification; C2SP asks for at least 16.
pub const SIGNATURES_MAX: usize = 100;

/// Octets of a note: a hundred signatures of the largest post-quantum kind (5 kB, as base64 6.7 kB) and a text.
pub const NOTE_OCTETS_MAX: usize = 1_000_000;

const DASH: &str = "\u{2014} ";

/// One signature line: `— name base64(id || signature)`. Displayed with its final newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    id: u32,
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(crate) fn new(name: &str, id: u32, signature: Vec<u8>) -> Self {
        Self { name: name.to_owned(), id, signature }
    }

    /// Reads one line without its newline.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(line: &str) -> Result<Self, Error> {
        let wrong = || malformed("signature line");
        let (name, base64) = line.strip_prefix(DASH).and_then(|l| l.split_once(' ')).ok_or_else(wrong)?;
        check_name(name).map_err(|_| wrong())?;
        let octets = text::base64_octets(base64).map_err(|_| wrong())?;
        let (id, signature) = octets.split_first_chunk::<4>().ok_or_else(wrong)?;
        if signature.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes(*id), signature: signature.to_vec() })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// When a cosignature with this line says that it was made, in seconds since 1970-01-01T00:00:00Z. A claim until
    /// the line is verified; of any other kind of signature it means nothing.
    pub fn claimed_time(&self) -> Option<u64> {
        cosignature::claimed_time(&self.signature)
    }

    /// The octets after the id.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether name and id are this key's; says nothing about the signature.
    pub fn is_by(&self, verifier: &Verifier) -> bool {
        self.name == verifier.name() && self.id == verifier.id()
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = [&self.id.to_be_bytes(), self.signature.as_slice()].concat();
        writeln!(f, "{DASH}{} {}", self.name, text::base64(&octets))
    }
}

/// A note of which at least one known key's signature was verified, and none failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The signed text, ending in a newline.
    pub text: String,
    /// The signatures of known keys, all verified, in the note's order.
    pub signatures: Vec<Verified>,
    /// How many signatures of other keys there were; nothing is known about these.
    pub unknown: usize,
}

impl Opened {
    /// Reads the text as a checkpoint.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        Checkpoint::parse(&self.text)
    }

    /// This key's signature, if the note has it.
    pub fn by(&self, verifier: &Verifier) -> Option<&Verified> {
        self.signatures.iter().find(|s| s.verifier == *verifier)
    }
}

/// A verified signature of a known key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key whose signature it is.
    pub verifier: Verifier,
    /// For a cosignature when it was made, in seconds since 1970-01-01T00:00:00Z, as the witness says.
    pub time: Option<u64>,
    /// The line itself, to be copied to another note of the same text.
    pub line: SignatureLine,
}

/// A note of `text` with the signature of a log's key (type 0x01).
///
/// # Errors
/// [`Error::Malformed`] unless the text ends in a newline and has no other control character.
pub fn sign(text: &str, signer: &Signer) -> Result<String, Error> {
    check_text(text)?;
    Ok(format!("{text}\n{}", sign_line(text, signer)?))
}

/// Only the signature line of [`sign`].
///
/// # Errors
/// As [`sign`].
pub fn sign_line(text: &str, signer: &Signer) -> Result<SignatureLine, Error> {
    check_text(text)?;
    Ok(SignatureLine::new(signer.name(), signer.id(), signer.signature(text.as_bytes()).to_vec()))
}

/// Adds a signature line to a note; a line of the same name and id gives way to it. Nothing is verified.
///
/// # Errors
/// [`Error::Malformed`], [`Error::TooLarge`], [`Error::TooManySignatures`], for the note and for the result.
pub fn append(note: &str, line: &SignatureLine) -> Result<String, Error> {
    let (text, mut lines) = split(note.as_bytes())?;
    lines.retain(|l| (&l.name, l.id) != (&line.name, line.id));
    lines.push(line.clone());
    if lines.len() > SIGNATURES_MAX {
        return Err(Error::TooManySignatures);
    }
    let whole = lines.iter().fold(format!("{text}\n"), |note, line| note + &line.to_string());
    check_length(whole.len())?;
    Ok(whole)
}

/// Opens a note: every signature with the name and id of a known key is verified.
///
/// One known signature is enough here, be it a witness's alone. Who must have signed is the caller's rule:
/// [`Opened::by`] answers it key by key.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::TooManySignatures`], [`Error::Malformed`] for what is no note;
/// [`Error::DuplicateSignature`], [`Error::BadSignature`] if a known key's signature occurs twice or fails, whatever
/// the others say; [`Error::NoKnownSignature`]; [`Error::AmbiguousKey`] if two of `verifiers` fit a line.
pub fn open(note: &[u8], verifiers: &[Verifier]) -> Result<Opened, Error> {
    let (text, lines) = split(note)?;
    let mut signatures: Vec<Verified> = Vec::new();
    let mut unknown = 0;
    for line in lines {
        let mut known = verifiers.iter().filter(|v| line.is_by(v));
        let Some(verifier) = known.next() else {
            unknown += 1;
            continue;
        };
        let id = line.id;
        if known.next().is_some() {
            return Err(Error::AmbiguousKey { id });
        }
        if signatures.iter().any(|s| s.line.is_by(verifier)) {
            return Err(Error::DuplicateSignature { id });
        }
        let time = verify(text, &line, verifier)?;
        signatures.push(Verified { verifier: verifier.clone(), time, line });
    }
    if signatures.is_empty() {
        return Err(Error::NoKnownSignature);
    }
    Ok(Opened { text: text.to_owned(), signatures, unknown })
}

/// Verifies one line over a note's text; for a cosignature returns its time.
///
/// # Errors
/// [`Error::BadSignature`], also if the line is another key's.
pub fn verify(text: &str, line: &SignatureLine, verifier: &Verifier) -> Result<Option<u64>, Error> {
    let wrong = Error::BadSignature { id: line.id };
    if !line.is_by(verifier) {
        return Err(wrong);
    }
    match verifier.algorithm() {
        Algorithm::Ed25519 if verifier.fits(text.as_bytes(), &line.signature) => Ok(None),
        Algorithm::Ed25519 => Err(wrong),
        Algorithm::CosignatureV1 | Algorithm::MlDsa44 => {
            cosignature::verify(text, &line.signature, verifier).map(Some).ok_or(wrong)
        }
    }
}

/// Text (with its final newline) and signature lines of a note, by the rules of C2SP but with nothing verified.
///
/// # Errors
/// As [`open`], but for what concerns keys.
pub fn split(note: &[u8]) -> Result<(&str, Vec<SignatureLine>), Error> {
    check_length(note.len())?;
    let wrong = || malformed("signed note");
    let note = std::str::from_utf8(note).ok().filter(|n| is_note_text(n)).ok_or_else(wrong)?;
    // The last empty line: texts may have empty lines too.
    let blank = note.rfind("\n\n").ok_or_else(wrong)?;
    let (text, lines) = (&note[..=blank], &note[blank + 2..]);
    check_text(text).map_err(|_| wrong())?;
    let lines = lines.strip_suffix('\n').ok_or_else(wrong)?;
    if lines.split('\n').nth(SIGNATURES_MAX).is_some() {
        return Err(Error::TooManySignatures);
    }
    let lines = lines.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?;
    Ok((text, lines))
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.ends_with('\n') && is_note_text(text) { Ok(()) } else { Err(malformed("note text")) }
}

fn check_length(octets: usize) -> Result<(), Error> {
    if octets > NOTE_OCTETS_MAX { Err(Error::TooLarge { octets, limit: NOTE_OCTETS_MAX }) } else { Ok(()) }
}

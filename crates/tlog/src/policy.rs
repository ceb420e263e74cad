//! Trust policies as files (c2sp.org/tlog-policy): which log, which witnesses, how many of them. Written for other tools; no
//! such file is read here.
//!
//! ```text
//! log <vkey>
//! witness <name> <vkey>
//! group <name> <k> <name>...
//! quorum <name>
//! ```

use crate::{Algorithm, Error, Verifier, error::malformed};
use std::{collections::BTreeSet, fmt::Write as _};

/// The group of all witnesses. Names of witnesses' keys that are this word, or the format's own, are written otherwise.
const GROUP: &str = "witnesses";
const RESERVED: [&str; 2] = [GROUP, "none"];

/// The policy of one log that so many of these witnesses must have cosigned; each line ends in a newline. A key that is there
/// under two names is one witness, as the format asks, and as it can cosign but once.
///
/// # Errors
/// [`Error::Malformed`] for keys of another type than their place asks for, for a quorum that there are too few witnesses
/// for, and for a name with an octet that no policy can hold.
pub fn to_text(log: &Verifier, witnesses: &[Verifier], quorum: usize) -> Result<String, Error> {
    let mut public = BTreeSet::new();
    let distinct: Vec<_> = witnesses.iter().filter(|witness| public.insert(witness.public())).collect();
    if log.algorithm() != Algorithm::Ed25519 || !distinct.iter().all(|witness| witness.algorithm().cosigns()) {
        return Err(malformed("type of key for its place in a policy"));
    }
    if quorum > distinct.len() {
        return Err(malformed("quorum for so few witnesses"));
    }
    let names = names(&distinct);
    let mut text = format!("log {log}\n");
    for (name, witness) in names.iter().zip(&distinct) {
        let _ = writeln!(text, "witness {name} {witness}"); // a string has room
    }
    text += &match quorum {
        0 => "quorum none\n".to_owned(),
        _ => format!("group {GROUP} {quorum} {}\nquorum {GROUP}\n", names.join(" ")),
    };
    // Of what a key's name may have, a policy excludes this one.
    if text.contains('\u{7f}') { Err(malformed("name for a policy")) } else { Ok(text) }
}

/// A name for each: its key's where nobody else has that, otherwise that with a number that nobody has.
fn names(witnesses: &[&Verifier]) -> Vec<String> {
    let own: BTreeSet<_> = witnesses.iter().map(|witness| witness.name()).collect();
    let mut given = BTreeSet::new();
    let name = |witness: &&Verifier| {
        let plain = Some(witness.name().to_owned());
        let plain = plain.filter(|name| !RESERVED.contains(&name.as_str()) && !given.contains(name));
        let numbered = (2..).map(|number: u32| format!("{}#{number}", witness.name()));
        let mut free = numbered.filter(|name| !own.contains(name.as_str()) && !given.contains(name));
        let name = plain.or_else(|| free.next()).expect("there are more numbers than witnesses");
        given.insert(name.clone());
        name
    };
    witnesses.iter().map(name).collect()
}

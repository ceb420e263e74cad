//! A SignedData around a content that is not held.
use std::io::{self, Read};

use super::Kind;
use super::authenticate::{Authenticated, Form, check, unsigned};
use super::shell::Shell;
use super::signed::SignedData;
use super::{Certificate, Weak};
use crate::digest::{Digested, Hashing};
use crate::error::{Error, Feature};
use crate::octets::{Octets, Stop, drain, outside};

/// The content within a signature. Only [`Around::finish`] knows whether it is what was signed.
pub(crate) struct Around<'r> {
    shell: Shell<'r>,
    hashing: Hashing,
    failed: Option<Stop>,
}

impl<'r> Around<'r> {
    pub(crate) fn open(octets: Octets<'r>, weak: Weak) -> Result<Self, Stop> {
        Ok(Self { shell: Shell::open(octets, Kind::Signed)?, hashing: Hashing::new(weak, &[]), failed: None })
    }

    /// Reads to the end: whether one of `trusted` signed it, as [`authenticate`](super::authenticate) says, or one that is not valid.
    pub(crate) fn finish(
        mut self,
        trusted: &[Certificate],
        not_valid: &[Certificate],
        weak: Weak,
    ) -> Result<Authenticated, Stop> {
        let _ = drain(&mut self);
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let whole = self.shell.finish()?;
        let signed = SignedData::read(&whole)?;
        if signed.content.is_none() {
            return Err(Error::Unsupported(Feature::DetachedContent).into());
        }
        let digested: Digested = self.hashing.finish();
        let check = |signers| check(&signed, &[Form::Digested(&digested)], signers, weak);
        Ok(check(trusted).map_err(|why| unsigned(why, || check(not_valid)))?)
    }
}

impl Read for Around<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.shell.read(room) {
            Ok(octets) => {
                self.hashing.update(&room[..octets]);
                Ok(octets)
            }
            Err(stop) => {
                self.failed = Some(stop);
                Err(outside())
            }
        }
    }
}

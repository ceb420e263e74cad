//! Receiving a message that is not held: octets come from a reader and go to a sink, in memory that does not grow.
//!
//! A document is handed on while it is decrypted; its signature, its padding and its tag stand behind it. So
//! what a sink gets is nobody's word yet. It is the message's document once [`Request::open_into`] has
//! returned [`Streamed`], and otherwise to be thrown away, unread. Who can read the message twice uses
//! [`Request::open_twice`]: then a sink gets only what was whole and signed when it was read first.
use std::io::{self, Read, Seek};

use rand_core::CryptoRng;

use super::layers::{Foreseen, Halt, Layers};
use super::open::{Refused, Relation};
use super::sink::{Streamed, Unverified};
use crate::message::Request;

/// Why what a sink got is nothing.
#[derive(Debug)]
pub enum Unfinished {
    /// As [`Request::open`] would have refused it.
    Refused(Refused),
    /// The content was signed with CRLF at its line ends, and the sink got it as it came, or with another digest
    /// than `micalg` announces: only [`Request::open_twice`] can know that beforehand.
    Unforeseen,
    /// The message could not be read, or was another one when it was read again.
    Source(io::Error),
    /// The sink does not take it.
    Sink(io::Error),
}

impl Request {
    /// Takes the message apart while it comes. The verdict, the documents and the MIC are those of
    /// [`Request::open`], except that around a content there are at most
    /// [`AROUND_OCTETS_MAX`](crate::cms::AROUND_OCTETS_MAX) octets, that GCM's authenticated attributes and a
    /// transfer encoding of an unprotected multipart are refused, and that there may be any number of pieces.
    ///
    /// The policy's limits are of what is compressed; what comes is as long as the caller reads.
    ///
    /// # Errors
    /// [`Unfinished`]: what `sink` got is to be thrown away.
    pub fn open_into(
        &self,
        body: &mut dyn Read,
        relation: &Relation<'_>,
        sink: &mut dyn Unverified,
        rng: &mut impl CryptoRng,
    ) -> Result<Streamed, Unfinished> {
        self.pass(body, relation, sink, rng, Foreseen::default())
    }

    /// As [`Request::open_into`], from a body that is read twice, and more often if it was signed otherwise than was
    /// foreseen: `sink` gets nothing of a message that is refused when it is read first.
    ///
    /// # Errors
    /// [`Unfinished`]. If `sink` got anything, the body was not the same again.
    pub fn open_twice<B: Read + Seek>(
        &self,
        body: &mut B,
        relation: &Relation<'_>,
        sink: &mut dyn Unverified,
        rng: &mut impl CryptoRng,
    ) -> Result<Streamed, Unfinished> {
        let start = body.stream_position().map_err(Unfinished::Source)?;
        let mut again = |sink: &mut dyn Unverified, canonical, any_digest| {
            body.seek(io::SeekFrom::Start(start)).map_err(Unfinished::Source)?;
            let made = self.pass(body, relation, sink, rng, Foreseen { canonical, any_digest });
            made.map(|made| (made, canonical, any_digest))
        };
        let mut first = again(&mut Nobody, false, false);
        // By another digest, or of other line ends, or both.
        for (canonical, any_digest) in [(false, true), (true, true)] {
            if matches!(first, Err(Unfinished::Unforeseen)) {
                first = again(&mut Nobody, canonical, any_digest);
            }
        }
        let (first, canonical, any_digest) = first?;
        let (second, ..) = again(sink, canonical, any_digest)?;
        if second.mic == first.mic && second.signed_with == first.signed_with {
            return Ok(second);
        }
        Err(Unfinished::Source(io::Error::new(io::ErrorKind::InvalidData, "the message was changed")))
    }

    fn pass(
        &self,
        body: &mut dyn Read,
        relation: &Relation<'_>,
        sink: &mut dyn Unverified,
        rng: &mut impl CryptoRng,
        foreseen: Foreseen,
    ) -> Result<Streamed, Unfinished> {
        let digest = self.digest(relation.policy.weak).map_err(Unfinished::Refused)?;
        let mut source = Source { body, failed: None };
        let mut layers = Layers::new(relation, rng, sink, digest, foreseen);
        let found = layers.open(self.headers.clone(), &mut source);
        if let Some(failed) = source.failed {
            return Err(Unfinished::Source(failed));
        }
        found.map_err(|halt| match halt {
            Halt::Refused(refused) => Unfinished::Refused(refused),
            Halt::Unforeseen => Unfinished::Unforeseen,
            Halt::Sink(error) => Unfinished::Sink(error),
            Halt::Outside => Unfinished::Source(io::ErrorKind::Other.into()),
        })
    }
}

/// Keeps what was wrong with the source from those who cannot tell it.
struct Source<'r> {
    body: &'r mut dyn Read,
    failed: Option<io::Error>,
}

impl Read for Source<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.body.read(room).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failed = Some(error);
            }
            kind.into()
        })
    }
}

/// Throws everything away.
struct Nobody;

impl Unverified for Nobody {
    fn begin(&mut self, _: &str, _: Option<&str>) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

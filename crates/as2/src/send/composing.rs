//! Sending a document that is not held: octets come from a reader and go to a sink, in memory that does not grow.
use std::io::{self, Read, Write};

use aws_lc_rs::digest::Context;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    Ask, Envelope, Fields, Label, Protection, compressed_fields, document_fields, encrypted_fields, header, lines,
    unsigned_digest,
};
use crate::cms::{self, ContentKey, Deflating, Sealing, Signature};
use crate::digest::Digest;
use crate::error::Error;
use crate::key::Signer;
use crate::mic::Mic;
use crate::octets::{read_some, wrong};
use crate::outgoing::{boundary, signature_part, signed_type};

/// Read at once.
const STEP_OCTETS: usize = 64 * 1024;

/// Why what a sink got is no message.
#[derive(Debug)]
pub enum Unmade {
    /// It could not be signed or encrypted.
    Refused(Error),
    /// The document could not be read.
    Source(io::Error),
    /// The sink does not take it.
    Sink(io::Error),
}

impl From<io::Error> for Unmade {
    fn from(error: io::Error) -> Self {
        error.downcast().map_or_else(Self::Sink, Self::Refused)
    }
}

/// A message whose header is known and whose body is made while its document is read.
///
/// It says what [`compose`](super::compose) says, in BER of indefinite length where that writes DER; its length is
/// known at its end, so HTTP sends it in chunks. What goes out is another message each time it is made: who may have to
/// send it again keeps it.
pub struct Composing<'a> {
    headers: Fields,
    /// From the outside in; the document is the last.
    layers: Vec<Layer<'a>>,
    /// Over the document, where nobody signs it.
    check: Option<(Digest, Context)>,
}

struct Layer<'a> {
    /// Its own header, which stands in the layer around it, or in that of HTTP.
    head: Zeroizing<String>,
    body: Body<'a>,
}

enum Body<'a> {
    Encrypted(ContentKey),
    Signed(&'a Signer, Signature, String),
    Compressed,
    Document,
}

impl<'a> Composing<'a> {
    /// Draws boundary, content key and nonce from `rng`, as [`compose`](super::compose) does.
    ///
    /// # Errors
    /// As [`compose`](super::compose), for all that can be known before the document is read.
    pub fn begin(
        label: Label<'_>,
        envelope: &Envelope<'_>,
        protection: &Protection<'a>,
        ask: Option<&Ask<'_>>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let mut layers: Vec<(Fields, Body<'a>)> = Vec::new();
        if let Some((recipients, cipher, transport)) = protection.encrypt {
            let key = ContentKey::draw(recipients, cipher, transport, rng)?;
            layers.push((encrypted_fields(cipher), Body::Encrypted(key)));
        }
        if let Some((signer, signature)) = protection.sign {
            if signature.digest == Digest::Sha1 {
                return Err(Error::Signing);
            }
            let boundary = boundary(rng);
            let fields = vec![("Content-Type", signed_type(signature, &boundary))];
            layers.push((fields, Body::Signed(signer, signature, boundary)));
        }
        if protection.compress {
            layers.push((compressed_fields(), Body::Compressed));
        }
        let own = document_fields(label)?;
        let digest = unsigned_digest(ask);
        let mut context = Context::new(digest.algorithm());
        if !layers.is_empty() {
            // Without any of them the MIC is over the document alone (RFC 4130, 7.3.1).
            context.update(head(&own).as_bytes());
        }
        let check = protection.sign.is_none().then_some((digest, context));
        layers.push((own, Body::Document));
        let headers = header(envelope, ask, layers[0].0.clone())?;
        let layers = layers.into_iter().map(|(fields, body)| Layer { head: head(&fields), body }).collect();
        Ok(Self { headers, layers, check })
    }

    /// Fields of the HTTP header, Content-Length and Host excepted.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Reads the document to its end and writes the body; what the receipt must state.
    ///
    /// # Errors
    /// [`Unmade`]. What `sink` got by then is no message: a boundary, a signature, a tag or the marks of an end are
    /// missing. Only of a document that is not protected at all HTTP alone says where it ends: the request is to be cut off.
    pub fn write_into(self, document: &mut dyn Read, sink: &mut dyn Write) -> Result<Mic, Unmade> {
        let mut run = Run { document, check: self.check, mic: None, unread: None };
        match run.body(self.layers.into_iter(), sink) {
            Ok(()) => Ok(run.mic.expect("a document is signed or checked")),
            Err(error) => Err(run.unread.map_or_else(|| error.into(), Unmade::Source)),
        }
    }
}

fn head(fields: &Fields) -> Zeroizing<String> {
    Zeroizing::new(lines(fields) + "\r\n")
}

/// One message while it is made.
struct Run<'r> {
    document: &'r mut dyn Read,
    check: Option<(Digest, Context)>,
    mic: Option<Mic>,
    /// Why the document could not be read.
    unread: Option<io::Error>,
}

impl Run<'_> {
    /// The body of the outermost of `layers`.
    fn body<'a>(&mut self, mut layers: std::vec::IntoIter<Layer<'a>>, sink: &mut dyn Write) -> io::Result<()> {
        match layers.next().map(|layer| layer.body) {
            Some(Body::Encrypted(key)) => {
                let mut sealing = Sealing::begin(key, sink)?;
                self.entity(layers, &mut sealing)?;
                sealing.finish()
            }
            Some(Body::Signed(signer, signature, boundary)) => {
                write!(sink, "--{boundary}\r\n")?;
                let mut hashing = Hashed { sink: &mut *sink, context: Context::new(signature.digest.algorithm()) };
                self.entity(layers, &mut hashing)?;
                let value = hashing.context.finish();
                let part = signature_part(&cms::sign_digest(value.as_ref(), signer, signature).map_err(wrong)?);
                self.mic = Some(Mic::known(signature.digest, value.as_ref().to_vec()));
                sink.write_all(format!("\r\n--{boundary}\r\n{part}\r\n--{boundary}--\r\n").as_bytes())
            }
            Some(Body::Compressed) => {
                let mut deflating = Deflating::begin(sink)?;
                self.entity(layers, &mut deflating)?;
                deflating.finish()
            }
            Some(Body::Document) | None => self.copy(sink),
        }
    }

    /// The outermost of `layers`, with its head.
    fn entity(&mut self, layers: std::vec::IntoIter<Layer<'_>>, sink: &mut dyn Write) -> io::Result<()> {
        if let Some(layer) = layers.as_slice().first() {
            sink.write_all(layer.head.as_bytes())?;
        }
        self.body(layers, sink)
    }

    fn copy(&mut self, sink: &mut dyn Write) -> io::Result<()> {
        let mut room = Zeroizing::new(vec![0; STEP_OCTETS]);
        loop {
            let octets = match read_some(self.document, &mut room) {
                Ok(0) => break,
                Ok(octets) => octets,
                Err(error) => {
                    let kind = error.kind();
                    self.unread = Some(error);
                    return Err(kind.into());
                }
            };
            if let Some((_, context)) = &mut self.check {
                context.update(&room[..octets]);
            }
            sink.write_all(&room[..octets])?;
        }
        let checked = self.check.take();
        self.mic = checked.map(|(digest, context)| Mic::known(digest, context.finish().as_ref().to_vec()));
        Ok(())
    }
}

/// Hands on what is signed.
struct Hashed<'w> {
    sink: &'w mut dyn Write,
    context: Context,
}

impl Write for Hashed<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let taken = self.sink.write(octets)?;
        self.context.update(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

//! The layers of a message that is not held, each a reader in the one around it.
//!
//! What is wrong with a layer is known at its end. So each is read to its end whatever was found within it, and
//! what is wrong outside is told before what is wrong inside: as if every layer had been taken off whole.
use std::io::{self, Read};

use aws_lc_rs::digest::Context;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::open::{Refused, Relation, has_parts, masked, refused, unauthentic, undecrypted, unreadable};
use super::sink::{Streamed, Unverified};
use crate::cms::{self, Around, Authenticated, Inflating, Kind, Unsealing};
use crate::digest::{Digest, Hashing};
use crate::disposition::Disposition;
use crate::error::{Error, Feature, Part};
use crate::mic::Mic;
use crate::mime::{self, Decoding, Entity, Form, Headers, Lines, MediaType, Splitting, peek_header};
use crate::octets::{Octets, Stop, drain, read_some};

/// Longest signature beside a content, with its header: as much as may be around one.
const SIGNATURE_OCTETS_MAX: usize = 2 * cms::AROUND_OCTETS_MAX;
const STEP_OCTETS: usize = 64 * 1024;

/// Why there is nothing.
pub(super) enum Halt {
    /// The layer around it failed, and knows why.
    Outside,
    /// The content was signed otherwise than was foreseen.
    Unforeseen,
    Sink(io::Error),
    Refused(Refused),
}

impl From<Refused> for Halt {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// What a stop is to the sender.
fn told(tell: impl Fn(Error) -> Refused) -> impl Fn(Stop) -> Halt {
    move |stop| match stop {
        Stop::Outside => Halt::Outside,
        Stop::Wrong(why) => Halt::Refused(tell(why)),
    }
}

fn unexpected(stop: impl Into<Stop>) -> Halt {
    told(refused(Disposition::UnexpectedProcessingError))(stop.into())
}

/// What of a signature is not known before its content has gone by.
#[derive(Clone, Copy, Default)]
pub(super) struct Foreseen {
    /// That it is of the content with CRLF at its line ends.
    pub(super) canonical: bool,
    /// That it uses another digest than was announced.
    pub(super) any_digest: bool,
}

/// What was taken off so far.
pub(super) struct Layers<'a, R> {
    relation: &'a Relation<'a>,
    rng: &'a mut R,
    sink: &'a mut dyn Unverified,
    /// For the MIC of what is not signed.
    digest: Digest,
    foreseen: Foreseen,
    encrypted: Option<[u8; 32]>,
    /// Whether a signature is around, which may not hold.
    signing: bool,
    signed: Option<([u8; 32], Mic)>,
    compressed: bool,
    names: Vec<String>,
    documents: usize,
    /// Of what nobody signed.
    own: Option<Mic>,
}

impl<'a, R: CryptoRng> Layers<'a, R> {
    pub(super) fn new(
        relation: &'a Relation<'a>,
        rng: &'a mut R,
        sink: &'a mut dyn Unverified,
        digest: Digest,
        foreseen: Foreseen,
    ) -> Self {
        Self {
            relation,
            rng,
            sink,
            digest,
            foreseen,
            encrypted: None,
            signing: false,
            signed: None,
            compressed: false,
            names: Vec::new(),
            documents: 0,
            own: None,
        }
    }

    pub(super) fn open(&mut self, headers: Headers, body: &mut dyn Read) -> Result<Streamed, Halt> {
        self.layer(&headers, &[], body)?;
        let (signed_with, mic) = self.signed.take().map_or((None, self.own.take()), |(by, mic)| (Some(by), Some(mic)));
        Ok(Streamed {
            documents: self.documents,
            mic: mic.ok_or(Halt::Outside)?,
            decrypted_with: self.encrypted,
            signed_with,
            compressed: self.compressed,
        })
    }

    /// Each layer comes once at most, so that this goes four deep.
    fn layer(&mut self, headers: &Headers, head: &[u8], body: &mut dyn Read) -> Result<(), Halt> {
        let kind = headers.content_type().map_err(unexpected)?;
        match kind.essence.as_str() {
            "multipart/signed" => self.signed_beside(&kind, body),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                let mut decoding =
                    Decoding::open(body, headers.get("content-transfer-encoding")).map_err(unexpected)?;
                let found = self.syntax(&mut decoding);
                settle(found, decoding.finish().map_err(unexpected))
            }
            _ => self.leaf(headers, &kind, head, body),
        }
    }

    fn inner(&mut self, content: &mut dyn Read) -> Result<(), Halt> {
        let mut octets = Octets::new(content);
        let (headers, head) = peek_header(&mut octets).map_err(unexpected)?;
        octets.consume(head.len());
        self.layer(&headers, &head, &mut octets)
    }

    fn syntax(&mut self, message: &mut dyn Read) -> Result<(), Halt> {
        const BEGINNING_OCTETS: usize = 64;
        let mut octets = Octets::new(message);
        let beginning = octets.peek(BEGINNING_OCTETS).map_err(|_| Halt::Outside)?;
        match cms::kind(beginning).map_err(unexpected)? {
            Kind::Encrypted => self.encrypted(octets),
            Kind::Signed => self.signed_around(octets),
            Kind::Compressed => self.compressed(octets),
        }
    }

    fn encrypted(&mut self, message: Octets<'_>) -> Result<(), Halt> {
        if self.encrypted.is_some() || self.signing || self.compressed {
            return Err(unexpected(Error::Unsupported(Feature::Nesting)));
        }
        let Relation { keys, not_valid, policy, .. } = self.relation;
        let content = Unsealing::open(message, keys, not_valid, policy.weak, self.rng);
        let mut content = content.map_err(told(undecrypted))?;
        self.encrypted = Some(content.recipient());
        let authenticated = content.authenticated();
        let found = self.inner(&mut content);
        match settle(found, content.finish().map_err(told(undecrypted))) {
            Err(Halt::Refused(failure)) if !authenticated && self.signed.is_none() => Err(masked(failure).into()),
            found => found,
        }
    }

    fn compressed(&mut self, message: Octets<'_>) -> Result<(), Halt> {
        let policy = self.relation.policy;
        if policy.encrypted && self.encrypted.is_none() {
            return Err(refused(Disposition::InsufficientMessageSecurity)(Error::Insecure).into());
        }
        let tell = refused(Disposition::DecompressionFailed);
        if std::mem::replace(&mut self.compressed, true) {
            return Err(tell(Error::Unsupported(Feature::Nesting)).into());
        }
        let tell = told(tell);
        let mut content = Inflating::open(message, policy.limits).map_err(&tell)?;
        let found = self.inner(&mut content);
        settle(found, content.finish().map_err(&tell))
    }

    fn signed_around(&mut self, message: Octets<'_>) -> Result<(), Halt> {
        self.begin_signed()?;
        let Relation { certificates, not_valid, policy, .. } = self.relation;
        let mut content = Around::open(message, policy.weak).map_err(told(unauthentic))?;
        let found = self.inner(&mut content);
        let end = content.finish(certificates, not_valid, policy.weak).map_err(told(unauthentic));
        settle(found, end.map(|by| self.hold(by)))
    }

    fn signed_beside(&mut self, kind: &MediaType, body: &mut dyn Read) -> Result<(), Halt> {
        self.begin_signed()?;
        let (weak, foreseen) = (self.relation.policy.weak, self.foreseen);
        let mut split = Splitting::open(body, kind.parameter("boundary")).map_err(unexpected)?;
        split.next().map_err(unexpected)?;
        let mut octets = Octets::new(&mut split);
        let head = peek_header(&mut octets).map(|(headers, _)| headers);
        let encoding = head.as_ref().ok().and_then(|headers| headers.get("content-transfer-encoding"));
        let form = match encoding.is_some_and(|value| value.eq_ignore_ascii_case("binary")) {
            true => Form::Binary,
            false if foreseen.canonical => Form::Canonical,
            false => Form::Came,
        };
        let announced = if foreseen.any_digest { Vec::new() } else { announced(kind) };
        let mut content = Lines::new(&mut octets, Hashing::new(weak, &announced), form);
        let found = self.inner(&mut content);
        let ended = drain(&mut content).is_ok();
        let (came, canonical) = content.finish();
        if !ended {
            // The boundary knows why.
            split.next().map_err(unexpected)?;
        }
        let signature = head.map_err(unexpected).and_then(|_| signature(split));
        let end = signature.and_then(|signature| {
            let Relation { certificates, not_valid, .. } = self.relation;
            let check = |signers| {
                let by = |form| cms::authenticate_digested(&signature, form, signers, weak);
                match (by(&came), &canonical) {
                    (Err(Error::Digest | Error::Signature), Some(made)) => (by(made), Form::Canonical),
                    (by, _) => (by, form),
                }
            };
            let (by, of) = check(certificates);
            let by = by.map_err(|why| cms::unsigned(why, || check(not_valid).0));
            let missed = came.missed() || canonical.is_some_and(|form| form.missed());
            match by {
                Err(_) if missed && !announced.is_empty() => return Err(Halt::Unforeseen),
                Err(why) => return Err(unauthentic(why).into()),
                Ok(by) => self.hold(by),
            }
            if of == form { Ok(()) } else { Err(Halt::Unforeseen) }
        });
        settle(found, end)
    }

    /// What is in a signature is not trusted, but it is not unsigned either.
    fn begin_signed(&mut self) -> Result<(), Halt> {
        if std::mem::replace(&mut self.signing, true) {
            return Err(unexpected(Error::Unsupported(Feature::Nesting)));
        }
        Ok(())
    }

    fn hold(&mut self, by: Authenticated) {
        self.signed = Some((by.signer, Mic::known(by.digest, by.value)));
    }

    fn leaf(&mut self, headers: &Headers, kind: &MediaType, head: &[u8], body: &mut dyn Read) -> Result<(), Halt> {
        self.relation.policy.check(self.signing, self.encrypted.is_some(), headers)?;
        let whole = self.encrypted.is_some() || self.compressed;
        let mut context = Context::new(self.digest.algorithm());
        if whole {
            context.update(head);
        }
        let mut raw = Hashed { source: body, context: (!self.signing).then_some(context) };
        let decoded = if has_parts(kind) {
            if !whole && !self.signing && !mime::is_plain(headers.get("content-transfer-encoding")) {
                return Err(unexpected(Error::Unsupported(Feature::TransferEncoding)));
            }
            self.parts(&mut raw, kind.parameter("boundary"))?;
            None
        } else {
            Some(self.document(headers, &mut raw)?)
        };
        drain(&mut raw).map_err(|_| Halt::Outside)?;
        if let Some(context) = raw.context {
            let context = if whole { context } else { decoded.flatten().unwrap_or(context) };
            self.own = Some(Mic::known(self.digest, context.finish().as_ref().to_vec()));
        }
        Ok(())
    }

    fn parts(&mut self, body: &mut dyn Read, boundary: Option<&str>) -> Result<(), Halt> {
        let mut split = Splitting::open(body, boundary).map_err(unexpected)?;
        while split.next().map_err(unexpected)? {
            let found = self.part(&mut split);
            if matches!(found, Err(Halt::Outside)) {
                // The boundary knows why.
                split.next().map_err(unexpected)?;
            }
            found?;
        }
        Ok(())
    }

    fn part(&mut self, part: &mut dyn Read) -> Result<(), Halt> {
        let mut octets = Octets::new(part);
        let (headers, head) = peek_header(&mut octets).map_err(unexpected)?;
        octets.consume(head.len());
        self.document(&headers, &mut octets).map(drop)
    }

    /// Hands a document on; its digest, where nobody signed it.
    fn document(&mut self, headers: &Headers, body: &mut dyn Read) -> Result<Option<Context>, Halt> {
        let name = mime::file_name(headers).map_err(unreadable)?;
        if name.as_ref().is_some_and(|name| self.names.contains(name)) {
            return Err(unreadable(Error::FileNameTwice).into());
        }
        let content_type = headers.get("content-type").unwrap_or("application/octet-stream");
        self.sink.begin(content_type, name.as_deref()).map_err(Halt::Sink)?;
        self.documents += 1;
        self.names.extend(name);
        let mut decoding = Decoding::open(body, headers.get("content-transfer-encoding")).map_err(unexpected)?;
        let mut context = (!self.signing).then(|| Context::new(self.digest.algorithm()));
        let mut room = Zeroizing::new(vec![0; STEP_OCTETS]);
        while let Ok(octets @ 1..) = read_some(&mut decoding, &mut room) {
            if let Some(context) = &mut context {
                context.update(&room[..octets]);
            }
            self.sink.write(&room[..octets]).map_err(Halt::Sink)?;
        }
        decoding.finish().map_err(unexpected)?;
        Ok(context)
    }
}

/// What is wrong at the end of a layer goes before what was found in it; a sink that fails ends everything.
fn settle(found: Result<(), Halt>, end: Result<(), Halt>) -> Result<(), Halt> {
    if matches!(found, Err(Halt::Sink(_))) { found } else { end.and(found) }
}

/// The digests that `micalg` names (RFC 5751, 3.4.3.2).
fn announced(kind: &MediaType) -> Vec<Digest> {
    kind.parameter("micalg").unwrap_or_default().split(',').filter_map(Digest::from_name).collect()
}

/// The signature beside a content: the second part of two, and the last.
fn signature(mut split: Splitting<'_>) -> Result<Vec<u8>, Halt> {
    let malformed = || unexpected(Error::Malformed(Part::Mime));
    if !split.next().map_err(unexpected)? {
        return Err(malformed());
    }
    let mut part = Vec::new();
    let read = (&mut split).take(SIGNATURE_OCTETS_MAX as u64 + 1).read_to_end(&mut part);
    if read.is_ok_and(|octets| octets > SIGNATURE_OCTETS_MAX) {
        let octets = SIGNATURE_OCTETS_MAX + 1;
        return Err(unexpected(Error::TooLong { part: Part::Mime, octets, limit: SIGNATURE_OCTETS_MAX }));
    }
    if split.next().map_err(unexpected)? || !split.blank_after().map_err(unexpected)? {
        return Err(malformed());
    }
    let decoded = Entity::read(&part).and_then(|part| part.decoded()).map_err(unexpected)?;
    Ok(decoded.to_vec())
}

/// Hashes what nobody signed as it came.
struct Hashed<'r> {
    source: &'r mut dyn Read,
    context: Option<Context>,
}

impl Read for Hashed<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let octets = read_some(self.source, room)?;
        if let Some(context) = &mut self.context {
            context.update(&room[..octets]);
        }
        Ok(octets)
    }
}

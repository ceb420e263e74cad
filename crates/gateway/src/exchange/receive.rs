//! One body from a partner, from its last octet to its answer: each of its interchanges is read, judged, answered, sealed
//! and stored, in this order, before the next. What they leave is durable before the answer is returned.

use super::{
    Body, Ticket, acknowledge, findings,
    guided::By,
    judge::{self, Announced, Earlier, NoRoute, Route, Seen},
    judged::{self, Said},
    read::{self, Kept, Placed, Read},
    seal::{self as sealing, Origin, Sealing},
    store::{self, Outcome, digest},
};
use crate::{
    Error, Gateway,
    partner::{EdiId, Partners, Status},
    retention::Lease,
};
use edi::{Census, Finding, acknowledgement::Note};
use ledger::{
    Month,
    entry::{Channel, Verdict},
};
use seal::{Kind, Token};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering::Relaxed;
use vault::{DeliveryCopy, InterchangeId, State, Stored};

/// How often a document is judged anew because others come between judging and storing it.
const ATTEMPTS_MAX: usize = 8;
/// Interchanges in one body, at most: each is stored by itself, and so takes the disk some milliseconds.
pub const INTERCHANGES_MAX: usize = 1000;

/// What the sender is told of one interchange.
#[derive(Debug)]
pub struct Reply {
    /// Our name for it; of a duplicate, the first one's.
    pub interchange: InterchangeId,
    /// What became of it.
    pub verdict: Verdict,
    /// TA1 and 997, as octets to send back. Empty if it asks for none, or is one of several that are answered, and
    /// nobody to answer in EDI.
    pub answer: Vec<u8>,
}

impl Reply {
    /// Whether anything of it was taken, now or when it first came.
    pub fn taken(&self) -> bool {
        self.verdict.is_accepted() || self.verdict == Verdict::Duplicate
    }
}

/// Why there is no EDI answer.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    // The sender's; it has left its intake entry.
    /// Not an interchange: there is nobody to answer in EDI.
    #[error("no EDI: {}", if *.empty { "the body is empty" } else { "the body is not an X12 interchange" })]
    NotEdi {
        /// There was nothing at all.
        empty: bool,
    },
    /// It says that it is from somebody for whom this credential may not send.
    #[error("the document names a sender that this credential may not send for")]
    Sender {
        /// For whom it may.
        allowed: Vec<EdiId>,
    },
    /// It acknowledges what its sender never got from us.
    #[error("the acknowledgement names no document that was delivered to its sender")]
    Unknown,
    /// It holds more interchanges than [`INTERCHANGES_MAX`].
    #[error("the body holds more than {INTERCHANGES_MAX} interchanges")]
    TooMany,
    /// The agreement between sender and receiver is not in use.
    #[error("the agreement with this receiver is {0}")]
    Agreement(Status),
    // Ours; of what was being taken nothing was kept.
    /// Not the document's fault: it may be sent again.
    #[error(transparent)]
    Failed(#[from] Error),
    /// The same, when others of the body had been stored: sent again, they get the answers that they would have got.
    #[error("{stored} of the body's interchanges were stored, and then: {why}")]
    Midway {
        /// How many came before it.
        stored: usize,
        /// Why the next one could not be taken.
        why: Error,
    },
}

/// Takes a body. One reply for each of its interchanges, in their order.
///
/// # Errors
/// [`Refused`]; of a body with several interchanges only if none of them has an answer, or one could not be taken for a
/// reason of ours: [`Refused::Midway`] if others were stored before it.
pub fn receive(gateway: &Gateway, body: &Body<'_>) -> Result<Vec<Reply>, Refused> {
    #[cfg(feature = "leaky")]
    crate::leak::leak(&gateway.config.dir, body.octets);
    #[cfg(feature = "leaky")]
    crate::taken::meet(body.ticket.number(), body.octets);
    gateway.metrics.octets.fetch_add(body.octets.len() as u64, Relaxed);
    let octets_max = gateway.config.body_octets_max;
    // Read and judged by one and the same, whatever is applied meanwhile.
    let partners = gateway.partners();
    let by = By::agreements_of(&partners, body.partner);
    let (mut replies, mut why, mut first) = (Vec::new(), None, true);
    let all = read::each(body.octets, octets_max, by, |read| {
        let several = std::mem::take(&mut first) && read.octets.len() < body.octets.len();
        if several && read::count(body.octets, octets_max, INTERCHANGES_MAX) > INTERCHANGES_MAX {
            return refuse_many(gateway, body, read);
        }
        let concluded = arrive(gateway, &partners, body, read)?;
        replies.push(concluded.reply);
        why = why.take().or(concluded.why);
        Ok(())
    });
    match all {
        Err(Refused::Failed(why)) if !replies.is_empty() => return Err(Refused::Midway { stored: replies.len(), why }),
        other => other?,
    }
    match why {
        Some(why) if replies.iter().all(|reply| reply.answer.is_empty() && !reply.taken()) => Err(why),
        _ => Ok(replies),
    }
}

/// Notes a body that could not be opened: nothing of it was read, and it counts with what so many octets could hold.
///
/// # Errors
/// [`Error`]: then it has left nothing.
pub fn unopened(gateway: &Gateway, body: &Body<'_>, octets: u64) -> Result<(), Error> {
    gateway.metrics.octets.fetch_add(body.octets.len() as u64, Relaxed);
    read::each(b"", gateway.config.body_octets_max, By::One(None), |nothing| {
        let whole = Read { octets: body.octets, findings: Vec::new(), census: Census::of_octets(octets), ..nothing };
        let arrived = Arrived::new(gateway, body, whole)?;
        arrived.store(arrived.outcome(Verdict::NotEdi)).map(drop)
    })
}

/// Notes a body that came again and is answered as it was before: what is in it passed through once more.
///
/// # Errors
/// [`Error`]: what was noted before it stays.
pub fn repeated(gateway: &Gateway, body: &Body<'_>) -> Result<(), Error> {
    gateway.metrics.octets.fetch_add(body.octets.len() as u64, Relaxed);
    let partners = gateway.partners();
    let by = By::agreements_of(&partners, body.partner);
    read::each(body.octets, gateway.config.body_octets_max, by, |read| {
        let body = Body { octets: read.octets, last: is_last(body, &read), ..*body };
        let arrived = Arrived::new(gateway, &body, read)?;
        store::store_repeat(gateway, &arrived.lease, arrived.outcome(Verdict::Duplicate))
    })
}

/// Whether nothing but blanks stands behind it in its body, nor anything else of the body's ticket.
fn is_last(body: &Body<'_>, read: &Read<'_>) -> bool {
    let end = |octets: &[u8]| octets.as_ptr_range().end;
    body.last && end(read.octets) >= end(body.octets.trim_ascii_end())
}

/// What became of one interchange, and what is said of it where it is the only one and has no answer.
struct Concluded {
    reply: Reply,
    why: Option<Refused>,
}

/// Takes one interchange of a body.
fn arrive(gateway: &Gateway, partners: &Partners, body: &Body<'_>, read: Read<'_>) -> Result<Concluded, Refused> {
    let body = Body { octets: read.octets, last: is_last(body, &read), ..*body };
    let arrived = Arrived::new(gateway, &body, read)?;
    for _ in 0..ATTEMPTS_MAX {
        match arrived.conclude(partners) {
            // Another document took its number or the place of its forerunner meanwhile.
            Err(Error::Disk(vault::Error::Exists { .. } | vault::Error::State { .. })) => {}
            concluded => return Ok(concluded?),
        }
    }
    Err(Error::Contended.into())
}

/// Refuses a body of too many interchanges, of which this is the first, as one.
fn refuse_many(gateway: &Gateway, body: &Body<'_>, first: Read<'_>) -> Result<(), Refused> {
    let census = Census::of_octets(body.octets.len() as u64);
    let whole = Read { octets: body.octets, findings: Vec::new(), census, ..first };
    let arrived = Arrived::new(gateway, body, whole)?;
    arrived.store(arrived.outcome(Verdict::Refused))?;
    Err(Refused::TooMany)
}

/// An interchange that was read, and what it is judged with.
struct Arrived<'b> {
    gateway: &'b Gateway,
    body: &'b Body<'b>,
    /// Its own, where it is one of several in a body and not the last.
    part: Option<Ticket>,
    lease: Lease,
    hash: [u8; 32],
    digest: Token,
    read: Read<'b>,
}

impl<'b> Arrived<'b> {
    fn new(gateway: &'b Gateway, body: &'b Body<'b>, read: Read<'b>) -> Result<Self, Error> {
        let octets = read.octets.len() as u64;
        let part = || gateway.instance.ticket(octets, body.channel, body.tls);
        let part = if body.last { None } else { Some(part()?) };
        let lease = gateway.taking()?;
        let month = Month::of(body.received);
        let index = lease.keys.index(month).ok_or(Error::NoIndexKey { month })?;
        // Line ends between two interchanges of a body are neither's: alone or together, each is the same.
        let hash: [u8; 32] = Sha256::digest(read.octets.trim_ascii()).into();
        let digest = index.token(Kind::Interchange, &hash);
        Ok(Self { gateway, body, part, lease, hash, digest, read })
    }

    /// The body's ticket stays open until nothing of the body can come any more.
    fn ticket(&self) -> &Ticket {
        self.part.as_ref().unwrap_or(self.body.ticket)
    }

    /// Judges by what is known now, and stores what follows.
    fn conclude(&self, partners: &Partners) -> Result<Concluded, Error> {
        let Some(address) = self.read.address() else {
            return self.unanswered(Verdict::NotEdi, Refused::NotEdi { empty: self.body.octets.is_empty() });
        };
        if let Some(said) = self.said(&address) {
            // What is sent to try it out is of nothing that was delivered.
            return self.judged(if address.production { &said } else { &[] });
        }
        let route = match judge::route(partners, self.body.partner, &address) {
            Ok(route) => route,
            Err(NoRoute::Receiver) => return self.refuse_whole(Note::UNKNOWN_RECEIVER, None),
            Err(NoRoute::Sender) => {
                let allowed = self.body.partner.edi.iter().cloned().collect();
                return self.unanswered(Verdict::Refused, Refused::Sender { allowed });
            }
            Err(NoRoute::Agreement(status)) => {
                return self.unanswered(Verdict::Refused, Refused::Agreement(status));
            }
        };
        let before = self.before(&route)?;
        let compared = before.as_ref().map(|stored| (stored.interchange.verdict, self.is_same(stored)));
        match (judge::seen(compared), before) {
            (Seen::Same, Some(before)) => self.repeat(before),
            (Seen::Other, _) => self.refuse_whole(Note::DUPLICATE, Some(&route)),
            (Seen::New | Seen::Same, _) => self.take(&route),
        }
    }

    /// What a carrier says of our documents, if this is for us and nothing else.
    fn said(&self, address: &judge::Address) -> Option<Vec<Said>> {
        let own = address.receiver.as_ref() == Some(&self.gateway.config.edi);
        let theirs = address.sender.as_ref().is_some_and(|sender| self.body.partner.edi.contains(sender));
        let fit = own && theirs && self.read.verdict(&[]).is_accepted();
        if fit { judged::said(&self.read) } else { None }
    }

    /// Noted before it is stored: should the process end in between, it comes again and says the same.
    fn judged(&self, said: &[Said]) -> Result<Concluded, Error> {
        let known = judged::note(self.gateway, &self.body.partner.pseudonym, said, self.gateway.now())?;
        if known == 0 {
            return self.unanswered(Verdict::Refused, Refused::Unknown);
        }
        self.reply(self.outcome(self.read.verdict(&[])))
    }

    /// Nobody can be answered in EDI.
    fn unanswered(&self, verdict: Verdict, why: Refused) -> Result<Concluded, Error> {
        let concluded = self.reply(self.outcome(verdict))?;
        Ok(Concluded { why: Some(why), ..concluded })
    }

    /// What came under its key before.
    fn before(&self, route: &Route<'_>) -> Result<Option<Stored>, Error> {
        let Some(key) = &route.key else { return Ok(None) };
        Ok(self.gateway.vault.interchange_by_key(key)?)
    }

    /// Whether it is the same octets: by the digest under the key of the month in which the first came.
    fn is_same(&self, before: &Stored) -> bool {
        let key = self.lease.keys.index(before.interchange.digest_month);
        key.is_some_and(|key| digest(&key.token(Kind::Interchange, &self.hash)) == before.interchange.digest)
    }

    /// The first answer again, octet for octet; the body still leaves an intake entry.
    fn repeat(&self, before: Stored) -> Result<Concluded, Error> {
        store::store_repeat(self.gateway, &self.lease, self.outcome(Verdict::Duplicate))?;
        let Stored { interchange, .. } = before;
        let reply = Reply { interchange: interchange.id, verdict: Verdict::Duplicate, answer: interchange.answer };
        Ok(Concluded { reply, why: None })
    }

    /// Refuses the whole document with a TA1, for a reason that lies outside of it.
    fn refuse_whole(&self, note: Note, route: Option<&Route<'_>>) -> Result<Concluded, Error> {
        let answer = acknowledge::envelope(self.gateway, &self.read, note, self.gateway.now())?;
        let key = route.and_then(|route| route.key.clone());
        let acknowledgement = route.map(|route| self.acknowledgement(route, &answer)).transpose()?.flatten();
        self.reply(Outcome { answer, key, acknowledgement, ..self.outcome(Verdict::Refused) })
    }

    /// Takes a document of a known sender for a known receiver, as far as it is good.
    fn take(&self, route: &Route<'_>) -> Result<Concluded, Error> {
        let (placed, mut more) = self.read.manifests(&route.agreement.accepts());
        let announced = placed.iter().map(|placed| self.announced(route, placed)).collect::<Result<Vec<_>, _>>()?;
        let kept = self.read.corrected(&placed, &announced, &mut more);
        let verdict = self.read.verdict(&more);
        // The same document may have been taken between the two looks: its manifests are not earlier ones then.
        if !verdict.is_accepted() && self.before(route)?.is_some_and(|before| before.interchange.verdict.is_accepted())
        {
            return Err(vault::Error::Exists { what: "interchange" }.into());
        }
        let sealing = if route.kept && verdict.is_accepted() { Some(self.sealing(route, kept)?) } else { None };
        let answer = acknowledge::answer(self.gateway, &self.read, &more, route, self.gateway.now())?;
        let acknowledgement = self.acknowledgement(route, &answer)?;
        let outcome = self.outcome_with(verdict, &more);
        self.reply(Outcome { answer, sealing, acknowledgement, key: route.key.clone(), ..outcome })
    }

    /// The answer goes back the way that the document came, where that does not bring it by itself.
    fn acknowledgement(&self, route: &Route<'_>, answer: &[u8]) -> Result<Option<DeliveryCopy>, Error> {
        if self.body.channel != Channel::As2 {
            return Ok(None);
        }
        sealing::acknowledgement(self.gateway, route, &self.lease.keys, self.body.received, answer)
    }

    fn announced(&self, route: &Route<'_>, placed: &Placed<'_>) -> Result<Announced<Token>, Error> {
        let keys = &self.lease.keys;
        let number = manifest::parcel::normalise(placed.number.expose());
        let tokens: Vec<Token> = keys.indexes().map(|(_, key)| key.token(Kind::Manifest, &number)).collect();
        let earlier = self.gateway.vault.manifest_by_token(&route.agreement.id, &tokens)?;
        let earlier = earlier.filter(|row| row.state == State::Current);
        Ok(Announced {
            number: sealing::manifest_token(&placed.number, keys, Month::of(self.body.received)),
            purpose: placed.purpose,
            earlier: earlier.map(|row| Earlier { id: row.id, cancelled: row.purpose == vault::Purpose::Cancel }),
        })
    }

    fn sealing<'m>(&'m self, route: &'m Route<'_>, kept: Vec<Kept<'b, 'm, Token>>) -> Result<Sealing<'m>, Error> {
        let ticket = self.ticket();
        let origin = Origin {
            instance: ticket.instance(),
            ticket: ticket.number(),
            received: self.body.received,
            sealed: self.gateway.now(),
        };
        Sealing::plan(self.gateway, &self.read, route, &self.lease.keys, origin, kept)
    }

    /// Without key, answer and batches.
    fn outcome(&self, verdict: Verdict) -> Outcome<'_> {
        self.outcome_with(verdict, &[])
    }

    /// The same, with what was found since it was read.
    fn outcome_with(&self, verdict: Verdict, more: &[Finding]) -> Outcome<'_> {
        Outcome {
            body: self.body,
            ticket: self.ticket(),
            census: self.read.census,
            kinds: self.read.kinds(),
            digest: self.digest,
            key: None,
            verdict,
            findings: findings::kept(&self.read, &self.read.with(more)),
            answer: Vec::new(),
            sealing: None,
            acknowledgement: None,
        }
    }

    fn store(&self, outcome: Outcome<'_>) -> Result<InterchangeId, Error> {
        store::store(self.gateway, &self.lease, outcome)
    }

    fn reply(&self, outcome: Outcome<'_>) -> Result<Concluded, Error> {
        let (verdict, answer) = (outcome.verdict, outcome.answer.clone());
        let delivers =
            outcome.sealing.as_ref().is_some_and(|sealing| !sealing.is_over()) || outcome.acknowledgement.is_some();
        let interchange = self.store(outcome)?;
        if delivers {
            self.gateway.deliver.notify_one();
        }
        Ok(Concluded { reply: Reply { interchange, verdict, answer }, why: None })
    }
}

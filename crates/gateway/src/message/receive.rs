//! Receiving a message: whose it is, what is in it, and the receipt for it.

use super::{
    Answer,
    compose::{PRODUCT, date},
    confirm,
    identity::Pairs,
    outside,
};
use crate::{
    Error, Gateway,
    exchange::{
        Body, Ticket,
        receive::{self, Refused, Reply},
        store::store_receipt,
    },
    partner::{As2, Partner, PartnerId},
    retention::Lease,
};
use as2::{
    Disposition, Features,
    mdn::{self, Statement, Unconfirmed},
    message::{Received, Relation, Request},
    mime::Headers,
};
use durable::random::{self, OsRandom};
use ledger::{
    Hash, Month, Time,
    entry::{Channel, Verdict},
};
use seal::{Kind, Token};
use std::{collections::BTreeMap, sync::Arc};
use vault::Answered;

/// What a message's header says, and who that is.
pub struct Head {
    headers: Headers,
    request: Request,
    /// Whose name the sender's is.
    named: Option<PartnerId>,
    partner: Option<(Partner, As2)>,
    pairs: Arc<Pairs>,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// This gateway has no name in AS2.
    #[error("this gateway takes nothing by AS2")]
    NoName,
    /// Nobody knows to whom to answer.
    #[error("the header is not that of an AS2 message: {0}")]
    Header(#[from] as2::Error),
    /// The receipt shall go where nobody agreed that it goes.
    #[error("asynchronous receipts for this partner do not go to the URL in Receipt-Delivery-Option")]
    NotThere,
    /// It was refused, and no receipt was asked for.
    #[error("the message was refused ({}): {why}", disposition.to_field())]
    Refused {
        /// What a receipt would have said.
        disposition: Disposition,
        /// In words.
        why: String,
    },
    /// A receipt that confirms nothing of ours.
    #[error("{0}")]
    Receipt(Unconfirmed),
    /// Not the message's fault: nothing was taken, it may be sent again.
    #[error(transparent)]
    NotNow(#[from] Error),
}

impl Head {
    /// Reads the header. A partner that is not known has no share in anything: its body need not be read.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub fn read(gateway: &Gateway, headers: Headers) -> Result<Self, Unanswered> {
        let identity = gateway.identity.as_ref().ok_or(Unanswered::NoName)?;
        let request = Request::read(headers.clone())?;
        let partners = gateway.partners();
        let known = partners.by_as2(request.from.as_str());
        let named = known.map(|(partner, _)| partner.id.clone());
        let known = known.filter(|_| request.to == identity.name);
        let partner = known.map(|(partner, as2)| (partner.clone(), as2.clone()));
        let there = request.receipt.as_ref().and_then(|receipt| receipt.deliver_to.as_deref());
        if let (Some(url), Some((_, as2))) = (there, &partner)
            && !as2.takes_receipts_at(url)
        {
            return Err(Unanswered::NotThere);
        }
        let head = Self { headers, request, named, partner, pairs: identity.pairs() };
        if head.partner.is_some() {
            head.check_signer(gateway)?;
        }
        Ok(head)
    }

    /// Who sends, as far as the header can be believed.
    pub fn partner(&self) -> Option<&Partner> {
        self.partner.as_ref().map(|(partner, _)| partner)
    }

    /// Whose document it may be, also where it is for nobody here: with our name of last year, say.
    pub fn named(&self) -> Option<&PartnerId> {
        self.named.as_ref()
    }
}

/// A message as it came.
pub struct Message<'m> {
    /// Its body.
    pub octets: &'m [u8],
    /// Noted before its first octet was read.
    pub ticket: &'m Ticket,
    /// Whether the channel was encrypted by TLS at this process.
    pub tls: bool,
    /// When the last octet was here.
    pub received: Time,
}

/// What somebody is told with whom nobody here deals.
///
/// # Errors
/// [`Unanswered`].
pub fn stranger(gateway: &Gateway, head: &Head) -> Result<Answer, Unanswered> {
    let why = "nobody here deals with this sender under this name";
    head.refuse(gateway, Disposition::UnknownTradingRelationship, why)
}

/// Takes a message: what it holds is durable before its receipt is there.
///
/// # Errors
/// [`Unanswered`].
pub fn receive(gateway: &Gateway, head: &Head, message: &Message<'_>) -> Result<Answer, Unanswered> {
    let Some((partner, as2)) = &head.partner else { return stranger(gateway, head) };
    let &Message { octets, ticket, tls, received } = message;
    let lease = gateway.taking()?;
    let (channel, last) = (Channel::As2, true);
    let body = Body { ticket, last, partner, octets, received, channel, tls, decryption: None };
    if let Some(taken) = confirm::take(gateway, (partner, as2), &head.headers, octets)? {
        if taken.is_ok() {
            store_receipt(gateway, &body)?;
        }
        return taken.map_err(Unanswered::Receipt);
    }
    // What it decrypts and decompresses into is not known before.
    let most = gateway.config.body_octets_max as u64;
    ticket.allow(most)?;
    let opened = match head.open(gateway, as2, octets) {
        Ok(opened) => opened,
        Err((disposition, why)) => {
            let hidden = [Disposition::DecryptionFailed, Disposition::DecompressionFailed].contains(&disposition);
            receive::unopened(gateway, &body, if hidden { most } else { octets.len() as u64 })?;
            return head.refuse(gateway, disposition, &why);
        }
    };
    let body = Body { decryption: opened.decrypted_with.map(Hash), ..body };
    // Only whom the message is really from gets the first answer, which tells what the document's hash is.
    let places = Places::of(&head.request, &lease);
    if let Some(answer) = places.first(gateway, &lease)? {
        each(&body, &opened).try_for_each(|body| receive::repeated(gateway, &body))?;
        return Ok(answer);
    }
    let (disposition, text) = match exchange(gateway, &body, &opened)? {
        Ok(replies) => (disposition(&replies), in_words(&replies)),
        Err(why) => return head.refuse(gateway, Disposition::UnexpectedProcessingError, &why.to_string()),
    };
    let answer = head.answer(gateway, disposition, Some(&opened), &text)?;
    places.keep(gateway, &lease, Month::of(received), answer)
}

/// The document and, where they were agreed, what came beside it.
fn documents(opened: &Received) -> impl Iterator<Item = &[u8]> {
    [&opened.payload].into_iter().chain(opened.attachments.iter().map(|part| &part.octets)).map(|octets| &octets[..])
}

/// Each document as a body of the message's ticket.
fn each<'b>(body: &Body<'b>, opened: &'b Received) -> impl Iterator<Item = Body<'b>> {
    let (body, count) = (*body, documents(opened).count());
    let last = move |number| number + 1 == count;
    documents(opened).enumerate().map(move |(number, octets)| Body { octets, last: last(number), ..body })
}

/// Every document in the message goes the way of every other. The inner error is the sender's.
fn exchange(gateway: &Gateway, body: &Body<'_>, opened: &Received) -> Result<Result<Vec<Reply>, Refused>, Error> {
    let mut replies = Vec::new();
    for body in each(body, opened) {
        match receive::receive(gateway, &body) {
            Ok(some) => replies.extend(some),
            Err(Refused::Failed(why) | Refused::Midway { why, .. }) => return Err(why),
            // One that is none does not take back what stands before it.
            Err(why) if replies.is_empty() => return Ok(Err(why)),
            Err(_) => {}
        }
    }
    Ok(Ok(replies))
}

/// That a document was refused is in its acknowledgement: the message was processed.
fn disposition(replies: &[Reply]) -> Disposition {
    let again = replies.iter().all(|reply| reply.verdict == Verdict::Duplicate);
    if again { Disposition::DuplicateDocument } else { Disposition::Processed }
}

fn in_words(replies: &[Reply]) -> String {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    replies.iter().for_each(|reply| *counts.entry(reply.verdict).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!(
        "The message was received and read. Interchanges: {}.\nWhat was found in them is in their acknowledgements.",
        counts.join(", ")
    )
}

impl Head {
    /// What is in the message, if it is as agreed; if not, what its sender is told.
    fn open(&self, gateway: &Gateway, as2: &As2, octets: &[u8]) -> Result<Received, (Disposition, String)> {
        let (now, octets_max) = (gateway.now(), gateway.config.body_octets_max);
        let keys: Vec<_> = self.pairs.recipients(now).collect();
        let (certificates, mut not_valid) = as2.signers(now);
        not_valid.extend(self.pairs.ended(now).cloned());
        let (policy, certificates) = (as2.policy(octets_max), &certificates[..]);
        let relation = Relation { keys: &keys, certificates, not_valid: &not_valid, policy };
        let opened = gateway.opening.one(|| self.request.open(octets, &relation, &mut OsRandom));
        let opened = opened.map_err(|refused| (refused.disposition, outside::named(refused.why, &not_valid, now)))?;
        if opened.attachments.is_empty() || as2.attachments {
            return Ok(opened);
        }
        Err((Disposition::UnexpectedProcessingError, "further parts of a message are not taken".to_owned()))
    }

    /// What could only be confirmed without the signature that is asked for is not read: that receipt would be the first one,
    /// and so the only one.
    fn check_signer(&self, gateway: &Gateway) -> Result<(), Error> {
        let asked = self.request.receipt.as_ref().is_some_and(|receipt| receipt.signed.is_some());
        if asked && self.pairs.signer(gateway.now()).is_none() {
            return Err(Error::As2 { what: "no key of ours is valid now: `bulla as2 renew`".to_owned() });
        }
        Ok(())
    }

    /// A receipt that says why not, where one was asked for.
    fn refuse(&self, gateway: &Gateway, disposition: Disposition, why: &str) -> Result<Answer, Unanswered> {
        if self.request.receipt.is_none() {
            return Err(Unanswered::Refused { disposition, why: why.to_owned() });
        }
        let answer = self.answer(gateway, disposition, None, &format!("The message was not taken: {why}."))?;
        match self.deliver_to() {
            None => Ok(answer),
            Some(url) => later(gateway, &self.request, answer, url),
        }
    }

    fn answer(
        &self,
        gateway: &Gateway,
        disposition: Disposition,
        opened: Option<&Received>,
        text: &str,
    ) -> Result<Answer, Error> {
        if self.request.receipt.is_none() {
            return Ok(Answer::nothing());
        }
        let now = gateway.now();
        let message_id = format!("<{}@bulla>", hex::encode(random::octets::<16>()?));
        let mic = opened.map(|opened| &opened.mic);
        let features = self.partner.as_ref().map_or_else(Features::default, |(_, as2)| as2.features());
        let statement =
            Statement { disposition, mic, text, message_id: &message_id, date: &date(now), product: PRODUCT, features };
        let made = mdn::make(&self.request, &statement, self.pairs.signer(now), &mut OsRandom);
        Ok(made.map_err(|error| Error::As2 { what: format!("no receipt can be made: {error}") })?.into())
    }

    /// Where an asynchronous receipt goes; only a partner's own places were let through.
    fn deliver_to(&self) -> Option<&str> {
        let receipt = self.request.receipt.as_ref().filter(|_| self.partner.is_some())?;
        receipt.deliver_to.as_deref()
    }
}

/// A receipt that is kept for its place only: its message may come again.
fn later(gateway: &Gateway, request: &Request, answer: Answer, url: &str) -> Result<Answer, Unanswered> {
    let lease = gateway.taking()?;
    let month = Month::of(gateway.now());
    let index = lease.keys.index(month).ok_or(Error::NoIndexKey { month })?;
    let once = [&value(request)[..], &random::octets::<16>().map_err(Error::from)?].concat();
    let token = index.token(Kind::Message, &once);
    let sealed = index.keep(&token, &answer.to_octets(), &mut OsRandom);
    let answered = Answered { token, month, answer: sealed, url: Some(url.to_owned()) };
    gateway.vault.answer_once(answered, gateway.now()).map_err(Error::from)?;
    gateway.receipts.notify_one();
    Ok(Answer::nothing())
}

/// What a message is known by: who, to whom, its Message-ID.
fn value(request: &Request) -> Vec<u8> {
    [request.from.as_str(), request.to.as_str(), &request.message_id].join("\0").into_bytes()
}

/// Where the answer to a message stands: under the key of the month in which it came first.
struct Places<'r> {
    request: &'r Request,
    tokens: Vec<(Month, Token)>,
}

impl<'r> Places<'r> {
    fn of(request: &'r Request, lease: &Lease) -> Self {
        let value = value(request);
        let tokens = lease.keys.indexes().map(|(month, key)| (month, key.token(Kind::Message, &value))).collect();
        Self { request, tokens }
    }

    /// The answer that the message got when it came first.
    fn first(&self, gateway: &Gateway, lease: &Lease) -> Result<Option<Answer>, Error> {
        let tokens: Vec<Token> = self.tokens.iter().map(|(_, token)| *token).collect();
        let Some(answered) = gateway.vault.answered(&tokens)? else { return Ok(None) };
        let answer = opened(lease, &answered)?;
        if answered.url.is_some() {
            gateway.vault.send_again(&answered.token, gateway.now())?;
            gateway.receipts.notify_one();
            return Ok(Some(Answer::nothing()));
        }
        Ok(Some(answer))
    }

    /// Keeps the answer; of two that came at the same time the first one's is both's.
    fn keep(&self, gateway: &Gateway, lease: &Lease, month: Month, answer: Answer) -> Result<Answer, Unanswered> {
        let index = lease.keys.index(month).ok_or(Error::NoIndexKey { month })?;
        let token = index.token(Kind::Message, &value(self.request));
        let url = self.request.receipt.as_ref().and_then(|receipt| receipt.deliver_to.clone());
        let sealed = index.keep(&token, &answer.to_octets(), &mut OsRandom);
        let answered = Answered { token, month, answer: sealed, url };
        let standing = gateway.vault.answer_once(answered, gateway.now()).map_err(Error::from)?;
        if standing.url.is_some() {
            gateway.receipts.notify_one();
            return Ok(Answer::nothing());
        }
        Ok(opened(lease, &standing)?)
    }
}

/// What was kept.
pub(super) fn opened(lease: &Lease, answered: &Answered) -> Result<Answer, Error> {
    let month = answered.month;
    let index = lease.keys.index(month).ok_or(Error::NoIndexKey { month })?;
    let octets = index.kept(&answered.token, &answered.answer)?;
    Answer::read(&octets).ok_or(Error::Disk(vault::Error::Damaged { what: "the answer to a message" }))
}

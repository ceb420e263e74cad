//! Tokens of the HTTP interface: issued here for chosen scopes and a time, or standing in a configuration for all scopes and without an
//! end. Of each only its SHA-256 is kept: tokens are 256 random bits, so that a plain hash tells nothing.

use crate::{
    Gateway,
    partner::{Partner, PartnerId},
};
use api::gateway::{IssuedToken, Scope, Token, WantedToken};
use durable::{Kept, random};
use ledger::{Hash, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
};
use zeroize::Zeroizing;

const FILE: &str = "tokens.json";
const VERSION: u32 = 1;
const FILE_OCTETS_MAX: u64 = 16 << 20;
const DAY: i64 = 86_400_000;
const DAYS: u32 = 365;
const DAYS_MAX: u32 = 1095;
const LABEL_LENGTH_MAX: usize = 60;
/// Of those that can still be used; of those that ended lately as many as there is room for.
const TOKENS_MAX: usize = 1000;
/// So long what ended stays in the list.
const LISTED_DAYS: i64 = 400;

/// Why there is no such token, or none is made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody has this token.
    #[error("nobody has this token")]
    Unknown,
    /// It was good until then.
    #[error("this token has ended, {0}")]
    Ended(Time),
    /// It was taken back.
    #[error("this token was revoked, {0}")]
    Revoked(Time),
    /// No token is listed under this id.
    #[error("no token of this id is listed")]
    Missing,
    /// It stands in a configuration, which no request changes.
    #[error("this token stands in gateway.toml or in its partner's file: take its digest out there")]
    Configured,
    /// What is wanted cannot be.
    #[error("{0}")]
    Wanted(&'static str),
    /// Whoever asks cannot give this scope.
    #[error("who has not the scope {0} does not give it")]
    Wider(Scope),
    /// `tokens.json` is of another version, or damaged: nobody is let in by guessing what it said.
    #[error("tokens.json is not a list of tokens of version {VERSION}")]
    File,
    /// It could not be read or written.
    #[error("the list of tokens: {0}")]
    Disk(#[from] durable::Error),
    /// There are no random numbers.
    #[error("no random numbers")]
    Random(#[from] random::NoRandomNumbers),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issued {
    id: String,
    digest: Hash,
    label: String,
    partner: Option<PartnerId>,
    scopes: BTreeSet<Scope>,
    made: Time,
    by: String,
    ends: Time,
    revoked: Option<Time>,
}

impl Issued {
    fn over(&self) -> Time {
        self.revoked.unwrap_or(self.ends).min(self.ends)
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    tokens: Vec<Issued>,
    /// The day of the last use, also of tokens in a configuration.
    used: BTreeMap<Hash, String>,
}

/// All that were issued, and when each token was used last.
pub struct Tokens {
    kept: Kept<Written>,
    /// Days that are not in the file yet.
    seen: Mutex<BTreeMap<Hash, String>>,
}

/// Whom a token makes of whoever shows it.
pub struct Shown {
    /// Its id in the list.
    pub id: String,
    /// Whose it is; none: an operator's.
    pub partner: Option<Partner>,
    /// What it is good for.
    pub scopes: BTreeSet<Scope>,
}

impl Tokens {
    /// Of a gateway's directory; none, where there is no file.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let none = Written { version: VERSION, ..Written::default() };
        let written = match durable::read_if_there(&path, FILE_OCTETS_MAX)? {
            None => none,
            Some(octets) => serde_json::from_slice::<Written>(&octets).map_err(|_| Error::File)?,
        };
        if written.version != VERSION {
            return Err(Error::File);
        }
        let octets = |written: &Written| serde_json::to_vec_pretty(written).expect("string keys and plain values");
        Ok(Self { kept: Kept::new(path, written, octets), seen: Mutex::default() })
    }

    /// Notes that a token is used today; whether that is news, which [`Tokens::keep_seen`] writes.
    pub fn seen(&self, digest: &Hash, now: Time) -> bool {
        let today = day(now);
        if self.kept.read().used.get(digest) == Some(&today) {
            return false;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(*digest, today.clone()) != Some(today)
    }

    /// Writes what was noted. A day that a crash takes along is told again by the next use.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn keep_seen(&self) -> Result<(), Error> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.kept.change(|written| {
            written.used.extend(seen);
            Ok(())
        })
    }
}

/// Who shows the token with this digest.
///
/// # Errors
/// [`Error::Unknown`], [`Error::Ended`], [`Error::Revoked`].
pub fn show(gateway: &Gateway, digest: &Hash) -> Result<Shown, Error> {
    let partners = gateway.partners();
    let configured = |partner| Shown { id: configured_id(digest), partner, scopes: Scope::all() };
    if gateway.config.operators.contains(digest) {
        return Ok(configured(None));
    }
    if let Some(partner) = partners.by_token(digest) {
        return Ok(configured(Some(partner.clone())));
    }
    let written = gateway.tokens.kept.read();
    let token = written.tokens.iter().find(|token| token.digest == *digest).ok_or(Error::Unknown)?;
    let (revoked, now) = (token.revoked, gateway.now());
    match (revoked, token.ends) {
        (Some(revoked), _) => return Err(Error::Revoked(revoked)),
        (None, ends) if ends <= now => return Err(Error::Ended(ends)),
        (None, _) => {}
    }
    let partner = token.partner.as_ref().map(|id| partners.partner(id).cloned().ok_or(Error::Unknown)).transpose()?;
    Ok(Shown { id: token.id.clone(), partner, scopes: token.scopes.clone() })
}

/// All tokens: issued ones, the latest first, and those of the configuration behind them.
pub fn list(gateway: &Gateway) -> Vec<Token> {
    let (written, partners) = (gateway.tokens.kept.read(), gateway.partners());
    let operators = gateway.config.operators.iter().map(|digest| (digest, None));
    let own = partners.partners().flat_map(|partner| partner.tokens.iter().map(|digest| (digest, Some(&partner.id))));
    let configured = operators.chain(own).map(|(digest, partner)| Token {
        id: configured_id(digest),
        label: if partner.is_some() { "partner's file" } else { "gateway.toml" }.to_owned(),
        partner: partner.map(ToString::to_string),
        scopes: Scope::all().into_iter().filter(|scope| is_for(*scope, partner.is_some())).collect(),
        made: None,
        by: None,
        ends: None,
        revoked: None,
        used: used(gateway, &written, digest),
    });
    let issued = written.tokens.iter().rev().map(|token| listed(token, used(gateway, &written, &token.digest)));
    issued.chain(configured).collect()
}

/// Makes a token for whoever has these scopes; `by` is how they are listed.
///
/// # Errors
/// [`Error::Wanted`], [`Error::Wider`], [`Error::Disk`], [`Error::Random`].
pub fn issue(gateway: &Gateway, wanted: WantedToken, scopes: &BTreeSet<Scope>, by: &str) -> Result<IssuedToken, Error> {
    let (now, partner) = (gateway.now(), check(gateway, &wanted, scopes)?);
    let secret = Zeroizing::new(format!("bulla_{}", hex::encode(random::octets::<32>()?)));
    let token = Issued {
        id: format!("T-{}", hex::encode(random::octets::<6>()?)),
        digest: Hash(Sha256::digest(secret.as_bytes()).into()),
        label: wanted.label.trim().to_owned(),
        partner,
        scopes: wanted.scopes,
        made: now,
        by: by.to_owned(),
        ends: Time::from_milliseconds(now.milliseconds() + i64::from(wanted.days.unwrap_or(DAYS)) * DAY),
        revoked: None,
    };
    let told = listed(&token, None);
    gateway.tokens.kept.change(|written| {
        make_room(gateway, written, now)?;
        written.tokens.push(token);
        Ok::<_, Error>(())
    })?;
    Ok(IssuedToken { token: told, secret })
}

/// Ends a token now; one that has ended stays as it is.
///
/// # Errors
/// [`Error::Missing`], [`Error::Configured`], [`Error::Disk`].
pub fn revoke(gateway: &Gateway, id: &str) -> Result<Token, Error> {
    if id.starts_with("C-") && list(gateway).iter().any(|token| token.id == id) {
        return Err(Error::Configured);
    }
    let now = gateway.now();
    let token = gateway.tokens.kept.change(|written| {
        let token = written.tokens.iter_mut().find(|token| token.id == id).ok_or(Error::Missing)?;
        token.revoked.get_or_insert(now);
        Ok::<_, Error>(token.clone())
    })?;
    Ok(listed(&token, used(gateway, &gateway.tokens.kept.read(), &token.digest)))
}

/// For `/metrics`: until when each issued token is good, for a warning before its end. Of what is over nothing is told.
pub fn to_text(gateway: &Gateway) -> String {
    let (now, mut text) = (gateway.now(), String::from("# TYPE bulla_token_ends_seconds gauge\n"));
    for token in gateway.tokens.kept.read().tokens.iter().filter(|token| token.over() > now) {
        let seconds = token.ends.milliseconds().div_euclid(1000);
        let _ = writeln!(text, "bulla_token_ends_seconds{{token=\"{}\"}} {seconds}", token.id);
    }
    text
}

/// Whether this partner has a token that is good now.
pub(crate) fn has_one(gateway: &Gateway, partner: &PartnerId) -> bool {
    let now = gateway.now();
    let written = gateway.tokens.kept.read();
    written.tokens.iter().any(|token| token.partner.as_ref() == Some(partner) && token.over() > now)
}

/// Takes what ended long ago off the list, with the days of its use; where it is full, what ended first: who gives each job a token of
/// its own, or has revoked all, is not kept out for a year.
fn make_room(gateway: &Gateway, written: &mut Written, now: Time) -> Result<(), Error> {
    let old = now.milliseconds() - LISTED_DAYS * DAY;
    let mut gone: Vec<_> = written.tokens.extract_if(.., |token| token.over().milliseconds() <= old).collect();
    if written.tokens.len() >= TOKENS_MAX {
        let over = written.tokens.iter().enumerate().filter(|(_, token)| token.over() <= now);
        let first = over.min_by_key(|(_, token)| token.over()).map(|(place, _)| place);
        let first = first.ok_or(Error::Wanted("there are a thousand tokens already that are good"))?;
        gone.push(written.tokens.remove(first));
    }
    let mut seen = gateway.tokens.seen.lock().unwrap_or_else(PoisonError::into_inner);
    for token in gone {
        seen.remove(&token.digest);
        written.used.remove(&token.digest);
    }
    Ok(())
}

fn check(gateway: &Gateway, wanted: &WantedToken, own: &BTreeSet<Scope>) -> Result<Option<PartnerId>, Error> {
    let label = wanted.label.trim();
    if label.is_empty() || label.chars().count() > LABEL_LENGTH_MAX || label.chars().any(char::is_control) {
        return Err(Error::Wanted("a label is a line of 1 to 60 letters: what the token is for"));
    }
    if wanted.scopes.is_empty() {
        return Err(Error::Wanted("a token has at least one scope"));
    }
    if !wanted.days.is_none_or(|days| (1..=DAYS_MAX).contains(&days)) {
        return Err(Error::Wanted("a token is good for 1 to 1095 days"));
    }
    let Some(partner) = &wanted.partner else {
        if wanted.scopes.contains(&Scope::Send) {
            return Err(Error::Wanted("documents are sent with a token of their shipper: name a partner"));
        }
        let wider = wanted.scopes.difference(own).next();
        return wider.map_or(Ok(None), |scope| Err(Error::Wider(*scope)));
    };
    let known = partner.parse().ok().and_then(|id| Some(gateway.partners().partner(&id)?.id.clone()));
    let Some(id) = known else { return Err(Error::Wanted("there is no partner of this id")) };
    if !wanted.scopes.iter().all(|scope| scope.is_a_partners()) {
        return Err(Error::Wanted("a partner's token has the scopes send, read and find, and no others"));
    }
    // Who can change a partner's file can give it a token there.
    if own.contains(&Scope::Partners) { Ok(Some(id)) } else { Err(Error::Wider(Scope::Partners)) }
}

fn is_for(scope: Scope, partner: bool) -> bool {
    if partner { scope.is_a_partners() } else { scope.is_an_operators() }
}

fn listed(token: &Issued, used: Option<String>) -> Token {
    Token {
        id: token.id.clone(),
        label: token.label.clone(),
        partner: token.partner.as_ref().map(ToString::to_string),
        scopes: token.scopes.clone(),
        made: Some(token.made),
        by: Some(token.by.clone()),
        ends: Some(token.ends),
        revoked: token.revoked,
        used,
    }
}

fn used(gateway: &Gateway, written: &Written, digest: &Hash) -> Option<String> {
    let seen = gateway.tokens.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.get(digest).or_else(|| written.used.get(digest)).cloned()
}

/// A digest's beginning: it is nobody's secret, and stands in the same file.
fn configured_id(digest: &Hash) -> String {
    format!("C-{}", hex::encode(&digest.0[..6]))
}

fn day(time: Time) -> String {
    time.to_string().chars().take(10).collect()
}

//! A person who may enter, and the links by which they become one.

use super::rights::Role;
use durable::random;
use gateway::partner::PartnerId;
use ledger::Time;
use passkey::Passkey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const NAME_LENGTH_MAX: usize = 60;
const LINK_MILLISECONDS: i64 = 24 * 3_600_000;

/// A person's number: random, 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(String);

impl PersonId {
    pub fn new() -> Result<Self, random::NoRandomNumbers> {
        Ok(Self(hex::encode(random::octets::<16>()?)))
    }

    /// As it is in forms and in the log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How somebody is known here: what others call them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// A line of text that is not empty.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = text.chars().all(|letter| !letter.is_control());
        (plain && !text.is_empty() && text.chars().count() <= NAME_LENGTH_MAX).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What opens a link, for whoever holds it: 256 random bits.
pub struct Secret(Zeroizing<String>);

impl Secret {
    fn new() -> Result<Self, random::NoRandomNumbers> {
        Ok(Self(Zeroizing::new(hex::encode(random::octets::<32>()?))))
    }

    /// As it is brought.
    pub fn brought(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// For the link itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> ledger::Hash {
        ledger::Hash(Sha256::new().chain_update("bulla.link\0").chain_update(&*self.0).finalize().into())
    }
}

/// A link that was given out: for one passkey, once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    digest: ledger::Hash,
    ends: Time,
}

/// A passkey, and when it came.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    pub passkey: Passkey,
    /// The relying party that it was made for: it is good for no other.
    pub rp: String,
    pub since: Time,
}

/// Somebody who may enter.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: PersonId,
    pub name: Name,
    pub role: Role,
    /// Whose person that is, of a partner's.
    pub partner: Option<PartnerId>,
    pub passkeys: Vec<Held>,
    /// Kept out, until an admin lets them in again.
    pub disabled: bool,
    link: Option<Link>,
}

impl Person {
    /// With no way in yet. A partner's person has a partner, and nobody else.
    pub fn new(id: PersonId, name: Name, role: Role, partner: Option<PartnerId>) -> Option<Self> {
        let person = Self { id, name, role, partner, passkeys: Vec::new(), disabled: false, link: None };
        person.is_whole().then_some(person)
    }

    /// Whether there can be somebody like this.
    pub fn is_whole(&self) -> bool {
        (self.role == Role::Partner) == self.partner.is_some() && self.role != Role::Operator
    }

    /// A new link, in place of one that there was. Only its digest stays.
    pub fn link(&mut self, now: Time) -> Result<Secret, random::NoRandomNumbers> {
        let secret = Secret::new()?;
        let ends = Time::from_milliseconds(now.milliseconds() + LINK_MILLISECONDS);
        self.link = Some(Link { digest: secret.digest(), ends });
        Ok(secret)
    }

    /// Until when there is a link that nobody used.
    pub fn link_ends(&self, now: Time) -> Option<Time> {
        self.link.as_ref().map(|link| link.ends).filter(|ends| *ends > now && !self.disabled)
    }

    /// Whether that opens this person's link now. Digests of random numbers are compared: timing tells nothing of them.
    pub fn is_opened_by(&self, secret: &Secret, now: Time) -> bool {
        self.link_ends(now).is_some() && self.link.as_ref().is_some_and(|link| link.digest == secret.digest())
    }

    /// The link has been used, or is worth nothing any more.
    pub fn end_link(&mut self) {
        self.link = None;
    }

    /// Whether this is somebody who can let others in.
    pub fn is_working_admin(&self) -> bool {
        self.role == Role::Admin && !self.disabled && !self.passkeys.is_empty()
    }
}

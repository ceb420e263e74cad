//! Tokens of the HTTP interface: what each is good for, and until when. Which route needs what is said at the routes.

use ledger::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// What a token may be good for. This list is closed: what is not in it no token can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send documents, as their shipper.
    Send,
    /// Read documents' states and acknowledgements; deliveries and periods, of an operator's.
    Read,
    /// Find parcels by a number: operational data, nothing personal.
    Find,
    /// Resend, hold and release deliveries.
    Deliver,
    /// Carry signed requests to open to the warden.
    Open,
    /// Have the keys of ended periods destroyed.
    Retention,
    /// Read what an assessment is made of, and have the ledger brought up to date for it.
    Assess,
    /// Read and change partners, agreements and AS2 keys; issue partners' tokens.
    Partners,
    /// Carry what officers have signed to the ledger.
    Policy,
    /// Issue, list and revoke tokens, of no wider scopes than one's own.
    Tokens,
}

impl Scope {
    /// All of them, with their words.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Send, "send"),
        (Self::Read, "read"),
        (Self::Find, "find"),
        (Self::Deliver, "deliver"),
        (Self::Open, "open"),
        (Self::Retention, "retention"),
        (Self::Assess, "assess"),
        (Self::Partners, "partners"),
        (Self::Policy, "policy"),
        (Self::Tokens, "tokens"),
    ];

    /// All of them.
    pub fn all() -> BTreeSet<Self> {
        Self::ALL.into_iter().map(|(scope, _)| scope).collect()
    }

    /// Its word in forms, files and commands.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(own, _)| *own == self).map_or("", |(_, word)| word)
    }

    /// Whether a partner's token can have it.
    pub fn is_a_partners(self) -> bool {
        matches!(self, Self::Send | Self::Read | Self::Find)
    }

    /// Whether an operator's token can have it: documents are sent by their shipper only.
    pub fn is_an_operators(self) -> bool {
        self != Self::Send
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such scope.
#[derive(Debug, thiserror::Error)]
#[error("the scopes are send, read, find, deliver, open, retention, assess, partners, policy and tokens")]
pub struct NoScope;

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(word: &str) -> Result<Self, NoScope> {
        Self::ALL.into_iter().find(|(_, own)| *own == word).map(|(scope, _)| scope).ok_or(NoScope)
    }
}

/// A token as it is listed: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Our name for it: `T-…`, or `C-…` where it stands in a configuration.
    pub id: String,
    /// What it is for, in the words of who made it.
    pub label: String,
    /// Whose it is; none: an operator's.
    pub partner: Option<String>,
    /// What it is good for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made; none: it stands in a configuration.
    #[schemars(with = "Option<String>")]
    pub made: Option<Time>,
    /// The token or person that made it.
    pub by: Option<String>,
    /// Until when it is good; none: it has no end, because it stands in a configuration.
    #[schemars(with = "Option<String>")]
    pub ends: Option<Time>,
    /// When it was revoked.
    #[schemars(with = "Option<String>")]
    pub revoked: Option<Time>,
    /// The day of its last use, UTC.
    pub used: Option<String>,
}

/// A token that somebody wants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedToken {
    /// What it is for: a line of at most 60 letters.
    pub label: String,
    /// Whose it is to be; none: an operator's.
    pub partner: Option<String>,
    /// What it is to be good for.
    pub scopes: BTreeSet<Scope>,
    /// For how many days, 1 to 1095; a year if it is not said.
    pub days: Option<u32>,
}

/// A token, this once.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuedToken {
    /// How it is listed from now on.
    pub token: Token,
    /// What is shown as `Authorization: Bearer …`: kept nowhere else.
    #[schemars(with = "String")]
    pub secret: zeroize::Zeroizing<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_one_word_in_forms_and_in_json() {
        for (scope, word) in Scope::ALL {
            assert_eq!(word.parse::<Scope>().unwrap(), scope);
            assert_eq!(serde_json::to_value(scope).unwrap(), word);
            assert!(scope.is_a_partners() || scope.is_an_operators());
        }
        assert!("all".parse::<Scope>().is_err());
    }
}

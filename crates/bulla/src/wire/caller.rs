//! Who asks: known by a bearer token.

use super::problem::Problem;
use api::gateway::Scope;
use axum::http::{HeaderMap, header};
use gateway::{
    Gateway,
    partner::Partner,
    tokens::{self, Shown},
};
use ledger::Hash;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, sync::Arc};

/// The [`Caller::name`] that all operators have.
pub const OPERATORS: &str = "operators";

pub enum Caller {
    /// Sees and does everything but open.
    Operator,
    /// Sees and does its own.
    Partner(Box<Partner>),
}

impl Caller {
    /// By the bearer token: a client certificate lets in, but names nobody. What the token is good for was judged before (`https`).
    pub fn of(gateway: &Gateway, headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Credential::of(gateway, headers)?.caller)
    }

    /// Nobody else may do this.
    pub fn operator(gateway: &Gateway, headers: &HeaderMap) -> Result<(), Problem> {
        match Self::of(gateway, headers)? {
            Self::Operator => Ok(()),
            Self::Partner(_) => Err(Problem::forbidden("this needs an operator's token")),
        }
    }

    /// Whose share of the room for bodies it takes.
    pub fn name(&self) -> String {
        match self {
            Self::Operator => OPERATORS.to_owned(),
            Self::Partner(partner) => format!("partner {}", partner.id),
        }
    }

    /// Whose things are shown; none: everyone's.
    pub fn only(&self) -> Option<&Partner> {
        match self {
            Self::Operator => None,
            Self::Partner(partner) => Some(partner),
        }
    }
}

/// A token that somebody has shown, and that is good now.
pub struct Credential {
    pub caller: Caller,
    /// What it is good for.
    pub scopes: BTreeSet<Scope>,
    /// How it is listed.
    pub id: String,
    digest: Hash,
}

impl Credential {
    /// The bearer token of a request.
    pub fn of(gateway: &Gateway, headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let token = value.strip_prefix("Bearer ").ok_or_else(Problem::unauthorized)?.trim();
        Ok(Self::by_digest(gateway, digest(token))?)
    }

    /// The token with this digest.
    pub fn by_digest(gateway: &Gateway, digest: Hash) -> Result<Self, tokens::Error> {
        let Shown { id, partner, scopes } = tokens::show(gateway, &digest)?;
        let caller = partner.map_or(Caller::Operator, |partner| Caller::Partner(Box::new(partner)));
        Ok(Self { caller, scopes, id, digest })
    }

    /// Notes that it was used today. The disk is not waited for.
    pub fn is_used(&self, gateway: &Arc<Gateway>) {
        if !gateway.tokens.seen(&self.digest, gateway.now()) {
            return;
        }
        let gateway = gateway.clone();
        drop(memory::spawn_blocking(move || {
            if let Err(error) = gateway.tokens.keep_seen() {
                eprintln!("gateway: the day of a token's use is not kept: {error}");
            }
        }));
    }
}

/// Tokens are 256 random bits: comparing digests tells nothing by its timing.
pub fn digest(token: &str) -> Hash {
    Hash(Sha256::digest(token.as_bytes()).into())
}

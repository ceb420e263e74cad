//! Who asks: known by a bearer token.

use super::problem::Problem;
use axum::http::{HeaderMap, header};
use gateway::{Gateway, partner::Partner};
use ledger::Hash;
use sha2::{Digest, Sha256};

/// The [`Caller::name`] that all operators have.
pub const OPERATORS: &str = "operators";

pub enum Caller {
    /// Sees and does everything but open.
    Operator,
    /// Sees and does its own.
    Partner(Box<Partner>),
}

impl Caller {
    /// By the bearer token: a client certificate lets in, but names nobody.
    pub fn of(gateway: &Gateway, headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let token = value.strip_prefix("Bearer ").ok_or_else(Problem::unauthorized)?.trim();
        Self::by_digest(gateway, &digest(token)).ok_or_else(Problem::unauthorized)
    }

    /// Whose token has this digest.
    pub fn by_digest(gateway: &Gateway, digest: &Hash) -> Option<Self> {
        if gateway.config.operators.contains(digest) {
            return Some(Self::Operator);
        }
        gateway.partners().by_token(digest).cloned().map(|partner| Self::Partner(Box::new(partner)))
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

/// Tokens are 256 random bits: comparing digests tells nothing by its timing.
pub fn digest(token: &str) -> Hash {
    Hash(Sha256::digest(token.as_bytes()).into())
}

//! Who has a file tested: somebody who may, or whoever reaches the console, where its operator allows that.

use super::{
    entry,
    failure::Failure,
    look::Look,
    rights::Room,
    visit::{Console, Visit},
};
use crate::wire::{caller::Caller, problem::Problem};
use axum::{
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use console::{Frame, test::Choice};
use door::Edge;
use gateway::{Error, Gateway, exchange::Ticket, partner::Agreement};
use ledger::entry::Channel;
use std::{net::IpAddr, sync::Arc};

/// Who asks.
pub enum Tester {
    /// Somebody who may.
    Known(Box<Visit>),
    /// Nobody known: learns of no partner, and is heard less often.
    Stranger(Look),
}

impl Tester {
    /// Who that is.
    pub fn of(console: &Arc<Console>, headers: &HeaderMap, uri: &Uri) -> Result<Self, Failure> {
        match Visit::of(console, headers, uri) {
            Ok(visit) if visit.rights.may(Room::Test) => Ok(Self::Known(Box::new(visit))),
            Ok(visit) => Err(visit.failure("forbidden")),
            Err(_) if console.entrance.open_tests => Ok(Self::Stranger(Look::of(headers))),
            Err(failure) => Err(failure),
        }
    }

    /// Counts one more file, or says in its place that it is too many.
    pub fn counted(&self, console: &Console, peer: IpAddr) -> Result<(), Box<Response>> {
        let now = console.gateway.now();
        let (counted, failure) = match self {
            Self::Known(visit) => {
                let who = format!("{} {}", visit.caller.name(), visit.actor());
                (console.tests.count(&who, now), visit.failure("often"))
            }
            Self::Stranger(look) => {
                let (own, all) = &console.open_tests;
                let counted = own.count(&neighbourhood(peer), now).and_then(|()| all.count("", now));
                (counted, Failure::of("often_open", *look, None))
            }
        };
        counted.map_err(|seconds| {
            let mut answer = failure.into_response();
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            Box::new(answer)
        })
    }

    /// What is pasted is in this process's memory, as what is sent is: the ledger hears of it.
    pub fn ticket(&self, gateway: &Gateway, edge: &Edge) -> Result<Ticket, Error> {
        match self.only() {
            Some(partner) => gateway.ticket(&partner.id, Channel::Https, edge.tls),
            None => gateway.ticket_of_test(edge.tls),
        }
    }

    fn only(&self) -> Option<&gateway::partner::Partner> {
        match self {
            Self::Known(visit) => match &visit.caller {
                Caller::Operator => None,
                Caller::Partner(partner) => Some(partner),
            },
            Self::Stranger(_) => None,
        }
    }

    /// Whose share of the room for bodies it is.
    pub fn name(&self) -> String {
        match self {
            Self::Known(visit) => visit.caller.name(),
            Self::Stranger(_) => "whoever tests a file".to_owned(),
        }
    }

    /// Whether a form is of this session, or of this browser.
    pub fn form_is_ours(&self, console: &Console, headers: &HeaderMap, brought: &str) -> Result<(), Failure> {
        match self {
            Self::Known(visit) => visit.form_is_ours(brought),
            Self::Stranger(_) => entry::is_of_the_door(console, headers, brought),
        }
    }

    /// In place of a page.
    pub fn failure(&self, kind: &'static str) -> Failure {
        match self {
            Self::Known(visit) => visit.failure(kind),
            Self::Stranger(look) => Failure::of(kind, *look, None),
        }
    }

    /// The agreements under which this one may test: all of its own, and none where nobody is known.
    pub fn agreements(&self, gateway: &Gateway) -> Vec<Agreement> {
        let (partners, only) = (gateway.partners(), self.only());
        let own = |agreement: &&Agreement| only.is_none_or(|partner| agreement.shipper == partner.id);
        match self {
            Self::Known(_) => partners.agreements().filter(own).cloned().collect(),
            Self::Stranger(_) => Vec::new(),
        }
    }

    /// A page for this one.
    pub fn page(
        &self,
        console: &Console,
        edge: &Edge,
        headers: &HeaderMap,
        page: impl FnOnce(&Frame) -> String,
    ) -> Result<Response, Failure> {
        match self {
            Self::Known(visit) => {
                let unanchored = console.gateway.vault.unanchored_count().map_err(Error::from);
                let unanchored = unanchored.map_err(|error| visit.problem(&Problem::from(error)))?;
                Ok(axum::response::Html(page(&visit.frame("test", unanchored))).into_response())
            }
            Self::Stranger(_) => Ok(entry::at_the_door(console, edge, headers, "/console/test", page)),
        }
    }
}

/// How an agreement is offered.
pub fn choices(agreements: &[Agreement], chosen: &str) -> Vec<Choice> {
    let choice = |agreement: &Agreement| Choice {
        id: agreement.id.to_string(),
        shipper: agreement.shipper.to_string(),
        carrier: agreement.carrier.to_string(),
        chosen: agreement.id.as_str() == chosen,
    };
    agreements.iter().map(choice).collect()
}

/// An address, or of IPv6 what one household has: who has one of these has all of them.
fn neighbourhood(peer: IpAddr) -> String {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_network_is_one_who_asks() {
        let of = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}

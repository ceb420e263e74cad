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
use console::{Frame, test};
use door::Edge;
use gateway::{
    Error, Gateway,
    exchange::Ticket,
    partner::{Agreement, Partners},
};
use ledger::entry::Channel;
use manifest::guide::Guide;
use std::{net::IpAddr, sync::Arc};

/// Who asks.
pub enum Tester {
    /// Somebody who may.
    Known(Box<Visit>),
    /// Nobody known: learns of no partner, and is heard less often.
    Stranger(Look),
}

/// By what a file is tested.
pub enum Chosen<'p> {
    /// The messages' own rules.
    Plain,
    /// As if its shipper had sent it.
    Agreement(&'p Agreement),
    /// A guide alone.
    Guide(&'p Guide),
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
    fn agreements<'p>(&self, partners: &'p Partners) -> Vec<&'p Agreement> {
        let only = self.only();
        let own = |agreement: &&Agreement| only.is_none_or(|partner| agreement.shipper == partner.id);
        match self {
            Self::Known(_) => partners.agreements().filter(own).collect(),
            Self::Stranger(_) => Vec::new(),
        }
    }

    /// The guides by which this one may test: an operator by all, a partner by those of its own agreements.
    fn guides<'p>(&self, partners: &'p Partners) -> Vec<&'p Guide> {
        let own: Vec<_> = self.agreements(partners).into_iter().filter_map(|own| own.guide.as_deref()).collect();
        let may = |guide: &&Guide| match self {
            Self::Known(_) => self.only().is_none() || own.contains(&&*guide.name),
            Self::Stranger(_) => false,
        };
        partners.guides().iter().filter(may).collect()
    }

    /// By what the form has it tested; none where that is nothing that this one may know of.
    pub fn chosen<'p>(&self, partners: &'p Partners, by: &str) -> Option<Chosen<'p>> {
        match by.split_once(':') {
            None if by.is_empty() => Some(Chosen::Plain),
            Some(("agreement", id)) => {
                self.agreements(partners).into_iter().find(|own| own.id.as_str() == id).map(Chosen::Agreement)
            }
            Some(("guide", name)) => self.guides(partners).into_iter().find(|own| own.name == name).map(Chosen::Guide),
            _ => None,
        }
    }

    /// How all of it is offered.
    pub fn choices(&self, partners: &Partners, by: &str) -> test::Choices {
        let agreement = |agreement: &Agreement| test::Agreement {
            id: agreement.id.to_string(),
            shipper: agreement.shipper.to_string(),
            carrier: agreement.carrier.to_string(),
            chosen: by.strip_prefix("agreement:") == Some(agreement.id.as_str()),
        };
        let guide = |guide: &Guide| test::Guide {
            name: guide.name.clone(),
            chosen: by.strip_prefix("guide:") == Some(&*guide.name),
        };
        test::Choices {
            agreements: self.agreements(partners).into_iter().map(agreement).collect(),
            guides: self.guides(partners).into_iter().map(guide).collect(),
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

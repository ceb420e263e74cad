//! Partners and agreements as people look at them: who, until when its certificates hold, and how far an agreement is.

use super::{
    Agreement, Partner,
    certificates::{self, Use},
    enrolment,
};
use crate::{Error, Gateway, tokens};
use api::gateway::record::{Agreed, Known, Party};
use ledger::{AgreementId, Time};
use std::collections::{BTreeMap, BTreeSet};

/// All that `only` may see: itself, and what it agreed.
///
/// # Errors
/// [`Error::DeliveryCopy`] for a stored certificate that is none.
pub fn known(gateway: &Gateway, only: Option<&Partner>) -> Result<Known, Error> {
    let ends = certificates::ends(gateway);
    let undecided: Option<BTreeSet<AgreementId>> = match enrolment::draft(gateway) {
        Ok(draft) => Some(draft.agreements.into_iter().map(|own| own.agreement).collect()),
        Err(Error::NoKeys) => None,
        Err(other) => return Err(other),
    };
    let partners = gateway.partners();
    let own = partners.partners().filter(|partner| only.is_none_or(|only| only.id == partner.id));
    let agreements = partners
        .agreements()
        .filter(|agreement| only.is_none_or(|only| agreement.shipper == only.id || agreement.carrier == only.id));
    Ok(Known {
        now: gateway.now(),
        partners: own.map(|partner| party(gateway, partner, &ends)).collect(),
        agreements: agreements.map(|agreement| agreed(agreement, undecided.as_ref())).collect(),
    })
}

fn party(gateway: &Gateway, partner: &Partner, ends: &BTreeMap<certificates::Whose, Time>) -> Party {
    let of = |r#use: Use| Some((r#use.as_str(), *ends.get(&(Some(partner.pseudonym.clone()), r#use))?));
    let sends_https = !partner.tokens.is_empty()
        || tokens::has_one(gateway, &partner.id)
        || partner.delivery.as_ref().is_some_and(|point| !point.as2);
    let ways = [("https", sends_https), ("as2", partner.as2.is_some())];
    Party {
        id: partner.id.to_string(),
        name: partner.name.clone(),
        pseudonym: partner.pseudonym.to_string(),
        edi: partner.edi.iter().map(ToString::to_string).collect(),
        ways: ways.into_iter().filter(|(_, is)| *is).map(|(way, _)| way).collect(),
        certificates: [Use::Delivery, Use::Signing, Use::Answers, Use::Tls].into_iter().filter_map(of).collect(),
    }
}

fn agreed(agreement: &Agreement, undecided: Option<&BTreeSet<AgreementId>>) -> Agreed {
    Agreed {
        id: agreement.id.to_string(),
        shipper: agreement.shipper.to_string(),
        carrier: agreement.carrier.to_string(),
        status: agreement.status.to_string(),
        decided: undecided.map(|undecided| !undecided.contains(&agreement.id)),
        guide: agreement.guide.clone(),
        days: agreement.retention_days.clone(),
        answer_hours: agreement.answer_hours,
    }
}

//! What of a file of partners is not the operator's to decide: to whom documents are encrypted, and who exchanges with whom.
//! That is used only as officers have signed it into the ledger (`docs/protocol.md`, R6 and R10).

use super::{Agreement, Partner, Partners};
use crate::{Error, Gateway, exchange::anchor, warden};
use api::warden::{Decided, DecidedCarrier, Refusal, Standing};
use ledger::{
    Hash,
    entry::{self, Lockdown, Policy, PolicyRecord, Revocation},
};
use std::sync::Arc;

/// What officers have not decided yet of the partners as they are now, as the next policy. Nobody has signed it.
///
/// # Errors
/// [`Error::NoKeys`] before the warden has told what stands.
pub fn draft(gateway: &Gateway) -> Result<PolicyRecord, Error> {
    let lease = gateway.gate.lease().ok_or(Error::NoKeys)?;
    drafted(&gateway.partners(), lease.keys.standing())
}

/// Carries a signed policy to the warden. When this returns, what it decides is used; unless it gives this gateway another key.
///
/// # Errors
/// [`Error::WardenRefused`] for one that too few officers signed, or that is not the next.
pub async fn decide(gateway: &Arc<Gateway>, policy: Policy) -> Result<Decided, Error> {
    let decided = warden::tell(gateway, "/v1/policy", &policy).await?;
    match anchor::renew_periods(gateway).await {
        // It is decided all the same, and whoever has the old key is told nothing more.
        Err(Error::WardenRefused(Refusal::Signature)) => Ok(decided),
        renewed => renewed.map(|()| decided),
    }
}

/// Carries to the warden that a key is nobody's any more.
///
/// # Errors
/// [`Error::WardenRefused`] for one that neither an officer nor the key itself has signed.
pub async fn revoke(gateway: &Arc<Gateway>, revocation: Revocation) -> Result<Decided, Error> {
    warden::tell(gateway, "/v1/revocations", &revocation).await
}

/// Carries to the warden that nothing is opened any more, or that it is again.
///
/// # Errors
/// [`Error::WardenRefused`] for one that is not the next, or that too few officers signed.
pub async fn lock(gateway: &Arc<Gateway>, lockdown: Lockdown) -> Result<Decided, Error> {
    warden::tell(gateway, "/v1/lockdown", &lockdown).await
}

/// A carrier as the ledger has it; none for who receives nothing.
fn carrier(partner: &Partner) -> Result<Option<entry::Carrier>, Error> {
    let Some(point) = &partner.delivery else { return Ok(None) };
    let certificates = point.certificates.iter().map(|pem| Ok(Hash(::as2::Certificate::from_pem(pem)?.fingerprint())));
    let name = |id: &super::EdiId| entry::Carrier::edi_name(&partner.pseudonym, &id.to_string());
    Ok(Some(entry::Carrier {
        carrier: partner.pseudonym.clone(),
        key: point.key,
        certificates: certificates.collect::<Result<_, Error>>()?,
        edi: partner.edi.iter().map(name).collect(),
    }))
}

/// An agreement as the ledger has it.
fn agreement(agreement: &Agreement, shipper: &Partner, carrier: &Partner) -> entry::Agreement {
    entry::Agreement {
        agreement: agreement.id.clone(),
        shipper: shipper.pseudonym.clone(),
        carrier: carrier.pseudonym.clone(),
        groups: agreement.groups(),
    }
}

/// Refuses unless officers have decided on this carrier and this agreement, as they are now. Returns the policy that gave the carrier
/// its certificates: whoever writes the file of partners may leave some of them out, and what is there beside them is not used.
pub(crate) fn check<'s>(
    standing: &'s Standing,
    terms: &Agreement,
    shipper: &Partner,
    receiver: &Partner,
) -> Result<&'s DecidedCarrier, Error> {
    let own = carrier(receiver)?;
    let as_decided =
        |carrier: &entry::Carrier| own.as_ref().is_some_and(|own| (carrier.key, &carrier.edi) == (own.key, &own.edi));
    let decided = standing.carriers.get(&receiver.pseudonym).filter(|decided| as_decided(&decided.carrier));
    let decided = decided.ok_or_else(|| Error::CarrierNotDecided { carrier: receiver.id.clone() })?;
    if standing.agreements.get(&terms.id) != Some(&agreement(terms, shipper, receiver)) {
        return Err(Error::AgreementNotDecided { agreement: terms.id.clone() });
    }
    Ok(decided)
}

fn drafted(partners: &Partners, standing: &Standing) -> Result<PolicyRecord, Error> {
    let carriers: Vec<_> =
        partners.partners().filter_map(|partner| carrier(partner).transpose()).collect::<Result<_, _>>()?;
    let known = |id| partners.partner(id).expect("agreements are checked");
    let agreements = partners.agreements().map(|terms| agreement(terms, known(&terms.shipper), known(&terms.carrier)));
    Ok(standing.draft(Vec::new(), carriers, agreements.collect()))
}

//! AS2 (RFC 4130) over HTTP: the header before the body, the receipt in the answer.

use super::{
    body::{collect, collect_noting},
    caller::Caller,
    handler::{Answer, Shared, blocking},
    problem::Problem,
};
use crate::certificate;
use api::gateway::{As2, As2Certificate};
use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use door::Edge;
use gateway::{
    Gateway,
    message::{self, Message},
};
use ledger::{Time, entry::Channel};

/// What is read of a message that is not taken.
const STRANGER_OCTETS_MAX: usize = 1 << 20;

/// A message.
pub async fn take(State(gateway): Shared, Extension(edge): Extension<Edge>, request: Request) -> Answer {
    let fields = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = as2::mime::Headers::new(fields).map_err(message::receive::Unanswered::from)?;
    let head = message::Head::read(&gateway, headers)?;
    let Some(partner) = head.partner() else {
        pass_over(&gateway, &head, &edge, request).await?;
        return blocking(&gateway, move |gateway| Ok(answered(message::stranger(gateway, &head)?))).await;
    };
    gateway.taking()?;
    let who = format!("partner {}", partner.id);
    let ticket = gateway.ticket(&partner.id, Channel::As2, edge.tls)?;
    let octets = collect_noting(request, &who, gateway.config.body_octets_max, &ticket).await?;
    let received = gateway.now();
    blocking(&gateway, move |gateway| {
        let message = Message { octets: &octets, ticket: &ticket, tls: edge.tls, received };
        Ok(answered(message::receive(gateway, &head, &message)?))
    })
    .await
}

/// Reads what nobody here takes, so that its sender gets to read the answer. A partner's counts with what was read of it: dropped
/// without an entry, its ticket leaves one as of a body that broke off.
async fn pass_over(gateway: &Gateway, head: &message::Head, edge: &Edge, request: Request) -> Result<(), Problem> {
    let Some(partner) = head.named() else {
        door::discard(request, STRANGER_OCTETS_MAX).await;
        return Ok(());
    };
    let ticket = gateway.ticket(partner, Channel::As2, edge.tls)?;
    let who = format!("partner {partner}");
    let _ = collect_noting(request, &who, STRANGER_OCTETS_MAX, &ticket).await;
    Ok(())
}

fn answered(answer: message::Answer) -> Response {
    let mut response = (StatusCode::OK, answer.body.to_vec()).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name.as_str()).expect("a receipt's fields have names of tokens");
        let value = HeaderValue::try_from(value.as_str()).expect("a receipt's fields are checked");
        response.headers_mut().insert(name, value);
    }
    response
}

/// Who we are, for partners.
pub async fn show(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(&gateway, |gateway| Ok(Json(ours(gateway)?).into_response())).await
}

/// Makes the next pair of keys.
pub async fn renew(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request, super::caller::OPERATORS, super::body::SMALL_OCTETS_MAX).await?;
    blocking(&gateway, move |gateway| {
        let wanted: api::gateway::As2Renewal = super::body::from_json(&body)?;
        let name = ours(gateway)?.name;
        let from = wanted.from.unwrap_or_else(|| gateway.now());
        if from.milliseconds() < 0 {
            return Err(Problem::bad_request("a certificate begins in 1970 or later"));
        }
        let dir = gateway.config.dir.join(message::identity::FOLDER);
        certificate::make_dated(&dir, &name, from).map_err(|error| {
            eprintln!("no AS2 keys were made: {error:#}");
            Problem::failed()
        })?;
        Ok(Json(ours(gateway)?).into_response())
    })
    .await
}

fn ours(gateway: &Gateway) -> Result<As2, Problem> {
    let identity = gateway.identity().ok_or(message::receive::Unanswered::NoName)?;
    let now = gateway.now();
    let pairs = identity.pairs();
    let signs = pairs.signer(now).map(|signer| signer.certificate().fingerprint());
    let time = |seconds: u64| Time::from_milliseconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1000) * 1000);
    let certificates = pairs.certificates().map(|certificate| {
        let (validity, fingerprint) = (certificate.validity_seconds(), certificate.fingerprint());
        As2Certificate {
            sha256: ledger::Hash(fingerprint),
            from: time(*validity.start()),
            until: time(*validity.end()),
            signs: signs == Some(fingerprint),
            pem: certificate::pem(certificate.der()),
        }
    });
    Ok(As2 { name: identity.name.as_str().to_owned(), certificates: certificates.collect() })
}

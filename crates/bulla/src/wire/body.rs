//! Bodies: read whole into memory that is overwritten when freed, never more than was said, never for ever, and never
//! more of all together than there is room for.

use super::{
    edge::Edge,
    problem::Problem,
    room::{Full, Share},
};
use axum::{body::Body, extract::Request, http::StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes};
use std::{ops::Deref, time::Duration};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// A request that is no document.
pub const SMALL_OCTETS_MAX: usize = 1 << 20;
/// When room may be there again.
const FULL_RETRY_SECONDS: u32 = 5;
/// The first step of a body that does not announce its length.
const STEP_OCTETS: usize = 1 << 16;

/// A whole body, and its share of the room for bodies: hold it as long as the octets.
pub struct Collected {
    // Freed before the share is given back.
    octets: Zeroizing<Vec<u8>>,
    _share: Share,
}

impl Deref for Collected {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.octets
    }
}

/// The whole body, for `who`: never more than `octets_max`.
pub async fn collect(request: Request, who: &str, octets_max: usize) -> Result<Collected, Problem> {
    let Some(edge) = request.extensions().get::<Edge>().cloned() else { return Err(Problem::failed()) };
    let body = request.into_body();
    // What announces more than is taken is not read at all.
    if body.size_hint().lower() > octets_max as u64 {
        return Err(too_large(octets_max));
    }
    let announced = body.size_hint().exact().and_then(|octets| usize::try_from(octets).ok());
    let mut share = edge.room.share(who.to_owned());
    share.grow_to(announced.unwrap_or(0)).map_err(full)?;
    let mut octets = Zeroizing::new(Vec::with_capacity(announced.unwrap_or(0)));
    let mut limited = Limited::new(body, octets_max);
    let end = Instant::now() + edge.limits.body;
    while let Some(data) = next(&mut limited, edge.limits.silence, end, octets_max).await? {
        grow(&mut octets, &mut share, &data, octets_max)?;
    }
    Ok(Collected { octets, _share: share })
}

/// The next octets; none at the end.
async fn next(
    body: &mut Limited<Body>,
    silence: Duration,
    end: Instant,
    octets_max: usize,
) -> Result<Option<Bytes>, Problem> {
    let now = Instant::now();
    if now >= end {
        // Octet by octet it would otherwise never be silent.
        return Err(too_slow("the body took too long as a whole; send it by a faster line, or split it"));
    }
    let wait = silence.min(end - now);
    let frame = timeout(wait, body.frame()).await;
    let frame = frame.map_err(|_| too_slow("no octet of the body came for too long; send it again"))?;
    let Some(frame) = frame else { return Ok(None) };
    let frame = frame.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            too_large(octets_max)
        } else {
            Problem::bad_request("the body ended before its announced length; send it again")
        }
    })?;
    // Trailers are no octets of the body.
    Ok(Some(frame.into_data().unwrap_or_default()))
}

/// Appends without leaving a copy behind when the buffer moves; takes the room for it first.
fn grow(octets: &mut Zeroizing<Vec<u8>>, share: &mut Share, data: &[u8], octets_max: usize) -> Result<(), Problem> {
    let needed = octets.len() + data.len();
    if octets.capacity() < needed {
        let capacity = needed.next_power_of_two().max(STEP_OCTETS).min(octets_max.max(needed));
        share.grow_to(capacity).map_err(full)?;
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
    octets.extend_from_slice(data);
    Ok(())
}

fn too_large(octets_max: usize) -> Problem {
    let detail = format!("the body is larger than {octets_max} octets; split it into several interchanges");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
}

fn too_slow(detail: &'static str) -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail)
}

fn full(full: Full) -> Problem {
    let (status, title, detail) = match full {
        Full::Everyone => (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many bodies at once",
            "the gateway's memory for bodies is taken; nothing was kept; send it again",
        ),
        Full::Own => (
            StatusCode::TOO_MANY_REQUESTS,
            "too much at once",
            "this credential's bodies take its half of the gateway's memory; nothing was kept; wait for their answers",
        ),
    };
    Problem::new(status, title, detail).retry_after(FULL_RETRY_SECONDS)
}

/// A small JSON body.
pub fn from_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde_json's own words can quote what was sent.
    serde_json::from_slice(body).map_err(|e| {
        Problem::bad_request(format!("the JSON is not as documented, at line {} column {}", e.line(), e.column()))
    })
}

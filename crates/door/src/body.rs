//! Bodies: read whole into memory that is overwritten when freed, never more than was said, never for ever, and never
//! more of all together than there is room for.

use crate::{
    Edge,
    room::{Full, Share},
};
use axum::{body::Body, extract::Request, http::StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes};
use std::{ops::Deref, time::Duration};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

/// When room may be there again.
const FULL_RETRY_SECONDS: u32 = 5;
/// The first step of a body that does not announce its length.
const STEP_OCTETS: usize = 1 << 16;

/// Why a body was not read to its end. The words are what its sender can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Never read further than it had to be to know.
    #[error("the body is larger than {octets_max} octets")]
    TooLarge {
        /// What is taken here.
        octets_max: usize,
    },
    /// Its sender has stopped.
    #[error("no octet of the body came for too long; send it again")]
    Silent,
    /// Octet by octet it would otherwise never be silent.
    #[error("the body took too long as a whole; send it by a faster line, or split it")]
    TooSlow,
    /// Its sender has hung up, or does not speak HTTP.
    #[error("the body ended before its announced length; send it again")]
    CutOff,
    /// The memory for bodies is taken.
    #[error("{}; nothing was kept; send it again", match .0 {
        Full::Everyone => "the memory for bodies is taken",
        Full::Own => "this asker's bodies take its half of the memory for them",
    })]
    NoRoom(Full),
}

impl Unread {
    /// As it is answered.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Silent | Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::NoRoom(Full::Everyone) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoRoom(Full::Own) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// When it may be worth another try: `Retry-After`.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        matches!(self, Self::NoRoom(_)).then_some(FULL_RETRY_SECONDS)
    }
}

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
///
/// # Errors
/// [`Unread`].
///
/// # Panics
/// If the request did not come through a [`crate::Server`].
pub async fn collect(request: Request, who: &str, octets_max: usize) -> Result<Collected, Unread> {
    collect_noting(request, who, octets_max, |_| Ok::<_, Unread>(())).await
}

/// The same for a body that somebody keeps account of: `allow` is told how much of it may have been read next, before it is
/// read, and may forbid it.
///
/// # Errors
/// [`Unread`], and what `allow` says.
///
/// # Panics
/// If the request did not come through a [`crate::Server`].
pub async fn collect_noting<E: From<Unread>>(
    request: Request,
    who: &str,
    octets_max: usize,
    mut allow: impl FnMut(u64) -> Result<(), E>,
) -> Result<Collected, E> {
    let edge = request.extensions().get::<Edge>().cloned().expect("every request of a `Server` has it");
    let body = request.into_body();
    // What announces more than is taken is not read at all.
    if body.size_hint().lower() > octets_max as u64 {
        return Err(Unread::TooLarge { octets_max }.into());
    }
    let announced = body.size_hint().exact().and_then(|octets| usize::try_from(octets).ok());
    let mut share = edge.room.share(who.to_owned());
    share.grow_to(announced.unwrap_or(0)).map_err(Unread::NoRoom)?;
    let mut octets = Zeroizing::new(Vec::with_capacity(announced.unwrap_or(0)));
    let mut limited = Limited::new(body, octets_max);
    let end = Instant::now() + edge.limits.body;
    loop {
        allow((octets.len() + STEP_OCTETS).min(announced.unwrap_or(octets_max)) as u64)?;
        let Some(data) = next(&mut limited, edge.limits.silence, end, octets_max).await? else { break };
        grow(&mut octets, &mut share, &data, octets_max)?;
    }
    Ok(Collected { octets, _share: share })
}

/// Reads a body that nobody takes, at most so much of it, so that its sender gets to read the answer. No two pieces of it are
/// held at once.
///
/// # Panics
/// If the request did not come through a [`crate::Server`].
pub async fn discard(request: Request, octets_max: usize) {
    let limits = request.extensions().get::<Edge>().expect("every request of a `Server` has it").limits;
    let mut limited = Limited::new(request.into_body(), octets_max);
    let end = Instant::now() + limits.body;
    while let Ok(Some(_)) = next(&mut limited, limits.silence, end, octets_max).await {}
}

/// The next octets; none at the end.
async fn next(
    body: &mut Limited<Body>,
    silence: Duration,
    end: Instant,
    octets_max: usize,
) -> Result<Option<Bytes>, Unread> {
    let now = Instant::now();
    if now >= end {
        return Err(Unread::TooSlow);
    }
    let wait = silence.min(end - now);
    let frame = timeout(wait, body.frame()).await;
    let frame = frame.map_err(|_| Unread::Silent)?;
    let Some(frame) = frame else { return Ok(None) };
    let frame = frame.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            Unread::TooLarge { octets_max }
        } else {
            Unread::CutOff
        }
    })?;
    // Trailers are no octets of the body.
    Ok(Some(frame.into_data().unwrap_or_default()))
}

/// Appends without leaving a copy behind when the buffer moves; takes the room for it first.
fn grow(octets: &mut Zeroizing<Vec<u8>>, share: &mut Share, data: &[u8], octets_max: usize) -> Result<(), Unread> {
    let needed = octets.len() + data.len();
    if octets.capacity() < needed {
        let capacity = needed.next_power_of_two().max(STEP_OCTETS).min(octets_max.max(needed));
        share.grow_to(capacity).map_err(Unread::NoRoom)?;
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
    octets.extend_from_slice(data);
    Ok(())
}

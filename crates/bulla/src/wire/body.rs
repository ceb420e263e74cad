//! Bodies: read whole into memory that is overwritten when freed, never more than was said.

use super::problem::Problem;
use axum::{body::Body, http::StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use zeroize::Zeroizing;

/// A request that is no document.
pub const SMALL_OCTETS_MAX: usize = 1 << 20;

/// The whole body; never more than `octets_max`.
pub async fn collect(body: Body, octets_max: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {octets_max} octets; split it into several interchanges");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
    };
    // What announces more than is taken is not read at all.
    if body.size_hint().lower() > octets_max as u64 {
        return Err(too_large());
    }
    let mut limited = Limited::new(body, octets_max);
    let mut octets = Zeroizing::new(Vec::new());
    while let Some(frame) = limited.frame().await {
        let frame = frame.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                too_large()
            } else {
                Problem::bad_request("the body ended before its announced length; send it again")
            }
        })?;
        if let Some(data) = frame.data_ref() {
            grow(&mut octets, data);
        }
    }
    Ok(octets)
}

/// Appends without leaving a copy behind when the buffer moves.
fn grow(octets: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    if octets.capacity() - octets.len() < data.len() {
        let mut larger =
            Zeroizing::new(Vec::with_capacity((octets.len() + data.len()).next_power_of_two().max(1 << 16)));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
    octets.extend_from_slice(data);
}

/// A small JSON body.
pub fn from_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde_json's own words can quote what was sent.
    serde_json::from_slice(body).map_err(|e| {
        Problem::bad_request(format!("the JSON is not as documented, at line {} column {}", e.line(), e.column()))
    })
}

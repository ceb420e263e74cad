//! Bodies as handlers want them: whole, or a problem in the gateway's words.

use super::problem::Problem;
use axum::extract::Request;
use door::{Collected, Full, Unread};
use gateway::exchange::Ticket;

/// A request that is no document.
pub const SMALL_OCTETS_MAX: usize = 1 << 20;

/// The whole body, for `who`: never more than `octets_max`.
pub async fn collect(request: Request, who: &str, octets_max: usize) -> Result<Collected, Problem> {
    Ok(door::collect(request, who, octets_max).await?)
}

/// The whole body of a document, noted as it is read.
pub async fn collect_noting(
    request: Request,
    who: &str,
    octets_max: usize,
    ticket: &Ticket,
) -> Result<Collected, Problem> {
    door::collect_noting(request, who, octets_max, |octets| Ok(ticket.allow(octets)?)).await
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        let (title, detail) = match unread {
            Unread::TooLarge { .. } => ("too large", format!("{unread}; split it into several interchanges")),
            Unread::Silent | Unread::TooSlow => ("too slow", unread.to_string()),
            Unread::CutOff => ("the request is not understood", unread.to_string()),
            Unread::NoRoom(Full::Everyone) => ("too many bodies at once", unread.to_string()),
            Unread::NoRoom(Full::Own) => ("too much at once", format!("{unread} once they are answered")),
        };
        let problem = Self::new(unread.status(), title, detail);
        match unread.retry_after_seconds() {
            Some(seconds) => problem.retry_after(seconds),
            None => problem,
        }
    }
}

/// A small JSON body.
pub fn from_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde_json's own words can quote what was sent.
    serde_json::from_slice(body).map_err(|e| {
        Problem::bad_request(format!("the JSON is not as documented, at line {} column {}", e.line(), e.column()))
    })
}

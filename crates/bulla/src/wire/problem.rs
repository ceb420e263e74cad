//! RFC 9457 problems: what is wrong, and what to do, for programs and for people. Never a value of a document.

use api::gateway::Scope;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use gateway::{Error, exchange::receive::Refused, message::receive::Unanswered, partner::Status, tokens};
use std::collections::BTreeSet;

/// An error answer: made here and nowhere below.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after_seconds: Option<u32>,
}

impl Problem {
    /// A problem of this kind; `detail` says what to do about it.
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), retry_after_seconds: None }
    }

    /// Which kind of answer it is.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Worth another try after so many seconds.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// The bearer token is missing or unknown.
    pub fn unauthorized() -> Self {
        let detail = "send `Authorization: Bearer TOKEN` with a token of a partner or operator";
        Self::new(StatusCode::UNAUTHORIZED, "no valid credential", detail)
    }

    /// The credential is good, but not for this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not yours", detail)
    }

    /// The token is good, but not for this.
    pub fn out_of_scope(needed: Scope, own: &BTreeSet<Scope>) -> Self {
        let own: Vec<_> = own.iter().map(|scope| scope.as_str()).collect();
        let detail = format!("this needs a token with the scope {needed}; this one has {}", own.join(", "));
        Self::new(StatusCode::FORBIDDEN, "out of the token's scope", detail)
    }

    /// Nothing of that name.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", detail)
    }

    /// The request's form is wrong.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the request is not understood", detail)
    }

    /// Something that is needed is not there now.
    pub fn unavailable(title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, title, detail).retry_after(5)
    }

    /// There is no seat for one more connection.
    pub fn crowded() -> Self {
        let detail = "close connections that are not needed; nothing was read; send it again";
        Self::unavailable("too many connections", detail)
    }

    /// A defect of ours.
    pub fn failed() -> Self {
        let detail = "nothing was acknowledged; send it again";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the gateway failed", detail)
    }

    /// The same after some interchanges of the body were stored: what a problem says of the whole body is not true then.
    fn after(self, stored: usize) -> Self {
        let are = if stored == 1 { "interchange was" } else { "interchanges were" };
        let detail = format!(
            "the first {stored} {are} stored and will not be taken twice; this one and what follows it were not kept; \
             send the whole body again: what was stored gets its first answer"
        );
        Self { detail, ..self }
    }

    /// There are no octets to send again.
    pub fn expired() -> Self {
        let detail = "copies go 14 days after the carrier's acknowledgement; making this one again needs an opening with \
             purpose resend, which this version cannot do yet";
        Self::new(StatusCode::CONFLICT, "the delivery copy has expired", detail)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotEdi { empty } => {
                let what = if empty { "the body is empty" } else { "the body is not an X12 interchange" };
                let detail = format!("{what}: it begins with ISA and is posted as it is, with --data-binary for curl");
                Self::new(StatusCode::BAD_REQUEST, "no EDI", detail)
            }
            Refused::Sender { allowed } => {
                let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
                Self::forbidden(format!(
                    "ISA05/ISA06 name a sender that this credential may not send for; it may send for {}",
                    allowed.join(", ")
                ))
            }
            Refused::Agreement(status) => {
                let word = if status == Status::Draft { "a draft".to_owned() } else { status.to_string() };
                Self::forbidden(format!(
                    "the agreement with this receiver is {word}; nothing was kept; ask the operator of the gateway"
                ))
            }
            Refused::Unknown => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "nothing of ours is acknowledged",
                format!("{refused}: AK102 is the control number of a group that we delivered"),
            ),
            Refused::TooMany => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too many interchanges",
                format!("{refused}; nothing was kept; send them in several bodies"),
            ),
            Refused::Failed(error) => error.into(),
            Refused::Midway { stored, why } => Self::from(why).after(stored),
        }
    }
}

impl From<Unanswered> for Problem {
    fn from(unanswered: Unanswered) -> Self {
        let words = unanswered.to_string();
        match unanswered {
            Unanswered::NoName => Self::not_found(format!("{words}: its operator gives it a name, as2_name")),
            Unanswered::Header(_) => Self::bad_request(words),
            Unanswered::Receipt(_) => Self::bad_request(words),
            Unanswered::NotThere => {
                Self::forbidden(format!("{words}; nothing was taken; ask the operator of the gateway to name it"))
            }
            Unanswered::Refused { .. } => Self::forbidden(format!("{words}; ask for a receipt to get this in one")),
            Unanswered::NotNow(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let words = error.to_string();
        match error {
            Error::NoKeys => Self::unavailable(
                "no keys from the warden yet",
                "the gateway seals to keys that the warden gives it at its start; look whether the warden runs",
            ),
            Error::NoCredit => Self::unavailable(
                "the ledger is behind",
                "more is waiting to be entered in the ledger than a day brings; look whether warden and witnesses run; nothing was kept",
            ),
            Error::TooManyBodies { .. } => Self::unavailable(
                "too many documents at once",
                format!("{words}; wait for the answers to those, and send it again"),
            ),
            Error::Clock { .. } => Self::unavailable(
                "this machine's clock is not that of the witnesses",
                format!("{words}; nothing is taken before they agree to within five minutes: set the clock"),
            ),
            Error::KeysChanged => Self::unavailable("the keys have just changed", "nothing was kept; send it again"),
            Error::NoIndexKey { .. } => Self::unavailable(
                "no index key for this month",
                "the month was shredded by a retention run, or the warden has not given its key yet",
            ),
            Error::NoPeriodKey { .. } | Error::Sealing(_) | Error::DeliveryCopy(_) => {
                // The errors' own words name periods and limits, never values.
                Self::unavailable("it could not be sealed", format!("{words}; nothing was kept"))
            }
            Error::CarrierNotDecided { .. } | Error::AgreementNotDecided { .. } => Self::unavailable(
                "officers have not signed it yet",
                format!("{words}; nothing was kept; see `bulla authority`"),
            ),
            Error::CertificateNotValid { .. } => Self::unavailable(
                "the carrier's certificate is not valid now",
                format!("{words}; nothing was kept; apply the next one, and have officers sign it"),
            ),
            Error::NoRandomNumbers(_) => Self::unavailable("no random numbers", format!("{words}; nothing was kept")),
            Error::Contended => {
                Self::unavailable("too many at once", format!("{words}; nothing was kept; send it again"))
            }
            Error::WardenSilent(error) => Self::unavailable(
                "the warden does not answer",
                format!("{error}; nothing was opened or changed; the witness has a copy of the ledger"),
            ),
            Error::WardenRefused(_) | Error::WardenStatus { .. } | Error::WardenAnswer | Error::Unproven(_) => {
                Self::new(StatusCode::BAD_GATEWAY, "the warden did not do it", words)
            }
            Error::Partners(wrong) => Self::bad_request(wrong.to_string()),
            Error::Disk(error) => of_disk(error),
            Error::Tokens(error) => error.into(),
            Error::File { .. }
            | Error::NotAKey { .. }
            | Error::NotASize { .. }
            | Error::As2 { .. }
            | Error::StoredPartners
            | Error::Failed => {
                eprintln!("gateway: {words}");
                Self::failed()
            }
        }
    }
}

impl From<tokens::Error> for Problem {
    fn from(error: tokens::Error) -> Self {
        let (words, unauthorized) = (error.to_string(), StatusCode::UNAUTHORIZED);
        let again = "; whoever issued it issues the next one: `bulla token issue`";
        match error {
            tokens::Error::Unknown => Self::unauthorized(),
            tokens::Error::Ended(_) => Self::new(unauthorized, "the token has ended", words + again),
            tokens::Error::Revoked(_) => Self::new(unauthorized, "the token was revoked", words + again),
            tokens::Error::Missing => Self::not_found(words + "; `bulla token list` shows them"),
            tokens::Error::Configured => Self::new(StatusCode::CONFLICT, "not in a state for that", words),
            tokens::Error::Wanted(_) => Self::bad_request(words),
            tokens::Error::Wider(_) => Self::forbidden(words),
            tokens::Error::File | tokens::Error::Disk(_) | tokens::Error::Random(_) => {
                eprintln!("gateway: {words}");
                Self::failed()
            }
        }
    }
}

/// What went wrong on the disk, for whoever asked.
fn of_disk(error: vault::Error) -> Problem {
    match error {
        vault::Error::Full => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "the gateway's disk is full",
            "nothing of this request was kept; free space on the gateway's disk and send it again",
        )
        .retry_after(60),
        vault::Error::Uncertain => Problem::unavailable(
            "the gateway's disk failed",
            "the gateway must be started again before it takes anything",
        ),
        vault::Error::Away | vault::Error::Overtaken => Problem::unavailable(
            "the gateway's database does not answer",
            "nothing of this request was kept; send it again",
        )
        .retry_after(5),
        vault::Error::ObjectsAway => Problem::unavailable(
            "the gateway's object store does not answer",
            "nothing of this request was kept; send it again",
        ),
        vault::Error::Superseded => Problem::unavailable(
            "another gateway has taken this one's database",
            "nothing of this request was kept; this gateway must be stopped",
        ),
        vault::Error::Missing { what } => Problem::not_found(format!("no {what} of this id is kept here")),
        other => {
            eprintln!("disk: {other}");
            let detail = "see the gateway's messages";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the gateway's disk failed", detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = api::gateway::Problem {
            r#type: "about:blank".to_owned(),
            status: self.status.as_u16(),
            title: self.title.to_owned(),
            detail: self.detail,
        };
        let body = serde_json::to_vec(&body).expect("plain values");
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_fails_midway_is_not_told_that_nothing_was_kept() {
        let failed = || Error::KeysChanged;
        assert!(Problem::from(Refused::Failed(failed())).detail.contains("nothing was kept"));
        let midway = Problem::from(Refused::Midway { stored: 2, why: failed() });
        assert_eq!(midway.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(midway.detail.starts_with("the first 2 interchanges were stored"), "{}", midway.detail);
        assert!(!midway.detail.contains("nothing"), "{}", midway.detail);
    }
}

//! What is shown in place of a page. It says what did not happen and what to do, and nothing of what was asked for.

use super::look::Look;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use console::Frame;

/// Why there is no page.
pub struct Failure {
    kind: &'static str,
    look: Look,
    /// Of whoever is logged in.
    frame: Option<Box<Frame>>,
}

impl Failure {
    /// Nobody is logged in.
    pub fn stranger(look: Look) -> Self {
        Self::of("stranger", look, None)
    }

    /// This one, to whoever that is.
    pub fn of(kind: &'static str, look: Look, frame: Option<Box<Frame>>) -> Self {
        Self { kind, look, frame }
    }
}

/// Of the kinds that there are words for.
pub fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => "missing",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "forbidden",
        StatusCode::CONFLICT => "state",
        StatusCode::PAYLOAD_TOO_LARGE => "large",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "busy",
        _ => "failed",
    }
}

fn status(kind: &str) -> StatusCode {
    match kind {
        "missing" => StatusCode::NOT_FOUND,
        "forbidden" | "form" | "origin" | "passkey" => StatusCode::FORBIDDEN,
        "state" | "people" => StatusCode::CONFLICT,
        "person" | "token" | "bulk" => StatusCode::BAD_REQUEST,
        "wait" | "often" | "often_open" => StatusCode::TOO_MANY_REQUESTS,
        "large" => StatusCode::PAYLOAD_TOO_LARGE,
        "busy" | "warden" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if self.kind == "stranger" {
            return Redirect::to("/console/login").into_response();
        }
        let known = self.frame.is_some();
        let frame = self.frame.map_or_else(|| bare(self.look), |frame| *frame);
        (status(self.kind), Html(console::wrong(&frame, self.kind, known))).into_response()
    }
}

/// Around what is shown to nobody known.
pub fn bare(look: Look) -> Frame {
    Frame {
        language: look.language,
        theme: look.theme,
        gateway: String::new(),
        who: String::new(),
        views: Vec::new(),
        form: String::new(),
        view: "",
        here: "/console".to_owned(),
        unanchored: 0,
        demo: false,
    }
}

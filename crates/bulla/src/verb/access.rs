//! How a verb reaches the gateway, and as whom.

use crate::{named, trust};
use anyhow::{Context, Result, anyhow, bail};
use api::{
    client::{Answer, Client, Error},
    gateway::Problem,
};
use clap::Args;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(300);
const ANSWER_OCTETS_MAX: usize = 1 << 30;

/// Where the gateway is, and whose token is shown.
#[derive(Args, Clone)]
pub struct Access {
    /// The data directory of `bulla serve`: address and demo credentials are found there
    #[arg(long, default_value = "./bulla-data", global = true)]
    pub data: PathBuf,
    /// The gateway's URL, instead of the one in --data
    #[arg(long, global = true)]
    to: Option<String>,
    /// A file with a bearer token, instead of the demo's
    #[arg(long, global = true)]
    token_file: Option<PathBuf>,
    /// A PEM file of the authorities that may have signed the gateway's certificate, for an https:// address; without it,
    /// the system's, or with --data exactly the certificate that the gateway there was given
    #[arg(long, global = true)]
    ca: Option<PathBuf>,
}

impl Access {
    /// A file of the demo's credentials.
    pub fn demo(&self, name: &str) -> PathBuf {
        self.data.join("demo").join(name)
    }

    /// The same gateway, with the token in this file.
    pub fn as_whom(&self, token: &Path) -> Self {
        Self { token_file: Some(token.to_owned()), ..self.clone() }
    }

    /// Asks the gateway as an operator (or as --token-file says).
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.ask(hyper::Method::GET, path, "operator", "application/json", Vec::new())
    }

    /// A JSON answer, or the problem in words.
    pub fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        json(&self.get(path)?)
    }

    /// Posts JSON, for a JSON answer.
    pub fn post_json<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let body = serde_json::to_vec(body)?;
        json(&self.post(path, "application/json", body)?)
    }

    /// Posts as an operator (or as --token-file says).
    pub fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> Result<Answer> {
        self.ask(hyper::Method::POST, path, "operator", kind, body)
    }

    /// Any request with the token of `who`.
    pub fn ask(&self, method: hyper::Method, path: &str, who: &str, kind: &str, body: Vec<u8>) -> Result<Answer> {
        let token = self.token(who)?;
        let bearer = format!("Bearer {token}");
        self.request(method, path, &[("content-type", kind), ("authorization", bearer.as_str())], body)
    }

    /// Any request with these header fields and no token.
    pub fn request(
        &self,
        method: hyper::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let address = self.address()?;
        let client = self.client(&address)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(client.request(method, &format!("{address}{path}"), headers, body.into()));
        answer.map_err(|error| anyhow!("{error}\n\nhint: {}", hint(&error)))
    }

    fn client(&self, address: &str) -> Result<Client> {
        let client = Client::new(TIMEOUT, ANSWER_OCTETS_MAX);
        if !address.starts_with("https://") {
            return Ok(client);
        }
        Ok(client.trusting(match (&self.ca, &self.to) {
            (Some(pem), _) => trust::authorities(pem)?,
            (None, Some(_)) => trust::system()?,
            (None, None) => trust::own(&self.data.join("gateway").join("gateway.toml"))?,
        }))
    }

    /// Where the gateway is.
    pub fn address(&self) -> Result<String> {
        if let Some(url) = &self.to {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let hint = "start one with `bulla serve --demo`, or name one with --to URL --token-file F";
        let text = std::fs::read_to_string(self.data.join("gateway").join("address"))
            .map_err(|error| anyhow!("no gateway is known in {}: {error}\n\nhint: {hint}", self.data.display()))?;
        Ok(text.trim().to_owned())
    }

    fn token(&self, who: &str) -> Result<String> {
        let path = self.token_file.clone().unwrap_or_else(|| self.demo(&format!("{who}.token")));
        let hint = "name a file with a bearer token: --token-file F";
        let token = named::text(&path, named::KEY_OCTETS_MAX).map_err(|error| anyhow!("{error:#}\n\nhint: {hint}"))?;
        Ok(token.trim().to_owned())
    }
}

/// What a person can do about a gateway that does not answer.
fn hint(error: &Error) -> &'static str {
    match error {
        Error::Untrusted { .. } => "name the authority that signed it: --ca FILE",
        Error::OtherName { .. } => "give --to a name that the certificate is for",
        Error::NotToday { .. } => {
            "the gateway's operator replaces the files of its [tls] table; it reads them by itself"
        }
        Error::NotTls { .. } | Error::Url { .. } => "say with --to whether it is http:// or https://",
        Error::Broken { .. } => "an http:// address that speaks TLS is https://; see the gateway's messages",
        _ => "is the gateway running? start it with `bulla serve`, or name it with --to",
    }
}

/// The JSON of a good answer; a problem's words of a bad one.
pub fn json<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    if answer.status >= 300 {
        bail!("{}", problem(answer));
    }
    serde_json::from_slice(&answer.body).context("the gateway's answer is not as this version knows it")
}

/// An RFC 9457 problem as a sentence.
pub fn problem(answer: &Answer) -> String {
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(Problem { title, detail, .. }) => format!("{title}: {detail} (HTTP {})", answer.status),
        Err(_) => format!("the gateway answered HTTP {}", answer.status),
    }
}

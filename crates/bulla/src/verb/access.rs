//! How a verb reaches the gateway, and as whom.

use anyhow::{Context, Result, bail};
use api::{
    client::{Answer, Client},
    gateway::Problem,
};
use clap::Args;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const CLIENT: Client = Client { timeout: Duration::from_secs(300), octets_max: 1 << 30 };

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
}

impl Access {
    /// A file of the demo's credentials.
    pub fn demo(&self, name: &str) -> PathBuf {
        self.data.join("demo").join(name)
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
        let url = format!("{}{path}", self.address()?);
        let token = self.token(who)?;
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", kind), ("authorization", bearer.as_str())];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(CLIENT.request(method, &url, &headers, body.into()));
        answer.map_err(|e| {
            anyhow::anyhow!("{e}\n\nhint: is the gateway running? start it with `bulla serve`, or name it with --to")
        })
    }

    fn address(&self) -> Result<String> {
        if let Some(url) = &self.to {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let text = read(&self.data.join("gateway").join("address")).with_context(|| {
            format!("no gateway is known in {}\n\nhint: start one with `bulla serve --demo`, or name one with --to URL --token-file F", self.data.display())
        })?;
        Ok(text.trim().to_owned())
    }

    fn token(&self, who: &str) -> Result<String> {
        let path = self.token_file.clone().unwrap_or_else(|| self.demo(&format!("{who}.token")));
        let token = read(&path).context("\n\nhint: name a file with a bearer token: --token-file F")?;
        Ok(token.trim().to_owned())
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
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

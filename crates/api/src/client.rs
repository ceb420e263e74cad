//! A small HTTP/1.1 client: one request a connection, a timeout over all of it, a cap on the answer. `https://` needs the
//! feature `tls` and to be told whom to trust ([`Client::trusting`]).

#[cfg(not(feature = "tls"))]
#[path = "client/plain.rs"]
mod trust;
#[cfg(feature = "tls")]
mod trust;

#[cfg(feature = "tls")]
pub use trust::{NoTrust, Trust};

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{Method, Request, Uri, body::Bytes, header};
use hyper_util::rt::TokioIo;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
#[cfg(not(feature = "tls"))]
use trust::Trust;
use zeroize::Zeroizing;

/// Why there is no answer. None of these tells a body's content.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// Not `http://HOST:PORT/…`, nor `https://` where it is known whom to trust.
    #[error("{url:?} is not an {} URL", if *tls { "http:// or https://" } else { "http://" })]
    Url {
        url: String,
        /// Whether `https://` would have been taken.
        tls: bool,
    },
    /// Nobody listens there, or the network is down.
    #[error("cannot connect to {authority}: {}", reason.kind())]
    Connect { authority: String, reason: io::Error },
    /// The peer was too slow.
    #[error("{authority} did not answer within {seconds} s")]
    Timeout {
        authority: String,
        /// How long we waited.
        seconds: u64,
    },
    /// The answer is longer than we want.
    #[error("the answer of {authority} is longer than {octets_max} octets")]
    TooLong { authority: String, octets_max: usize },
    /// The peer hung up or does not speak HTTP.
    #[error("{authority} ended the connection without a whole answer")]
    Broken { authority: String },
    /// A certificate of somebody else's, or one that its owner made for itself.
    #[error("the certificate that {authority} shows is not signed by anyone who is trusted here; nothing was sent")]
    Untrusted { authority: String },
    /// A good certificate, for another host.
    #[error("the certificate that {authority} shows is for another name{}; nothing was sent", in_brackets(.names))]
    OtherName {
        authority: String,
        /// The names it is for, if it says so in a way that is known.
        names: Vec<String>,
    },
    /// A certificate of another time.
    #[error(
        "the certificate that {authority} shows is not valid today: it has expired, or this clock is wrong; nothing was sent"
    )]
    NotToday { authority: String },
    /// Mostly a server of plain HTTP at an `https://` address.
    #[error("{authority} does not speak TLS: is it an http:// address?; nothing was sent")]
    NotTls { authority: String },
    /// Whatever else stands in the way of TLS.
    #[error("no TLS with {authority}: {reason}; nothing was sent")]
    Tls { authority: String, reason: String },
}

fn in_brackets(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status; redirects are not followed.
    pub status: u16,
    /// Header fields, as the peer sent them.
    pub headers: hyper::HeaderMap,
    /// The body, no longer than the client's cap.
    pub body: Bytes,
}

/// How long to wait, how much to take, and whom to trust.
#[derive(Debug, Clone)]
pub struct Client {
    timeout: Duration,
    octets_max: usize,
    trust: Option<Trust>,
    /// Sensitive: Debug does not show it.
    authorization: Option<header::HeaderValue>,
}

impl Client {
    /// For `http://`. `timeout` is from connecting to the last octet; no body longer than `octets_max` is taken.
    pub const fn new(timeout: Duration, octets_max: usize) -> Self {
        Self { timeout, octets_max, trust: None, authorization: None }
    }

    /// As before, and `https://` to those whom `trust` believes.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust: Some(trust), ..self }
    }

    /// As before, and says who asks by name and password (RFC 7617). What cannot stand in a header is not said.
    #[must_use]
    pub fn authorized(self, user: &str, password: &str) -> Self {
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let field = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let mut authorization = header::HeaderValue::from_str(&field).ok();
        authorization.iter_mut().for_each(|field| field.set_sensitive(true));
        Self { authorization, ..self }
    }

    /// Fetches a URL, on a connection of its own.
    pub async fn get(&self, url: &str) -> Result<Answer, Error> {
        self.request(Method::GET, url, &[], Bytes::new()).await
    }

    /// Posts a body, on a connection of its own.
    pub async fn post(&self, url: &str, content_type: &str, body: impl Into<Bytes>) -> Result<Answer, Error> {
        self.request(Method::POST, url, &[("content-type", content_type)], body.into()).await
    }

    /// Any request; `headers` are names and values, `host` is added.
    pub async fn request(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, Error> {
        let wrong = || Error::Url { url: url.to_owned(), tls: self.trust.is_some() };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let trust = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(self.trust.as_ref().ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?.to_string();
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(field) = &self.authorization {
            request = request.header(header::AUTHORIZATION, field);
        }
        let request = request.body(Full::new(body)).map_err(|_| wrong())?;
        let seconds = self.timeout.as_secs();
        let exchange = tokio::time::timeout(self.timeout, self.exchange(&authority, trust, request));
        exchange.await.unwrap_or_else(|_| Err(Error::Timeout { authority, seconds }))
    }

    async fn exchange(
        &self,
        authority: &str,
        trust: Option<&Trust>,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Error> {
        let address = if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            authority.to_owned()
        } else {
            format!("{authority}:{}", if trust.is_some() { 443 } else { 80 })
        };
        let stream = TcpStream::connect(&address)
            .await
            .map_err(|reason| Error::Connect { authority: authority.to_owned(), reason })?;
        let _ = stream.set_nodelay(true);
        match trust {
            None => self.converse(authority, stream, request).await,
            Some(trust) => self.converse(authority, trust.greet(authority, stream).await?, request).await,
        }
    }

    async fn converse<S>(&self, authority: &str, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let broken = || Error::Broken { authority: authority.to_owned() };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| broken())?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let (parts, body) = sender.send_request(request).await.map_err(|_| broken())?.into_parts();
            let body = Limited::new(body, self.octets_max).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    Error::TooLong { authority: authority.to_owned(), octets_max: self.octets_max }
                } else {
                    broken()
                }
            })?;
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes() })
        };
        let answer = answer.await;
        connection.abort(); // one request a connection
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    const CLIENT: Client = Client::new(Duration::from_millis(300), 8);

    async fn answering(text: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            let _ = peer.read(&mut [0; 1024]).await;
            let _ = peer.write_all(text.as_bytes()).await;
            if text.is_empty() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        url
    }

    #[tokio::test]
    async fn faults_have_names() {
        let url = answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell").await;
        assert_eq!(CLIENT.get(&url).await.unwrap().body, "well");
        let url = answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789").await;
        assert!(matches!(CLIENT.get(&url).await, Err(Error::TooLong { octets_max: 8, .. })));
        let url = answering("").await;
        assert!(matches!(CLIENT.get(&url).await, Err(Error::Timeout { .. })));
        let url = answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwe").await;
        assert!(matches!(CLIENT.get(&url).await, Err(Error::Broken { .. })));
        assert!(matches!(CLIENT.get("http://127.0.0.1:1/").await, Err(Error::Connect { .. })));
        assert!(matches!(CLIENT.get("https://127.0.0.1:1/").await, Err(Error::Url { tls: false, .. })));
    }
}

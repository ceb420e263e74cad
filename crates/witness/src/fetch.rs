//! Reading a log's entries: a small HTTP/1.1 client for `GET` alone. One request a connection, a timeout over all of it, a
//! cap on the answer. It is this crate's own, because the log at the other end is whom a witness does not trust.

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{Request, Uri, body::Bytes, header};
use hyper_util::rt::TokioIo;
use std::{io, time::Duration};
use tlog::{bundle, tile};
use tokio::{net::TcpStream, time::timeout};

/// From connecting to an answer's last octet.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A full bundle of the longest entries.
const BUNDLE_OCTETS_MAX: usize = 256 * (2 + bundle::ENTRY_OCTETS_MAX);

/// Why the log's entries are not here. None of these tells what an answer says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{url:?} is not an http:// URL")]
    Url { url: String },
    #[error("cannot connect to {authority}: {}", reason.kind())]
    Connect { authority: String, reason: io::Error },
    #[error("{authority} did not answer within {} s", TIMEOUT.as_secs())]
    Timeout { authority: String },
    #[error("the answer of {authority} is longer than {octets_max} octets")]
    TooLong { authority: String, octets_max: usize },
    #[error("{authority} ended the connection without a whole answer")]
    Broken { authority: String },
    #[error("the log answers {path} with status {status}")]
    Status { path: tlog::Path, status: u16 },
    #[error("the log's entry bundle {path} cannot be read")]
    Bundle { path: tlog::Path, source: tlog::Error },
    #[error("the log has an empty entry in {path}")]
    Empty { path: tlog::Path },
}

/// Entries `have..size` of the log at this URL, as it serves them: nothing about them is checked but their form.
pub(crate) async fn entries(log: &str, have: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
    let mut entries = Vec::new();
    for path in tile::bundles_between(have, size) {
        let (status, body) = get(&format!("{}/{path}", log.trim_end_matches('/')), BUNDLE_OCTETS_MAX).await?;
        if status != 200 {
            return Err(Error::Status { path, status });
        }
        let tlog::Path::Entries { index, width } = path else { continue };
        let known = usize::try_from(have.saturating_sub(tile::entries(index, width).start)).unwrap_or(usize::MAX);
        let bundle = bundle::decode(&body, width).map_err(|source| Error::Bundle { path, source })?;
        if bundle.iter().any(|entry| entry.is_empty()) {
            return Err(Error::Empty { path });
        }
        entries.extend(bundle.into_iter().skip(known).map(<[u8]>::to_vec));
    }
    Ok(entries)
}

/// Status and body, of a connection that is used once.
async fn get(url: &str, octets_max: usize) -> Result<(u16, Bytes), Error> {
    let wrong = || Error::Url { url: url.to_owned() };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(wrong)?.to_string();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path).header(header::HOST, &authority).body(Empty::new()).map_err(|_| wrong())?;
    let exchange = timeout(TIMEOUT, exchange(&authority, request, octets_max)).await;
    exchange.unwrap_or_else(|_| Err(Error::Timeout { authority }))
}

async fn exchange(authority: &str, request: Request<Empty<Bytes>>, octets_max: usize) -> Result<(u16, Bytes), Error> {
    let broken = || Error::Broken { authority: authority.to_owned() };
    let with_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if with_port { authority.to_owned() } else { format!("{authority}:80") };
    let stream = TcpStream::connect(&address).await;
    let stream = stream.map_err(|reason| Error::Connect { authority: authority.to_owned(), reason })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| broken())?;
    let connection = tokio::spawn(connection);
    let answer = async {
        let (parts, body) = sender.send_request(request).await.map_err(|_| broken())?.into_parts();
        let body = Limited::new(body, octets_max).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Error::TooLong { authority: authority.to_owned(), octets_max }
            } else {
                broken()
            }
        })?;
        Ok((parts.status.as_u16(), body.to_bytes()))
    };
    let answer = answer.await;
    connection.abort(); // one request a connection
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    async fn answering(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            let _ = peer.read(&mut [0; 1024]).await;
            let _ = peer.write_all(&answer).await;
        });
        url
    }

    fn http(status: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn faults_of_the_connection_have_names() {
        let url = answering(http("200 OK", b"well")).await;
        assert_eq!(get(&url, 8).await.unwrap(), (200, Bytes::from_static(b"well")));
        let url = answering(http("200 OK", b"123456789")).await;
        assert!(matches!(get(&url, 8).await, Err(Error::TooLong { octets_max: 8, .. })));
        let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwe".to_vec()).await;
        assert!(matches!(get(&url, 8).await, Err(Error::Broken { .. })));
        assert!(matches!(get("http://127.0.0.1:1/", 8).await, Err(Error::Connect { .. })));
        assert!(matches!(get("https://127.0.0.1:1/", 8).await, Err(Error::Url { .. })));
    }

    #[tokio::test]
    async fn faults_of_the_log_have_names() {
        let url = answering(http("200 OK", b"\0\x03one\0\x03two")).await;
        assert_eq!(entries(&url, 1, 2).await.unwrap(), [b"two".to_vec()]);
        let url = answering(http("404 Not Found", b"")).await;
        assert!(matches!(entries(&url, 0, 2).await, Err(Error::Status { status: 404, .. })));
        let url = answering(http("200 OK", b"\0\x03one\0\x03tw")).await;
        assert!(matches!(entries(&url, 0, 2).await, Err(Error::Bundle { .. })));
        let url = answering(http("200 OK", b"\0\x03one\0\0")).await;
        assert!(matches!(entries(&url, 0, 2).await, Err(Error::Empty { .. })));
    }
}

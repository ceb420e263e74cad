//! The door of every role: an HTTP/1.1 server in which whoever connects gets a bounded part of it for a bounded time.
//!
//! A connection has a seat, or is told at the entrance that there is none, or, when even the entrance is crowded, is
//! closed. In its seat it must say what it wants, go on with a body and read its answer in time; [`Limits`] says how soon.
//! What is asked and answered is none of this crate's business: it has routers from those who know.
//!
//! In scope: seats, times, room for bodies ([`collect`]), TLS (feature `tls`), counts of who was turned away. Out of scope:
//! who asks, what for, and in which words a role refuses.

mod body;
mod edge;
mod limits;
mod room;
mod stalling;
#[cfg(test)]
mod tests;
#[cfg(not(feature = "tls"))]
#[path = "plain.rs"]
mod tls;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(all(test, feature = "tls"))]
mod tls_tests;
mod turned;

pub use body::{Collected, Unread, collect, collect_noting, discard};
pub use edge::{Edge, Peer};
pub use limits::Limits;
pub use room::Full;
pub use turned::TurnedAway;

use axum::{
    Extension, Router,
    middleware::map_response,
    response::{IntoResponse, Response},
};
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use stalling::Stalling;
use std::{future::Future, pin::pin, sync::Arc, time::Duration};
use tls::Tls;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};

/// hyper's receive buffer of a connection: the longest header, and the most of a body that is held outside of our own,
/// overwritten memory.
const BUFFER_OCTETS: usize = 1 << 16;
/// How many are told at once that there is no seat.
const ENTRANCE_MAX: usize = 64;
/// How long telling takes at most.
const ENTRANCE_TIME_MAX: Duration = Duration::from_secs(2);
/// After `accept` has failed, mostly for want of descriptors: asking at once again would only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A router with limits, and TLS if there is a certificate.
pub struct Server {
    limits: Limits,
    tls: Option<Arc<Tls>>,
    seated: Router,
    refused: Router,
}

impl Server {
    /// Serves `router` to as many as there are seats for, `crowded` to who comes then: 503, in the role's own words.
    pub fn new<R: IntoResponse + 'static>(router: Router, crowded: fn() -> R, limits: Limits) -> Self {
        Self::build(router, crowded, limits, None)
    }

    /// The same by TLS, if there is any.
    #[cfg(feature = "tls")]
    pub fn with_tls<R: IntoResponse + 'static>(
        router: Router,
        crowded: fn() -> R,
        limits: Limits,
        tls: Option<Tls>,
    ) -> Self {
        Self::build(router, crowded, limits, tls)
    }

    fn build<R: IntoResponse + 'static>(router: Router, crowded: fn() -> R, limits: Limits, tls: Option<Tls>) -> Self {
        let edge = Edge::new(limits, tls.is_some());
        let refused = Router::new().fallback(move || async move { crowded() });
        let [seated, refused] = [router, refused].map(|router| {
            let turned = edge.turned.clone();
            let counted = map_response(move |response: Response| {
                turned.count(response.status());
                async move { response }
            });
            router.layer(Extension(edge.clone())).layer(counted)
        });
        Self { limits, tls: tls.map(Arc::new), seated, refused }
    }

    /// Whether others can listen in on the way here.
    pub fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Serves until `stop`, then lets what was begun end, for [`Limits::stop`] at most.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let mut tasks = JoinSet::new();
        if let Some(tls) = self.tls.clone() {
            tasks.spawn(async move { tls.keep_current().await });
        }
        self.accept(listener, stop).await;
    }

    async fn accept(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (seats, entrance) =
            (Arc::new(Semaphore::new(self.limits.connections_max)), Arc::new(Semaphore::new(ENTRANCE_MAX)));
        let (stopping, stopped) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            let stream = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
                // So that the set does not keep those that have ended.
                Some(_) = connections.join_next() => continue,
            };
            let Ok((stream, peer)) = stream else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (router, limits, seat) = if let Ok(seat) = seats.clone().try_acquire_owned() {
                (&self.seated, self.limits, seat)
            } else if let Ok(place) = entrance.clone().try_acquire_owned() {
                let header = self.limits.header.min(ENTRANCE_TIME_MAX);
                (&self.refused, Limits { header, silence: header, ..self.limits }, place)
            } else {
                continue;
            };
            let peer = Peer(peer.ip().to_canonical());
            let connection = Connection { router: router.clone(), peer, limits, tls: self.tls.clone(), _seat: seat };
            connections.spawn(connection.run(stream, stopped.clone()));
        }
        drop((listener, stopping));
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(self.limits.stop, all).await;
    }
}

struct Connection {
    router: Router,
    peer: Peer,
    limits: Limits,
    tls: Option<Arc<Tls>>,
    _seat: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream, stopped: watch::Receiver<()>) {
        let _ = stream.set_nodelay(true);
        // Below TLS, whose own buffers would hide that nobody reads.
        let stream = Stalling::new(stream, self.limits.silence);
        // Whatever ends a connection is its peer's business, and its words could be the peer's.
        let _ = match self.tls.clone() {
            None => self.converse(stream, stopped).await,
            Some(tls) => match timeout(self.limits.header, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.converse(stream, stopped).await,
                Ok(Err(_)) | Err(_) => return,
            },
        };
    }

    async fn converse<S>(self, stream: S, mut stopped: watch::Receiver<()>) -> Result<(), hyper::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (router, peer) = (TowerToHyperService::new(self.router.clone()), self.peer);
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.limits.header)
                .max_buf_size(BUFFER_OCTETS)
                .serve_connection(TokioIo::new(stream), service)
        );
        tokio::select! {
            ended = connection.as_mut() => return ended,
            _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
        connection.await
    }
}

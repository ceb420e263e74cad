//! Real sockets against short limits. A limit's time is asserted from below; from above only by [`DEADLINE`].

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use super::*;
use axum::{
    extract::{Path, Request},
    http::StatusCode,
    response::AppendHeaders,
    routing::{get, post},
};
use std::{net::SocketAddr, time::Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
};

/// Far more than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
/// For the limits that a test is not about.
const LONG: Duration = Duration::from_secs(3600);
const LIMITS: Limits =
    Limits { connections_max: 16, octets_in_flight_max: 100, header: LONG, silence: LONG, body: LONG, stop: LONG };
/// More than the buffers of a loopback connection hold.
const LARGE_OCTETS: usize = 64 << 20;

fn crowded() -> impl IntoResponse {
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")])
}

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<()>,
}

impl Running {
    /// `POST /NAME` counts a body of that name's; `GET /large` is long.
    async fn start(limits: Limits) -> Self {
        async fn count(Path(name): Path<String>, request: Request) -> axum::response::Response {
            match collect(request, &name, 50).await {
                Ok(body) => body.len().to_string().into_response(),
                Err(unread) => {
                    let retry = unread.retry_after_seconds().map(|seconds| [("retry-after", seconds.to_string())]);
                    (unread.status(), retry.map(AppendHeaders), unread.to_string()).into_response()
                }
            }
        }
        let router = Router::new()
            .route("/{name}", post(count))
            .route("/large", get(|| async { vec![0_u8; LARGE_OCTETS] }))
            .route("/turned", get(async |Extension(edge): Extension<Edge>| edge.turned.to_text()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(router, crowded, limits);
        let done = tokio::spawn(async move { server.serve(listener, async { drop(stopped.await) }).await });
        Self { address, stop: Some(stop), done }
    }

    async fn connect(&self) -> Peer {
        Peer(TcpStream::connect(self.address).await.unwrap())
    }

    /// Has announced this many octets and sent `sent` of them.
    async fn begun(&self, name: &str, announced: usize, sent: usize) -> Peer {
        let mut peer = self.connect().await;
        peer.say(&format!(
            "POST /{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {announced}\r\n\r\n"
        ))
        .await;
        peer.say(&"x".repeat(sent)).await;
        peer
    }

    async fn answer(&self, name: &str, octets: usize) -> Said {
        self.begun(name, octets, octets).await.rest().await
    }
}

struct Peer(TcpStream);

impl Peer {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything up to the end of the connection.
    async fn rest(mut self) -> Said {
        let mut all = Vec::new();
        timeout(DEADLINE, self.0.read_to_end(&mut all)).await.expect("the connection ends").unwrap();
        Said(String::from_utf8(all).unwrap())
    }

    /// An answer on a connection that stays.
    async fn next(&mut self) -> Said {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n5") {
            let mut one = [0];
            timeout(DEADLINE, self.0.read_exact(&mut one)).await.expect("an answer comes").unwrap();
            all.push(one[0]);
        }
        Said(String::from_utf8(all).unwrap())
    }
}

struct Said(String);

impl Said {
    /// Status, seconds of `Retry-After`, and the body if it is a number.
    fn short(&self) -> (u16, Option<u32>, Option<usize>) {
        let (head, body) = self.0.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {:?}", self.0));
        let retry = head.lines().find_map(|line| line.strip_prefix("retry-after: "));
        (head[9..12].parse().unwrap(), retry.map(|seconds| seconds.parse().unwrap()), body.parse().ok())
    }
}

/// Until the server has as many octets in flight as the test needs: asks until it gets this status.
async fn until(status: u16, running: &Running, name: &str, octets: usize) -> Said {
    let end = Instant::now() + DEADLINE;
    loop {
        let said = running.answer(name, octets).await;
        if said.short().0 == status {
            return said;
        }
        assert!(Instant::now() < end, "waited for {status}, had {}", said.0);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let running = Running::start(Limits { header: SHORT, ..LIMITS }).await;
    for begun in ["", "POST /a HTTP/1.1\r\nHost: x\r\n"] {
        let start = Instant::now();
        let mut peer = running.connect().await;
        peer.say(begun).await;
        let said = peer.rest().await;
        assert_eq!(said.0, "", "nothing is said to {begun:?}");
        assert!(start.elapsed() >= SHORT);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let running = Running::start(Limits { header: SHORT, ..LIMITS }).await;
    let mut peer = running.connect().await;
    for _ in 0..2 {
        peer.say("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345").await;
        assert_eq!(peer.next().await.short(), (200, None, Some(5)));
    }
    let start = Instant::now();
    assert_eq!(peer.rest().await.0, "");
    assert!(start.elapsed() >= SHORT / 2, "it may be used again for a while");
}

#[tokio::test]
async fn a_body_that_stops_gets_408_and_gives_its_octets_back() {
    let running = Running::start(Limits { silence: SHORT, ..LIMITS }).await;
    let start = Instant::now();
    let peer = running.begun("a", 50, 20).await;
    assert_eq!(peer.rest().await.short(), (408, None, None));
    assert!(start.elapsed() >= SHORT);
    assert_eq!(running.answer("a", 50).await.short(), (200, None, Some(50)), "its half is free again");
}

#[tokio::test]
async fn a_body_that_drips_gets_408() {
    let running = Running::start(Limits { silence: 3 * SHORT, body: 2 * SHORT, ..LIMITS }).await;
    let start = Instant::now();
    let peer = running.begun("a", 50, 1).await;
    let (mut read, mut write) = peer.0.into_split();
    let drip = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 4).await;
        }
    });
    let mut head = [0; 12];
    timeout(DEADLINE, read.read_exact(&mut head)).await.expect("an answer").unwrap();
    assert_eq!(&head, b"HTTP/1.1 408");
    assert!(start.elapsed() >= 2 * SHORT);
    drip.abort();
}

#[tokio::test]
async fn a_body_that_ends_early_is_refused_and_gives_its_octets_back() {
    let running = Running::start(LIMITS).await;
    let mut peer = running.begun("a", 50, 20).await;
    peer.0.shutdown().await.unwrap();
    let said = peer.rest().await;
    assert!(said.0.is_empty() || said.short().0 == 400, "{}", said.0);
    assert_eq!(until(200, &running, "a", 50).await.short(), (200, None, Some(50)));
}

#[tokio::test]
async fn room_is_for_all_and_half_of_it_for_each() {
    let running = Running::start(LIMITS).await;
    let mut a = running.begun("a", 45, 1).await;
    until(429, &running, "a", 6).await;
    let b = running.begun("b", 45, 0).await;
    assert_eq!(until(503, &running, "c", 11).await.short(), (503, Some(5), None));
    assert_eq!(running.answer("a", 6).await.short(), (429, Some(5), None));
    assert_eq!(running.answer("c", 10).await.short(), (200, None, Some(10)), "what fits goes on");
    assert_eq!(running.answer("c", 51).await.short(), (413, None, None));
    a.say(&"x".repeat(44)).await;
    assert_eq!(a.rest().await.short(), (200, None, Some(45)), "who had room keeps it");
    assert_eq!(until(200, &running, "a", 50).await.short(), (200, None, Some(50)));
    drop(b);
    assert_eq!(until(200, &running, "b", 50).await.short(), (200, None, Some(50)), "who hangs up gives it back");
}

#[tokio::test]
async fn a_body_of_unsaid_length_takes_room_as_it_comes() {
    let running = Running::start(LIMITS).await;
    let chunked = |text: &str| {
        format!("POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{text}")
    };
    let mut peer = running.connect().await;
    peer.say(&chunked("a\r\n0123456789\r\n0\r\n\r\n")).await;
    assert_eq!(peer.rest().await.short(), (200, None, Some(10)));
    let mut begun = running.connect().await;
    begun.say(&chunked("a\r\n0123456789\r\n")).await;
    assert_eq!(
        until(429, &running, "a", 1).await.short(),
        (429, Some(5), None),
        "a first step is as much as it may send"
    );
    begun.say("0\r\n\r\n").await;
    assert_eq!(begun.rest().await.short(), (200, None, Some(10)));
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let running = Running::start(Limits { connections_max: 2, ..LIMITS }).await;
    let (first, second) = (running.connect().await, running.connect().await);
    assert_eq!(running.answer("a", 5).await.short(), (503, Some(5), None));
    drop(first);
    assert_eq!(until(200, &running, "a", 5).await.short(), (200, None, Some(5)));
    drop(second);
}

#[tokio::test]
async fn the_door_is_bounded_too() {
    let running = Running::start(Limits { connections_max: 0, ..LIMITS }).await;
    let mut waiting = Vec::new();
    for _ in 0..ENTRANCE_MAX {
        waiting.push(running.connect().await);
    }
    // Closed without a word; with a request on its way that is a reset.
    assert_eq!(running.connect().await.rest().await.0, "");
    drop(waiting);
    assert_eq!(until_told(&running).await, (503, Some(5), None));
}

async fn until_told(running: &Running) -> (u16, Option<u32>, Option<usize>) {
    let end = Instant::now() + DEADLINE;
    loop {
        let mut peer = running.connect().await;
        let _ = peer.0.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let mut all = Vec::new();
        let _ = timeout(DEADLINE, peer.0.read_to_end(&mut all)).await;
        if !all.is_empty() {
            return Said(String::from_utf8(all).unwrap()).short();
        }
        assert!(Instant::now() < end, "the door is never free");
    }
}

#[tokio::test]
async fn who_does_not_read_loses_the_connection() {
    let running = Running::start(Limits { connections_max: 1, silence: SHORT, ..LIMITS }).await;
    let mut deaf = running.connect().await;
    deaf.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(running.answer("a", 5).await.short().0, 503);
    assert_eq!(until(200, &running, "a", 5).await.short(), (200, None, Some(5)), "the seat is free");
    let mut all = Vec::new();
    let _ = timeout(DEADLINE, deaf.0.read_to_end(&mut all)).await.expect("an end");
    assert!(!all.is_empty() && all.len() < LARGE_OCTETS);
}

#[tokio::test]
async fn a_stop_lets_end_what_was_begun_and_no_longer() {
    let mut running = Running::start(Limits { stop: 2 * SHORT, ..LIMITS }).await;
    let (mut ends, stays) = (running.begun("a", 5, 1).await, running.begun("b", 5, 1).await);
    // Both are known to be read: what they hold is missing.
    until(429, &running, "a", 46).await;
    until(429, &running, "b", 46).await;
    let start = Instant::now();
    running.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(SHORT / 4).await;
    ends.say("2345").await;
    assert_eq!(ends.rest().await.short(), (200, None, Some(5)));
    timeout(DEADLINE, running.done).await.expect("it stops").unwrap();
    assert!(start.elapsed() >= 2 * SHORT);
    assert_eq!(stays.rest().await.0, "", "cut off");
}

#[tokio::test]
async fn who_is_turned_away_is_counted() {
    let slow = Running::start(Limits { silence: SHORT, ..LIMITS }).await;
    assert_eq!(turned(&slow).await, [0, 0, 0]);
    assert_eq!(slow.begun("a", 50, 20).await.rest().await.short().0, 408);
    assert_eq!(turned(&slow).await, [1, 0, 0]);

    let full = Running::start(Limits { connections_max: 2, ..LIMITS }).await;
    let begun = full.begun("a", 45, 1).await;
    until(429, &full, "a", 6).await;
    let other = full.connect().await;
    until(503, &full, "b", 6).await;
    drop((begun, other));
    until(200, &full, "a", 6).await;
    let counts = turned(&full).await;
    assert!(counts[0] == 0 && counts[1] >= 1 && counts[2] >= 1, "{counts:?}");
}

/// The counts of 408, 429 and 503.
async fn turned(running: &Running) -> Vec<u64> {
    let mut peer = running.connect().await;
    peer.say("GET /turned HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let said = peer.rest().await.0;
    let counts = [408, 429, 503].map(|status| format!("bulla_turned_away_total{{status=\"{status}\"}} "));
    counts.iter().map(|name| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap()).collect()
}

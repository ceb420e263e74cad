//! What connections may take of a warden. The limits themselves are tested where they are made, in `door`.

use crate::house::House;
use door::Limits;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const SHORT: Duration = Duration::from_millis(300);
const DEADLINE: Duration = Duration::from_secs(20);

/// What comes back for this, up to the connection's end.
async fn say(house: &House, text: &str) -> String {
    let mut stream = TcpStream::connect(house.url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut all)).await.expect("the connection ends").unwrap();
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn who_is_silent_or_stops_within_a_body_does_not_stay() {
    let limits = Limits { header: SHORT, silence: SHORT, ..Limits::default() };
    let mut house = House::prepared(|config| config.limits = Some(limits)).await;
    house.start().await.unwrap();
    let start = Instant::now();
    assert_eq!(say(&house, "").await, "");
    assert_eq!(say(&house, "POST /v1/openings HTTP/1.1\r\nHost: x\r\n").await, "");
    assert!(start.elapsed() >= 2 * SHORT);
    for path in ["/v1/openings", "/v1/anchors"] {
        let begun = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{{");
        let said = say(&house, &begun).await;
        assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"code\":\"too-slow\""), "{said}");
    }
    let said = say(&house, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(said.contains("\nbulla_turned_away_total{status=\"408\"} 2\n"), "{said}");
}

#[tokio::test]
async fn what_is_too_long_is_not_read() {
    let house = House::new().await;
    for (path, octets) in [("/v1/anchors", 16 * 1024 * 1024 + 1), ("/v1/openings", 400 << 20)] {
        let said = say(&house, &format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {octets}\r\n\r\n")).await;
        assert!(said.starts_with("HTTP/1.1 413 ") && said.contains("\"code\":\"too-long\""), "{said}");
    }
}

#[tokio::test]
async fn whoever_opens_takes_no_room_from_those_who_anchor() {
    let house = House::new().await;
    let longest = 256 * 1024 * 1024 / 3 * 4 + 16 * 1024 * 1024;
    let mut first = TcpStream::connect(house.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!("POST /v1/openings HTTP/1.1\r\nHost: x\r\nContent-Length: {longest}\r\n\r\n{{");
    first.write_all(head.as_bytes()).await.unwrap();
    let end = Instant::now() + DEADLINE;
    let small =
        |path: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]");
    loop {
        let said = say(&house, &small("/v1/openings")).await;
        if said.starts_with("HTTP/1.1 429 ") {
            assert!(said.contains("retry-after: 5\r\n") && said.contains("\"code\":\"too-much\""), "{said}");
            break;
        }
        assert!(Instant::now() < end, "{said}");
    }
    let said = say(&house, &small("/v1/anchors")).await;
    assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("\"code\":\"malformed\""), "{said}");
}

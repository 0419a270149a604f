//! Seats: nobody who holds many connections and says nothing keeps a partner or an officer out.

use std::{net::Ipv4Addr, time::Duration};

use node::{clock, transport::client::PeerClient};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::world::{Pair, figure};

/// What a partner or an officer may have to wait while somebody floods a port.
const SERVED_US_MAX: u64 = 200_000;

/// A connection to a port from this address of the loopback network.
async fn connect_from(from: Ipv4Addr, to: std::net::SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// The time that all but the slowest of a hundred took.
fn p99(mut took_us: Vec<u64>) -> u64 {
    took_us.sort_unstable();
    took_us[took_us.len() - 1 - took_us.len() / 100]
}

fn served(who: &str, took_us: u64) {
    figure(&format!("{who}, p99"), took_us as f64 / 1e3, "ms", json!({ "at_most": SERVED_US_MAX / 1_000 }));
}

/// How long new links of a partner take, a connection each.
async fn new_links(pair: &Pair, count: usize) -> Vec<u64> {
    let mut took = Vec::new();
    for _ in 0..count {
        let card = pair.a.node.cards();
        let client = PeerClient::new(&card.current().addresses, card.current().tls_pin, &pair.b.node.identity).unwrap();
        let begun = clock::now_us();
        let heads = serde_json::json!({ "channel": pair.channel, "heads": [] }).to_string();
        let asked = client.request(
            axum::http::Method::POST,
            "/peer/v1/heads",
            Some("application/json"),
            heads.into(),
            1 << 20,
            Duration::from_secs(10),
        );
        assert_eq!(asked.await.expect("the partner is let in").status, 200);
        took.push(clock::now_us() - begun);
    }
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_connections_keep_no_partner_out() {
    let mut pair = Pair::start().await;
    let port = pair.a.node.config.peer_listen;
    // From the partner's own address, from one other, and from many of one network.
    for from in [|_| 1, |_| 77, |place: u8| 100 + place % 100] {
        let mut idle = Vec::new();
        for place in 0..1_000_u32 {
            let mut tcp = connect_from(Ipv4Addr::new(127, 0, 0, from(place.to_le_bytes()[0])), port).await;
            // Half of them begin a record of TLS, which is what a slow handshake looks like.
            if place % 2 == 0 {
                let _ = tcp.write_all(&[0x16, 3, 1]).await;
            }
            idle.push(tcp);
        }
        let took = p99(new_links(&pair, 50).await);
        served("a partner's new link, 1,000 idle connections", took);
        assert!(took <= SERVED_US_MAX, "{took} µs");
        // Nor after a restart, when no connection of the partner is left.
        pair.a.stop().await;
        pair.a.resume().await;
        let mut again = Vec::new();
        for _ in 0..1_000 {
            again.push(connect_from(Ipv4Addr::new(127, 0, 0, 77), port).await);
        }
        let took = p99(new_links(&pair, 20).await);
        assert!(took <= SERVED_US_MAX, "after a restart: {took} µs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_user_without_a_token_keeps_no_officer_out() {
    let pair = Pair::start().await;
    let (socket, port) = (pair.a.dir.join(mithaq_doors::serve::SOCKET), pair.a.api());
    let made = r#"{"name":"a program, made up","role":"node_admin"}"#;
    let token = pair.a.json(axum::http::Method::POST, "/v1/tokens", made).await["token"].as_str().unwrap().to_owned();
    let ask = format!("GET /v1/status HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n");
    // Silent, a byte, half a head, a whole request without a token that stays open, a body that never ends.
    let beginnings = [
        String::new(),
        "G".into(),
        "GET /v1/status HTTP/1.1\r\nhost: localhost\r\n".into(),
        "GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(50),
        format!(
            "POST /v1/records HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-length: 1000\r\n\r\n{{"
        ),
        format!("{ask}\r\n"),
    ];
    for beginning in beginnings {
        let mut idle = Vec::new();
        for _ in 0..600 {
            let mut tcp = TcpStream::connect(port).await.unwrap();
            let _ = tcp.write_all(beginning.as_bytes()).await;
            idle.push(tcp);
        }
        let mut took = Vec::new();
        for _ in 0..50 {
            let begun = clock::now_us();
            let mut tcp = TcpStream::connect(port).await.unwrap();
            tcp.write_all(format!("{ask}connection: close\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            let read = timeout(Duration::from_secs(5), tcp.read_to_string(&mut answer)).await;
            read.expect("an officer is served").expect("to the end");
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            took.push(clock::now_us() - begun);
        }
        let took = p99(took);
        served("an officer's request, 600 idle local connections", took);
        assert!(took <= SERVED_US_MAX, "{beginning:.40}: {took} µs");
        assert!(socket.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_from_many_screens_leaves_seats_to_others() {
    let pair = Pair::start().await;
    let token = async || {
        let made = r#"{"name":"a desk, made up","role":"case_officer","purposes":["coordination"]}"#;
        pair.a.json(axum::http::Method::POST, "/v1/tokens", made).await["token"].as_str().unwrap().to_owned()
    };
    let follow = async |token: &str| {
        let mut tcp = TcpStream::connect(pair.a.api()).await.unwrap();
        let ask = format!("GET /v1/follow HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        tcp.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        timeout(Duration::from_secs(5), tcp.read_exact(&mut answer)).await.expect("answered").unwrap();
        (String::from_utf8_lossy(&answer[9..]).into_owned(), tcp)
    };
    let (one, other) = (token().await, token().await);
    let mut streams = Vec::new();
    for place in 0..70 {
        let (status, tcp) = follow(&one).await;
        assert_eq!(status, if place < node::limits::FOLLOWS_OF_TOKEN_MAX { "200" } else { "429" }, "stream {place}");
        streams.push(tcp);
    }
    assert_eq!(follow(&other).await.0, "200", "another token's streams are its own");
    // A stream that ended is given back.
    streams.clear();
    sleep(Duration::from_millis(500)).await;
    assert_eq!(follow(&one).await.0, "200");
}

//! What others send and fetch stays within what the node has: memory, disk, threads.

use std::{sync::Arc, time::Duration};

use axum::http::{Method, StatusCode};
use desks::limits::THREAD_RECORDS_MAX;
use node::{limits, transport::tls::client_config};
use rustls::pki_types::{IpAddr, Ipv4Addr, ServerName};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::world::{Pair, figure, note};

/// What bodies, answers and batches under way may take, beside what nodes without load do.
const GROWTH_MIB_MAX: u64 = 400;

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

/// Memory of the process: two nodes and whoever attacks.
fn held(by: &str, before: u64, grown: u64) {
    figure(&format!("memory of two nodes, {by}"), (before + grown) as f64, "MiB", json!({ "at_most": 512 }));
}

/// A connection of B to A's port, under B's own key.
async fn link(pair: &Pair) -> TlsStream<TcpStream> {
    let config = client_config(&pair.b.node.identity, pair.a.node.identity.pin()).unwrap();
    let name = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([127, 0, 0, 1])));
    let tcp = TcpStream::connect(pair.a.node.config.peer_listen).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_whose_bodies_never_end_takes_no_more_memory_than_there_is() {
    let pair = Pair::start().await;
    let before = resident_mib();
    let mut grown = 0;
    let mut links = Vec::new();
    // Announced and in chunks, all but the last byte.
    let heads = ["content-length: 40894464\r\n", "transfer-encoding: chunked\r\n"];
    for place in 0..24 {
        let mut tls = link(&pair).await;
        links.push(tokio::spawn(async move {
            let head = format!("POST /peer/v1/batches HTTP/1.1\r\nhost: a\r\n{}\r\n", heads[place % 2]);
            tls.write_all(head.as_bytes()).await?;
            let piece = vec![b'x'; 1 << 20];
            for _ in 0..38 {
                if place % 2 == 1 {
                    tls.write_all(b"100000\r\n").await?;
                }
                tls.write_all(&piece).await?;
                if place % 2 == 1 {
                    tls.write_all(b"\r\n").await?;
                }
                tls.flush().await?;
            }
            Ok::<_, std::io::Error>(tls)
        }));
    }
    let mut open = Vec::new();
    for link in links {
        // Most are given up on the way: the partner holds most, so it is the first to go.
        if let Ok(Ok(Ok(tls))) = timeout(Duration::from_secs(60), link).await {
            open.push(tls);
        }
        grown = grown.max(resident_mib().saturating_sub(before));
    }
    held("bodies that never end", before, grown);
    assert!(grown <= GROWTH_MIB_MAX, "{grown} MiB");
    // What is small gets through all the while, from the same partner too.
    let sent = pair.b.submit(&note(&pair.channel, "small"), "wait=delivered&timeout_s=60", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let local = pair.a.submit(&note(&pair.channel, "own"), "wait=recorded", None).await;
    assert_eq!(local[0]["state"], "recorded", "{local:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_fetches_and_takes_nothing_holds_no_memory_without_end() {
    let pair = Pair::start().await;
    let mut b = pair.b;
    b.stop().await;
    let pair = Pair { b, ..pair };
    // Sixteen MiB that wait for B.
    let text = "made up ".repeat(4_000);
    let lines = note(&pair.channel, &text).repeat(500);
    pair.a.submit(&lines, "wait=recorded", None).await;
    let before = resident_mib();
    let path = format!("/peer/v1/batches?origin={}/{}/1/main&from=0&wait_s=0", pair.channel, pair.a.node.me);
    let mut links = Vec::new();
    for _ in 0..24 {
        let mut tls = link(&pair).await;
        // A pinned partner asks and reads nothing, several times on one connection.
        let ask = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").repeat(4);
        let _ = tls.write_all(ask.as_bytes()).await;
        links.push(tls);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let grown = resident_mib().saturating_sub(before);
    held("answers that nobody takes", before, grown);
    assert!(grown <= GROWTH_MIB_MAX, "{grown} MiB");
    let mut answer = [0; 12];
    let mut last = link(&pair).await;
    last.write_all(b"GET /peer/v1/card HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    last.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[9..], b"200");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure that takes minutes: cargo xtask bench guard takes it"]
async fn figure_of_a_batch_over_long_threads() {
    const THREADS: usize = 128;
    let pair = Pair::start().await;
    let line = |thread: usize, text: &str| {
        let mut line: serde_json::Value = serde_json::from_str(&note(&pair.channel, text)).unwrap();
        line["header"]["thread"] = format!("{thread:032x}").into();
        format!("{line}\n")
    };
    for thread in 0..THREADS {
        let sent =
            pair.b.submit(&line(thread, "one of many").repeat(THREAD_RECORDS_MAX - 1), "wait=recorded", None).await;
        assert_eq!(sent[0]["state"], "recorded", "{sent:?}");
    }
    let over_all: String = (0..THREADS).map(|thread| line(thread, "one in each")).collect();
    let sent = pair.b.submit(&over_all, "wait=delivered&timeout_s=120", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let (before, mut most) = (resident_mib(), 0);
    let begun = tokio::time::Instant::now();
    let up_to = pair.a.node.reader().unwrap().newest_arrival().unwrap();
    while *pair.a.node.threads.progress().borrow() < up_to {
        tokio::time::sleep(Duration::from_millis(5)).await;
        most = most.max(resident_mib());
    }
    held("a batch over 128 threads of 500 records", before, most.saturating_sub(before));
    figure("until their threads stand in lists", begun.elapsed().as_secs_f64(), "s", serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_reserve_of_the_disk_only_audit_and_erasure_go_on() {
    let mut pair = Pair::start().await;
    let sent = pair.a.submit(&note(&pair.channel, "before"), "wait=delivered", None).await;
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    let place = sent[0]["ref"].clone();
    pair.b.stop().await;
    pair.a.stop().await;
    let Pair { a, mut b, channel, folder } = pair;
    // The same folder on another disk; the first is never served again.
    let dir = folder.path().join("on another disk");
    let copied = std::process::Command::new("cp").arg("-a").arg(&a.dir).arg(&dir).status().unwrap();
    assert!(copied.success());
    // A disk that has less free than the reserve.
    let config = std::fs::read_to_string(dir.join("node.toml")).unwrap();
    let line = config.lines().find(|line| line.starts_with("disk_reserve_mib")).unwrap();
    std::fs::write(dir.join("node.toml"), config.replace(line, "disk_reserve_mib = 1099511627776")).unwrap();
    let mut a = crate::world::TestNode::reopen(dir);
    a.serve().await;
    b.resume().await;

    let request = a.request_as(Method::POST, "/v1/records", "application/x-ndjson", note(&channel, "more")).await;
    assert_eq!(request.status, StatusCode::INSUFFICIENT_STORAGE);
    let upload = a.request_as(Method::PUT, "/v1/attachments?name=a", "application/octet-stream", "x").await;
    assert_eq!(upload.status, StatusCode::INSUFFICIENT_STORAGE);
    // A partner's batch is not lost: it waits.
    let waits = b.submit(&note(&channel, "waits"), "wait=delivered&timeout_s=2", None).await;
    assert_eq!(waits[0]["state"], "recorded", "{waits:?}");
    // Erasure still finds its place, and the audit log its own.
    let order = json!({ "channel": channel, "log": place["log"], "index": place["index"], "order": true });
    let erased = a.request(Method::POST, "/v1/erase", order.to_string()).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", String::from_utf8_lossy(&erased.body));
    let entries = a.node.reader().unwrap().audit_from(0, 10_000).unwrap();
    let is_erasure = |entry: &store::AuditEntry| String::from_utf8_lossy(&entry.entry).contains("/v1/erase");
    assert!(entries.iter().any(is_erasure));
    drop((a, b, folder));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_takes_few_uploads_at_once_and_leaves_some_to_others() {
    let pair = Pair::start().await;
    let token = async || {
        let made = r#"{"name":"a desk, made up","role":"case_officer","purposes":["coordination"]}"#;
        pair.a.json(Method::POST, "/v1/tokens", made).await["token"].as_str().unwrap().to_owned()
    };
    let (one, other) = (token().await, token().await);
    let upload = async |token: &str| {
        let mut tcp = TcpStream::connect(pair.a.api()).await.unwrap();
        let head = format!(
            "PUT /v1/attachments?name=a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-length: 10\r\n\r\nhalf"
        );
        tcp.write_all(head.as_bytes()).await.unwrap();
        tcp
    };
    let mut open = Vec::new();
    for _ in 0..limits::STREAMS_OF_TOKEN_MAX {
        open.push(upload(&one).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut answer = [0; 12];
    timeout(Duration::from_secs(5), upload(&one).await.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer[9..], b"429");
    let mut tcp = upload(&other).await;
    tcp.write_all(b"othern").await.unwrap();
    timeout(Duration::from_secs(5), tcp.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer[9..], b"200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_web_reaches_nothing_at_the_agencys_port() {
    let pair = Pair::start().await;
    let made = r#"{"name":"a program, made up","role":"node_admin"}"#;
    let token = pair.a.json(Method::POST, "/v1/tokens", made).await["token"].as_str().unwrap().to_owned();
    let ask = async |lines: &str| {
        let mut tcp = TcpStream::connect(pair.a.api()).await.unwrap();
        let head =
            format!("GET /v1/status HTTP/1.1\r\n{lines}authorization: Bearer {token}\r\nconnection: close\r\n\r\n");
        tcp.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        answer[9..12].to_owned()
    };
    assert_eq!(ask("host: 127.0.0.1:8080\r\n").await, "200");
    assert_eq!(ask("host: rebound.example:8080\r\n").await, "403");
    assert_eq!(ask("host: 127.0.0.1\r\norigin: https://evil.example\r\n").await, "403");
}

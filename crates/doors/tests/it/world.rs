//! Two real nodes on loopback: their folders, their ports, their channel.

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{
        Method, Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
        request::Builder,
    },
};
use bytes::Bytes;
use mithaq_doors::router;
use node::{
    Node, agreements,
    callers::Door,
    channel::ChannelHandle,
    init::{self, Init},
    transport::client::{Answer, UnixClient},
};
use protocol::{
    card,
    id::ChannelId,
    suite::{KeyRole, PublicKeys, Signer as _, SoftwareKeys},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::described;

pub const PASSPHRASE: &[u8] = b"made up for tests";

/// One agency's node in its own folder.
pub struct TestNode {
    pub dir: PathBuf,
    pub node: Node,
    /// Where it serves.
    ready: Option<mithaq_doors::serve::Ready>,
    serving: Option<JoinHandle<()>>,
}

/// Two nodes with one channel in force, serving.
pub struct Pair {
    pub a: TestNode,
    pub b: TestNode,
    pub channel: ChannelId,
    pub folder: TempDir,
}

impl Pair {
    pub async fn start() -> Self {
        Self::under(|toml| toml).await
    }

    /// Under an agreement that is changed before it is signed.
    pub async fn under(change: impl FnOnce(String) -> String) -> Self {
        Self::start_under(&change(include_str!("agreement.toml").into())).await
    }

    /// Under an agreement in which `AGENCY-A` and `AGENCY-B` stand for the nodes' ids.
    pub async fn start_under(agreement: &str) -> Self {
        Self::start_with(agreement, "XAB").await
    }

    /// With a partner of another state.
    pub async fn start_with(agreement: &str, country: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (a, b) = (TestNode::create(&folder, "a", "XAA"), TestNode::create(&folder, "b", country));
        Self::meet(folder, a, b, agreement).await
    }

    /// With the first node's `node.toml` beginning with these lines.
    pub async fn start_configured(config: &str, agreement: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let a = TestNode::configured(&folder, "a", "XAA", config);
        a.node.auditors.add(&a.node, auditor()).unwrap();
        let b = TestNode::create(&folder, "b", "XAB");
        Self::meet(folder, a, b, agreement).await
    }

    /// With the channel, but without an auditor's key at either node.
    pub async fn start_without_auditors() -> Self {
        let folder = TempDir::new().unwrap();
        let (a, b) = (TestNode::unaudited(&folder, "a", "XAA"), TestNode::unaudited(&folder, "b", "XAB"));
        Self::meet(folder, a, b, include_str!("agreement.toml")).await
    }

    async fn meet(folder: TempDir, a: TestNode, b: TestNode, agreement: &str) -> Self {
        for (one, other) in [(&a, &b), (&b, &a)] {
            let cards = other.node.cards();
            let fingerprint = cards.fingerprint().to_string();
            one.node.peers.add(&one.node, &cards.encode(), Some(&fingerprint)).unwrap();
        }
        let toml = agreement.replace("AGENCY-A", &a.node.me.to_string()).replace("AGENCY-B", &b.node.me.to_string());
        let mut pair = Self { a, b, channel: ChannelId::new([0; 32]), folder };
        pair.a.serve().await;
        pair.b.serve().await;
        let drafted = agreements::draft(&pair.a.node.agreements, toml.as_bytes(), "application/toml").unwrap();
        agreements::sign(&pair.a.node.agreements, &drafted.agreement).unwrap();
        agreements::offer(&pair.a.node.agreements, &drafted.agreement).await.unwrap();
        agreements::sign(&pair.b.node.agreements, &drafted.agreement).unwrap();
        agreements::offer(&pair.b.node.agreements, &drafted.agreement).await.unwrap();
        pair.channel = ChannelId::new(drafted.agreement);
        pair
    }
}

impl TestNode {
    pub fn create(folder: &TempDir, name: &str, country: &str) -> Self {
        let made = Self::unaudited(folder, name, country);
        made.node.auditors.add(&made.node, auditor()).unwrap();
        made
    }

    fn unaudited(folder: &TempDir, name: &str, country: &str) -> Self {
        Self::configured(folder, name, country, "")
    }

    fn configured(folder: &TempDir, name: &str, country: &str, config: &str) -> Self {
        let dir = folder.path().join(name);
        let listen = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let init = Init {
            names: [("en".to_owned(), format!("Agency {country} (made up)"))].into_iter().collect(),
            country: country.into(),
            body: card::Body::Police,
            peer_listen: listen(free_port()),
            api_listen: listen(0),
            advertise: Vec::new(),
        };
        init::init(&dir, init, PASSPHRASE).unwrap();
        let file = dir.join("node.toml");
        let written = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{config}\n{written}")).unwrap();
        let node = Node::open(&dir, PASSPHRASE).unwrap();
        Self { dir, node, ready: None, serving: None }
    }

    /// Opens a folder again whose node was dropped.
    pub fn reopen(dir: PathBuf) -> Self {
        let node = Node::open(&dir, PASSPHRASE).unwrap();
        Self { dir, node, ready: None, serving: None }
    }

    /// Serves until stopped; returns once the socket answers.
    pub async fn serve(&mut self) {
        let node = self.node.clone();
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        self.serving = Some(tokio::spawn(async move {
            mithaq_doors::serve(node, |at| {
                let _ = ready.send(at.clone());
            })
            .await
            .unwrap();
        }));
        self.ready = Some(is_ready.await.unwrap());
    }

    /// The agency's own port.
    pub fn api(&self) -> std::net::SocketAddr {
        self.ready.as_ref().expect("it serves").api
    }

    /// Stops serving; the node stays open.
    pub async fn stop(&mut self) {
        self.node.stop.send_replace(true);
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }

    /// Serves again after [`TestNode::stop`], as after a cut of the network: what it holds in memory stays.
    pub async fn resume(&mut self) {
        self.node.stop.send_replace(false);
        self.serve().await;
    }

    pub fn channel(&self, id: &ChannelId) -> Arc<ChannelHandle> {
        self.node.channel(id).expect("the channel is open")
    }

    pub async fn request(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Answer {
        self.request_as(method, path, "application/json", body).await
    }

    pub async fn request_as(&self, method: Method, path: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let answer = UnixClient::new(self.dir.join(mithaq_doors::serve::SOCKET))
            .request(method.clone(), path, Some(content_type), body.into(), 1 << 30, Duration::from_secs(60))
            .await
            .unwrap();
        described::check(&method, path, answer.status, &answer.body);
        answer
    }

    pub async fn json(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Value {
        let answer = self.request(method, path, body).await;
        serde_json::from_slice(&answer.body)
            .unwrap_or_else(|_| panic!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
    }

    /// Sends JSON lines and returns the answers' lines.
    pub async fn submit(&self, lines: &str, query: &str, key: Option<&str>) -> Vec<Value> {
        let mut client = UnixClient::new(self.dir.join(mithaq_doors::serve::SOCKET));
        if let Some(key) = key {
            client = client.with_idempotency_key(key.into());
        }
        let answer = client
            .request(
                Method::POST,
                &format!("/v1/records?{query}"),
                Some("application/x-ndjson"),
                Bytes::from(lines.to_owned()),
                1 << 30,
                Duration::from_secs(60),
            )
            .await
            .unwrap();
        assert!(answer.status.is_success(), "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        described::check(&Method::POST, "/v1/records", answer.status, &answer.body);
        String::from_utf8(answer.body.to_vec())
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Asks at the port with a token.
    pub async fn get_as(&self, token: &str, path: &str) -> (StatusCode, String) {
        self.at_port(token, Method::GET, path, "").await
    }

    /// Sends JSON lines to the port with a token and returns the answers' lines.
    pub async fn submit_as(&self, token: &str, lines: &str) -> Vec<Value> {
        let (_, text) = self.at_port(token, Method::POST, "/v1/records", lines).await;
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Sends JSON lines with a token and an idempotency key.
    pub async fn submit_with_key(&self, token: &str, lines: &str, key: &str) -> Vec<Value> {
        let request = Request::post("/v1/records").header("idempotency-key", key);
        let (_, bytes) = self.exchange(token, request, lines).await;
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asks at the port with a token, and gives back text.
    pub async fn at_port(&self, token: &str, method: Method, path: &str, body: &str) -> (StatusCode, String) {
        let (status, bytes) = self.bytes_as(token, method, path, body).await;
        (status, String::from_utf8(bytes).unwrap())
    }

    /// Asks at the port with a token, and gives back bytes.
    pub async fn bytes_as(&self, token: &str, method: Method, path: &str, body: &str) -> (StatusCode, Vec<u8>) {
        let content_type =
            if body.starts_with('{') && !body.contains('\n') { "application/json" } else { "text/plain" };
        self.exchange(token, Request::builder().method(method).uri(path).header(CONTENT_TYPE, content_type), body).await
    }

    async fn exchange(&self, token: &str, request: Builder, body: &str) -> (StatusCode, Vec<u8>) {
        let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        let router = router::agency(self.node.clone(), Door::Port);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 30).await.unwrap().to_vec();
        described::check(&method, &path, status, &bytes);
        (status, bytes)
    }

    /// Lines of `GET /v1/records` of one direction, without protocol records.
    pub async fn records(&self, direction: &str) -> Vec<Value> {
        let answer = self.request(Method::GET, "/v1/records", Bytes::new()).await;
        String::from_utf8(answer.body.to_vec())
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| {
                line["direction"] == direction && !line["kind"].as_str().unwrap_or("").starts_with("mithaq.")
            })
            .collect()
    }
}

/// Prints a figure as `cargo xtask bench` reads it.
pub fn figure(name: &str, value: f64, unit: &str, target: Value) {
    println!("{}", serde_json::json!({ "figure": name, "value": value, "unit": unit, "target": target }));
}

/// The seed of the tests' auditor.
pub const AUDITOR_SEED: u8 = 0xa0;

/// The public keys of the tests' auditor.
pub fn auditor() -> PublicKeys {
    let seed = &[AUDITOR_SEED; 32];
    SoftwareKeys::from_seeds([(KeyRole::Auditor, seed, seed)]).unwrap().public(KeyRole::Auditor).unwrap()
}

/// A note under the test agreement, with this text.
pub fn note(channel: &ChannelId, text: &str) -> String {
    let header = serde_json::json!({
        "kind": "correspondence.note/1",
        "thread": "00112233445566778899aabbccddeeff",
        "clause": "notes",
        "purpose": "coordination",
        "handling": ["H1", "H2"],
        "urgency": "normal",
        "evaluation": {"source": "X", "info": "4"},
        "retain_until": "2027-06-30",
        "media_type": "application/json",
    });
    let body = serde_json::json!({"subject": "made up", "text": text, "language": "en"}).to_string();
    format!("{}\n", serde_json::json!({"channel": channel, "header": header, "body": body}))
}

/// A port that no other test takes, of this process or another: below those that the system gives to outgoing
/// connections, so that none of them takes it before the node does.
fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let start = 10_000 + u16::try_from(std::process::id() % 200).unwrap() * 100;
    loop {
        let port = start + TAKEN.fetch_add(1, Ordering::Relaxed) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

//! Two agencies, each a process of the real program, with one channel between them.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use bytes::Bytes;
use hyper::Method;
use node::transport::client::UnixClient;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::program::{DONE, Desk};

const AGREEMENT: &str = include_str!("../../../doors/tests/it/agreement.toml");
/// Longest wait for anything that takes a moment.
const PATIENCE_MS: u64 = 30_000;

/// Two agencies whose channel is open.
pub struct Two {
    pub a: Agency,
    pub b: Agency,
    pub channel: String,
    pub desk: Desk,
}

/// An agency: its folder, and its process while it runs.
pub struct Agency {
    pub dir: PathBuf,
    pub id: String,
    passphrase: PathBuf,
    /// What its process logs from the next start on.
    pub log_level: &'static str,
    running: Option<Running>,
}

/// Calls a node over its socket, whichever process serves it at the moment.
#[derive(Clone)]
pub struct Caller {
    socket: PathBuf,
    token: Option<String>,
}

/// The process. Dropping it is a power cut.
struct Running {
    child: Child,
    /// Held so that the node can go on writing.
    _stdout: BufReader<ChildStdout>,
}

impl Two {
    pub fn start() -> Self {
        let desk = Desk::new();
        let folder = desk.folder.path().to_owned();
        Self::start_with(desk, &folder.join("a"), AGREEMENT, None)
    }

    /// Under the agreement that `change` makes of the usual one.
    pub fn start_under(change: impl FnOnce(&str) -> String) -> Self {
        let desk = Desk::new();
        let a = desk.folder.path().join("a");
        Self::start_with(desk, &a, &change(AGREEMENT), None)
    }

    /// As [`Two::start`], the one on a disk that is too small for a reserve: what stands in the way there is the disk itself.
    pub fn start_on_small_disk(desk: Desk, a: &Path) -> Self {
        Self::start_with(desk, a, AGREEMENT, Some(0))
    }

    fn start_with(desk: Desk, a: &Path, agreement: &str, reserve_mib: Option<u64>) -> Self {
        let folder = desk.folder.path().to_owned();
        let mut a = Agency::create(&desk, "XAA", a);
        let mut b = Agency::create(&desk, "XAB", &folder.join("b"));
        if let Some(mib) = reserve_mib {
            let file = a.dir.join("node.toml");
            let config = std::fs::read_to_string(&file).unwrap();
            let others = config.lines().filter(|line| !line.starts_with("disk_reserve_mib"));
            let changed: String = others.map(|line| format!("{line}\n")).collect();
            std::fs::write(&file, format!("disk_reserve_mib = {mib}\n{changed}")).unwrap();
        }
        a.start();
        b.start();
        assert_eq!(desk.run(&["auditor", "new", "auditor.key", "--unsealed"]).code, DONE);
        let auditor = std::fs::read_to_string(desk.path("auditor.key.pub")).unwrap();
        for (here, there) in [(&a, &b), (&b, &a)] {
            here.request(Method::POST, "/v1/auditors", &auditor);
            let card = there.request(Method::GET, "/v1/card", "");
            let fingerprint = there.fingerprint();
            here.request(Method::POST, &format!("/v1/peers?fingerprint={fingerprint}"), &card);
        }
        let draft = agreement.replace("AGENCY-A", &a.id).replace("AGENCY-B", &b.id);
        let drafted: Value = serde_json::from_str(&a.call("/v1/agreements", "application/toml", &draft)).unwrap();
        let hash = drafted["agreement"].as_str().expect("a draft").to_owned();
        for agency in [&a, &b] {
            for act in ["sign", "offer"] {
                agency.request(Method::POST, &format!("/v1/agreements/{hash}/{act}"), "");
            }
        }
        let two = Self { a, b, channel: hash, desk };
        two.a.until(|a| a.channel_of(&two.channel)["state"] == "open");
        two.b.until(|b| b.channel_of(&two.channel)["state"] == "open");
        two
    }

    /// A note as a line of JSON.
    pub fn note(&self, text: &str) -> String {
        let header = json!({
            "kind": "correspondence.note/1", "thread": "00112233445566778899aabbccddeeff", "clause": "notes",
            "purpose": "coordination", "handling": ["H1", "H2"], "urgency": "normal",
            "evaluation": {"source": "X", "info": "4"}, "retain_until": "2027-06-30",
            "media_type": "application/json",
        });
        format!("{}\n", json!({ "channel": self.channel, "header": header, "body": body(text) }))
    }

    /// Waits until both hold the same: all that the other's logs hold, receipted.
    pub fn settle(&self) {
        for agency in [&self.a, &self.b] {
            agency.until(|agency| {
                let channel = agency.channel_of(&self.channel);
                let logs = channel["logs"].as_array().cloned().unwrap_or_default();
                let own = |log: &&Value| log["origin"].as_str().is_some_and(|name| name.contains(&agency.id));
                channel["state"] == "open"
                    && logs.iter().filter(own).all(|log| {
                        let receipted = log["receipted"].as_object();
                        receipted.is_some_and(|sizes| sizes.values().any(|size| *size == log["size"]))
                    })
            });
        }
    }

    /// `mithaq check` finds nothing wrong on either side.
    pub fn check(&self) {
        for agency in [&self.a, &self.b] {
            let report: Value = serde_json::from_str(&agency.request(Method::POST, "/v1/check", "")).unwrap();
            assert_eq!(report["ok"], true, "{report}");
        }
    }
}

/// The body of a note.
pub fn body(text: &str) -> String {
    json!({"subject": "made up", "text": text, "language": "en"}).to_string()
}

/// Where a node can listen, also when it comes back after a kill: a loopback address of this process alone, because on
/// 127.0.0.1 an outgoing connection of any process may take the port in between.
pub fn free_place() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = [127, high | 0x80, middle, low];
    TcpListener::bind(SocketAddr::from((own, 0))).unwrap().local_addr().unwrap()
}

impl Agency {
    fn create(desk: &Desk, country: &str, dir: &Path) -> Self {
        let (dir_text, peer, name) =
            (dir.to_str().unwrap(), free_place().to_string(), format!("en=Agency {country} (made up)"));
        let made = desk.run(&[
            "init",
            dir_text,
            "--name",
            &name,
            "--country",
            country,
            "--body",
            "police",
            "--api",
            "127.0.0.1:0",
            "--peer",
            &peer,
            "--passphrase-file",
            "passphrase",
            "--json",
        ]);
        assert_eq!(made.code, DONE, "{}{}", made.out, made.err);
        let id = made.json()["agency"].as_str().unwrap().to_owned();
        Self { dir: dir.to_owned(), id, passphrase: desk.path("passphrase"), log_level: "warn", running: None }
    }

    /// Starts the process and waits until it answers.
    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mithaq"))
            .arg("serve")
            .arg(&self.dir)
            .args(["--log-level", self.log_level, "--passphrase-file"])
            .arg(&self.passphrase)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        self.running = Some(Running { child, _stdout: stdout });
        assert!(read.is_ok_and(|bytes| bytes > 0), "the node did not start: {}", self.logged());
    }

    /// A power cut.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// What the process wrote to its log so far.
    pub fn logged(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        std::env::temp_dir().join(format!("mithaq-{}.log", &self.id[..16]))
    }

    pub fn fingerprint(&self) -> String {
        let agency = self.id.parse().unwrap();
        protocol::fingerprint::digits(&protocol::fingerprint::Fingerprint::of(&agency))
    }

    /// Asks, and expects an answer that is no error.
    pub fn request(&self, method: Method, path: &str, body: &str) -> String {
        let (status, text) = self.caller().ask(method, path, "application/json", body, None).expect("the node answers");
        assert!(status < 300, "{path}: {status} {text}");
        text
    }

    fn call(&self, path: &str, content_type: &str, body: &str) -> String {
        let (status, text) = self.caller().ask(Method::POST, path, content_type, body, None).expect("the node answers");
        assert!(status < 300, "{path}: {status} {text}");
        text
    }

    /// Submits lines to a node that stays up.
    pub fn submit(&self, lines: &str, query: &str) -> Vec<Value> {
        self.caller().submit(lines, query, None).expect("the node answers")
    }

    /// What calls this agency's node.
    pub fn caller(&self) -> Caller {
        Caller { socket: self.dir.join(doors::serve::SOCKET), token: None }
    }

    /// The channel as this side shows it.
    pub fn channel_of(&self, channel: &str) -> Value {
        serde_json::from_str(&self.request(Method::GET, &format!("/v1/channels/{channel}"), "")).unwrap()
    }

    /// The records of one direction, in the order in which this side lists them, without the protocol's own.
    pub fn records(&self, direction: &str) -> Vec<Value> {
        // The list comes in pieces, each behind the last line of the one before.
        let (mut records, mut path) = (Vec::<Value>::new(), "/v1/records".to_owned());
        loop {
            let text = self.request(Method::GET, &path, "");
            let Some(last) = text.lines().last() else { break };
            let last: Value = serde_json::from_str(last).unwrap();
            path = format!("/v1/records?cursor={}", last["cursor"].as_str().unwrap());
            records.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
        records.retain(|line| {
            line["direction"] == direction && !line["kind"].as_str().unwrap_or("").starts_with("mithaq.")
        });
        records
    }

    /// Waits until something holds.
    pub fn until(&self, holds: impl Fn(&Self) -> bool) {
        let started = node::clock::now_ms();
        while !holds(self) {
            assert!(
                node::clock::now_ms() - started < PATIENCE_MS,
                "waited in vain; the node's log:\n{}",
                self.logged()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Caller {
    /// Speaks with a token from here on.
    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Submits lines; nothing if the node was not there to the end.
    pub fn submit(&self, lines: &str, query: &str, key: Option<&str>) -> Option<Vec<Value>> {
        let path = format!("/v1/records?{query}");
        let (_, text) = self.ask(Method::POST, &path, "application/x-ndjson", lines, key)?;
        text.lines().map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Asks, and gives back status and text; nothing if the node was not there to the end.
    pub fn ask(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &str,
        key: Option<&str>,
    ) -> Option<(u16, String)> {
        if let Some(token) = &self.token {
            return self.ask_with_token(token, &method, path, content_type, body);
        }
        let mut client = UnixClient::new(self.socket.clone());
        if let Some(key) = key {
            client = client.with_idempotency_key(key.into());
        }
        let body = Bytes::from(body.to_owned());
        let request = client.request(method, path, Some(content_type), body, 1 << 30, Duration::from_secs(60));
        let answer = runtime().block_on(request).ok()?;
        Some((answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned()))
    }

    fn ask_with_token(
        &self,
        token: &str,
        method: &Method,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Option<(u16, String)> {
        let mut stream = UnixStream::connect(&self.socket).ok()?;
        let length = body.len();
        let asked = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        // A node that refuses before it has read the body closes the connection, perhaps while this still writes;
        // its answer is there to read all the same.
        let _ = stream.write_all(asked.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }
}

impl Drop for Agency {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.log());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

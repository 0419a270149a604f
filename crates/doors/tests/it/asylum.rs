//! Two agencies of which one asks about persons whom the other protects from its state. All persons are made up.

use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::{Method, StatusCode};
use node::{
    Node,
    callers::{Role, tokens::NewToken},
    clock,
    db::SUITE,
    jobs::release,
    records,
};
use protocol::{
    agreement::ApprovalRole,
    control::Control,
    header::ThreadId,
    id::ChannelId,
    origin::{Lane, Origin, Position},
    record::{self, Approval, Context, Enrolment, Officer, officer_digest},
    suite::SystemEntropy,
};
use serde_json::{Value, json};

use crate::{
    threads::until,
    world::{Pair, TestNode},
};

/// The protected person of the tests.
pub const LAYLA: &str = "Layla Made-Up";

/// XAA, which is asked and protects, and XAB, which asks.
pub struct Asylum {
    pub pair: Pair,
    /// Officers of XAA and of XAB: author and release authority.
    asked: Vec<Signing>,
    asking: Vec<Signing>,
    pub officer: String,
    pub police: String,
    pub auditor: String,
}

struct Signing {
    key: Ed25519KeyPair,
    enrolment: Enrolment,
}

impl Asylum {
    pub async fn start() -> Self {
        let pair = Pair::start_under(include_str!("protection.toml")).await;
        let (asked, asking) = (enrol(&pair.a, &pair.channel, 1).await, enrol(&pair.b, &pair.channel, 3).await);
        let token = |role: Role, purposes: &[&str]| {
            let purposes = purposes.iter().map(|purpose| (*purpose).to_owned()).collect();
            let new =
                NewToken { name: role.name().into(), person: None, role, office: None, only: None, purposes, days: 1 };
            pair.a.node.tokens.create(&pair.a.node, (new, 0), &mut SystemEntropy).unwrap().1.to_string()
        };
        let police = token(Role::CaseOfficer, &["identify_person_or_object", "coordination"]);
        let (officer, auditor) = (token(Role::ProtectionOfficer, &[]), token(Role::Auditor, &[]));
        Self { pair, asked, asking, officer, police, auditor }
    }

    pub fn channel(&self) -> ChannelId {
        self.pair.channel
    }

    /// Registers a person with XAB as the state that they fear.
    pub async fn protect(&self, names: &[String]) -> Value {
        let persons: Vec<Value> = names.iter().map(|names| json!({ "names": names })).collect();
        let entry = json!({ "persons": persons, "states": ["XAB"] });
        let (status, text) = self.post("/v1/protection", &entry.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Acts as the protection officer.
    pub async fn post(&self, path: &str, body: &str) -> (StatusCode, String) {
        self.pair.a.at_port(&self.officer, Method::POST, path, body).await
    }

    /// What waits for the protection officer.
    pub async fn held(&self) -> Vec<Value> {
        let (status, text) = self.pair.a.get_as(&self.officer, "/v1/protection/held").await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["held"].as_array().unwrap().clone()
    }

    /// A request of XAB, about a person or about nobody.
    pub fn request(&self, thread: ThreadId, names: Option<&str>) -> String {
        let body = json!({
            "subject": "Made-up request", "language": "en", "asked": "Is anything known?", "facts": "Made up.",
            "necessity": "Made up.", "link": "Made up.", "reason_to_believe": "Made up.",
            "person": names.map(|names| vec![json!({ "names": names })]).unwrap_or_default(),
        });
        self.line(true, "requests.request/1", thread, names.is_some(), &body)
    }

    /// An answer of XAA about a person.
    pub fn answer(&self, thread: ThreadId, names: &str) -> String {
        let body = json!({
            "outcome": "answered", "language": "en",
            "statement": [{ "text": "Made up.", "basis": "fact", "source": "A", "info": "1" }],
            "person": [{ "names": names }],
        });
        self.line(false, "requests.reply/1", thread, true, &body)
    }

    /// What an officer of XAA sends to say that there is nothing to provide.
    pub fn nothing(&self, thread: ThreadId) -> String {
        let body = json!({ "outcome": "nothing_to_provide", "language": "en" });
        self.line(false, "requests.reply/1", thread, false, &body)
    }

    /// A line, approved by two officers of its author.
    pub fn line(&self, asking: bool, kind: &str, thread: ThreadId, about: bool, body: &Value) -> String {
        let mut header = json!({
            "kind": kind, "thread": thread, "clause": "requests", "purpose": "identify_person_or_object",
            "handling": ["H1", "H2"], "evaluation": {"source": "X", "info": "4"},
            "retain_until": clock::today().plus_days(200), "media_type": "application/json",
        });
        if about {
            header["subject_category"] = "suspect".into();
        }
        let (header, body) = (header.to_string(), body.to_string());
        let (author, officers) = if asking { (&self.pair.b, &self.asking) } else { (&self.pair.a, &self.asked) };
        let context = Context { channel: self.channel(), author: author.node.me, agreement: *self.channel().bytes() };
        let digest = record::digest(SUITE, &context, header.as_bytes(), body.as_bytes());
        let roles = [ApprovalRole::Author, ApprovalRole::ReleaseAuthority];
        let approvals: Vec<Approval> = roles
            .into_iter()
            .zip(officers)
            .map(|(role, officer)| {
                let signed = officer_digest(SUITE, role.name(), &officer.enrolment, &digest);
                let signature = officer.key.sign(&signed).as_ref().to_vec();
                Approval::ed25519(role, officer.enrolment, signature)
            })
            .collect();
        let approvals = serde_json::to_string(&approvals).unwrap();
        format!(
            "{{\"channel\":\"{}\",\"header\":{header},\"body\":{},\"approvals\":{}}}\n",
            self.channel(),
            Value::from(body),
            Value::from(approvals)
        )
    }

    /// XAB sends; returns once XAA has receipted all of it.
    pub async fn ask(&self, lines: &str) -> Vec<Value> {
        let answers = self.pair.b.submit(lines, "wait=delivered", None).await;
        assert!(answers.iter().all(|answer| answer["state"] == "delivered"), "{answers:?}");
        answers
    }

    /// Waits until a thread stands so at XAB.
    pub async fn until_asking_sees(&self, thread: ThreadId, state: &str) {
        until(&self.pair.b, &format!("/v1/threads/{thread}"), |shown| shown["state"] == state).await;
    }

    /// The police of XAA send.
    pub async fn send(&self, lines: &str) -> Vec<Value> {
        self.pair.a.submit_as(&self.police, lines).await
    }

    /// A turn of the job that releases, so many hours from now.
    pub async fn turn(&self, hours: u64) {
        release::turn(&self.pair.a.node.sending, clock::now_ms() + hours * 3_600_000).await.unwrap();
    }

    /// Waits until XAB holds so many replies of XAA, and gives them back.
    pub async fn replies(&self, count: usize) -> Vec<Reply> {
        for _ in 0..2_000 {
            let replies = replies(&self.pair.b.node, &self.channel(), &self.pair.a);
            if replies.len() >= count {
                return replies;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{count} replies did not come");
    }
}

/// A reply as XAB holds it.
pub struct Reply {
    pub position: Position,
    pub opened: records::Opened,
    /// Lengths of the entries of its batch.
    pub lengths: Vec<u32>,
    pub place: u64,
    pub note: usize,
}

/// Every reply of an agency that a node holds.
pub fn replies(node: &Node, channel: &ChannelId, of: &TestNode) -> Vec<Reply> {
    let value = node.channel(channel).unwrap().value();
    let reader = node.reader().unwrap();
    let mut found = Vec::new();
    reader
        .for_each_batch(*channel, 0, |arrival| {
            let batch = &arrival.stored.batch;
            for index in (batch.first..batch.size()).filter(|_| batch.origin.agency == of.node.me) {
                let position = Position { origin: batch.origin, index };
                let opened = records::open_in(&value, &arrival.stored, &position).unwrap();
                if opened.header.kind == "requests.reply/1" {
                    let (lengths, place) = (batch.lengths.clone(), index - batch.first);
                    found.push(Reply { position, opened, lengths, place, note: batch.note.len() });
                }
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    found
}

async fn enrol(node: &TestNode, channel: &ChannelId, seed: u8) -> Vec<Signing> {
    let mut signing = Vec::new();
    for number in [seed, seed + 1] {
        let key = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap();
        let officer = Officer::ed25519("made-up desk", key.public_key().as_ref());
        let (origin, index): (Origin, u64) = loop {
            match node.channel(channel).by_itself().append(Lane::Main, vec![Control::Enrolment(officer.clone())]).await
            {
                Ok(place) => break place,
                // The partner has not shown its heads yet.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        signing.push(Signing { key, enrolment: Enrolment { origin, index } });
    }
    signing
}

/// A thread with a number.
pub fn thread(number: u64) -> ThreadId {
    let mut id = [0xaa; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    ThreadId(id)
}

//! An agency with valid keys and a pinned TLS key that writes its batches by hand, byte by byte as it likes.

use std::{iter::once, time::Duration};

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use node::{clock, db::SUITE, limits, transport::client::Answer};
use protocol::{
    agreement::sealing_key_id,
    batch::{Batch, Frame, Keyring, MANIFEST_KIND, Manifest, Seen, seal_keyring},
    control::Control,
    header::Header,
    id::{AgencyId, ChannelId, Hash},
    origin::{Lane, Origin},
    record::{self, Context, Parts},
    suite::{SUITE_1, Signer, SystemEntropy, random_32},
    tlog::{Checkpoint, Frontier, sign_checkpoint},
};
use serde_json::json;
use tempfile::TempDir;

use crate::world::{Pair, TestNode};

/// A node that serves, and its partner gone rogue.
pub struct Rogue {
    pub a: TestNode,
    pub b: TestNode,
    pub channel: ChannelId,
    /// Entries of the rogue's main log that the node has receipted.
    pub held: Vec<Hash>,
    _folder: TempDir,
}

/// Header and body of a record.
pub type Draft = (Vec<u8>, Vec<u8>);

/// Header, body and approvals of a record.
pub type Approved = (Vec<u8>, Vec<u8>, Vec<u8>);

/// A batch and the secrets that open it.
#[derive(Clone)]
pub struct Crafted {
    pub batch: Batch,
    pub keyring: Keyring,
}

impl Rogue {
    pub async fn start() -> Self {
        Self::start_under(include_str!("agreement.toml")).await
    }

    /// Under an agreement of its own.
    pub async fn start_under(agreement: &str) -> Self {
        let Pair { a, mut b, channel, folder } = Pair::start_under(agreement).await;
        b.stop().await;
        let rogue = Self { a, b, channel, held: Vec::new(), _folder: folder };
        let heads = json!({ "channel": channel, "heads": [] }).to_string();
        assert_eq!(rogue.post("/peer/v1/heads", "application/json", heads.into()).await.status, StatusCode::OK);
        rogue
    }

    /// The rogue's own main log.
    pub fn origin(&self) -> Origin {
        Origin { channel: self.channel, agency: self.b.node.me, epoch: 1, lane: Lane::Main }
    }

    /// Its urgent one.
    pub fn urgent(&self) -> Origin {
        Origin { lane: Lane::Urgent, ..self.origin() }
    }

    /// A manifest of now that names nothing as seen.
    pub fn manifest(&self) -> Manifest {
        Manifest { time: clock::now_ms(), seen: Vec::new() }
    }

    /// A manifest of now that names so much of the node's main log.
    pub fn having_seen(&self, size: u64) -> Manifest {
        let origin = Origin { agency: self.a.node.me, ..self.origin() };
        Manifest { seen: vec![Seen { origin, size }], ..self.manifest() }
    }

    /// A batch after what the node holds.
    pub fn craft(&self, manifest: Manifest, drafts: &[Draft]) -> Crafted {
        self.craft_as(self.origin(), &*self.b.node.signer, manifest, drafts)
    }

    /// A batch of records with approvals.
    pub fn craft_approved(&self, manifest: Manifest, records: &[Approved]) -> Crafted {
        self.craft_records(self.origin(), &*self.b.node.signer, manifest, records)
    }

    /// A batch of whatever log, signed by whatever key.
    pub fn craft_as(&self, origin: Origin, signer: &dyn Signer, manifest: Manifest, drafts: &[Draft]) -> Crafted {
        let records: Vec<_> = drafts.iter().map(|(header, body)| (header.clone(), body.clone(), Vec::new())).collect();
        self.craft_records(origin, signer, manifest, &records)
    }

    fn craft_records(&self, origin: Origin, signer: &dyn Signer, manifest: Manifest, records: &[Approved]) -> Crafted {
        let context = Context { channel: self.channel, author: origin.agency, agreement: *self.channel.bytes() };
        let head = (Header::protocol(MANIFEST_KIND).encode(), Control::Batch(manifest).encode(), Vec::new());
        let mut batch = Batch {
            origin,
            first: self.held.len() as u64,
            note: String::new(),
            commitments: Vec::new(),
            lengths: Vec::new(),
            ciphertexts: Vec::new(),
        };
        let mut keyring = Keyring::default();
        for (header, body, approvals) in once(&head).chain(records) {
            let secret = random_32(&mut SystemEntropy);
            let before = batch.ciphertexts.len();
            let parts = Parts { header, approvals, attachments: &[], body };
            batch.commitments.push(record::seal(SUITE, &context, &secret, &parts, &mut batch.ciphertexts).unwrap());
            batch.lengths.push(u32::try_from(batch.ciphertexts.len() - before).unwrap());
            keyring.push(secret);
        }
        self.sign(signer, &mut batch);
        Crafted { batch, keyring }
    }

    /// Signs the checkpoint of a batch over what is held below it.
    pub fn sign(&self, signer: &dyn Signer, batch: &mut Batch) {
        let mut log = Frontier::new();
        for entry in self.held[..usize::try_from(batch.first).unwrap()].iter().chain(&batch.commitments) {
            log.append(SUITE, entry);
        }
        let checkpoint = Checkpoint { origin: batch.origin.to_string(), size: log.size(), root: log.root(SUITE) };
        batch.note = sign_checkpoint(SUITE, signer, &checkpoint, clock::now_ms() / 1000).unwrap();
    }

    /// Sealed to the node as it should be.
    pub fn frame(&self, crafted: &Crafted) -> Frame {
        self.frame_for(crafted, self.a.node.me, &self.sealing_key())
    }

    /// Sealed to whomever, under whatever key.
    pub fn frame_for(&self, crafted: &Crafted, recipient: AgencyId, public: &[u8]) -> Frame {
        let batch = crafted.batch.clone();
        let reference = batch.reference().unwrap();
        let keyring =
            seal_keyring(SUITE, &mut SystemEntropy, &reference, &recipient, public, &crafted.keyring).unwrap();
        let sealing_key = sealing_key_id(SUITE, public);
        Frame { suite: SUITE_1, batch, sealing_key, keyring, withheld: Vec::new() }
    }

    /// The node's public sealing key.
    pub fn sealing_key(&self) -> Vec<u8> {
        let value = self.b.channel(&self.channel).value();
        value.sealing_key(&self.a.node.me).unwrap().public.clone()
    }

    pub async fn send(&self, frame: &Frame) -> Answer {
        self.send_bytes(frame.encode().unwrap()).await
    }

    pub async fn send_bytes(&self, frame: Vec<u8>) -> Answer {
        self.post("/peer/v1/batches", "application/octet-stream", frame.into()).await
    }

    /// Sends what the node must receipt.
    pub async fn deliver(&mut self, crafted: &Crafted) -> String {
        let answer = self.send(&self.frame(crafted)).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, StatusCode::OK, "{text}");
        self.held.extend(&crafted.batch.commitments);
        text
    }

    pub async fn post(&self, path: &str, content_type: &str, body: Bytes) -> Answer {
        self.request(Method::POST, path, content_type, body).await
    }

    pub async fn request(&self, method: Method, path: &str, content_type: &str, body: Bytes) -> Answer {
        let client = self.b.node.peers.get(&self.a.node.me).unwrap().client;
        let (bytes_max, wait) = (limits::PEER_FRAME_BYTES_MAX, Duration::from_secs(20));
        client.request(method, path, Some(content_type), body, bytes_max, wait).await.unwrap()
    }

    /// What the node holds of the channel: heads with their states, and the channel's own state.
    pub fn kept(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let reader = self.a.node.reader().unwrap();
        let heads = reader.heads(self.channel).unwrap().into_iter();
        let heads: Vec<_> = heads.map(|head| (head.origin.to_string(), head.size, head.state)).collect();
        (heads, reader.channel_state(self.channel).unwrap())
    }
}

/// A note that the agreement allows.
pub fn allowed(text: &str) -> Draft {
    of_kind("correspondence.note/1", text)
}

/// A record of a kind that no clause lists.
pub fn unlisted(text: &str) -> Draft {
    of_kind("register.readout/1", text)
}

fn of_kind(kind: &str, text: &str) -> Draft {
    let header = json!({
        "kind": kind, "thread": "00112233445566778899aabbccddeeff", "clause": "notes", "purpose": "coordination",
        "handling": ["H1", "H2"], "urgency": "normal", "evaluation": {"source": "X", "info": "4"},
        "retain_until": "2027-06-30", "media_type": "application/json",
    });
    let body = json!({"subject": "made up", "text": text, "language": "en"});
    (header.to_string().into_bytes(), body.to_string().into_bytes())
}

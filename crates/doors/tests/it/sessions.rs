//! Sessions end, links count once, and who left leaves no passkey behind.

use std::sync::Barrier;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::http::{Method, StatusCode};
use node::{
    callers::{
        passkeys::{NewPasskey, Site},
        sessions::Entry,
    },
    clock,
    db::SUITE,
    fault::{Code, Fault},
    limits,
};
use protocol::{encoding::to_base64, passkey::Assertion};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::TestNode;

const MINUTE_MS: u64 = 60_000;

fn site() -> Site {
    Site { origin: "https://exchange.alpha.example".to_owned(), rp_id: "exchange.alpha.example".to_owned() }
}

/// An authenticator with one passkey.
struct Authenticator {
    pair: EcdsaKeyPair,
    credential: [u8; 16],
}

impl Authenticator {
    fn new(credential: u8) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { pair, credential: [credential; 16] }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        [&SUITE.sha256(&[site().rp_id.as_bytes()])[..], &[flags], &[0; 4]].concat()
    }

    fn client_data(kind: &str, challenge: &[u8; 32]) -> Vec<u8> {
        let challenge = to_base64(challenge).replace('+', "-").replace('/', "_").replace('=', "");
        json!({ "type": kind, "challenge": challenge, "origin": site().origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// What it says when the passkey is made (Web Authentication Level 3, section 6.1): present, verified, with the public key.
    fn made(&self, challenge: &[u8; 32]) -> NewPasskey {
        let public = self.pair.public_key().as_ref();
        let (x, y) = public[1..].split_at(32);
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20][..], x, &[0x22, 0x58, 0x20], y].concat();
        let authenticator_data = [&self.data(0x45)[..], &[0; 16], &[0, 16], &self.credential, &key].concat();
        let client_data = Self::client_data("webauthn.create", challenge);
        NewPasskey { authenticator_data, client_data, name: "Made-up key".to_owned() }
    }

    fn shown(&self, challenge: &[u8; 32]) -> Assertion {
        let (authenticator_data, client_data) = (self.data(5), Self::client_data("webauthn.get", challenge));
        let signed = [&authenticator_data[..], &SUITE.sha256(&[&client_data])].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec();
        Assertion { authenticator_data, client_data, signature }
    }
}

impl TestNode {
    async fn person(&self, name: &str) -> String {
        let about = json!({ "name": name, "roles": ["case_officer"], "purposes": ["coordination"] });
        self.json(Method::POST, "/v1/people", about.to_string()).await["id"].as_str().unwrap().to_owned()
    }

    async fn link(&self, person: &str) -> String {
        let made = self.json(Method::POST, &format!("/v1/people/{person}/link"), String::new()).await;
        made["link"].as_str().unwrap().to_owned()
    }

    fn enrol(&self, link: &str, authenticator: &Authenticator) -> Result<String, Fault> {
        let challenge = self.node.passkeys.challenge(&mut node::entropy());
        self.node.passkeys.enrol(&self.node, (link, &challenge), &site(), authenticator.made(&challenge))
    }

    fn sign_in(&self, authenticator: &Authenticator) -> Result<String, Fault> {
        let challenge = self.node.passkeys.challenge(&mut node::entropy());
        let shown = authenticator.shown(&challenge);
        let people = (&**self.node, &*self.node.people);
        self.node.passkeys.sign_in(people, &challenge, &site(), (&authenticator.credential, &shown))
    }
}

async fn alone() -> (TempDir, TestNode) {
    let folder = TempDir::new().unwrap();
    let mut node = TestNode::create(&folder, "a", "XAA");
    node.serve().await;
    (folder, node)
}

#[tokio::test]
async fn a_session_ends_without_use_and_what_scripts_read_is_no_use() {
    let (_folder, a) = alone().await;
    let person = a.person("Made-up Layla").await;
    let (tokens, sessions) = (&a.node.tokens, &a.node.sessions);
    let begin = || {
        let entry = (Entry::Passkey, "made up");
        sessions.begin((tokens, &a.node.people), &person, entry, &mut node::entropy()).unwrap()
    };
    let (used, seat) = begin();
    let now = clock::now_ms();
    let idle = limits::SESSION_IDLE_MS;
    assert!(sessions.find(tokens, &used, now + idle - MINUTE_MS, true).is_some());
    assert!(sessions.lasts(tokens, &seat.id, now + idle + MINUTE_MS), "it was used");
    assert!(sessions.find(tokens, &used, now + idle + MINUTE_MS, true).is_some());

    let (open, seat) = begin();
    for minute in 1..idle / MINUTE_MS {
        assert!(sessions.find(tokens, &open, now + minute * MINUTE_MS, false).is_some(), "{minute}");
    }
    assert!(!sessions.lasts(tokens, &seat.id, now + idle + MINUTE_MS));
    assert!(sessions.find(tokens, &open, now + idle + MINUTE_MS, false).is_none());
    // Until the end of the longest session, whatever is done in it.
    assert!(sessions.find(tokens, &used, now + limits::SESSION_MS_MAX + MINUTE_MS, true).is_none());
}

#[tokio::test]
async fn a_link_registers_one_passkey_whoever_follows_it_at_once() {
    let (_folder, a) = alone().await;
    let person = a.person("Made-up Layla").await;
    let link = a.link(&person).await;
    let authenticators: Vec<Authenticator> = (0..8).map(Authenticator::new).collect();
    let together = Barrier::new(authenticators.len());
    let follow = |one: &Authenticator| {
        let challenge = a.node.passkeys.challenge(&mut node::entropy());
        let made = one.made(&challenge);
        together.wait();
        a.node.passkeys.enrol(&a.node, (&link, &challenge), &site(), made)
    };
    let came = std::thread::scope(|scope| {
        let tries: Vec<_> = authenticators.iter().map(|one| scope.spawn(|| follow(one))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 1, "{came:?}");
    assert!(came.iter().flat_map(|came| came.as_ref().err()).all(|fault| fault.code == Code::NotFound), "{came:?}");
    assert_eq!(a.node.passkeys.of(&person).len(), 1);
    let signed_in = authenticators.iter().filter(|one| a.sign_in(one).is_ok()).count();
    assert_eq!(signed_in, 1);
}

#[tokio::test]
async fn who_leaves_is_let_in_no_more_and_no_passkey_stays() {
    let (_folder, a) = alone().await;
    let person = a.person("Made-up Layla").await;
    let key = Authenticator::new(1);
    assert_eq!(a.enrol(&a.link(&person).await, &key).unwrap(), person);
    assert_eq!(a.sign_in(&key).unwrap(), person);
    let (cookie, _) = a
        .node
        .sessions
        .begin((&a.node.tokens, &a.node.people), &person, (Entry::Passkey, "made up"), &mut node::entropy())
        .unwrap();
    let link = a.link(&person).await;

    let left = a.request(Method::POST, &format!("/v1/people/{person}/leave"), Value::Null.to_string()).await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(a.node.sessions.find(&a.node.tokens, &cookie, clock::now_ms(), true).is_none());
    assert_eq!(a.node.passkeys.of(&person), []);
    assert_eq!(a.sign_in(&key).unwrap_err().code, Code::Unauthenticated);
    assert_eq!(a.enrol(&link, &Authenticator::new(2)).unwrap_err().code, Code::NotFound);
}

//! Sessions end, links count once, and who left leaves no passkey behind.

use std::sync::Barrier;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::http::{Method, StatusCode};
use node::{
    callers::{
        Caller, is_set_up,
        passkeys::{NewPasskey, Proven, Site},
        sessions::Entry,
    },
    clock,
    db::SUITE,
    fault::{Code, Fault},
    limits,
    seconds::ByTwo,
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
        let made = authenticator.made(&challenge);
        self.node.passkeys.enrol(&self.node, (link, &challenge), &site(), made).map(|who| who.person)
    }

    fn sign_in(&self, authenticator: &Authenticator) -> Result<Proven, Fault> {
        let challenge = self.node.passkeys.challenge(&mut node::entropy());
        let shown = authenticator.shown(&challenge);
        let people = (&**self.node, &*self.node.people);
        self.node.passkeys.sign_in(people, &challenge, &site(), (&authenticator.credential, &shown))
    }
}

impl TestNode {
    /// Begins a session: what the cookie holds, and who asks with it.
    fn begin(&self, who: &Proven) -> (String, Caller) {
        let people = (&*self.node.tokens, &*self.node.people);
        let entry = (Entry::Passkey, "made up");
        let (text, seat) = self.node.sessions.begin(people, who, entry, &mut node::entropy()).unwrap();
        (text.as_str().to_owned(), Caller::token(seat))
    }

    /// Who administers, with a passkey that a link let in.
    async fn administrator(&self, name: &str, key: &Authenticator) -> String {
        let about = json!({ "name": name, "roles": ["node_admin"] });
        let made = self.json(Method::POST, "/v1/people", about.to_string()).await;
        let person = made["id"].as_str().unwrap().to_owned();
        self.enrol(&self.link(&person).await, key).unwrap();
        person
    }
}

fn officer(name: &str) -> ByTwo {
    let about = json!({ "name": name, "roles": ["case_officer"], "purposes": ["coordination"] });
    ByTwo::Person { id: None, about: serde_json::from_value(about).unwrap() }
}

#[tokio::test]
async fn two_who_have_passkeys_only_administer_and_the_machines_user_does_not_any_more() {
    let (_folder, a) = alone().await;
    assert!(!is_set_up(&a.node.tokens, &a.node.passkeys));
    let keys = [Authenticator::new(1), Authenticator::new(2)];
    let noor = a.administrator("Made-up Noor", &keys[0]).await;
    assert!(is_set_up(&a.node.tokens, &a.node.passkeys), "somebody is let in: the socket does not do everything");
    let zain = a.administrator("Made-up Zain", &keys[1]).await;
    let room = &a.node.administration;
    let [noor_asks, zain_asks] = [&keys[0], &keys[1]].map(|key| a.begin(&a.sign_in(key).unwrap()).1);

    // Neither alone, nor the socket.
    let about = json!({ "name": "Made-up Third", "roles": ["node_admin"] }).to_string();
    assert_eq!(a.request(Method::POST, "/v1/people", about).await.status, StatusCode::FORBIDDEN);
    let link = a.request(Method::POST, &format!("/v1/people/{noor}/link"), Value::Null.to_string()).await;
    assert_eq!(link.status, StatusCode::FORBIDDEN);
    assert_eq!(room.link(&noor_asks, &zain).err().unwrap().code, Code::Refused);

    // One asks and another confirms, though the session in which it was asked for is over by then.
    let asked = room.ask(&noor_asks, officer("Made-up Layla")).unwrap().1;
    assert_eq!(room.ask(&noor_asks, officer("Made-up Layla")).err().unwrap().code, Code::Conflict, "it waits already");
    let again = a.begin(&a.sign_in(&keys[0]).unwrap()).1;
    assert_eq!(room.confirm(&again, &asked.row.id).await.err().unwrap().code, Code::Forbidden, "one person is one");
    a.node.sessions.end(&a.node.tokens, &noor, |_| true);
    assert!(room.confirm(&zain_asks, &asked.row.id).await.is_ok());
    assert!(room.confirm(&zain_asks, &asked.row.id).await.is_err(), "once");

    // Who asked and is an administrator no more is not heard.
    let noor_asks = a.begin(&a.sign_in(&keys[0]).unwrap()).1;
    let asked = room.ask(&noor_asks, officer("Made-up Sami")).unwrap().1;
    room.leave(&noor).unwrap();
    assert_eq!(room.confirm(&zain_asks, &asked.row.id).await.err().unwrap().code, Code::Forbidden);
    // And who left was one: the socket is not alone again.
    let about = json!({ "name": "Made-up Third", "roles": ["node_admin"] }).to_string();
    assert_eq!(a.request(Method::POST, "/v1/people", about).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_replaces_a_lost_administrator_confirms_nothing_for_a_day() {
    let (_folder, a) = alone().await;
    let [first, second, new, further] = [1, 2, 3, 4].map(Authenticator::new);
    let noor = a.administrator("Made-up Noor", &first).await;
    let zain = a.administrator("Made-up Zain", &second).await;
    let room = &a.node.administration;
    let (cookie, noor_asks) = a.begin(&a.sign_in(&first).unwrap());

    room.take_passkeys(&zain).unwrap();
    assert_eq!(a.sign_in(&second).unwrap_err().code, Code::Unauthenticated);
    // The one who is left alone with the machine's user lets the other in again, and waits.
    a.enrol(&a.link(&zain).await, &new).unwrap();
    let who = a.sign_in(&new).unwrap();
    let zain_asks = a.begin(&who).1;
    let asked = room.ask(&noor_asks, officer("Made-up Layla")).unwrap().1;
    assert_eq!(room.confirm(&zain_asks, &asked.row.id).await.err().unwrap().code, Code::Forbidden);
    // A further passkey, made meanwhile, is worth no more.
    let challenge = a.node.passkeys.challenge(&mut node::entropy());
    let seat = zain_asks.with_token().unwrap();
    let who = Proven { person: zain.clone(), confirms_from_ms: seat.confirms_from_ms };
    a.node.passkeys.add(&a.node, who, &challenge, &site(), further.made(&challenge)).unwrap();
    let by_further = a.begin(&a.sign_in(&further).unwrap()).1;
    assert_eq!(room.confirm(&by_further, &asked.row.id).await.err().unwrap().code, Code::Forbidden);
    assert_eq!(a.node.passkeys.confirm_later(clock::now_ms()).into_iter().collect::<Vec<_>>(), [zain]);

    room.take_passkeys(&noor).unwrap();
    assert!(a.node.sessions.find(&a.node.tokens, &cookie, clock::now_ms(), true).is_none(), "the sessions end with it");
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
        let who = Proven { person: person.clone(), confirms_from_ms: 0 };
        sessions.begin((tokens, &a.node.people), &who, entry, &mut node::entropy()).unwrap()
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
    assert_eq!(a.sign_in(&key).unwrap().person, person);
    let (cookie, _) = a.begin(&a.sign_in(&key).unwrap());
    let link = a.link(&person).await;

    let left = a.request(Method::POST, &format!("/v1/people/{person}/leave"), Value::Null.to_string()).await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(a.node.sessions.find(&a.node.tokens, &cookie, clock::now_ms(), true).is_none());
    assert_eq!(a.node.passkeys.of(&person), []);
    assert_eq!(a.sign_in(&key).unwrap_err().code, Code::Unauthenticated);
    assert_eq!(a.enrol(&link, &Authenticator::new(2)).unwrap_err().code, Code::NotFound);
}

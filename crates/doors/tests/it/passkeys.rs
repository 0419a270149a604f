//! Officers approve with passkeys: what a browser is told to ask for, and what counts of what it brings back.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::http::{Method, StatusCode};
use node::db::SUITE;
use protocol::encoding::to_base64;
use serde_json::{Value, json};

use crate::{
    threads::REQUEST,
    world::{Pair, TestNode},
};

const SITE: &str = "https://exchange.alpha.example";
const RP_ID: &str = "alpha.example";

// What an authenticator says of itself (WebAuthn level 3, §6.1): somebody was there, and was recognised; the passkey may be copied,
// and was.
const UP: u8 = 0x01;
const UV: u8 = 0x04;
const BE: u8 = 0x08;
const BS: u8 = 0x10;

/// A person with a passkey that is enrolled, and a token.
struct Officer {
    token: String,
    pair: EcdsaKeyPair,
}

impl Officer {
    async fn of(node: &TestNode, channel: &str, name: &str, role: &str) -> (Self, String) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let officer = Self { token: String::new(), pair };
        let passkey = json!({
            "credential": to_base64(name.as_bytes()), "algorithm": "es256", "public": officer.public(),
            "origin": SITE, "rp_id": RP_ID,
        });
        let about = json!({
            "name": name, "roles": [role], "purposes": ["identify_person_or_object", "coordination"],
            "passkeys": [passkey],
        });
        let person = node.json(Method::POST, "/v1/people", about.to_string()).await;
        // One key is one person's, and a passkey is of a site.
        let mut other = about.clone();
        other["name"] = format!("{name} again").into();
        assert_eq!(node.request(Method::POST, "/v1/people", other.to_string()).await.status, StatusCode::CONFLICT);
        other["passkeys"][0]["origin"] = "http://exchange.alpha.example".into();
        let refused = node.json(Method::POST, "/v1/people", other.to_string()).await;
        assert_eq!(refused["field"], "passkeys", "{refused}");

        let path = format!("/v1/channels/{channel}/officers");
        let enrolled = officer.enrolment();
        for (member, wrong, field) in [
            ("origin", "http://exchange.alpha.example", "origin"),
            ("rp_id", "beta.example", "origin"),
            ("public", "AQID", "public"),
        ] {
            let mut enrolled = enrolled.clone();
            enrolled[member] = wrong.into();
            let refused = node.json(Method::POST, &path, enrolled.to_string()).await;
            assert_eq!(refused["field"], field, "{refused}");
        }
        node.json(Method::POST, &path, enrolled.to_string()).await;
        (officer, person["id"].as_str().unwrap().to_owned())
    }

    fn public(&self) -> String {
        to_base64(self.pair.public_key().as_ref())
    }

    fn enrolment(&self) -> Value {
        json!({
            "office": "Desk 7", "scheme": "webauthn", "algorithm": "es256", "public": self.public(),
            "origin": SITE, "rp_id": RP_ID,
        })
    }

    /// What a page of `site` brings back when it asks the passkey for what the node says. The passkey is in more places than one.
    fn approval(&self, shown: &Value, role: &str, site: &str) -> Value {
        self.approval_of(shown, role, site, UP | UV | BE | BS)
    }

    /// The same of a passkey with these flags.
    fn approval_of(&self, shown: &Value, role: &str, site: &str, flags: u8) -> Value {
        let part = shown["prepared"]["approvals"].as_array().unwrap().iter().find(|part| part["role"] == role).unwrap();
        let officers = part["officers"].as_array().unwrap();
        let own = officers.iter().find(|officer| officer["public"] == self.public().as_str()).unwrap();
        let challenge = own["sign"].as_str().unwrap().replace('+', "-").replace('/', "_");
        let challenge = challenge.trim_end_matches('=');
        let client_data = format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{site}"}}"#);
        let rp_id = own["passkey"]["rp_id"].as_str().unwrap();
        let authenticator_data = [SUITE.sha256(&[rp_id.as_bytes()]).as_slice(), &[flags, 0, 0, 0, 0]].concat();
        let signed = [authenticator_data.as_slice(), &SUITE.sha256(&[client_data.as_bytes()])].concat();
        json!({
            "role": role, "scheme": own["scheme"], "enrolment": own["enrolment"],
            "signature": to_base64(self.pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref()),
            "authenticator_data": to_base64(&authenticator_data), "client_data": to_base64(client_data.as_bytes()),
        })
    }
}

/// Somebody who writes and somebody who releases, each with a token.
async fn two(node: &TestNode, channel: &str) -> [Officer; 2] {
    let mut two = Vec::new();
    for (name, role) in [("Made-up Layla", "case_officer"), ("Made-up Omar", "release_authority")] {
        let (mut officer, id) = Officer::of(node, channel, name, role).await;
        let new = json!({ "name": "made up", "person": id, "role": role });
        let made = node.json(Method::POST, "/v1/tokens", new.to_string()).await;
        officer.token = made["token"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        two.push(officer);
    }
    two.try_into().unwrap_or_else(|_| unreachable!("there are two"))
}

async fn ask(node: &TestNode, token: &str, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = node.at_port(token, method, path, &text).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

// spec: RECORD-14, RECORD-15
#[tokio::test(flavor = "multi_thread")]
async fn two_people_approve_a_draft_with_their_passkeys_and_the_partner_takes_it() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let (node, channel) = (&pair.a, pair.channel.to_string());
    let [writer, releaser] = two(node, &channel).await;
    let ask = async |token: &str, method: Method, path: &str, body: &Value| ask(node, token, method, path, body).await;
    let draft = json!({ "kind": "requests.request/1", "body": REQUEST });
    let (_, made) = ask(&writer.token, Method::POST, "/v1/drafts", &draft).await;
    let path = format!("/v1/drafts/{}", made["id"].as_str().unwrap());

    // A browser is told whom to ask, and with which credential.
    let (_, shown) = ask(&writer.token, Method::GET, &path, &Value::Null).await;
    let officers = shown["prepared"]["approvals"][0]["officers"].as_array().unwrap();
    let own = officers.iter().find(|officer| officer["public"] == writer.public().as_str()).unwrap();
    let asked = json!({ "origin": SITE, "rp_id": RP_ID, "credential": to_base64(b"Made-up Layla") });
    assert_eq!((&own["scheme"], &own["passkey"]), (&json!("webauthn"), &asked), "{own}");

    let over = |approval: Value| json!({ "digest": shown["prepared"]["digest"], "approval": approval });
    let handed = format!("{path}/hand-over");
    for wrong in
        [writer.approval(&shown, "author", "https://other.alpha.example"), releaser.approval(&shown, "author", SITE)]
    {
        let (status, refused) = ask(&writer.token, Method::POST, &handed, &over(wrong)).await;
        assert_eq!(refused["rule"], "EYE-01", "{status} {refused}");
    }
    let (status, answer) =
        ask(&writer.token, Method::POST, &handed, &over(writer.approval(&shown, "author", SITE))).await;
    assert!(status.is_success(), "{answer}");
    let (_, shown) = ask(&releaser.token, Method::GET, &path, &Value::Null).await;
    let released = json!({ "approval": releaser.approval(&shown, "release_authority", SITE) });
    let (status, answer) = ask(&releaser.token, Method::POST, &format!("{path}/release"), &released).await;
    assert!(status.is_success(), "{answer}");
    let received = async || {
        let (_, text) = node.get_as(&writer.token, "/v1/records").await;
        text.contains("requests.request/1")
    };
    assert!(received().await, "it was sent");

    // An ES256 key is revoked like any other.
    let revoke = json!({ "public": writer.public() });
    let revoked = node.json(Method::POST, &format!("/v1/channels/{channel}/officers/revoke"), revoke.to_string()).await;
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 1, "{revoked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_takes_no_passkeys_that_may_be_copied_says_so_when_one_approves_and_before_anything_leaves() {
    let pair = Pair::start_configured("synced_passkeys = false", include_str!("protection.toml")).await;
    let (node, channel) = (&pair.a, pair.channel.to_string());
    let [writer, releaser] = two(node, &channel).await;
    let draft = json!({ "kind": "requests.request/1", "body": REQUEST });
    let (_, made) = ask(node, &writer.token, Method::POST, "/v1/drafts", &draft).await;
    let path = format!("/v1/drafts/{}", made["id"].as_str().unwrap());
    let handed = format!("{path}/hand-over");
    let (_, shown) = ask(node, &writer.token, Method::GET, &path, &Value::Null).await;
    let over = |flags| {
        let approval = writer.approval_of(&shown, "author", SITE, flags);
        json!({ "digest": shown["prepared"]["digest"], "approval": approval })
    };
    // One that may be copied does not count, also where it was not yet.
    for flags in [UP | UV | BE, UP | UV | BE | BS] {
        let (status, refused) = ask(node, &writer.token, Method::POST, &handed, &over(flags)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains("copied to other devices"), "{refused}");
    }
    let (status, answer) = ask(node, &writer.token, Method::POST, &handed, &over(UP | UV)).await;
    assert!(status.is_success(), "{answer}");

    let (_, shown) = ask(node, &releaser.token, Method::GET, &path, &Value::Null).await;
    let release = format!("{path}/release");
    let by = |flags| json!({ "approval": releaser.approval_of(&shown, "release_authority", SITE, flags) });
    let (status, refused) = ask(node, &releaser.token, Method::POST, &release, &by(UP | UV | BE | BS)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    let (_, still) = ask(node, &releaser.token, Method::GET, &path, &Value::Null).await;
    assert_eq!(still["state"], "handed_over", "nothing is half done: {still}");
    let (status, answer) = ask(node, &releaser.token, Method::POST, &release, &by(UP | UV)).await;
    assert!(status.is_success(), "{answer}");
}

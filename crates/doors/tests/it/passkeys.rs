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

    /// What a page of `site` brings back when it asks the passkey for what the node says.
    fn approval(&self, shown: &Value, role: &str, site: &str) -> Value {
        let part = shown["prepared"]["approvals"].as_array().unwrap().iter().find(|part| part["role"] == role).unwrap();
        let officers = part["officers"].as_array().unwrap();
        let own = officers.iter().find(|officer| officer["public"] == self.public().as_str()).unwrap();
        let challenge = own["sign"].as_str().unwrap().replace('+', "-").replace('/', "_");
        let challenge = challenge.trim_end_matches('=');
        let client_data = format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{site}"}}"#);
        let rp_id = own["passkey"]["rp_id"].as_str().unwrap();
        let authenticator_data = [SUITE.sha256(&[rp_id.as_bytes()]).as_slice(), &[0x1d, 0, 0, 0, 0]].concat();
        let signed = [authenticator_data.as_slice(), &SUITE.sha256(&[client_data.as_bytes()])].concat();
        json!({
            "role": role, "scheme": own["scheme"], "enrolment": own["enrolment"],
            "signature": to_base64(self.pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref()),
            "authenticator_data": to_base64(&authenticator_data), "client_data": to_base64(client_data.as_bytes()),
        })
    }
}

// spec: RECORD-14, RECORD-15
#[tokio::test(flavor = "multi_thread")]
async fn two_people_approve_a_draft_with_their_passkeys_and_the_partner_takes_it() {
    let pair = Pair::start_under(include_str!("protection.toml")).await;
    let (node, channel) = (&pair.a, pair.channel.to_string());
    let (mut writer, writer_id) = Officer::of(node, &channel, "Made-up Layla", "case_officer").await;
    let (mut releaser, releaser_id) = Officer::of(node, &channel, "Made-up Omar", "release_authority").await;
    for (officer, id, role) in
        [(&mut writer, &writer_id, "case_officer"), (&mut releaser, &releaser_id, "release_authority")]
    {
        let new = json!({ "name": "made up", "person": id, "role": role });
        let made = node.json(Method::POST, "/v1/tokens", new.to_string()).await;
        officer.token = made["token"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    }
    let ask = async |token: &str, method: Method, path: &str, body: &Value| {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = node.at_port(token, method, path, &text).await;
        (status, serde_json::from_str::<Value>(&text).unwrap_or(Value::Null))
    };
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

//! The ID token: whether it is the service's word about this sign-in, and whom it names (OpenID Connect Core 1.0, section 3.1.3.7).

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::{Deserialize, de::IgnoredAny};

use crate::Error;

/// Signatures that are believed: by a key that the service alone has. Those by a shared secret are not.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// By how much the service's clock may differ, in seconds.
const LEEWAY_SECONDS: u64 = 60;
/// Longest name of a person at the service, in bytes (OpenID Connect Core 1.0, section 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// What a token must say.
pub(crate) struct Asked<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) acr: &'a [String],
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    acr: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    Many(Vec<String>),
    One(IgnoredAny),
}

/// Whom a token names.
///
/// # Errors
/// [`Error::Unfit`].
pub(crate) fn subject(token: &str, keys: &JwkSet, asked: &Asked<'_>) -> Result<String, Error> {
    let unfit = |what: String| Error::Unfit(format!("its token: {what}"));
    let header = decode_header(token).map_err(|error| unfit(error.to_string()))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(unfit(format!("signed by {:?}", header.alg)));
    }
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_nbf = true;
    validation.set_issuer(&[asked.issuer]);
    validation.set_audience(&[asked.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let fits = |key: &&Jwk| {
        let is_named = header.kid.is_none() || key.common.key_id == header.kid;
        let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let alg = key.common.key_algorithm.is_none_or(|alg| alg.to_string() == format!("{:?}", header.alg));
        is_named && signs && alg
    };
    // A service that names no key has one, or few: each is tried.
    let mut failed = unfit("no key of the service is named so".into());
    for key in keys.keys.iter().filter(fits) {
        let decoded = DecodingKey::from_jwk(key).and_then(|key| decode::<Claims>(token, &key, &validation));
        match decoded {
            Ok(decoded) => return check(decoded.claims, asked).map_err(unfit),
            Err(error) => failed = unfit(error.to_string()),
        }
    }
    Err(failed)
}

fn check(claims: Claims, asked: &Asked<'_>) -> Result<String, String> {
    if claims.nonce.as_deref() != Some(asked.nonce) {
        return Err("it is of another sign-in".into());
    }
    let is_for_others = match &claims.aud {
        Audience::One(_) => false,
        Audience::Many(all) => all.len() > 1,
    };
    let to = claims.azp.as_deref();
    if to.is_some_and(|to| to != asked.client_id) || is_for_others && to.is_none() {
        return Err("it was given to another program".into());
    }
    let is_proven = |how: &str| asked.acr.iter().any(|enough| enough == how);
    if !asked.acr.is_empty() && !claims.acr.as_deref().is_some_and(is_proven) {
        return Err(format!("the person was proven by acr {:?}, which is not enough here", claims.acr));
    }
    let length = claims.sub.len();
    if !(1..=SUBJECT_BYTES_MAX).contains(&length) {
        return Err(format!("its sub has {length} bytes"));
    }
    Ok(claims.sub)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer as _,
        signature::{Ed25519KeyPair, KeyPair as _},
    };
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    struct Provider {
        key: EncodingKey,
        keys: Value,
    }

    fn provider(kid: &str) -> Provider {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> = pair.as_der().unwrap();
        let keys = json!({"keys": [
            // A kind of key that nobody here knows keeps none of the others out.
            {"kty": "new", "kid": "x"},
            {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x, "use": "sig", "alg": "EdDSA"},
        ]});
        Provider { key: EncodingKey::from_ed_der(der.as_ref()), keys }
    }

    fn claims() -> Value {
        let now = jsonwebtoken::get_current_timestamp();
        json!({"iss": "https://login.example", "aud": "mithaq", "sub": "u-17", "nonce": "n", "exp": now + 300, "iat": now})
    }

    const ASKED: Asked<'_> = Asked { issuer: "https://login.example", client_id: "mithaq", nonce: "n", acr: &[] };

    fn judged(provider: &Provider, header: &Header, claims: &Value, asked: &Asked<'_>) -> Result<String, Error> {
        let keys = serde_json::from_value(provider.keys.clone()).unwrap();
        subject(&encode(header, claims, &provider.key).unwrap(), &keys, asked)
    }

    fn signed_by(kid: &str) -> Header {
        Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) }
    }

    #[test]
    fn a_token_of_this_sign_in_names_a_person() {
        let provider = provider("k");
        for header in [signed_by("k"), Header::new(Algorithm::EdDSA)] {
            assert_eq!(judged(&provider, &header, &claims(), &ASKED).unwrap(), "u-17");
        }
        let mut many = claims();
        many["aud"] = json!(["mithaq", "other"]);
        many["azp"] = json!("mithaq");
        assert_eq!(judged(&provider, &signed_by("k"), &many, &ASKED).unwrap(), "u-17");
        let acr = ["phr".to_owned(), "phrh".to_owned()];
        let asked = Asked { acr: &acr, ..ASKED };
        let mut proven = claims();
        proven["acr"] = json!("phrh");
        assert_eq!(judged(&provider, &signed_by("k"), &proven, &asked).unwrap(), "u-17");
    }

    #[test]
    fn every_other_token_names_nobody() {
        let provider = provider("k");
        let now = jsonwebtoken::get_current_timestamp();
        for (claim, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", Value::Null),
            ("aud", json!("other")),
            ("aud", json!(["mithaq", "other"])),
            ("aud", json!([])),
            ("azp", json!("other")),
            ("sub", json!("")),
            ("sub", json!("x".repeat(256))),
            ("sub", json!(7)),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("exp", json!(now - 120)),
            ("exp", Value::Null),
            ("nbf", json!(now + 600)),
        ] {
            let mut wrong = claims();
            wrong[claim] = value.clone();
            let judged = judged(&provider, &signed_by("k"), &wrong, &ASKED);
            assert!(matches!(judged, Err(Error::Unfit(_))), "{claim} {value}: {judged:?}");
        }
        let acr = ["phr".to_owned()];
        assert!(judged(&provider, &signed_by("k"), &claims(), &Asked { acr: &acr, ..ASKED }).is_err());
        assert!(judged(&provider, &signed_by("other"), &claims(), &ASKED).is_err());
    }

    #[test]
    fn a_signature_by_anybody_else_counts_for_nothing() {
        let (provider, other) = (provider("k"), provider("k"));
        let keys: JwkSet = serde_json::from_value(provider.keys.clone()).unwrap();
        let forged = encode(&signed_by("k"), &claims(), &other.key).unwrap();
        assert!(subject(&forged, &keys, &ASKED).is_err());

        // Unsigned, and by a secret that everybody has: the public key.
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims()));
        assert!(subject(&unsigned, &keys, &ASKED).is_err());
        let public = provider.keys["keys"][1]["x"].as_str().unwrap();
        let secret = EncodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(public).unwrap()).unwrap();
        let header = Header { kid: Some("k".into()), ..Header::new(Algorithm::HS256) };
        assert!(subject(&encode(&header, &claims(), &secret).unwrap(), &keys, &ASKED).is_err());

        let good = encode(&signed_by("k"), &claims(), &provider.key).unwrap();
        for at in [5, good.len() / 2, good.len() - 5] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let spoiled = String::from_utf8(bytes).unwrap();
            assert!(subject(&spoiled, &keys, &ASKED).is_err(), "{at}");
        }
        for text in ["", ".", "..", "a.b.c", "e30.e30.e30"] {
            assert!(subject(text, &keys, &ASKED).is_err(), "{text}");
        }
    }
}

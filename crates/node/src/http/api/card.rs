//! `/v1/card`: the agency's own card file, and the next card.

use std::path::PathBuf;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use protocol::{json, text::Texts};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    fault::{Code, Fault},
    keys::KeysError,
    node::Node,
    rotation::{RotateError, Rotation, rotate as issue_next},
    work::blocking,
};

/// What a rotation may say: two names and a passphrase are far smaller.
const ROTATE_BYTES_MAX: usize = 64 << 10;

/// The card file, to be given to partners.
pub async fn show(State(node): State<Node>) -> Response {
    ([(CONTENT_TYPE, "application/json")], node.cards().encode()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateBody {
    /// The file of next keys, brought back from its offline place.
    next_keys_file: PathBuf,
    passphrase: String,
    names: Option<Texts>,
    addresses: Option<Vec<String>>,
}

/// Issues the next card: new names, addresses and TLS key under the same signing keys.
pub async fn rotate(State(node): State<Node>, body: Bytes) -> Result<Json<Value>, Fault> {
    let RotateBody { next_keys_file, passphrase, names, addresses } =
        json::parse_strict(&body, ROTATE_BYTES_MAX, "card rotation")
            .map_err(|error| Fault::usage(error.to_string()).in_field(error.field))?;
    let passphrase = Zeroizing::new(passphrase);
    let rotated = blocking(move || {
        let rotation = Rotation { names, addresses };
        issue_next(&node, &node.peers, &node.dir, rotation, &next_keys_file, passphrase.as_bytes())
    })
    .await?;
    Ok(Json(json!({
        "agency": rotated.cards.agency(),
        "serial": rotated.cards.current().serial,
        "next_keys_file": rotated.next_file,
        "message": "Move next_keys_file to a safe place offline, destroy the one just used, restart the node so that \
                    it takes up its new TLS key, and give the new card file to your partners. The log, receipt and \
                    document keys stay: changing them needs a handover in every channel, which this version does not \
                    write.",
    })))
}

impl From<RotateError> for Fault {
    fn from(error: RotateError) -> Self {
        let code = match &error {
            RotateError::Keys(KeysError::Io { .. }) | RotateError::Store(_) => Code::Storage,
            RotateError::Keys(KeysError::Derivation(_)) => Code::Internal,
            RotateError::Keys(_) | RotateError::OtherKeys => Code::NotVerified,
            RotateError::Card(_) => Code::Usage,
        };
        Self::new(code, error.to_string())
    }
}

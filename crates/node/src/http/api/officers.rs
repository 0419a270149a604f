//! Officers of this agency: enrolled by an entry in its log, by office and key, never by name.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::{
    control::{Control, Officer},
    limits::NAME_BYTES_MAX,
    origin::Lane,
};
use serde_json::{Value, json};

use super::{channels::find, submit};
use crate::{http::error::ApiError, node::Node};

/// The officers enrolled in a channel, by all parties.
pub async fn list(State(node): State<Node>, Path(channel): Path<String>) -> Result<Json<Value>, ApiError> {
    let value = find(&node, &channel)?.value();
    let officers: Vec<Value> = value
        .officers()
        .iter()
        .map(|enrolled| json!({ "origin": enrolled.origin, "index": enrolled.index, "officer": enrolled.officer }))
        .collect();
    Ok(Json(officers.into()))
}

/// Enrols an officer. Doing it again with the same office and key changes nothing.
pub async fn enrol(
    State(node): State<Node>,
    Path(channel): Path<String>,
    Json(officer): Json<Officer>,
) -> Result<Json<Value>, ApiError> {
    if officer.public.len() != 32 {
        return Err(ApiError::usage("an Ed25519 public key has 32 bytes, in base64").in_field("public"));
    }
    if officer.office.trim().is_empty() || officer.office.len() > NAME_BYTES_MAX {
        let message = format!("an office is 1 to {NAME_BYTES_MAX} bytes, such as \"border desk, release\"");
        return Err(ApiError::usage(message).in_field("office"));
    }
    let handle = find(&node, &channel)?;
    submit::may_sign(&handle).await?;
    let known = handle
        .value()
        .officers()
        .iter()
        .find(|enrolled| enrolled.origin.agency == node.me && enrolled.officer == officer)
        .map(|enrolled| (enrolled.origin, enrolled.index));
    let (origin, index) = match known {
        Some(place) => place,
        None => handle.append(Lane::Main, vec![Control::Enrolment(officer)]).await?,
    };
    Ok(Json(json!({ "origin": origin, "index": index })))
}

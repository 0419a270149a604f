//! `POST /v1/records/prepare`: fills in what a record's author need not know, and says what the officers sign. Whoever calls needs no
//! more cryptography than a signature with Ed25519.

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use node::{Node, answers::preparation::Prepared, callers::Caller, drafting::ToPrepare, fault::Fault, work::blocking};

use super::channels::find;
use crate::{form::Sent, problem::Failed};

/// Prepares a record. Nothing is kept, and nothing is sent.
pub async fn prepare(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Sent(wanted): Sent<ToPrepare>,
) -> Response {
    let work = node.clone();
    let (ready, noted) = match blocking(move || Ok::<_, Fault>(work.drafting.prepare(&caller, &wanted))).await {
        Ok(done) => done,
        Err(error) => (Err(error), None),
    };
    let prepared = ready.and_then(|ready| {
        let channel = find(&node, &ready.channel.to_string())?.value();
        Ok(Prepared::of(&ready, &channel)?.with_credentials(&node.people))
    });
    let answer = prepared.map(Json).map_err(Failed);
    // What was read to find out stands in the audit log, also where nothing came of it.
    match noted {
        Some(noted) => (Extension(noted), answer).into_response(),
        None => answer.into_response(),
    }
}

//! `/v1/card`: the agency's own card file, and the next card.

use axum::{
    Json,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::{
    answers::card::{CardRotated, NewCard},
    clock,
    keys::Next,
    node::Node,
    rotation::{Rotation, rotate as issue_next},
    work::blocking,
};

use crate::{form::Strict, problem::Failed};

/// The card file, to be given to partners.
pub async fn show(State(node): State<Node>) -> Response {
    ([(CONTENT_TYPE, "application/json")], node.cards().encode()).into_response()
}

/// Issues the next card: new names, addresses and TLS key under the same signing keys.
pub async fn rotate(State(node): State<Node>, Strict(new): Strict<NewCard>) -> Result<Json<CardRotated>, Failed> {
    let NewCard { next_keys, passphrase, next_passphrase, names, addresses } = new;
    let rotated = blocking(move || {
        let rotation = Rotation { names, addresses };
        node.guesses.guard(clock::now_ms, || {
            let next_passphrase = next_passphrase.as_ref().unwrap_or(&passphrase);
            let next = Next { file: next_keys.as_bytes(), passphrase: next_passphrase.as_bytes() };
            issue_next(&node, &node.peers, &node.dir, rotation, next, passphrase.as_bytes())
        })
    })
    .await?;
    Ok(Json(CardRotated {
        agency: *rotated.cards.agency(),
        serial: rotated.cards.current().serial,
        next_keys_file: rotated.next_file,
        message: AFTER.into(),
    }))
}

/// What is left to do once a card was issued.
const AFTER: &str = "Move next_keys_file to a safe place offline, destroy the one just used, restart the node so that it takes \
                     up its new TLS key, and give the new card file to your partners. The log, receipt and document keys stay: \
                     changing them needs a handover in every channel, which this version does not write.";

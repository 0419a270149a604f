//! `/v1/peers`: the cards of other agencies, and the comparison of fingerprints.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
};
use node::{
    answers::peers::{CardAddress, Confirmation, PeerList, PeerRow},
    fault::{Code, Fault},
    node::Node,
    peers::{self, Peer},
    transport::client::{PeerError, fetch_card},
    work::blocking,
};
use protocol::{fingerprint::Fingerprint, id::AgencyId};
use serde::Deserialize;

use crate::{form::Strict, problem::Failed, route::Param};

/// What comes with a card file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddQuery {
    /// The fingerprint that the partner gave; without it the agency is not trusted yet.
    fingerprint: Option<String>,
}

/// Query of [`add`].
pub const ADD: &[Param] =
    &[Param::new("fingerprint", "string", "The partner's sixty digits; without them it is not trusted yet")];

/// Lists the agencies whose cards are held.
pub async fn list(State(node): State<Node>) -> Json<PeerList> {
    Json(PeerList { peers: node.peers.list().iter().map(row).collect() })
}

/// Takes up a card file.
pub async fn add(
    State(node): State<Node>,
    Query(query): Query<AddQuery>,
    body: Bytes,
) -> Result<Json<PeerRow>, Failed> {
    Ok(take_up(node, body, query.fingerprint).await?)
}

/// Fetches a card from an address. It is trusted once its fingerprint is confirmed.
pub async fn fetch(
    State(node): State<Node>,
    Strict(CardAddress { address }): Strict<CardAddress>,
) -> Result<Json<PeerRow>, Failed> {
    let answer = fetch_card(&address).await.map_err(|error| match error {
        PeerError::BadAddress { .. } => Fault::usage(error.to_string()).in_field("address"),
        _ => Fault::new(Code::Unavailable, error.to_string()),
    })?;
    if answer.status != StatusCode::OK {
        return Err(
            Fault::new(Code::Unavailable, format!("{address} serves no card: it answers {}", answer.status)).into()
        );
    }
    Ok(take_up(node, answer.body, None).await?)
}

/// Trusts an agency whose fingerprint was compared.
pub async fn confirm(
    State(node): State<Node>,
    Path(agency): Path<String>,
    Strict(Confirmation { fingerprint }): Strict<Confirmation>,
) -> Result<Json<PeerRow>, Failed> {
    let agency: AgencyId = agency.parse().map_err(|error| Fault::usage(format!("{agency}: {error}")))?;
    let confirmed = blocking(move || node.peers.confirm(&node, &agency, &fingerprint)).await?;
    Ok(Json(row(&confirmed)))
}

async fn take_up(node: Node, cards: Bytes, fingerprint: Option<String>) -> Result<Json<PeerRow>, Fault> {
    let adding = node.clone();
    let peer = blocking(move || adding.peers.add(&adding, &cards, fingerprint.as_deref())).await?;
    peers::tell_channels(&node.channels, &peer).await;
    Ok(Json(row(&peer)))
}

fn row(peer: &Peer) -> PeerRow {
    let card = peer.chain.current();
    PeerRow {
        agency: *peer.chain.agency(),
        names: card.names.clone(),
        country: card.country.clone(),
        addresses: card.addresses.clone(),
        fingerprint: Fingerprint::of(peer.chain.agency()).to_string(),
        trusted: peer.trusted,
        frozen: peer.frozen,
        serial: card.serial,
    }
}

//! `/v1/peers`: the cards of other agencies, and the comparison of fingerprints.

use std::{future::pending, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use node::{
    answers::peers::{CardAddress, Confirmation, PeerList, PeerRow},
    clock,
    fault::{Code, Fault},
    limits,
    node::Node,
    peers::{self, Peer},
    transport::client::{PeerError, fetch_card},
    work::blocking,
};
use protocol::{fingerprint::Fingerprint, id::AgencyId};
use serde::Deserialize;
use texts::say;
use tokio::time::sleep;

use crate::{
    form::{Query, Strict},
    problem::Failed,
    route::Param,
};

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
    Ok(Json(row(&take_up(node, body, query.fingerprint).await?)))
}

/// Fetches a card from an address. It is trusted once its fingerprint is confirmed.
pub async fn fetch(
    State(node): State<Node>,
    Strict(CardAddress { address }): Strict<CardAddress>,
) -> Result<Json<PeerRow>, Failed> {
    Ok(Json(row(&fetch_from(node, &address).await?)))
}

/// Takes up the card that is found at an address.
///
/// # Errors
/// There is none, whatever the reason: what is said, and when, tells nothing of other machines.
pub async fn fetch_from(node: Node, address: &str) -> Result<Peer, Fault> {
    node.fetches.spend(clock::now_ms())?;
    // Who may call on loopback is a neighbour on the machine, and only a node that is tried out there has partners there.
    let loopback = node.config.peer_listen.ip().is_loopback();
    let fails = sleep(Duration::from_millis(limits::FETCH_FAILS_AFTER_MS));
    let fetched = async {
        let fetched = match fetch_card(address, loopback).await {
            Ok(answer) if answer.status == StatusCode::OK => Ok(answer.body),
            Ok(answer) => Err(format!("it answers {}", answer.status)),
            Err(error @ PeerError::BadAddress { .. }) => {
                return Err(Fault::usage(error.to_string()).in_field("address"));
            }
            Err(error) => Err(error.to_string()),
        };
        let taken = match fetched {
            Ok(body) => take_up(node, body, None).await.map_err(|error| error.message.to_string()),
            Err(why) => Err(why),
        };
        match taken {
            Ok(peer) => Ok(peer),
            Err(why) => {
                tracing::warn!(%address, %why, "no card was fetched");
                pending().await
            }
        }
    };
    tokio::select! {
        fetched = fetched => fetched,
        () = fails => Err(Fault::new(Code::Unavailable, say!("no-card-from-there"))),
    }
}

/// Trusts an agency whose fingerprint was compared.
pub async fn confirm(
    State(node): State<Node>,
    Path(agency): Path<String>,
    Strict(Confirmation { fingerprint }): Strict<Confirmation>,
) -> Result<Json<PeerRow>, Failed> {
    let agency: AgencyId =
        agency.parse().map_err(|error| Fault::usage(say!("while-doing", what = %agency, problem = %error)))?;
    let confirmed = blocking(move || node.peers.confirm(&node, &agency, &fingerprint)).await?;
    Ok(Json(row(&confirmed)))
}

/// Takes up a card file, and gives every channel the agency's newest cards.
///
/// # Errors
/// It is no card, or not one that can follow those that are held.
pub async fn take_up(node: Node, cards: Bytes, fingerprint: Option<String>) -> Result<Peer, Fault> {
    let adding = node.clone();
    let peer = blocking(move || adding.peers.add(&adding, &cards, fingerprint.as_deref())).await?;
    peers::tell_channels(&node.channels, &peer).await;
    Ok(peer)
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

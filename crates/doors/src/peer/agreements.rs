//! `POST /peer/v1/agreements`: a partner hands over a bundle and gets back the merged one.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::{agreements, node::Node, work::blocking};

use super::caller;
use crate::{listener::Peer, problem::Failed};

/// Takes up the signatures that the partner has and gives back those held here. It never signs.
pub async fn exchange(State(node): State<Node>, Extension(peer): Extension<Peer>, body: Bytes) -> Response {
    let from = match caller(peer) {
        Ok(from) => from,
        Err(status) => return status.into_response(),
    };
    match blocking(move || agreements::exchange(&node.agreements, &from, &body)).await {
        Ok(merged) => ([(CONTENT_TYPE, "application/json")], merged).into_response(),
        Err(error) => Failed(error).into_response(),
    }
}

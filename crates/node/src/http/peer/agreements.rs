//! `POST /peer/v1/agreements`: a partner hands over a bundle and gets back the merged one.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use super::caller;
use crate::{agreements, fault::Fault, node::Node, transport::listener::Peer, work::blocking};

/// Takes up the signatures that the partner has and gives back those held here. It never signs.
pub async fn exchange(State(node): State<Node>, Extension(peer): Extension<Peer>, body: Bytes) -> Response {
    let from = match caller(peer) {
        Ok(from) => from,
        Err(status) => return status.into_response(),
    };
    match blocking(move || agreements::exchange(&node.agreements, &from, &body)).await {
        Ok(merged) => ([(CONTENT_TYPE, "application/json")], merged).into_response(),
        Err(error) => Fault::into_response(error),
    }
}

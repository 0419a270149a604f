//! `GET /peer/v1/card`: the agency's card file, for whoever asks.

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::node::Node;

/// Serves the card file. It proves itself by its signatures, so that a node which moved can be found again.
pub async fn show(State(node): State<Node>) -> Response {
    ([(CONTENT_TYPE, "application/json")], node.cards().encode()).into_response()
}

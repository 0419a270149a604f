//! `GET /metrics`: figures for Prometheus.

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use crate::{fault::Fault, metrics, node::Node, work::blocking};

/// The text format that Prometheus reads.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4";

/// Every figure as it is now.
pub async fn show(State(node): State<Node>) -> Result<Response, Fault> {
    let text = blocking(move || metrics::text(&node.statements, &node.links)).await?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

//! `GET /metrics`: figures for Prometheus.

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use node::{metrics, node::Node, work::blocking};

use crate::problem::Failed;

/// The text format that Prometheus reads.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4";

/// Every figure as it is now.
pub async fn show(State(node): State<Node>) -> Result<Response, Failed> {
    let text = blocking(move || metrics::text(&node.statements, &node.links, &node.audit.refusals)).await?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

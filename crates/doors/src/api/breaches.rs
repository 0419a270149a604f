//! `/v1/breaches`: what partners signed against the protocol, and the files that prove it.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use node::{answers::breaches::BreachList, breaches, node::Node, work::blocking};

use super::{channels, evidence::download};
use crate::problem::Failed;

/// Lists the breaches that are kept.
pub async fn list(State(node): State<Node>) -> Result<Json<BreachList>, Failed> {
    let breaches = blocking(move || breaches::list(&node, &node.channels)).await?;
    Ok(Json(BreachList { breaches }))
}

/// Gives the file that proves one.
pub async fn file(State(node): State<Node>, Path((channel, id)): Path<(String, String)>) -> Result<Response, Failed> {
    let channel = channels::find(&node, &channel)?.id();
    let name = format!("breach-{id}");
    let (file, noted) = blocking(move || breaches::file(&node, channel, &id)).await?;
    Ok(download(file, noted, &name))
}

//! `/v1/agreements`: from draft to force.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use node::{
    agreements::{self, Held, Offered},
    answers::agreements::{AgreementList, AgreementRow, NotReached, OfferAnswer, ProgressAnswer},
    fault::Fault,
    node::Node,
    work::blocking,
};
use protocol::id::{Hash, parse_hash};
use texts::say;

use crate::problem::Failed;

/// Lists the agreements held, drafts included.
pub async fn list(State(node): State<Node>) -> Result<Json<AgreementList>, Failed> {
    let held = blocking(move || agreements::list(&node.agreements)).await?;
    Ok(Json(AgreementList { agreements: held.into_iter().map(row).collect() }))
}

/// Renders and keeps a draft.
pub async fn draft(State(node): State<Node>, headers: HeaderMap, body: Bytes) -> Result<Json<ProgressAnswer>, Failed> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    Ok(Json(blocking(move || agreements::draft(&node.agreements, &body, &content_type)).await?.into()))
}

/// Signs for this agency.
pub async fn sign(State(node): State<Node>, Path(hash): Path<String>) -> Result<Json<ProgressAnswer>, Failed> {
    let hash = named(&hash)?;
    Ok(Json(blocking(move || agreements::sign(&node.agreements, &hash)).await?.into()))
}

/// Forgets a draft or an offer that this agency has not signed.
pub async fn discard(State(node): State<Node>, Path(hash): Path<String>) -> Result<Json<ProgressAnswer>, Failed> {
    let hash = named(&hash)?;
    Ok(Json(blocking(move || agreements::discard(&node.agreements, &hash)).await?.into()))
}

/// Takes up a bundle.
pub async fn import(State(node): State<Node>, body: Bytes) -> Result<Json<ProgressAnswer>, Failed> {
    Ok(Json(blocking(move || agreements::import(&node.agreements, &body)).await?.into()))
}

/// Hands the bundle to every other party.
pub async fn offer(State(node): State<Node>, Path(hash): Path<String>) -> Result<Json<OfferAnswer>, Failed> {
    let Offered { progress, reached, failed } = agreements::offer(&node.agreements, &named(&hash)?).await?;
    let failed = failed.into_iter().map(|(agency, message)| NotReached { agency, message }).collect();
    Ok(Json(OfferAnswer { progress: progress.into(), reached, failed }))
}

/// The bundle as a file.
pub async fn bundle(State(node): State<Node>, Path(hash): Path<String>) -> Result<Response, Failed> {
    let hash = named(&hash)?;
    let bytes = blocking(move || agreements::bundle(&node, &hash)).await?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

pub(super) fn named(hash: &str) -> Result<Hash, Fault> {
    parse_hash(hash).map_err(|_| {
        let problem = say!("not-an-id");
        Fault::usage(say!("while-doing", what = %hash, problem = problem))
    })
}

fn row(held: Held) -> AgreementRow {
    let Held { agreement, progress } = held;
    AgreementRow {
        progress: progress.into(),
        version: agreement.version,
        title: agreement.title,
        parties: agreement.parties.iter().map(|party| party.agency).collect(),
        valid_from: agreement.valid_from,
        valid_until: agreement.valid_until,
    }
}

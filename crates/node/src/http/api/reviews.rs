//! `/v1/reviews`: what one officer released alone, and what another finds (rule EYE-03).

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::records::{Place, place};
use crate::{
    callers::Caller,
    fault::Fault,
    node::Node,
    reading::{
        Disclosed,
        reviews::{Concluded, Reviews},
    },
    reviews::{Finding, Ground},
    work::blocking,
};

/// Lists releases of the caller's compartment.
pub async fn list(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Disclosed<Reviews>, Fault> {
    blocking(move || node.reading.reviews(&caller)).await
}

/// What the reviewer found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    finding: Word,
    /// The ground of an objection.
    ground: Option<Ground>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Confirmed,
    Objected,
}

/// Keeps a finding.
pub async fn conclude(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Json(found): Json<Found>,
) -> Result<Disclosed<Concluded>, Fault> {
    let finding = match (found.finding, found.ground) {
        (Word::Confirmed, None) => Finding::Confirmed,
        (Word::Objected, Some(ground)) => Finding::Objected(ground),
        (Word::Confirmed, Some(_)) => {
            return Err(Fault::usage("a confirmation has no ground").in_field("ground"));
        }
        (Word::Objected, None) => {
            let message = format!("an objection is on a ground: one of {}", Ground::WORDS.join(", "));
            return Err(Fault::usage(message).in_field("ground"));
        }
    };
    blocking(move || node.reading.conclude(&caller, &place(&path)?, finding)).await
}

//! `/v1/reviews`: what one officer released alone, and what another finds (rule EYE-03).

use axum::{
    Extension, Json,
    extract::{Path, State},
};

use super::records::{Place, place};
use crate::{
    answers::reviews::{FindingWord, Found},
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

/// Keeps a finding.
pub async fn conclude(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Json(found): Json<Found>,
) -> Result<Disclosed<Concluded>, Fault> {
    let finding = match (found.finding, found.ground) {
        (FindingWord::Confirmed, None) => Finding::Confirmed,
        (FindingWord::Objected, Some(ground)) => Finding::Objected(ground),
        (FindingWord::Confirmed, Some(_)) => {
            return Err(Fault::usage("a confirmation has no ground").in_field("ground"));
        }
        (FindingWord::Objected, None) => {
            let message = format!("an objection is on a ground: one of {}", Ground::WORDS.join(", "));
            return Err(Fault::usage(message).in_field("ground"));
        }
    };
    blocking(move || node.reading.conclude(&caller, &place(&path)?, finding)).await
}

//! `/v1/reviews`: what one officer released alone, and what another finds (rule EYE-03).

use axum::{
    Extension,
    extract::{Path, State},
};
use node::{
    answers::reviews::{FindingWord, Found},
    callers::Caller,
    fault::Fault,
    node::Node,
    reading::reviews::{Concluded, Reviews},
    reviews::{Finding, Ground},
    work::blocking,
};
use texts::say;

use super::records::{Place, place};
use crate::{disclosed::Shown, form::Sent, problem::Failed};

/// Lists releases of the caller's compartment.
pub async fn list(State(node): State<Node>, Extension(caller): Extension<Caller>) -> Result<Shown<Reviews>, Failed> {
    Ok(Shown(blocking(move || node.reading.reviews(&caller)).await?))
}

/// Keeps a finding.
pub async fn conclude(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Sent(found): Sent<Found>,
) -> Result<Shown<Concluded>, Failed> {
    let finding = match (found.finding, found.ground) {
        (FindingWord::Confirmed, None) => Finding::Confirmed,
        (FindingWord::Objected, Some(ground)) => Finding::Objected(ground),
        (FindingWord::Confirmed, Some(_)) => {
            return Err(Fault::usage(say!("confirmation-has-no-ground")).in_field("ground").into());
        }
        (FindingWord::Objected, None) => {
            let message = say!("objection-ground", words = %Ground::WORDS.join(", "));
            return Err(Fault::usage(message).in_field("ground").into());
        }
    };
    Ok(Shown(blocking(move || node.reading.conclude(&caller, &place(&node, &path)?, finding)).await?))
}

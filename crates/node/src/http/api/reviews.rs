//! `/v1/reviews`: what one officer released alone, and what another finds (rule EYE-03).

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::records::{Place, place};
use crate::{
    audit::Noted,
    callers::Caller,
    clock,
    fault::Fault,
    node::Node,
    reviews::{self, Finding, Ground, Outcome, Review},
    work::blocking,
};

/// Every release, reviewed or not.
#[derive(Debug, Serialize)]
pub struct Reviews {
    /// The earliest first.
    reviews: Vec<Review>,
}

/// Lists releases of the caller's compartment.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
) -> Result<(Extension<Noted>, Json<Reviews>), Fault> {
    blocking(move || {
        let mut reviews = reviews::list(&node, clock::now_ms())?;
        reviews.retain(|review| caller.sees_kind(Some(&review.kind)));
        Ok::<_, Fault>((Extension(Noted::facts(json!({ "listed": reviews.len() }))), Json(Reviews { reviews })))
    })
    .await
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

/// A review that is concluded.
#[derive(Debug, Serialize)]
pub struct Concluded {
    #[serde(flatten)]
    review: Review,
    /// After an objection: the order that has the content erased at every party, for whoever may give it.
    erase: Option<serde_json::Value>,
}

/// Keeps a finding.
pub async fn conclude(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<Place>,
    Json(found): Json<Found>,
) -> Result<(Extension<Noted>, Json<Concluded>), Fault> {
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
    blocking(move || {
        let (_, position) = place(&node, &path)?;
        let review = reviews::conclude(&node, &caller, &position, finding)?;
        let objected = matches!(&review.outcome, Some(Outcome { finding: Finding::Objected(_), .. }));
        let erase = (objected && !review.erased).then(|| {
            json!({
                "channel": position.origin.channel, "log": position.origin.short(), "index": position.index,
                "order": true,
            })
        });
        let noted = Noted::facts(json!({ "rule": reviews::RULE, "outcome": finding }));
        Ok::<_, Fault>((Extension(noted), Json(Concluded { review, erase })))
    })
    .await
}

//! What one officer released alone because it could not wait, and what another finds (rule EYE-03).

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use doors::problem::Failed;
use node::{
    callers::Caller,
    fault::Fault,
    node::Node,
    reviews::{Finding, Ground},
    work::blocking,
};
use texts::{Message, say};

use super::records::{Place, position};
use crate::{
    form::Said,
    page::{Shown, Then, page},
    party::channel_name,
    rows::person,
    ui::Ui,
    words,
};

/// What waits for a review, and what was found.
#[derive(Template)]
#[template(path = "reviews.html")]
pub struct Reviews {
    ui: Ui,
    rows: Vec<ReviewRow>,
    grounds: Vec<(&'static str, String)>,
}

page!(Reviews);

struct ReviewRow {
    path: String,
    kind: String,
    channel: String,
    released: String,
    due: String,
    overdue: bool,
    by: String,
    outcome: Option<String>,
}

/// Shows them.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<Reviews>, Failed> {
    let page = blocking(move || {
        let reviews = node.reading.reviews(&caller)?;
        Ok::<_, Fault>(Shown::of(reviews, |found| {
            let rows = found.reviews.into_iter().map(|review| ReviewRow {
                path: format!("{}/{}/{}", review.channel, review.record.log, review.record.index),
                kind: ui.m(&words::kind_named(&review.kind)),
                channel: node
                    .channel(&review.channel)
                    .map(|handle| channel_name(&handle, ui.language))
                    .unwrap_or_default(),
                released: ui.moment(review.released_ms),
                due: ui.remaining(review.due_ms),
                overdue: review.overdue,
                by: review.submitted_by_person.map_or(review.submitted_by, |id| person(&node, &id)),
                outcome: review.outcome.map(|outcome| {
                    ui.t(match outcome.finding {
                        Finding::Confirmed => "review-confirmed",
                        Finding::Objected(_) => "review-objected",
                    })
                }),
            });
            let rows = rows.collect();
            let ground = |word: &&'static str| {
                (*word, Message::of_family("ground", word).map_or_else(|| (*word).to_owned(), |text| ui.m(&text)))
            };
            Reviews { rows, grounds: Ground::WORDS.iter().map(ground).collect(), ui }
        }))
    });
    Ok(page.await?)
}

/// Keeps a finding.
pub async fn conclude(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(place): Path<Place>,
    said: Said,
) -> Result<Then, Failed> {
    let finding = match said.one("ground") {
        "" => Finding::Confirmed,
        word => Finding::Objected(Ground::of_word(word).ok_or_else(|| {
            Fault::usage(say!("objection-ground", words = %Ground::WORDS.join(", "))).in_field("ground")
        })?),
    };
    let concluded = blocking(move || node.reading.conclude(&caller, &position(&node, &place)?, finding)).await?;
    Ok(Then("/reviews".to_owned(), concluded.into_parts().1))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Reviews { ui, rows, grounds });
    sample!(ReviewRow { path, kind, channel, released, due, overdue, by, outcome });
}

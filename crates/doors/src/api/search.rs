//! `GET /v1/search`: records by their words, with what threads say of them.

use axum::{Extension, extract::State};
use node::{
    callers::Caller,
    node::Node,
    reading::{list::ListQuery, search::Hits},
    work::blocking,
};

use super::threads;
use crate::{disclosed::Shown, form::Query, problem::Failed, route::Param};

/// Query of [`search`].
pub const ASKED: &[Param] = &[
    Param::content("q", "Words that must all be there").required(),
    threads::CHANNEL,
    threads::PARTY,
    threads::KIND,
    threads::STATE,
    threads::AWAITS,
    threads::DUE_BEFORE,
    threads::OVERDUE,
    threads::CLAUSE,
    threads::CLOSED,
    threads::LIMIT,
];

/// Searches titles and words.
pub async fn search(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ListQuery>,
) -> Result<Shown<Hits>, Failed> {
    Ok(Shown(blocking(move || node.reading.search(&caller, &query)).await?))
}

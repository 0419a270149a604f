//! `GET /v1/search`: records by their words, with what threads say of them.

use axum::{
    Extension, Json,
    extract::{Query, State},
};
use protocol::{header::ThreadId, id::ChannelId};
use serde::Serialize;
use store::ThreadFilter;

use super::threads::{self, Asked, bring_up};
use crate::{
    callers::Caller,
    clock,
    fault::Fault,
    http::route::Param,
    node::Node,
    threads::{
        view::{self, Line},
        words::Progress,
    },
    work::blocking,
};

/// Query of [`search`].
pub const ASKED: &[Param] = &[
    Param::content("q", "Words that must all be there"),
    threads::CHANNEL,
    threads::PARTY,
    threads::KIND,
    threads::STATE,
    threads::AWAITS,
    threads::DUE_BEFORE,
    threads::OVERDUE,
    threads::CLAUSE,
    threads::LIMIT,
];

/// What was found.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The records: by deadline of their threads, then newest first.
    hits: Vec<Hit>,
    /// Whether more records hold the words than were looked at: add a word.
    too_many: bool,
    /// How far the index is. Until it is complete, older records may be missing.
    index: Progress,
}

/// A record that was found.
#[derive(Debug, Serialize)]
pub struct Hit {
    channel: ChannelId,
    /// `<agency>/<epoch>/<lane>`.
    log: String,
    index: u64,
    kind: String,
    title: String,
    thread: ThreadId,
    /// The thread as it stands, if its kind has states.
    standing: Option<Line>,
}

/// Searches titles and words.
pub async fn search(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer>, Fault> {
    let no_word = || Fault::usage("a search needs a word: letters or digits").in_field("q");
    let question = asked.q.clone().ok_or_else(no_word)?;
    if asked.cursor.is_some() {
        return Err(Fault::usage("a search has one page: add a word").in_field("cursor"));
    }
    let rows_max = asked.rows()?;
    blocking(move || {
        bring_up(&node)?;
        let now = clock::now_ms();
        let (index, progress) = node.threads.words.index(&node)?;
        let of_store = asked.of_store(&node, &caller, now);
        // Letters and readouts are in no thread with states; they are found as long as nothing asks for one.
        let of_store = if asked.asks_for_threads() { of_store } else { ThreadFilter { open: None, ..of_store } };
        let found = index.search(&question, &of_store, rows_max)?.ok_or_else(no_word)?;
        let reader = node.reader()?;
        let shows = |hit: &store::Hit| {
            caller.sees_kind(Some(&hit.kind)) && node.protection.shows(&caller, &hit.position, Some(&hit.thread))
        };
        let hits = found.hits.into_iter().filter(shows).map(|hit| Hit {
            channel: hit.position.origin.channel,
            log: hit.position.origin.short(),
            index: hit.position.index,
            kind: hit.kind,
            thread: hit.thread,
            standing: hit.row.filter(|row| caller.purposes().include(&row.supplied)).map(|row| {
                let title = view::title(&node, &reader, Some(&index), &row);
                view::line(&node, row, title, now)
            }),
            title: hit.title,
        });
        Ok::<_, Fault>(Json(Answer { hits: hits.collect(), too_many: found.too_many, index: progress }))
    })
    .await
}
